"""The peak signal-to-noise ratio, the customary measure for images."""

import math

import numpy as np

from genphase.draws.gaussian import Vector
from genphase.things import Positive, error


@error(larger_is_better=True, text="PSNR (dB)")
def psnr(estimate: Vector, truth: Vector, *, peak: Positive | None = None) -> float:
    """Return 10 log10(peak² / mean of (G(x̂) - y*)²), in decibels.

    Parameters
    ----------
    estimate, truth : (n,)
        G(x̂) and y*.
    peak
        The largest value that a signal can have, such as 1 for images; where it is not given, the
        largest absolute entry of y*.
    """
    mean = float(np.mean((estimate - truth) ** 2))
    top = float(np.max(np.abs(truth))) if peak is None else peak
    if mean == 0:
        return math.inf
    return 10 * math.log10(top**2 / mean) if top > 0 else math.nan
