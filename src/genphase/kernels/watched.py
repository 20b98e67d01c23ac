r"""Which units to look at: all, or the watched ones, while x stays near a point.

The function :math:`\zeta_j(x) = (P x)_j + \sum_i e_{ij} s_i`, over the present hinges, has the
Lipschitz constant :math:`L_j = \|P_j\| + \sum_i |e_{ij}| (1 - \ell_i) L_i`, with the slope
:math:`\ell_i` of hinge i for negative inputs. Where no unit but hinges disagrees with the region's
slopes, ζ is z: by induction over the layers. So within the distance ρ of a point, only units with
:math:`|z_j| \le L_j \rho` there, the watched ones, need to be looked at. By homogeneity the same
holds in the cone over that ball.
"""

from typing import NamedTuple

import numpy as np

from genphase.kernels._jit import inlined, jit
from genphase.kernels.hinges import add_hinge
from genphase.kernels.passes import activated
from genphase.kernels.policy import MARGIN
from genphase.kernels.regions import combine

# Instead of a number of watched units: there is no ball; of flipped hinges: a unit that is no hinge
# has flipped; of hinges: there is no room for another.
NO_BALL = STRANGER = FULL = -1


class Watched(NamedTuple):
    """The watched units, as many as are watched of N at most, and what a look at them takes.

    slopes : (N,) the region's.
    maps : (k, N) columns of P.
    effects : (room, N) columns of e.
    position : (room,) where a hinge stands among them.
    values : (N,) z at the last look, at all or at the watched units.
    bounds : (N,) L, and units : (N,), which units they are; scratch.
    """

    slopes: np.ndarray
    maps: np.ndarray
    effects: np.ndarray
    position: np.ndarray
    values: np.ndarray
    bounds: np.ndarray
    units: np.ndarray


@jit
def make_watched(region, neurons, room):
    """Return the buffers of nothing watched, of `neurons` activated units and `room` hinges."""
    k = region.maps.shape[0]
    return Watched(
        np.empty(neurons),
        np.empty((k, neurons)),
        np.empty((room, neurons)),
        np.empty(room, np.int64),
        np.empty(neurons),
        np.empty(neurons),
        np.empty(neurons, np.int64),
    )


@inlined
def disagreements(values, slopes, begin, end):
    """Return how many of some pre-activations have not the sign that their slopes stand for."""
    total = 0
    for j in range(np.uint64(begin), np.uint64(end)):
        total += (values[j] > 0.0) != (slopes[j] == 1.0)
    return total


@inlined
def evaluate_hinges(
    which, first, last, position, slopes, leaks, effects, values, n, flipped, flips, deltas, shifts
):
    """Find δ and s of hinges ``which[first:last]``, adding the effects of those that have flipped.

    Parameters
    ----------
    which, first, last
        The hinges that are looked at.
    position : (room,)
        Where each hinge stands among the `values`.
    slopes, effects
        The region's and the hinges', in the positions of the `values`.
    leaks : (room,)
        The hinges' slopes for negative inputs.
    values
        The first n count; hold P x, and become z.
    n
        How many of `values` count.
    flipped
        Number of flipped hinges, before; returned as it is afterwards.
    flips, deltas, shifts : (room,)
        Filled with the flipped hinges, and their δ and s.
    """
    for r in range(first, last):
        h = which[r]
        value = values[position[h]]
        delta = (1.0 if value > 0.0 else leaks[h]) - slopes[position[h]]
        if delta != 0.0:
            shift = delta * value
            flips[flipped] = h
            deltas[h] = delta
            shifts[h] = shift
            # Unsigned, or else every index is compared with 0, one number at a time.
            for j in range(np.uint64(position[h] + 1), np.uint64(n)):
                values[j] += shift * effects[h, j]
            flipped += 1
    return flipped


@jit
def evaluate_units(
    order, count, position, slopes, leaks, effects, maps, values, n, x, flips, deltas, shifts
):
    """Look at n units, all or the watched ones; return the number of flipped hinges.

    Returns STRANGER if a unit disagrees with the region that is no hinge. `values` holds z
    otherwise.
    """
    combine(maps, n, x, values)
    flipped = evaluate_hinges(
        order, 0, count, position, slopes, leaks, effects, values, n, 0, flips, deltas, shifts
    )
    return flipped if disagreements(values, slopes, 0, n) == flipped else STRANGER


@jit
def find_hinges(weights, widths, leaks, observation, form, region, hinges, count, x, values):
    """Look at all units, and make hinges of those that disagree with the region.

    Returns the numbers of hinges, FULL if there is no room, and of flipped ones. `values`, (N,),
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
            if count >= 0 and disagrees and hinges.hinge_of[unit] < 0:
                if count < hinges.order.shape[0]:
                    add_hinge(
                        weights, widths, leaks, observation, form, region, hinges, count, unit
                    )
                    count += 1
                else:
                    count = FULL
        last = first
        while last < count and hinges.unit[hinges.order[last]] < end:
            last += 1
        flipped = evaluate_hinges(
            hinges.order, first, last, hinges.unit, region.slopes, hinges.leak, hinges.effects,
            values, neurons, flipped, hinges.flipped, hinges.delta, hinges.shift,
        )  # fmt: skip
        first = last
        begin = end
    return count, flipped


@jit
def choose_watched(region, hinges, count, watched, radius, most):
    """Choose the units to watch within `radius` of the point of the last look at all.

    Returns their number, or NO_BALL if they are more than `most`.
    """
    lengths, maps, hinge_of = region.lengths, region.maps, hinges.hinge_of
    values, bounds, units = watched.values, watched.bounds, watched.units
    neurons = values.shape[0]
    for j in range(neurons):
        bounds[j] = lengths[j]
    for r in range(count):
        h = hinges.order[r]
        bound = (1.0 - hinges.leak[h]) * bounds[hinges.unit[h]]
        for j in range(neurons):
            bounds[j] += abs(hinges.effects[h, j]) * bound
    margin = radius * MARGIN
    n = 0
    for unit in range(neurons):
        units[n] = unit
        n += abs(values[unit]) <= bounds[unit] * margin or hinge_of[unit] >= 0
    if n > most:
        return NO_BALL
    for j in range(n):
        watched.slopes[j] = region.slopes[units[j]]
        if hinge_of[units[j]] >= 0:
            watched.position[hinge_of[units[j]]] = j
    for a in range(maps.shape[0]):
        for j in range(n):
            watched.maps[a, j] = maps[a, units[j]]
    for h in range(count):
        for j in range(n):
            watched.effects[h, j] = hinges.effects[h, units[j]]
    return n
