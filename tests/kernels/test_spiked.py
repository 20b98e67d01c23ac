"""Gradient descent for a spiked matrix, against dense matrices."""

import dense
import numba
import numpy as np
import pytest
from side_by_side import Rules, draw, run_plainly

from genphase.kernels.passes import forward
from genphase.kernels.spiked import descend_to_spike, spiked_gradient
from genphase.kernels.status import CAPPED, CONVERGED, DIVERGED

COMPILED = pytest.mark.skipif(numba.config.DISABLE_JIT, reason="NumPy warns of inf * 0")
NO_TRACE = np.empty((0, 2))

# widths, depth, slope, noise, what is behind the network.
CASES = {
    "wigner": ((3, 20, 30, 30), 2, 0.0, 0.2, "wigner"),
    "wigner, one layer": ((2, 15, 15), 1, 0.0, 0.0, "wigner"),
    "wigner, leaky": ((3, 12, 9, 9), 2, 0.2, 0.5, "wigner"),
    "wigner, one unknown": ((1, 8, 8), 1, 0.0, 0.3, "wigner"),
    "wishart": ((3, 20, 15, 40), 2, 0.0, 0.4, "wishart"),
    "wishart, few samples": ((2, 14, 12, 4), 2, 0.0, 0.3, "wishart"),
    "wishart, leaky": ((3, 10, 14, 12, 20), 3, 0.2, 0.2, "wishart"),
    "wishart, quiet": ((2, 18, 9), 1, 0.0, 0.0, "wishart"),
}


def drawn(case, seed=0):
    return draw(np.random.default_rng([seed, *map(ord, case)]), *CASES[case])


def value_and_gradient(problem, x):
    chain = problem.chain
    units, backward = np.full(chain.widths.sum(), 7.7), np.full(chain.widths.sum(), 7.7)
    units[: x.size] = x
    forward(*chain[:3], units)
    value = spiked_gradient(*chain[:3], problem.form, units, backward)
    return value, backward[: x.size]


def objective(problem, x):
    return dense.objective(problem.chain, x, problem.b, problem.form)


def squared(problem):
    return np.sum(dense.hidden(problem.chain, problem.form) ** 2)


def as_in_the_paper(problem, step, cap, relative_change=0.0, gradient_norm=0.0):
    """Gradient descent by the dense Jacobian of the network and the matrix M itself."""
    chain, _, _, x, form = problem
    matrix, network = dense.hidden(chain, form), chain.network()
    path = []
    for t in range(cap):
        path.append(x)
        y = dense.measured(network, x)
        gradient = dense.jacobian(network, x).T @ (y @ y * y - matrix @ y)
        if np.linalg.norm(gradient) < gradient_norm:
            return x, CONVERGED, t, path
        moved = x - step * gradient
        change = np.linalg.norm(moved - x) / np.linalg.norm(moved)
        x = moved
        if change < relative_change:
            return x, CONVERGED, t + 1, path
    return x, CAPPED, cap, path


@pytest.mark.parametrize("case", CASES)
def test_the_value_is_the_objective_without_its_constant(case):
    for seed in range(3):
        problem = drawn(case, seed)
        for x in (problem.start, problem.target, np.zeros(problem.start.size)):
            value, _ = value_and_gradient(problem, x)
            expected = 4 * objective(problem, x) - squared(problem)
            assert value == pytest.approx(expected, rel=1e-10, abs=1e-10)


@pytest.mark.parametrize("case", CASES)
def test_the_gradient_is_that_of_the_objective(case):
    for seed in range(3):
        problem = drawn(case, seed)
        x = problem.start
        _, gradient = value_and_gradient(problem, x)
        expected = dense.direction(problem.chain, x, problem.b, problem.form)
        np.testing.assert_allclose(gradient, expected, rtol=1e-11, atol=1e-12)
        step = 1e-5
        for i, e in enumerate(np.eye(x.size)):
            ends = [x + step * e, x - step * e]
            patterns = [dense.preactivations(problem.chain.network(), end) > 0 for end in ends]
            assert np.array_equal(*patterns), "the seed steps over a kink"
            slope = (objective(problem, ends[0]) - objective(problem, ends[1])) / (2 * step)
            assert gradient[i] == pytest.approx(slope, rel=1e-6, abs=1e-7)


@pytest.mark.parametrize("case", ["wigner, one layer", "wishart, quiet"])
def test_without_noise_the_target_is_stationary(case):
    problem = drawn(case)
    _, gradient = value_and_gradient(problem, problem.target)
    if "wigner" in case:
        np.testing.assert_allclose(gradient, 0, atol=1e-6)
        assert objective(problem, problem.target) < 1e-12
    else:
        # As many samples scale the spike by their mean square.
        y = dense.signal(problem.chain, problem.target)
        scale = np.trace(dense.hidden(problem.chain, problem.form)) / (y @ y)
        _, gradient = value_and_gradient(problem, np.sqrt(scale) * problem.target)
        np.testing.assert_allclose(gradient, 0, atol=1e-6)


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize(("rel", "grad"), [(1e-5, 0.0), (0.0, 1e-4), (1e-6, 1e-3), (0.0, 0.0)])
def test_it_is_the_iteration_of_the_paper(case, rel, grad):
    for seed in range(2):
        problem = drawn(case, seed)
        x, status, iterations, _ = as_in_the_paper(problem, 0.15, 120, rel, grad)
        found = run_plainly(problem, Rules("gradient_descent", 0.15, 120, rel, grad))
        assert (found.status, found.iterations, found.negations) == (status, iterations, 0)
        np.testing.assert_allclose(found.latent, x, rtol=1e-9, atol=1e-12)


def test_the_cases_end_in_both_ways():
    rules = Rules("gradient_descent", 0.15, 120, 1e-5)
    ends = {run_plainly(drawn(case, seed), rules).status for case in CASES for seed in range(2)}
    assert ends == {CONVERGED, CAPPED}


def test_it_recovers_the_latent_code_without_noise():
    problem = drawn("wigner, one layer", 3)
    problem = problem._replace(start=problem.target + 0.3 * problem.start)
    found = run_plainly(problem, Rules("gradient_descent", 0.3, 3000, 0.0, 1e-10))
    assert found.status == CONVERGED
    # The matrix is held in single precision.
    np.testing.assert_allclose(found.latent, problem.target, atol=1e-6)


def test_too_large_a_step_is_divergence():
    problem = drawn("wigner, leaky")
    found = run_plainly(problem, Rules("gradient_descent", 1e3, 500, 1e-9, 1e-9))
    assert found.status == DIVERGED
    assert 1 < found.iterations < 20
    x, *_ = as_in_the_paper(problem, 1e3, found.iterations)
    before, *_ = as_in_the_paper(problem, 1e3, found.iterations - 1)
    assert np.linalg.norm(before) < 1e30 <= np.linalg.norm(x)
    np.testing.assert_allclose(found.latent, x, rtol=1e-9)


@pytest.mark.parametrize("bad", [np.nan, pytest.param(np.inf, marks=COMPILED)])
@pytest.mark.parametrize("case", ["wigner, leaky", "wishart"])
def test_a_start_that_is_no_number_is_divergence_at_once(case, bad):
    problem = drawn(case)._replace(start=np.array([1.0, bad, 0.0]))
    found = run_plainly(problem, Rules("gradient_descent", 0.1, 20))
    assert (found.status, found.iterations) == (DIVERGED, 0)


@pytest.mark.parametrize("case", ["wigner, leaky", "wishart"])
def test_zero_is_stationary(case):
    problem = drawn(case)._replace(start=np.zeros(3))
    found = run_plainly(problem, Rules("gradient_descent", 0.1, 20))
    assert (found.status, found.iterations) == (CAPPED, 20)
    assert not found.latent.any()
    found = run_plainly(problem, Rules("gradient_descent", 0.1, 20, 0.0, 1e-12))
    assert (found.status, found.iterations) == (CONVERGED, 0)


@pytest.mark.parametrize("case", ["wigner", "wishart"])
def test_the_trace_holds_values_and_latent_errors_and_changes_nothing(case):
    problem = drawn(case)
    chain, target, _, start, form = problem
    before = [a.copy() for a in (chain.weights, start, target)]
    *_, path = as_in_the_paper(problem, 0.15, 30)
    trace = np.full((20, 2), -1.0)
    rules = (0.15, 30, 0.0, 0.0)
    traced = descend_to_spike(*chain[:3], form, start, target, *rules, trace)
    shift = squared(problem) / 4
    expected = [
        (objective(problem, x) - shift, np.linalg.norm(x - target) / np.linalg.norm(target))
        for x in path[:20]
    ]
    np.testing.assert_allclose(trace, expected, rtol=1e-9, atol=1e-12)
    plain = descend_to_spike(*chain[:3], form, start, target, *rules, NO_TRACE)
    assert traced[1:] == plain[1:]
    np.testing.assert_array_equal(traced.latent, plain.latent)
    for array, copy in zip((chain.weights, start, target), before, strict=True):
        np.testing.assert_array_equal(array, copy)


@pytest.mark.parametrize("case", ["wigner", "wishart, leaky"])
def test_no_bit_depends_on_where_the_arrays_lie(case):
    problem = drawn(case, 1)
    rules = Rules("gradient_descent", 0.2, 60)
    found = set()
    for shift in range(9):
        space = np.empty(problem.chain.weights.size + shift, np.float32)[shift:]
        space[:] = problem.chain.weights
        start = np.empty(problem.start.size + shift)[shift:]
        start[:] = problem.start
        chain = problem.chain._replace(weights=space)
        found.add(run_plainly(problem._replace(chain=chain, start=start), rules).latent.tobytes())
    assert len(found) == 1
