r"""Algorithm 1: subgradient descent with the negation test, as the paper writes it.

.. math:: \tilde x_t = \begin{cases} -x_t & f(-x_t) < f(x_t) \\ x_t \end{cases}, \qquad
          x_{t+1} = \tilde x_t - \alpha v, \quad v \in \partial f(\tilde x_t), \qquad
          f(x) = \tfrac12 \| A G(x) - b \|^2, \quad v = \Lambda_x^\top A^\top (A G(x) - b)

or, for phaseless measurements, :math:`f(x) = \tfrac12 \| |A G(x)| - b \|^2`, where the absolute
value is the activation of the last layer.

Source: "Global guarantees for enforcing deep generative priors by empirical risk" for the
landscape, "Signal recovery with non-expansive generative network priors"
(Algorithm 1) for the iteration. Without the negation test it is gradient descent.
"""

import numpy as np

from genphase.kernels._jit import jit
from genphase.kernels.forms import hold, put_negative
from genphase.kernels.passes import Run, adjoint, forward, free_norm, norm, put, residual
from genphase.kernels.status import CAPPED, CONVERGED, DIVERGED, DIVERGENCE_NORM


@jit
def descend(
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
    negate,
    trace,
    held=0,
):
    r"""Run (sub)gradient descent from `start`.

    Parameters
    ----------
    weights, widths, leaks
        The chain, see :mod:`genphase.kernels.passes`.
    observation : (m,) or (n,) float64
        b, with as many entries as the last layer has units.
    start : (k,) float64
        x_0.
    target : (k,) float64
        x*, used for the trace only.
    step : float
        α, constant.
    max_iter : int
        Number of updates after which the run is capped.
    relative_change : float
        Stop when ‖x_{t+1} - x̃_t‖ < relative_change ‖x_{t+1}‖; 0 never stops.
    gradient_norm : float
        Stop when ‖v‖ < gradient_norm; 0 never stops.
    negate : bool
        Whether to test f(-x) < f(x) before every step.
    trace : (T, 2) float64
        Objective and relative latent error at the first T iterates x_0, x_1, ... (after the
        negation test); modified in place. T may be 0.
    held : int
        Entries at the end of x that are no unknowns, see :class:`genphase.kernels.forms.Form`.

    Returns
    -------
    Run
    """
    k = widths[0]
    total = widths.sum()
    x = start.copy()
    units = np.empty(total)
    mirrored = np.empty(total)
    backward = np.empty(total)
    negations = 0
    for iteration in range(max_iter):
        put(x, units)
        forward(weights, widths, leaks, units)
        objective = residual(units, leaks, observation, backward)
        if negate:
            put_negative(x, held, mirrored)
            forward(weights, widths, leaks, mirrored)
            if residual(mirrored, leaks, observation, backward) < objective:
                x = mirrored[:k].copy()
                units, mirrored = mirrored, units
                negations += 1
            objective = residual(units, leaks, observation, backward)
        if iteration < trace.shape[0]:
            trace[iteration, 0] = objective
            trace[iteration, 1] = norm(x - target) / free_norm(target, held)
        if not np.isfinite(objective):
            return Run(x, DIVERGED, iteration, negations)
        adjoint(weights, widths, leaks, units, backward)
        gradient = backward[:k]
        hold(gradient, held)
        if norm(gradient) < gradient_norm:
            return Run(x, CONVERGED, iteration, negations)
        x = x - step * gradient
        size = free_norm(x, held)
        if not size < DIVERGENCE_NORM:
            return Run(x, DIVERGED, iteration + 1, negations)
        if step * norm(gradient) < relative_change * size:
            return Run(x, CONVERGED, iteration + 1, negations)
    return Run(x, CAPPED, max_iter, negations)
