"""Laws of measurement matrices A, (m, n): functions by their names, as those of weights.

All but `unit` and `identity` have entries of the mean 0 and E AᵀA = I. The fact ``dependent`` says
that rows depend on each other, of laws that theory is not about.
"""

import math

import numpy as np

from genphase.draws.gaussian import Float32s, draw_gaussian, draw_haar, draw_signs, unit_columns
from genphase.things import measurements


@measurements
def gaussian(rng: np.random.Generator, m: int, n: int, *, out: Float32s) -> None:
    """Draw entries N(0, 1/m)."""
    draw_gaussian(rng, math.sqrt(1 / m), out.reshape(-1))


@measurements
def unit(rng: np.random.Generator, m: int, n: int, *, out: Float32s) -> None:
    """Draw entries N(0, 1)."""
    draw_gaussian(rng, 1.0, out.reshape(-1))


@measurements
def bernoulli(rng: np.random.Generator, m: int, n: int, *, out: Float32s) -> None:
    """Draw entries ±1/√m with equal probability."""
    draw_signs(rng, 1 / math.sqrt(m), out)


@measurements
def identity(rng: np.random.Generator, m: int, n: int, *, out: Float32s) -> None:
    """Observe the whole signal, m = n; no matrix is drawn.

    Raises
    ------
    ValueError
        Always: the chain of layers ends with the network then.
    """
    raise ValueError("identity measurements are not drawn")


@measurements
def sphere(rng: np.random.Generator, m: int, n: int, *, out: Float32s) -> None:
    """Draw rows uniform on the sphere of radius √(n/m), the mean length of Gaussian ones.

    Entries have the variance 1/m and depend on each other within a row.
    """
    draw_gaussian(rng, 1.0, out.reshape(-1))
    unit_columns(out, math.sqrt(n / m))


@measurements(dependent=True)
def orthogonal(rng: np.random.Generator, m: int, n: int, *, out: Float32s) -> None:
    """Draw orthogonal rows of length √(n/m), or for m > n orthonormal columns: a Haar matrix.

    Entries have the variance 1/m. All singular values are the same, max(√(n/m), 1), where those of
    Gaussian measurements spread from about |√(n/m) - 1| to √(n/m) + 1.
    """
    draw_haar(rng, out)
    out *= np.float32(math.sqrt(max(m, n) / m))


@measurements(dependent=True)
def partial_dct(rng: np.random.Generator, m: int, n: int, *, out: Float32s) -> None:
    """Draw m random rows of the discrete cosine transform, with random signs of the columns.

    It is √(n/m) R C D, with C the orthonormal n × n transform of type II, R a choice of m rows
    without repetition, and D a diagonal of fair signs, without which the first row would see the
    mean of a signal. For m > n it has n random columns of the m × m transform. Entries have the
    mean 0 and E AᵀA = I, as of N(0, 1/m).
    """
    size = max(m, n)
    kept = rng.permutation(size)[: min(m, n)]
    rows, columns = (kept, np.arange(n)) if m <= n else (np.arange(m), kept)
    signs = 2.0 * rng.integers(0, 2, size=n) - 1
    # Multiples of π/(2 size) repeat after 4 size: no angle is large, and few cosines are computed.
    cosines = np.cos(np.arange(4 * size) * (math.pi / (2 * size)))
    matrix = cosines[np.outer(2 * columns + 1, rows) % (4 * size)] * math.sqrt(2 / m)
    matrix[:, rows == 0] /= math.sqrt(2)
    out[:] = matrix * signs[:, None]
