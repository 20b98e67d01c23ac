"""The least of a likelihood's cost by Fisher scoring, and the ends of profile intervals."""

import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from scipy.optimize import brentq

from genphase.statistics.likelihood import Floats

_STEPS = 200
# A step that promises less than this, of a negative log-likelihood, is the last.
_PROMISE = 1e-9
# With estimated asymptotes a profile's search is slow to end; this is enough for one.
COARSE = 1e-6
# A search that ends otherwise, out of steps or in rounding, has found the least cost if its last
# step promised less than this: intervals end where it has risen by 1.9. Where a likelihood is flat
# up to infinity, the promises shrink for ever.
_ENOUGH = 1e-4


class Terms(NamedTuple):
    """A cost with its gradient and its expected curvature."""

    cost: float
    gradient: Floats
    curvature: Floats


# Where no parameters can be: any step from there is refused, and none leads there.
NOWHERE = Terms(math.inf, np.zeros(0), np.zeros((0, 0)))


class Minimum(NamedTuple):
    """Where a search ended.

    parameters : (parameters,).
    terms : what is found there.
    found : whether the least cost is found; a search that ran out of steps may have found none.
    """

    parameters: Floats
    terms: Terms
    found: bool


def minimise(
    terms: Callable[[Floats], Terms],
    start: Floats,
    most_steps: int = _STEPS,
    promising: float = _PROMISE,
) -> Minimum:
    """Search for the parameters of the least cost.

    Levenberg's damping: a step that does not lower the cost is tried again, shorter.

    Parameters
    ----------
    terms
        The cost, gradient and curvature at parameters.
    start : (parameters,)
        Where the search begins.
    most_steps
        After which the search is given up.
    promising
        The least that the last step but one promises.
    """
    parameters, here, damping, promise = start, terms(start), 1e-6, math.inf
    if here is NOWHERE:
        return Minimum(parameters, here, False)
    for _ in range(most_steps):
        scale = np.diag(here.curvature) + 1e-9
        step = -np.linalg.solve(here.curvature + damping * np.diag(scale), here.gradient)
        promise = -float(here.gradient @ step)
        if promise < promising:
            return Minimum(parameters, here, True)
        there = terms(parameters + step)
        if there.cost < here.cost:
            parameters, here = parameters + step, there
            damping = max(damping / 10, 1e-9)
        elif damping > 1e9:
            # No step, however short, lowers the cost.
            break
        else:
            damping = max(damping, 1e-4) * 10
    return Minimum(parameters, here, promise < _ENOUGH)


def inverse(curvature: Floats) -> Floats:
    """Return the inverse of a curvature, the covariance; large where nothing is known."""
    found = np.linalg.inv(curvature + 1e-9 * np.diag(np.diag(curvature) + 1e-9))
    return np.asarray(found, dtype=np.float64)


def profile_end(
    cost: Callable[[float], float],
    value: float,
    step: float,
    allowed: float,
    limits: tuple[float, float],
) -> float:
    """Return where a profile leaves its interval on one side; infinite if not within limits.

    Parameters
    ----------
    cost
        The least cost with the parameter held, above that at the value.
    value
        The likeliest parameter.
    step
        About a standard error, with the sign of the side.
    allowed
        By what twice the cost may rise.
    limits
        Within which the end is looked for.
    """

    def root(place: float) -> float:
        # In the square root the profile is nearly straight, and its root is found at once.
        return math.sqrt(max(2 * cost(place), 0.0)) - math.sqrt(allowed)

    if root(value) > 0:
        # The least cost was not found: nothing is claimed.
        return math.copysign(math.inf, step)
    inner, outer = value, value + 2 * step
    while root(outer) <= 0:
        inner, outer, step = outer, outer + 2 * step, 2 * step
        if not limits[0] <= outer <= limits[1]:
            return math.copysign(math.inf, step)
    return float(brentq(root, inner, outer, xtol=1e-4 * abs(step), rtol=1e-9))
