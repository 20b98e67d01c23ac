r"""A spike in a matrix: gradient descent on :math:`f(x) = \tfrac14 \|G(x) G(x)^\top - M\|_F^2`.

.. math:: x_{t+1} = x_t - \alpha \Lambda_x^\top (\|G(x_t)\|^2 G(x_t) - M G(x_t))

The chain is the network and a linear layer behind it: M itself for a Wigner matrix; for a Wishart
matrix L = Y/√N, with :math:`M = L^\top L - \sigma^2 I`, which is never formed.

Source: Cocola, Hand, Voroninski, "Nonasymptotic guarantees for spiked matrix recovery with
generative priors".
"""

import numpy as np

from genphase.kernels._jit import jit
from genphase.kernels.forms import WISHART
from genphase.kernels.passes import Run, adjoint, forward, norm, put
from genphase.kernels.status import CAPPED, CONVERGED, DIVERGED, DIVERGENCE_NORM


@jit
def spiked_gradient(weights, widths, leaks, form, units, backward):
    r"""Put the gradient into ``backward[:widths[0]]``; return :math:`\|G\|^4 - 2 G^\top M G`.

    `units` holds a forward pass at x, with :math:`G(x)` in its last but one layer; the returned
    number is :math:`4 f(x) - \|M\|_F^2`.
    """
    layers = widths.shape[0] - 1
    n, m = widths[layers - 1], widths[layers]
    last = units.shape[0] - m
    first = last - n
    offset = weights.shape[0] - n * m
    signal = units[first:last]
    image = units[last:]
    squared = 0.0
    for value in signal:
        squared += value * value
    leak = leaks[layers - 2]
    product = 0.0
    for j in range(n):
        # Where the activation has slope 0, nothing is sent back.
        sent = 0.0
        if signal[j] > 0.0 or leak != 0.0:
            if form.kind == WISHART:
                row = weights[offset + j * m : offset + (j + 1) * m]
                total = 0.0
                for i in range(m):
                    total += row[i] * image[i]
                sent = total - form.variance * signal[j]
            else:
                sent = image[j]
        product += sent * signal[j]
        backward[first + j] = squared * signal[j] - sent
    adjoint(weights[:offset], widths[:layers], leaks[: layers - 1], units[:last], backward[:last])
    return squared * squared - 2 * product


@jit
def descend_to_spike(
    weights,
    widths,
    leaks,
    form,
    start,
    target,
    step,
    max_iter,
    relative_change,
    gradient_norm,
    trace,
):
    """Run gradient descent from `start`.

    Parameters
    ----------
    weights, widths, leaks
        The chain, see :mod:`genphase.kernels.passes`; its last layer is M or L.
    form : Form
        Of the kind WIGNER or WISHART.
    start, target, step, max_iter, relative_change, gradient_norm, trace
        As for :func:`genphase.kernels.descent.descend`; the objective in the trace lacks ¼‖M‖².

    Returns
    -------
    Run
        With ``negations`` 0.
    """
    k = widths[0]
    x = start.copy()
    units, backward = np.empty(widths.sum()), np.empty(widths.sum())
    for iteration in range(max_iter):
        put(x, units)
        forward(weights, widths, leaks, units)
        value = spiked_gradient(weights, widths, leaks, form, units, backward)
        if iteration < trace.shape[0]:
            trace[iteration, 0] = value / 4
            trace[iteration, 1] = norm(x - target) / norm(target)
        if not np.isfinite(value):
            return Run(x, DIVERGED, iteration, 0)
        gradient = backward[:k]
        if norm(gradient) < gradient_norm:
            return Run(x, CONVERGED, iteration, 0)
        x = x - step * gradient
        size = norm(x)
        if not size < DIVERGENCE_NORM:
            return Run(x, DIVERGED, iteration + 1, 0)
        if step * norm(gradient) < relative_change * size:
            return Run(x, CONVERGED, iteration + 1, 0)
    return Run(x, CAPPED, max_iter, 0)
