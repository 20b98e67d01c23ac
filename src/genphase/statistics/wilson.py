"""Wilson's interval of a rate, and the confidence of all intervals."""

from statistics import NormalDist
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

CONFIDENCE = 0.95
_Z = NormalDist().inv_cdf((1 + CONFIDENCE) / 2)


# A number, or one for each of many rates.
_N = TypeVar("_N", float, NDArray[np.float64])


def wilson(recovered: _N, trials: _N) -> tuple[_N, _N]:
    """Return the 95 % Wilson interval of a rate, or of each of many."""
    rate = recovered / trials
    middle = rate + _Z**2 / (2 * trials)
    half = _Z * (rate * (1 - rate) / trials + (_Z / (2 * trials)) ** 2) ** 0.5
    scale = 1 + _Z**2 / trials
    return (middle - half) / scale, (middle + half) / scale
