"""Laws of the latent code x* in R^k: functions by their names."""

from collections.abc import Callable

import numpy as np

from genphase.draws.gaussian import Vector, length, uniform_on_sphere
from genphase.things import target


@target
def sphere(rng: np.random.Generator, k: int) -> Vector:
    """Draw uniformly on the unit sphere."""
    return uniform_on_sphere(rng, k)


@target
def gaussian(rng: np.random.Generator, k: int) -> Vector:
    """Draw from N(0, I)."""
    return rng.standard_normal(k)


@target(least_k=2)
def unit_signal(
    rng: np.random.Generator, k: int, *, generate: Callable[[Vector], Vector]
) -> Vector:
    """Return e_2, scaled so that ‖G(x*)‖ = 1; where G(e_2) = 0, which no scale mends, e_2."""
    found = np.zeros(k)
    found[1] = 1.0
    size = length(generate(found))
    # G is positively homogeneous.
    return found / size if size > 0 else found
