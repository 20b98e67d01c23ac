r"""The iterations of Algorithm 1 and PLUGIn, with work only where the activation pattern changes.

Plain passes are made while the pattern is restless. Once it rests, the iteration runs in R^k,

.. math:: x \leftarrow x - \alpha (H x - c),

and neurons are looked at only when x has left the cone in which none of them can have changed.
What is iterated is the algorithm as written; :mod:`genphase.kernels.descent` and
:mod:`genphase.kernels.plugin` hold the plain loops.
"""

import numpy as np

from genphase.kernels._jit import jit
from genphase.kernels.passes import Run, adjoint, forward, norm, residual
from genphase.kernels.plugin import linear_map
from genphase.kernels.regions import (
    dot,
    enter_region,
    still_inside,
)
from genphase.kernels.status import CAPPED, CONVERGED, DIVERGED, DIVERGENCE_NORM


@jit
def lipschitz_bound(weights, widths):
    """Return a bound of the chain's Lipschitz constant, the product of its layers' norms.

    A layer's spectral norm is estimated by eight steps of power iteration and raised by a quarter.
    What matters is the constant of the active pieces, which is smaller by half in each layer.
    """
    product = 1.0
    offset = 0
    for layer in range(widths.shape[0] - 1):
        n, m = widths[layer], widths[layer + 1]
        vector = np.empty(n)
        image = np.empty(m)
        for i in range(n):
            vector[i] = 1.0 + 0.5 * np.cos(1.0 + i * i)
        size = norm(vector)
        for _ in range(8):
            image[:] = 0.0
            for i in range(n):
                row = weights[offset + i * m : offset + (i + 1) * m]
                a = vector[i] / size
                for j in range(m):
                    image[j] += a * row[j]
            for i in range(n):
                row = weights[offset + i * m : offset + (i + 1) * m]
                total = 0.0
                for j in range(m):
                    total += row[j] * image[j]
                vector[i] = total
            size = norm(vector)
            if not size > 0.0:
                return 0.0
        product *= 1.25 * size**0.5
        offset += n * m
    return product


@jit
def flip_cost(widths, depth):
    """Return the mean multiplications of carrying a flip through the maps, over all neurons."""
    k = widths[0]
    layers = widths.shape[0] - 1
    total = 0.0
    neurons = 0
    for layer in range(1, depth + 1):
        cost = k * k
        if layer < layers:
            cost += k * widths[layers]
        for later in range(layer + 1, layers + 1):
            cost += k * widths[later]
            if later < layers:
                cost += widths[later] * widths[later + 1] / 2
        total += widths[layer] * cost
        neurons += widths[layer]
    return total / neurons


@jit
def iterate(
    weights,
    widths,
    depth,
    slope,
    observation,
    start,
    step,
    max_iter,
    relative_change,
    gradient_norm,
    symmetric,
    negate,
):
    r"""Run an iteration from `start`, as its plain loop would.

    Parameters
    ----------
    weights, widths, depth, slope, observation, start, step, max_iter, relative_change, \
    gradient_norm
        As for :func:`genphase.kernels.descent.descend`.
    symmetric : bool
        Whether the direction is the subgradient Λᵀ(Λx - b); else it is PLUGIn's,
        (A W_d ... W_1)ᵀ(Λx - b).
    negate : bool
        Whether to test f(-x) < f(x) before every step. As ‖A G(-x) - b‖ is Lipschitz, a test stays
        decisive until x has moved far enough; only then is it evaluated again.

    Returns
    -------
    Run
    """
    k = widths[0]
    layers = widths.shape[0] - 1
    total = widths.sum()
    last = observation.shape[0]
    neurons = total - k
    x = start.copy()
    units = np.empty(total)
    mirrored = np.empty(total)
    backward = np.empty(total)
    direction = np.empty(k)
    left = np.empty((0, 0)) if symmetric else linear_map(weights, widths)
    slopes = np.ones(neurons)
    lipschitz = lipschitz_bound(weights, widths) if negate else 0.0
    tested = False
    tested_at = np.empty(k)
    mirrored_distance = 0.0
    negations = 0

    # Multiplications of a plain iteration, of looking at all neurons, of carrying one flip.
    active = (weights.shape[0] + k * widths[1]) / 2
    plain_cost = 2 * active if symmetric else active + k * last
    visit_cost = k * neurons
    each_flip = flip_cost(widths, depth)
    # A pattern that turns out restless must rest longer before its maps are built again.
    patience = 1
    restful = 0
    recent = 0.0
    maps = np.empty(0)
    lengths = np.empty(neurons)
    stale = np.ones(layers + 1, np.bool_)
    widest = widths.max()
    z, u, v = np.empty(widest), np.empty(widest), np.empty(widest)
    p = np.empty(k)
    H = np.empty((k, k))
    c = np.empty(k)
    centre = np.empty(k)
    image = np.empty(k)
    radius = 0.0
    streak = 0
    inside = False
    fresh = True
    changes = np.empty(widest, np.int64)
    squared_b = dot(observation, observation)
    for iteration in range(max_iter):
        if inside:
            if not still_inside(x, centre, radius):
                # Where neurons flip at almost every step, a radius is mostly not worth its price.
                streak = streak + 1 if radius <= 0.0 or streak > 0 else 0
                want = streak < 4 or streak % 8 == 0
                flips, radius = enter_region(
                    weights, widths, depth, slope, x, slopes, maps, lengths, stale, changes, want,
                    fresh, symmetric, left, observation, H, c, z, p, u, v,
                )  # fmt: skip
                fresh = False
                centre[:] = x
                recent = 0.9 * recent + min(flips, k / 2)
                if recent * each_flip > 10 * plain_cost:
                    inside = False
                    patience *= 4
                    restful = 0
            else:
                streak = 0
                recent *= 0.9
        if inside:
            for a in range(k):
                image[a] = dot(H[a], x)
            if negate:
                away = 0.0
                for a in range(k):
                    away += (x[a] - tested_at[a]) ** 2
                squared = dot(x, image) - 2 * dot(c, x) + squared_b
                here = (max(squared, 0.0) + 1e-10 * squared_b) ** 0.5
                if not mirrored_distance - lipschitz * away**0.5 > here:
                    units[:k] = x
                    forward(weights, widths, depth, slope, units)
                    objective = residual(units, observation, backward)
                    mirrored[:k] = -x
                    forward(weights, widths, depth, slope, mirrored)
                    opposite = residual(mirrored, observation, backward)
                    tested_at[:] = x
                    mirrored_distance = (2 * opposite) ** 0.5
                    if opposite < objective:
                        x = -x
                        tested_at[:] = x
                        mirrored_distance = (2 * objective) ** 0.5
                        negations += 1
                        inside = False
                        restful = 0
            if inside:
                for a in range(k):
                    direction[a] = image[a] - c[a]
        if not inside:
            units[:k] = x
            forward(weights, widths, depth, slope, units)
            objective = residual(units, observation, backward)
            if negate:
                away = 0.0
                for a in range(k):
                    away += (x[a] - tested_at[a]) ** 2
                if not (
                    tested and mirrored_distance - lipschitz * away**0.5 > (2 * objective) ** 0.5
                ):
                    mirrored[:k] = -x
                    forward(weights, widths, depth, slope, mirrored)
                    opposite = residual(mirrored, observation, backward)
                    tested = True
                    if opposite < objective:
                        x = -x
                        units, mirrored = mirrored, units
                        negations += 1
                        objective, opposite = opposite, objective
                    tested_at[:] = x
                    mirrored_distance = (2 * opposite) ** 0.5
                    residual(units, observation, backward)
            if not np.isfinite(objective):
                return Run(x, DIVERGED, iteration, negations)
            if symmetric:
                adjoint(weights, widths, depth, slope, units, backward)
                direction[:] = backward[:k]
            else:
                for a in range(k):
                    direction[a] = dot(left[a], backward[total - last :])
            flips = 0
            first = 0
            for layer in range(1, depth + 1):
                for j in range(first, first + widths[layer]):
                    now = 1.0 if units[k + j] > 0.0 else slope
                    flips += now != slopes[j]
                    slopes[j] = now
                first += widths[layer]
            if flips * each_flip + visit_cost < plain_cost:
                restful += 1
            else:
                restful = 0
            if restful >= patience:
                if maps.shape[0] == 0:
                    maps = np.empty(k * neurons)
                fresh = True
                inside = True
                recent = 0.0
                streak = 0
                radius = 0.0
        length = norm(direction)
        if length < gradient_norm:
            return Run(x, CONVERGED, iteration, negations)
        for a in range(k):
            x[a] -= step * direction[a]
        size = norm(x)
        if not size < DIVERGENCE_NORM:
            return Run(x, DIVERGED, iteration + 1, negations)
        if step * length < relative_change * size:
            return Run(x, CONVERGED, iteration + 1, negations)
    return Run(x, CAPPED, max_iter, negations)
