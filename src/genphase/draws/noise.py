"""Laws of noise vectors η that are added to the observation: functions by their names."""

import math

import numpy as np

from genphase.draws.gaussian import Vector, length, uniform_on_sphere
from genphase.things import noise


@noise
def sphere(rng: np.random.Generator, clean: Vector, *, level: float) -> Vector:
    """Draw uniformly on the sphere of this radius: the level is the norm of the noise."""
    return level * uniform_on_sphere(rng, clean.size)


@noise
def relative(rng: np.random.Generator, clean: Vector, *, level: float) -> Vector:
    """Draw on a sphere: the level is the norm as a fraction of that of the clean observation."""
    return level * length(clean) * uniform_on_sphere(rng, clean.size)


@noise
def gaussian(rng: np.random.Generator, clean: Vector, *, level: float) -> Vector:
    """Draw N entries N(0, σ²/N): the level is σ."""
    return level / math.sqrt(clean.size) * rng.standard_normal(clean.size)
