r"""Alternating descent with work only where a pattern changes.

While no unit before a network's last layer changes its sign, :math:`G(x) = \sigma(P x)` with one
matrix P, and :math:`\Lambda^\top v = P^\top D v`: a network then costs 2 kℓ multiplications an
iteration (:func:`generate`, :func:`send_back`). Otherwise it makes full passes, until its pattern
has rested.

The signs of h and z are tried only when another pair of signs could have become the best. With
:math:`a = G_1(\pm h)`, :math:`b = G_2(\pm z)` at the last trial and after h and z have travelled by
:math:`\delta_1, \delta_2` since,

.. math:: \| a' \circ b' - a \circ b \| \le
          L_1 \delta_1 (\|b\|_\infty + L_2 \delta_2) + L_2 \delta_2 (\|a\|_\infty + L_1 \delta_1).

:mod:`genphase.kernels.demodulation` holds the plain loop.
"""

from typing import NamedTuple

import numpy as np

from genphase.kernels._jit import jit
from genphase.kernels.demodulation import balance, misfit, push, turn
from genphase.kernels.negation import lipschitz_estimate
from genphase.kernels.passes import Run, adjoint, forward, norm, put
from genphase.kernels.policy import EARNED, FIRST_REST, MOST_REST, REST_GROWTH
from genphase.kernels.regions import combine, dot, linear_maps, read_pattern
from genphase.kernels.status import CAPPED, CONVERGED, DIVERGED, DIVERGENCE_NORM


class Side(NamedTuple):
    """One of the two networks, and what is known of it at the present x.

    weights, widths, leaks : the network.
    units, backward : (sum of widths,) a forward pass, of which frozen networks know the last layer
        only, and scratch.
    slopes : (N,) slopes of the units at the last full pass.
    maps : (k, N) what units receive, per entry of x, for these slopes.
    gated : (ℓ,) scratch.
    state : (3,) whether the network is frozen; for how many iterations it has been, or its pattern
        has rested; for how many the pattern has to rest until it is.
    """

    weights: np.ndarray
    widths: np.ndarray
    leaks: np.ndarray
    units: np.ndarray
    backward: np.ndarray
    slopes: np.ndarray
    maps: np.ndarray
    gated: np.ndarray
    state: np.ndarray


@jit
def make_side(weights, widths, leaks):
    """Return a network of which nothing is known."""
    total, k = widths.sum(), widths[0]
    return Side(
        weights,
        widths,
        leaks,
        np.empty(total),
        np.empty(total),
        np.ones(total - k),
        np.empty((k, total - k)),
        np.empty(widths[-1]),
        np.array([0, 0, FIRST_REST]),
    )


@jit
def generate(side, x):
    """Bring the last layer of ``side.units`` to G(x)."""
    k, size = side.maps.shape
    units, slopes, state = side.units, side.slopes, side.state
    hidden = size - side.widths[-1]
    if state[0] == 1:
        values = units[k:]
        combine(side.maps, size, x, values)
        disagree = 0
        for j in range(hidden):
            disagree += (values[j] > 0.0) != (slopes[j] == 1.0)
        if disagree == 0:
            leak = side.leaks[-1]
            for j in range(np.uint64(hidden), np.uint64(size)):
                values[j] *= 1.0 if values[j] > 0.0 else leak
            state[1] += 1
            return
        # A network that thaws before it has earned its maps has to rest longer the next time.
        earned = state[1] >= EARNED * k
        state[2] = FIRST_REST if earned else min(REST_GROWTH * state[2], MOST_REST)
        state[0] = 0
        state[1] = 0
    put(x, units)
    forward(side.weights, side.widths, side.leaks, units)
    # The pattern of the last layer may change freely.
    changed = 0
    if hidden > 0:
        changed = read_pattern(side.widths[:-1], side.leaks[:-1], units, slopes)
    state[1] = state[1] + 1 if changed == 0 else 0
    if state[1] >= state[2]:
        linear_maps(side.weights, side.widths, slopes, side.maps)
        state[0] = 1
        state[1] = 0


@jit
def send_back(side, sent, direction):
    """Put Λᵀ v into `direction`; `sent` is v, (ℓ,), and G(x) was generated last."""
    k, size = side.maps.shape
    last = sent.shape[0]
    begin = size - last
    units = side.units
    if side.state[0] == 1:
        leak = side.leaks[-1]
        gated = side.gated
        for j in range(last):
            gated[j] = sent[j] if units[k + begin + j] > 0.0 else leak * sent[j]
        for a in range(k):
            direction[a] = dot(side.maps[a, begin:], gated)
    else:
        put(sent, side.backward[k + begin :])
        adjoint(side.weights, side.widths, side.leaks, units, side.backward)
        put(side.backward[:k], direction)


@jit
def descend_side(side, x, velocity, other, difference, sent, direction, step, momentum):
    """Step in one code, in place, along its velocity; return the velocity's squared norm."""
    for j in range(other.shape[0]):
        sent[j] = other[j] * difference[j]
    send_back(side, sent, direction)
    push(x, velocity, direction, step, momentum)
    return dot(velocity, velocity)


class Signs(NamedTuple):
    """The last trial of all signs.

    h, z : (k_1,), (k_2,) where it was.
    distances : (3,) the other pairs' ‖G_1 ∘ G_2 - y‖; -inf before the first trial.
    largest : (2, 2) largest entries of G_1(h), G_1(-h) and of G_2(z), G_2(-z).
    lipschitz : (2,) L_1, L_2.
    """

    h: np.ndarray
    z: np.ndarray
    distances: np.ndarray
    largest: np.ndarray
    lipschitz: np.ndarray


@jit
def signs_decided(signs, h, z, distance):
    """Return whether (h, z), at `distance`, still is the best of the four."""
    travelled = np.zeros(2)
    for a in range(h.shape[0]):
        travelled[0] += (h[a] - signs.h[a]) ** 2
    for a in range(z.shape[0]):
        travelled[1] += (z[a] - signs.z[a]) ** 2
    one = signs.lipschitz[0] * travelled[0] ** 0.5
    two = signs.lipschitz[1] * travelled[1] ** 0.5
    for other in range(1, 4):
        a = signs.largest[0, other % 2]
        b = signs.largest[1, other // 2]
        change = one * (b + two) + two * (a + one)
        if not signs.distances[other - 1] - change > distance:
            return False
    return True


@jit
def try_signs(signs, one, two, observation, h, z, difference):
    """Replace (h, z) by the best of (±h, ±z), in place; return its number, see `turn`."""
    ell = observation.shape[0]
    units_1, units_2 = np.empty((2, one.units.shape[0])), np.empty((2, two.units.shape[0]))
    for sign in range(2):
        units_1[sign, : h.shape[0]] = h if sign == 0 else -h
        units_2[sign, : z.shape[0]] = z if sign == 0 else -z
        forward(one.weights, one.widths, one.leaks, units_1[sign])
        forward(two.weights, two.widths, two.leaks, units_2[sign])
    g, w = units_1[:, units_1.shape[1] - ell :], units_2[:, units_2.shape[1] - ell :]
    found = np.empty(4)
    for pair in range(4):
        found[pair] = misfit(g[pair % 2], w[pair // 2], observation, difference)
    best = 0
    for pair in range(1, 4):
        if found[pair] < found[best]:
            best = pair
    turn(h, z, best)
    put(h, signs.h)
    put(z, signs.z)
    for pair in range(4):
        if pair != best:
            # The pairs as they are called from the best one on.
            signs.distances[(pair ^ best) - 1] = (2 * found[pair]) ** 0.5
    for sign in range(2):
        signs.largest[0, sign] = np.abs(g[sign ^ (best % 2)]).max()
        signs.largest[1, sign] = np.abs(w[sign ^ (best // 2)]).max()
    return best


@jit
def demodulate(
    first,
    second,
    observation,
    start,
    step,
    max_iter,
    relative_change,
    gradient_norm,
    variant,
):
    """Run alternating descent from `start`, as its plain loop would.

    Parameters
    ----------
    first, second, observation, start, step, max_iter, relative_change, gradient_norm, variant
        As for :func:`genphase.kernels.demodulation.alternate`.

    Returns
    -------
    Run
    """
    k, ell = first[1][0], observation.shape[0]
    one = make_side(first[0], first[1], first[2])
    two = make_side(second[0], second[1], second[2])
    lipschitz = np.array(
        [lipschitz_estimate(first[0], first[1]), lipschitz_estimate(second[0], second[1])]
    )
    x = start.copy()
    h, z = x[:k], x[k:]
    signs = Signs(
        np.zeros_like(h), np.zeros_like(z), np.full(3, -np.inf), np.zeros((2, 2)), lipschitz
    )
    velocity = np.zeros_like(x)
    v, u = velocity[:k], velocity[k:]
    if variant.balances:
        balance(h, z)
    along_h, along_z = np.empty_like(h), np.empty_like(z)
    difference, sent = np.empty(ell), np.empty(ell)
    g, w = one.units[one.units.shape[0] - ell :], two.units[two.units.shape[0] - ell :]
    negations = 0
    generate(one, h)
    generate(two, z)
    for iteration in range(max_iter):
        objective = misfit(g, w, observation, difference)
        if variant.sign_search and not signs_decided(signs, h, z, (2 * objective) ** 0.5):
            best = try_signs(signs, one, two, observation, h, z, sent)
            if best > 0:
                turn(v, u, best)
                negations += 1
                generate(one, h)
                generate(two, z)
                objective = misfit(g, w, observation, difference)
        if not np.isfinite(objective):
            return Run(x, DIVERGED, iteration, negations)
        squared = descend_side(one, h, v, w, difference, sent, along_h, step, variant.momentum)
        generate(one, h)
        misfit(g, w, observation, difference)
        squared += descend_side(two, z, u, g, difference, sent, along_z, step, variant.momentum)
        size = norm(x)
        if not size < DIVERGENCE_NORM:
            return Run(x, DIVERGED, iteration + 1, negations)
        if variant.balances:
            c = balance(h, z)
            v *= c
            u /= c
            g *= c
        generate(two, z)
        if squared**0.5 < gradient_norm or step * squared**0.5 < relative_change * size:
            return Run(x, CONVERGED, iteration + 1, negations)
    return Run(x, CAPPED, max_iter, negations)
