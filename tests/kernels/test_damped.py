import dense
import numba
import numpy as np
import pytest
from counted import uncompiled

from genphase.kernels import damped as module
from genphase.kernels.damped import damped_least_squares
from genphase.kernels.passes import SIGMOID
from genphase.kernels.status import CAPPED, CONVERGED, DIVERGED

COMPILED = pytest.mark.skipif(numba.config.DISABLE_JIT, reason="NumPy warns of inf * 0")
NO_TRACE = np.empty((0, 2))

# widths, depth, slope, noise norm, what is behind the network.
CASES = {
    "expansive": ((3, 24, 48), 2, 0.0, 0.0, "nothing"),
    "contractive": ((4, 24, 16, 12), 3, 0.0, 0.0, "nothing"),
    "measured": ((3, 20, 16, 10), 2, 0.0, 0.0, "measured"),
    "measured, noisy": ((3, 20, 16, 10), 2, 0.0, 0.1, "measured"),
    "noisy": ((2, 14, 20), 2, 0.0, 0.3, "nothing"),
    "leaky": ((3, 10, 10, 12), 3, 0.1, 0.0, "nothing"),
    "fewer measurements than unknowns": ((6, 30, 30, 4), 2, 0.0, 0.0, "measured"),
    "phaseless": ((3, 30, 30, 30), 2, 0.0, 0.0, "phaseless"),
    "phaseless, noisy, leaky": ((2, 20, 14, 40), 2, 0.2, 0.1, "phaseless"),
    "sigmoid": ((3, 20, 30), 1, 0.0, 0.0, "sigmoid"),
    "tanh, noisy, leaky": ((3, 12, 20, 30), 2, 0.2, 0.3, "tanh"),
    "sigmoids inside, measured": ((3, 14, 16, 12), 2, SIGMOID, 0.1, "measured"),
}


def residual(chain, x, b):
    return dense.measured(chain, x) - b


def damped(J, r, shift):
    """Return the damped Gauss-Newton step as a least-squares problem, by singular values."""
    k = J.shape[1]
    stacked = np.vstack([J, np.sqrt(shift) * np.eye(k)])
    return np.linalg.lstsq(stacked, np.concatenate([-r, np.zeros(k)]))[0]


def in_numpy(chain, b, x, cap, relative_change=0.0, gradient_norm=0.0):
    """The method with dense Jacobians and lstsq."""
    mu, negations, path = 1e-3, 0, []
    for t in range(cap):
        if dense.objective(chain, -x, b) < dense.objective(chain, x, b):
            x, negations = -x, negations + 1
        path.append(x)
        J, r, f = dense.jacobian(chain, x), residual(chain, x, b), dense.objective(chain, x, b)
        if np.linalg.norm(J.T @ r) < gradient_norm:
            return x, CONVERGED, t, negations, path
        h, failures = (J**2).sum(axis=0).max(), 0
        while True:
            step = damped(J, r, mu * h)
            new = dense.objective(chain, x + step, b)
            if new < f:
                break
            failures += 1
            mu *= 2**failures
            if mu > 1e16:
                return x, CONVERGED, t, negations, path
        # ½‖r‖² - ½‖r + J step‖², without cancellation.
        gain = (f - new) / (-(J @ step) @ (r + 0.5 * J @ step))
        mu = max(mu * max(1 / 3, 1 - (2 * gain - 1) ** 3), 1e-15)
        x = x + step
        if np.linalg.norm(step) < relative_change * np.linalg.norm(x):
            return x, CONVERGED, t + 1, negations, path
    return x, CAPPED, cap, negations, path


def decided(chain, b, path):
    """Return the number of updates before rounding could decide whether a step is taken."""
    values = np.array([dense.objective(chain, x, b) for x in path])
    small = values[:-1] - values[1:] < 1e-8 * values[:-1]
    tiny = values[1:] < 1e-20
    return int(np.argmax(small | tiny)) + 1 if (small | tiny).any() else len(path)


def draw(case, seed):
    widths, depth, slope, noise, behind = CASES[case]
    rng = np.random.default_rng([seed, *map(ord, case)])
    chain = dense.random_chain(rng, widths, depth, slope, behind)
    target = rng.standard_normal(widths[0])
    direction = rng.standard_normal(widths[-1])
    b = dense.measured(chain, target) + noise * direction / np.linalg.norm(direction)
    return chain, target, b, 2 * rng.standard_normal(widths[0])


def run(chain, target, b, start, cap=200, rel=0.0, grad=0.0, trace=NO_TRACE, kernel=None):
    kernel = kernel or damped_least_squares
    return kernel(*chain[:3], b, start, target, cap, rel, grad, trace)


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize(
    ("cap", "rel", "grad"), [(1, 0.0, 0.0), (4, 0.0, 0.0), (60, 1e-5, 0.0), (60, 0.0, 1e-4)]
)
def test_it_is_the_method_by_dense_jacobians(case, cap, rel, grad):
    for seed in range(4):
        chain, target, b, start = draw(case, seed)
        x, status, iterations, negations, path = in_numpy(chain, b, start, cap, rel, grad)
        cap = min(cap, decided(chain, b, path))
        if cap < iterations:
            x, status, iterations, negations, _ = in_numpy(chain, b, start, cap, rel, grad)
        found = run(chain, target, b, start, cap, rel, grad)
        assert (found.status, found.iterations, found.negations) == (status, iterations, negations)
        np.testing.assert_allclose(found.latent, x, rtol=1e-6, atol=1e-9)


def test_the_cases_reject_steps_negate_and_end_in_both_ways():
    # Without this the comparison above could be empty of what it is about.
    ends, negations, steps = set(), 0, 0
    for case in CASES:
        for seed in range(4):
            chain, target, b, start = draw(case, seed)
            found = run(chain, target, b, start, 4)
            ends.add(found.status)
            found = run(chain, target, b, start, 60, 1e-5)
            ends.add(found.status)
            negations += found.negations
            steps += found.iterations
    assert ends == {CONVERGED, CAPPED}
    assert negations > 3
    assert steps > 100


@pytest.mark.parametrize("behind", ["nothing", "measured", "phaseless"])
@pytest.mark.parametrize("slope", [0.0, 0.2])
def test_it_recovers_the_latent_code_of_wide_networks(behind, slope):
    for seed in range(5):
        rng = np.random.default_rng(seed)
        chain = dense.random_chain(
            rng, (3, 200, 300, 250), 2 + (behind == "nothing"), slope, behind
        )
        target, start = rng.standard_normal((2, 3))
        found = run(chain, target, dense.measured(chain, target), start, 50, grad=1e-12)
        assert found.status == CONVERGED
        assert found.iterations < 20
        np.testing.assert_allclose(found.latent, target, rtol=1e-9)


@pytest.mark.parametrize("behind", ["nothing", "measured"])
def test_of_an_almost_linear_chain_a_few_steps_give_the_least_squares_solution(behind):
    # With slopes of 1 - 1e-9 the chain is W_2 W_1 x but for 1e-9: one piece to that precision.
    rng = np.random.default_rng(5)
    depth = 3 if behind == "nothing" else 2
    chain = dense.random_chain(rng, (4, 9, 8, 12), depth, 1 - 1e-9, behind)
    b, start = rng.standard_normal(12), rng.standard_normal(4)
    expected = np.linalg.lstsq(dense.linear(chain), b)[0]
    found = run(chain, start, b, start, 6)
    np.testing.assert_allclose(found.latent, expected, rtol=0, atol=1e-7)


def test_within_a_piece_a_step_leaves_of_the_distance_what_the_damping_says():
    chain, target, b, _ = draw("measured, noisy", 3)
    x = in_numpy(chain, b, target, 100)[0]
    J = dense.jacobian(chain, x)
    # The piece holds its own solution, so that its neighbourhood is one linear problem.
    solution = np.linalg.lstsq(J, b)[0]
    start = solution * (1 + 1e-4)
    for point in (solution, start):
        np.testing.assert_array_equal(dense.slopes(chain, point), dense.slopes(chain, x))
    H = J.T @ J
    shift = 1e-3 * H.diagonal().max()
    expected = shift * np.linalg.solve(H + shift * np.eye(x.size), start - solution)
    one = run(chain, target, b, start, 1)
    np.testing.assert_allclose(one.latent - solution, expected, rtol=1e-6, atol=1e-15)
    # The gain is 1, so that the damping is divided by three from step to step.
    shift /= 3
    expected = shift * np.linalg.solve(H + shift * np.eye(x.size), expected)
    two = run(chain, target, b, start, 2)
    np.testing.assert_allclose(two.latent - solution, expected, rtol=1e-4, atol=1e-15)


@pytest.mark.parametrize("held", [0, 1])
@pytest.mark.parametrize("case", CASES)
def test_the_jacobian_holds_the_columns_of_all_outputs_that_are_not_flat(case, held):
    for seed in range(3):
        chain, _, _, x = draw(case, seed)
        k, m = chain.widths[0], chain.widths[-1]
        J = dense.jacobian(chain, x)
        J[:, k - held :] = 0
        H = np.full((k, k), np.nan)
        slopes = dense.slopes(chain, x)
        maps = np.zeros((k, slopes.size))
        module.linearise(*chain[:2], slopes, maps)
        found, seen = module.jacobian_of(slopes[-m:], maps[:, -m:], held, H)
        np.testing.assert_array_equal(seen, np.flatnonzero(dense.slopes(chain, x)[-m:]))
        np.testing.assert_allclose(found[:, : seen.size].T, J[seen], rtol=1e-12, atol=1e-13)
        assert not found[:, seen.size :].any()
        assert not np.delete(J, seen, axis=0).any()
        np.testing.assert_allclose(np.tril(H), np.tril(J.T @ J), rtol=1e-11, atol=1e-12)


@pytest.mark.parametrize("case", [case for case in CASES if "sigmoid" not in case])
def test_maps_that_follow_flips_are_those_that_are_built_anew(case):
    chain, _, _, x = draw(case, 4)
    rng = np.random.default_rng(4)
    k, slopes = chain.widths[0], dense.slopes(chain, x)
    maps, anew = np.zeros((2, k, slopes.size))
    module.linearise(*chain[:2], slopes, maps)
    total = 0
    # Maps of units that flip back and forth are followed all the way.
    for _ in range(8):
        x = x + np.linalg.norm(x) * rng.standard_normal(k)
        before, slopes = slopes, dense.slopes(chain, x)
        total += np.count_nonzero(before != slopes)
        module.follow_flips(*chain[:2], before, slopes, maps)
        module.linearise(*chain[:2], slopes, anew)
        active = slopes != 0
        np.testing.assert_allclose(maps[:, active], anew[:, active], rtol=1e-9, atol=1e-12)
    assert total > 10


def test_a_start_near_the_mirrored_target_is_negated_once():
    chain, target, b, _ = draw("expansive", 3)
    found = run(chain, target, b, -target + 0.01, grad=1e-12)
    assert (found.status, found.negations) == (CONVERGED, 1)
    np.testing.assert_allclose(found.latent, target, rtol=1e-9)


def test_a_tie_is_no_negation_and_where_nothing_is_active_the_run_ends():
    chain, target, b, _ = draw("expansive", 0)
    found = run(chain, target, b, np.zeros(3))
    assert (found.status, found.iterations, found.negations) == (CONVERGED, 0, 0)
    assert not found.latent.any()


def test_gradient_rule_holds_at_the_end_and_not_before():
    chain, target, b, start = draw("measured, noisy", 5)

    def length(x):
        return np.linalg.norm(dense.jacobian(chain, x).T @ residual(chain, x, b))

    found = run(chain, target, b, start, grad=1e-6)
    assert found.status == CONVERGED
    assert length(found.latent) < 1e-6
    assert run(chain, target, b, start, found.iterations, grad=1e-6).status == CAPPED
    assert length(run(chain, target, b, start, found.iterations - 1).latent) >= 1e-6


def test_change_rule_holds_at_the_end_and_not_before():
    chain, target, b, start = draw("measured", 6)
    found = run(chain, target, b, start, rel=1e-3)
    steps = [run(chain, target, b, start, found.iterations - back).latent for back in (2, 1, 0)]
    last, before = (
        np.linalg.norm(new - old) / np.linalg.norm(new)
        for old, new in ((steps[1], steps[2]), (steps[0], steps[1]))
    )
    assert found.status == CONVERGED
    assert last < 1e-3 <= before
    np.testing.assert_array_equal(found.latent, steps[2])


def test_without_rules_a_run_ends_where_no_damping_gives_a_decrease():
    ends = 0
    for case in ("measured, noisy", "noisy", "contractive"):
        for seed in range(5):
            chain, target, b, start = draw(case, seed)
            found = run(chain, target, b, start, 500)
            ends += found.status == CONVERGED
            f = dense.objective(chain, found.latent, b)
            assert f <= dense.objective(chain, start, b)
            if found.status == CONVERGED:
                J, r = dense.jacobian(chain, found.latent), residual(chain, found.latent, b)
                gradient = J.T @ r
                for exponent in range(-3, 17):
                    step = damped(J, r, 10.0**exponent * (J**2).sum(axis=0).max())
                    # No decrease beyond what the rounding of the objective could hide.
                    new = dense.objective(chain, found.latent + step, b)
                    assert new > f * (1 - 1e-10) - 1e-28, (case, seed, exponent, gradient)
    assert ends > 10


def test_a_kink_that_no_step_leaves_downwards_ends_the_run():
    # f(x) = ½ (relu(x) + 1)² + ½ (relu(-x) + 1)² has its minimum at its kink, 0.
    chain = dense.Chain(np.array([1.0, -1.0]), np.array([1, 2]), np.array([0.0]), 1)
    found = run(chain, np.ones(1), -np.ones(2), np.array([0.3]), 1000)
    assert found.status == CONVERGED
    assert abs(found.latent[0]) < 1e-7


@pytest.mark.parametrize("bad", [np.nan, pytest.param(np.inf, marks=COMPILED), 1e200])
def test_a_start_without_a_finite_objective_is_divergence_at_once(bad):
    chain, target, b, _ = draw("expansive", 0)
    with np.errstate(over="ignore", invalid="ignore"):
        found = run(chain, target, b, np.array([1.0, bad, 0.0]))
    assert (found.status, found.iterations) == (DIVERGED, 0)


def test_a_step_to_where_the_objective_overflows_is_not_taken():
    # f(x) = ½ (x - b)² left of 0 and infinite right of it, for all that is computed.
    chain = dense.Chain(np.array([-1.0, 1e200]), np.array([1, 2]), np.array([0.0]), 1)
    with np.errstate(over="ignore"):
        found = run(chain, np.ones(1), np.array([-1.0, 0.0]), np.array([-2.0]), 400)
    assert found.status in (CONVERGED, CAPPED)
    assert np.isfinite(found.latent).all()
    assert -2 < found.latent[0] <= 0


def test_nothing_but_the_trace_is_modified():
    chain, target, b, start = draw("contractive", 0)
    before = [a.copy() for a in (chain.weights, b, start, target)]
    run(chain, target, b, start, trace=np.empty((10, 2)))
    for array, copy in zip((chain.weights, b, start, target), before, strict=True):
        np.testing.assert_array_equal(array, copy)


def test_trace_holds_objective_and_latent_error_of_the_first_iterates():
    chain, target, b, start = draw("measured, noisy", 1)
    *_, path = in_numpy(chain, b, start, 8)
    trace = np.full((6, 2), -1.0)
    traced = run(chain, target, b, start, 8, trace=trace)
    np.testing.assert_array_equal(traced.latent, run(chain, target, b, start, 8).latent)
    assert len(path) >= 6
    for (value, error), x in zip(trace, path[:6], strict=True):
        assert value == pytest.approx(dense.objective(chain, x, b), rel=1e-6)
        expected = np.linalg.norm(x - target) / np.linalg.norm(target)
        assert error == pytest.approx(expected, rel=1e-6)


def test_maps_are_made_for_new_patterns_only_and_rejected_steps_make_none(monkeypatch):
    chain, target, b, start = draw("measured, noisy", 0)
    counts = {"linearise": 0, "follow_flips": 0, "factorise": 0}

    def counted(name):
        kernel = getattr(module, name)

        def call(*arguments):
            counts[name] += 1
            return kernel(*arguments)

        return call

    for name in counts:
        monkeypatch.setattr(module, name, counted(name))
    trace = np.empty((200, 2))
    found = run(chain, target, b, start, trace=trace, kernel=uncompiled(damped_least_squares))
    *_, path = in_numpy(chain, b, start, found.iterations + 1)
    patterns = [dense.slopes(chain, x) for x in path]
    flips = [np.count_nonzero(a != b) for a, b in zip(patterns, patterns[1:], strict=False)]
    many = sum(count > module.SHARE * start.size for count in flips)
    assert found.status == CONVERGED
    assert counts["linearise"] == 1 + many
    assert counts["follow_flips"] == np.count_nonzero(flips) - many > 0
    assert counts["linearise"] + counts["follow_flips"] < found.iterations
    # Every update takes one factor at least; the last search found no decrease.
    assert counts["factorise"] > found.iterations + 5
