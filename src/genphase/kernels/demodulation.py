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
from genphase.kernels.passes import Run, adjoint, forward, norm, put
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
def product_gradient(first, second, observation, x):
    """Return the objective at x = (h, z) and its gradient, (k_1 + k_2,).

    `first` and `second` are weights, widths and leaks, see :mod:`genphase.kernels.passes`.
    """
    ell, k = observation.shape[0], first[1][0]
    one, two = np.empty(first[1].sum()), np.empty(second[1].sum())
    difference = np.empty(ell)
    one[:k], two[: second[1][0]] = x[:k], x[k:]
    forward(first[0], first[1], first[2], one)
    forward(second[0], second[1], second[2], two)
    g, w = one[one.shape[0] - ell :], two[two.shape[0] - ell :]
    objective = misfit(g, w, observation, difference)
    gradient = np.empty(x.shape[0])
    backward = np.empty_like(one)
    side_gradient(first[0], first[1], first[2], one, w, difference, backward)
    put(backward[:k], gradient)
    backward = np.empty_like(two)
    side_gradient(second[0], second[1], second[2], two, g, difference, backward)
    gradient[k:] = backward[: second[1][0]]
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
        G_1 and G_2: weights, widths and leaks, see :mod:`genphase.kernels.passes`.
    observation : (ℓ,)
        y.
    start, target : (k_1 + k_2,)
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
    weights_1, widths_1, leaks_1 = first
    weights_2, widths_2, leaks_2 = second
    k, ell = widths_1[0], observation.shape[0]
    x = start.copy()
    h, z = x[:k], x[k:]
    one, two = np.empty((2, widths_1.sum())), np.empty((2, widths_2.sum()))
    # Of both signs, the last layers.
    g, u = one[:, one.shape[1] - ell :], two[:, two.shape[1] - ell :]
    back_1, back_2 = np.empty(one.shape[1]), np.empty(two.shape[1])
    difference = np.empty(ell)
    velocity = np.zeros(x.shape[0])
    v, w = velocity[:k], velocity[k:]
    seen = np.empty(x.shape[0])
    if variant.balances:
        balance(h, z)
    tried = 2 if variant.sign_search else 1
    negations = 0
    for iteration in range(max_iter):
        for sign in range(tried):
            one[sign, :k] = h if sign == 0 else -h
            two[sign, : z.shape[0]] = z if sign == 0 else -z
            forward(weights_1, widths_1, leaks_1, one[sign])
            forward(weights_2, widths_2, leaks_2, two[sign])
        objective = misfit(g[0], u[0], observation, difference)
        best = 0
        for signs in range(1, tried * tried):
            p, q = signs % 2, signs // 2
            value = misfit(g[p], u[q], observation, difference)
            if value < objective:
                objective, best = value, signs
        p, q = best % 2, best // 2
        if best > 0:
            turn(h, z, best)
            turn(v, w, best)
            negations += 1
        if iteration < trace.shape[0]:
            put(x, seen)
            if not variant.balances:
                balance(seen[:k], seen[k:])
            trace[iteration, 0] = objective
            trace[iteration, 1] = norm(seen - target) / norm(target)
        if not np.isfinite(objective):
            return Run(x, DIVERGED, iteration, negations)
        misfit(g[p], u[q], observation, difference)
        side_gradient(weights_1, widths_1, leaks_1, one[p], u[q], difference, back_1)
        push(h, v, back_1[:k], step, variant.momentum)
        put(h, one[p])
        forward(weights_1, widths_1, leaks_1, one[p])
        misfit(g[p], u[q], observation, difference)
        side_gradient(weights_2, widths_2, leaks_2, two[q], g[p], difference, back_2)
        push(z, w, back_2[: z.shape[0]], step, variant.momentum)
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
