import dense
import numba
import numpy as np
import pytest

from genphase.kernels.plugin import plugin
from genphase.kernels.status import CAPPED, CONVERGED, DIVERGED

COMPILED = pytest.mark.skipif(numba.config.DISABLE_JIT, reason="NumPy warns of inf * 0")
NO_TRACE = np.empty((0, 2))

# widths, depth (one less than the layers: measured), slope, noise norm.
CASES = {
    "expansive": ((2, 40, 60), 2, 0.0, 0.0),
    "deep": ((2, 24, 24, 24), 3, 0.0, 0.0),
    "contractive": ((3, 40, 20), 2, 0.0, 0.0),
    "noisy": ((2, 24, 24), 2, 0.0, 0.3),
    "measured": ((2, 30, 40, 25), 2, 0.0, 0.0),
    "leaky": ((3, 30, 30), 2, 0.3, 0.1),
    "too small": ((4, 6, 6), 2, 0.0, 0.0),
}


def as_in_the_paper(chain, b, x, step, cap, relative_change=0.0, direction_norm=0.0):
    """x <- x - η Bᵀ Aᵀ (A G(x) - b) with B the plain product of the weight matrices."""
    back = dense.linear(chain).T
    path = []
    for t in range(cap):
        path.append(x)
        direction = back @ (dense.measured(chain, x) - b)
        if np.linalg.norm(direction) < direction_norm:
            return x, CONVERGED, t, path
        moved = x - step * direction
        change = np.linalg.norm(moved - x) / np.linalg.norm(moved)
        x = moved
        if change < relative_change:
            return x, CONVERGED, t + 1, path
    return x, CAPPED, cap, path


def draw(case, seed):
    widths, depth, slope, noise = CASES[case]
    rng = np.random.default_rng([seed, *map(ord, case)])
    chain = dense.random_chain(rng, widths, depth, slope)
    target = rng.standard_normal(widths[0])
    direction = rng.standard_normal(widths[-1])
    b = dense.measured(chain, target) + noise * direction / np.linalg.norm(direction)
    return chain, target, b, rng.standard_normal(widths[0])


def run(chain, target, b, start, step=0.15, cap=150, rel=0.0, grad=0.0, trace=NO_TRACE):
    return plugin(*chain[:3], b, start, target, step, cap, rel, grad, trace)


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize(("rel", "grad"), [(1e-5, 0.0), (0.0, 1e-4), (1e-6, 1e-3)])
def test_it_is_the_iteration_of_the_paper(case, rel, grad):
    for seed in range(3):
        chain, target, b, start = draw(case, seed)
        x, status, iterations, _ = as_in_the_paper(chain, b, start, 0.15, 150, rel, grad)
        found = run(chain, target, b, start, rel=rel, grad=grad)
        assert (found.status, found.iterations, found.negations) == (status, iterations, 0)
        np.testing.assert_allclose(found.latent, x, rtol=1e-9, atol=1e-12)


def test_the_cases_end_in_both_ways():
    ends = {run(*draw(case, seed), rel=1e-5).status for case in CASES for seed in range(3)}
    assert ends == {CONVERGED, CAPPED}


def test_it_recovers_the_latent_code_of_an_expansive_network():
    chain, target, b, start = draw("expansive", 0)
    found = run(chain, target, b, start, cap=2000, rel=1e-13)
    assert found.status == CONVERGED
    np.testing.assert_allclose(found.latent, target, rtol=1e-10)


def test_a_network_with_slope_one_is_inverted_as_a_linear_map():
    # Without kinks PLUGIn is gradient descent on least squares.
    chain, target, b, start = draw("noisy", 2)
    linear = chain._replace(leaks=np.ones(2))
    found = run(linear, target, b, start, cap=2000, rel=1e-14)
    expected = np.linalg.lstsq(dense.linear(chain), b, rcond=None)[0]
    np.testing.assert_allclose(found.latent, expected, rtol=1e-9)


def test_the_cap_is_exact():
    chain, target, b, _ = draw("expansive", 0)
    found = run(chain, target, b, target.copy(), cap=25)
    assert (found.status, found.iterations) == (CAPPED, 25)


def test_too_large_a_step_is_divergence():
    chain, target, b, start = draw("expansive", 0)
    found = run(chain, target, b, start, step=1e3, cap=5000, rel=1e-9, grad=1e-9)
    assert found.status == DIVERGED
    assert 1 < found.iterations < 100
    # The last of the updates that were counted is the first beyond the limit.
    x, *_ = as_in_the_paper(chain, b, start, 1e3, found.iterations)
    before, *_ = as_in_the_paper(chain, b, start, 1e3, found.iterations - 1)
    assert np.linalg.norm(before) < 1e30 <= np.linalg.norm(x)
    np.testing.assert_allclose(found.latent, x, rtol=1e-9)


@pytest.mark.parametrize("bad", [np.nan, pytest.param(np.inf, marks=COMPILED)])
def test_a_start_that_is_no_number_is_divergence_at_once(bad):
    chain, target, b, _ = draw("expansive", 0)
    found = run(chain, target, b, np.array([1.0, bad]))
    assert (found.status, found.iterations) == (DIVERGED, 0)


def test_trace_holds_objective_and_latent_error_and_changes_nothing():
    chain, target, b, start = draw("measured", 0)
    *_, path = as_in_the_paper(chain, b, start, 0.15, 30)
    trace = np.full((20, 2), -1.0)
    first = start.copy()
    traced = run(chain, target, b, start, cap=30, trace=trace)
    expected = [
        (dense.objective(chain, x, b), np.linalg.norm(x - target) / np.linalg.norm(target))
        for x in path[:20]
    ]
    np.testing.assert_allclose(trace, expected, rtol=1e-9)
    np.testing.assert_array_equal(start, first)
    plain = run(chain, target, b, start, cap=30)
    assert traced[1:] == plain[1:]
    np.testing.assert_array_equal(traced.latent, plain.latent)
