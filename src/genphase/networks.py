"""Random networks: the laws of the weights, drawn input-major into a given buffer."""

import math

import numpy as np
from numpy.typing import NDArray

from genphase.sweep.catalogue import WeightLaw

Float32s = NDArray[np.float32]


def weight_scale(law: WeightLaw, width: int) -> float:
    """Return the standard deviation of the entries of W_i, which has `width` = n_i rows.

    gaussian N(0, 1/n_i), with which ‖G(x)‖² ≈ ‖x‖²/2^d; he N(0, 2/n_i), with which the norm is
    kept; unit N(0, 1).
    """
    match law:
        case "gaussian":
            return math.sqrt(1 / width)
        case "he":
            return math.sqrt(2 / width)
        case "unit":
            return 1.0


def draw_gaussian(rng: np.random.Generator, scale: float, out: Float32s) -> None:
    """Fill `out` with independent N(0, scale²) numbers, in single precision."""
    rng.standard_normal(out=out, dtype=np.float32)
    out *= np.float32(scale)
