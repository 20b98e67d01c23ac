r"""The likelihood of a portrait whose lines are logistic: log-odds s(u) (t - c(u)) of the rate.

With another link, or with asymptotes, these are the predictors of the rate instead of its log-odds
(`genphase.statistics.responses`); "log-odds" stands for both below. c is linear in its parameters γ
and log s in its parameters β, over the functions of a line u that a model names.
"""

import math
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from genphase.statistics.design import Design
from genphase.statistics.deviances import Deviance, deviance_of
from genphase.statistics.likelihood import Floats
from genphase.statistics.responses import LOGIT, Response
from genphase.statistics.scoring import NOWHERE, Terms

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
    response : of the rate to s (t - c); its estimated asymptotes are the last parameters.
    """

    t: Floats
    recovered: Floats
    trials: Floats
    basis: Floats
    slopes: Floats
    offset: Floats
    response: Response = LOGIT

    def terms(self, parameters: Floats) -> Terms:
        """Return the cost and its derivatives at the parameters γ, β and those of asymptotes."""
        s, odds = self._line(parameters)
        return self._cost(odds, self._jacobian(s, odds), s, self.split(parameters)[2])

    def terms_through(self, parameters: Floats, point: "Point") -> Terms:
        """Return the same for curves through a point, by the γ of its others, and the rest."""
        others, beta, tail = self.split(parameters, point.others.shape[1])
        reach = self.response.at(tail).reach(point.level)
        if not math.isfinite(reach):
            return NOWHERE
        s = np.exp(np.clip(self.slopes @ beta + self.offset, -_STEEPEST, _STEEPEST))
        # The curve of the level passes the point: there c is lower by reach/s.
        steep = slope_of(point.slope, beta)
        shift = reach / steep
        c = point.along * (point.t - shift) + point.others @ others
        odds = s * (self.t - c)
        by_slope = odds[:, None] * self.slopes - (s * point.along * shift)[:, None] * point.slope
        columns = [-s[:, None] * point.others, by_slope]
        if tail.size:
            change = self.response.reach_slope(point.level, tail) / steep
            columns.append((s * point.along)[:, None] * change)
        return self._cost(odds, np.hstack(columns), s, tail)

    def split(self, parameters: Floats, curves: int | None = None) -> tuple[Floats, Floats, Floats]:
        """Return the parameters of c, of log s and of the asymptotes."""
        first = self.basis.shape[1] if curves is None else curves
        last = first + self.slopes.shape[1]
        return parameters[:first], parameters[first:last], parameters[last:]

    def rates(self, parameters: Floats) -> Floats:
        """Return the rates of the cells."""
        fixed = self.response.at(self.split(parameters)[2])
        return fixed.rate(self._line(parameters)[1])

    def deviance(self, parameters: Floats, covariance: Floats) -> Deviance:
        """Return the deviance of the fit and what is expected of it."""
        leverage = self.leverage(parameters, covariance)
        return deviance_of(self.rates(parameters), self.recovered, self.trials, leverage)

    def leverage(self, parameters: Floats, covariance: Floats) -> Floats:
        """Return the share of each cell's deviance that fitting takes away."""
        s, odds = self._line(parameters)
        tail = self.split(parameters)[2]
        answer = self.response.answer(odds, self.recovered, self.trials, tail)
        jacobian = self._jacobian(s, odds)
        if not tail.size:
            share = np.einsum("ij,jk,ik->i", jacobian, covariance, jacobian)
            return np.asarray(answer.weight * share)
        root = np.sqrt(answer.weight)[:, None] * jacobian
        root[:, -tail.size :] += answer.tail_root
        return np.asarray(np.einsum("ij,jk,ik->i", root, covariance, root))

    def design(self, parameters: Floats, crossings: Floats) -> Design:
        """Return what further trials tell of crossings, by their gradients in the parameters."""
        s, odds = self._line(parameters)
        tail = self.split(parameters)[2]
        answer = self.response.answer(odds, self.recovered, self.trials, tail)
        root = np.sqrt(answer.weight)[:, None] * self._jacobian(s, odds)
        if tail.size:
            root[:, -tail.size :] += answer.tail_root
        # The penalty, which is no trial.
        known = self.terms(parameters).curvature - root.T @ root
        rows = root / np.sqrt(self.trials)[:, None]
        return Design(rows, np.ones(s.size), crossings, known)

    def _line(self, parameters: Floats) -> tuple[Floats, Floats]:
        gamma, beta, _ = self.split(parameters)
        s = np.exp(np.clip(self.slopes @ beta + self.offset, -_STEEPEST, _STEEPEST))
        return s, s * (self.t - self.basis @ gamma)

    def _jacobian(self, s: Floats, odds: Floats) -> Floats:
        columns = [-s[:, None] * self.basis, odds[:, None] * self.slopes]
        return np.hstack([*columns, np.zeros((s.size, self.response.tails))])

    def _cost(self, odds: Floats, jacobian: Floats, s: Floats, tail: Floats) -> Terms:
        answer = self.response.answer(odds, self.recovered, self.trials, tail)
        gradient = jacobian.T @ answer.score
        if tail.size:
            root = np.sqrt(answer.weight)[:, None] * jacobian
            root[:, -tail.size :] += answer.tail_root
            gradient[-tail.size :] += answer.tail_score
            curvature = root.T @ root
        else:
            curvature = jacobian.T @ (answer.weight[:, None] * jacobian)
        steep = (_STEEPNESS / s.size) * s
        last = gradient.size - tail.size
        powers = slice(last - self.slopes.shape[1], last)
        gradient[powers] += self.slopes.T @ steep
        curvature[powers, powers] += self.slopes.T @ (steep[:, None] * self.slopes)
        return Terms(answer.cost + float(steep.sum()), gradient, curvature)


class Point(NamedTuple):
    """A point that the curve of a level is held at.

    t : its coordinate; level : the rate there.
    along : (cells,) by what c changes with c at the point.
    others : (cells, curves - 1) functions of c that are 0 at the point's line.
    slope : (1 or 2,) the functions of log s at the line.
    """

    t: float
    level: float
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
