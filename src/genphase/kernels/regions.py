r"""Activation regions: cones of R^k in which the network is one linear map.

The activation patterns of a network without biases are constant on cones. Inside one,
:math:`z_l = P_l x` with :math:`P_l = W_l \Lambda_{l-1}`, :math:`\Lambda_l = D_l P_l`, where D_l
holds the slopes of the activations; the chain is :math:`\Lambda x`, and both solvers here are

.. math:: x \leftarrow x - \alpha (H x - c), \qquad H = B \Lambda, \quad c = B b,

with :math:`B = \Lambda^\top` for the subgradient method and the constant
:math:`B = (A W_d \cdots W_1)^\top` for PLUGIn. For a spiked matrix M it is

.. math:: x \leftarrow x - \alpha ((x^\top H x) H x - T x), \qquad
          H = \Lambda^\top \Lambda, \quad T = \Lambda^\top M \Lambda.
"""

from typing import NamedTuple

import numpy as np
from numba import prange

from genphase.kernels._jit import as_written, inlined, jit, shared
from genphase.kernels.forms import PLUGIN, WIGNER, WISHART, signal_layer
from genphase.kernels.passes import activated, slope_at
from genphase.kernels.sharing import shares_of


class Region(NamedTuple):
    """A region and its linear maps; N = n_1 + ... + n_L units, layer by layer, L >= d layers.

    slopes : (N,) the diagonals of D_1, ..., D_L; 1 throughout a linear last layer.
    maps : (k, N) P_1, ..., P_L side by side, transposed: a column holds a unit's row of P.
    lengths : (N,) norms of the rows of P.
    back : (k, n) B; n is the last width or, for a spiked matrix, the last but one.
    H : (k, k) transposed, as :func:`combine` reads it.
    T : (k, k), of a spiked matrix only.
    c : (k,)
    squared_b : ‖b‖².
    """

    slopes: np.ndarray
    maps: np.ndarray
    lengths: np.ndarray
    back: np.ndarray
    H: np.ndarray
    T: np.ndarray
    c: np.ndarray
    squared_b: float


@inlined
def dot(a, b):
    """Return the inner product."""
    total = 0.0
    for i in range(a.shape[0]):
        total += a[i] * b[i]
    return total


@inlined
def combine(rows, n, x, out):
    """Put the sum of x_c rows_c, P x for a transposed map, into the first n entries of `out`."""
    k = x.shape[0]
    for j in range(n):
        out[j] = 0.0
    c = 0
    while c + 4 <= k:
        p, q, r, s = x[c], x[c + 1], x[c + 2], x[c + 3]
        for j in range(n):
            out[j] += (p * rows[c, j] + q * rows[c + 1, j]) + (
                r * rows[c + 2, j] + s * rows[c + 3, j]
            )
        c += 4
    while c < k:
        p = x[c]
        for j in range(n):
            out[j] += p * rows[c, j]
        c += 1


@shared
def multiply(weights, slopes, source, product):
    r"""Propagate k vectors through a layer: product = source D W.

    Parameters
    ----------
    weights : (n_l, n_{l+1})
        A layer, input-major.
    slopes : (n_l,)
        The diagonal of D.
    source : (k, n_l)
        The vectors.
    product : (k + 1, n_{l+1})
        Filled; the last row is scratch.
    """
    n = weights.shape[1]
    shares = shares_of(weights.size * source.shape[0])
    for share in prange(shares):
        multiply_columns(
            weights, slopes, source, product, share * n // shares, (share + 1) * n // shares
        )


@as_written
def multiply_columns(weights, slopes, source, product, begin, end):
    """Fill the columns of `product` from `begin` to `end`.

    Rows of weights are taken in blocks of eight active units, and two vectors at a time, so that
    what is loaded is used often.
    """
    inputs, k = weights.shape[0], source.shape[0]
    # Unsigned, or else every index is compared with 0.
    first, outputs = np.uint64(begin), np.uint64(end - begin)
    for c in range(k + 1):
        for j in range(outputs):
            product[c, first + j] = 0.0
    rows = np.empty((8, outputs))
    at = np.zeros(8, np.int64)
    filled = 0
    for i in range(inputs):
        if slopes[i] != 0.0:
            at[filled] = i
            for j in range(outputs):
                rows[filled, j] = slopes[i] * weights[i, first + j]
            filled += 1
        if filled == 8 or (i == inputs - 1 and filled > 0):
            # The last block is filled up with nothing.
            rows[filled:] = 0.0
            for c in range(0, k, 2):
                d = min(c + 1, k - 1)
                p, q, r, s = at[0], at[1], at[2], at[3]
                c0, c1, c2, c3 = source[c, p], source[c, q], source[c, r], source[c, s]
                d0, d1, d2, d3 = source[d, p], source[d, q], source[d, r], source[d, s]
                p, q, r, s = at[4], at[5], at[6], at[7]
                c4, c5, c6, c7 = source[c, p], source[c, q], source[c, r], source[c, s]
                d4, d5, d6, d7 = source[d, p], source[d, q], source[d, r], source[d, s]
                for j in range(outputs):
                    product[c, first + j] += (
                        (c0 * rows[0, j] + c1 * rows[1, j]) + (c2 * rows[2, j] + c3 * rows[3, j])
                    ) + ((c4 * rows[4, j] + c5 * rows[5, j]) + (c6 * rows[6, j] + c7 * rows[7, j]))
                    product[c + 1, first + j] += (
                        (d0 * rows[0, j] + d1 * rows[1, j]) + (d2 * rows[2, j] + d3 * rows[3, j])
                    ) + ((d4 * rows[4, j] + d5 * rows[5, j]) + (d6 * rows[6, j] + d7 * rows[7, j]))
            filled = 0


@jit
def linear_maps(weights, widths, slopes, maps):
    """Fill P of every layer, (k, N), for the given slopes."""
    k = widths[0]
    end = widths[1]
    for a in range(k):
        for j in range(end):
            maps[a, j] = weights[a * end + j]
    offset = k * end
    begin = 0
    for layer in range(1, widths.shape[0] - 1):
        n, m = widths[layer], widths[layer + 1]
        matrix = weights[offset : offset + n * m].reshape(n, m)
        product = np.empty((k + 1, m))
        multiply(matrix, slopes[begin:end], maps[:, begin:end], product)
        for a in range(k):
            for j in range(m):
                maps[a, end + j] = product[a, j]
        offset += n * m
        begin = end
        end += m


@jit
def make_region(weights, widths, observation, form):
    """Return a region's buffers; B is filled where it is constant, for PLUGIn."""
    k = widths[0]
    units = widths[1:].sum()
    n = widths[signal_layer(widths, form)]
    slopes, lengths = np.ones(units), np.empty(units)
    maps, back = np.empty((k, units)), np.empty((k, n))
    if form.kind == PLUGIN:
        # All slopes are 1: the chain without its activations.
        linear_maps(weights, widths, slopes, maps)
        for a in range(k):
            for j in range(n):
                back[a, j] = maps[a, units - n + j]
    squared_b = dot(observation, observation)
    H, T, c = np.empty((k, k)), np.empty((k, k)), np.empty(k)
    return Region(slopes, maps, lengths, back, H, T, c, squared_b)


@jit
def read_pattern(widths, leaks, units, slopes):
    """Bring the slopes of the activated units up to date; return how many have changed.

    A layer with a sigmoid or a tanh always counts as one that has.

    `units` holds a forward pass, and ``slopes``, (N,), the diagonals of D_1, ..., D_L.
    """
    changed = 0
    begin = 0
    k = widths[0]
    for layer in range(activated(leaks)):
        end = begin + widths[layer + 1]
        if leaks[layer] > 1.0:
            # There are no pieces: every point has slopes of its own.
            changed += 1
            for j in range(begin, end):
                slopes[j] = slope_at(leaks[layer], units[k + j])
            begin = end
            continue
        for j in range(np.uint64(begin), np.uint64(end)):
            changed += (units[k + j] > 0.0) != (slopes[j] == 1.0)
        for j in range(np.uint64(begin), np.uint64(end)):
            slopes[j] = 1.0 if units[k + j] > 0.0 else leaks[layer]
        begin = end
    return changed


@jit
def enter_region(weights, widths, form, observation, region):
    """Build the maps of the region that ``region.slopes`` describes, and B, H, c and T."""
    slopes, maps, lengths = region.slopes, region.maps, region.lengths
    back, H, T, c = region.back, region.H, region.T, region.c
    k, n = back.shape
    begin = widths[1 : signal_layer(widths, form)].sum()
    linear_maps(weights, widths, slopes, maps)
    symmetric = form.kind != PLUGIN
    jacobian = back if symmetric else np.empty((k, n))
    for a in range(k):
        for j in range(n):
            jacobian[a, j] = maps[a, begin + j] * slopes[begin + j]
    for a in range(k):
        row = back[a]
        for b in range(a + 1 if symmetric else k):
            value = dot(row, jacobian[b])
            H[b, a] = value
            if symmetric:
                H[a, b] = value
    if form.kind < WIGNER:
        for a in range(k):
            c[a] = dot(back[a], observation)
    else:
        image = maps[:, begin + n :]
        source = image if form.kind == WISHART else back
        for a in range(k):
            for b in range(a + 1):
                value = dot(source[a], image[b]) - form.variance * H[a, b]
                T[a, b] = value
                T[b, a] = value
    for j in range(lengths.shape[0]):
        lengths[j] = 0.0
    for a in range(k):
        for j in range(lengths.shape[0]):
            lengths[j] += maps[a, j] * maps[a, j]
    for j in range(lengths.shape[0]):
        lengths[j] = lengths[j] ** 0.5


@inlined
def still_inside(x, centre, radius):
    """Return whether x lies in the cone of points that are within `radius` of `centre`."""
    size = 0.0
    along = 0.0
    for i in range(x.shape[0]):
        size += centre[i] * centre[i]
        along += x[i] * centre[i]
    scale = along / size
    distance = 0.0
    for i in range(x.shape[0]):
        away = x[i] - scale * centre[i]
        distance += away * away
    return scale > 0.0 and distance < (scale * radius) ** 2
