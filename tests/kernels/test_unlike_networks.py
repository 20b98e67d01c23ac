"""Alternating descent with two unlike networks, against dense matrices and against the kernels."""

import numba
import numpy as np
import pytest
from products import (
    PAPER,
    VARIANTS,
    Rules,
    algorithm_1,
    assert_same,
    balanced,
    codes,
    draw,
    factors,
    gradients,
    objective,
    run_fast,
    run_plainly,
)
from samples import make_solver, solve, solve_plainly

from genphase.draws.pair import Pair
from genphase.kernels.demodulation import Variant, product_gradient
from genphase.kernels.passes import Run
from genphase.kernels.status import CAPPED, CONVERGED, DIVERGED

# widths, slope, relative noise, scale of the start, units without weights, widths and slope of
# the second network.
CASES = {
    "more unknowns": ((2, 12, 40), 0.0, 0.0, 0.7, 0.0, (5, 12, 40), None),
    "deeper": ((3, 12, 20, 40), 0.0, 0.0, 1.0, 0.0, (2, 40), None),
    "another slope": ((3, 20, 30), 0.0, 0.1, 0.7, 0.0, (3, 20, 30), 0.3),
    "all of it": ((1, 12, 30), 0.2, 0.1, 1.0, 0.2, (4, 9, 14, 30), 0.0),
    "hopeless": ((6, 8, 7), 0.0, 0.0, 1.0, 0.0, (3, 7), None),
}
LIKE = {
    "two layers": ((3, 20, 40), 0.0, 0.1, 0.6, 0.0),
    "leaky, three layers": ((2, 10, 12, 30), 0.2, 0.0, 1.0, 0.1),
}
ALL = CASES | LIKE


def drawn(case, cases=CASES):
    return draw(np.random.default_rng([*map(ord, case)]), *cases[case])


def pair_of(problem):
    """The instance that a trial would draw."""
    signal = np.multiply(*factors(problem, problem.target))
    return Pair(problem.first, problem.target, signal, problem.y, second=problem.second)


def moderate(problem):
    """Steps that are short where momentum is long."""
    return Rules(0.02 * problem.y.size, 12)


def run(problem, rules, variant=PAPER, by=solve, **further):
    options = {
        "sign_search": variant.sign_search,
        "balance": variant.balances,
        "momentum": variant.momentum,
    }
    stop = {"relative_change": rules.rel, "gradient_norm": rules.grad}
    solver = make_solver(
        name="alternating", step=rules.step, max_iter=rules.cap, stop=stop, **options
    )
    return Run(*by(pair_of(problem), problem.start, solver, **further))


def assert_close(found, wanted, k, rtol):
    """Assert that a run ended as another one did, whose codes may not be balanced yet."""
    assert found[1:] == wanted[1:]
    latent = balanced(wanted.latent, k)
    np.testing.assert_allclose(found.latent, latent, rtol=0, atol=rtol * np.abs(latent).max())


@pytest.mark.parametrize("case", CASES)
def test_the_objective_and_its_gradient_are_those_of_dense_matrices(case):
    problem = drawn(case)
    gradient = pair_of(problem).without_truth()
    for x in (problem.start, -0.3 * problem.start, problem.target):
        value, found = gradient(x)
        assert value == pytest.approx(objective(problem, x), rel=1e-12, abs=1e-15)
        expected = np.concatenate(gradients(problem, x))
        np.testing.assert_allclose(found, expected, rtol=1e-10, atol=1e-13)


@pytest.mark.parametrize("case", CASES)
def test_the_gradient_is_that_of_finite_differences(case):
    problem = drawn(case)
    gradient = pair_of(problem).without_truth()
    x, h = problem.start, 1e-6
    steps = h * np.eye(x.size)
    numeric = [(gradient(x + step)[0] - gradient(x - step)[0]) / (2 * h) for step in steps]
    found = gradient(x)[1]
    np.testing.assert_allclose(found, numeric, rtol=0, atol=1e-7 * np.abs(found).max())


@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize("case", CASES)
def test_the_loop_is_the_algorithm_with_full_matrices(case, variant):
    problem = drawn(case)
    rules = moderate(problem)
    expected, path = algorithm_1(problem, rules, variant)
    assert expected.status == CAPPED
    k, trace = problem.first.k, np.full((20, 2), np.nan)
    found = run(problem, rules, variant)
    assert_close(found, expected, k, 1e-9)
    traced = run(problem, rules, variant, solve_plainly, trace=trace)
    assert traced.latent.tobytes() == found.latent.tobytes()
    assert traced[1:] == found[1:]
    errors = [np.linalg.norm(balanced(x, k) - problem.target) for x in path]
    errors /= np.linalg.norm(problem.target)
    objectives = [objective(problem, x) for x in path]
    np.testing.assert_allclose(trace[: len(path), 0], objectives, rtol=1e-8, atol=1e-15)
    np.testing.assert_allclose(trace[: len(path), 1], errors, rtol=1e-8, atol=1e-15)
    assert np.all(np.isnan(trace[len(path) :]))


@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize("case", ALL)
def test_the_loop_is_that_of_the_kernels(case, variant):
    problem = drawn(case, ALL)
    rules = moderate(problem)
    for wanted in (f(problem, rules, variant=variant) for f in (run_plainly, run_fast)):
        assert wanted.status == CAPPED
        assert_close(run(problem, rules, variant), wanted, problem.first.k, 1e-9)
    value, gradient = product_gradient(
        problem.first[:3], problem.second[:3], problem.y, problem.start
    )
    wanted = pair_of(problem).without_truth()(problem.start)
    assert value == pytest.approx(wanted[0], rel=1e-12)
    np.testing.assert_allclose(gradient, wanted[1], rtol=1e-10, atol=1e-13)


@pytest.mark.skipif(numba.config.DISABLE_JIT, reason="needs compiled kernels")
def test_frozen_networks_of_unlike_shapes_end_where_the_plain_loop_ends():
    rng, seen = np.random.default_rng(2), 0
    for _ in range(40):
        (k, j), ell = rng.integers(1, 8, 2), int(rng.integers(60, 200))
        widths = (int(k), int(rng.integers(20, 60)), ell)
        second = (int(j), *map(int, rng.integers(20, 60, rng.integers(0, 3))), ell)
        problem = draw(rng, widths, noise=0.1, scale=0.5, second=second, leak=0.1)
        for variant in (PAPER, Variant(True, False, 0.9)):
            step = 0.1 if variant.momentum == 0 else 0.02
            plain = assert_same(problem, Rules(step * ell, 600, 1e-10), variant=variant)
            seen += plain.negations > 0
    assert seen > 20


def test_the_signs_of_both_codes_are_tried():
    """From a start with wrong signs, the first iteration turns them, each on its own."""
    problem = drawn("deeper")
    k, small = problem.first.k, Rules(1e-12, 1)
    for pair, (a, b) in enumerate([(1, 1), (-1, 1), (1, -1), (-1, -1)]):
        h, z = codes(problem.target, k)
        turned = problem._replace(start=np.concatenate([a * h, b * z]))
        found = run(turned, small)
        assert found.negations == (pair > 0)
        np.testing.assert_allclose(found.latent, problem.target, rtol=1e-9)


@pytest.mark.parametrize("seed", [6, 13])
def test_a_sign_that_changes_on_the_way_turns_the_velocity(seed):
    rng, variant = np.random.default_rng(seed), Variant(True, True, 0.9)
    problem = draw(rng, (2, 8, 14), noise=0.1, scale=1.0, second=(3, 14))
    rules = Rules(0.1 * problem.y.size, 12)
    expected, _ = algorithm_1(problem, rules, variant)
    # The first iteration, which has no velocity yet, changes signs once at most.
    assert expected.negations >= 2
    assert_close(run(problem, rules, variant), expected, problem.first.k, 1e-9)


@pytest.mark.parametrize(("rel", "grad"), [(1e-6, 0.0), (0.0, 1e-8)])
def test_it_converges_by_each_rule_to_both_codes(rel, grad):
    problem = draw(np.random.default_rng(3), (2, 30, 80), scale=1.0, second=(4, 20, 30, 80))
    problem = problem._replace(start=problem.target + 0.1 * problem.start)
    found = run(problem, Rules(0.3 * problem.y.size, 3000, rel, grad))
    expected, _ = algorithm_1(problem, Rules(0.3 * problem.y.size, 3000, rel, grad))
    assert found.status == expected.status == CONVERGED
    assert abs(found.iterations - expected.iterations) <= 1
    assert np.linalg.norm(found.latent - problem.target) < 1e-3


def test_a_run_that_leaves_every_bound_has_diverged():
    if numba.config.DISABLE_JIT:
        pytest.skip("NumPy warns of what is infinite")
    problem = drawn("deeper")
    with np.errstate(all="ignore"):
        found = run(problem, Rules(1e9, 100))
    assert found.status == DIVERGED
    assert not np.linalg.norm(found.latent / 1e30) < 1
