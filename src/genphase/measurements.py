"""Measurement matrices A in R^{m x n}, drawn input-major into a given buffer."""

import math

import numpy as np

from genphase.networks import Float32s, draw_gaussian
from genphase.sweep.catalogue import MeasurementLaw


def draw_measurements(rng: np.random.Generator, law: MeasurementLaw, m: int, out: Float32s) -> None:
    """Fill `out`, of n m entries, with the transposed measurement matrix, row by row.

    Parameters
    ----------
    law : gaussian N(0, 1/m), unit N(0, 1), bernoulli ±1/sqrt(m) with equal probability.

    Raises
    ------
    ValueError
        For identity, which is no matrix to draw: the chain then ends with the network.
    """
    match law:
        case "gaussian":
            draw_gaussian(rng, math.sqrt(1 / m), out)
        case "unit":
            draw_gaussian(rng, 1.0, out)
        case "bernoulli":
            out[:] = rng.integers(0, 2, size=out.size, dtype=np.int8)
            out *= np.float32(2 / math.sqrt(m))
            out -= np.float32(1 / math.sqrt(m))
        case "identity":
            raise ValueError("identity measurements are not drawn")
