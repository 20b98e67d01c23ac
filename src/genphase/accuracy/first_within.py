"""When a run comes near the truth for good."""

import math

import numpy as np

from genphase.draws.gaussian import Vector
from genphase.things import Positive, error


@error(larger_is_better=False, text="iterations until near $x^*$")
def first_within(path: Vector, *, radius: Positive) -> float:
    """Return the first iteration from which on ‖x - x*‖ <= radius ‖x*‖; infinite if none is.

    Parameters
    ----------
    path : (T + 1,)
        ‖x_t - x*‖/‖x*‖ of all iterates.
    radius
        How near.
    """
    outside = np.flatnonzero(~(path <= radius))
    first = int(outside[-1]) + 1 if len(outside) else 0
    return float(first) if first < len(path) else math.inf
