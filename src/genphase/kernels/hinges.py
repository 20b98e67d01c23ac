r"""Hinges: neurons that x carries across their zero and back, while all others keep their sign.

Near a region with slopes D_l and maps P_l, let the output of unit i differ from the region's by
:math:`s_i = (\sigma'(z_i) - D_{ii})\, z_i`, which is zero unless the unit has changed sign. What
it adds to a later unit j, and to the signal, is linear:

.. math:: z_j = (P x)_j + \sum_{i} e_{ij} s_i, \qquad G(x) = \Lambda x + \sum_i w_i s_i

where row i of e, the *effect* of i, carries a unit vector through the later layers with the
region's slopes, and w_i is what arrives at the output. Units that have changed sign once since the
region was entered are kept as hinges, with their effects: to cross the same neurons again costs no
pass through the network, and with :math:`r = G(x) - b` the direction is

.. math:: B r = H x - c + \sum_i s_i B w_i

for PLUGIn. For the subgradient, where the Jacobian changes as well, it is
:math:`\Lambda^\top r + \sum_i t_i\,(\text{row i of } P)`, with

.. math:: t_i = \delta_i \bigl( w_i^\top r + \sum_{j} e_{ij} t_j \bigr), \qquad
          \delta_i = \sigma'(z_i) - D_{ii}.

Watched units
-------------
The function :math:`\zeta_j(x) = (P x)_j + \sum_i e_{ij} s_i`, over the present hinges, has the
Lipschitz constant :math:`L_j = \|P_j\| + \sum_i |e_{ij}| (1 - s_i) L_i`. Where no unit
but hinges disagrees with the region's slopes, ζ is z: by induction over the layers. So within the
distance ρ of a point, only units with :math:`|z_j| \le L_j \rho` there, the watched ones, need to
be looked at. By homogeneity the same holds in the cone over that ball.
"""

from typing import NamedTuple

import numpy as np

from genphase.kernels._jit import inlined, jit
from genphase.kernels.forms import PLUGIN, SQUARES, WIGNER, WISHART, signal_layer
from genphase.kernels.passes import activated, propagate
from genphase.kernels.regions import combine, dot


class Hinges(NamedTuple):
    """The hinges of a region, for which there is room; N activated units, N' units in all.

    number : (N,) the hinge that a unit is, negative for none, see :func:`forget`.
    unit : (room,) the unit of each hinge.
    leak : (room,) the slope of its activation for negative inputs, s_i below.
    order : (room,) the hinges by unit, hence layer by layer.
    again : (room,) whether the unit was a hinge of the region before.
    effects : (room, N') e.
    outputs : (room, last width) w.
    rows : (room, k) their rows of P.
    pushes : (room, k) B w.
    images : (room, last width) what the last layer makes of w, for a spiked matrix M only, as is
    image_pushes : (room, k) Λᵀ M w.
    image_gram : (room, room) w·M w.
    along : (room,) w·b.
    gram : (room, room) w·w.
    flipped : (room,) the hinges that disagree with the region at the last look, by unit.
    delta, shift : (room,) δ and s at the last look, of those.
    pull : (room,) what is sent back to them, of those: w·r with r = A G(x) - b, and the effects of
        later ones.
    """

    number: np.ndarray
    unit: np.ndarray
    leak: np.ndarray
    order: np.ndarray
    again: np.ndarray
    effects: np.ndarray
    outputs: np.ndarray
    rows: np.ndarray
    pushes: np.ndarray
    images: np.ndarray
    image_pushes: np.ndarray
    image_gram: np.ndarray
    along: np.ndarray
    gram: np.ndarray
    flipped: np.ndarray
    delta: np.ndarray
    shift: np.ndarray
    pull: np.ndarray


class Watched(NamedTuple):
    """The watched units, as many as are watched of N at most, and what a look at them takes.

    slopes : (N,) the region's.
    maps : (k, N) columns of P.
    effects : (room, N) columns of e.
    place : (room,) where a hinge stands among them.
    values : (N,) z at the last look, at all or at the watched units.
    bounds : (N,) L, and units : (N,), which units they are; scratch.
    """

    slopes: np.ndarray
    maps: np.ndarray
    effects: np.ndarray
    place: np.ndarray
    values: np.ndarray
    bounds: np.ndarray
    units: np.ndarray


@jit
def make_hinges(region, neurons, room):
    """Return the buffers of no hinges and of nothing watched.

    `neurons` units are activated, and there is room for `room` hinges.
    """
    k, units = region.maps.shape
    n = region.back.shape[1]
    m = units - neurons
    hinges = Hinges(
        np.full(neurons, -1),
        np.empty(room, np.int64),
        np.empty(room),
        np.empty(room, np.int64),
        np.empty(room, np.int64),
        np.empty((room, units)),
        np.empty((room, n)),
        np.empty((room, k)),
        np.empty((room, k)),
        np.empty((room, m)),
        np.empty((room, k)),
        np.empty((room, room)),
        np.empty(room),
        np.empty((room, room)),
        np.empty(room, np.int64),
        np.empty(room),
        np.empty(room),
        np.empty(room),
    )
    watched = Watched(
        np.empty(neurons),
        np.empty((k, neurons)),
        np.empty((room, neurons)),
        np.empty(room, np.int64),
        np.empty(neurons),
        np.empty(neurons),
        np.empty(neurons, np.int64),
    )
    return hinges, watched


@inlined
def disagreements(values, slopes, begin, end):
    """Return how many of some pre-activations have not the sign that their slopes stand for."""
    total = 0
    for j in range(np.uint64(begin), np.uint64(end)):
        total += (values[j] > 0.0) != (slopes[j] == 1.0)
    return total


@jit
def add_hinge(weights, widths, leaks, observation, form, region, hinges, count, unit):
    """Make `unit` hinge number `count`."""
    k = widths[0]
    layers = widths.shape[0] - 1
    signal = signal_layer(widths, form)
    place = count
    while place > 0 and hinges.unit[hinges.order[place - 1]] > unit:
        hinges.order[place] = hinges.order[place - 1]
        place -= 1
    hinges.order[place] = count
    hinges.unit[count] = unit
    hinges.again[count] = hinges.number[unit] == -2
    hinges.number[unit] = count
    for a in range(k):
        hinges.rows[count, a] = region.maps[a, unit]

    layer = 1
    begin = 0
    offset = k * widths[1]
    while unit >= begin + widths[layer]:
        begin += widths[layer]
        offset += widths[layer] * widths[layer + 1]
        layer += 1
    hinges.leak[count] = leaks[layer - 1]
    effect = hinges.effects[count]
    effect[:] = 0.0
    source = np.zeros(effect.shape[0])
    source[unit - begin] = 1.0
    at = unit - begin if layer == signal else -1
    output = hinges.outputs[count]
    while True:
        if layer == signal:
            for j in range(output.shape[0]):
                output[j] = source[j]
        if layer == layers:
            break
        n, m = widths[layer], widths[layer + 1]
        begin += n
        arrived = effect[begin : begin + m]
        propagate(weights[offset : offset + n * m].reshape(n, m), source[:n], arrived)
        for j in range(m):
            source[j] = arrived[j] * region.slopes[begin + j]
        offset += n * m
        layer += 1
    for a in range(k):
        hinges.pushes[count, a] = inner(region.back[a], output, at)
    if form.kind == SQUARES:
        hinges.along[count] = inner(observation, output, at)
    if form.kind != PLUGIN:
        for h in range(count + 1):
            value = inner(hinges.outputs[h], output, at)
            hinges.gram[count, h] = value
            hinges.gram[h, count] = value
    if form.kind >= WIGNER:
        add_image(form, region, hinges, count, at)


@inlined
def inner(vector, output, at):
    """Return the inner product with a hinge's output, which is a unit vector where at >= 0."""
    return vector[at] if at >= 0 else dot(vector, output)


@jit
def add_image(form, region, hinges, count, at):
    """Fill what the matrix M makes of the output of hinge `count`; `at` as for :func:`inner`."""
    k = region.back.shape[0]
    begin = region.maps.shape[1] - hinges.images.shape[1]
    image = hinges.images[count]
    for j in range(image.shape[0]):
        image[j] = hinges.effects[count, begin + j]
    output = hinges.outputs[count]
    for a in range(k):
        row = region.maps[a, begin:]
        value = dot(row, image) if form.kind == WISHART else inner(row, output, at)
        hinges.image_pushes[count, a] = value - form.variance * hinges.pushes[count, a]
    for h in range(count + 1):
        row = hinges.images[h]
        value = dot(row, image) if form.kind == WISHART else inner(row, output, at)
        value -= form.variance * hinges.gram[count, h]
        hinges.image_gram[count, h] = value
        hinges.image_gram[h, count] = value


@jit
def forget(hinges):
    """Drop all hinges; return how many of them had been dropped once before.

    A dropped hinge has number -2 until hinges are dropped again.
    """
    number = hinges.number
    dropped_again = 0
    for unit in range(number.shape[0]):
        if number[unit] >= 0:
            dropped_again += hinges.again[number[unit]]
            number[unit] = -2
        else:
            number[unit] = -1
    return dropped_again


@inlined
def turn(
    which, first, last, place, slopes, leaks, effects, values, n, flipped, flips, deltas, shifts
):
    """Find δ and s of hinges ``which[first:last]``, adding the effects of those that have flipped.

    Parameters
    ----------
    place : (room,) where each hinge stands among the `values`.
    slopes, effects : the region's and the hinges', in the places of the `values`.
    leaks : (room,) the hinges' slopes for negative inputs.
    values : the first n count; hold P x, and become z.
    flipped : number of flipped hinges, before; returned as it is afterwards.
    """
    for r in range(first, last):
        h = which[r]
        value = values[place[h]]
        delta = (1.0 if value > 0.0 else leaks[h]) - slopes[place[h]]
        if delta != 0.0:
            shift = delta * value
            flips[flipped] = h
            deltas[h] = delta
            shifts[h] = shift
            # Unsigned, or else every index is compared with 0, one number at a time.
            for j in range(np.uint64(place[h] + 1), np.uint64(n)):
                values[j] += shift * effects[h, j]
            flipped += 1
    return flipped


@jit
def look(order, count, place, slopes, leaks, effects, maps, values, n, x, flips, deltas, shifts):
    """Look at n units, all or the watched ones; return the number of flipped hinges.

    Returns -1 if a unit disagrees with the region that is no hinge. `values` holds z otherwise.
    """
    combine(maps, n, x, values)
    flipped = turn(
        order, 0, count, place, slopes, leaks, effects, values, n, 0, flips, deltas, shifts
    )
    return flipped if disagreements(values, slopes, 0, n) == flipped else -1


@jit
def look_for_hinges(weights, widths, leaks, observation, form, region, hinges, count, x, values):
    """Look at all units, and make hinges of those that disagree with the region.

    Returns the numbers of hinges, -1 if there is no room, and of flipped ones. `values`, (N,),
    holds z afterwards.
    """
    neurons = values.shape[0]
    combine(region.maps, neurons, x, values)
    flipped = np.int64(0)
    first = np.int64(0)
    begin = np.int64(0)
    # Layer by layer: a hinge changes the later ones.
    for layer in range(1, activated(leaks) + 1):
        end = begin + widths[layer]
        for unit in range(begin, end):
            disagrees = (values[unit] > 0.0) != (region.slopes[unit] == 1.0)
            if count >= 0 and disagrees and hinges.number[unit] < 0:
                if count < hinges.order.shape[0]:
                    add_hinge(
                        weights, widths, leaks, observation, form, region, hinges, count, unit
                    )
                    count += 1
                else:
                    count = -1
        last = first
        while last < count and hinges.unit[hinges.order[last]] < end:
            last += 1
        flipped = turn(
            hinges.order, first, last, hinges.unit, region.slopes, hinges.leak, hinges.effects,
            values, neurons, flipped, hinges.flipped, hinges.delta, hinges.shift,
        )  # fmt: skip
        first = last
        begin = end
    return count, flipped


@jit
def watch(region, hinges, count, watched, radius, most):
    """Choose the units to watch within `radius` of the point of the last look at all.

    Returns their number, or -1 if they are more than `most`.
    """
    lengths, maps, number = region.lengths, region.maps, hinges.number
    values, bounds, units = watched.values, watched.bounds, watched.units
    neurons = values.shape[0]
    for j in range(neurons):
        bounds[j] = lengths[j]
    for r in range(count):
        h = hinges.order[r]
        bound = (1.0 - hinges.leak[h]) * bounds[hinges.unit[h]]
        for j in range(neurons):
            bounds[j] += abs(hinges.effects[h, j]) * bound
    # A hair more, for the rounding of both sides.
    margin = radius * (1 + 1e-9)
    n = 0
    for unit in range(neurons):
        units[n] = unit
        n += abs(values[unit]) <= bounds[unit] * margin or number[unit] >= 0
    if n > most:
        return -1
    for j in range(n):
        watched.slopes[j] = region.slopes[units[j]]
        if number[units[j]] >= 0:
            watched.place[number[units[j]]] = j
    for a in range(maps.shape[0]):
        for j in range(n):
            watched.maps[a, j] = maps[a, units[j]]
    for h in range(count):
        for j in range(n):
            watched.effects[h, j] = hinges.effects[h, units[j]]
    return n


@jit
def plugin_direction(H, c, flipped, flips, shifts, pushes, x, direction):
    """Put PLUGIn's direction at x, B (A G(x) - b), into `direction`."""
    k = x.shape[0]
    combine(H, k, x, direction)
    for a in range(k):
        direction[a] -= c[a]
    for r in range(flipped):
        h = flips[r]
        for a in range(k):
            direction[a] += shifts[h] * pushes[h, a]


@jit
def subgradient(
    H, c, flipped, flips, shifts, pushes, deltas, pulls, gram, along, rows, effects, unit_of, x,
    squared_b, direction,
):  # fmt: skip
    """Put the subgradient at x into `direction`; return ‖A G(x) - b‖², or a hair more."""
    k = x.shape[0]
    combine(H, k, x, direction)
    squared = squared_b
    for a in range(k):
        squared += (direction[a] - 2 * c[a]) * x[a]
    for a in range(k):
        direction[a] -= c[a]
    for r in range(flipped):
        h = flips[r]
        at_region = -along[h]
        for a in range(k):
            at_region += pushes[h, a] * x[a]
        pull = at_region
        for q in range(flipped):
            pull += gram[h, flips[q]] * shifts[flips[q]]
        pulls[h] = pull
        squared += shifts[h] * (at_region + pull)
    for r in range(flipped):
        h = flips[r]
        for a in range(k):
            direction[a] += shifts[h] * pushes[h, a]
    pull_back(flipped, flips, deltas, pulls, rows, effects, unit_of, direction)
    # ‖b‖² cancels against the rest where the fit is good.
    return max(squared, 0.0) + 1e-10 * squared_b


@jit
def spike_direction(
    H, T, flipped, flips, shifts, pushes, image_pushes, deltas, pulls, gram, image_gram, rows,
    effects, unit_of, x, direction,
):  # fmt: skip
    r"""Put the gradient for a spiked matrix at x into `direction`.

    With the coordinates u = (x, s) of :math:`G = [\Lambda, w] u`, and H and T continued to them, it
    is :math:`(u^\top H u) H u - T u`, whose entries at s are the pulls of the hinges.

    Returns whether the hinges cancel nearly all of the region's signal, and the digits with it.
    """
    k = x.shape[0]
    combine(H, k, x, direction)
    at_region = dot(direction, x)
    for r in range(flipped):
        h = flips[r]
        for a in range(k):
            direction[a] += shifts[h] * pushes[h, a]
    squared = dot(direction, x)
    for r in range(flipped):
        h = flips[r]
        pull = dot(pushes[h], x)
        for q in range(flipped):
            pull += gram[h, flips[q]] * shifts[flips[q]]
        pulls[h] = pull
        squared += pull * shifts[h]
    for a in range(k):
        direction[a] = squared * direction[a] - dot(T[a], x)
    for r in range(flipped):
        h = flips[r]
        for a in range(k):
            direction[a] -= shifts[h] * image_pushes[h, a]
        image = dot(image_pushes[h], x)
        for q in range(flipped):
            image += image_gram[h, flips[q]] * shifts[flips[q]]
        pulls[h] = squared * pulls[h] - image
    pull_back(flipped, flips, deltas, pulls, rows, effects, unit_of, direction)
    return squared < 1e-6 * at_region


@inlined
def pull_back(flipped, flips, deltas, pulls, rows, effects, unit_of, direction):
    """Turn pulls into t, last hinge first, and add what they send back to `direction`."""
    for r in range(flipped - 1, -1, -1):
        h = flips[r]
        t = deltas[h] * pulls[h]
        for a in range(direction.shape[0]):
            direction[a] += t * rows[h, a]
        for q in range(r):
            pulls[flips[q]] += effects[flips[q], unit_of[h]] * t
