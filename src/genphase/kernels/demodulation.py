r"""Alternating descent for blind demodulation, as the paper writes it.

Of :math:`y = G_1(h_*) \circ G_2(z_*)`, the entrywise product, it minimises

.. math:: f(h, z) = \tfrac12 \| G_1(h) \circ G_2(z) - y \|^2

by, in turn: the best of :math:`(\pm h, \pm z)`; a step in h against
:math:`\Lambda_1^\top (G_2 \circ (G_1 \circ G_2 - y))`; a step in z against
:math:`\Lambda_2^\top (G_1 \circ (G_1 \circ G_2 - y))` with the new h; a rescaling to
:math:`\|h\| = \|z\|`, which changes no product.

Source: Hand, Joshi, "Global guarantees for blind demodulation with generative priors", Algorithm 1;
the gradients there lack the transposes.
"""

import numpy as np

from genphase.kernels._jit import jit
from genphase.kernels.passes import Run, adjoint, forward, norm
from genphase.kernels.status import CAPPED, CONVERGED, DIVERGED, DIVERGENCE_NORM


@jit
def misfit(one, two, observation, out):
    """Put G_1 ∘ G_2 - y into `out` and return the objective, half its square.

    Parameters
    ----------
    one, two, observation, out : (ℓ,)
        G_1(h), G_2(z), y; `out` is modified in place.
    """
    for j in range(observation.shape[0]):
        out[j] = one[j] * two[j] - observation[j]
    total = 0.0
    for value in out:
        total += value * value
    return 0.5 * total


@jit
def side_gradient(weights, widths, leaks, units, other, difference, backward):
    """Put the gradient in one factor's code into ``backward[:widths[0]]``.

    Parameters
    ----------
    weights, widths, leaks
        The factor's network, see :mod:`genphase.kernels.passes`.
    units
        A forward pass of the factor's network.
    other, difference : (ℓ,)
        The other factor, and G_1 ∘ G_2 - y.
    backward
        Scratch of the shape of `units`.
    """
    last = units.shape[0] - other.shape[0]
    for j in range(other.shape[0]):
        backward[last + j] = other[j] * difference[j]
    adjoint(weights, widths, leaks, units, backward)


@jit
def product_gradient(first, second, widths, leaks, observation, x):
    """Return the objective at x = (h, z) and its gradient, (2k,)."""
    k, total = widths[0], widths.sum()
    last = total - observation.shape[0]
    one, two = np.empty(total), np.empty(total)
    backward, difference = np.empty(total), np.empty(observation.shape[0])
    one[:k], two[:k] = x[:k], x[k:]
    forward(first, widths, leaks, one)
    forward(second, widths, leaks, two)
    objective = misfit(one[last:], two[last:], observation, difference)
    gradient = np.empty(2 * k)
    side_gradient(first, widths, leaks, one, two[last:], difference, backward)
    gradient[:k] = backward[:k]
    side_gradient(second, widths, leaks, two, one[last:], difference, backward)
    gradient[k:] = backward[:k]
    return objective, gradient


@jit
def balance(h, z):
    """Rescale h and z to equal norms, in place, leaving their product as it is; return h's factor.

    The paper does so after each iteration. Here it is done once before the first one too, so that
    of all starts with one product the norms do not matter. Where one is zero, nothing is changed.
    """
    a, b = norm(h), norm(z)
    if not (a > 0.0 and b > 0.0):
        return 1.0
    c = (b / a) ** 0.5
    h *= c
    z /= c
    return c


@jit
def alternate(
    first,
    second,
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
):
    """Run alternating descent from `start`.

    Parameters
    ----------
    first, second
        The weights of G_1 and G_2.
    widths, leaks
        Of both, see :mod:`genphase.kernels.passes`.
    observation : (ℓ,)
        y.
    start, target : (2k,)
        h and z one behind the other; `target`, balanced, is for the trace only.
    step, max_iter, relative_change, gradient_norm, trace
        As for :func:`genphase.kernels.descent.descend`, with both directions together for ‖v‖. The
        stopping rules are looked at after the step.

    Returns
    -------
    Run
        ``negations`` counts the iterations that changed a sign.
    """
    k, total = widths[0], widths.sum()
    last = total - observation.shape[0]
    x = start.copy()
    h, z = x[:k], x[k:]
    one, two = np.empty((2, total)), np.empty((2, total))
    backward, difference = np.empty(total), np.empty(observation.shape[0])
    balance(h, z)
    negations = 0
    for iteration in range(max_iter):
        for sign in range(2):
            one[sign, :k] = h if sign == 0 else -h
            two[sign, :k] = z if sign == 0 else -z
            forward(first, widths, leaks, one[sign])
            forward(second, widths, leaks, two[sign])
        objective = misfit(one[0, last:], two[0, last:], observation, difference)
        best = 0
        for signs in range(1, 4):
            p, q = signs % 2, signs // 2
            value = misfit(one[p, last:], two[q, last:], observation, difference)
            if value < objective:
                objective, best = value, signs
        p, q = best % 2, best // 2
        if best > 0:
            h *= 1 - 2 * p
            z *= 1 - 2 * q
            negations += 1
        if iteration < trace.shape[0]:
            trace[iteration, 0] = objective
            trace[iteration, 1] = norm(x - target) / norm(target)
        if not np.isfinite(objective):
            return Run(x, DIVERGED, iteration, negations)
        misfit(one[p, last:], two[q, last:], observation, difference)
        side_gradient(first, widths, leaks, one[p], two[q, last:], difference, backward)
        squared = norm(backward[:k]) ** 2
        h -= step * backward[:k]
        one[p, :k] = h
        forward(first, widths, leaks, one[p])
        misfit(one[p, last:], two[q, last:], observation, difference)
        side_gradient(second, widths, leaks, two[q], one[p, last:], difference, backward)
        squared += norm(backward[:k]) ** 2
        z -= step * backward[:k]
        size = norm(x)
        if not size < DIVERGENCE_NORM:
            return Run(x, DIVERGED, iteration + 1, negations)
        balance(h, z)
        if squared**0.5 < gradient_norm or step * squared**0.5 < relative_change * size:
            return Run(x, CONVERGED, iteration + 1, negations)
    return Run(x, CAPPED, max_iter, negations)
