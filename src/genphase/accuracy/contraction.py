"""How fast a run comes nearer to the truth at its end."""

import math

import numpy as np

from genphase.draws.gaussian import Vector
from genphase.things import Positive, error


@error(larger_is_better=False, text="contraction of an iteration")
def contraction(path: Vector, *, begin: Positive = 0.1, end: Positive = 1e-9) -> float:
    """Return the factor by which an iteration makes ‖x - x*‖ smaller, as a geometric mean.

    The mean is over the end of a run: from where the error stays below `begin` until it falls below
    `end`, which lies above rounding; or, under noise, above what the noise leaves. NaN where these
    are less than two iterates.

    Parameters
    ----------
    path : (T + 1,)
        ‖x_t - x*‖/‖x*‖ of all iterates.
    begin, end
        Relative latent errors.
    """
    outside = np.flatnonzero(~(path < begin))
    first = int(outside[-1]) + 1 if len(outside) else 0
    small = np.flatnonzero(path[first:] < end)
    last = first + int(small[0]) if len(small) else len(path) - 1
    if last <= first or path[last] == 0:
        return math.nan
    return float((path[last] / path[first]) ** (1 / (last - first)))
