r"""Multi-layer approximate message passing: what is believed of all units, again and again.

Layer l of the chain of :mod:`genphase.kernels.passes` is :math:`z_l = W_l h_{l-1}`,
:math:`h_l = \sigma_l(z_l)`, from the code :math:`h_0 = x` to what is observed. An iteration goes
up,

.. math::
    V_l = \tfrac{1}{n_l} \|W_l\|_F^2 \, v_{l-1}, \qquad
    \omega_l = W_l \hat h_{l-1} - V_l g_l,

where the second term is Onsager's, with the g of the iteration before; and down, with the moments
of a unit (:mod:`genphase.kernels.posterior`) given ω, V and what is above it,

.. math::
    g_l = \frac{E[z_l] - \omega_l}{V_l}, \qquad
    \hat q_{l-1} = \tfrac{1}{n_{l-1}} \|W_l\|_F^2 \,
    \overline{(V_l - \mathrm{Var} z_l)/V_l^2}, \qquad
    B_{l-1} = W_l^\top g_l + \hat q_{l-1} \hat h_{l-1};

then ĥ and v are means and mean variances of the outputs. All variances are means over a layer, as
for independent weights of one variance. The prior of x is Gaussian, with the variance that agrees
with ‖b‖ in a wide random network. The last layer's output is observed with noise of a variance Δ,
estimated as what the mean square of :math:`b - \sigma(W \hat h)` is above V.

Every message is damped: a share β of the one before is kept.

Source: Manoel, Krzakala, Mézard, Zdeborová, "Multi-layer generalized linear estimation" (2017),
Algorithm 1. The averages over layers, the estimates of prior and noise, and the damping are ours.
"""

from typing import NamedTuple

import numpy as np

from genphase.kernels._jit import jit
from genphase.kernels.passes import forward, free_norm, norm, propagate, put, residual
from genphase.kernels.posterior import moments_of
from genphase.kernels.regions import dot
from genphase.kernels.status import CAPPED, CONVERGED, DIVERGED, DIVERGENCE_NORM

# A variance is at least this share of what it is at first: it is below all rounding.
_LEAST_SPREAD = 1e-18
# Noise of kinked observations is at least this share of V: without any, their moments are 0/0, and
# with less the odds of both sides lose their digits.
_LEAST_NOISE = 1e-7


class Beliefs(NamedTuple):
    """What is believed, layer by layer; modified in place. N units behind the code, L layers.

    means, fields : (k + N - m,) ĥ_0, ..., ĥ_{L-1}, and the B of the same units.
    unknown, precisions : (L,) their mean variances v, and their q̂.
    inputs, gains : (N,) ω_1, ..., ω_L, and g.
    spreads, first : (L,) V, and what it is before there is any message.
    powers : (L,) ‖W_l‖_F².
    prior : (1,) the variance of an entry of x.
    """

    means: np.ndarray
    fields: np.ndarray
    unknown: np.ndarray
    precisions: np.ndarray
    inputs: np.ndarray
    gains: np.ndarray
    spreads: np.ndarray
    first: np.ndarray
    powers: np.ndarray
    prior: np.ndarray


@jit
def first_beliefs(weights, widths, leaks, observation, x):
    """Return what is believed before any message, with x for the mean of the code in prior units.

    Parameters
    ----------
    weights, widths, leaks, observation
        As for :func:`genphase.kernels.descent.descend`.
    x : (k,)
        Where the search starts, in standard deviations of the prior; 0 for no information.
    """
    layers = leaks.shape[0]
    below, units = widths[:layers].sum(), widths[1:].sum()
    beliefs = Beliefs(
        np.zeros(below),
        np.zeros(below),
        np.zeros(layers),
        np.zeros(layers),
        np.zeros(units),
        np.zeros(units),
        np.zeros(layers),
        np.zeros(layers),
        np.zeros(layers),
        np.zeros(1),
    )
    power = dot(observation, observation) / observation.shape[0]
    end = weights.shape[0]
    for layer in range(layers - 1, -1, -1):
        begin = end - widths[layer] * widths[layer + 1]
        total = 0.0
        for i in range(begin, end):
            total += np.float64(weights[i]) * weights[i]
        beliefs.powers[layer] = total
        # Half of the inputs of an activation are negative.
        power *= 2.0 / (1.0 + leaks[layer] ** 2) * widths[layer + 1] / total
        end = begin
    beliefs.prior[0] = beliefs.unknown[0] = power
    means, inputs = beliefs.means, beliefs.inputs
    means[: widths[0]] = x * power**0.5
    here, offset = 0, 0
    for layer in range(layers):
        n, outputs = widths[layer], widths[layer + 1]
        V = beliefs.powers[layer] / outputs * beliefs.unknown[layer]
        beliefs.spreads[layer] = beliefs.first[layer] = V
        if layer == layers - 1:
            break
        after = here + n
        out = inputs[after - widths[0] : after - widths[0] + outputs]
        matrix = weights[offset : offset + n * outputs].reshape(n, outputs)
        propagate(matrix, means[here:after], out)
        unknown = 0.0
        for j in range(outputs):
            found = moments_of(out[j], V, 0.0, 0.0, leaks[layer])
            means[after + j] = found.output
            unknown += found.output_variance
        beliefs.unknown[layer + 1] = unknown / outputs
        here, offset = after, offset + n * outputs
    return beliefs


@jit
def go_up(weights, widths, leaks, observation, beliefs, kept):
    """Fill V and ω of all layers; return the estimated variance Δ of the noise.

    The share `kept` of every message before is kept.
    """
    layers = leaks.shape[0]
    here, offset = 0, 0
    square = 0.0
    for layer in range(layers):
        n, outputs = widths[layer], widths[layer + 1]
        V = max(
            beliefs.powers[layer] / outputs * beliefs.unknown[layer],
            _LEAST_SPREAD * beliefs.first[layer],
        )
        V = beliefs.spreads[layer] = V + kept * (beliefs.spreads[layer] - V)
        begin = here + n - widths[0]
        out = beliefs.inputs[begin : begin + outputs]
        gains = beliefs.gains[begin : begin + outputs]
        matrix = weights[offset : offset + n * outputs].reshape(n, outputs)
        propagate(matrix, beliefs.means[here : here + n], out)
        if layer == layers - 1:
            for j in range(outputs):
                sent = out[j] if out[j] > 0.0 else leaks[layer] * out[j]
                square += (observation[j] - sent) ** 2
        for j in range(outputs):
            out[j] -= V * gains[j]
        here, offset = here + n, offset + n * outputs
    return max(square / widths[layers] - beliefs.spreads[layers - 1], 0.0)


@jit
def observe(observation, inputs, V, noise, leak, gains, kept):
    """Fill g of the last layer, from what is observed; return the mean of (V - Var z)/V²."""
    told = 0.0
    if leak == 1.0:
        scale = 1.0 / (V + noise)
        for j in range(observation.shape[0]):
            g = (observation[j] - inputs[j]) * scale
            gains[j] = g + kept * (gains[j] - g)
        return scale
    precision = 1.0 / max(noise, _LEAST_NOISE * V)
    for j in range(observation.shape[0]):
        found = moments_of(inputs[j], V, precision, observation[j] * precision, leak)
        g = found.shift / V
        gains[j] = g + kept * (gains[j] - g)
        told += (1.0 - found.variance / V) / V
    return told / observation.shape[0]


@jit
def listen(inputs, V, precision, fields, leak, gains, means, kept):
    """Fill g and ĥ of a layer inside; return the means of (V - Var z)/V², and of Var h."""
    told = unknown = 0.0
    for j in range(inputs.shape[0]):
        found = moments_of(inputs[j], V, precision, fields[j], leak)
        g, h = found.shift / V, found.output
        gains[j] = g + kept * (gains[j] - g)
        means[j] = h + kept * (means[j] - h)
        told += (1.0 - found.variance / V) / V
        unknown += found.output_variance
    return told / inputs.shape[0], unknown / inputs.shape[0]


@jit
def go_down(weights, widths, leaks, observation, beliefs, noise, kept):
    """Fill g, q̂, B, and what is believed of all units, from the last layer to the code."""
    layers = leaks.shape[0]
    k = widths[0]
    after, offset = widths[:layers].sum(), weights.shape[0]
    for layer in range(layers - 1, -1, -1):
        n, outputs = widths[layer], widths[layer + 1]
        here, offset = after - n, offset - n * outputs
        V = beliefs.spreads[layer]
        inputs = beliefs.inputs[after - k : after - k + outputs]
        gains = beliefs.gains[after - k : after - k + outputs]
        if layer == layers - 1:
            told = observe(observation, inputs, V, noise, leaks[layer], gains, kept)
        else:
            precision = beliefs.precisions[layer + 1]
            fields = beliefs.fields[after : after + outputs]
            means = beliefs.means[after : after + outputs]
            told, unknown = listen(inputs, V, precision, fields, leaks[layer], gains, means, kept)
            before = beliefs.unknown[layer + 1]
            beliefs.unknown[layer + 1] = unknown + kept * (before - unknown)
        precision = max(beliefs.powers[layer] / n * told, 0.0)
        before = beliefs.precisions[layer]
        precision = beliefs.precisions[layer] = precision + kept * (before - precision)
        for i in range(n):
            row = weights[offset + i * outputs : offset + (i + 1) * outputs]
            beliefs.fields[here + i] = dot(row, gains) + precision * beliefs.means[here + i]
        after = here
    variance = 1.0 / (1.0 / beliefs.prior[0] + beliefs.precisions[0])
    unknown = beliefs.unknown[0]
    beliefs.unknown[0] = variance + kept * (unknown - variance)
    for i in range(k):
        mean = variance * beliefs.fields[i]
        beliefs.means[i] = mean + kept * (beliefs.means[i] - mean)


@jit
def pass_messages(
    weights,
    widths,
    leaks,
    observation,
    beliefs,
    target,
    iterations,
    damping,
    relative_change,
    fresh,
    trace,
):
    """Pass messages until x̂ settles, at most so many times.

    Parameters
    ----------
    weights, widths, leaks, observation, target, relative_change
        As for :func:`genphase.kernels.descent.descend`; no leak is above 1.
    beliefs
        Modified in place.
    iterations
        The most iterations.
    damping
        The share β, from 0 to below 1.
    fresh
        Whether the beliefs are the first ones, of which nothing is kept.
    trace : (T, 2) float64
        Objective and relative latent error at the first T iterates; modified in place.

    Returns
    -------
    status : converged where x̂ changed by less than `relative_change` of itself, diverged where it
        is not finite, else capped.
    iterations : how many were made.
    """
    k = widths[0]
    x = beliefs.means[:k]
    before = np.empty(k)
    units, difference = np.empty(widths.sum()), np.empty(widths.sum())
    for iteration in range(iterations):
        if iteration < trace.shape[0]:
            put(x, units)
            forward(weights, widths, leaks, units)
            trace[iteration, 0] = residual(units, leaks, observation, difference)
            trace[iteration, 1] = norm(x - target) / free_norm(target, 0)
        put(x, before)
        kept = 0.0 if fresh and iteration == 0 else damping
        noise = go_up(weights, widths, leaks, observation, beliefs, kept)
        go_down(weights, widths, leaks, observation, beliefs, noise, kept)
        size = norm(x)
        if not size < DIVERGENCE_NORM:
            return DIVERGED, iteration + 1
        if norm(x - before) < relative_change * size:
            return CONVERGED, iteration + 1
    return CAPPED, iterations
