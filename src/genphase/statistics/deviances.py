"""Whether a fitted rate fits: the deviance of counts against what is expected of it.

The deviance of few trials is not chi-squared: a cell whose rate is nearly 0 or 1 adds almost
nothing. Its mean and variance under the fitted rates are sums over all outcomes.
"""

import math
from typing import NamedTuple

import numpy as np
from scipy.special import xlogy

from genphase.statistics.distributions import binomial, chi2_above
from genphase.statistics.likelihood import Floats


class Deviance(NamedTuple):
    """The deviance of a fit.

    Attributes
    ----------
    value : twice the log-likelihood ratio to the observed rates.
    expected : its mean where the model holds, in place of the degrees of freedom.
    chance : the probability of at least this deviance where the model holds; NaN where no cell can
        deviate.
    """

    value: float
    expected: float
    chance: float


def deviance_of(rate: Floats, recovered: Floats, trials: Floats, leverage: Floats) -> Deviance:
    """Return the deviance of fitted rates and what is expected of it.

    The chance is that of a scaled chi-squared law with the same mean and variance.

    Parameters
    ----------
    rate : (cells,)
        Fitted rates.
    recovered, trials : (cells,)
        Counts.
    leverage : (cells,)
        The share of each cell's deviance that fitting takes away.
    """
    rate = np.clip(rate, 1e-12, 1 - 1e-12)
    value = float(_deviance(recovered, trials, rate).sum())
    mean, variance = np.zeros(rate.size), np.zeros(rate.size)
    for n in np.unique(trials):
        cells = trials == n
        outcomes, law = _outcomes(n, rate[cells])
        deviances = _deviance(outcomes, n, rate[cells])
        mean[cells] = np.sum(law * deviances, axis=0)
        variance[cells] = np.sum(law * deviances**2, axis=0) - mean[cells] ** 2
    kept = np.clip(1 - leverage, 0.0, 1.0)
    expected, spread = float(kept @ mean), float(kept @ variance)
    if expected < 1e-6 or spread <= 0:
        return Deviance(value, expected, math.nan)
    freedom = 2 * expected**2 / spread
    return Deviance(value, expected, chi2_above(value * freedom / expected, freedom))


def residuals_of(rate: Floats, recovered: Floats, trials: Floats) -> Floats:
    """Return deviance residuals: the roots of the cells' deviances, positive above the fit.

    Parameters
    ----------
    rate : (cells,)
        Fitted rates.
    recovered, trials : (cells,)
        Counts.
    """
    rate = np.clip(rate, 1e-12, 1 - 1e-12)
    # Rounding can make a deviance of 0 negative.
    size = np.sqrt(np.maximum(_deviance(recovered, trials, rate), 0.0))
    return np.asarray(np.copysign(size, recovered - trials * rate), dtype=np.float64)


def _outcomes(n: float, rate: Floats) -> tuple[Floats, Floats]:
    """Return the outcomes that n trials can have, and their probabilities, both (outcomes, cells).

    Of many trials only those within ten standard deviations.
    """
    reach = np.ceil(10 * np.sqrt(n * rate * (1 - rate)) + 30)
    low = np.maximum(np.floor(n * rate - reach), 0.0)
    count = int(min(n, 2 * reach.max() + 1)) + 1
    outcomes = low + np.arange(count)[:, None]
    return np.minimum(outcomes, n), binomial(outcomes, n, rate)


def _deviance(recovered: Floats, trials: Floats | float, rate: Floats) -> Floats:
    lost = trials - recovered
    found = 2 * (
        xlogy(recovered, recovered / trials)
        - xlogy(recovered, rate)
        + xlogy(lost, lost / trials)
        - xlogy(lost, 1 - rate)
    )
    return np.asarray(found, dtype=np.float64)
