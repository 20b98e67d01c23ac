r"""How the width of the transition scales with size, by one regression of all lines.

The log-odds of the rate on line i are modelled as :math:`s_i (\log x - \log c_i)` with a crossing
of its own on each line and a slope that is a power of its size, :math:`s_i \propto u_i^{-e}`. Then
:math:`\log(x_{90}/x_{10})`, the width relative to the crossing, is proportional to :math:`u_i^e`.
"""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from genphase.statistics.crossings import ALLOWED
from genphase.statistics.likelihood import Floats
from genphase.statistics.logistic import Model, grid_step
from genphase.statistics.portraits import dispersion_of
from genphase.statistics.responses import LOGIT, Response
from genphase.statistics.scoring import inverse, minimise, profile_end

# Exponents beyond this leave the interval open.
_LARGEST = 20.0


class Exponent(NamedTuple):
    """The exponent with its 95 % profile-likelihood interval."""

    value: float
    low: float
    high: float


NO_EXPONENT = Exponent(math.nan, math.nan, math.nan)


def width_exponent(
    x: ArrayLike,
    size: ArrayLike,
    recovered: ArrayLike,
    trials: ArrayLike,
    direction: int,
    response: Response = LOGIT,
) -> Exponent:
    """Return the exponent of the width, relative to the crossing, in the size of the lines.

    NaN where x or sizes are not positive, or fewer than three lines have both failures and
    successes. Lack of fit widens the interval as it does the bands of a portrait.

    Parameters
    ----------
    x, size : (cells,)
        The values along and across the lines.
    recovered, trials : (cells,)
        Counts.
    direction
        1 if the rate rises with x, -1 if it falls.
    response
        Of the rate; asymptotes that are None are estimated. The width is that between a tenth and
        nine tenths of the way from the floor to the ceiling.
    """
    x, size, recovered, trials = (np.asarray(a, dtype=float) for a in (x, size, recovered, trials))
    if min(x.min(), size.min()) <= 0 or direction == 0:
        return NO_EXPONENT
    told = [u for u in np.unique(size) if _told(recovered[size == u], trials[size == u])]
    if len(told) < 3:
        return NO_EXPONENT
    kept = np.isin(size, told)
    line = np.searchsorted(told, size[kept])
    t, recovered, trials = direction * np.log(x[kept]), recovered[kept], trials[kept]
    t = (t - t.mean()) / grid_step(t, line)
    logs = np.log(told)
    logs -= logs.mean()
    model = Model(
        t,
        recovered,
        trials,
        np.eye(len(told))[line],
        np.column_stack([np.ones(t.size), logs[line]]),
        np.zeros(t.size),
        response,
    )
    start = [_middle(t[line == i], (recovered / trials)[line == i]) for i in range(len(told))]
    # A gentle slope to begin with, as for a portrait.
    begin = np.array([*start, -math.log(t.std()), 0.0, *response.begin()])
    parameters, found, converged = minimise(model.terms, begin)
    if not converged:
        return NO_EXPONENT
    covariance = inverse(found.curvature)
    allowed = ALLOWED * dispersion_of(model.deviance(parameters, covariance))
    place = len(told) + 1
    error = math.sqrt(float(covariance[place, place]))
    rest = np.delete(parameters, place)
    rest[place:] = response.begin(rest[place:])

    def cost(power: float) -> float:
        held = model._replace(slopes=model.slopes[:, :1], offset=power * logs[line])
        best = minimise(held.terms, rest)
        return best.terms.cost - found.cost if best.found else 0.0

    value, limits = float(parameters[place]), (-_LARGEST, _LARGEST)
    low = profile_end(cost, value, -error, allowed, limits)
    high = profile_end(cost, value, error, allowed, limits)
    return Exponent(-value, -high, -low)


def _told(recovered: Floats, trials: Floats) -> bool:
    return bool(0 < recovered.sum() < trials.sum())


def _middle(t: Floats, rate: Floats) -> float:
    """Return about where the rate rises: the end of the line, less the area below the rate."""
    order = np.argsort(t)
    return float(t[order][-1] - np.trapezoid(rate[order], t[order]))
