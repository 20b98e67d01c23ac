"""Rates and means of trials, with their intervals."""

import math

import numpy as np
from numpy.typing import ArrayLike

from genphase.statistics.distributions import t_quantile
from genphase.statistics.likelihood import Floats
from genphase.statistics.wilson import CONFIDENCE, wilson


def rate_interval(recovered: ArrayLike, trials: ArrayLike) -> tuple[Floats, Floats]:
    """Return the 95 % Wilson interval of recovery rates."""
    low, high = wilson(np.asarray(recovered, dtype=float), np.asarray(trials, dtype=float))
    # Rounding may leave the ends of a rate of 0 or 1 a hair inside it.
    rate = np.asarray(recovered) / np.asarray(trials)
    return np.minimum(np.maximum(low, 0.0), rate), np.maximum(np.minimum(high, 1.0), rate)


def mean_interval(
    values: ArrayLike, instances: ArrayLike | None = None
) -> tuple[float, float, float]:
    """Return the mean of trials and its 95 % confidence interval, by Student's t.

    The interval is NaN of fewer than two instances, or where a value is infinite.

    Parameters
    ----------
    values : (trials,)
        What is averaged.
    instances : (trials,)
        The number of the instance that each trial ran on. Trials of one instance are dependent: the
        error is that of the sums over instances. None where each has its own.
    """
    values = np.asarray(values, dtype=float)
    mean = float(values.mean()) if values.size else math.nan
    count = values.size if instances is None else np.unique(np.asarray(instances)).size
    if count < 2 or not math.isfinite(mean):
        return mean, math.nan, math.nan
    half = t_quantile((1 + CONFIDENCE) / 2, count - 1) * mean_error(values, instances)
    return mean, mean - float(half), mean + float(half)


def pooled_rate_interval(recovered: ArrayLike, instances: ArrayLike) -> tuple[float, float]:
    """Return the 95 % Wilson interval of a rate of trials that may share instances.

    It is that of as many independent trials as have the same error of the rate: at most the number
    of trials, at least that of instances, which is also taken where the rate is 0 or 1.

    Parameters
    ----------
    recovered : (trials,)
        Whether each is recovered.
    instances : (trials,)
        The number of the instance that each ran on.
    """
    effective = effective_trials(recovered, instances)
    rate = float(np.mean(np.asarray(recovered, dtype=float)))
    low, high = rate_interval(rate * effective, effective)
    return float(low), float(high)


def effective_trials(recovered: ArrayLike, instances: ArrayLike) -> float:
    """Return how many independent trials have the same error of the rate.

    Parameters
    ----------
    recovered, instances
        See :func:`pooled_rate_interval`.
    """
    values, groups = np.asarray(recovered, dtype=float), np.asarray(instances)
    trials, count, rate = values.size, np.unique(groups).size, float(values.mean())
    if count == trials:
        return float(trials)
    variance = mean_error(values, groups) ** 2 if count > 1 else 0.0
    effective = rate * (1 - rate) / variance if variance > 0 else 0.0
    return min(max(effective, float(count)), float(trials))


def mean_error(values: ArrayLike, instances: ArrayLike | None = None) -> float:
    """Return the standard error of the mean of trials, of which those of one instance depend.

    Parameters
    ----------
    values, instances
        See :func:`mean_interval`; there are two instances at least.
    """
    values = np.asarray(values, dtype=float)
    if instances is None:
        return float(values.std(ddof=1) / math.sqrt(values.size))
    _, groups = np.unique(np.asarray(instances), return_inverse=True)
    sums = np.bincount(groups, weights=values - values.mean())
    return math.sqrt(float(sums.size / (sums.size - 1) * np.sum(sums**2))) / values.size
