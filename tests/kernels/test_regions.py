"""Maps of activation regions against dense products."""

import dense
import numpy as np
import pytest

from genphase.kernels.forms import PLUGIN, WIGNER
from genphase.kernels.passes import SIGMOID
from genphase.kernels.regions import (
    combine,
    dot,
    enter_region,
    linear_maps,
    make_region,
    multiply,
    read_pattern,
    still_inside,
)

# widths, depth, slope, what is behind the network.
CASES = {
    "one layer": ((3, 25), 1, 0.0, "nothing"),
    "one layer, measured": ((3, 25, 6), 1, 0.0, "measured"),
    "one unknown": ((1, 9, 10), 2, 0.0, "nothing"),
    "two layers": ((3, 20, 15), 2, 0.0, "nothing"),
    "three layers, measured": ((4, 18, 25, 17, 12), 3, 0.0, "measured"),
    "four layers": ((2, 12, 14, 13, 9), 4, 0.0, "nothing"),
    "one layer, leaky": ((2, 11), 1, 0.2, "nothing"),
    "two layers, leaky": ((3, 20, 15), 2, 0.2, "nothing"),
    "two layers, leaky, measured": ((5, 20, 16, 10), 2, 0.2, "measured"),
    "four layers, leaky, measured": ((4, 7, 9, 8, 10, 5), 4, 0.2, "measured"),
    "one layer, phaseless": ((3, 25, 9), 1, 0.0, "phaseless"),
    "two layers, leaky, phaseless": ((5, 20, 16, 10), 2, 0.2, "phaseless"),
    "one layer, wigner": ((3, 25, 25), 1, 0.0, "wigner"),
    "one unknown, wigner": ((1, 9, 10, 10), 2, 0.0, "wigner"),
    "two layers, leaky, wigner": ((5, 20, 16, 16), 2, 0.2, "wigner"),
    "one layer, wishart": ((3, 25, 7), 1, 0.0, "wishart"),
    "three layers, wishart": ((4, 18, 25, 17, 40), 3, 0.0, "wishart"),
    "two layers, leaky, wishart": ((2, 20, 16, 1), 2, 0.2, "wishart"),
}
PAIRS = [(case, form) for case, (*_, behind) in CASES.items() for form in dense.FORMS[behind]]


def draw(case):
    return dense.random_chain(np.random.default_rng([1, *map(ord, case)]), *CASES[case])


@pytest.fixture(params=CASES)
def chain(request):
    return draw(request.param)


@pytest.fixture
def rng():
    return np.random.default_rng(8)


@pytest.mark.parametrize("outputs", [1, 6, 21])
@pytest.mark.parametrize("inputs", [1, 3, 7, 8, 9, 16, 20])
@pytest.mark.parametrize("k", [1, 2, 3, 4, 7])
def test_multiply_is_the_product_for_any_numbers_of_vectors_and_units(k, inputs, outputs, rng):
    weights = rng.standard_normal((inputs, outputs)).astype(np.float32)
    source = rng.standard_normal((k, inputs))
    product = np.full((k + 1, outputs), 7.7)
    some = rng.integers(0, 2, inputs).astype(float)
    few = (np.arange(inputs) == inputs // 2).astype(float)
    for slopes in (np.ones(inputs), np.zeros(inputs), some, few, np.where(some, 1.0, 0.2)):
        multiply(weights, slopes, source, product)
        expected = (source * slopes) @ weights.astype(float)
        np.testing.assert_allclose(product[:k], expected, rtol=1e-13, atol=1e-13)


def test_linear_maps_are_those_of_any_slopes(chain, rng):
    # No x need have these slopes.
    leaks = np.repeat(chain.leaks, chain.widths[1:])
    slopes = np.where(rng.integers(0, 2, leaks.size), 1.0, leaks)
    maps = np.full((chain.widths[0], slopes.size), 7.7)
    linear_maps(chain.weights, chain.widths, slopes, maps)
    expected, _ = dense.linear_maps(chain, slopes)
    np.testing.assert_allclose(maps.T, expected, rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize(("case", "form"), PAIRS)
def test_a_region_holds_the_linear_maps_of_its_points(case, form, rng):
    chain = draw(case)
    k = chain.widths[0]
    b = dense.random_observation(rng, chain, form)
    spiked = form.kind >= WIGNER
    region = make_region(chain.weights, chain.widths, b, form)
    assert region.squared_b == pytest.approx(b @ b, rel=1e-14)
    # One region after the other, in the same buffers.
    for _ in range(3):
        x = rng.standard_normal(k)
        region.slopes[:] = dense.slopes(chain, x)
        enter_region(chain.weights, chain.widths, form, b, region)
        rows, jacobian = dense.linear_maps(chain, region.slopes)
        np.testing.assert_allclose(jacobian, dense.jacobian(chain, x), rtol=1e-12, atol=1e-13)
        np.testing.assert_allclose(region.maps.T, rows, rtol=1e-12, atol=1e-13)
        np.testing.assert_allclose(region.lengths, np.linalg.norm(rows, axis=1), rtol=1e-12)
        if spiked:
            jacobian = dense.jacobian(chain.network(), x)
        back = (dense.linear(chain) if form.kind == PLUGIN else jacobian).T
        np.testing.assert_allclose(region.back, back, rtol=1e-12, atol=1e-13)
        np.testing.assert_allclose(region.H.T, back @ jacobian, rtol=1e-12, atol=1e-12)
        # As an iteration uses it.
        found = np.empty(k)
        combine(region.H, k, x, found)
        if spiked:
            T = jacobian.T @ dense.hidden(chain, form) @ jacobian
            np.testing.assert_allclose(region.T, T, rtol=1e-11, atol=1e-11)
            found = (x @ found) * found - region.T @ x
        else:
            np.testing.assert_allclose(region.c, back @ b, rtol=1e-12, atol=1e-12)
            found -= region.c
        expected = dense.direction(chain, x, b, form)
        np.testing.assert_allclose(found, expected, rtol=1e-11, atol=1e-11)


def test_the_pattern_is_read_from_the_activated_units(chain, rng):
    slopes = np.ones(chain.widths[1:].sum())
    before = slopes.copy()
    for _ in range(5):
        x = rng.standard_normal(chain.widths[0])
        units = dense.units(chain, x)
        changed = read_pattern(chain.widths, chain.leaks, units, slopes)
        np.testing.assert_array_equal(slopes, dense.slopes(chain, x))
        assert changed == np.sum(slopes != before)
        assert read_pattern(chain.widths, chain.leaks, units, slopes) == 0
        before = slopes.copy()


def test_smooth_layers_have_slopes_of_their_own_at_every_point(rng):
    for slope, behind in ((0.2, "sigmoid"), (0.0, "tanh"), (SIGMOID, "measured")):
        chain = dense.random_chain(rng, (3, 7, 5, 9), 2, slope, behind)
        slopes = np.ones(chain.widths[1:].sum())
        for _ in range(3):
            x = rng.standard_normal(3)
            assert read_pattern(chain.widths, chain.leaks, dense.units(chain, x), slopes) > 0
            np.testing.assert_allclose(slopes, dense.slopes(chain, x), rtol=1e-12)


def test_before_the_first_region_all_units_are_on(chain, rng):
    b = rng.standard_normal(chain.widths[-1])
    region = make_region(chain.weights, chain.widths, b, dense.PLUGIN_FORM)
    assert (region.slopes == 1).all()
    np.testing.assert_allclose(region.back, dense.linear(chain).T, rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize("k", range(1, 10))
def test_combine_is_the_product_with_a_transposed_map(k, rng):
    rows, x = rng.standard_normal((k, 23)), rng.standard_normal(k)
    out = np.full(23, 7.7)
    combine(rows, 17, x, out)
    np.testing.assert_allclose(out[:17], x @ rows[:, :17], rtol=1e-13, atol=1e-14)
    assert (out[17:] == 7.7).all()
    assert dot(rows[0], rows[-1]) == pytest.approx(rows[0] @ rows[-1], rel=1e-13)


def test_the_cone_holds_every_scale_of_a_point_and_not_its_negative():
    centre = np.array([1.0, 2.0, -1.0])
    side = np.array([2.0, -1.0, 0.0]) / 5**0.5
    for scale in (1e-12, 1.0, 1e12):
        assert still_inside(scale * (centre + 0.09 * side), centre, 0.1)
        assert not still_inside(scale * (centre + 0.11 * side), centre, 0.1)
    assert not still_inside(-centre, centre, 0.1)
    assert not still_inside(centre, centre, 0.0)
    with np.errstate(invalid="ignore"):
        assert not still_inside(centre, np.zeros(3), 1.0)


def test_the_cone_lies_over_the_ball(rng):
    # Every point of the cone is a multiple of one within the radius of the centre.
    centre = np.array([0.3, -0.4, 1.2])
    for radius in (0.2, 0.7, 1.2):
        inside = 0
        for x in 3 * rng.standard_normal((500, 3)):
            if still_inside(x, centre, radius):
                nearest = x * (x @ centre) / (x @ x)
                assert x @ centre > 0
                assert np.linalg.norm(nearest - centre) < radius
                inside += 1
        assert inside > 0
