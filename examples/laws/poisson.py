"""A law of noise: counts of photons, as many as `peak` where the observation is largest."""

import numpy as np

from genphase import noise


@noise
def poisson(rng, clean, *, peak: float):
    """Draw the error of Poisson counts of abs(clean), scaled back; the signs are kept."""
    scale = peak / np.abs(clean).max()
    counts = rng.poisson(scale * np.abs(clean))
    return np.sign(clean) * counts / scale - clean
