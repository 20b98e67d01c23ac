"""Laws of the weights of a layer: functions that draw W_i, (n_i, n_{i-1}), by their names.

A built-in law fills `out`, the transposed matrix in single precision, row by row: that is how the
kernels read it, and nothing is copied. A law that asks for ``alike`` gets the first layer of the
same shape, likewise transposed, or None. The fact ``variance`` says what that of the entries is, of
laws that theory is about.
"""

import math

import numpy as np

from genphase.draws.gaussian import Float32s, draw_gaussian, draw_haar, draw_signs, unit_columns
from genphase.things import weights


@weights(variance=lambda n: 1 / n)
def gaussian(rng: np.random.Generator, n_out: int, n_in: int, *, out: Float32s) -> None:
    """Draw entries N(0, 1/n_i), with which ‖G(x)‖² ≈ ‖x‖²/2^d in wide ReLU networks."""
    draw_gaussian(rng, math.sqrt(1 / n_out), out.reshape(-1))


@weights(variance=lambda n: 2 / n)
def he(rng: np.random.Generator, n_out: int, n_in: int, *, out: Float32s) -> None:
    """Draw entries N(0, 2/n_i), with which wide ReLU networks keep the norm."""
    draw_gaussian(rng, math.sqrt(2 / n_out), out.reshape(-1))


@weights(variance=lambda n: 1.0)
def unit(rng: np.random.Generator, n_out: int, n_in: int, *, out: Float32s) -> None:
    """Draw entries N(0, 1)."""
    draw_gaussian(rng, 1.0, out.reshape(-1))


@weights(variance=lambda n: 1 / n)
def sphere(rng: np.random.Generator, n_out: int, n_in: int, *, out: Float32s) -> None:
    """Draw rows uniform on the sphere of radius √(n_{i-1}/n_i), the mean length of Gaussian ones.

    Entries have the variance 1/n_i and depend on each other within a row.
    """
    draw_gaussian(rng, 1.0, out.reshape(-1))
    # A unit's weights, a row of W, are a column here.
    unit_columns(out, math.sqrt(n_in / n_out))


@weights(variance=lambda n: 1 / n)
def bernoulli(rng: np.random.Generator, n_out: int, n_in: int, *, out: Float32s) -> None:
    """Draw entries ±1/√n_i with equal probability."""
    draw_signs(rng, 1 / math.sqrt(n_out), out)


@weights
def orthogonal(rng: np.random.Generator, n_out: int, n_in: int, *, out: Float32s) -> None:
    """Draw orthonormal columns, or for n_i < n_{i-1} orthogonal rows of length √(n_{i-1}/n_i).

    A Haar matrix, whose entries have the variance 1/n_i. All its singular values are the same.
    """
    draw_haar(rng, out)
    out *= np.float32(math.sqrt(max(n_in, n_out) / n_out))


@weights
def tied(
    rng: np.random.Generator, n_out: int, n_in: int, *, out: Float32s, alike: Float32s | None
) -> None:
    """Draw entries N(0, 1/n_i), once for all layers of one shape: W_i = W_j, as in recurrence.

    No theorem covers it: those of wide and contractive networks (NE, PLUGIn) are about independent
    layers. That of Hand and Voroninski (2018) is not, but its layers expand, so that no two have
    the same shape.
    """
    if alike is None:
        draw_gaussian(rng, math.sqrt(1 / n_out), out.reshape(-1))
    else:
        out[:] = alike


@weights
def truncated(
    rng: np.random.Generator, n_out: int, n_in: int, *, out: Float32s, last: bool
) -> None:
    """Draw entries N(0, 1/n_i), of the last layer without the long rows.

    Rows longer than 3 sqrt(n_{d-1}/n_d) are set to zero: the law w 1{‖w‖ <= 3 sqrt(n_{d-1}/ℓ)},
    w ~ N(0, I/ℓ), of "Global guarantees for blind demodulation with generative priors". Only
    layers that take in a few units have such rows.
    """
    draw_gaussian(rng, math.sqrt(1 / n_out), out.reshape(-1))
    if last:
        truncate(out)


def truncate(layer: Float32s) -> None:
    """Set the units' weights to zero that are longer than 3 sqrt(n_{d-1}/n_d), in place.

    Parameters
    ----------
    layer : (n_{d-1}, n_d)
        N(0, 1/n_d): a unit's weights, a row of W, are a column.
    """
    inputs, outputs = layer.shape
    squared = np.einsum("ij,ij->j", layer, layer, dtype=np.float64)
    layer[:, squared > 9 * inputs / outputs] = 0
