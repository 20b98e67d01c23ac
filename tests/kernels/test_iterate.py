"""The fast iteration against the plain loops: the algorithms as written."""

from collections import Counter

import dense
import numba
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from side_by_side import (
    FITTING,
    SOLVERS,
    Rules,
    agree,
    assert_same,
    completed,
    draw,
    recovered,
    run_fast,
    run_plainly,
)

from genphase.kernels.costs import costs_of
from genphase.kernels.forms import WIGNER
from genphase.kernels.iterate import plain_phase, plain_step
from genphase.kernels.negation import make_mirror
from genphase.kernels.regions import make_region
from genphase.kernels.status import CAPPED, CONVERGED, DIVERGED, RUNNING
from genphase.kernels.stopping import Rules as KernelRules

COMPILED = pytest.mark.skipif(numba.config.DISABLE_JIT, reason="too slow without compilation")

# widths, depth, slope, noise, what is behind the network.
SHAPES = {
    "one layer": ((3, 40), 1, 0.0, 0.0, "nothing"),
    "one unknown": ((1, 30, 30), 2, 0.0, 0.0, "nothing"),
    "expansive": ((4, 60, 120), 2, 0.0, 0.0, "nothing"),
    "contractive": ((5, 90, 50), 2, 0.0, 0.1, "nothing"),
    "three layers": ((6, 80, 80, 80), 3, 0.0, 0.0, "nothing"),
    "five layers": ((2, 60, 60, 60, 60, 60), 5, 0.0, 0.0, "nothing"),
    "measured": ((4, 120, 100, 60), 2, 0.0, 0.0, "measured"),
    "measured, noisy": ((10, 60, 120, 100, 60), 3, 0.0, 0.2, "measured"),
    "leaky": ((4, 50, 50), 2, 0.2, 0.1, "nothing"),
    "leaky, measured": ((4, 50, 50, 30), 2, 0.3, 0.0, "measured"),
    "many unknowns": ((30, 300, 280, 220), 2, 0.0, 0.0, "nothing"),
    "most unknowns": ((150, 500, 350), 1, 0.0, 0.0, "nothing"),
    "phaseless": ((4, 80, 70, 60), 2, 0.0, 0.0, "phaseless"),
    "phaseless, noisy": ((8, 90, 100, 120), 2, 0.0, 0.2, "phaseless"),
    "leaky, phaseless": ((3, 30, 40), 1, 0.2, 0.0, "phaseless"),
    "wigner": ((5, 60, 90, 90), 2, 0.0, 0.2, "wigner"),
    "leaky, wigner": ((3, 30, 30), 1, 0.2, 0.0, "wigner"),
    "wishart": ((6, 80, 60, 90, 150), 3, 0.0, 0.3, "wishart"),
    "few samples": ((3, 40, 35, 9), 2, 0.0, 0.1, "wishart"),
}
SMALL = ("one layer", "one unknown", "leaky, measured", "leaky, phaseless", "leaky, wigner")
PAIRS = [(shape, solver) for shape in SHAPES for solver in FITTING[SHAPES[shape][-1]]]


# Every solver with whatever it fits.
COMBINATIONS = [(solver, behind) for behind in FITTING for solver in FITTING[behind]]


def drawn(shape, seed, dtype=np.float32):
    return draw(np.random.default_rng([seed, *map(ord, shape)]), *SHAPES[shape], dtype)


def moderate_step(solver, shape):
    widths, depth, *_ = SHAPES[shape]
    # The dense helper's weights double the squared norm once more where there is another layer.
    return (0.75 if solver == "plugin" else 0.35) / (2 if len(widths) > depth + 1 else 1)


def assert_all_but_iterations(plain, fast, problem):
    """Assert equality, except where a stopping rule near rounding level is met a little later."""
    if plain.status == CONVERGED:
        assert agree(plain, fast._replace(iterations=plain.iterations), 1e-8)
        assert abs(fast.iterations - plain.iterations) <= 2 + plain.iterations // 50
    # A run that never settles may drift apart, but not into a recovery or out of one.
    assert recovered(plain, problem) == recovered(fast, problem)


def check(shape, solver, dtype, seeds):
    rules = Rules(solver, moderate_step(solver, shape), 4000, 1e-12, 1e-11)
    for seed in range(seeds):
        problem = drawn(shape, seed, dtype)
        plain, fast = run_plainly(problem, rules), run_fast(problem, rules)
        assert_all_but_iterations(plain, fast, problem)


@pytest.mark.parametrize(("shape", "solver"), PAIRS)
def test_it_ends_where_the_plain_loop_ends(shape, solver):
    if numba.config.DISABLE_JIT and shape not in SMALL:
        pytest.skip("too slow without compilation")
    check(shape, solver, np.float32, 2 if numba.config.DISABLE_JIT else 4)


def test_it_does_so_with_weights_in_double_precision():
    # One test, for what takes longest is to compile the iteration once more.
    for shape, solver in PAIRS:
        if shape in SMALL or not numba.config.DISABLE_JIT:
            check(shape, solver, np.float64, 1)


@COMPILED
@pytest.mark.parametrize(("solver", "behind"), COMBINATIONS)
def test_random_networks_of_many_shapes_end_where_the_plain_loop_ends(solver, behind):
    rng = np.random.default_rng([7, *map(ord, solver + behind)])
    ends = Counter()
    for _ in range(60):
        k = int(rng.integers(1, 16))
        hidden = rng.integers(k + 1, 12 * k + 20, rng.integers(1, 6))
        widths = completed((k, *map(int, hidden)), behind, int(rng.integers(k + 1, 12 * k + 20)))
        slope, noise = rng.choice([0.0, 0.1]), rng.choice([0.0, 0.2])
        problem = draw(rng, widths, hidden.size, slope, noise, behind)
        step = rng.uniform(0.05, 0.9) / (1 if behind == "nothing" else 2)
        rules = Rules(solver, float(step), 2000, 1e-11)
        plain, fast = run_plainly(problem, rules), run_fast(problem, rules)
        assert_all_but_iterations(plain, fast, problem)
        ends[plain.status] += 1
        ends["recovered"] += recovered(plain, problem)
    assert ends[CONVERGED] > 10
    # A Wishart matrix determines the target up to a statistical error.
    assert (ends["recovered"] > 0) == (behind != "wishart")


STEPS = (0.03, 0.1, 0.3, 0.6, 1.0, 1.6, 3.0)
RULES = ((0.0, 0.0), (1e-10, 0.0), (0.0, 1e-9), (1e-5, 0.0), (1e-7, 1e-4))


@COMPILED
@settings(derandomize=True, max_examples=400)
@given(
    combination=st.sampled_from(COMBINATIONS),
    k=st.integers(1, 24) | st.sampled_from([60, 150]),
    hidden=st.lists(st.integers(1, 160), min_size=1, max_size=5),
    m=st.integers(1, 160),
    slope=st.sampled_from([0.0, 0.0, 0.1, 0.5]),
    noise=st.sampled_from([0.0, 0.1, 1.0]),
    scale=st.sampled_from([1e-6, 0.1, 1.0, 10.0]),
    step=st.sampled_from(STEPS),
    cap=st.sampled_from([1, 20, 150, 700]),
    rules=st.sampled_from(RULES),
    seed=st.integers(0, 10**6),
)
def test_it_is_the_plain_loop_for_any_network_and_step(
    combination, k, hidden, m, slope, noise, scale, step, cap, rules, seed
):
    solver, behind = combination
    rng = np.random.default_rng(seed)
    widths = completed((k, *hidden), behind, m)
    problem = draw(rng, widths, len(hidden), slope, noise, behind, scale=scale)
    assert_same(problem, Rules(solver, step, cap, *rules))


@COMPILED
@pytest.mark.parametrize(("solver", "behind"), COMBINATIONS)
def test_it_is_the_plain_loop_where_most_units_flip_and_where_none_do(solver, behind):
    # Unlike above, networks are large enough for regions, hinges and balls to pay or not to.
    seen = Counter()
    rng = np.random.default_rng([11, *map(ord, solver + behind)])
    shapes = ((1, 200), (6, 90, 150), (12, 200, 120), (5, 80, 60, 90, 70), (40, 150, 130))
    for layers in (*shapes, (3, 150, 60), (16, 160, 120, 100, 50), (6, 90, 80, 90, 85, 80, 40)):
        for step in STEPS:
            slope, noise = (0.0, 0.2)[rng.integers(2)], (0.0, 0.2)[rng.integers(2)]
            widths = completed(layers, behind, int(rng.integers(20, 150)))
            problem = draw(rng, widths, len(layers) - 1, slope, noise, behind)
            cap, (rel, grad) = (60, 400, 1500)[rng.integers(3)], RULES[rng.integers(5)]
            rules = Rules(solver, step, cap, rel, grad)
            plain = assert_same(problem, rules)
            seen[plain.status] += 1
            seen["negations"] += plain.negations
            seen["rounding decides"] += not agree(plain, run_fast(problem, rules), 1e-8)
    assert min(seen[CONVERGED], seen[CAPPED], seen[DIVERGED]) >= 5
    # One to four more or fewer, by how a processor and its compiler round.
    assert seen["rounding decides"] < 18
    assert (seen["negations"] > 20) == (solver == "subgradient")


def test_it_negates_when_the_plain_loop_does():
    negations = 0
    for seed in range(8):
        problem = drawn("one layer", seed)
        problem = problem._replace(start=-0.9 * problem.target)
        negations += assert_same(problem, Rules("subgradient", 0.5, 200, 0.0, 1e-10)).negations
    assert negations > 0


def test_too_large_a_step_diverges():
    problem = drawn("expansive", 1)
    for solver in ("plugin", "gradient_descent"):
        assert assert_same(problem, Rules(solver, 200.0, 500, 1e-12)).status == DIVERGED


@pytest.mark.parametrize("cap", [0, 1, 17, 40])
def test_the_cap_ends_a_run_after_as_many_updates(cap):
    problem, rules = drawn("one layer", 2), Rules("gradient_descent", 0.1, cap)
    plain, fast = run_plainly(problem, rules), run_fast(problem, rules)
    assert (fast.status, fast.iterations) == (CAPPED, cap)
    np.testing.assert_allclose(fast.latent, plain.latent, rtol=1e-12)


@pytest.mark.parametrize("solver", SOLVERS)
@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_a_start_that_is_no_number_is_divergence_at_once(solver, bad):
    problem = drawn("one layer", 0)
    problem = problem._replace(start=np.array([1.0, bad, 0.0]))
    with np.errstate(invalid="ignore"):
        fast = run_fast(problem, Rules(solver, 0.3, 20))
    assert (fast.status, fast.iterations) == (DIVERGED, 0)


@pytest.mark.parametrize("solver", SOLVERS)
@pytest.mark.parametrize("slope", [0.0, 0.2])
def test_a_start_at_zero_stays_there_or_leaves_as_the_plain_loop_does(solver, slope):
    problem = draw(np.random.default_rng(1), (3, 30, 30), 2, slope)
    problem = problem._replace(start=np.zeros(3))
    plain = assert_same(problem, Rules(solver, 0.3, 60))
    assert plain.latent.any() == (solver == "plugin" or slope > 0)


def test_arguments_are_not_modified():
    problem = drawn("one layer", 3)
    arrays = (problem.chain.weights, problem.chain.widths, problem.b, problem.start)
    before = [a.copy() for a in arrays]
    run_fast(problem, Rules("subgradient", 0.5, 50))
    for array, copy in zip(arrays, before, strict=True):
        np.testing.assert_array_equal(array, copy)


@COMPILED
@pytest.mark.parametrize(
    ("shape", "solver", "factor"),
    [("measured", solver, 1.0) for solver in SOLVERS]
    + [("measured, noisy", solver, 2.0) for solver in SOLVERS]
    + [("leaky", solver, 3.0) for solver in SOLVERS]
    + [("phaseless", solver, 2.0) for solver in FITTING["phaseless"]]
    + [("wigner", "gradient_descent", 2.0), ("few samples", "gradient_descent", 1.0)],
)
def test_no_bit_depends_on_where_the_arrays_lie(shape, solver, factor):
    # An orbit that flips units for ever, besides one that settles, blows up any difference.
    problem = drawn(shape, 4)
    rules = Rules(solver, factor * moderate_step(solver, shape), 600, 0.0, 1e-10)
    found = set()
    for shift in range(9):
        space = np.empty(problem.chain.weights.size + shift, np.float32)
        space[shift:] = problem.chain.weights
        room = np.empty(problem.b.size + problem.start.size + shift)
        b, start = room[shift : shift + problem.b.size], room[shift + problem.b.size :]
        b[:], start[:] = problem.b, problem.start
        chain = problem.chain._replace(weights=space[shift:])
        run = run_fast(problem._replace(chain=chain, b=b, start=start), rules)
        found.add((run.latent.tobytes(), *run[1:]))
    assert len(found) == 1


@pytest.mark.parametrize(
    ("shape", "form"), [(shape, form) for shape in SMALL for form in dense.FORMS[SHAPES[shape][-1]]]
)
def test_a_plain_step_is_by_the_dense_jacobian(shape, form):
    chain, _, b, x, _ = drawn(shape, 1)
    back = make_region(chain.weights, chain.widths, b, form).back
    units, backward = np.empty(chain.widths.sum()), np.empty(chain.widths.sum())
    direction = np.full(x.size, 7.7)
    value = plain_step(*chain[:3], b, form, back, x, units, backward, direction)
    expected = dense.direction(chain, x, b, form)
    np.testing.assert_allclose(direction, expected, rtol=1e-10, atol=1e-12)
    objective = dense.objective(chain, x, b, form)
    if form.kind >= WIGNER:
        value += np.sum(dense.hidden(chain, form) ** 2)
        objective *= 2
    assert value == pytest.approx(2 * objective, rel=1e-11)
    np.testing.assert_allclose(units, dense.units(chain, x), atol=1e-12)


def run_plain_phase(problem, step, max_iter, patience):
    """Return the status, the updates, x and the slopes that are left."""
    chain, _, b, start, form = problem
    mirror = make_mirror(chain.weights, chain.widths, False, 0)
    costs = costs_of(chain.widths, chain.leaks, form)
    region = make_region(chain.weights, chain.widths, b, form)
    x = start.copy()
    status, iteration, _ = plain_phase(
        *chain[:3], b, form, KernelRules(step, max_iter, 0.0, 0.0), mirror, costs, region, x,
        np.empty(x.size), 0, 0, patience,
    )  # fmt: skip
    return status, iteration, x, region.slopes


def test_a_plain_phase_ends_when_the_pattern_rests():
    problem = drawn("one layer", 5)
    # Steps so small that no unit flips: the first reads the pattern, the others find it resting.
    for patience in (1, 2, 4):
        status, iteration, x, slopes = run_plain_phase(problem, 1e-9, 100, patience)
        assert (status, iteration) == (RUNNING, 1 + patience)
        np.testing.assert_array_equal(slopes, dense.slopes(problem.chain, x))
        plain = run_plainly(problem, Rules("gradient_descent", 1e-9, 1 + patience))
        np.testing.assert_allclose(x, plain.latent, rtol=1e-14)


def test_a_plain_phase_goes_on_where_the_pattern_never_rests():
    # One unknown jumps to the other side of 0 at every step, and all units flip. If the step is
    # too long on one side, it is too short on the other.
    chain = dense.random_chain(np.random.default_rng(0), (1, 40), 1, 0.5)
    problem = drawn("one layer", 0)._replace(chain=chain, b=np.zeros(40), start=np.ones(1))
    curvatures = [np.sum(dense.jacobian(chain, np.full(1, side)) ** 2) for side in (1.0, -1.0)]
    step = 2 / np.sqrt(curvatures[0] * curvatures[1])
    assert run_plain_phase(problem, step, 1000, 1)[:2] == (CAPPED, 1000)
