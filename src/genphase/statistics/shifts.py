r"""By how much the crossings of two lines differ, and whether they are equivalent.

The lines are of independent trials, and each has a slope of its own. Of one parameter δ, the
difference c₂ - c₁ of their crossings, or c₂/c₁ - 1, all is said by the profile of both likelihoods,

.. math:: D(δ) = \min_c [D_1(c) + D_2(c_2(c, δ))],

where D_i(c) is the least deviance of line i if it crosses the level at c, above its least one. D is
twice a log-likelihood ratio, which for the true δ has about the law χ²₁. Its signed root is about
normal, which makes the two one-sided tests of equivalence [1]_.

References
----------
.. [1] D. J. Schuirmann, A comparison of the two one-sided tests procedure and the power approach
   for assessing the equivalence of average bioavailability, Journal of Pharmacokinetics and
   Biopharmaceutics 15 (1987), 657-680.
"""

import math
from typing import NamedTuple

import numpy as np
from scipy.optimize import minimize_scalar

from genphase.errors import BadValue
from genphase.statistics.coordinates import Coordinate
from genphase.statistics.crossings import ALLOWED, crossing
from genphase.statistics.distributions import chi2_above, normal_below
from genphase.statistics.likelihood import Floats
from genphase.statistics.line import Line
from genphase.statistics.scoring import profile_end

# The places between two crossings that a search for the least sum of two profiles begins with.
_PLACES = 7
# An interval that is longer than this many grids to one side is open there.
_FARTHEST = 4.0
# Steps of a search are shorter than this part of the grid, where the lines say nothing of it.
_STEP = 0.1
# The excess of what cannot be: finite, for the searches.
_NEVER = 1e9


class CrossingProfile:
    """How likely each place along a line is to be its crossing of a level.

    Parameters
    ----------
    coordinate : in which the log-odds are linear, of places along the line.
    x : (points,) grid values, increasing.
    recovered, trials : (points,) counts.
    direction : 1 if the rate rises with the coordinate, -1 if it falls, 0 if that is not known.
    level : the rate that is crossed.

    Attributes
    ----------
    crossing : the likeliest place; NaN unless it lies on the grid.
    error : about its standard error; NaN where it is not known.
    reach : the length of the grid.
    """

    def __init__(
        self,
        coordinate: Coordinate,
        x: Floats,
        recovered: Floats,
        trials: Floats,
        direction: int,
        level: float,
    ) -> None:
        self._coordinate, self._direction, self._level = coordinate, direction, level
        t = coordinate.at(x)
        found = crossing(t, recovered, trials, direction, level)
        self.crossing, low, high = (
            coordinate.back(v) for v in (found.value, found.low, found.high)
        )
        ends = [abs(end - self.crossing) for end in (low, high) if math.isfinite(end)]
        self.error = max(ends) / 2 if ends else math.nan
        self.reach = float(x[-1] - x[0])
        order = slice(None, None, direction or 1)
        self._line = Line((direction or 1) * t[order], recovered[order], trials[order])
        self._least = 0.0
        self._least = 0.0 if math.isnan(self.crossing) else self.excess(self.crossing)

    def excess(self, place: float) -> float:
        """Return D(c), the least deviance of a line that crosses there, above its least one.

        It is huge at a place that has no coordinate.
        """
        try:
            t = self._direction * float(self._coordinate.at(np.array([place]))[0])
        except BadValue:
            return _NEVER
        least = self._line.deviance_with_crossing(self._line.angle(t), self._level)
        return least - self._least


class Shift(NamedTuple):
    """The difference of two crossings.

    Attributes
    ----------
    shift : the likeliest one; NaN where a line does not cross on its grid.
    shift_low, shift_high : its 95 % profile-likelihood interval; infinite on a side that the trials
        leave open.
    p_same : of the likelihood-ratio test of no difference.
    p_equivalent : of the two one-sided tests that it is not within the margin: the larger p-value.
    """

    shift: float
    shift_low: float
    shift_high: float
    p_same: float
    p_equivalent: float


NO_SHIFT = Shift(math.nan, -math.inf, math.inf, math.nan, math.nan)


class Shifts:
    """The profile of the difference of two crossings.

    Parameters
    ----------
    first, second : the lines; their difference is the second's less the first's.
    relative : whether it is a share of the first crossing; places are positive then.
    """

    def __init__(self, first: CrossingProfile, second: CrossingProfile, relative: bool) -> None:
        self._first, self._second, self._relative = first, second, relative
        a, b = first.crossing, second.crossing
        self.value = b / a - 1 if relative else b - a

    def excess(self, delta: float) -> float:
        """Return D(δ)."""
        if self._relative and delta <= -1:
            return _NEVER
        # The one profile rises from its crossing on, the other one falls to its own.
        own, other = self._first.crossing, self._second.crossing
        other = other / (1 + delta) if self._relative else other - delta

        def cost(place: float) -> float:
            shifted = place * (1 + delta) if self._relative else place + delta
            return self._first.excess(place) + self._second.excess(shifted)

        places = np.linspace(own, other, _PLACES)
        costs = [cost(float(place)) for place in places]
        best = int(np.argmin(costs))
        near, far = sorted(float(places[i]) for i in (max(best - 1, 0), min(best + 1, _PLACES - 1)))
        if near == far:
            return max(costs[best], 0.0)
        found = minimize_scalar(
            cost, bounds=(near, far), method="bounded", options={"xatol": 1e-3 * (far - near)}
        )
        return float(max(min(found.fun, costs[best]), 0.0))

    def signed_root(self, delta: float) -> float:
        """Return the root of D(δ), with the sign of what the likeliest difference is above δ."""
        return math.copysign(math.sqrt(self.excess(delta)), self.value - delta)

    def tested(self, margin: float) -> Shift:
        """Return the difference, its interval and both tests, for a margin to both sides."""
        if math.isnan(self.value):
            return NO_SHIFT
        unit = abs(self._first.crossing) if self._relative else 1.0
        reach = max(self._first.reach, self._second.reach) / unit
        error = math.hypot(self._first.error, self._second.error) / unit
        step = min(error, _STEP * reach) if math.isfinite(error) else _STEP * reach
        limits = (self.value - _FARTHEST * reach, self.value + _FARTHEST * reach)
        low, high = (
            profile_end(lambda d: self.excess(d) / 2, self.value, side * step, ALLOWED, limits)
            for side in (-1, 1)
        )
        above, below = self.signed_root(-margin), self.signed_root(margin)
        p_equivalent = max(normal_below(-above), normal_below(below))
        p_same = chi2_above(self.excess(0.0), 1)
        return Shift(self.value, low, high, float(p_same), float(p_equivalent))
