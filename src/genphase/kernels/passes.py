r"""Passes through the chain of layers: the network, and behind it the measurement matrix.

A chain is :math:`x \mapsto \sigma_L(W_L \cdots \sigma_1(W_1 x))` with the activations
:math:`\sigma_l(z) = \max(z, 0) + s_l \min(z, 0)`, :math:`s_l \le 1`, or a sigmoid or tanh: a
network and, behind it, often one layer more, such as a measurement matrix. In arrays:

weights : (sum of n_{i-1} n_i,) float32 or float64
    The layers one behind the other, each input-major: the matrix of a layer is stored as
    (n_{i-1}, n_i), one contiguous row of outgoing weights per input unit. A unit at zero is
    skipped in both directions, so a pass reads the rows of active units only: half of a random
    ReLU network. Arithmetic is float64 whatever the weights.
widths : (L + 1,) int64
    k, n_1, ..., n_d and, with a measurement matrix, m.
leaks : (L,) float64
    The slopes s_l for negative inputs: 0 is ReLU, between 0 and 1 leaky ReLU. The last layer alone
    can have 1, which is linear, as linear measurements are, and -1, which is the absolute value of
    phaseless measurements. `SIGMOID` and `TANH` are no slopes: they stand for these activations,
    whose slope follows from the value of a unit.
    A network with biases is one without: x ends with a 1, and so does every layer but the last,
    whose unit for it has the biases as its outgoing weights, and 1 for the 1 of the next layer, or
    `ONE` where the next activation is a sigmoid or a tanh.
units : (sum of widths,) float64
    The values of all units, layer by layer, input first; buffers of this shape are modified in
    place. An activation pattern is ``unit > 0`` (a pre-activation of exactly 0 is inactive). Units
    with the absolute value hold what they receive, or its sign would be lost.
"""

from typing import NamedTuple

import numpy as np
from numba import prange

from genphase.kernels._jit import as_written, inlined, jit, shared
from genphase.kernels.sharing import shares_of

SIGMOID = 2.0
TANH = 3.0
# Its sigmoid and its tanh are 1 to the last bit.
ONE = 40.0


class Run(NamedTuple):
    """What a kernel returns.

    latent : (k,) float64, the last iterate.
    status : code from :mod:`genphase.kernels.status`.
    iterations : number of updates made.
    negations : number of times that x was replaced by -x.
    """

    latent: np.ndarray
    status: int
    iterations: int
    negations: int


@shared
def propagate(weights, source, out):
    """Put W v, the sum of v_i times row i of an input-major layer, into `out`.

    Parameters
    ----------
    weights : (n_{i-1}, n_i)
        The layer.
    source : (n_{i-1},) float64
        v.
    out : (n_i,) float64
        Filled with W v.
    """
    n = out.shape[0]
    shares = shares_of(source.shape[0] * n)
    for share in prange(shares):
        propagate_columns(weights, source, out, share * n // shares, (share + 1) * n // shares)


@as_written
def propagate_columns(weights, source, out, begin, end):
    """Put the entries of W v from `begin` to `end` into `out`.

    The rows of zero entries of v, `source`, are not read; the others are taken four at a time, so
    that `out` is loaded and stored once for four rows.
    """
    # Unsigned, or else every index is compared with 0.
    begin, end = np.uint64(begin), np.uint64(end)
    for j in range(begin, end):
        out[j] = 0.0
    p = q = r = s = 0
    a = b = c = d = 0.0
    filled = 0
    for unit in range(source.shape[0]):
        value = source[unit]
        if value != 0.0:
            p, q, r, s = q, r, s, unit
            a, b, c, d = b, c, d, value
            filled += 1
            if filled == 4:
                for j in range(begin, end):
                    out[j] += (a * weights[p, j] + b * weights[q, j]) + (
                        c * weights[r, j] + d * weights[s, j]
                    )
                a = b = c = d = 0.0
                filled = 0
    if filled > 0:
        for j in range(begin, end):
            out[j] += (a * weights[p, j] + b * weights[q, j]) + (
                c * weights[r, j] + d * weights[s, j]
            )


@jit
def bend(activation, out):
    """Apply a sigmoid or a tanh, in place."""
    if activation == SIGMOID:
        for j in range(out.shape[0]):
            out[j] = 1.0 / (1.0 + np.exp(-out[j]))
    else:
        for j in range(out.shape[0]):
            out[j] = np.tanh(out[j])


@inlined
def slope_at(activation, value):
    """Return the slope of a sigmoid or a tanh where this is its value."""
    return value * (1.0 - value) if activation == SIGMOID else 1.0 - value * value


@jit
def forward(weights, widths, leaks, units):
    """Propagate the input, ``units[:widths[0]]``, through the chain; fills the rest of `units`."""
    layers = widths.shape[0] - 1
    first = 0
    offset = 0
    for layer in range(layers):
        inputs = widths[layer]
        outputs = widths[layer + 1]
        start = first + inputs
        out = units[start : start + outputs]
        matrix = weights[offset : offset + inputs * outputs].reshape(inputs, outputs)
        propagate(matrix, units[first:start], out)
        leak = leaks[layer]
        if 0.0 <= leak < 1.0:
            for j in range(outputs):
                # A NaN is kept, so that divergence is seen: NaN * leak is NaN.
                out[j] *= 1.0 if out[j] > 0.0 else leak
        elif leak > 1.0:
            bend(leak, out)
        first = start
        offset += inputs * outputs


@shared
def adjoint(weights, widths, leaks, units, backward):
    r"""Apply :math:`\Lambda_x^\top`, the transposed Jacobian of the chain at x.

    `units` holds a forward pass at x. On entry the last layer of `backward` (same shape as
    `units`) holds the vector to send back; on return ``backward[:widths[0]]`` is the product.
    """
    layers = widths.shape[0] - 1
    end = 0
    offset = 0
    for layer in range(layers):
        end += widths[layer]
        offset += widths[layer] * widths[layer + 1]
    if leaks[layers - 1] > 1.0:
        for j in range(end, end + widths[layers]):
            backward[j] *= slope_at(leaks[layers - 1], units[j])
    elif leaks[layers - 1] != 1.0:
        for j in range(end, end + widths[layers]):
            if not units[j] > 0.0:
                backward[j] *= leaks[layers - 1]
    for layer in range(layers - 1, -1, -1):
        inputs = widths[layer]
        outputs = widths[layer + 1]
        offset -= inputs * outputs
        first = end - inputs
        sent = backward[end : end + outputs]
        # Before x there is no activation.
        leak = leaks[layer - 1] if layer > 0 else 1.0
        matrix = weights[offset : offset + inputs * outputs].reshape(inputs, outputs)
        arrived, values = backward[first:end], units[first:end]
        shares = shares_of(inputs * outputs)
        for share in prange(shares):
            begin, stop = share * inputs // shares, (share + 1) * inputs // shares
            send_back(matrix, leak, values, sent, arrived, begin, stop)
        end = first


@jit
def send_back(weights, leak, values, sent, arrived, begin, end):
    """Put the entries of D Wᵀ v from `begin` to `end` into `arrived`.

    Parameters
    ----------
    weights : (n_{i-1}, n_i)
        The layer.
    leak : float
        The activation of the units before it, whose slopes are the diagonal of D; 1 for none.
    values : (n_{i-1},)
        Their values.
    sent : (n_i,)
        v.
    arrived : (n_{i-1},)
        Filled.
    begin, end : int
        From which entry to which.
    """
    for i in range(begin, end):
        gain = 1.0
        if leak > 1.0:
            gain = slope_at(leak, values[i])
        elif not values[i] > 0.0:
            gain = leak
        total = 0.0
        if gain != 0.0:
            row = weights[i]
            for j in range(sent.shape[0]):
                total += row[j] * sent[j]
            total *= gain
        arrived[i] = total


@jit
def residual(units, leaks, observation, backward):
    """Put chain(x) - b into the last layer of `backward` and return the objective, half its square.

    `units` holds a forward pass at x; b is `observation`.
    """
    last = units.shape[0] - observation.shape[0]
    difference = backward[last:]
    if leaks[leaks.shape[0] - 1] < 0.0:
        for j in range(observation.shape[0]):
            difference[j] = abs(units[last + j]) - observation[j]
    else:
        for j in range(observation.shape[0]):
            difference[j] = units[last + j] - observation[j]
    total = 0.0
    for value in difference:
        total += value * value
    return 0.5 * total


@inlined
def activated(leaks):
    """Return the number of layers with an activation: all, but for a linear last one."""
    layers = leaks.shape[0]
    return layers - 1 if leaks[layers - 1] == 1.0 else layers


@inlined
def put(values, out):
    """Copy values into the first entries of `out`; the same with slices takes long to compile."""
    for i in range(values.shape[0]):
        out[i] = values[i]


@jit
def norm(vector):
    """Return the Euclidean norm."""
    total = 0.0
    for value in vector:
        total += value * value
    return total**0.5


@jit
def free_norm(x, held):
    """Return the Euclidean norm of x without its last `held` entries."""
    return norm(x) if held == 0 else norm(x[: x.shape[0] - held])
