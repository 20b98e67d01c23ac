"""Iterate in R^k, in a region and its neighbours: which units to look at, when to start anew.

``docs/frozen.md`` has the phase as pseudo-code, and what each rule is worth.

Every step looks at the watched units while x stays in their cone, and at all units when it has
left it. Three rules decide, by costs:

- A ball of watched units is made smaller or larger so that what is spent on watching stays near
  the price of a look at all.
- The region is rebuilt at the present x once the flipped hinges have cost as much as rebuilding it.
- Every step earns the cost of a plain step and spends its own. Without credit, the phase ends.
"""

import numpy as np

from genphase.kernels._jit import inlined, jit
from genphase.kernels.directions import plugin_direction, spike_direction, subgradient
from genphase.kernels.forms import PLUGIN, SQUARES, hold
from genphase.kernels.hinges import NONE, make_hinges
from genphase.kernels.negation import decided, negate
from genphase.kernels.passes import activated, forward, norm, put
from genphase.kernels.policy import (
    FEWEST_LOOKS,
    FIRST_CREDIT,
    FIRST_RADIUS,
    MOST_CREDIT,
    MOST_LOOKS,
    ONE_WATCHED_OF,
    PART_BEHIND,
)
from genphase.kernels.regions import enter_region, read_pattern, still_inside
from genphase.kernels.status import CAPPED, RUNNING
from genphase.kernels.stopping import advance
from genphase.kernels.watched import (
    NO_BALL,
    STRANGER,
    choose_watched,
    evaluate_units,
    find_hinges,
    make_watched,
)


@jit
def frozen_phase(
    weights, widths, leaks, observation, form, rules, mirror, costs, region, x,
    direction, iteration, negations,
):  # fmt: skip
    """Iterate from the region of ``region.slopes`` on, until that no longer pays or x is negated.

    Returns
    -------
    status, iteration, negations
    """
    k = widths[0]
    neurons = widths[1 : activated(leaks) + 1].sum()
    hinges = make_hinges(region, neurons, costs.room)
    watched = make_watched(region, neurons, costs.room)
    enter_region(weights, widths, form, observation, region)
    # A member of a tuple that is named in the loop would be counted, atomically, at every step.
    slopes, maps, H, T, c = region.slopes, region.maps, region.H, region.T, region.c
    order, unit_of, effects, P_rows = hinges.order, hinges.unit, hinges.effects, hinges.P_rows
    hinge_leaks = hinges.leak
    Bw, w_dot_b, w_dot_w = hinges.Bw, hinges.w_dot_b, hinges.w_dot_w
    BMw, w_dot_image = hinges.BMw, hinges.w_dot_image
    flips, deltas, shifts, adjoints = hinges.flipped, hinges.delta, hinges.shift, hinges.adjoint
    position, near_slopes = watched.position, watched.slopes
    near_maps, near_effects, values = watched.maps, watched.effects, watched.values
    tested_at, distance = mirror.tested_at, mirror.distance
    centre = np.empty(k)
    units, backward = np.empty(widths.sum()), np.empty(widths.sum())

    status = RUNNING
    before = negations
    credit = FIRST_CREDIT * costs.plain
    debt = 0.0
    # With literals, numba would compile the functions that take them twice.
    count, flipped, n = np.int64(0), np.int64(0), np.int64(NO_BALL)
    radius = FIRST_RADIUS * rules.step * norm(direction)
    life = 0
    while status == RUNNING and credit >= 0.0 and negations == before:
        count_before = count
        flipped = np.int64(STRANGER)
        spent = 0.0
        if n != NO_BALL:
            if still_inside(x, centre, radius) and not n * life > MOST_LOOKS * neurons:
                flipped = evaluate_units(
                    order, count, position, near_slopes, hinge_leaks, near_effects, near_maps,
                    values, n, x, flips, deltas, shifts,
                )  # fmt: skip
                life += 1
                spent = n * (k + PART_BEHIND * max(flipped, 0))
            if flipped == STRANGER:
                radius = next_radius(n, life, neurons, radius)
                n = np.int64(NO_BALL)
        if flipped == STRANGER:
            if debt <= costs.region:
                flipped = evaluate_units(
                    order, count, unit_of, slopes, hinge_leaks, effects, maps, values, neurons, x,
                    flips, deltas, shifts,
                )  # fmt: skip
                if flipped == STRANGER:
                    count, flipped = find_hinges(
                        weights, widths, leaks, observation, form, region, hinges,
                        count, x, values,
                    )  # fmt: skip
                new = count - count_before
                spent += costs.look + neurons * PART_BEHIND * flipped + max(new, 0) * costs.hinge
            if debt > costs.region or count < 0:
                enter_anew(weights, widths, leaks, observation, form, region, hinges, x, units)
                spent += costs.region
                count, flipped = np.int64(0), np.int64(0)
                debt = 0.0
            else:
                n = choose_watched(
                    region, hinges, count, watched, radius, neurons // ONE_WATCHED_OF
                )
                spent += neurons * count
                life = 0
                for a in range(k):
                    centre[a] = x[a]
                if n == NO_BALL:
                    radius *= 0.5
        debt += flipped * (PART_BEHIND * neurons + 2 * k)
        most = MOST_CREDIT * (costs.region + FIRST_CREDIT * costs.plain)
        credit = min(credit + costs.plain - spent, most)

        if iteration == rules.max_iter:
            status = CAPPED
        else:
            squared = 0.0
            if form.kind == SQUARES:
                squared = subgradient(
                    H, c, flipped, flips, shifts, Bw, deltas, adjoints, w_dot_w, w_dot_b, P_rows,
                    effects, unit_of, x, region.squared_b, direction,
                )  # fmt: skip
            elif form.kind == PLUGIN:
                plugin_direction(H, c, flipped, flips, shifts, Bw, x, direction)
            else:
                cancels = spike_direction(
                    H, T, flipped, flips, shifts, Bw, BMw, deltas, adjoints, w_dot_w,
                    w_dot_image, P_rows, effects, unit_of, x, direction,
                )  # fmt: skip
                if cancels:
                    # Rounding would be cubed with x, where a step has leapt far.
                    enter_anew(weights, widths, leaks, observation, form, region, hinges, x, units)
                    count, flipped, n = np.int64(0), np.int64(0), np.int64(NO_BALL)
                    credit -= costs.region
                    debt = 0.0
                    spike_direction(
                        H, T, flipped, flips, shifts, Bw, BMw, deltas, adjoints, w_dot_w,
                        w_dot_image, P_rows, effects, unit_of, x, direction,
                    )  # fmt: skip
            hold(direction, form.held)
            if mirror.wanted and not decided(x, squared, mirror.lipschitz, tested_at, distance):
                negations += negate(
                    weights, widths, leaks, observation, mirror, x, squared, units, backward
                )
            if negations == before:
                status, made = advance(x, direction, rules)
                iteration += made
    return status, iteration, negations


@inlined
def next_radius(n, life, neurons, radius):
    """Return the radius of the ball after one with n units that lasted `life` steps."""
    if n * life < FEWEST_LOOKS * neurons:
        return 2.0 * radius
    return 0.5 * radius if n * life > MOST_LOOKS * neurons else radius


@jit
def enter_anew(weights, widths, leaks, observation, form, region, hinges, x, units):
    """Enter the region of x, without hinges."""
    put(x, units)
    forward(weights, widths, leaks, units)
    read_pattern(widths, leaks, units, region.slopes)
    enter_region(weights, widths, form, observation, region)
    hinges.hinge_of[:] = NONE
