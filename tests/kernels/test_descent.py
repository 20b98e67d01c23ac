import dense
import numba
import numpy as np
import pytest

from genphase.kernels.descent import descend
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
    "hopeless": ((6, 8, 5), 2, 0.0, 0.0, "nothing"),
    "phaseless": ((3, 30, 30, 30), 2, 0.0, 0.0, "phaseless"),
    "phaseless, noisy, leaky": ((2, 20, 14, 40), 2, 0.2, 0.1, "phaseless"),
}


def algorithm_1(chain, b, x, step, cap, relative_change=0.0, gradient_norm=0.0, negate=True):
    """Algorithm 1 as the paper writes it, with full matrices."""
    negations = 0
    path = []
    for t in range(cap):
        if negate and dense.objective(chain, -x, b) < dense.objective(chain, x, b):
            x = -x
            negations += 1
        path.append(x)
        v = dense.jacobian(chain, x).T @ (dense.measured(chain, x) - b)
        if np.linalg.norm(v) < gradient_norm:
            return x, CONVERGED, t, negations, path
        moved = x - step * v
        change = np.linalg.norm(moved - x) / np.linalg.norm(moved)
        x = moved
        if change < relative_change:
            return x, CONVERGED, t + 1, negations, path
    return x, CAPPED, cap, negations, path


def draw(case, seed):
    widths, depth, slope, noise, behind = CASES[case]
    rng = np.random.default_rng([seed, *map(ord, case)])
    chain = dense.random_chain(rng, widths, depth, slope, behind)
    target = rng.standard_normal(widths[0])
    direction = rng.standard_normal(widths[-1])
    b = dense.measured(chain, target) + noise * direction / np.linalg.norm(direction)
    return chain, target, b, 2 * rng.standard_normal(widths[0])


def run(
    chain, target, b, start, step=0.25, cap=150, rel=0.0, grad=0.0, negate=True, trace=NO_TRACE
):
    return descend(*chain[:3], b, start, target, step, cap, rel, grad, negate, trace)


@pytest.mark.parametrize("negate", [True, False])
@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize(("rel", "grad"), [(1e-5, 0.0), (0.0, 1e-4), (1e-6, 1e-3)])
def test_it_is_the_algorithm_of_the_paper(case, negate, rel, grad):
    for seed in range(3):
        chain, target, b, start = draw(case, seed)
        x, status, iterations, negations, _ = algorithm_1(
            chain, b, start, 0.25, 150, rel, grad, negate
        )
        found = run(chain, target, b, start, rel=rel, grad=grad, negate=negate)
        assert (found.status, found.iterations, found.negations) == (status, iterations, negations)
        # Absolute for the iterates that a hopeless network drives to zero.
        np.testing.assert_allclose(found.latent, x, rtol=1e-9, atol=1e-12)


def test_the_cases_end_in_both_ways_and_negate():
    # Without this the comparison above could be empty of what it is about.
    ends, negations = set(), 0
    for case in CASES:
        for seed in range(3):
            found = run(*draw(case, seed), rel=1e-5)
            ends.add(found.status)
            negations += found.negations
    assert ends == {CONVERGED, CAPPED}
    assert negations > 3


def test_it_recovers_the_latent_code_of_an_expansive_network():
    chain, target, b, start = draw("expansive", 2)
    found = run(chain, target, b, start, cap=3000, grad=1e-13)
    assert found.status == CONVERGED
    np.testing.assert_allclose(found.latent, target, rtol=1e-10)


@pytest.mark.parametrize("negate", [True, False])
def test_gradient_rule_holds_at_the_end_and_not_before(negate):
    chain, target, b, start = draw("measured, noisy", 5)
    found = run(chain, target, b, start, cap=2000, grad=1e-6, negate=negate)

    def length(x):
        return np.linalg.norm(dense.jacobian(chain, x).T @ (dense.measured(chain, x) - b))

    assert found.status == CONVERGED
    assert length(found.latent) < 1e-6
    capped = run(chain, target, b, start, cap=found.iterations, grad=1e-6, negate=negate)
    assert capped.status == CAPPED
    earlier = run(chain, target, b, start, cap=found.iterations - 1, grad=1e-6, negate=negate)
    assert length(earlier.latent) >= 1e-6


def test_change_rule_holds_at_the_end_and_not_before():
    chain, target, b, start = draw("measured", 6)
    found = run(chain, target, b, start, cap=2000, rel=1e-7)
    steps = [run(chain, target, b, start, cap=found.iterations - back).latent for back in (2, 1, 0)]
    last, before = (
        np.linalg.norm(new - old) / np.linalg.norm(new)
        for old, new in ((steps[1], steps[2]), (steps[0], steps[1]))
    )
    assert found.status == CONVERGED
    assert last < 1e-7 <= before
    np.testing.assert_array_equal(found.latent, steps[2])


def test_rules_of_zero_never_apply_and_the_cap_is_exact():
    chain, target, b, _ = draw("expansive", 0)
    found = run(chain, target, b, target.copy(), cap=40)
    assert (found.status, found.iterations) == (CAPPED, 40)


@pytest.mark.parametrize("negate", [True, False])
def test_too_large_a_step_is_divergence(negate):
    chain, target, b, start = draw("leaky", 0)
    found = run(chain, target, b, start, step=1e3, cap=5000, rel=1e-9, grad=1e-9, negate=negate)
    assert found.status == DIVERGED
    assert 1 < found.iterations < 100
    # The last of the updates that were counted is the first beyond the limit.
    x, *_ = algorithm_1(chain, b, start, 1e3, found.iterations, negate=negate)
    before, *_ = algorithm_1(chain, b, start, 1e3, found.iterations - 1, negate=negate)
    assert np.linalg.norm(before) < 1e30 <= np.linalg.norm(x)
    np.testing.assert_allclose(found.latent, x, rtol=1e-9)


@pytest.mark.parametrize("bad", [np.nan, pytest.param(np.inf, marks=COMPILED)])
def test_a_start_that_is_no_number_is_divergence_at_once(bad):
    chain, target, b, _ = draw("expansive", 0)
    found = run(chain, target, b, np.array([1.0, bad, 0.0]))
    assert (found.status, found.iterations) == (DIVERGED, 0)


def test_a_start_near_the_mirrored_target_is_negated_once():
    chain, target, b, _ = draw("expansive", 3)
    start = -target + 0.01
    found = run(chain, target, b, start, cap=3000, grad=1e-12)
    assert found.negations == 1
    np.testing.assert_allclose(found.latent, target, rtol=1e-9)
    # Plain descent makes its first step from -x*, and counts no negation.
    plain = run(chain, target, b, start, cap=1, negate=False)
    assert plain.negations == 0
    assert np.linalg.norm(plain.latent - start) < np.linalg.norm(plain.latent - target)


def test_a_tie_is_no_negation():
    chain, target, b, _ = draw("expansive", 0)
    found = run(chain, target, b, np.zeros(3), cap=5)
    assert (found.status, found.iterations, found.negations) == (CAPPED, 5, 0)
    assert not found.latent.any()


def test_nothing_but_the_trace_is_modified():
    chain, target, b, start = draw("contractive", 0)
    before = [a.copy() for a in (chain.weights, b, start, target)]
    run(chain, target, b, start, trace=np.empty((10, 2)))
    for array, copy in zip((chain.weights, b, start, target), before, strict=True):
        np.testing.assert_array_equal(array, copy)


@pytest.mark.parametrize("negate", [True, False])
def test_trace_holds_objective_and_latent_error_of_the_first_iterates(negate):
    chain, target, b, start = draw("expansive", 1)
    *_, path = algorithm_1(chain, b, start, 0.25, 30, negate=negate)
    trace = np.full((20, 2), -1.0)
    traced = run(chain, target, b, start, cap=30, negate=negate, trace=trace)
    expected = [
        (dense.objective(chain, x, b), np.linalg.norm(x - target) / np.linalg.norm(target))
        for x in path[:20]
    ]
    np.testing.assert_allclose(trace, expected, rtol=1e-9)
    plain = run(chain, target, b, start, cap=30, negate=negate)
    assert traced[1:] == plain[1:]
    np.testing.assert_array_equal(traced.latent, plain.latent)


def test_trace_longer_than_the_run_keeps_its_tail():
    chain, target, b, start = draw("expansive", 1)
    trace = np.full((9, 2), -1.0)
    run(chain, target, b, start, cap=4, trace=trace)
    assert (trace[:4] >= 0).all()
    assert (trace[4:] == -1).all()
