r"""State evolution: how many measurements Bayes-optimal estimation of y = G(x) needs.

For a wide network with Gaussian weights, a Gaussian code and Gaussian measurements without noise,
the errors of approximate message passing follow a few scalars. With pre-activations of unit
variance, V_i is what is unknown of those of layer i (V_1 of x itself, V_{d+1} of the measured A y),
q̂_i the precision with which the outputs of layer i are reported from above, and a fixed point has

    (1 - V_1)/V_1 = (n_1/k) E[g_1²],    q̂_i = 2 (n_{i+1}/n_i) E[g_{i+1}²],
    q̂_d = 2 (m/n_d) E[g_A²],            V_{i+1} = 2 E[Var(h_i)],

where E[g_i²] and Var(h_i) are the averages of :mod:`genphase.theory.relu_channel` at (V_i, q̂_i),
and E[g_A²] is 1/V for linear and E[(|z| tanh(|z| ω/V) - ω)²]/V² for phaseless measurements.

Given V_1, the first equation has one solution q̂_1, which gives V_2, the next one gives q̂_2, and
so on; the last one gives m. So the fixed points are a curve m(V_1). Iteration from no information
goes up to V_1 = 0, perfect recovery, where no fixed point with V_1 > 0 is in the way: for m above
the curve's maximum. Iteration from full information stays there for m > k, the curve's end at V_1
-> 0; between the two lies the hard phase.

References
----------
A. Manoel, F. Krzakala, M. Mézard, L. Zdeborová: Multi-layer generalized linear estimation.
ISIT 2017.
B. Aubin, B. Loureiro, A. Baker, F. Krzakala, L. Zdeborová: Exact asymptotics for phase retrieval
and compressed sensing with random generative priors. MSML 2020.
"""

from collections.abc import Callable, Iterator
from functools import cache
from itertools import islice
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import expit, ndtr

from genphase.errors import BadValue, did_you_mean
from genphase.theory.relu_channel import (
    FAR,
    Floats,
    layer_averages,
    noise_of_gain,
    normal_nodes,
)

# V_1 at which the curve is evaluated: evenly in ln(V_1/(1 - V_1)).
_UNKNOWN = expit(np.linspace(-13, 6.5, 131))
_LOG_RHO = (-8.0, 10.0)
# The least share of a variance that counts as known.
_LEAST_KNOWN = 1e-6


def required(unknown: ArrayLike, k: ArrayLike, widths: ArrayLike, channel: str) -> Floats:
    """Return the m for which V_1 = `unknown` is a fixed point; NaN where none is large enough.

    Parameters
    ----------
    unknown : (...)
        V_1 = E(x - x̂)² of a code of unit variance, in (0, 1).
    k : (...)
        Latent dimension.
    widths : (..., d)
        n_1, ..., n_d; without layers, d = 0, the code itself is measured.
    channel
        Linear, or phaseless for absolute values.
    """
    k, widths = np.asarray(k, float), np.asarray(widths, float)
    v = np.broadcast_to(np.asarray(unknown, float), np.broadcast(unknown, k).shape)
    # What the layers above must tell about the pre-activations, per V: gain n = k (1 - V_1).
    told = k * (1 - v)
    for i in range(widths.shape[-1]):
        n = widths[..., i]
        rho = np.sqrt((1 - v) / v)
        delta = noise_of_gain(rho, told / n)
        loss = layer_averages(rho, delta).loss
        told, v = n * loss / delta**2, 2 * v * loss
    least: Floats = told / information(channel)(np.sqrt((1 - v) / v))
    return least


def threshold(k: ArrayLike, widths: ArrayLike, channel: str) -> Floats:
    """Return the fewest measurements from which iteration without information recovers x.

    Parameters
    ----------
    k : (...)
        Latent dimension.
    widths : (..., d)
        n_1, ..., n_d.
    channel
        Linear, or phaseless for absolute values.

    Returns
    -------
    array (...)
        m, a real number; infinite where 2 k >= n_i for some layer, whose active units are then
        fewer than unknowns.

    Raises
    ------
    BadValue
        If there is no such channel.
    """
    k, widths = np.asarray(k, float), np.asarray(widths, float)
    seen = np.all(widths > 2 * k[..., None], axis=-1)
    curve = required(_UNKNOWN, k[..., None], widths[..., None, :], channel)
    # A part without fixed points, whatever m, is one that cannot be passed.
    top = _highest(np.where(np.isnan(curve), np.inf, curve))
    return np.where(seen, np.maximum(top, k), np.inf)


def _highest(curve: Floats) -> Floats:
    """Return the maxima of curves (..., points), of parabolas through the highest points."""
    i = curve.argmax(axis=-1)[..., None]
    left, top, right = (
        np.take_along_axis(curve, (i + step).clip(0, curve.shape[-1] - 1), axis=-1)[..., 0]
        for step in (-1, 0, 1)
    )
    with np.errstate(invalid="ignore"):
        bend = 2 * top - left - right
        vertex = top + (right - left) ** 2 / np.where(bend > 0, 8 * bend, np.inf)
    return np.where(np.isfinite(vertex), vertex, top)


def iterates(
    m: float, k: float, widths: ArrayLike, channel: str, informed: bool = False
) -> Iterator[float]:
    """Yield V_1(t), t = 0, 1, ...: the squared relative error of the iterates of message passing.

    The order is that of :mod:`genphase.kernels.messages` without damping. An iteration goes down,
    from the measurements to the code: q̂_d from V_{d+1}, then q̂_{i-1} from V_i and the new q̂_i, all
    V those that the iteration began with. The new V_{i+1} follows from the same V_i and the new
    q̂_i, the new V_1 from the last precision. At t = 0 nothing is told, x̂ = 0: V_1 = 1, and what is
    unknown of other layers is what their prior leaves.

    Damped messages have no such recursion: a mean of iterates errs less than a mean of their
    variances says.

    Parameters
    ----------
    m, k, widths, channel
        As for :func:`threshold`, of one network.
    informed
        Whether all begins near full information instead.
    """
    sizes = np.asarray(widths, float)
    seen = information(channel)
    v = np.full(len(sizes) + 1, 1e-7)
    if not informed:
        v[0] = 1
        for i in range(len(sizes)):
            v[i + 1] = 2 * v[i] * float(layer_averages(_rho(v[i]), np.inf).loss)
    while True:
        yield float(v[0])
        before = v.copy()
        told = m * float(seen(np.array(_rho(v[-1])))) / v[-1]
        for i in range(len(sizes) - 1, -1, -1):
            precision = 2 * told / sizes[i]
            unit = layer_averages(_rho(before[i]), 1 / np.sqrt(precision * before[i]))
            v[i + 1] = 2 * before[i] * float(unit.loss)
            told = sizes[i] * float(unit.gain) / before[i]
        v[0] = 1 / (1 + told / k)


def _rho(v: float) -> float:
    """Return ρ; phaseless measurements of x itself say nothing unless something is known."""
    return float(np.sqrt(max(1 - v, _LEAST_KNOWN) / v))


def fixed_point(
    m: float, k: float, widths: ArrayLike, channel: str, informed: bool = False, steps: int = 5000
) -> float:
    """Return V_1 after iterating the state evolution, from no or from full information.

    This is the reference, against which the curve of fixed points is tested. It goes on until V_1
    is below 1e-8, changes by less than 1e-7 of itself, or for `steps` steps.
    """
    path = iterates(m, k, widths, channel, informed)
    before = next(path)
    for v in islice(path, steps):
        if v < 1e-8 or abs(v - before) < 1e-7 * v:
            break
        before = v
    return v


def _linear(rho: Floats) -> Floats:
    return np.ones_like(rho)


def sign_averages(s: ArrayLike) -> Floats:
    """Return E[(ẑ - ω)²]/V for a measured abs(z), z ~ N(ω, V), ω = s √V.

    ẑ = z tanh(z ω/V) is the posterior mean.
    """
    nodes, weights = np.polynomial.legendre.leggauss(300)
    mean: Floats = np.asarray(s, float)[..., None]
    z = mean + 10 * nodes
    density = 10 * weights * np.exp(-((z - mean) ** 2) / 2) / np.sqrt(2 * np.pi)
    averages: Floats = np.sum(density * (z * np.tanh(z * mean) - mean) ** 2, axis=-1)
    return averages


@cache
def _phaseless_spline() -> Any:
    """Return a spline over ln ρ of the average over s ~ N(0, ρ²), over its ρ²/(1 + ρ²)."""
    # Every figure loads this module, and few need splines, which take a while to load.
    from scipy.interpolate import CubicSpline

    steps = np.linspace(0, FAR, 241)
    # Over its order of magnitude, s²/(1 + s²); it begins as 2 s².
    scaled = sign_averages(steps[1:]) * (1 + steps[1:] ** -2)
    unit = CubicSpline(steps, [2.0, *scaled])
    log_rho = np.linspace(*_LOG_RHO, 109)
    values = []
    for rho in np.exp(log_rho):
        s, weights = normal_nodes(rho)
        seen = unit(np.abs(s)) * s**2 / (1 + s**2)
        values.append((weights @ seen + 2 * ndtr(-FAR / rho)) * (1 + rho**-2))
    return CubicSpline(log_rho, values)


def _phaseless(rho: Floats) -> Floats:
    average: Floats = _phaseless_spline()(np.log(rho).clip(*_LOG_RHO)) * rho**2 / (1 + rho**2)
    return average


# V E[g_A²] of a measurement, as a function of ρ = sqrt((1 - V)/V).
INFORMATION: dict[str, Callable[[Floats], Floats]] = {
    "linear": _linear,
    "phaseless": _phaseless,
}


def information(channel: str) -> Callable[[Floats], Floats]:
    """Return the information of a channel, by its name."""
    if channel not in INFORMATION:
        raise BadValue(f"there is no channel {channel!r}", did_you_mean(channel, INFORMATION))
    return INFORMATION[channel]
