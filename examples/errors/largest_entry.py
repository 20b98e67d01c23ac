"""An error of one's own: the largest entry that is off."""

import numpy as np

from genphase import error


@error
def largest_entry(estimate, truth, *, floor: float = 0.0):
    """Return the largest |G(x̂) - y*| by entry over the largest |y*|; below the floor it is 0."""
    found = np.max(np.abs(estimate - truth)) / np.max(np.abs(truth))
    return 0.0 if found < floor else found
