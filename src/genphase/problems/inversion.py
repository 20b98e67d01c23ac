"""Inversion of a network: the signal itself is observed, b = G(x*) + η."""

from genphase.problems.least_squares import LeastSquares
from genphase.things import problem


@problem
class Inversion(LeastSquares):
    """The latent code of an observed signal."""

    observation = "b = G(x*) + η"
    objective = "½‖G(x) - b‖²"
    theories = (
        *("counting", "plugin_width", "plugin_contractive_width", "nonexpansive_width"),
        *("nonexpansive_probability", "expansive_width", "oracle"),
        *("stationary", "near_stationary"),
    )
