"""Whether measured numbers agree with given ones, by the sampling errors of both sides.

Each function returns the p-value of a two-sided test that both are of one law. Where nobody says of
how many runs a given number is, it counts as exact.

References
----------
.. [1] H. C. Mathisen, A method of testing the hypothesis that two samples are from the same
   population, Annals of Mathematical Statistics 14 (1943), 188-194.
.. [2] B. L. Welch, The generalization of "Student's" problem when several different population
   variances are involved, Biometrika 34 (1947), 28-35.
"""

import math

import numpy as np
from scipy.stats import betabinom, binom, binomtest, fisher_exact, norm
from scipy.stats import t as student_t

from genphase.statistics.wilson import CONFIDENCE


def same_rate(recovered: int, trials: int, rate: float, runs: int | None) -> float:
    """Return the p-value that two rates are one: Fisher's exact test of the counts.

    Parameters
    ----------
    recovered, trials
        The measured counts.
    rate
        The given one.
    runs
        How many runs it is of; the count is the nearest to rate times runs. None where that is not
        known: then it is the exact binomial test of this rate.
    """
    if runs is None:
        return float(binomtest(recovered, trials, rate).pvalue)
    given = round(rate * runs)
    table = np.array([[recovered, trials - recovered], [given, runs - given]])
    return float(fisher_exact(table).pvalue)


def same_mean(
    mean: float,
    error: float,
    freedom: int,
    given: float,
    given_error: float = 0.0,
    given_freedom: float = math.inf,
) -> float:
    """Return the p-value that two means are one: Welch's t test [2]_.

    Parameters
    ----------
    mean, error, freedom
        The measured mean, its standard error, and the degrees of freedom of that.
    given, given_error, given_freedom
        The same of the given one; an error of 0 if it is exact.

    Notes
    -----
    An infinite mean differs from every number; without a degree of freedom p is NaN.
    """
    if math.isinf(mean):
        return 0.0
    if freedom < 1 or math.isnan(mean + error):
        return math.nan
    measured, other = error**2, given_error**2
    if measured + other == 0:
        return 1.0 if mean == given else 0.0
    # The error that is known better counts for more.
    shares = measured**2 / freedom + other**2 / given_freedom
    degrees = (measured + other) ** 2 / shares if shares > 0 else math.inf
    return float(2 * student_t.sf(abs(mean - given) / math.sqrt(measured + other), degrees))


def same_spread_error(
    mean: float, error: float, freedom: int, deviation: float, given: float, runs: int
) -> tuple[float, float]:
    """Return the p-value that two means are one where the runs of both scatter alike.

    Parameters
    ----------
    mean, error, freedom
        The measured mean, its standard error, and the degrees of freedom of that.
    deviation
        The standard deviation of the measured trials, taken for that of the given runs.
    given, runs
        The other mean, and of how many runs it is.

    Returns
    -------
    The p-value, and the standard error of the given mean, deviation / √runs. There is one estimate
    of the deviation, so that of trials on instances of their own this is Student's t test.
    """
    given_error = deviation / math.sqrt(runs)
    total = math.hypot(error, given_error)
    if not math.isfinite(total) or freedom < 1 or total == 0:
        return same_mean(mean, error, freedom, given, given_error), given_error
    return float(2 * student_t.sf(abs(mean - given) / total, freedom)), given_error


def same_median(below: int, at_most: int, trials: int, runs: int | None) -> float:
    """Return the p-value that two medians are of one law: Mathisen's exact test [1]_.

    Of trials of the law of `runs` others, the number below the median of these is beta-binomial,
    whatever the law. Of an exact median it is binomial: the sign test.

    Parameters
    ----------
    below, at_most
        How many measured trials are below the given median, and how many are not above it.
    trials
        How many there are.
    runs
        How many runs the given median is of, or None.
    """
    # The median of an even number is between two runs: the law between those of both.
    half = None if runs is None else (runs + 1) / 2
    law = binom(trials, 0.5) if half is None else betabinom(trials, half, half)
    return float(min(1.0, 2 * law.cdf(at_most), 2 * law.sf(below - 1)))


def within(
    value: float, interval: tuple[float, float], given: tuple[float, float], given_error: float = 0
) -> float:
    """Return the p-value that a place lies in a given range.

    It is below 5 % where the 95 % interval of the place and the range do not overlap, and falls as
    that of a normal law on the side of the range.

    Parameters
    ----------
    value, interval
        The place and its 95 % interval; the value NaN where it lies beyond the grid, and only
        the interval's end there is known: then p is 0 or 1. An interval that is open on both
        sides says nothing: p is NaN.
    given
        The ends of the range, or twice one number.
    given_error
        The standard error of the given number.
    """
    low, high = interval
    if math.isnan(low) or math.isnan(high) or (math.isinf(low) and math.isinf(high)):
        return math.nan
    if math.isnan(value):
        return float(high >= given[0] and low <= given[1])
    gap = max(given[0] - value, value - given[1], 0.0)
    if gap == 0:
        return 1.0
    half = high - value if value < given[0] else value - low
    if math.isinf(half):
        return 1.0
    error = math.hypot(half / float(norm.ppf((1 + CONFIDENCE) / 2)), given_error)
    return float(2 * norm.sf(gap / error)) if error > 0 else 0.0
