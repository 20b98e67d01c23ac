r"""Damped least squares (Levenberg-Marquardt), with the negation test.

With the residual :math:`r = A G(x) - b`, or :math:`|A G(x)| - b`, and its Jacobian J at x, which is
that of the active linear piece where the network is piecewise affine, it takes the step

.. math:: (J^\top J + \mu h I) \delta = -J^\top r, \qquad h = \max_i (J^\top J)_{ii},

if it makes :math:`f(x) = \tfrac12 \|r\|^2` smaller, and tries again with more damping μ if not.
After a step, μ becomes :math:`\mu \max(\tfrac13, 1 - (2 \rho - 1)^3)`, where ρ is the decrease over
that of the linear model; after the n-th failure in a row it is multiplied by :math:`2^n`. Before
each step x is replaced by -x if f(-x) < f(x), as in Algorithm 1 (:mod:`genphase.kernels.descent`).

A run in which no damping up to `MOST_DAMPING` gives a decrease has stopped by itself, and counts as
converged: with the most, a step is some 1e-16 of x or less, so x is stationary to rounding, or on
a kink that the linear piece does not see.

Source: Madsen, Nielsen, Tingleff, "Methods for non-linear least squares problems" (2004),
Algorithm 3.16, for the damping, which is due to Nielsen; μ here is relative to h, which changes
with the pieces.
"""

import numpy as np

from genphase.kernels._jit import jit
from genphase.kernels.cholesky import factorise, substitute
from genphase.kernels.forms import put_negative
from genphase.kernels.passes import Run, forward, free_norm, norm, put, residual
from genphase.kernels.regions import dot, read_pattern
from genphase.kernels.status import CAPPED, CONVERGED, DIVERGED
from genphase.kernels.tiles import padded_rows, products_of_rows

FIRST_DAMPING = 1e-3
# Less would not change the step, and more would not change x.
LEAST_DAMPING = 1e-15
MOST_DAMPING = 1e16


@jit
def linearise(weights, widths, slopes, held, H):
    """Return the Jacobian of the region that `slopes` describes, transposed, and build JᵀJ.

    Inactive units are left out on both sides of every layer, which leaves a quarter of the
    products of a random ReLU network.

    Parameters
    ----------
    weights, widths
        The chain, see :mod:`genphase.kernels.passes`.
    slopes
        As in :class:`genphase.kernels.regions.Region`.
    held
        See :class:`genphase.kernels.forms.Form`.
    H : (k, k)
        Filled in its lower triangle.

    Returns
    -------
    jacobian, seen
        The columns of the outputs whose slopes are not 0, and behind them some of zeros; and which
        outputs these are.
    """
    k, end = widths[0], widths[1]
    inputs = np.flatnonzero(slopes[:end])
    maps = padded_rows(k, inputs.shape[0])
    for a in range(k):
        for j in range(inputs.shape[0]):
            maps[a, j] = slopes[inputs[j]] * weights[a * end + inputs[j]]
    offset = k * end
    for layer in range(1, widths.shape[0] - 1):
        n, m = widths[layer], widths[layer + 1]
        matrix = weights[offset : offset + n * m].reshape(n, m)
        outputs = np.flatnonzero(slopes[end : end + m])
        active = active_part(matrix, inputs, outputs, slopes[end : end + m])
        sources, maps = maps, padded_rows(k, outputs.shape[0])
        products_of_rows(sources, active, False, maps)
        inputs = outputs
        offset += n * m
        end += m
    # The rows of what is held are 0, and damping alone keeps H regular there.
    maps[k - held :] = 0.0
    products_of_rows(maps, maps, True, H)
    return maps, inputs


@jit
def active_part(matrix, inputs, outputs, slopes):
    """Return the rows `inputs` and columns `outputs` of D W, transposed, (n_{l+1}, n_l).

    Parameters
    ----------
    matrix : (n_l, n_{l+1})
        W, a layer, input-major.
    inputs, outputs
        Numbers of units.
    slopes : (n_{l+1},)
        The diagonal of D.
    """
    part = padded_rows(outputs.shape[0], inputs.shape[0])
    for i in range(inputs.shape[0]):
        row = matrix[inputs[i]]
        for j in range(outputs.shape[0]):
            part[j, i] = slopes[outputs[j]] * row[outputs[j]]
    return part


@jit
def largest_diagonal(H):
    """Return the largest entry of the diagonal."""
    largest = 0.0
    for a in range(H.shape[0]):
        largest = max(largest, H[a, a])
    return largest


@jit
def damped_least_squares(
    weights,
    widths,
    leaks,
    observation,
    start,
    target,
    max_iter,
    relative_change,
    gradient_norm,
    trace,
    held=0,
):
    """Run Levenberg-Marquardt from `start`.

    Parameters
    ----------
    weights, widths, leaks, observation, start, target, max_iter, relative_change, gradient_norm
        As for :func:`genphase.kernels.descent.descend`.
    trace : (T, 2) float64
        Objective and relative latent error at the first T iterates (after the negation test);
        modified in place. T may be 0.
    held : int
        Entries at the end of x that are no unknowns, see :class:`genphase.kernels.forms.Form`.

    Returns
    -------
    Run
        ``iterations`` counts the updates, not the steps that were tried and not taken.
    """
    k, m = widths[0], observation.shape[0]
    total = widths.sum()
    x = start.copy()
    units, mirrored, moved = np.empty(total), np.empty(total), np.empty(total)
    difference, gradient, step = np.empty(total), np.empty(k), np.empty(k)
    slopes, H, factor = np.ones(total - k), np.empty((k, k)), np.empty((k, k))
    jacobian, seen = np.empty((k, 0)), np.empty(0, np.int64)
    damping, negations = FIRST_DAMPING, 0
    put(x, units)
    forward(weights, widths, leaks, units)
    for iteration in range(max_iter):
        objective = residual(units, leaks, observation, difference)
        put_negative(x, held, mirrored)
        forward(weights, widths, leaks, mirrored)
        if residual(mirrored, leaks, observation, difference) < objective:
            x = mirrored[:k].copy()
            units, mirrored = mirrored, units
            negations += 1
        objective = residual(units, leaks, observation, difference)
        if iteration < trace.shape[0]:
            trace[iteration, 0] = objective
            trace[iteration, 1] = norm(x - target) / free_norm(target, held)
        if not np.isfinite(objective):
            return Run(x, DIVERGED, iteration, negations)
        # Within a region the Jacobian stays what it is.
        if read_pattern(widths, leaks, units, slopes) > 0 or iteration == 0:
            jacobian, seen = linearise(weights, widths, slopes, held, H)
        sent = difference[total - m :][seen]
        for a in range(k):
            gradient[a] = -dot(sent, jacobian[a])
        if norm(gradient) < gradient_norm:
            return Run(x, CONVERGED, iteration, negations)
        scale, growth = largest_diagonal(H), 2.0
        while True:
            value = objective
            if factorise(H, damping * scale, factor):
                substitute(factor, gradient, step)
                moved[:k] = x + step
                forward(weights, widths, leaks, moved)
                value = residual(moved, leaks, observation, difference)
            if value < objective:
                break
            damping *= growth
            growth *= 2.0
            if not damping <= MOST_DAMPING:
                return Run(x, CONVERGED, iteration, negations)
        predicted = 0.5 * (damping * scale * dot(step, step) + dot(step, gradient))
        gain = (objective - value) / predicted
        damping *= max(1.0 / 3.0, 1.0 - (2.0 * gain - 1.0) ** 3)
        damping = max(damping, LEAST_DAMPING)
        x = x + step
        units, moved = moved, units
        if norm(step) < relative_change * free_norm(x, held):
            return Run(x, CONVERGED, iteration + 1, negations)
    return Run(x, CAPPED, max_iter, negations)
