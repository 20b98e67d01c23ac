"""Where the recovery rate of one line of the grid crosses a level, by regression of the line."""

import math
from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import brentq

from genphase.statistics.distributions import chi2_quantile
from genphase.statistics.likelihood import Floats
from genphase.statistics.line import Line
from genphase.statistics.responses import LOGIT, Response
from genphase.statistics.wilson import CONFIDENCE

LEVEL = 0.5
# What twice the log-likelihood may fall by within the interval.
ALLOWED = chi2_quantile(CONFIDENCE, 1)
_METHODS = {"logit": "logistic", "probit": "probit", "cloglog": "cloglog"}


class Crossing(NamedTuple):
    """Where the recovery rate crosses a level along a line of the grid.

    Attributes
    ----------
    position : inside the grid; below or above it; unknown, where neither the line nor its
        neighbours tell whether the rate rises or falls; or never, at a level that the asymptotes
        exclude.
    value : the crossing; NaN unless it lies inside.
    low, high : its 95 % profile-likelihood interval; infinite on a side that the trials leave open.
    method : logistic (regression), probit or cloglog; separated (the rate jumps from 0 to 1: the
        middle of the jump); constant (the rate is 0 or 1 all along).
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
    lines
        Of each, x, recovered and trials of its points.
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
    response: Response = LOGIT,
) -> Crossing:
    r"""Locate the crossing of a level along a line by logistic regression.

    The log-odds of the rate are modelled as :math:`s (x - c) + \mathrm{logit}(level)`, with s of
    the sign of the direction; the interval of c holds all values that a likelihood-ratio test at
    5 % does not reject.

    Parameters
    ----------
    x : (points,)
        Grid values, increasing.
    recovered, trials : (points,)
        Counts.
    direction
        1 if the rate is known to rise with x, -1 if to fall, 0 to let the line tell, which a line
        that is all 0 or all 1 cannot.
    level
        The rate that is crossed, within (0, 1).
    response
        Of the rate to a line that rises; its asymptotes are numbers.
    """
    x, recovered, trials = (np.asarray(a, dtype=float) for a in (x, recovered, trials))
    direction = direction or rises(x, recovered, trials)
    if direction < 0:
        position, value, low, high, method = crossing(
            -x[::-1], recovered[::-1], trials[::-1], 1, level, response
        )
        mirrored = {"below": "above", "above": "below"}.get(position, position)
        return Crossing(mirrored, -value, -high, -low, method)
    if not math.isfinite(response.reach(level)):
        return Crossing("never", math.nan, -math.inf, math.inf, _METHODS[response.link])
    method, first, last = _likeliest(x, recovered, trials, level, response)
    value = (first + last) / 2
    if direction == 0 or math.isnan(value):
        return Crossing("unknown", math.nan, -math.inf, math.inf, method)
    line = Line(x, recovered, trials, response)
    best = line.deviance_with_crossing(line.angle(value), level)

    def excess(angle: float) -> float:
        return line.deviance_with_crossing(angle, level) - best - ALLOWED

    def bound(near: float, far: float) -> float:
        if excess(line.angle(near)) > 0:
            return near
        if excess(line.angle(far)) <= 0:
            return far
        return line.crossing(float(brentq(excess, line.angle(near), line.angle(far))))

    low, high = bound(first, -math.inf), bound(last, math.inf)
    if x[0] <= value <= x[-1]:
        return Crossing("inside", value, low, high, method)
    return Crossing("below" if value < x[0] else "above", math.nan, low, high, method)


def _likeliest(
    x: Floats, recovered: Floats, trials: Floats, level: float, response: Response
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
    method, c = _METHODS[response.link], _regress(x, recovered, trials, level, response)
    if math.isnan(c):
        return method, -math.inf, math.inf
    if not response.plain and math.isfinite(c):
        # A jump between two points that chance and lapses disguise is as likely all along the gap.
        line, i = Line(x, recovered, trials, response), int(np.searchsorted(x, c))
        if 0 < i < x.size:
            gap = [x[i] + share * (x[i - 1] - x[i]) for share in (0.01, 0.5, 0.99)]
            costs = [line.deviance_with_crossing(line.angle(float(g)), level) for g in gap]
            best = line.deviance_with_crossing(line.angle(c), level)
            if max(costs) <= best + 1e-7:
                return "separated", float(x[i - 1]), float(x[i])
    return method, c, c


def _regress(
    x: Floats, recovered: Floats, trials: Floats, level: float, response: Response
) -> float:
    """Return the crossing of the fitted line; infinite where the likeliest line does not rise.

    It is NaN if that flat line lies at the level.
    """
    if rises(x, recovered, trials) <= 0:
        excess = recovered.sum() - level * trials.sum()
        return -math.copysign(math.inf, excess) if abs(excess) > 1e-9 else math.nan
    line = Line(x, recovered, trials, response)
    slope = line.likeliest()
    return line.centre + line.scale * (response.reach(level) - line.offset(slope)) / slope
