"""Compressed sensing: m linear measurements are observed, b = A G(x*) + η."""

from genphase.problems.least_squares import LeastSquares
from genphase.things import problem


@problem
class CompressedSensing(LeastSquares):
    """A signal from fewer linear measurements than it has entries."""

    observation = "b = A G(x*) + η"
    objective = "½‖A G(x) - b‖²"
    measured = True
    m_counts = "measurements"
    theories = (
        *("counting", "state_evolution", "nonexpansive_width", "nonexpansive_measurements"),
        *("nonexpansive_probability", "plugin_measurements"),
        *("expansive_width", "expansive_measurements", "oracle", "omega"),
        *("stationary", "near_stationary"),
    )
