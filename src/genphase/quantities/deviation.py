"""One number of many: the mean of what was sampled, or the greatest, which is a lower bound."""

import numpy as np
from numpy.typing import NDArray

from genphase.things import AtLeast


def reduced(values: NDArray[np.float64], statistic: str) -> float:
    """Return the mean of values, or the greatest of them."""
    return float(np.mean(values)) if statistic == "mean" else AtLeast(np.max(values))
