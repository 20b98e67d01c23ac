r"""PLUGIn: the partially linearised update, as the paper writes it.

.. math:: x_{t+1} = x_t - \eta\, B^\top A^\top (A G(x_t) - b), \qquad B = W_d \cdots W_1

with A the identity for inversion. The matrix that brings the residual back to the latent space is
constant: no activation pattern enters it.

Source: Joshi, Li, Plan, Yilmaz, "PLUGIn: a simple algorithm for inverting generative models with
recovery guarantees", eq. (5).
"""

import numpy as np

from genphase.kernels._jit import jit
from genphase.kernels.forms import hold
from genphase.kernels.passes import Run, forward, free_norm, norm, put, residual
from genphase.kernels.status import CAPPED, CONVERGED, DIVERGED, DIVERGENCE_NORM


@jit
def linear_map(weights, widths):
    """Return the chain without its activations, (A W_d ... W_1)ᵀ, as a (k, last width) matrix.

    Its row i is a forward pass of the unit vector e_i with all layers linear.
    """
    k = widths[0]
    last = widths[widths.shape[0] - 1]
    units = np.empty(widths.sum())
    product = np.empty((k, last))
    for i in range(k):
        units[:k] = 0.0
        units[i] = 1.0
        forward(weights, widths, np.ones(widths.shape[0] - 1), units)
        product[i] = units[units.shape[0] - last :]
    return product


@jit
def plugin(
    weights,
    widths,
    leaks,
    observation,
    start,
    target,
    step,
    max_iter,
    relative_change,
    gradient_norm,
    trace,
    held=0,
):
    r"""Run PLUGIn from `start`.

    Parameters are those of :func:`genphase.kernels.descent.descend`, with η for `step`, and
    `gradient_norm` applied to PLUGIn's direction Bᵀ Aᵀ (A G(x) - b).

    Returns
    -------
    Run
        With ``negations`` 0.
    """
    k = widths[0]
    last = observation.shape[0]
    total = widths.sum()
    product = linear_map(weights, widths)
    x = start.copy()
    direction = np.empty(k)
    units = np.empty(total)
    difference = np.empty(total)
    for iteration in range(max_iter):
        put(x, units)
        forward(weights, widths, leaks, units)
        objective = residual(units, leaks, observation, difference)
        if iteration < trace.shape[0]:
            trace[iteration, 0] = objective
            trace[iteration, 1] = norm(x - target) / free_norm(target, held)
        if not np.isfinite(objective):
            return Run(x, DIVERGED, iteration, 0)
        for i in range(k):
            entry = 0.0
            for j in range(last):
                entry += product[i, j] * difference[total - last + j]
            direction[i] = entry
        hold(direction, held)
        if norm(direction) < gradient_norm:
            return Run(x, CONVERGED, iteration, 0)
        x = x - step * direction
        size = free_norm(x, held)
        if not size < DIVERGENCE_NORM:
            return Run(x, DIVERGED, iteration + 1, 0)
        if step * norm(direction) < relative_change * size:
            return Run(x, CONVERGED, iteration + 1, 0)
    return Run(x, CAPPED, max_iter, 0)
