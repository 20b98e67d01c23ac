"""Rates and means of trials, with their intervals."""

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import t as student_t
from statsmodels.stats.proportion import proportion_confint

from genphase.sampling import CONFIDENCE as CONFIDENCE

Floats = NDArray[np.float64]


def rate_interval(recovered: ArrayLike, trials: ArrayLike) -> tuple[Floats, Floats]:
    """Return the 95 % Wilson interval of recovery rates."""
    low, high = proportion_confint(
        np.asarray(recovered), np.asarray(trials), alpha=1 - CONFIDENCE, method="wilson"
    )
    # Rounding may leave the ends of a rate of 0 or 1 a hair inside it.
    rate = np.asarray(recovered) / np.asarray(trials)
    return np.minimum(np.maximum(low, 0.0), rate), np.maximum(np.minimum(high, 1.0), rate)


def mean_interval(values: ArrayLike) -> tuple[float, float, float]:
    """Return the mean of trials and its 95 % confidence interval, by Student's t.

    The interval is NaN of fewer than two trials, or where one is infinite.
    """
    values = np.asarray(values, dtype=float)
    mean = float(values.mean()) if values.size else math.nan
    if values.size < 2 or not math.isfinite(mean):
        return mean, math.nan, math.nan
    error = values.std(ddof=1) / math.sqrt(values.size)
    half = float(student_t.ppf((1 + CONFIDENCE) / 2, values.size - 1) * error)
    return mean, mean - half, mean + half
