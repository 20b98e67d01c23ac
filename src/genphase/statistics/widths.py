"""How wide the transition of one line of the grid is, by regression of the line."""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from genphase.statistics.crossings import ALLOWED, rises
from genphase.statistics.deviances import deviance_of
from genphase.statistics.likelihood import Floats
from genphase.statistics.line import FLATTEST, STEEPEST, Line, root
from genphase.statistics.responses import LOGIT, Response, quantile
from genphase.statistics.scoring import inverse

# Between which the width is measured: shares of the way from the floor to the ceiling, which
# without asymptotes are rates; and the distance of their log-odds.
ENDS = (0.1, 0.9)
SPREAD = quantile("logit", ENDS[1]) - quantile("logit", ENDS[0])


class Slope(NamedTuple):
    """A rising line: log-odds, or another link's predictor, s (x - c).

    Attributes
    ----------
    s : the slope; infinite of a jump, 0 where the rate does not rise.
    c : where the likeliest line with this slope is 0; infinite where s is 0.
    """

    s: float
    c: float


class Slopes(NamedTuple):
    """The likeliest slope, the ends of its 95 % profile-likelihood interval, and how it fits.

    Attributes
    ----------
    lack_of_fit : the chance of a deviance at least as large, if lines were logistic.
    """

    best: Slope
    low: Slope
    high: Slope
    lack_of_fit: float


_NONE = Slopes(Slope(math.nan, math.nan), Slope(0.0, math.nan), Slope(math.inf, math.nan), math.nan)


def slopes(
    x: ArrayLike, recovered: ArrayLike, trials: ArrayLike, response: Response = LOGIT
) -> Slopes:
    """Return the slope of a rising line.

    The interval holds all slopes s >= 0 that a likelihood-ratio test at 5 % does not reject. A line
    that is all 0 or all 1 has no slope: NaN, and an interval from 0 to infinity.

    Parameters
    ----------
    x : (points,)
        Grid values, increasing.
    recovered, trials : (points,)
        Counts.
    response
        Of the rate to the line; its asymptotes are numbers.
    """
    x, recovered, trials = (np.asarray(a, dtype=float) for a in (x, recovered, trials))
    if not recovered.any() or np.all(recovered == trials) or x.size < 2:
        return _NONE
    line = Line(x, recovered, trials, response)
    deviance, offset = line.deviance_with_slope, line.offset
    rising = rises(x, recovered, trials) > 0
    best = line.likeliest() if rising else 0.0
    least = deviance(best)
    bound = least + ALLOWED
    low = 0.0 if deviance(0.0) <= bound else root(lambda s: bound - deviance(s), FLATTEST, best)
    high = root(lambda s: bound - deviance(s), max(best, FLATTEST), STEEPEST)

    def slope(s: float) -> Slope:
        if s == 0:
            return Slope(0.0, math.nan)
        c = line.centre - line.scale * offset(s) / s
        return Slope(math.inf if s >= STEEPEST else s / line.scale, c)

    odds = offset(best) + best * line.z
    weight = response.answer(odds, recovered, trials, np.empty(0)).weight
    design = np.column_stack([np.ones_like(line.z), line.z])
    covariance = inverse(design.T @ (weight[:, None] * design))
    leverage = weight * np.einsum("ij,jk,ik->i", design, covariance, design)
    chance = deviance_of(response.rate(odds), recovered, trials, leverage).chance
    return Slopes(slope(best), slope(low), slope(high), chance)


def width_ends(slope: Slope, link: str = "logit") -> Floats:
    """Return the places where the line passes 10 % and 90 % of its way; both c for a jump."""
    if slope.s <= 0:
        return np.full(2, math.nan)
    low, high = -SPREAD / 2, SPREAD / 2
    if link != "logit":
        low, high = (quantile(link, end) for end in ENDS)
    return np.array([slope.c + low / slope.s, slope.c + high / slope.s])
