"""The plane through 0, x* and a random point, on which landscapes are drawn."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def on_plane(drawn: Any, along: float, across: float) -> Floats:
    """Return along x* + across ‖x*‖ e, (k,), e being a unit vector at right angles to x*.

    The direction e is the first thing that the trial's generator draws: all points of a trial are
    on one plane. Where k = 1 there is none, and a point beside the line of x* is NaN.
    """
    target = drawn.target
    beside = drawn.rng.standard_normal(drawn.k)
    if drawn.k == 1:
        return np.asarray(along * target if across == 0 else np.full(1, np.nan))
    length = np.linalg.norm(target)
    beside -= (beside @ target) / length**2 * target
    return np.asarray(along * target + across * length * beside / np.linalg.norm(beside))
