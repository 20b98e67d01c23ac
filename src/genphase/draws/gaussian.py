"""Gaussian numbers, signs, lengths and bases, for the laws.

Kernels are loaded when something is drawn.
"""

import numpy as np
from numpy.typing import NDArray

Float32s = NDArray[np.float32]
Vector = NDArray[np.float64]

# What is left of a vector is rounding where it is shorter than this part of the vector.
_ROUNDING = 1e-10
# Random words on their way to weights stay in the cache.
_WORDS_AT_ONCE = 8192


def draw_gaussian(rng: np.random.Generator, scale: float, out: Float32s) -> None:
    """Fill `out`, of one dimension, with independent N(0, scale²) numbers in single precision.

    Each pair of numbers takes one random word, and so does an odd last number: a longer draw
    begins with a shorter one. The words must have 64 bits, which those of MT19937 have not.
    """
    from genphase.kernels.normals import box_muller

    words = rng.bit_generator.random_raw
    paired = out.size - out.size % 2
    for start in range(0, paired, 2 * _WORDS_AT_ONCE):
        part = out[start : min(start + 2 * _WORDS_AT_ONCE, paired)]
        box_muller(words(part.size // 2), scale, part)
    if out.size > paired:
        pair = np.empty(2, dtype=np.float32)
        box_muller(words(1), scale, pair)
        out[-1] = pair[0]


def draw_signs(rng: np.random.Generator, scale: float, out: Float32s) -> None:
    """Fill `out` with independent entries ±scale of equal probability."""
    out[:] = rng.integers(0, 2, size=out.size, dtype=np.int8).reshape(out.shape)
    out *= np.float32(2 * scale)
    out -= np.float32(scale)


def draw_haar(rng: np.random.Generator, out: Float32s) -> None:
    """Fill `out` with orthonormal rows, or columns where it has more rows, uniformly at random.

    The basis by Gram and Schmidt of Gaussian vectors is that of the Haar law.
    """
    vectors = np.empty(out.shape, dtype=np.float32)
    draw_gaussian(rng, 1.0, vectors.reshape(-1))
    if out.shape[0] <= out.shape[1]:
        out[:] = orthonormal_rows(vectors.astype(np.float64))
    else:
        out[:] = orthonormal_rows(np.ascontiguousarray(vectors.T, dtype=np.float64)).T


def unit_columns(out: Float32s, size: float) -> None:
    """Scale the columns of `out` to one length, in place."""
    lengths = np.sqrt(np.einsum("ij,ij->j", out, out, dtype=np.float64))
    out *= (size / lengths).astype(np.float32)


def length(vector: Vector) -> float:
    """Return the Euclidean norm, summed as the kernels sum it."""
    from genphase.kernels.passes import norm

    return float(norm(vector))


def uniform_on_sphere(rng: np.random.Generator, size: int) -> Vector:
    """Return a vector uniform on the unit sphere of R^size."""
    vector = rng.standard_normal(size)
    return vector / length(vector)


def orthonormal_rows(vectors: Vector) -> Vector:
    """Return an orthonormal basis of the span of the rows of a matrix, as rows; possibly none.

    By Gram and Schmidt, since the last bits of a library's factors can depend on its number of
    threads. What is across the rows before is taken twice, after which it is so to rounding.
    """
    basis = np.empty((min(vectors.shape), vectors.shape[1]))
    rank = 0
    for vector in vectors:
        rest, before = np.array(vector, dtype=np.float64), basis[:rank]
        whole = length(rest)
        for _ in range(2):
            rest -= np.einsum("i,ij->j", np.einsum("ij,j->i", before, rest), before)
        size = length(rest)
        if rank < len(basis) and size > _ROUNDING * whole:
            basis[rank] = rest / size
            rank += 1
    return basis[:rank]
