r"""The direction of an iteration in R^k, in a region and with hinges that have flipped.

With :math:`r = A G(x) - b` and the notation of :mod:`genphase.kernels.hinges`, it is

.. math:: B r = H x - c + \sum_i s_i B w_i

for PLUGIn. For the subgradient, where the Jacobian changes as well, it is
:math:`\Lambda^\top r + \sum_i t_i\,(\text{row i of } P)`, with

.. math:: t_i = \delta_i \bigl( w_i^\top r + \sum_{j} e_{ij} t_j \bigr), \qquad
          \delta_i = \sigma'(z_i) - D_{ii},

that is, backpropagation through the hinges alone, last hinge first.

What these functions take are arrays one by one: members of a tuple would be counted, atomically, at
every step.
"""

from genphase.kernels._jit import inlined, jit
from genphase.kernels.policy import CANCELLED, SQUARED_ROUNDING
from genphase.kernels.regions import combine, dot


@jit
def plugin_direction(H, c, flipped, flips, shifts, Bw, x, direction):
    """Put PLUGIn's direction at x, B (A G(x) - b), into `direction`."""
    k = x.shape[0]
    combine(H, k, x, direction)
    for a in range(k):
        direction[a] -= c[a]
    for r in range(flipped):
        h = flips[r]
        for a in range(k):
            direction[a] += shifts[h] * Bw[h, a]


@jit
def subgradient(
    H, c, flipped, flips, shifts, Bw, deltas, adjoints, w_dot_w, w_dot_b, P_rows, effects, unit_of,
    x, squared_b, direction,
):  # fmt: skip
    """Put the subgradient at x into `direction`; return an upper bound of ‖A G(x) - b‖².

    The bound is at most 1e-10 ‖b‖² too large.
    """
    k = x.shape[0]
    combine(H, k, x, direction)
    squared = squared_b
    for a in range(k):
        squared += (direction[a] - 2 * c[a]) * x[a]
    for a in range(k):
        direction[a] -= c[a]
    for r in range(flipped):
        h = flips[r]
        at_region = -w_dot_b[h]
        for a in range(k):
            at_region += Bw[h, a] * x[a]
        adjoint = at_region
        for q in range(flipped):
            adjoint += w_dot_w[h, flips[q]] * shifts[flips[q]]
        adjoints[h] = adjoint
        squared += shifts[h] * (at_region + adjoint)
    for r in range(flipped):
        h = flips[r]
        for a in range(k):
            direction[a] += shifts[h] * Bw[h, a]
    add_back(flipped, flips, deltas, adjoints, P_rows, effects, unit_of, direction)
    return max(squared, 0.0) + SQUARED_ROUNDING * squared_b


@jit
def spike_direction(
    H, T, flipped, flips, shifts, Bw, BMw, deltas, adjoints, w_dot_w, w_dot_image, P_rows, effects,
    unit_of, x, direction,
):  # fmt: skip
    r"""Put the gradient for a spiked matrix at x into `direction`.

    With the coordinates u = (x, s) of :math:`G = [\Lambda, w] u`, and H and T continued to them, it
    is :math:`(u^\top H u) H u - T u`, whose entries at s are the adjoints of the hinges.

    Returns whether the hinges cancel nearly all of the region's signal, and the digits with it.
    """
    k = x.shape[0]
    combine(H, k, x, direction)
    at_region = dot(direction, x)
    for r in range(flipped):
        h = flips[r]
        for a in range(k):
            direction[a] += shifts[h] * Bw[h, a]
    squared = dot(direction, x)
    for r in range(flipped):
        h = flips[r]
        adjoint = dot(Bw[h], x)
        for q in range(flipped):
            adjoint += w_dot_w[h, flips[q]] * shifts[flips[q]]
        adjoints[h] = adjoint
        squared += adjoint * shifts[h]
    for a in range(k):
        direction[a] = squared * direction[a] - dot(T[a], x)
    for r in range(flipped):
        h = flips[r]
        for a in range(k):
            direction[a] -= shifts[h] * BMw[h, a]
        image = dot(BMw[h], x)
        for q in range(flipped):
            image += w_dot_image[h, flips[q]] * shifts[flips[q]]
        adjoints[h] = squared * adjoints[h] - image
    add_back(flipped, flips, deltas, adjoints, P_rows, effects, unit_of, direction)
    return squared < CANCELLED * at_region


@inlined
def add_back(flipped, flips, deltas, adjoints, P_rows, effects, unit_of, direction):
    """Turn adjoints into t, last hinge first, and add what they send back to `direction`."""
    for r in range(flipped - 1, -1, -1):
        h = flips[r]
        t = deltas[h] * adjoints[h]
        for a in range(direction.shape[0]):
            direction[a] += t * P_rows[h, a]
        for q in range(r):
            adjoints[flips[q]] += effects[flips[q], unit_of[h]] * t
