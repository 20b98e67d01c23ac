"""Rising lines through the rates of one line of the grid, and how likely they are."""

import math
from collections.abc import Callable

import numpy as np
from scipy.optimize import brentq, minimize_scalar
from scipy.special import logit

from genphase.statistics.likelihood import Floats, likelihood
from genphase.statistics.responses import LOGIT, Response, quantile

# Slopes, in log-odds per standard unit of the grid, beyond which a line is a jump, or flat. A jump
# within a cell is told from the cell by its crossing, which has to be so far off that rounding
# leaves the rate there.
STEEPEST, FLATTEST = 1e6, 1e-8
# The most of r below, which is a slope over a sine.
_LONGEST = 1e8
# Of a search over a grid: how often it is made finer, and in how many points.
_ROUNDS, _POINTS = 5, 17
# Deviances that differ by less are equal: a line steeper still changes nothing.
_FLAT = 1e-7


class Line:
    """The log-odds a + s z, with z the grid in standard units; or another link's predictor.

    Parameters
    ----------
    x : (points,) grid values.
    recovered, trials : (points,) counts.
    response : of the rate to the line; its asymptotes are numbers.

    Notes
    -----
    Two profiles are taken of the likelihood, each by a search for one number. By the slope s, with
    the likeliest a. By the crossing c of a level, with the likeliest slope: lines are written as
    the log-odds r (sin(angle) z - cos(angle)) + logit(level) then, r >= 0, and c = cot(angle) runs
    from inf at 0 to -inf at pi, where the rate is constant. The angles whose deviance stays below a
    bound are one interval.

    A logistic likelihood has one greatest value, where its derivative vanishes. With asymptotes it
    can have several: then each search is over a grid, which is made finer around the best point.
    """

    def __init__(
        self, x: Floats, recovered: Floats, trials: Floats, response: Response = LOGIT
    ) -> None:
        self.centre, self.scale = float(x.mean()), float(x.std()) or 1.0
        self.z = z = (x - self.centre) / self.scale
        self.recovered, self.trials, self.response = recovered, trials, response
        # Where a jump may lie: some places in each gap of the grid, and beyond its ends.
        steps = np.arange(-4.0, 4.0 * z.size + 1) / 4
        self._places = np.interp(steps, np.arange(z.size), z)
        ends = np.array([-8.0, -2.0, -0.5, 0.5, 2.0, 8.0])
        self._places = np.sort([*self._places, *(z[0] + ends[:3]), *(z[-1] + ends[3:])])

    def _score(self, ray: Floats, odds: Floats) -> float:
        return -float(ray @ likelihood(odds, self.recovered, self.trials).score)

    def _costs(self, odds: Floats) -> Floats:
        """Return the costs of many lines, (lines, points)."""
        return self.response.cost(odds, self.recovered, self.trials)

    def _deviance(self, odds: Floats) -> float:
        if not self.response.plain:
            return 2 * float(self._costs(odds))
        return 2 * likelihood(odds, self.recovered, self.trials).cost

    def offset(self, s: float) -> float:
        """Return the likeliest a of a line with this slope; some recover, and some do not."""
        if not self.response.plain:
            # Lines that cross somewhere, and those that are nearly flat, at any rate.
            levels = [quantile(self.response.link, share) for share in np.linspace(0.02, 0.98, 25)]
            grid = np.unique([*(-s * self._places), *levels])
            return least(lambda a: self._costs(a[:, None] + s * self.z), grid)
        mean = float(logit(self.recovered.sum() / self.trials.sum()))
        reach = s * float(np.abs(self.z).max()) + 1e-9
        ones = np.ones_like(self.z)
        return float(
            brentq(lambda a: self._score(ones, a + s * self.z), mean - reach, mean + reach)
        )

    @property
    def jumps(self) -> bool:
        """Return whether a steeper line is always likelier: one cell at most is between 0 and 1.

        All cells before it have rates of 0, all cells behind it of 1.
        """
        rate = self.recovered / self.trials
        between = (rate > 0) & (rate < 1)
        return bool(np.all(np.diff(rate) >= 0) and between.sum() <= 1)

    def likeliest(self) -> float:
        """Return the likeliest slope of a line whose rate rises; `STEEPEST` of a jump."""
        if not self.response.plain:
            return self._likeliest_of_all()
        if self.jumps:
            return STEEPEST
        return root(lambda s: self._score(self.z, self.offset(s) + s * self.z), FLATTEST, STEEPEST)

    def _likeliest_of_all(self) -> float:
        """Return the likeliest slope from a grid of slopes and of places where lines cross."""
        grid = np.linspace(math.log(1e-2), math.log(1e3), 33)
        odds = np.exp(grid)[:, None, None] * (self.z - self._places[:, None])
        i = int(np.argmin(self._costs(odds).min(axis=1)))
        ends = grid[max(i - 1, 0)], grid[min(i + 1, grid.size - 1)]
        near: float = minimize_scalar(
            lambda t: self.deviance_with_slope(math.exp(t)),
            bounds=(ends[0] - (i == 0) * 10, ends[1]),
            method="bounded",
            options={"xatol": 1e-5},
        ).x
        slope = math.exp(near)
        jump = self.deviance_with_slope(STEEPEST)
        return STEEPEST if jump <= self.deviance_with_slope(slope) + _FLAT else slope

    def deviance_with_slope(self, s: float) -> float:
        """Return the least deviance of a line with this slope, but for a constant."""
        return self._deviance(self.offset(s) + s * self.z)

    def angle(self, c: float) -> float:
        """Return the angle of a crossing."""
        return math.atan2(1.0, (c - self.centre) / self.scale)

    def crossing(self, angle: float) -> float:
        """Return the crossing of an angle."""
        return self.centre + self.scale / math.tan(angle)

    def deviance_with_crossing(self, angle: float, level: float) -> float:
        """Return the least deviance of a line that crosses a level there, but for a constant."""
        ray = math.sin(angle) * self.z - math.cos(angle)
        offset = self.response.reach(level)
        if not self.response.plain:
            slopes = np.concatenate([[0.0], np.geomspace(1e-3, _LONGEST, 80)])
            best = least(lambda r: self._costs(r[:, None] * ray + offset), slopes)
            return self._deviance(best * ray + offset)

        def score(r: float) -> float:
            return self._score(ray, r * ray + offset)

        if score(0.0) <= 0:
            r = 0.0
        elif score(_LONGEST) >= 0:
            r = _LONGEST
        else:
            r = float(brentq(score, 0.0, _LONGEST))
        return self._deviance(r * ray + offset)


def least(costs: Callable[[Floats], Floats], grid: Floats) -> float:
    """Return where a cost is least, by a grid that becomes finer around its best point."""
    for _ in range(_ROUNDS):
        i = int(np.argmin(costs(grid)))
        best = float(grid[i])
        ends = grid[max(i - 1, 0)], grid[min(i + 1, grid.size - 1)]
        grid = np.union1d(np.linspace(*ends, _POINTS), best)
    return best


def root(function: Callable[[float], float], low: float, high: float) -> float:
    """Return where a function changes its sign, in log s; an end where it does not."""
    ends = function(low), function(high)
    if ends[0] * ends[1] > 0 or ends[1] == 0:
        return high
    return math.exp(brentq(lambda t: function(math.exp(t)), math.log(low), math.log(high)))
