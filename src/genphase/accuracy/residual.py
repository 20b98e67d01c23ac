"""How well an estimate explains the observation, which is known without the truth."""

from genphase.accuracy.relative import relative_error
from genphase.draws.gaussian import Vector
from genphase.things import error


@error(larger_is_better=False, text="relative residual")
def residual(observed: Vector, observation: Vector) -> float:
    """Return ‖A G(x̂) - b‖/‖b‖; of phaseless measurements with abs(A G(x̂)) for A G(x̂)."""
    return relative_error(observed, observation)
