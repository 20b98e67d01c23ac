r"""Activation regions: cones of R^k in which the network is one linear map.

The activation patterns of a network without biases are constant on cones. Inside one,
:math:`z_l = P_l x` with :math:`P_l = W_l \Lambda_{l-1}`, :math:`\Lambda_l = D_l P_l`, where D_l
holds the slopes of the activations; the chain is :math:`\Lambda x`, and both solvers here are

.. math:: x \leftarrow x - \alpha (H x - c), \qquad H = B \Lambda, \quad c = B b,

with :math:`B = \Lambda^\top` for the subgradient method and the constant
:math:`B = (A W_d \cdots W_1)^\top` for PLUGIn. A neuron that changes sign changes the later P_l,
and H, by a matrix of rank one. In arrays:

maps : P_1, ..., P_L one behind the other, each stored transposed as (k, n_l), row by row.
slopes : (n_1 + ... + n_L,) the diagonal of D_l at every unit; 1 throughout a linear last layer.
"""

import numpy as np

from genphase.kernels._jit import jit

_BLOCK = 8


@jit
def weighted_rows(weights, inputs, outputs, slopes, source, target):
    r"""Propagate many vectors through a layer: target = source D W, (k, n_l) to (k, n_{l+1}).

    Rows of weights are taken in blocks of eight active units, so that a block is read once for
    all k vectors.
    """
    k = source.shape[0]
    target[:] = 0.0
    block = np.empty((_BLOCK, outputs))
    units = np.empty(_BLOCK, np.int64)
    filled = 0
    for i in range(inputs):
        slope = slopes[i]
        if slope != 0.0:
            units[filled] = i
            row = block[filled]
            read = weights[i * outputs : (i + 1) * outputs]
            for j in range(outputs):
                row[j] = slope * read[j]
            filled += 1
            if filled == _BLOCK:
                for c in range(k):
                    s = source[c]
                    a, b, d, e = s[units[0]], s[units[1]], s[units[2]], s[units[3]]
                    f, g, h, o = s[units[4]], s[units[5]], s[units[6]], s[units[7]]
                    t = target[c]
                    for j in range(outputs):
                        t[j] += (
                            (a * block[0, j] + b * block[1, j])
                            + (d * block[2, j] + e * block[3, j])
                        ) + (
                            (f * block[4, j] + g * block[5, j])
                            + (h * block[6, j] + o * block[7, j])
                        )
                filled = 0
    for r in range(filled):
        row = block[r]
        for c in range(k):
            s = source[c, units[r]]
            t = target[c]
            for j in range(outputs):
                t[j] += s * row[j]


@jit
def build_map(weights, widths, slopes, maps, layer, offset, first):
    """Fill P of the layer after `layer`, whose weights begin at `offset`, units at `first`."""
    k = widths[0]
    n = widths[layer]
    m = widths[layer + 1]
    weighted_rows(
        weights[offset : offset + n * m],
        n,
        m,
        slopes[first : first + n],
        maps[k * first : k * (first + n)].reshape(k, n),
        maps[k * (first + n) : k * (first + n + m)].reshape(k, m),
    )


@jit
def combine(rows, x, out):
    """Put the sum of x_c rows_c, P x for a transposed map, into `out`."""
    k, n = rows.shape
    out[:] = 0.0
    c = 0
    while c + 4 <= k:
        p, q, r, s = rows[c], rows[c + 1], rows[c + 2], rows[c + 3]
        a, b, d, e = x[c], x[c + 1], x[c + 2], x[c + 3]
        for j in range(n):
            out[j] += (a * p[j] + b * q[j]) + (d * r[j] + e * s[j])
        c += 4
    while c < k:
        p = rows[c]
        a = x[c]
        for j in range(n):
            out[j] += a * p[j]
        c += 1


@jit
def squared_lengths(rows, out):
    """Put the squared norm of every neuron's row of P, a column of `rows`, into `out`."""
    k, n = rows.shape
    out[:] = 0.0
    for c in range(k):
        p = rows[c]
        for j in range(n):
            out[j] += p[j] * p[j]


@jit
def add_rank_one(rows, left, right):
    """Add the outer product of `left` and `right` to `rows`."""
    k, n = rows.shape
    for c in range(k):
        a = left[c]
        p = rows[c]
        for j in range(n):
            p[j] += a * right[j]


@jit
def dot(a, b):
    """Return the inner product."""
    total = 0.0
    for i in range(a.shape[0]):
        total += a[i] * b[i]
    return total


@jit
def system(maps, widths, slopes, symmetric, left, observation, H, c):
    r"""Fill H = B Λ and c = B b; B is Λᵀ if `symmetric`, else `left`."""
    k = widths[0]
    last = observation.shape[0]
    rows = maps[maps.shape[0] - k * last :].reshape(k, last)
    gains = slopes[slopes.shape[0] - last :]
    product = np.empty((k, last))
    for i in range(k):
        for j in range(last):
            product[i, j] = rows[i, j] * gains[j]
    for i in range(k):
        row = product[i] if symmetric else left[i]
        c[i] = dot(row, observation)
        for j in range(k):
            H[i, j] = dot(row, product[j])


@jit
def _flip(
    weights, widths, depth, slopes, maps, layer, offset, first, j, change,
    symmetric, left, observation, H, c, p, u, v,
):  # fmt: skip
    """Carry the change of slope of neuron j of a layer through later maps, H and c."""
    k = widths[0]
    layers = widths.shape[0] - 1
    n = widths[layer]
    last = observation.shape[0]
    rows = maps[k * first : k * (first + n)].reshape(k, n)
    for a in range(k):
        p[a] = rows[a, j]
    if layer == layers:
        if symmetric:
            new = slopes[first + j]
            old = new - change
            factor = new * new - old * old
            for a in range(k):
                c[a] += change * observation[j] * p[a]
                for b in range(k):
                    H[a, b] += factor * p[a] * p[b]
        else:
            for a in range(k):
                for b in range(k):
                    H[a, b] += change * left[a, j] * p[b]
        return
    m = widths[layer + 1]
    row = weights[offset + j * m : offset + (j + 1) * m]
    for q in range(m):
        u[q] = change * row[q]
    first += n
    for later in range(layer + 1, layers + 1):
        m = widths[later]
        offset += widths[later - 1] * m
        rows = maps[k * first : k * (first + m)].reshape(k, m)
        if later == layers:
            break
        add_rank_one(rows, p, u[:m])
        onward = widths[later + 1]
        out = v[:onward]
        out[:] = 0.0
        for i in range(m):
            unit = slopes[first + i] * u[i]
            if unit != 0.0:
                row = weights[offset + i * onward : offset + (i + 1) * onward]
                for q in range(onward):
                    out[q] += unit * row[q]
        u, v = v, u
        first += m
    # The last layer: w is the change of Λ x per unit of p·x.
    w = v[:last]
    for q in range(last):
        w[q] = slopes[first + q] * u[q]
    if symmetric:
        size = dot(w, w)
        along = dot(w, observation)
        product = np.empty(k)
        gains = slopes[first : first + last]
        for a in range(k):
            row = rows[a]
            total = 0.0
            for q in range(last):
                total += row[q] * gains[q] * w[q]
            product[a] = total
        for a in range(k):
            c[a] += along * p[a]
            for b in range(k):
                H[a, b] += product[a] * p[b] + p[a] * product[b] + size * p[a] * p[b]
    else:
        for a in range(k):
            total = dot(left[a], w)
            for b in range(k):
                H[a, b] += total * p[b]
    add_rank_one(rows, p, u[:last])


@jit
def enter_region(
    weights, widths, depth, slope, x, slopes, maps, lengths, stale, changes, want_radius, fresh,
    symmetric, left, observation, H, c, z, p, u, v,
):  # fmt: skip
    """Bring slopes, maps, H and c, which are modified in place, to the region of x.

    Parameters
    ----------
    lengths, stale : squared norms of the rows of P, and the layers where they are out of date.
    changes, z, p, u, v : scratch.
    want_radius : whether the radius is computed.
    fresh : whether the maps are built anew whatever they hold.

    Returns
    -------
    flips : number of neurons that changed sign.
    radius : how far x may travel before another one can; 0 unless wanted.
    """
    k = widths[0]
    layers = widths.shape[0] - 1
    flips = 0
    squared = np.inf
    rebuild = False
    first = 0
    offset = 0
    for layer in range(1, layers + 1):
        n = widths[layer]
        if layer == 1:
            if fresh:
                maps[: k * n] = weights[: k * n]
                rebuild = True
                stale[1] = True
        elif rebuild:
            before = widths[layer - 1]
            build_map(weights, widths, slopes, maps, layer - 1, offset, first - before)
            stale[layer] = True
        offset += widths[layer - 1] * n
        if layer > depth:
            break
        rows = maps[k * first : k * (first + n)].reshape(k, n)
        values = z[:n]
        combine(rows, x, values)
        here = slopes[first : first + n]
        changed = 0
        for j in range(n):
            now = 1.0 if values[j] > 0.0 else slope
            if now != here[j]:
                changes[changed] = j
                changed += 1
        flips += changed
        # Carrying k flips costs as much as building the later maps.
        rebuild = rebuild or 2 * changed > k
        for i in range(changed):
            j = changes[i]
            now = slope if here[j] == 1.0 else 1.0
            change = now - here[j]
            here[j] = now
            if not rebuild:
                _flip(
                    weights, widths, depth, slopes, maps, layer, offset, first, j, change,
                    symmetric, left, observation, H, c, p, u, v,
                )  # fmt: skip
                for later in range(layer + 1, layers + 1):
                    stale[later] = True
        if want_radius:
            length = lengths[first : first + n]
            if stale[layer]:
                squared_lengths(rows, length)
                stale[layer] = False
            nearest = np.inf
            for j in range(n):
                if length[j] > 0.0:
                    nearest = min(nearest, values[j] * values[j] / length[j])
            squared = min(squared, nearest)
        first += n
    if rebuild:
        system(maps, widths, slopes, symmetric, left, observation, H, c)
    # A hair less, for the rounding of both sides.
    return flips, (squared**0.5 * (1 - 1e-9) if want_radius else 0.0)


@jit
def still_inside(x, centre, radius):
    """Return whether x lies in the cone of points that are within `radius` of `centre`."""
    size = dot(centre, centre)
    if not size > 0.0:
        return False
    scale = dot(x, centre) / size
    distance = 0.0
    for i in range(x.shape[0]):
        away = x[i] - scale * centre[i]
        distance += away * away
    return scale > 0.0 and distance < (scale * radius) ** 2
