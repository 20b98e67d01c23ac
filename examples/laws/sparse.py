"""A law of targets: latent codes with few entries."""

import numpy as np

from genphase import target


@target
def sparse(rng, k, *, entries: int = 3):
    """Draw a unit vector with at most `entries` entries that are not zero."""
    code = np.zeros(k)
    places = rng.choice(k, size=min(entries, k), replace=False)
    code[places] = rng.standard_normal(places.size)
    return code / np.linalg.norm(code)
