r"""Hinges: neurons that x carries across their zero and back, while all others keep their sign.

Near a region with slopes D_l and maps P_l, let the output of unit i differ from the region's by
:math:`s_i = (\sigma'(z_i) - D_{ii})\, z_i`, which is zero unless the unit has changed sign. What
it adds to a later unit j, and to the signal, is linear:

.. math:: z_j = (P x)_j + \sum_{i} e_{ij} s_i, \qquad G(x) = \Lambda x + \sum_i w_i s_i

where row i of e, the *effects* of i, carries a unit vector through the later layers with the
region's slopes, and w_i is what arrives at the output. Units that have changed sign once since the
region was entered are kept as hinges, with their effects: to cross the same neurons again costs no
pass through the network.

The directions with hinges are in :mod:`genphase.kernels.directions`, which units have to be looked
at in :mod:`genphase.kernels.watched`. ``docs/frozen.md`` has a table of symbols and arrays.
"""

from typing import NamedTuple

import numpy as np

from genphase.kernels._jit import inlined, jit
from genphase.kernels.forms import PLUGIN, SQUARES, WIGNER, WISHART, signal_layer
from genphase.kernels.passes import propagate
from genphase.kernels.regions import dot

# Instead of the number of a hinge: the unit is none.
NONE = -1


class Hinges(NamedTuple):
    """The hinges of a region, for which there is room; N activated units, N' units in all.

    hinge_of : (N,) the hinge that a unit is, or NONE.
    unit : (room,) the unit of each hinge.
    leak : (room,) the slope of its activation for negative inputs.
    order : (room,) the hinges by unit, hence layer by layer.
    effects : (room, N') e.
    outputs : (room, last width) w.
    P_rows : (room, k) their rows of P.
    Bw : (room, k) B w.
    Mw : (room, last width) what the last layer makes of w, for a spiked matrix M only, as are
    BMw : (room, k) Λᵀ M w, and
    w_dot_image : (room, room) w·M w.
    w_dot_b : (room,)
    w_dot_w : (room, room)
    flipped : (room,) the hinges that disagree with the region at the last look, by unit.
    delta, shift : (room,) δ and s at the last look, of those.
    adjoint : (room,) what is sent back to them, of those: w·r with r = A G(x) - b, and the effects
        of later ones.
    """

    hinge_of: np.ndarray
    unit: np.ndarray
    leak: np.ndarray
    order: np.ndarray
    effects: np.ndarray
    outputs: np.ndarray
    P_rows: np.ndarray
    Bw: np.ndarray
    Mw: np.ndarray
    BMw: np.ndarray
    w_dot_image: np.ndarray
    w_dot_b: np.ndarray
    w_dot_w: np.ndarray
    flipped: np.ndarray
    delta: np.ndarray
    shift: np.ndarray
    adjoint: np.ndarray


@jit
def make_hinges(region, neurons, room):
    """Return the buffers of no hinges; `neurons` units are activated, with room for `room`."""
    k, units = region.maps.shape
    n = region.back.shape[1]
    m = units - neurons
    return Hinges(
        np.full(neurons, NONE),
        np.empty(room, np.int64),
        np.empty(room),
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


@jit
def add_hinge(weights, widths, leaks, observation, form, region, hinges, count, unit):
    """Make `unit` hinge number `count`."""
    k = widths[0]
    layers = widths.shape[0] - 1
    signal = signal_layer(widths, form)
    position = count
    while position > 0 and hinges.unit[hinges.order[position - 1]] > unit:
        hinges.order[position] = hinges.order[position - 1]
        position -= 1
    hinges.order[position] = count
    hinges.unit[count] = unit
    hinges.hinge_of[unit] = count
    for a in range(k):
        hinges.P_rows[count, a] = region.maps[a, unit]

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
        hinges.Bw[count, a] = inner(region.back[a], output, at)
    if form.kind == SQUARES:
        hinges.w_dot_b[count] = inner(observation, output, at)
    if form.kind != PLUGIN:
        for h in range(count + 1):
            value = inner(hinges.outputs[h], output, at)
            hinges.w_dot_w[count, h] = value
            hinges.w_dot_w[h, count] = value
    if form.kind >= WIGNER:
        apply_matrix(form, region, hinges, count, at)


@inlined
def inner(vector, output, at):
    """Return the inner product with a hinge's output, which is a unit vector where at >= 0."""
    return vector[at] if at >= 0 else dot(vector, output)


@jit
def apply_matrix(form, region, hinges, count, at):
    """Fill what the matrix M makes of the output of hinge `count`; `at` as for :func:`inner`."""
    k = region.back.shape[0]
    begin = region.maps.shape[1] - hinges.Mw.shape[1]
    image = hinges.Mw[count]
    for j in range(image.shape[0]):
        image[j] = hinges.effects[count, begin + j]
    output = hinges.outputs[count]
    for a in range(k):
        row = region.maps[a, begin:]
        value = dot(row, image) if form.kind == WISHART else inner(row, output, at)
        hinges.BMw[count, a] = value - form.variance * hinges.Bw[count, a]
    for h in range(count + 1):
        row = hinges.Mw[h]
        value = dot(row, image) if form.kind == WISHART else inner(row, output, at)
        value -= form.variance * hinges.w_dot_w[count, h]
        hinges.w_dot_image[count, h] = value
        hinges.w_dot_image[h, count] = value
