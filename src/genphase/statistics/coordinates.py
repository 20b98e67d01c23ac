"""The natural coordinate of a regression along a line, and the way back from it."""

import math
from collections.abc import Mapping

import numpy as np
from scipy.optimize import brentq

from genphase.errors import BadValue
from genphase.language.expressions import Expression
from genphase.statistics.likelihood import Floats

_DOUBLINGS = 60


class Coordinate:
    """A coordinate along one line of the grid, which increases with the axis along it.

    Parameters
    ----------
    expression : over symbols; None for the axis along the line itself. One that falls is taken
        with its sign changed.
    along : the name of the axis along the line.
    symbols : the values of the other axes.
    x : (points,) grid values, increasing.
    derived : the values, at x, of symbols that follow the axis, such as k and m; between and beyond
        grid points they are straight lines.
    """

    def __init__(
        self,
        expression: Expression | None,
        along: str,
        symbols: Mapping[str, float],
        x: Floats,
        derived: Mapping[str, Floats] | None = None,
    ) -> None:
        self._x, self._derived = x, derived or {}
        self._expression, self._along, self._symbols = expression, along, symbols
        self._first, self._last = float(x[0]), float(x[-1])
        self._sign = 1.0
        if expression is not None and self._value(self._last) < self._value(self._first):
            self._sign = -1.0

    def _value(self, x: float) -> float:
        if self._expression is None:
            return x
        derived = {name: _straight(x, self._x, values) for name, values in self._derived.items()}
        return self._sign * float(self._expression({**self._symbols, **derived, self._along: x}))

    def at(self, x: Floats) -> Floats:
        """Return the coordinate of places along the line."""
        return np.array([self._value(float(v)) for v in x])

    def back(self, t: float) -> float:
        """Return where along the line the coordinate is t.

        Infinite where the coordinate is, or where no place has it.
        """
        if self._expression is None or not math.isfinite(t):
            return t
        try:
            low, high = self._around(t)
        except BadValue:
            low, high = -math.inf, math.inf
        if not (math.isfinite(low) and math.isfinite(high)):
            return math.inf if t > self._value(self._last) else -math.inf
        return float(brentq(lambda x: self._value(x) - t, low, high, xtol=1e-300, rtol=1e-14))

    def _around(self, t: float) -> tuple[float, float]:
        """Return two places with the coordinate t between them."""
        low, high = self._first, self._last
        span = (high - low) or abs(high) or 1.0
        for step in range(_DOUBLINGS):
            if self._value(high) >= t:
                break
            high += span * 2**step
        else:
            high = math.inf
        # Towards 0 first: a logarithm has no value beyond.
        for step in range(2 * _DOUBLINGS):
            if self._value(low) <= t:
                break
            low = (
                low / 2 if low > 0 and step < _DOUBLINGS else low - span * 2 ** (step % _DOUBLINGS)
            )
        else:
            low = -math.inf
        return low, high


def _straight(place: float, x: Floats, values: Floats) -> float:
    """Return a value between grid points, by a straight line that goes on beyond the ends."""
    if len(x) == 1:
        return float(values[0])
    i = int(np.clip(np.searchsorted(x, place), 1, len(x) - 1))
    share = (place - x[i - 1]) / (x[i] - x[i - 1])
    return float(values[i - 1] * (1 - share) + values[i] * share)
