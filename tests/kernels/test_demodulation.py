"""Alternating descent for blind demodulation, against dense matrices."""

import dense
import numba
import numpy as np
import pytest
from products import (
    PAPER,
    VARIANTS,
    Rules,
    algorithm_1,
    balanced,
    draw,
    factors,
    gradients,
    objective,
    run_plainly,
    with_signs,
)

from genphase.kernels.demodulation import (
    Variant,
    balance,
    misfit,
    product_gradient,
    side_gradient,
)
from genphase.kernels.status import CAPPED, CONVERGED, DIVERGED

COMPILED = pytest.mark.skipif(numba.config.DISABLE_JIT, reason="NumPy warns of inf * 0")

# widths, slope, relative noise, scale of the start, units without weights.
CASES = {
    "one layer": ((2, 20), 0.0, 0.0, 0.7, 0.0),
    "one unknown each": ((1, 9, 12), 0.0, 0.0, 1.0, 0.0),
    "two layers": ((3, 20, 40), 0.0, 0.0, 0.6, 0.0),
    "three layers": ((2, 15, 18, 30), 0.0, 0.0, 1.0, 0.0),
    "leaky": ((3, 12, 30), 0.2, 0.0, 0.6, 0.0),
    "leaky, one layer": ((3, 16), 0.3, 0.1, 1.0, 0.0),
    "noisy": ((3, 25, 30), 0.0, 0.3, 0.5, 0.0),
    "noisy, three layers": ((2, 10, 12, 14), 0.1, 0.2, 2.0, 0.0),
    "truncated": ((3, 20, 40), 0.0, 0.1, 0.6, 0.4),
    "hopeless": ((6, 8, 7), 0.0, 0.0, 1.0, 0.0),
}


def drawn(case, seed=0):
    return draw(np.random.default_rng([seed, *map(ord, case)]), *CASES[case])


def moderate(problem, cap=150, rel=0.0, grad=0.0):
    # The curvature in h is about ‖z‖²/ℓ, with peaks.
    return Rules(0.15 * problem.y.size, cap, rel, grad)


def networks(problem):
    return problem.first[:3], problem.second[:3]


def side(problem, which, x):
    """Return what side_gradient gives for one factor."""
    chains, codes, values = problem[:2], np.split(x, 2), factors(problem, x)
    chain = chains[which]
    units, backward = chain.units_at(codes[which]), np.full(int(chain.widths.sum()), 7.7)
    difference = values[0] * values[1] - problem.y
    side_gradient(*chain[:3], units, values[1 - which], difference, backward)
    return backward[: codes[0].size]


def pattern(problem, x):
    """Return which units of both networks are active."""
    pairs = zip(problem[:2], np.split(x, 2), strict=True)
    return np.concatenate([dense.preactivations(chain, code) > 0 for chain, code in pairs])


def test_misfit_is_the_difference_and_half_its_square():
    rng = np.random.default_rng(0)
    one, two, y = rng.standard_normal((3, 11))
    out = np.full(11, 7.7)
    assert misfit(one, two, y, out) == pytest.approx(0.5 * np.sum((one * two - y) ** 2), rel=1e-14)
    np.testing.assert_allclose(out, one * two - y, rtol=1e-15)


@pytest.mark.parametrize("case", CASES)
def test_gradients_are_those_of_the_objective(case):
    for seed in range(3):
        problem = drawn(case, seed)
        for x in (problem.start, problem.target):
            value, gradient = product_gradient(*networks(problem), problem.y, x)
            assert value == pytest.approx(objective(problem, x), rel=1e-12, abs=1e-30)
            expected = np.concatenate(gradients(problem, x))
            np.testing.assert_allclose(gradient, expected, rtol=1e-11, atol=1e-15)
            sides = [side(problem, which, x) for which in (0, 1)]
            np.testing.assert_allclose(np.concatenate(sides), expected, rtol=1e-11, atol=1e-15)


@pytest.mark.parametrize("case", CASES)
def test_gradients_are_the_slopes_of_the_objective(case):
    step, seen = 1e-6, 0
    for seed in range(3):
        problem = drawn(case, seed)
        x = problem.start
        _, gradient = product_gradient(*networks(problem), problem.y, x)
        for i, e in enumerate(np.eye(x.size)):
            ends = [x + step * e, x - step * e]
            if not np.array_equal(*(pattern(problem, end) for end in ends)):
                continue
            slope = (objective(problem, ends[0]) - objective(problem, ends[1])) / (2 * step)
            assert gradient[i] == pytest.approx(slope, rel=1e-6, abs=1e-8)
            seen += 1
    # Nearly never is there a kink between.
    assert seen >= 3 * problem.start.size - 2


def test_balance_makes_norms_equal_and_keeps_the_product():
    rng = np.random.default_rng(1)
    for scale in (1e-9, 0.3, 1.0, 1e9):
        h, z = scale * rng.standard_normal(4), rng.standard_normal(4) / 7
        before = h.copy(), z.copy()
        factor = balance(h, z)
        assert np.linalg.norm(h) == pytest.approx(np.linalg.norm(z), rel=1e-14)
        np.testing.assert_allclose(np.outer(h, z), np.outer(*before), rtol=1e-14)
        np.testing.assert_allclose(h, factor * before[0], rtol=1e-15)


@pytest.mark.parametrize("zero", [(0,), (1,), (0, 1)])
def test_balance_leaves_a_pair_with_a_zero_alone(zero):
    pair = [np.array([3.0, -4.0]), np.array([1.0, 2.0])]
    for which in zero:
        pair[which][:] = 0
    before = [a.copy() for a in pair]
    assert balance(*pair) == 1
    np.testing.assert_array_equal(pair, before)


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize(("rel", "grad"), [(1e-5, 0.0), (0.0, 1e-4), (1e-6, 1e-3), (0.0, 0.0)])
def test_it_is_the_algorithm_of_the_paper(case, rel, grad):
    for seed in range(3):
        problem = drawn(case, seed)
        rules = moderate(problem, 150, rel, grad)
        expected, path = algorithm_1(problem, rules)
        found = run_plainly(problem, rules)
        assert found[1:] == expected[1:]
        assert found.iterations == len(path)
        np.testing.assert_allclose(found.latent, expected.latent, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("variant", VARIANTS, ids=str)
def test_every_variant_is_the_algorithm_of_the_paper_with_that_change(variant):
    negations, statuses, distances = 0, set(), []
    for case in CASES:
        for seed in range(2):
            problem = drawn(case, seed)
            problem.start[: problem.start.size // 2] *= 1.5
            rules = moderate(problem, 80, 1e-3)._replace(step=0.03 * problem.y.size)
            expected, path = algorithm_1(problem, rules, variant)
            trace = np.empty((80, 2))
            found = run_plainly(problem, rules, trace, variant)
            assert found[1:] == expected[1:]
            np.testing.assert_allclose(found.latent, expected.latent, rtol=1e-8, atol=1e-11)
            # The trace tells of balanced pairs, whatever the iterates are.
            size = np.linalg.norm(problem.target)
            errors = [np.linalg.norm(balanced(x) - problem.target) / size for x in path]
            np.testing.assert_allclose(trace[: len(path), 1], errors, rtol=1e-8)
            negations += found.negations
            statuses.add(found.status)
            default = run_plainly(problem, rules).latent
            distances.append(np.linalg.norm(default - found.latent))
    assert (negations > 0) == variant.sign_search
    assert statuses == {CONVERGED, CAPPED}
    # Each change is one.
    assert (max(distances) > 1e-3) == (variant != PAPER)


@pytest.mark.parametrize("variant", [v for v in VARIANTS if not v.balances], ids=str)
def test_without_balancing_the_difference_of_squares_drifts_by_the_steps_alone(variant):
    # A rescaling would make ‖h‖ = ‖z‖. The gradients have ⟨h, ∂f/∂h⟩ = ⟨z, ∂f/∂z⟩: for small steps
    # ‖h‖² - ‖z‖² stays what it is.
    for case in ("two layers", "leaky", "three layers"):
        problem = drawn(case, 2)
        problem.start[: problem.start.size // 2] *= 3
        rules = moderate(problem, 400)._replace(step=2e-4 * problem.y.size)
        found = run_plainly(problem, rules, variant=variant).latent
        assert np.linalg.norm(found - problem.start) > 0.01
        before, after = (np.square(x.reshape(2, -1)).sum(axis=1) for x in (problem.start, found))
        assert before[0] > 2 * before[1]
        assert after[0] - after[1] == pytest.approx(before[0] - before[1], rel=0.02)


def test_a_velocity_is_turned_with_its_code_on_the_way():
    variant, turned = Variant(sign_search=True, balances=True, momentum=0.9), 0
    for seed in range(20):
        problem = draw(np.random.default_rng([3, seed]), (2, 6, 8))
        rules = Rules(0.3 * problem.y.size, 25)
        expected, _ = algorithm_1(problem, rules, variant)
        found = run_plainly(problem, rules, variant=variant)
        assert found[1:] == expected[1:]
        np.testing.assert_allclose(found.latent, expected.latent, rtol=1e-7, atol=1e-9)
        turned += found.negations - run_plainly(problem, Rules(1.0, 1)).negations
    assert turned > 5


def test_the_cases_end_in_both_ways_and_change_signs():
    # Without this the comparison above could be empty of what it is about.
    ends, pairs = set(), set()
    for case in CASES:
        for seed in range(3):
            problem = drawn(case, seed)
            ends.add(run_plainly(problem, moderate(problem, 60, 1e-4)).status)
            values = [objective(problem, with_signs(problem.start, pair)) for pair in range(4)]
            pairs.add(int(np.argmin(values)))
    assert ends == {CONVERGED, CAPPED}
    assert pairs == {0, 1, 2, 3}


@pytest.mark.parametrize("pair", range(4))
def test_the_first_iterate_has_the_best_signs(pair):
    problem = drawn("two layers", 1)
    near = balanced(problem.target + 0.02)
    problem = problem._replace(start=with_signs(near, pair))
    trace = np.empty((1, 2))
    found = run_plainly(problem, moderate(problem, cap=1), trace)
    assert found.negations == (pair > 0)
    assert trace[0, 0] == pytest.approx(objective(problem, near), rel=1e-10)


def test_it_recovers_both_codes_and_leaves_them_balanced():
    for case in ("leaky",) if numba.config.DISABLE_JIT else ("leaky", "two layers", "three layers"):
        problem = drawn(case)
        problem = problem._replace(start=problem.target + 0.2 * problem.start)
        found = run_plainly(problem, moderate(problem, 5000, grad=1e-13))
        assert found.status == CONVERGED
        np.testing.assert_allclose(found.latent, problem.target, rtol=1e-8, atol=1e-9)
        h, z = np.split(found.latent, 2)
        assert np.linalg.norm(h) == pytest.approx(np.linalg.norm(z), rel=1e-14)


@pytest.mark.parametrize("factor", [1e-3, 0.2, 50.0])
def test_how_the_start_is_split_in_two_factors_does_not_matter(factor):
    problem = drawn("noisy", 1)
    rules = moderate(problem, 60)
    h, z = np.split(problem.start, 2)
    split = np.concatenate([factor * h, z / factor])
    expected, found = (
        run_plainly(problem._replace(start=x), rules) for x in (problem.start, split)
    )
    np.testing.assert_allclose(found.latent, expected.latent, rtol=1e-10)


def test_the_step_in_z_is_taken_with_the_new_h():
    problem = drawn("two layers", 2)
    best = min(
        (with_signs(balanced(problem.start), pair) for pair in range(4)),
        key=lambda x: objective(problem, x),
    )
    rules = moderate(problem, 1)
    found = run_plainly(problem, rules).latent
    at_once = balanced(best - rules.step * np.concatenate(gradients(problem, best)))
    assert np.linalg.norm(found - at_once) > 1e-3
    np.testing.assert_allclose(found, algorithm_1(problem, rules)[0].latent, rtol=1e-12)


def test_the_gradient_rule_holds_for_both_directions_together():
    problem = drawn("noisy", 1)
    found = run_plainly(problem, moderate(problem, 4000, grad=1e-6))
    assert found.status == CONVERGED
    k = problem.start.size // 2
    *_, path = algorithm_1(problem, moderate(problem, found.iterations))

    def length(x):
        v, _ = gradients(problem, x)
        half = np.concatenate([x[:k] - moderate(problem).step * v, x[k:]])
        return np.hypot(np.linalg.norm(v), np.linalg.norm(gradients(problem, half)[1]))

    assert length(path[-1]) < 1e-6 <= length(path[-2])


def test_the_change_rule_compares_the_step_with_the_norm():
    problem = drawn("noisy", 1)
    found = run_plainly(problem, moderate(problem, 4000, rel=1e-6))
    assert found.status == CONVERGED
    *_, path = algorithm_1(problem, moderate(problem, found.iterations + 1))
    # But for the rescaling after a step, which is of second order near a stationary point.
    last, before = (
        np.linalg.norm(path[t + 1] - path[t]) / np.linalg.norm(path[t + 1])
        for t in (found.iterations - 1, found.iterations - 2)
    )
    assert last < 1e-6 * (1 + 1e-4)
    assert before >= 1e-6 * (1 - 1e-4)


def test_rules_of_zero_never_apply_and_the_cap_is_exact():
    problem = drawn("two layers")
    found = run_plainly(problem._replace(start=problem.target.copy()), moderate(problem, 40))
    assert (found.status, found.iterations) == (CAPPED, 40)
    found = run_plainly(problem, moderate(problem, 0))
    assert (found.status, found.iterations, found.negations) == (CAPPED, 0, 0)


@pytest.mark.parametrize("case", ["two layers", "leaky, one layer"])
def test_too_large_a_step_is_divergence(case):
    problem = drawn(case)
    rules = Rules(1e3 * problem.y.size, 500, 1e-9, 1e-9)
    with np.errstate(over="ignore"):
        found, expected = run_plainly(problem, rules), algorithm_1(problem, rules)[0]
    assert found.status == DIVERGED
    assert 1 <= found.iterations < 20
    assert found[1:] == expected[1:]
    assert np.linalg.norm(found.latent / 1e30) >= 1
    np.testing.assert_allclose(found.latent, expected.latent, rtol=1e-7)


@pytest.mark.parametrize("bad", [np.nan, pytest.param(np.inf, marks=COMPILED), 1e100])
def test_a_start_without_an_objective_is_divergence_at_once(bad):
    problem = drawn("two layers")
    start = np.full(6, bad) if bad == 1e100 else np.array([1.0, bad, 0.0, 1.0, 1.0, 1.0])
    with np.errstate(over="ignore"):
        found = run_plainly(problem._replace(start=start), moderate(problem, 20))
    assert (found.status, found.iterations) == (DIVERGED, 0)


@pytest.mark.parametrize("case", ["two layers", "leaky"])
def test_zero_is_stationary(case):
    problem = drawn(case)._replace(start=np.zeros(6))
    found = run_plainly(problem, moderate(problem, 20))
    assert (found.status, found.iterations, found.negations) == (CAPPED, 20, 0)
    assert not found.latent.any()
    found = run_plainly(problem, moderate(problem, 20, grad=1e-12))
    assert (found.status, found.iterations) == (CONVERGED, 1)


@pytest.mark.parametrize("case", ["two layers", "noisy, three layers"])
def test_the_trace_holds_values_and_latent_errors_and_changes_nothing(case):
    problem = drawn(case, 1)
    arrays = (problem.first.weights, problem.second.weights, *problem[2:])
    before = [a.copy() for a in arrays]
    rules = moderate(problem, 30)
    *_, path = algorithm_1(problem, rules)
    trace = np.full((20, 2), -1.0)
    traced = run_plainly(problem, rules, trace)
    size = np.linalg.norm(problem.target)
    expected = [(objective(problem, x), np.linalg.norm(x - problem.target) / size) for x in path]
    np.testing.assert_allclose(trace, expected[:20], rtol=1e-9)
    plain = run_plainly(problem, rules)
    assert traced[1:] == plain[1:]
    np.testing.assert_array_equal(traced.latent, plain.latent)
    for array, copy in zip(arrays, before, strict=True):
        np.testing.assert_array_equal(array, copy)


def test_a_trace_longer_than_the_run_keeps_its_tail():
    problem = drawn("two layers")
    trace = np.full((9, 2), -1.0)
    run_plainly(problem, moderate(problem, 4), trace)
    assert (trace[:4] >= 0).all()
    assert (trace[4:] == -1).all()
