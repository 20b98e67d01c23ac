"""Hinges and watched units against dense networks, near a region and far from it."""

import dense
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from genphase.draws.chain import Chain
from genphase.kernels.directions import plugin_direction, spike_direction, subgradient
from genphase.kernels.forms import PLUGIN, SQUARES, WIGNER
from genphase.kernels.hinges import NONE, make_hinges
from genphase.kernels.passes import activated
from genphase.kernels.regions import enter_region, make_region
from genphase.kernels.watched import (
    FULL,
    NO_BALL,
    choose_watched,
    evaluate_units,
    find_hinges,
    make_watched,
)

# Hinges that there is room for.
ROOM = 64

# widths, depth, slope, what is behind the network.
CASES = {
    "one layer": ((3, 30), 1, 0.0, "nothing"),
    "one layer, measured": ((4, 28, 9), 1, 0.0, "measured"),
    "one unknown": ((1, 14, 12), 2, 0.0, "nothing"),
    "two layers": ((5, 24, 20), 2, 0.0, "nothing"),
    "three layers": ((4, 14, 17, 13), 3, 0.0, "nothing"),
    "three layers, measured": ((3, 15, 18, 12, 8), 3, 0.0, "measured"),
    "two layers, leaky": ((3, 20, 22), 2, 0.2, "nothing"),
    "three layers, leaky, measured": ((6, 14, 18, 12, 7), 3, 0.2, "measured"),
    "one layer, phaseless": ((4, 20, 15), 1, 0.0, "phaseless"),
    "two layers, leaky, phaseless": ((3, 15, 14, 10), 2, 0.2, "phaseless"),
    "one layer, wigner": ((4, 22, 22), 1, 0.0, "wigner"),
    "three layers, leaky, wigner": ((4, 14, 18, 12, 12), 3, 0.2, "wigner"),
    "two layers, wishart": ((5, 24, 20, 30), 2, 0.0, "wishart"),
    "one layer, leaky, wishart": ((2, 20, 4), 1, 0.2, "wishart"),
}
PAIRS = [(case, form) for case, (*_, behind) in CASES.items() for form in dense.FORMS[behind]]
WITH_FORM = pytest.mark.parametrize(("case", "form"), PAIRS)


class Near:
    """A region, and its hinges as the fast iteration makes them."""

    def __init__(self, chain, b, base, form=dense.SQUARES_FORM):
        self.chain, self.b, self.form = chain, b, form
        self.neurons = dense.activated(chain)
        self.leaks = np.repeat(chain.leaks, chain.widths[1:])[: self.neurons]
        self.region = make_region(chain.weights, chain.widths, b, form)
        self.region.slopes[:] = dense.slopes(chain, base)
        enter_region(chain.weights, chain.widths, form, b, self.region)
        self.hinges = make_hinges(self.region, self.neurons, ROOM)
        self.watched = make_watched(self.region, self.neurons, ROOM)
        self.values = self.watched.values
        self.count = 0

    def find(self, x):
        self.count, flipped = find_hinges(
            *self.chain[:3], self.b, self.form, self.region, self.hinges, self.count, x,
            self.values,
        )  # fmt: skip
        return self.flips(flipped)

    def look(self, x):
        flipped = evaluate_units(
            self.hinges.order, self.count, self.hinges.unit, self.region.slopes,
            self.hinges.leak, self.hinges.effects, self.region.maps, self.values, self.neurons, x,
            self.hinges.flipped, self.hinges.delta, self.hinges.shift,
        )  # fmt: skip
        return self.flips(flipped)

    def watch(self, radius, most=None):
        most = self.neurons if most is None else most
        return choose_watched(self.region, self.hinges, self.count, self.watched, radius, most)

    def look_at_watched(self, x, n):
        flipped = evaluate_units(
            self.hinges.order, self.count, self.watched.position, self.watched.slopes,
            self.hinges.leak, self.watched.effects, self.watched.maps, self.values, n, x,
            self.hinges.flipped, self.hinges.delta, self.hinges.shift,
        )  # fmt: skip
        return self.flips(flipped)

    def flips(self, flipped):
        """Return the units that have flipped, with δ and s; None if another one has."""
        self.flipped = flipped
        if flipped < 0:
            return None
        which = self.hinges.flipped[:flipped]
        found = (self.hinges.unit[which], self.hinges.delta[which], self.hinges.shift[which])
        return tuple(a.tolist() for a in found)

    def expected_flips(self, x):
        values = dense.preactivations(self.chain, x)[: self.neurons]
        delta = (dense.slopes(self.chain, x) - self.region.slopes)[: self.neurons]
        units = np.flatnonzero(delta)
        return units, delta[units], delta[units] * values[units]

    def direction(self, x):
        """Return the direction at x, of the last look, and the squared residual if it is known."""
        out = np.full(x.size, 7.7)
        h, region = self.hinges, self.region
        if self.form.kind == PLUGIN:
            plugin_direction(region.H, region.c, self.flipped, h.flipped, h.shift, h.Bw, x, out)
            return out, None
        if self.form.kind >= WIGNER:
            spike_direction(
                region.H, region.T, self.flipped, h.flipped, h.shift, h.Bw, h.BMw,
                h.delta, h.adjoint, h.w_dot_w, h.w_dot_image, h.P_rows, h.effects, h.unit, x, out,
            )  # fmt: skip
            return out, None
        squared = subgradient(
            region.H, region.c, self.flipped, h.flipped, h.shift, h.Bw, h.delta, h.adjoint,
            h.w_dot_w, h.w_dot_b, h.P_rows, h.effects, h.unit, x, region.squared_b, out,
        )  # fmt: skip
        return out, squared


def make(case, seed, form=None):
    *_, behind = CASES[case]
    form = dense.FORMS[behind][-1] if form is None else form
    rng = np.random.default_rng([seed, *map(ord, case)])
    chain = dense.random_chain(rng, *CASES[case])
    x = rng.standard_normal(chain.widths[0])
    return rng, x, Near(chain, dense.random_observation(rng, chain, form), x, form)


def layer_of(chain, units):
    return np.searchsorted(np.cumsum(chain.widths[1:]), units, side="right")


def assert_flips(near, found, x):
    for part, expected in zip(found, near.expected_flips(x), strict=True):
        np.testing.assert_allclose(part, expected, rtol=1e-9, atol=1e-12)


@WITH_FORM
def test_hinges_carry_the_iteration_far_from_their_region(case, form):
    layers_seen, most, again = set(), 0, 0
    for seed in range(4):
        rng, x, near = make(case, seed, form)
        assert near.find(x) == ([], [], [])
        points = [x]
        for scale in np.geomspace(0.03, 2.0, 10):
            points.append(points[-1] + scale * rng.standard_normal(x.size))
        for x in [*points, *points[::-2]]:
            known = set(near.hinges.unit[: near.count])
            found = near.find(x)
            units, *_ = near.expected_flips(x)
            assert_flips(near, found, x)
            np.testing.assert_allclose(
                near.values, dense.preactivations(near.chain, x)[: near.neurons], atol=1e-12
            )
            assert set(near.hinges.unit[: near.count]) == known | set(units)
            direction, squared = near.direction(x)
            expected = dense.direction(near.chain, x, near.b, form)
            np.testing.assert_allclose(direction, expected, rtol=1e-9, atol=1e-11)
            if form.kind == SQUARES:
                true = 2 * dense.objective(near.chain, x, near.b)
                assert true <= squared <= true * (1 + 1e-9) + 1e-9 * near.region.squared_b
            # Once they are hinges, they need not be looked for.
            assert near.look(x) == found
            layers_seen |= set(layer_of(near.chain, units))
            most = max(most, len(units))
            again += len(known & set(units))
    assert layers_seen == set(range(activated(near.chain.leaks)))
    assert most > 5
    assert again > 20


@pytest.mark.parametrize("case", CASES)
def test_a_look_fails_where_a_unit_disagrees_that_is_no_hinge(case):
    ends = set()
    for seed in range(3):
        rng, x, near = make(case, seed)
        near.find(x + 0.3 * rng.standard_normal(x.size))
        hinges = set(near.hinges.unit[: near.count])
        for scale in np.geomspace(0.01, 2.0, 40):
            y = x + scale * rng.standard_normal(x.size)
            units, *_ = near.expected_flips(y)
            found = near.look(y)
            assert (found is None) == (not set(units) <= hinges)
            if found is not None:
                assert_flips(near, found, y)
            ends.add((found is None, len(units) > 0))
    assert ends >= {(False, False), (True, True)}


@WITH_FORM
def test_at_zero_no_unit_is_active(case, form):
    _, x, near = make(case, 3, form)
    zero = np.zeros(x.size)
    units, delta, shift = near.find(zero)
    assert units == np.flatnonzero(near.region.slopes[: near.neurons] == 1).tolist()
    np.testing.assert_array_equal(delta, near.leaks[units] - 1)
    assert not any(shift)
    assert near.look(zero) == (units, delta, shift)
    direction, _ = near.direction(zero)
    expected = dense.direction(near.chain, zero, near.b, form)
    np.testing.assert_allclose(direction, expected, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("case", [case for case in CASES if case != "one unknown"])
def test_hinges_stand_in_the_order_of_their_layers(case):
    rng, x, near = make(case, 1)
    counts = set()
    for scale in np.geomspace(0.1, 1.0, 12):
        near.find(x + scale * rng.standard_normal(x.size))
        order = near.hinges.order[: near.count]
        assert sorted(order) == list(range(near.count))
        assert (np.diff(near.hinges.unit[order]) > 0).all()
        number = np.full(near.neurons, NONE)
        number[near.hinges.unit[: near.count]] = range(near.count)
        np.testing.assert_array_equal(near.hinges.hinge_of, number)
        counts.add(near.count)
    # The order of their making was another.
    assert len(counts) > 2
    assert (np.diff(near.hinges.unit[: near.count]) < 0).any()


@WITH_FORM
def test_a_hinge_holds_its_effects(case, form):
    rng, x, near = make(case, 2, form)
    near.find(x + 0.5 * rng.standard_normal(x.size))
    near.find(-x)
    h, chain, count = near.hinges, near.chain, near.count
    assert set(layer_of(chain, h.unit[:count])) == set(range(activated(chain.leaks)))
    np.testing.assert_array_equal(h.leak[:count], near.leaks[h.unit[:count]])
    ends = np.cumsum(chain.widths[1:])
    slopes = near.region.slopes
    spiked = form.kind >= WIGNER
    # The layer that the objective compares: the network's for a spiked matrix.
    end = ends[chain.depth - 1] if spiked else ends[-1]
    compared = slice(end - near.region.back.shape[1], end)
    outputs = []
    for hinge in range(count):
        unit = h.unit[hinge]
        source = (np.arange(slopes.size) == unit).astype(float)
        effect = np.zeros(slopes.size)
        for layer in range(layer_of(chain, unit), ends.size - 1):
            here = slice(ends[layer] - chain.widths[layer + 1], ends[layer])
            later = slice(ends[layer], ends[layer + 1])
            effect[later] = dense.matrices(chain)[layer + 1] @ source[here]
            source[later] = slopes[later] * effect[later]
        outputs.append(source[compared])
        np.testing.assert_allclose(h.effects[hinge], effect, rtol=1e-12, atol=1e-13)
        np.testing.assert_allclose(h.P_rows[hinge], near.region.maps[:, unit])
    outputs = np.array(outputs)
    np.testing.assert_allclose(h.outputs[:count], outputs, rtol=1e-12, atol=1e-13)
    np.testing.assert_allclose(h.Bw[:count], outputs @ near.region.back.T, atol=1e-12)
    if form.kind == SQUARES:
        np.testing.assert_allclose(h.w_dot_b[:count], outputs @ near.b, atol=1e-12)
    if form.kind != PLUGIN:
        np.testing.assert_allclose(h.w_dot_w[:count, :count], outputs @ outputs.T, atol=1e-12)
    if spiked:
        images = outputs @ dense.hidden(chain, form)
        pushes = images @ near.region.back.T
        np.testing.assert_allclose(h.BMw[:count], pushes, atol=1e-11)
        found = h.w_dot_image[:count, :count]
        np.testing.assert_allclose(found, images @ outputs.T, atol=1e-11)
        last = dense.matrices(chain)[-1]
        np.testing.assert_allclose(h.Mw[:count], outputs @ last.T, atol=1e-12)


def test_a_phaseless_unit_flips_by_two():
    # u = x for x > 0 and x/2 elsewhere is measured twice, as |u|.
    chain = Chain(np.ones(3, np.float32), np.array([1, 1, 2]), np.array([0.5, -1.0]), 1)
    near = Near(chain, np.array([1.0, 2.0]), np.array([3.0]))
    assert near.find(np.array([-4.0])) == ([0, 1, 2], [-0.5, -2.0, -2.0], [2.0, 4, 4])
    # Here |u| = 2 falls by 1/2, and b = (1, 2).
    direction, squared = near.direction(np.array([-4.0]))
    assert direction.tolist() == [-0.5 * (2 - 1) - 0.5 * (2 - 2)]
    assert squared == pytest.approx(1, abs=1e-8)
    assert near.find(np.array([4.0])) == ([], [], [])


def turned(angle):
    return np.array([np.cos(angle), np.sin(angle)])


@pytest.mark.parametrize("form", dense.FORMS["nothing"])
def test_there_is_room_for_so_many_hinges_and_for_no_more(form):
    # Units of one layer flip one after the other while x turns.
    chain = dense.random_chain(np.random.default_rng(3), (2, 150))
    rows = dense.matrices(chain)[0]
    kinks = np.sort(np.mod(np.arctan2(rows[:, 1], rows[:, 0]) + np.pi / 2, np.pi))
    begin, full, over = ((kinks[i] + kinks[i + 1]) / 2 for i in (5, 5 + ROOM, 6 + ROOM))
    b = np.ones(150)
    near = Near(chain, b, turned(begin), form)
    found = near.find(turned(full))
    assert near.count == len(found[0]) == ROOM
    assert near.look(turned(full)) == found
    direction, _ = near.direction(turned(full))
    expected = dense.direction(chain, turned(full), b, form)
    np.testing.assert_allclose(direction, expected, rtol=1e-9, atol=1e-11)
    near.find(turned(over))
    assert near.count == FULL
    # Nor is there any in a later layer, or when all are made at once.
    near = Near(chain, b, turned(begin), form)
    near.find(turned(over))
    assert near.count == FULL


def lipschitz_bounds(near):
    """Return the bounds L of the docstring."""
    bounds = near.region.lengths[: near.neurons].copy()
    for h in near.hinges.order[: near.count]:
        effects = np.abs(near.hinges.effects[h, : near.neurons])
        unit = near.hinges.unit[h]
        bounds += effects * (1 - near.leaks[unit]) * bounds[unit]
    return bounds


@pytest.mark.parametrize("case", CASES)
def test_units_are_watched_whose_bound_reaches_their_zero(case):
    sizes = set()
    for seed in range(3):
        rng, x, near = make(case, seed)
        for scale in (0.1, 0.2, 0.2):
            near.find(x + scale * rng.standard_normal(x.size))
        near.find(x)
        values = near.values.copy()
        hinges = np.isin(np.arange(near.neurons), near.hinges.unit[: near.count])
        for radius in (0.0, 0.02, 0.1, 0.5, 100.0):
            n = near.watch(radius)
            reached = np.abs(values) <= lipschitz_bounds(near) * radius
            chosen = near.watched.units[:n]
            np.testing.assert_array_equal(chosen, np.flatnonzero(reached | hinges))
            np.testing.assert_array_equal(near.watched.slopes[:n], near.region.slopes[chosen])
            places = near.watched.position[: near.count]
            np.testing.assert_array_equal(chosen[places], near.hinges.unit[: near.count])
            assert near.watch(radius, n) == n
            if n > 0:
                assert near.watch(radius, n - 1) == NO_BALL
            sizes.add(n / near.neurons)
    assert min(sizes) < 0.35
    assert max(sizes) == 1


def test_the_bound_allows_for_hinges_that_flip_inside_the_ball():
    # z = (x_1, x_2 - x_1 / 2), then u = max(z_2, 0) - max(z_1, 0): beyond the kink at x_1 = 0,
    # u falls three times as fast as before it.
    weights = np.array([1, -0.5, 0, 1, -1, 1], np.float32)
    chain = Chain(weights, np.array([2, 2, 1]), np.zeros(2), 2)
    near = Near(chain, np.zeros(1), np.array([-0.1, 1.0]))
    assert near.find(np.array([0.1, 1.0]))[0] == [0]
    centre = np.array([0.0, 1.0])
    assert near.find(centre) == ([], [], [])
    # u = 1 here, and 0 for the first time at (2/3, 1); its row is (-1/2, 1), of length 1.12.
    assert near.watch(0.7) == 2
    assert near.look_at_watched(np.array([0.65, 1.0]), 2)[0] == [0]
    assert near.look_at_watched(np.array([0.7, 1.0]), 2) is None
    # L = 1.12 + 1: nothing but the hinge is watched in a small ball.
    near.find(centre)
    assert near.watch(0.999 / (1 + 1.25**0.5)) == 1
    assert near.watch(1.001 / (1 + 1.25**0.5)) == 2


def steepest(near, unit, y):
    """Return the gradient at y of what `unit` receives, by the units that are hinges."""
    rows = near.region.maps.T.copy()
    values = near.region.maps.T @ y
    h = near.hinges
    for hinge in h.order[: near.count]:
        i = h.unit[hinge]
        delta = (1.0 if values[i] > 0 else near.leaks[i]) - near.region.slopes[i]
        rows += delta * h.effects[hinge][:, None] * rows[i]
        values += delta * values[i] * h.effects[hinge]
    return rows[unit]


def check_cone(near, centre, radius, rng, points):
    """Compare the two looks all over the cone; return how many found another unit flipped."""
    found = near.find(centre)
    assert near.count >= 0
    here = near.values > 0
    n = near.watch(radius)
    units = near.watched.units[:n].copy()
    unwatched = np.setdiff1d(np.arange(near.neurons), units)
    np.testing.assert_allclose(near.look_at_watched(centre, n)[2], found[2], rtol=1e-9)

    directions = [rng.standard_normal(centre.size) for _ in range(points)]
    for unit in unwatched[rng.permutation(unwatched.size)[:points]]:
        # Downhill to the zero of a unit, along a path that follows the kinks.
        y = centre
        for _ in range(3):
            slope = steepest(near, unit, y)
            directions.append((-slope if here[unit] else slope) + 1e-30)
            y = centre + radius * directions[-1] / np.linalg.norm(directions[-1])
    fails = 0
    for direction in directions:
        reach = radius * rng.choice([1.0, rng.uniform()])
        y = centre + reach * direction / np.linalg.norm(direction)
        y *= rng.choice([1.0, np.exp(rng.normal())])
        everywhere = near.look(y)
        assert ((near.values > 0) == here)[unwatched].all()
        watched = near.look_at_watched(y, n)
        if everywhere is None:
            assert watched is None
            fails += 1
        else:
            assert watched[0] == everywhere[0]
            assert watched[1] == everywhere[1]
            np.testing.assert_allclose(watched[2], everywhere[2], rtol=1e-6, atol=1e-12)
    return n, fails


@given(
    case=st.sampled_from(sorted(CASES)),
    seed=st.integers(0, 10**6),
    away=st.floats(0.01, 1.0),
    size=st.floats(1e-3, 1.0),
)
def test_no_unit_flips_in_the_cone_that_is_not_watched(case, seed, away, size):
    rng, x, near = make(case, seed)
    for _ in range(2):
        near.find(x + away * rng.standard_normal(x.size))
    check_cone(near, x + away * rng.standard_normal(x.size) / 2, size, rng, 5)


def test_balls_in_these_tests_hold_kinks_and_leave_units_unwatched():
    # Without this the comparison above could be empty of what it is about.
    shares, failures = [], 0
    for case in CASES:
        for seed in range(6):
            rng, x, near = make(case, seed)
            near.find(x + 0.3 * rng.standard_normal(x.size))
            n, fails = check_cone(near, x, 0.1, rng, 5)
            shares.append(n / near.neurons)
            failures += fails
    assert np.mean(shares) < 0.8
    assert failures > 10
