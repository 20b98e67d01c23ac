"""Laws of noise vectors η that are added to the observation: functions by their names.

A law that asks for ``jacobian`` gets the Jacobian at x* of what is observed, (N, k): A Λ_{x*} for a
ReLU network, Λ_{x*} being its linear map at x*.
"""

import math

import numpy as np

from genphase.draws.gaussian import Vector, length, orthonormal_rows, uniform_on_sphere
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


@noise
def aligned(rng: np.random.Generator, clean: Vector, *, level: float, jacobian: Vector) -> Vector:
    """Draw uniformly on the sphere of this radius in the range of A Λ_{x*}, which G(x) can follow.

    It is `sphere` noise without what is at right angles to the range, made as long again. Least
    squares takes all of it for signal; of `sphere` noise it takes √(k/N) of the norm, in the mean
    square. Where A Λ_{x*} is 0, so is the noise.
    """
    basis = orthonormal_rows(jacobian.T)
    if not len(basis):
        return np.zeros(clean.size)
    direction: Vector = np.einsum("i,ij->j", uniform_on_sphere(rng, len(basis)), basis)
    return level * direction
