"""The likelihood of counts whose log-odds are modelled: one for lines and for whole portraits."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

Floats = NDArray[np.float64]


class Likelihood(NamedTuple):
    """The likelihood of counts at given log-odds.

    cost : the negative log-likelihood, but for a constant; half a deviance.
    score : (cells,) its derivatives in the log-odds.
    weight : (cells,) its expected second derivatives.
    """

    cost: float
    score: Floats
    weight: Floats


def likelihood(odds: Floats, recovered: Floats, trials: Floats) -> Likelihood:
    """Return the binomial likelihood of counts.

    Parameters
    ----------
    odds : (cells,)
        Log-odds of the rate.
    recovered, trials : (cells,)
        Counts.
    """
    rate = expit(odds)
    cost = float(np.sum(trials * np.logaddexp(0.0, odds) - recovered * odds))
    return Likelihood(cost, trials * rate - recovered, trials * rate * (1 - rate))
