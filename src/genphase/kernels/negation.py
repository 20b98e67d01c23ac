r"""The negation test f(-x) < f(x) of Algorithm 1, evaluated only where it could turn out new.

With :math:`f(x) = \tfrac12 \|A G(x) - b\|^2`, the distance :math:`\|A G(-x) - b\|` changes by no
more than L times what x travels, L being a Lipschitz constant of :math:`A G`. If at the last test
:math:`\|A G(-x) - b\|` exceeded :math:`\|A G(x) - b\|` by more than that, -x is still the worse one
and the test can be left out. The decisions are those of the algorithm as written, provided that L
is not estimated too low, see :func:`lipschitz_estimate`.
"""

from typing import NamedTuple

import numpy as np

from genphase.kernels._jit import inlined, jit
from genphase.kernels.forms import put_negative
from genphase.kernels.passes import forward, norm, propagate, put, residual
from genphase.kernels.policy import NORM_MARGIN, NORM_STEPS, THIN_STEPS


class Mirror(NamedTuple):
    """The last test.

    wanted : whether the algorithm negates.
    held : entries at the end of x that keep their sign.
    lipschitz : L.
    tested_at : (k,) the point.
    distance : (1,) ‖A G(-x) - b‖ there; -inf before the first test.
    """

    wanted: bool
    held: int
    lipschitz: float
    tested_at: np.ndarray
    distance: np.ndarray


@jit
def make_mirror(weights, widths, wanted, held):
    """Return the state before the first test."""
    lipschitz = lipschitz_estimate(weights, widths) if wanted else 0.0
    return Mirror(wanted, held, lipschitz, np.zeros(widths[0]), np.full(1, -np.inf))


@jit
def lipschitz_estimate(weights, widths):
    """Return an estimate of the chain's Lipschitz constant, the product of its layers' norms.

    A layer's spectral norm is estimated by power iteration, which is an estimate from below, and
    raised by `NORM_MARGIN`. What matters is the constant of the active pieces, which is smaller by
    half in each layer: no decision has been found to be another than that of the test itself.
    """
    product = 1.0
    offset = 0
    for layer in range(widths.shape[0] - 1):
        n, m = widths[layer], widths[layer + 1]
        matrix = weights[offset : offset + n * m].reshape(n, m)
        vector = 1.0 + 0.5 * np.cos(1.0 + np.arange(n) ** 2)
        image = np.empty(m)
        size = norm(vector)
        for _ in range(NORM_STEPS + THIN_STEPS // min(n, m)):
            propagate(matrix, vector / size, image)
            for i in range(n):
                total = 0.0
                for j in range(m):
                    total += matrix[i, j] * image[j]
                vector[i] = total
            size = norm(vector)
            if not size > 0.0:
                return 0.0
        product *= NORM_MARGIN * size**0.5
        offset += n * m
    return product


@inlined
def decided(x, squared, lipschitz, tested_at, distance):
    """Return whether the last test still says that x is kept, where ‖A G(x) - b‖² is `squared`."""
    travelled = 0.0
    for a in range(x.shape[0]):
        travelled += (x[a] - tested_at[a]) ** 2
    return distance[0] - lipschitz * travelled**0.5 > squared**0.5


@jit
def negate(weights, widths, leaks, observation, mirror, x, squared, units, backward):
    """Replace x by -x, in place, if f(-x) < f(x); return whether it was.

    `squared` is an upper bound of ‖A G(x) - b‖², too large by rounding only; f(x) is computed where
    that does not decide. `units` and `backward` are scratch, with an entry for each unit.
    """
    put_negative(x, mirror.held, units)
    forward(weights, widths, leaks, units)
    there = residual(units, leaks, observation, backward)
    negated = False
    if 2 * there < squared:
        put(x, units)
        forward(weights, widths, leaks, units)
        here = residual(units, leaks, observation, backward)
        if there < here:
            negated = True
            there = here
            put_negative(x, mirror.held, x)
    put(x, mirror.tested_at)
    mirror.distance[0] = (2 * there) ** 0.5
    return negated
