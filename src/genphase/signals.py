"""Laws of the vectors of a trial: latent targets, starts and noise."""

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from genphase.kernels.passes import norm
from genphase.sweep.catalogue import NoiseLaw, TargetLaw

Vector = NDArray[np.float64]


def uniform_on_sphere(rng: np.random.Generator, size: int) -> Vector:
    """Return a vector uniform on the unit sphere of R^size."""
    vector = rng.standard_normal(size)
    return vector / float(norm(vector))


def draw_target(
    rng: np.random.Generator, law: TargetLaw, k: int, generate: Callable[[Vector], Vector]
) -> Vector:
    """Return the latent code x* in R^k.

    Parameters
    ----------
    law : sphere (uniform on the unit sphere), gaussian N(0, I), or unit_signal: e_2 scaled so
        that ‖G(x*)‖ = 1. Where G(e_2) = 0, which no scale mends, it is e_2.
    generate : the network G.
    """
    match law:
        case "sphere":
            return uniform_on_sphere(rng, k)
        case "gaussian":
            return rng.standard_normal(k)
        case "unit_signal":
            target = np.zeros(k)
            target[1] = 1.0
            length = float(norm(generate(target)))
            # G is positively homogeneous.
            return target / length if length > 0 else target


def draw_noise(rng: np.random.Generator, law: NoiseLaw, level: float, clean: Vector) -> Vector:
    """Return the noise η that is added to the noiseless observation `clean`, of N entries.

    Parameters
    ----------
    law : sphere (uniform on the sphere of radius `level`), relative (uniform on that of radius
        `level` ‖clean‖), or gaussian, entries N(0, level²/N), so that E ‖η‖² = level².

    Raises
    ------
    ValueError
        For the law of a matrix, which is no vector.
    """
    match law:
        case "sphere":
            return level * uniform_on_sphere(rng, clean.size)
        case "relative":
            return level * float(norm(clean)) * uniform_on_sphere(rng, clean.size)
        case "gaussian":
            return level / math.sqrt(clean.size) * rng.standard_normal(clean.size)
        case "matrix":
            raise ValueError("the noise of a matrix is no vector")


def draw_start(rng: np.random.Generator, scale: float, k: int) -> Vector:
    """Return the start x_0 ~ N(0, scale² I) in R^k."""
    return scale * rng.standard_normal(k)
