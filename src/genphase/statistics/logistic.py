r"""The likelihood of a portrait whose lines are logistic: log-odds s(u) (t - c(u)) of the rate.

c is linear in its parameters γ and log s in its parameters β, over the functions of a line u that a
model names.
"""

import math
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from genphase.statistics.design import Design
from genphase.statistics.deviances import Deviance, deviance_of
from genphase.statistics.likelihood import Floats, likelihood
from genphase.statistics.scoring import Terms

# Where all lines jump from 0 to 1 nothing bounds the slope but this weight, of the mean log-odds
# per grid step, in the cost: as much as a hundredth of a trial.
_STEEPNESS = 0.01
# Slopes, as logarithms of log-odds per grid step, stay within this.
_STEEPEST = 30.0


class Model(NamedTuple):
    """The cells of a portrait and the functions by which they are fitted.

    t : (cells,) coordinate, in grid steps; the rate rises with it.
    recovered, trials : (cells,) counts.
    basis : (cells, curves) of c.
    slopes : (cells, 1 or 2) of log s.
    offset : (cells,) added to log s.
    """

    t: Floats
    recovered: Floats
    trials: Floats
    basis: Floats
    slopes: Floats
    offset: Floats

    def terms(self, parameters: Floats) -> Terms:
        """Return the cost and its derivatives at the parameters γ, β."""
        s, odds = self._line(parameters)
        return self._cost(odds, self._jacobian(s, odds), s)

    def terms_through(self, parameters: Floats, point: "Point") -> Terms:
        """Return the same for curves through a point, by the γ of its others, and β."""
        curves = point.others.shape[1]
        beta = parameters[curves:]
        s = np.exp(np.clip(self.slopes @ beta + self.offset, -_STEEPEST, _STEEPEST))
        # The curve of the level passes the point: there c is lower by logit(level)/s.
        shift = point.odds / slope_of(point.slope, beta)
        c = point.along * (point.t - shift) + point.others @ parameters[:curves]
        odds = s * (self.t - c)
        by_slope = odds[:, None] * self.slopes - (s * point.along * shift)[:, None] * point.slope
        return self._cost(odds, np.hstack([-s[:, None] * point.others, by_slope]), s)

    def deviance(self, parameters: Floats, covariance: Floats) -> Deviance:
        """Return the deviance of the fit and what is expected of it."""
        s, odds = self._line(parameters)
        jacobian = self._jacobian(s, odds)
        share = np.einsum("ij,jk,ik->i", jacobian, covariance, jacobian)
        leverage = likelihood(odds, self.recovered, self.trials).weight * share
        return deviance_of(expit(odds), self.recovered, self.trials, leverage)

    def design(self, parameters: Floats, crossings: Floats) -> Design:
        """Return what further trials tell of crossings, by their gradients in the parameters."""
        s, odds = self._line(parameters)
        rows = self._jacobian(s, odds)
        weights = likelihood(odds, self.recovered, self.trials).weight
        # The penalty, which is no trial.
        known = self.terms(parameters).curvature - rows.T @ (weights[:, None] * rows)
        return Design(rows, weights / self.trials, crossings, known)

    def _line(self, parameters: Floats) -> tuple[Floats, Floats]:
        curves = self.basis.shape[1]
        exponent = self.slopes @ parameters[curves:] + self.offset
        s = np.exp(np.clip(exponent, -_STEEPEST, _STEEPEST))
        return s, s * (self.t - self.basis @ parameters[:curves])

    def _jacobian(self, s: Floats, odds: Floats) -> Floats:
        return np.hstack([-s[:, None] * self.basis, odds[:, None] * self.slopes])

    def _cost(self, odds: Floats, jacobian: Floats, s: Floats) -> Terms:
        cost, score, weight = likelihood(odds, self.recovered, self.trials)
        gradient = jacobian.T @ score
        curvature = jacobian.T @ (weight[:, None] * jacobian)
        steep = (_STEEPNESS / s.size) * s
        powers = self.slopes.shape[1]
        gradient[-powers:] += self.slopes.T @ steep
        curvature[-powers:, -powers:] += self.slopes.T @ (steep[:, None] * self.slopes)
        return Terms(cost + float(steep.sum()), gradient, curvature)


class Point(NamedTuple):
    """A point that the curve of a level is held at.

    t : its coordinate; odds : the log-odds of the level.
    along : (cells,) by what c changes with c at the point.
    others : (cells, curves - 1) functions of c that are 0 at the point's line.
    slope : (1 or 2,) the functions of log s at the line.
    """

    t: float
    odds: float
    along: Floats
    others: Floats
    slope: Floats


def slope_of(row: Floats, beta: Floats) -> float:
    """Return s of a line, from its functions of log s."""
    return math.exp(min(max(float(row @ beta), -_STEEPEST), _STEEPEST))


def grid_step(t: Floats, line: NDArray[Any]) -> float:
    """Return the median distance of neighbours on the lines; 1 without any."""
    steps = np.concatenate([np.diff(np.sort(t[line == i])) for i in np.unique(line)])
    return float(np.median(steps)) if steps.size else 1.0
