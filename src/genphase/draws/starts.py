"""Laws of the start x_0 in R^k: functions by their names."""

import numpy as np

from genphase.angles import rho
from genphase.draws.gaussian import Vector, length, uniform_on_sphere
from genphase.things import Positive, start


@start
def gaussian(rng: np.random.Generator, k: int, *, scale: float = 1.0) -> Vector:
    """Draw from N(0, scale² I)."""
    return scale * rng.standard_normal(k)


@start
def near_target(rng: np.random.Generator, k: int, *, distance: Positive, target: Vector) -> Vector:
    """Draw uniformly on the sphere of radius distance ‖x*‖ around x*."""
    return target + distance * length(target) * uniform_on_sphere(rng, k)


@start
def near_spurious(
    rng: np.random.Generator, k: int, *, distance: Positive, target: Vector, depth: int
) -> Vector:
    """Draw uniformly on the sphere of radius distance ‖x*‖ around -ρ_d x*.

    There the expected gradient of a ReLU network's objective vanishes; Hand and Voroninski (2018).
    """
    return -rho(depth) * target + distance * length(target) * uniform_on_sphere(rng, k)
