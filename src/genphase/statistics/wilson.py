"""Wilson's interval of a rate, and the confidence of all intervals."""

import math
from statistics import NormalDist

CONFIDENCE = 0.95
_Z = NormalDist().inv_cdf((1 + CONFIDENCE) / 2)


def wilson(recovered: float, trials: int) -> tuple[float, float]:
    """Return the 95 % Wilson interval of a rate, as the tables have it."""
    rate = recovered / trials
    middle = rate + _Z**2 / (2 * trials)
    half = _Z * math.sqrt(rate * (1 - rate) / trials + (_Z / (2 * trials)) ** 2)
    scale = 1 + _Z**2 / trials
    return (middle - half) / scale, (middle + half) / scale
