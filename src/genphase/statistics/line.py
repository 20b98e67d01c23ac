"""Rising logistic lines through the rates of one line of the grid, and how likely they are."""

import math
from collections.abc import Callable

import numpy as np
from scipy.optimize import brentq
from scipy.special import logit

from genphase.statistics.likelihood import Floats, likelihood

# Slopes, in log-odds per standard unit of the grid, beyond which a line is a jump, or flat. A jump
# within a cell is told from the cell by its crossing, which has to be so far off that rounding
# leaves the rate there.
STEEPEST, FLATTEST = 1e6, 1e-8
# The most of r below, which is a slope over a sine.
_LONGEST = 1e8


class Line:
    """The log-odds a + s z, with z the grid in standard units.

    Parameters
    ----------
    x : (points,) grid values.
    recovered, trials : (points,) counts.

    Notes
    -----
    Two profiles are taken of the likelihood, each by a search for one number. By the slope s, with
    the likeliest a. By the crossing c of a level, with the likeliest slope: lines are written as
    the log-odds r (sin(angle) z - cos(angle)) + logit(level) then, r >= 0, and c = cot(angle) runs
    from inf at 0 to -inf at pi, where the rate is constant. The angles whose deviance stays below a
    bound are one interval.
    """

    def __init__(self, x: Floats, recovered: Floats, trials: Floats) -> None:
        self.centre, self.scale = float(x.mean()), float(x.std()) or 1.0
        self.z = (x - self.centre) / self.scale
        self.recovered, self.trials = recovered, trials

    def _score(self, ray: Floats, odds: Floats) -> float:
        return -float(ray @ likelihood(odds, self.recovered, self.trials).score)

    def _deviance(self, odds: Floats) -> float:
        return 2 * likelihood(odds, self.recovered, self.trials).cost

    def offset(self, s: float) -> float:
        """Return the likeliest a of a line with this slope; some recover, and some do not."""
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
        if self.jumps:
            return STEEPEST
        return root(lambda s: self._score(self.z, self.offset(s) + s * self.z), FLATTEST, STEEPEST)

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
        ray, offset = math.sin(angle) * self.z - math.cos(angle), float(logit(level))

        def score(r: float) -> float:
            return self._score(ray, r * ray + offset)

        if score(0.0) <= 0:
            r = 0.0
        elif score(_LONGEST) >= 0:
            r = _LONGEST
        else:
            r = float(brentq(score, 0.0, _LONGEST))
        return self._deviance(r * ray + offset)


def root(function: Callable[[float], float], low: float, high: float) -> float:
    """Return where a function changes its sign, in log s; an end where it does not."""
    ends = function(low), function(high)
    if ends[0] * ends[1] > 0 or ends[1] == 0:
        return high
    return math.exp(brentq(lambda t: function(math.exp(t)), math.log(low), math.log(high)))
