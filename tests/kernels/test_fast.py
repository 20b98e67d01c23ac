"""The fast iteration against the plain loops: the algorithms as written."""

import dense
import numba
import numpy as np
import pytest

from genphase.kernels.descent import descend
from genphase.kernels.fast import flip_cost, iterate, lipschitz_bound
from genphase.kernels.plugin import plugin
from genphase.kernels.status import CAPPED, CONVERGED, DIVERGED

COMPILED = pytest.mark.skipif(numba.config.DISABLE_JIT, reason="too slow without compilation")
NO_TRACE = np.empty((0, 2))
SOLVERS = ("plugin", "subgradient", "gradient_descent")

# widths, depth (one less than the layers: measured), slope, noise norm.
SHAPES = {
    "one layer": ((3, 40), 1, 0.0, 0.0),
    "one unknown": ((1, 30, 30), 2, 0.0, 0.0),
    "expansive": ((4, 60, 120), 2, 0.0, 0.0),
    "contractive": ((5, 90, 50), 2, 0.0, 0.1),
    "three layers": ((6, 80, 80, 80), 3, 0.0, 0.0),
    "five layers": ((2, 60, 60, 60, 60, 60), 5, 0.0, 0.0),
    "measured": ((4, 120, 100, 60), 2, 0.0, 0.0),
    "measured, noisy": ((10, 60, 120, 100, 60), 3, 0.0, 0.2),
    "leaky": ((4, 50, 50), 2, 0.2, 0.1),
    "leaky, measured": ((4, 50, 50, 30), 2, 0.3, 0.0),
    "many unknowns": ((30, 300, 280, 220), 2, 0.0, 0.0),
    "most unknowns": ((150, 700, 500), 1, 0.0, 0.0),
}
SMALL = ("one layer", "one unknown", "leaky, measured")


def draw(shape, seed, dtype=np.float32):
    widths, depth, slope, noise = SHAPES[shape]
    rng = np.random.default_rng([seed, *map(ord, shape)])
    chain = dense.random_chain(rng, widths, depth, slope, dtype)
    target = rng.standard_normal(widths[0])
    target /= np.linalg.norm(target)
    direction = rng.standard_normal(widths[-1])
    b = dense.measured(chain, target) + noise * direction / np.linalg.norm(direction)
    return chain, target, b, rng.standard_normal(widths[0])


def both(chain, target, b, start, solver, step, cap, rel=0.0, grad=0.0):
    """Return the run of the plain loop and of the fast iteration."""
    rules = (step, cap, rel, grad)
    if solver == "plugin":
        plain = plugin(*chain, b, start, target, *rules, NO_TRACE)
    else:
        plain = descend(*chain, b, start, target, *rules, solver == "subgradient", NO_TRACE)
    symmetric, negate = solver != "plugin", solver == "subgradient"
    return plain, iterate(*chain, b, start, *rules, symmetric, negate)


def assert_same(plain, fast, target):
    if plain.status == CONVERGED:
        assert fast.status == CONVERGED
        scale = np.abs(plain.latent).max()
        np.testing.assert_allclose(fast.latent, plain.latent, rtol=0, atol=1e-8 * scale)
        # A stopping rule near rounding level is met a little earlier or later.
        assert abs(fast.iterations - plain.iterations) <= 2 + plain.iterations // 50
        assert fast.negations == plain.negations
    # A run that never settles may drift apart, but not into a recovery or out of one.
    near = [np.linalg.norm(run.latent - target) < 1e-5 for run in (plain, fast)]
    assert near[0] == near[1]


@pytest.mark.parametrize("solver", SOLVERS)
@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_it_ends_where_the_plain_loop_ends(shape, solver, dtype):
    if numba.config.DISABLE_JIT and shape not in SMALL:
        pytest.skip("too slow without compilation")
    widths, depth, *_ = SHAPES[shape]
    # The dense helper's weights double the squared norm once more where there is a linear layer.
    step = (0.75 if solver == "plugin" else 0.35) / (2 if len(widths) > depth + 1 else 1)
    for seed in range(2 if numba.config.DISABLE_JIT else 6):
        chain, target, b, start = draw(shape, seed, dtype)
        plain, fast = both(chain, target, b, start, solver, step, 4000, 1e-12, 1e-11)
        assert_same(plain, fast, target)


@COMPILED
def test_random_networks_of_many_shapes_end_where_the_plain_loop_ends():
    rng = np.random.default_rng(7)
    converged = 0
    for _ in range(400):
        depth = int(rng.integers(1, 6))
        k = int(rng.integers(1, 16))
        layers = depth + rng.integers(0, 2)
        widths = [k, *(int(w) for w in rng.integers(k + 1, 12 * k + 20, layers))]
        solver = SOLVERS[rng.integers(3)]
        chain = dense.random_chain(rng, widths, depth, rng.choice([0.0, 0.1]), np.float32)
        target = rng.standard_normal(k)
        target /= np.linalg.norm(target)
        b = dense.measured(chain, target) + rng.choice([0, 0.05]) * rng.standard_normal(widths[-1])
        step = float(rng.uniform(0.05, 0.9))
        start = rng.standard_normal(k)
        plain, fast = both(chain, target, b, start, solver, step, 3000, 1e-11)
        assert_same(plain, fast, target)
        converged += plain.status == CONVERGED
    assert converged > 120


def test_it_negates_when_the_plain_loop_does():
    flipped = 0
    for seed in range(8):
        chain, target, b, _ = draw("one layer", seed)
        plain, fast = both(chain, target, b, -0.9 * target, "subgradient", 0.5, 200, 0.0, 1e-10)
        assert_same(plain, fast, target)
        flipped += fast.negations
    assert flipped > 0


def test_too_large_a_step_diverges():
    chain, target, b, start = draw("expansive", 1)
    for solver in ("plugin", "gradient_descent"):
        plain, fast = both(chain, target, b, start, solver, 200.0, 500, 1e-12)
        assert plain.status == fast.status == DIVERGED
        assert fast.iterations == plain.iterations


def test_the_cap_ends_a_run_after_as_many_updates():
    chain, target, b, start = draw("one layer", 2)
    plain, fast = both(chain, target, b, start, "gradient_descent", 0.1, 17)
    assert (fast.status, fast.iterations) == (CAPPED, 17)
    np.testing.assert_allclose(fast.latent, plain.latent, rtol=1e-12)


def test_start_is_not_modified():
    chain, target, b, start = draw("one layer", 3)
    before = start.copy()
    both(chain, target, b, start, "subgradient", 0.5, 50)
    assert np.array_equal(start, before)


@COMPILED
def test_no_bit_depends_on_where_the_arrays_lie():
    for solver in SOLVERS:
        chain, _, b, start = draw("measured", 4)
        step = 0.75 if solver == "plugin" else 0.35
        found = set()
        for shift in range(9):
            space = np.empty(chain.weights.size + shift, np.float32)
            space[shift:] = chain.weights
            moved = chain._replace(weights=space[shift:])
            room = np.empty(b.size + start.size + shift)
            place, begin = room[shift : shift + b.size], room[shift + b.size :]
            place[:], begin[:] = b, start
            rules = (step, 800, 0.0, 1e-10, solver != "plugin", solver == "subgradient")
            run = iterate(*moved, place, begin, *rules)
            found.add((run.latent.tobytes(), run.status, run.iterations, run.negations))
        assert len(found) == 1


def test_the_lipschitz_bound_is_above_the_product_of_spectral_norms():
    for shape in SHAPES:
        if numba.config.DISABLE_JIT and shape not in SMALL:
            continue
        chain, *_ = draw(shape, 5)
        norms = [np.linalg.norm(matrix, 2) for matrix in dense.matrices(chain)]
        bound = lipschitz_bound(chain.weights, chain.widths)
        assert np.prod(norms) <= bound <= 1.3 ** len(norms) * np.prod(norms)


def test_the_cost_of_a_flip_counts_the_maps_that_it_changes():
    # One layer: only H changes. Two: a row of the next map, and H through k x n_2 products.
    assert flip_cost(np.array([3, 10]), 1) == 9
    first = 9 + 3 * 20 + 3 * 20
    assert flip_cost(np.array([3, 10, 20]), 2) == pytest.approx((10 * first + 20 * 9) / 30)
