"""A law of weights: signs with a fair coin, as large as Gaussian entries on average."""

import numpy as np

from genphase import weights


@weights
def rademacher(rng, n_out, n_in, *, scale: float = 1.0):
    """Draw entries ±scale/√n_i with equal probability."""
    signs = 2 * rng.integers(0, 2, size=(n_out, n_in)) - 1
    return signs * scale / np.sqrt(n_out)
