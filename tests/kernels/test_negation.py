"""The negation test, and that it is left out only where it would change nothing."""

import dense
import numba
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from genphase.draws.chain import Chain
from genphase.kernels.negation import decided, lipschitz_estimate, make_mirror, negate

# Whether large layers can be afforded.
COMPILED = not numba.config.DISABLE_JIT

# widths, depth, slope, what is behind the network.
CASES = {
    "one layer": ((3, 12), 1, 0.0, "nothing"),
    "one unknown": ((1, 8, 8), 2, 0.0, "nothing"),
    "two layers": ((4, 30, 25), 2, 0.0, "nothing"),
    "three layers, measured": ((3, 15, 25, 12, 9), 3, 0.0, "measured"),
    "leaky": ((3, 14, 12), 2, 0.3, "nothing"),
    "leaky, measured": ((5, 20, 16, 10), 2, 0.6, "measured"),
    "phaseless": ((4, 30, 25, 12), 2, 0.0, "phaseless"),
    "leaky, phaseless": ((2, 9, 14), 1, 0.3, "phaseless"),
}


def draw(case, seed):
    rng = np.random.default_rng([seed, *map(ord, case)])
    chain = dense.random_chain(rng, *CASES[case])
    return rng, chain, dense.measured(chain, rng.standard_normal(chain.widths[0]))


def try_negation(chain, b, mirror, x):
    """Run the negation test on x, in place."""
    units, backward = np.empty(chain.widths.sum()), np.empty(chain.widths.sum())
    squared = 2 * dense.objective(chain, x, b) * (1 + 1e-10)
    return negate(*chain[:3], b, mirror, x, squared, units, backward)


def is_decided(chain, b, mirror, x):
    squared = 2 * dense.objective(chain, x, b)
    return decided(x, squared, mirror.lipschitz, mirror.tested_at, mirror.distance)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(
    "widths",
    [
        (1, 1), (1, 40), (2, 2), (2, 30), (5, 5), (9, 4), (30, 1), (20, 35), (2, 12, 9),
        (4, 15, 15, 15), (3, 10, 20, 10, 4), (50, 50),
        *((200, 200), (300, 290, 310), (150, 600, 40), (7, 900), (10, 400, 350, 120)) * COMPILED,
    ],
    ids=str,
)  # fmt: skip
def test_the_lipschitz_bound_is_above_the_product_of_spectral_norms(widths, dtype):
    # Square layers have the least separated norms.
    for seed in range(5 if max(widths) > 100 else 20):
        chain = dense.random_chain(np.random.default_rng([2, seed]), widths, dtype=dtype)
        norms = np.prod([np.linalg.norm(matrix, 2) for matrix in dense.matrices(chain)])
        bound = lipschitz_estimate(chain.weights, chain.widths)
        assert norms <= bound <= 1.25 ** (len(widths) - 1) * norms * (1 + 1e-12)


def test_every_layer_is_bounded_15_percent_above_its_estimate():
    # Of layers of one unit, the estimate is exact.
    chain = Chain(np.array([3, -0.5, 2], np.float32), np.array([1, 1, 1, 1]), np.zeros(3), 3)
    assert lipschitz_estimate(chain.weights, chain.widths) == pytest.approx(3 * 1.15**3)


def test_the_lipschitz_bound_of_a_layer_of_zeros_is_zero():
    chain = Chain(np.zeros(6 + 6, np.float32), np.array([3, 2, 3]), np.zeros(2), 2)
    assert lipschitz_estimate(chain.weights, chain.widths) == 0


def test_the_bound_is_not_computed_for_an_iteration_that_does_not_negate():
    _, chain, _ = draw("two layers", 0)
    assert make_mirror(chain.weights, chain.widths, False, 0).lipschitz == 0
    mirror = make_mirror(chain.weights, chain.widths, True, 0)
    bound = lipschitz_estimate(chain.weights, chain.widths)
    assert mirror.lipschitz == pytest.approx(bound, rel=1e-12)
    assert (mirror.wanted, mirror.distance.tolist()) == (True, [-np.inf])


def test_nothing_is_decided_before_the_first_test():
    rng, chain, b = draw("two layers", 1)
    mirror = make_mirror(chain.weights, chain.widths, True, 0)
    assert not is_decided(chain, b, mirror, rng.standard_normal(4))
    assert not is_decided(chain, b, mirror, np.zeros(4))


@pytest.mark.parametrize("case", CASES)
def test_the_better_sign_is_taken_in_place(case):
    taken = set()
    for seed in range(6):
        rng, chain, b = draw(case, seed)
        mirror = make_mirror(chain.weights, chain.widths, True, 0)
        for _ in range(5):
            before = rng.standard_normal(chain.widths[0])
            x = before.copy()
            here, there = (dense.objective(chain, y, b) for y in (x, -x))
            negated = try_negation(chain, b, mirror, x)
            assert negated == (there < here)
            np.testing.assert_array_equal(x, -before if negated else before)
            np.testing.assert_array_equal(mirror.tested_at, x)
            worse = np.sqrt(2 * max(here, there))
            np.testing.assert_allclose(mirror.distance, [worse], rtol=1e-12)
            # At that place the test has an answer: to stay.
            assert is_decided(chain, b, mirror, x)
            taken.add(bool(negated))
    assert taken == {False, True}


def test_a_tie_is_no_negation():
    _, chain, b = draw("one layer", 0)
    mirror = make_mirror(chain.weights, chain.widths, True, 0)
    assert not try_negation(chain, b, mirror, np.zeros(3))
    assert not is_decided(chain, b, mirror, np.zeros(3))


@pytest.mark.parametrize("bad", [np.nan, 1e300])
def test_no_number_is_never_decided_and_never_negated(bad):
    _, chain, b = draw("two layers", 0)
    mirror = make_mirror(chain.weights, chain.widths, True, 0)
    x = np.array([1.0, bad, 2.0, bad])
    with np.errstate(over="ignore", invalid="ignore"):
        assert not try_negation(chain, b, mirror, x)
        assert not decided(x, np.nan, mirror.lipschitz, mirror.tested_at, mirror.distance)
    assert x[0] == 1


@given(
    distance=st.floats(0, 10),
    lipschitz=st.floats(0, 10),
    travelled=st.floats(0, 10),
    here=st.floats(0, 10),
)
def test_decided_is_the_inequality_of_the_module(distance, lipschitz, travelled, here):
    x = np.array([0.6, -0.8]) * travelled + [1.0, 2.0]
    left = distance - lipschitz * np.linalg.norm(x - [1.0, 2.0])
    found = decided(x, here**2, lipschitz, np.array([1.0, 2.0]), np.array([distance]))
    assert found == (left > here) or left == pytest.approx(here, abs=1e-12)


@given(
    case=st.sampled_from(sorted(CASES)),
    seed=st.integers(0, 10**6),
    scale=st.floats(0.003, 0.3),
    pull=st.floats(-0.1, 0.3),
)
def test_on_no_walk_is_a_negation_missed(case, seed, scale, pull):
    rng, chain, b = draw(case, seed)
    mirror = make_mirror(chain.weights, chain.widths, True, 0)
    x = rng.standard_normal(chain.widths[0])
    for _ in range(30):
        better = dense.objective(chain, -x, b) < dense.objective(chain, x, b)
        if is_decided(chain, b, mirror, x):
            assert not better
        else:
            assert try_negation(chain, b, mirror, x) == better
        # Towards the mirror image, where a negation is near.
        x += scale * rng.standard_normal(x.size) - pull * x


def test_such_walks_leave_tests_out_and_negate():
    # Without this the comparison above could be empty of what it is about.
    left_out = negated = 0
    for case in CASES:
        for seed in range(10):
            rng, chain, b = draw(case, seed)
            mirror = make_mirror(chain.weights, chain.widths, True, 0)
            x = rng.standard_normal(chain.widths[0])
            for _ in range(30):
                if is_decided(chain, b, mirror, x):
                    left_out += 1
                else:
                    negated += try_negation(chain, b, mirror, x)
                x += 0.03 * rng.standard_normal(x.size) - 0.1 * x
    assert left_out > 200
    assert negated > 50
