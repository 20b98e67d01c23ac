"""Distribution functions, by scipy.special.

scipy.stats has them too, but takes half a second to import, for which every job of tables and
figures would wait.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import (
    bdtr,
    chdtrc,
    gammaincinv,
    gammaln,
    ndtr,
    ndtri,
    stdtrit,
    xlog1py,
    xlogy,
)

Floats = NDArray[np.float64]


def normal_below(z: float) -> float:
    """Return the probability that a standard normal number is at most z."""
    return float(ndtr(z))


def normal_quantile(p: float) -> float:
    """Return what a standard normal number is at most with the probability p."""
    return float(ndtri(p))


def t_quantile(p: float, freedom: float) -> float:
    """Return what a number with Student's t-distribution is at most with the probability p."""
    return float(stdtrit(freedom, p))


def chi2_above(value: float, freedom: float) -> float:
    """Return the probability that a chi-squared number exceeds a value."""
    return float(chdtrc(freedom, value))


def chi2_quantile(p: float, freedom: float) -> float:
    """Return what a chi-squared number is at most with the probability p."""
    return 2 * float(gammaincinv(freedom / 2, p))


def binomial(successes: ArrayLike, trials: ArrayLike, rate: ArrayLike) -> Floats:
    """Return the probabilities of whole numbers of successes; 0 of more than `trials`."""
    found, n, p = (np.asarray(a, dtype=np.float64) for a in (successes, trials, rate))
    most = np.minimum(found, n)
    ways = gammaln(n + 1) - gammaln(most + 1) - gammaln(n - most + 1)
    law = np.exp(ways + xlogy(most, p) + xlog1py(n - most, -p))
    return np.where(found <= n, law, 0.0)


def binomial_at_most(successes: ArrayLike, trials: ArrayLike, rate: float) -> Floats:
    """Return the probabilities of at most so many successes of whole numbers of trials."""
    found, n = np.asarray(successes, dtype=np.float64), np.asarray(trials, dtype=np.int64)
    return np.asarray(bdtr(found, n, rate), dtype=np.float64)
