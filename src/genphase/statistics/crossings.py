"""Where the recovery rate of one line of the grid crosses a level, by logistic regression."""

import math
import warnings
from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import brentq
from scipy.special import expit, logit
from scipy.stats import chi2
from statsmodels.genmod.families import Binomial
from statsmodels.genmod.generalized_linear_model import GLM
from statsmodels.tools.sm_exceptions import PerfectSeparationWarning

from genphase.statistics.rates import Floats
from genphase.statistics.wilson import CONFIDENCE

LEVEL = 0.5
# What twice the log-likelihood may fall by within the interval.
ALLOWED = float(chi2.ppf(CONFIDENCE, 1))


class Crossing(NamedTuple):
    """Where the recovery rate crosses a level along a line of the grid.

    position : inside the grid; below or above it; or unknown, where neither the line nor its
        neighbours tell whether the rate rises or falls.
    value : the crossing; NaN unless it lies inside.
    low, high : its 95 % profile-likelihood interval; infinite on a side that the trials leave open.
    method : logistic (regression); separated (the rate jumps from 0 to 1: the middle of the jump);
        constant (the rate is 0 or 1 all along).
    """

    position: str
    value: float
    low: float
    high: float
    method: str


def rises(x: ArrayLike, recovered: ArrayLike, trials: ArrayLike) -> int:
    """Return 1 if the rate rises with x, -1 if it falls, 0 if that cannot be told."""
    return rises_within([(x, recovered, trials)])


def rises_within(lines: Iterable[tuple[ArrayLike, ArrayLike, ArrayLike]]) -> int:
    """Return 1 if the rate rises along lines, -1 if it falls, 0 if that cannot be told.

    The covariance of place and recovery is summed within the lines, as in a stratified trend test:
    that one line lies further along than another, and recovers less, says nothing of either.

    Parameters
    ----------
    lines : of each, x, recovered and trials of its points.
    """
    covariance = scale = 0.0
    for line in lines:
        x, recovered, trials = (np.asarray(a, dtype=float) for a in line)
        distance = x - np.average(x, weights=trials)
        rate = recovered.sum() / trials.sum()
        covariance += float(np.sum(distance * (recovered - rate * trials)))
        scale += float(np.sum(np.abs(distance) * trials))
    # Rounded: a sum that is zero but for rounding has no sign.
    return int(np.sign(np.round(covariance / (scale or 1.0), 12)))


def crossing(
    x: ArrayLike,
    recovered: ArrayLike,
    trials: ArrayLike,
    direction: int = 0,
    level: float = LEVEL,
) -> Crossing:
    r"""Locate the crossing of a level along a line by logistic regression.

    The log-odds of the rate are modelled as :math:`s (x - c) + \mathrm{logit}(level)`, with s of
    the sign of the direction; the interval of c holds all values that a likelihood-ratio test at
    5 % does not reject.

    Parameters
    ----------
    x : (points,) grid values, increasing.
    recovered, trials : (points,) counts.
    direction : 1 if the rate is known to rise with x, -1 if to fall, 0 to let the line tell, which
        a line that is all 0 or all 1 cannot.
    level : the rate that is crossed, within (0, 1).
    """
    x, recovered, trials = (np.asarray(a, dtype=float) for a in (x, recovered, trials))
    direction = direction or rises(x, recovered, trials)
    if direction < 0:
        position, value, low, high, method = crossing(
            -x[::-1], recovered[::-1], trials[::-1], 1, level
        )
        mirrored = {"below": "above", "above": "below"}.get(position, position)
        return Crossing(mirrored, -value, -high, -low, method)
    method, first, last = _likeliest(x, recovered, trials, level)
    value = (first + last) / 2
    if direction == 0 or math.isnan(value):
        return Crossing("unknown", math.nan, -math.inf, math.inf, method)
    line = _Line(x, recovered, trials, level)
    best = line.deviance(line.angle(value))

    def excess(angle: float) -> float:
        return line.deviance(angle) - best - ALLOWED

    def bound(near: float, far: float) -> float:
        if excess(line.angle(near)) > 0:
            return near
        if excess(line.angle(far)) <= 0:
            return far
        return line.value(float(brentq(excess, line.angle(near), line.angle(far))))

    low, high = bound(first, -math.inf), bound(last, math.inf)
    if x[0] <= value <= x[-1]:
        return Crossing("inside", value, low, high, method)
    return Crossing("below" if value < x[0] else "above", math.nan, low, high, method)


def _likeliest(
    x: Floats, recovered: Floats, trials: Floats, level: float
) -> tuple[str, float, float]:
    """Return the method, and the ends of the set of likeliest crossings of a rising rate."""
    rate = recovered / trials
    if not recovered.any():
        return "constant", float(x[-1]), math.inf
    if np.all(recovered == trials):
        return "constant", -math.inf, float(x[0])
    step = np.diff(rate)
    if np.all((rate == 0) | (rate == 1)) and np.all(step >= 0):
        jump = int(np.argmax(step))
        return "separated", float(x[jump]), float(x[jump + 1])
    c = _regress(x, recovered, trials, level)
    return ("logistic", -math.inf, math.inf) if math.isnan(c) else ("logistic", c, c)


def _regress(x: Floats, recovered: Floats, trials: Floats, level: float) -> float:
    """Return the crossing of the fitted line; infinite where the likeliest line does not rise.

    It is NaN if that flat line lies at the level.
    """
    if rises(x, recovered, trials) <= 0:
        excess = recovered.sum() - level * trials.sum()
        return -math.copysign(math.inf, excess) if abs(excess) > 1e-9 else math.nan
    # A unit scale keeps the regression well conditioned.
    centre, scale = x.mean(), x.std()
    design = np.column_stack([np.ones_like(x), (x - centre) / scale])
    with warnings.catch_warnings():
        # A steep line is fitted to rates of 0 and 1; that the fit is perfect is no fault here.
        warnings.simplefilter("ignore", PerfectSeparationWarning)
        warnings.simplefilter("ignore", RuntimeWarning)
        counts = np.column_stack([recovered, trials - recovered])
        offset, slope = GLM(counts, design, family=Binomial()).fit(maxiter=100).params
    return float(centre + scale * (logit(level) - offset) / slope)


class _Line:
    """The likelihood of rising logistic lines, by the angle of their crossing c.

    A line is written as the log-odds r (sin(angle) z - cos(angle)) + logit(level), r >= 0, with z
    the grid in standard units: c = cot(angle) runs from inf at 0 to -inf at pi, where the rate is
    constant. The angles whose deviance stays below a bound are one interval.
    """

    # Log-odds beyond which a rate is 0 or 1.
    STEEPEST = 1e8

    def __init__(self, x: Floats, recovered: Floats, trials: Floats, level: float) -> None:
        self.centre, self.scale = float(x.mean()), float(x.std()) or 1.0
        self.z = (x - self.centre) / self.scale
        self.recovered = recovered
        self.trials = trials
        self.offset = float(logit(level))

    def angle(self, c: float) -> float:
        return math.atan2(1.0, (c - self.centre) / self.scale)

    def value(self, angle: float) -> float:
        return self.centre + self.scale / math.tan(angle)

    def deviance(self, angle: float) -> float:
        """Return the least deviance of a line with this crossing, but for a constant."""
        ray = math.sin(angle) * self.z - math.cos(angle)

        def score(r: float) -> float:
            return float(ray @ (self.recovered - self.trials * expit(r * ray + self.offset)))

        if score(0.0) <= 0:
            r = 0.0
        elif score(self.STEEPEST) >= 0:
            r = self.STEEPEST
        else:
            r = float(brentq(score, 0.0, self.STEEPEST))
        odds = r * ray + self.offset
        return float(2 * np.sum(self.trials * np.logaddexp(0.0, odds) - self.recovered * odds))
