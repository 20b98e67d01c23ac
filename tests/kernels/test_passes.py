import dense
import numpy as np
import pytest

from genphase.draws.chain import Chain
from genphase.kernels.passes import (
    ONE,
    SIGMOID,
    TANH,
    activated,
    adjoint,
    bend,
    forward,
    norm,
    propagate,
    residual,
)
from genphase.kernels.plugin import linear_map

WIDTHS = (3, 7, 5, 9, 4, 6)


def forward_pass(chain, x):
    units = np.full(chain.widths.sum(), 7.7)
    units[: x.size] = x
    forward(*chain[:3], units)
    return units


def backward_pass(chain, x, sent):
    units = forward_pass(chain, x)
    backward = np.full(units.size, 7.7)
    backward[-sent.size :] = sent
    adjoint(*chain[:3], units, backward)
    return backward[: x.size]


@pytest.fixture(
    params=[
        (layers, behind, slope, dtype)
        for layers in (1, 2, 3, 4, 5)
        for behind in ("nothing", "measured", "phaseless")
        for slope in (0.0, 0.2)
        for dtype in (np.float32, np.float64)
        if layers > 1 or behind == "nothing"
    ],
    ids=lambda p: f"{p[0]}layers-{p[1]}-slope{p[2]}-{p[3].__name__}",
)
def chain(request):
    layers, behind, slope, dtype = request.param
    rng = np.random.default_rng([layers, behind != "nothing"])
    depth = layers - (behind != "nothing")
    return dense.random_chain(rng, WIDTHS[: layers + 1], depth, slope, behind, dtype)


@pytest.fixture
def rng():
    return np.random.default_rng(5)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("outputs", [1, 5, 64])
@pytest.mark.parametrize("nonzero", range(10))
def test_propagate_is_the_product_for_any_number_of_nonzero_entries(nonzero, outputs, dtype, rng):
    for inputs in (max(nonzero, 1), 13):
        weights = rng.standard_normal((inputs, outputs)).astype(dtype)
        source = np.zeros(inputs)
        source[rng.permutation(inputs)[:nonzero]] = rng.standard_normal(nonzero)
        out = np.full(outputs, 7.7)
        propagate(weights, source, out)
        np.testing.assert_allclose(out, source @ weights.astype(float), rtol=1e-13, atol=1e-14)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(
    ("slope", "behind"),
    [(0.0, "sigmoid"), (0.2, "tanh"), (SIGMOID, "measured"), (TANH, "phaseless")],
)
def test_passes_through_smooth_layers_are_those_of_the_dense_network(slope, behind, dtype, rng):
    chain = dense.random_chain(rng, (3, 7, 5, 9), 2, slope, behind, dtype)
    for _ in range(3):
        x, sent = rng.standard_normal(3), rng.standard_normal(9)
        expected = dense.units(chain, x)
        np.testing.assert_allclose(forward_pass(chain, x), expected, rtol=1e-12, atol=1e-13)
        expected = dense.jacobian(chain, x).T @ sent
        np.testing.assert_allclose(backward_pass(chain, x, sent), expected, rtol=1e-11, atol=1e-13)


@pytest.mark.parametrize("activation", [SIGMOID, TANH])
def test_smooth_activations_saturate_and_keep_what_is_no_number(activation):
    out = np.array([-1e4, 1e4, ONE, np.nan])
    # Uncompiled, NumPy tells that exp(1e4) is infinite, as it is meant to be here.
    with np.errstate(over="ignore"):
        bend(activation, out)
    np.testing.assert_array_equal(out, [-1.0 if activation == TANH else 0.0, 1.0, 1.0, np.nan])


def test_forward_is_the_dense_network(chain, rng):
    for _ in range(3):
        x = rng.standard_normal(3)
        expected = dense.units(chain, x)
        np.testing.assert_allclose(forward_pass(chain, x), expected, rtol=1e-12, atol=1e-13)


def test_adjoint_is_the_transposed_dense_jacobian(chain, rng):
    x = rng.standard_normal(3)
    sent = rng.standard_normal(chain.widths[-1])
    expected = dense.jacobian(chain, x).T @ sent
    np.testing.assert_allclose(backward_pass(chain, x, sent), expected, rtol=1e-12, atol=1e-13)


def test_adjoint_is_adjoint_to_the_directional_derivative(chain, rng):
    # Inside an activation region the chain is linear, Λ u = chain(x + u) - chain(x).
    x = rng.standard_normal(3)
    u = 1e-6 * rng.standard_normal(3)
    ends = chain.widths[-1]
    moved, here = forward_pass(chain, x + u), forward_pass(chain, x)
    assert np.array_equal(moved > 0, here > 0), "the seed steps over a kink"
    v = rng.standard_normal(ends)
    change = (moved - here)[-ends:]
    if chain.leaks[-1] < 0:
        change *= np.sign(here[-ends:])
    product = change @ v
    assert product == pytest.approx(u @ backward_pass(chain, x, v), rel=1e-8, abs=1e-14)


def test_adjoint_of_the_residual_is_the_gradient_of_the_objective(chain, rng):
    x = rng.standard_normal(3)
    observation = rng.standard_normal(chain.widths[-1])
    units = forward_pass(chain, x)
    backward = np.empty(units.size)
    value = residual(units, chain.leaks, observation, backward)
    adjoint(*chain[:3], units, backward)
    assert value == pytest.approx(dense.objective(chain, x, observation), rel=1e-12)
    step = 1e-6
    for i, e in enumerate(np.eye(3)):
        ahead = dense.objective(chain, x + step * e, observation)
        behind = dense.objective(chain, x - step * e, observation)
        slope = (ahead - behind) / (2 * step)
        assert backward[i] == pytest.approx(slope, rel=1e-6, abs=1e-8)


def test_residual_is_signed_and_halved():
    units = np.array([9.0, 9.0, 3.0, -4.0])
    backward = np.zeros(4)
    assert residual(units, np.array([0.0, 1.0]), np.array([0.0, 0.0]), backward) == 12.5
    assert backward.tolist() == [0.0, 0.0, 3.0, -4.0]


def test_the_residual_of_phaseless_measurements_is_that_of_their_absolute_values():
    units = np.array([9.0, 9.0, 3.0, -4.0])
    backward = np.zeros(4)
    assert residual(units, np.array([0.0, -1.0]), np.array([1.0, 5.0]), backward) == 2.5
    assert backward.tolist() == [0.0, 0.0, 2.0, -1.0]
    assert units.tolist() == [9.0, 9.0, 3.0, -4.0]


def test_a_phaseless_unit_at_zero_counts_as_negative():
    chain = Chain(np.ones(2, np.float32), np.array([1, 1, 1]), np.array([0.0, -1.0]), 1)
    for x, derivative in ((2.0, 1.0), (-2.0, 0.0), (0.0, 0.0)):
        assert backward_pass(chain, np.array([x]), np.ones(1))[0] == derivative
    signed = chain._replace(leaks=np.array([0.5, -1.0]))
    for x, derivative in ((2.0, 1.0), (-2.0, -0.5), (0.0, -0.5)):
        assert backward_pass(signed, np.array([x]), np.ones(1))[0] == derivative


@pytest.mark.parametrize(
    ("leaks", "expected"), [((0.0,), 1), ((0.2, 0.2), 2), ((0.2, 1.0), 1), ((0.0, 0.0, -1.0), 3)]
)
def test_all_layers_but_a_linear_last_one_are_activated(leaks, expected):
    assert activated(np.array(leaks)) == expected


def test_nan_reaches_every_later_layer(chain):
    x = np.array([1.0, np.nan, -1.0])
    units = forward_pass(chain, x)
    assert np.isnan(units[3:]).all()
    assert np.isnan(residual(units, chain.leaks, np.zeros(chain.widths[-1]), np.empty(units.size)))


@pytest.mark.parametrize("slope", [0.0, 0.2])
def test_zero_input_is_mapped_to_zero_and_is_inactive(slope, rng):
    chain = dense.random_chain(rng, (3, 7, 5), slope=slope)
    assert not forward_pass(chain, np.zeros(3)).any()
    # Pre-activations of exactly 0 count as inactive: every layer contributes the slope.
    sent = rng.standard_normal(5)
    expected = slope**2 * dense.linear(chain).T @ sent
    np.testing.assert_allclose(backward_pass(chain, np.zeros(3), sent), expected, rtol=1e-12)


@pytest.mark.parametrize(
    ("weights", "x", "signal", "derivative"),
    [((2.0, 3.0), 5.0, 30.0, 6.0), ((2.0, -3.0), 5.0, -7.5, -1.5), ((-2.0, -3.0), 5.0, 7.5, 1.5)],
)
def test_widths_of_one(weights, x, signal, derivative):
    chain = Chain(np.array(weights, dtype=np.float32), np.array([1, 1, 1]), np.full(2, 0.25), 2)
    # By hand: negative values are multiplied by 1/4.
    assert forward_pass(chain, np.array([x]))[-1] == signal
    assert backward_pass(chain, np.array([x]), np.array([1.0]))[0] == derivative


def test_linear_map_is_the_product_of_the_matrices(chain):
    product = linear_map(chain.weights, chain.widths)
    np.testing.assert_allclose(product, dense.linear(chain).T, rtol=1e-12, atol=1e-13)


def test_norm(rng):
    vector = rng.standard_normal(101)
    assert norm(vector) == pytest.approx(np.linalg.norm(vector), rel=1e-14)
    assert norm(np.zeros(3)) == 0
    assert np.isnan(norm(np.array([1.0, np.nan])))


@pytest.mark.parametrize(("depth", "behind"), [(3, "nothing"), (2, "phaseless")])
def test_no_bit_depends_on_where_the_arrays_lie_in_memory(depth, behind, rng):
    # Compiled loops may run in another order where arrays lie close to each other.
    chain = dense.random_chain(rng, (5, 67, 41, 70), behind=behind, depth=depth)
    x, observation = rng.standard_normal(5), rng.standard_normal(70)
    total = chain.widths.sum()
    seen = set()
    for gap in (*range(20), 64, 1000):
        memory = np.zeros(2 * total + gap + 70)
        units, backward = memory[:total], memory[total + gap : 2 * total + gap]
        b = memory[-70:]
        weights = np.empty(chain.weights.size + gap, dtype=np.float32)[gap:]
        units[:5], b[:], weights[:] = x, observation, chain.weights
        moved = chain._replace(weights=weights)
        forward(*moved[:3], units)
        value = residual(units, chain.leaks, b, backward)
        adjoint(*moved[:3], units, backward)
        product = linear_map(weights, chain.widths)
        seen.add((value, norm(backward), backward[:5].tobytes(), product.tobytes()))
    assert len(seen) == 1
