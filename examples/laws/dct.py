"""A law of measurements: random rows of the discrete cosine transform."""

import numpy as np
from scipy.fft import dct

from genphase import measurements


@measurements
def partial_dct(rng, m, n):
    """Draw m of the n rows of the orthonormal DCT, scaled so that E‖A y‖² = ‖y‖²."""
    rows = rng.choice(n, size=m, replace=m > n)
    return np.sqrt(n / m) * dct(np.eye(n), norm="ortho", axis=0)[rows]
