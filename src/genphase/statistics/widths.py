"""How wide the transition of one line of the grid is, by logistic regression."""

import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import brentq
from scipy.special import expit, logit

from genphase.statistics.crossings import ALLOWED, rises
from genphase.statistics.deviances import deviance_of
from genphase.statistics.rates import Floats
from genphase.statistics.scoring import inverse

# The rates between which the width is measured, and the distance of their log-odds.
ENDS = (0.1, 0.9)
SPREAD = float(logit(ENDS[1]) - logit(ENDS[0]))
# Slopes, in log-odds per standard unit of the grid, beyond which a line is a jump, or flat.
_STEEPEST, _FLATTEST = 1e8, 1e-8


class Slope(NamedTuple):
    """A rising logistic line: log-odds s (x - c).

    s : the slope; infinite of a jump, 0 where the rate does not rise.
    c : the 50 % crossing of the likeliest line with this slope; infinite where s is 0.
    """

    s: float
    c: float


class Slopes(NamedTuple):
    """The likeliest slope, the ends of its 95 % profile-likelihood interval, and how it fits.

    lack_of_fit : the chance of a deviance at least as large, if lines were logistic.
    """

    best: Slope
    low: Slope
    high: Slope
    lack_of_fit: float


_NONE = Slopes(Slope(math.nan, math.nan), Slope(0.0, math.nan), Slope(math.inf, math.nan), math.nan)


def slopes(x: ArrayLike, recovered: ArrayLike, trials: ArrayLike) -> Slopes:
    """Return the slope of a rising line.

    The interval holds all slopes s >= 0 that a likelihood-ratio test at 5 % does not reject. A line
    that is all 0 or all 1 has no slope: NaN, and an interval from 0 to infinity.

    Parameters
    ----------
    x : (points,) grid values, increasing.
    recovered, trials : (points,) counts.
    """
    x, recovered, trials = (np.asarray(a, dtype=float) for a in (x, recovered, trials))
    if not recovered.any() or np.all(recovered == trials) or x.size < 2:
        return _NONE
    centre, scale = float(x.mean()), float(x.std())
    z = (x - centre) / scale

    def offset(s: float) -> float:
        """Return the likeliest log-odds at z = 0 of a line with this slope."""
        mean = float(logit(recovered.sum() / trials.sum()))
        reach = s * float(np.abs(z).max()) + 1e-9
        return float(
            brentq(
                lambda a: float(np.sum(recovered - trials * expit(a + s * z))),
                mean - reach,
                mean + reach,
            )
        )

    def score(s: float) -> float:
        return float(z @ (recovered - trials * expit(offset(s) + s * z)))

    def deviance(s: float) -> float:
        odds = offset(s) + s * z
        return float(2 * np.sum(trials * np.logaddexp(0.0, odds) - recovered * odds))

    rising = rises(x, recovered, trials) > 0
    best = _root(score, _FLATTEST, _STEEPEST) if rising else 0.0
    least = deviance(best)
    bound = least + ALLOWED
    low = 0.0 if deviance(0.0) <= bound else _root(lambda s: bound - deviance(s), _FLATTEST, best)
    high = _root(lambda s: bound - deviance(s), max(best, _FLATTEST), _STEEPEST)

    def slope(s: float) -> Slope:
        if s == 0:
            return Slope(0.0, math.nan)
        c = centre - scale * offset(s) / s
        return Slope(math.inf if s >= _STEEPEST else s / scale, c)

    rate = expit(offset(best) + best * z)
    weight = trials * rate * (1 - rate)
    design = np.column_stack([np.ones_like(z), z])
    covariance = inverse(design.T @ (weight[:, None] * design))
    leverage = weight * np.einsum("ij,jk,ik->i", design, covariance, design)
    chance = deviance_of(rate, recovered, trials, leverage).chance
    return Slopes(slope(best), slope(low), slope(high), chance)


def _root(function: Callable[[float], float], low: float, high: float) -> float:
    """Return where a function changes its sign, in log s; an end where it does not."""
    ends = function(low), function(high)
    if ends[0] * ends[1] > 0 or ends[1] == 0:
        return high
    return math.exp(brentq(lambda t: function(math.exp(t)), math.log(low), math.log(high)))


def width_ends(slope: Slope) -> Floats:
    """Return the places where the line passes 10 % and 90 %; both c for a jump."""
    half = SPREAD / 2 / slope.s if slope.s > 0 else math.inf
    return np.array([slope.c - half, slope.c + half])
