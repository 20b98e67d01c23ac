"""Maps of activation regions against dense Jacobians."""

import dense
import numpy as np
import pytest

from genphase.kernels.regions import enter_region, still_inside

CASES = {
    "inversion": ((3, 20, 15), 2, 0.0),
    "measured": ((4, 18, 25, 12), 2, 0.0),
    "one layer": ((3, 25), 1, 0.0),
    "deep": ((2, 12, 14, 13, 9), 4, 0.0),
    "leaky": ((3, 20, 15), 2, 0.4),
    "leaky, measured": ((3, 20, 15, 10), 2, 0.4),
}


class Region:
    """The arrays that enter_region works on, with its last answer."""

    def __init__(self, chain, observation, symmetric):
        k, neurons, widest = chain.widths[0], chain.widths[1:].sum(), chain.widths.max()
        self.chain, self.observation, self.symmetric = chain, observation, symmetric
        self.slopes = np.ones(neurons)
        self.maps = np.empty(k * neurons)
        self.lengths = np.empty(neurons)
        self.stale = np.ones(chain.widths.size, bool)
        self.left = np.empty((0, 0)) if symmetric else np.ascontiguousarray(dense.linear(chain).T)
        self.H, self.c = np.empty((k, k)), np.empty(k)
        self.scratch = [np.empty(widest), np.empty(k), np.empty(widest), np.empty(widest)]
        self.changes = np.empty(widest, np.int64)

    def enter(self, x, fresh=False):
        self.flips, self.radius = enter_region(
            *self.chain, x, self.slopes, self.maps, self.lengths, self.stale, self.changes, True,
            fresh, self.symmetric, self.left, self.observation, self.H, self.c, *self.scratch,
        )  # fmt: skip


def pattern(chain, x):
    return np.concatenate([values > 0 for values in dense.layers(chain, x)[1 : chain.depth + 1]])


def make(case, seed, symmetric):
    widths, depth, slope = CASES[case]
    rng = np.random.default_rng([seed, *map(ord, case)])
    chain = dense.random_chain(rng, widths, depth, slope)
    return rng, chain, Region(chain, rng.standard_normal(widths[-1]), symmetric)


@pytest.mark.parametrize("symmetric", [True, False])
@pytest.mark.parametrize("case", CASES)
def test_maps_follow_x_by_few_flips_and_by_many(case, symmetric):
    rng, chain, region = make(case, 1, symmetric)
    x = rng.standard_normal(chain.widths[0])
    region.enter(x, fresh=True)
    flips = []
    for scale in [0.0, *np.geomspace(0.003, 3.0, 25)]:
        before = pattern(chain, x)
        x = x + scale * rng.standard_normal(x.size)
        region.enter(x)
        flips.append(region.flips)
        assert region.flips == np.sum(before != pattern(chain, x))
        jacobian = dense.jacobian(chain, x)
        back = jacobian.T if symmetric else dense.linear(chain).T
        np.testing.assert_allclose(region.H, back @ jacobian, atol=1e-11)
        np.testing.assert_allclose(region.c, back @ region.observation, atol=1e-11)
    assert flips[0] == 0
    assert 0 < min(f for f in flips if f) <= chain.widths[0] / 2 < max(flips)


@pytest.mark.parametrize("case", CASES)
def test_no_neuron_changes_within_the_radius_and_one_does_just_outside(case):
    for seed in range(5):
        rng, chain, region = make(case, seed, symmetric=True)
        x = rng.standard_normal(chain.widths[0])
        region.enter(x, fresh=True)
        here = pattern(chain, x)
        directions = rng.standard_normal((200, x.size))
        directions /= np.linalg.norm(directions, axis=1)[:, None]
        for direction in directions:
            assert np.array_equal(pattern(chain, x + 0.999 * region.radius * direction), here)
        # Inside the region every layer is linear: the nearest zero of a pre-activation.
        distances = []
        for layer in range(1, chain.depth + 1):
            part = chain._replace(
                weights=chain.weights[
                    : int(np.sum((chain.widths[:-1] * chain.widths[1:])[:layer]))
                ],
                widths=chain.widths[: layer + 1],
                depth=layer - 1,
            )
            rows = dense.jacobian(part, x)
            distances.extend(np.abs(rows @ x) / np.linalg.norm(rows, axis=1))
        assert region.radius == pytest.approx(min(distances), rel=1e-6)


def test_the_cone_holds_every_scale_of_a_point_and_not_its_negative():
    centre = np.array([1.0, 2.0, -1.0])
    side = np.array([2.0, -1.0, 0.0]) / 5**0.5
    for scale in (1e-12, 1.0, 1e12):
        assert still_inside(scale * (centre + 0.09 * side), centre, 0.1)
        assert not still_inside(scale * (centre + 0.11 * side), centre, 0.1)
    assert not still_inside(-centre, centre, 0.1)
    assert not still_inside(centre, centre, 0.0)
    assert not still_inside(centre, np.zeros(3), 1.0)
