"""Laws of the start x_0 in R^k: functions by their names."""

import numpy as np

from genphase.draws.gaussian import Vector
from genphase.things import start


@start
def gaussian(rng: np.random.Generator, k: int, *, scale: float = 1.0) -> Vector:
    """Draw from N(0, scale² I)."""
    return scale * rng.standard_normal(k)
