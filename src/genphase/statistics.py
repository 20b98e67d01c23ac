"""Rates, intervals and transitions: what a set of trials says about recovery."""

import math
import warnings
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import brentq
from scipy.stats import chi2
from statsmodels.genmod.families import Binomial
from statsmodels.genmod.generalized_linear_model import GLM
from statsmodels.stats.proportion import proportion_confint
from statsmodels.tools.sm_exceptions import PerfectSeparationWarning

CONFIDENCE = 0.95
LEVEL = 0.5

Floats = NDArray[np.float64]


def rate_interval(recovered: ArrayLike, trials: ArrayLike) -> tuple[Floats, Floats]:
    """Return the 95 % Wilson interval of recovery rates."""
    low, high = proportion_confint(
        np.asarray(recovered), np.asarray(trials), alpha=1 - CONFIDENCE, method="wilson"
    )
    return np.clip(low, 0.0, 1.0), np.clip(high, 0.0, 1.0)


class Crossing(NamedTuple):
    """Where the recovery rate crosses 50 % along a line of the grid.

    position : inside the grid; below or above it; or unknown, where neither the line nor its
        neighbours tell whether the rate rises or falls.
    value : the crossing; NaN unless it lies inside.
    low, high : its 95 % interval; infinite on a side that the trials leave open.
    method : logistic (regression, profile-likelihood interval); separated (the rate jumps from 0
        to 1: the middle of the jump, with the jump's ends as interval); constant (the rate is 0
        or 1 all along).
    """

    position: str
    value: float
    low: float
    high: float
    method: str


def rises(x: ArrayLike, recovered: ArrayLike, trials: ArrayLike) -> int:
    """Return 1 if the rate rises with x, -1 if it falls, 0 if that cannot be told."""
    x, recovered, trials = (np.asarray(a, dtype=float) for a in (x, recovered, trials))
    centre = np.average(x, weights=trials)
    rate = recovered.sum() / trials.sum()
    return int(np.sign(np.round(np.sum((x - centre) * (recovered - rate * trials)), 9)))


def crossing(x: ArrayLike, recovered: ArrayLike, trials: ArrayLike, direction: int = 0) -> Crossing:
    r"""Locate the 50 % crossing along a line by logistic regression.

    The rate is modelled as :math:`1/(1 + e^{-s(x - c)})`; the interval of c holds all values that
    a likelihood-ratio test at 5 % does not reject.

    Parameters
    ----------
    x : (points,) grid values, increasing.
    recovered, trials : (points,) counts.
    direction : 1 if the rate is known to rise with x, -1 if to fall; for a line that is all 0 or
        all 1, which cannot tell by itself.
    """
    x, recovered, trials = (np.asarray(a, dtype=float) for a in (x, recovered, trials))
    if recovered.sum() == 0 or recovered.sum() == trials.sum():
        return _constant(x, bool(recovered.sum()), direction)
    slope = rises(x, recovered, trials)
    jump = _jump(x, recovered, trials, slope)
    if jump is not None:
        return Crossing("inside", sum(jump) / 2, *jump, "separated")
    # A unit scale keeps the regression well conditioned.
    centre, scale = x.mean(), x.std()
    z = (x - centre) / scale
    fitted = _fit(np.column_stack([np.ones_like(z), z]), recovered, trials)
    c = -fitted.params[0] / fitted.params[1] if fitted.params[1] != 0 else math.nan

    def excess(candidate: float) -> float:
        restricted = _fit((z - candidate)[:, None], recovered, trials)
        return float(restricted.deviance - fitted.deviance - chi2.ppf(CONFIDENCE, 1))

    low, high = (
        _bound(excess, c, -1.0) * scale + centre,
        _bound(excess, c, 1.0) * scale + centre,
    )
    value = c * scale + centre
    if x[0] <= value <= x[-1]:
        return Crossing("inside", value, low, high, "logistic")
    return Crossing("below" if value < x[0] else "above", math.nan, low, high, "logistic")


def _constant(x: Floats, recovered: bool, direction: int) -> Crossing:
    if direction == 0:
        return Crossing("unknown", math.nan, -math.inf, math.inf, "constant")
    if recovered == (direction > 0):
        return Crossing("below", math.nan, -math.inf, x[0], "constant")
    return Crossing("above", math.nan, x[-1], math.inf, "constant")


def _jump(
    x: Floats, recovered: Floats, trials: Floats, direction: int
) -> tuple[float, float] | None:
    """Return the two points between which the rate jumps from 0 to 1 or back, if it does."""
    rate = recovered / trials
    if not np.all((rate == 0) | (rate == 1)) or not np.all(np.diff(rate) * direction >= 0):
        return None
    i = int(np.flatnonzero(np.diff(rate))[0])
    return float(x[i]), float(x[i + 1])


def _fit(design: Floats, recovered: Floats, trials: Floats):  # type: ignore[no-untyped-def]
    counts = np.column_stack([recovered, trials - recovered])
    with warnings.catch_warnings():
        # A steep line is fitted to rates of 0 and 1; that the fit is perfect is no fault here.
        warnings.simplefilter("ignore", PerfectSeparationWarning)
        warnings.simplefilter("ignore", RuntimeWarning)
        return GLM(counts, design, family=Binomial()).fit(maxiter=100)


def _bound(excess, centre: float, side: float) -> float:  # type: ignore[no-untyped-def]
    """Return where the deviance's excess over the accepted region changes sign, or infinity."""
    if not math.isfinite(centre):
        return side * math.inf
    near, width = centre, 0.05
    while width < 50:
        far = centre + side * width
        if excess(far) > 0:
            return float(brentq(excess, near, far, xtol=1e-6))
        near, width = far, 2 * width
    return side * math.inf
