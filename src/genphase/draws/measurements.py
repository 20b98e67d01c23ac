"""Laws of measurement matrices A, (m, n): functions by their names, as those of weights."""

import math

import numpy as np

from genphase.draws.gaussian import Float32s, draw_gaussian
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
    out[:] = rng.integers(0, 2, size=out.size, dtype=np.int8).reshape(out.shape)
    out *= np.float32(2 / math.sqrt(m))
    out -= np.float32(1 / math.sqrt(m))


@measurements
def identity(rng: np.random.Generator, m: int, n: int, *, out: Float32s) -> None:
    """Observe the whole signal, m = n; no matrix is drawn.

    Raises
    ------
    ValueError
        Always: the chain of layers ends with the network then.
    """
    raise ValueError("identity measurements are not drawn")
