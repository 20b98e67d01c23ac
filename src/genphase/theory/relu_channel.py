r"""What a layer of ReLU units tells about its inputs, and its inputs about it, on average.

Bayes-optimal estimation in a wide Gaussian network sees each unit as a channel: its pre-activation
is z ~ N(ω, V), the layer above reports its output h = max(z, 0) as r = h + ξ/√q̂, ξ ~ N(0, 1), and ω
itself is N(0, 1 - V). Measured in units of √V, with s = ω/√V and δ = 1/√(q̂ V), two averages decide:

- gain, E[(E[z | ω, r] - ω)²]/V: what r tells about z. In the literature's terms E[g²] = gain/V.
- loss, E[Var(h | ω, r)]/V: what stays unknown of h.

Given (s, δ) they are integrals over r. Averaged over s ~ N(0, ρ²), ρ² = (1 - V)/V, they are
functions of (ρ, δ) alone, which are tabulated once and interpolated by splines.

References
----------
A. Manoel, F. Krzakala, M. Mézard, L. Zdeborová: Multi-layer generalized linear estimation.
ISIT 2017.
"""

from functools import cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import log_ndtr, ndtr

Floats = NDArray[np.float64]

# Beyond this many standard deviations a unit's sign is known.
FAR = 12.0
# ln δ and ln ρ of the table.
_DELTA, _RHO = (-9.0, 12.0), (-8.0, 10.0)
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(80)


class Averages(NamedTuple):
    """The averages of a unit: how much r tells about z, how much of h stays unknown, per V."""

    gain: Floats
    loss: Floats


def unit_averages(s: ArrayLike, delta: ArrayLike) -> Averages:
    """Return gain and loss of a unit with ω = s √V, by quadrature over its report.

    Parameters
    ----------
    s, delta
        Arrays that broadcast; s from -`FAR` to `FAR`.
    """
    s, delta = np.broadcast_arrays(np.asarray(s, float), np.asarray(delta, float))
    middle = 10 * delta
    far = np.maximum(middle, np.maximum(s, 0) + 10 * np.sqrt(1 + delta**2))
    # The report of a silent unit is of the size of δ, that of an active one of the size of z.
    parts = [_report_averages(s, delta, ends) for ends in ((-middle, middle), (middle, far))]
    return Averages(*(a + b for a, b in zip(*parts, strict=True)))


def _report_averages(s: Floats, delta: Floats, ends: tuple[Floats, Floats]) -> Averages:
    """Return the part of both integrals where the report is between two ends."""
    low, high = ends
    s, delta = s[..., None], delta[..., None]
    half = (high - low)[..., None] / 2
    r = (high + low)[..., None] / 2 + half * _NODES
    # Joint densities of the report and of the unit being silent or active, over sqrt(2π).
    silent = np.exp(log_ndtr(-s) - (r / delta) ** 2 / 2) / delta
    spread, precision = 1 + delta**2, 1 + delta**-2.0
    mean = (s + r / delta**2) / precision
    t = mean * np.sqrt(precision)
    active = np.exp(log_ndtr(t) - (r - s) ** 2 / (2 * spread)) / np.sqrt(spread)
    density = silent + active
    share = active / np.where(density > 0, density, 1)
    # Means of z given that it is below or above 0: Mills ratios.
    below = s - _hazard(-s)
    hazard = _hazard(t)
    above = mean + hazard / np.sqrt(precision)
    scatter = np.maximum(1 - hazard * (hazard + t), 0) / precision
    estimate = (1 - share) * below + share * above
    unknown = share * scatter + share * (1 - share) * above**2
    weight = _WEIGHTS * half * density / np.sqrt(2 * np.pi)
    return Averages(
        np.sum(weight * (estimate - s) ** 2, axis=-1), np.sum(weight * unknown, axis=-1)
    )


def _hazard(t: Floats) -> Floats:
    """Return φ(t)/Φ(t)."""
    hazard: Floats = np.exp(-(t**2) / 2 - log_ndtr(t)) / np.sqrt(2 * np.pi)
    return hazard


def normal_nodes(rho: float) -> tuple[Floats, Floats]:
    """Return nodes and weights of an average over s ~ N(0, ρ²) where abs(s) <= `FAR`."""
    end = min(FAR, 9 * rho)
    s = end * _NODES
    return s, end * _WEIGHTS * np.exp(-((s / rho) ** 2) / 2) / (rho * np.sqrt(2 * np.pi))


@cache
def _splines() -> tuple[Any, Any]:
    """Return splines of gain and loss over (ln ρ, ln δ), scaled to be of order one.

    The scales are those of a unit that is known to be active: 1/(1 + δ²), δ²/(1 + δ²).
    """
    # Every figure loads this module, and few need splines, which take a while to load.
    from scipy.interpolate import CubicSpline, RectBivariateSpline

    steps, log_delta = np.linspace(-FAR, FAR, 161), np.linspace(*_DELTA, 127)
    delta = np.exp(log_delta)
    scales = Averages(1 + delta**2, (1 + delta**2) / delta**2)
    units = [
        CubicSpline(steps, values * scale)
        for values, scale in zip(unit_averages(steps[:, None], delta), scales, strict=True)
    ]
    log_rho = np.linspace(*_RHO, 109)
    rows: list[list[Floats]] = [[], []]
    for rho in np.exp(log_rho):
        s, weights = normal_nodes(rho)
        for unit, row in zip(units, rows, strict=True):
            row.append(weights @ unit(s) + ndtr(-FAR / rho))
    gain, loss = (RectBivariateSpline(log_rho, log_delta, np.array(row)) for row in rows)
    return gain, loss


def layer_averages(rho: ArrayLike, delta: ArrayLike) -> Averages:
    """Return gain and loss of a layer whose ω are N(0, ρ² V).

    Parameters
    ----------
    rho
        sqrt((1 - V)/V), from e^-8 on; beyond e^10 the value there.
    delta
        1/sqrt(q̂ V), between e^-9 and e^12; infinite where nothing is told.
    """
    rho, delta = np.asarray(rho, float), np.asarray(delta, float)
    point = np.log(rho).clip(*_RHO), np.log(delta).clip(*_DELTA)
    gain, loss = (spline.ev(*point) for spline in _splines())
    return Averages(gain / (1 + delta**2), loss / (1 + delta**-2.0))


def noise_of_gain(rho: Floats, gain: Floats) -> Floats:
    """Return the δ at which a layer has a gain; NaN where none is small enough.

    The gain falls with δ: bisection.
    """
    low, high = np.full(rho.shape, _DELTA[0]), np.full(rho.shape, _DELTA[1])
    reached = layer_averages(rho, np.exp(low)).gain > gain
    for _ in range(28):
        middle = (low + high) / 2
        above = layer_averages(rho, np.exp(middle)).gain > gain
        low, high = np.where(above, middle, low), np.where(above, high, middle)
    return np.where(reached, np.exp((low + high) / 2), np.nan)
