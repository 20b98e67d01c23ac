"""Random networks: the laws of the weights, drawn input-major into a given buffer."""

import math

import numpy as np
from numpy.typing import NDArray

from genphase.kernels.normals import box_muller
from genphase.sweep.catalogue import WeightLaw

Float32s = NDArray[np.float32]

# Random words on their way to weights stay in the cache.
_WORDS_AT_ONCE = 8192


def weight_scale(law: WeightLaw, width: int) -> float:
    """Return the standard deviation of the entries of W_i, which has `width` = n_i rows.

    gaussian N(0, 1/n_i), with which ‖G(x)‖² ≈ ‖x‖²/2^d; he N(0, 2/n_i), with which the norm is
    kept; unit N(0, 1); truncated as gaussian, see :func:`truncate`.
    """
    match law:
        case "gaussian" | "truncated":
            return math.sqrt(1 / width)
        case "he":
            return math.sqrt(2 / width)
        case "unit":
            return 1.0


def draw_gaussian(rng: np.random.Generator, scale: float, out: Float32s) -> None:
    """Fill `out` with independent N(0, scale²) numbers, in single precision.

    Each pair of numbers takes one random word, and so does an odd last number: a longer draw
    begins with a shorter one. The words must have 64 bits, which those of MT19937 have not.
    """
    words = rng.bit_generator.random_raw
    paired = out.size - out.size % 2
    for start in range(0, paired, 2 * _WORDS_AT_ONCE):
        part = out[start : min(start + 2 * _WORDS_AT_ONCE, paired)]
        box_muller(words(part.size // 2), scale, part)
    if out.size > paired:
        pair = np.empty(2, dtype=np.float32)
        box_muller(words(1), scale, pair)
        out[-1] = pair[0]


def truncate(layer: Float32s) -> None:
    """Set the units' weights to zero that are longer than 3 sqrt(n_{d-1}/n_d), in place.

    Parameters
    ----------
    layer : (n_{d-1}, n_d), input-major, N(0, 1/n_d): a unit's weights, w, are a column.

    Notes
    -----
    The law w 1{‖w‖ <= 3 sqrt(n_{d-1}/ℓ)}, w ~ N(0, I/ℓ), of "Global guarantees for blind
    demodulation with generative priors"; only layers that take in a few units have such weights.
    """
    inputs, outputs = layer.shape
    squared = np.einsum("ij,ij->j", layer, layer, dtype=np.float64)
    layer[:, squared > 9 * inputs / outputs] = 0
