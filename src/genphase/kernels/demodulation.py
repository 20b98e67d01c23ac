r"""Alternating descent for blind demodulation, as the paper writes it.

Of :math:`y = G_1(h_*) \circ G_2(z_*)`, the entrywise product, it minimises

.. math:: f(h, z) = \tfrac12 \| G_1(h) \circ G_2(z) - y \|^2

by, in turn: the best of :math:`(\pm h, \pm z)`; a step in h against
:math:`\Lambda_1^\top (G_2 \circ (G_1 \circ G_2 - y))`; a step in z against
:math:`\Lambda_2^\top (G_1 \circ (G_1 \circ G_2 - y))` with the new h; a rescaling to
:math:`\|h\| = \|z\|`, which changes no product. `Variant` leaves parts out, or adds momentum.

Source: Hand, Joshi, "Global guarantees for blind demodulation with generative priors", Algorithm 1;
the gradients there lack the transposes.
"""

from typing import NamedTuple

import numpy as np

from genphase.kernels._jit import jit
from genphase.kernels.passes import Run, adjoint, forward, norm
from genphase.kernels.status import CAPPED, CONVERGED, DIVERGED, DIVERGENCE_NORM


class Variant(NamedTuple):
    """What of the algorithm is done, and with how much momentum.

    sign_search : whether the signs of h and z are tried before each step.
    balances : whether h and z are rescaled to equal norms, before the first step and after each.
    momentum : β of the heavy ball, for each code: v ← β v + gradient, x ← x - step v, from v = 0. A
        changed sign turns the velocity, and a rescaling rescales it like its code.

    Source: B. T. Polyak, "Some methods of speeding up the convergence of iteration methods" (1964),
    the heavy ball, here with its velocity.
    """

    sign_search: bool
    balances: bool
    momentum: float


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
def turn(h, z, pair):
    """Put one of (h, z), (-h, z), (h, -z), (-h, -z) in their place, by its number from 0."""
    h *= 1 - 2 * (pair % 2)
    z *= 1 - 2 * (pair // 2)


@jit
def push(x, velocity, gradient, step, momentum):
    """Step in one code, in place; bring its velocity up to date before."""
    for a in range(x.shape[0]):
        velocity[a] = momentum * velocity[a] + gradient[a]
        x[a] -= step * velocity[a]


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
    variant,
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
        h and z one behind the other; `target`, balanced, is for the trace only, whose errors are
        those of balanced iterates.
    step, max_iter, relative_change, gradient_norm, trace
        As for :func:`genphase.kernels.descent.descend`, with both velocities together for ‖v‖. The
        stopping rules are looked at after the step.
    variant
        A `Variant`.

    Returns
    -------
    Run
        ``negations`` counts the iterations that changed a sign. The codes are balanced only where
        `variant` balances.
    """
    k, total = widths[0], widths.sum()
    last = total - observation.shape[0]
    x = start.copy()
    h, z = x[:k], x[k:]
    one, two = np.empty((2, total)), np.empty((2, total))
    backward, difference = np.empty(total), np.empty(observation.shape[0])
    velocity = np.zeros(2 * k)
    v, w = velocity[:k], velocity[k:]
    seen = np.empty(2 * k)
    if variant.balances:
        balance(h, z)
    tried = 2 if variant.sign_search else 1
    negations = 0
    for iteration in range(max_iter):
        for sign in range(tried):
            one[sign, :k] = h if sign == 0 else -h
            two[sign, :k] = z if sign == 0 else -z
            forward(first, widths, leaks, one[sign])
            forward(second, widths, leaks, two[sign])
        objective = misfit(one[0, last:], two[0, last:], observation, difference)
        best = 0
        for signs in range(1, tried * tried):
            p, q = signs % 2, signs // 2
            value = misfit(one[p, last:], two[q, last:], observation, difference)
            if value < objective:
                objective, best = value, signs
        p, q = best % 2, best // 2
        if best > 0:
            turn(h, z, best)
            turn(v, w, best)
            negations += 1
        if iteration < trace.shape[0]:
            seen[:] = x
            if not variant.balances:
                balance(seen[:k], seen[k:])
            trace[iteration, 0] = objective
            trace[iteration, 1] = norm(seen - target) / norm(target)
        if not np.isfinite(objective):
            return Run(x, DIVERGED, iteration, negations)
        misfit(one[p, last:], two[q, last:], observation, difference)
        side_gradient(first, widths, leaks, one[p], two[q, last:], difference, backward)
        push(h, v, backward[:k], step, variant.momentum)
        one[p, :k] = h
        forward(first, widths, leaks, one[p])
        misfit(one[p, last:], two[q, last:], observation, difference)
        side_gradient(second, widths, leaks, two[q], one[p, last:], difference, backward)
        push(z, w, backward[:k], step, variant.momentum)
        squared = norm(v) ** 2 + norm(w) ** 2
        size = norm(x)
        if not size < DIVERGENCE_NORM:
            return Run(x, DIVERGED, iteration + 1, negations)
        if variant.balances:
            c = balance(h, z)
            v *= c
            w /= c
        if squared**0.5 < gradient_norm or step * squared**0.5 < relative_change * size:
            return Run(x, CONVERGED, iteration + 1, negations)
    return Run(x, CAPPED, max_iter, negations)
