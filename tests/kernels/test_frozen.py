"""The turns that the fast iteration takes, and that none of them changes the run."""

import dense
import numba
import numpy as np
import pytest
from counted import counting
from side_by_side import FITTING, SOLVERS, Problem, Rules, assert_same, draw, run_fast

from genphase.draws.chain import Chain
from genphase.kernels.forms import WIGNER
from genphase.kernels.frozen import enter_anew, next_radius
from genphase.kernels.hinges import NONE, make_hinges
from genphase.kernels.regions import make_region
from genphase.kernels.status import CAPPED, CONVERGED, DIVERGED

# widths, depth, slope, noise, what is behind the network.
SHAPES = {
    "one layer": ((3, 40), 1, 0.0, 0.0, "nothing"),
    "wide layer": ((3, 150), 1, 0.0, 0.0, "nothing"),
    "two layers": ((2, 30, 30), 2, 0.0, 0.0, "nothing"),
    "contractive": ((8, 70, 40), 2, 0.0, 0.1, "nothing"),
    "leaky, measured": ((4, 50, 50, 30), 2, 0.2, 0.0, "measured"),
    "phaseless": ((2, 20, 30), 1, 0.0, 0.1, "phaseless"),
    "wigner": ((3, 60, 60), 1, 0.0, 0.3, "wigner"),
    "wishart": ((3, 40, 30, 12), 2, 0.2, 0.3, "wishart"),
}
LARGE = {
    "large": ((10, 150, 120, 60), 2, 0.0, 0.0, "nothing"),
    "large, contractive": ((20, 150, 100, 60), 3, 0.0, 0.2, "nothing"),
    "five layers": ((3, 60, 60, 60, 60, 60), 5, 0.0, 0.0, "nothing"),
    "large, phaseless": ((8, 120, 100, 90), 2, 0.0, 0.0, "phaseless"),
    "large, wigner": ((12, 120, 150, 150), 2, 0.0, 0.3, "wigner"),
}
if not numba.config.DISABLE_JIT:
    SHAPES |= LARGE


@pytest.fixture
def counted(monkeypatch):
    return counting(monkeypatch)


def drawn(shape, seed):
    return draw(np.random.default_rng([seed, *map(ord, shape)]), *SHAPES[shape])


def problems(solver, seeds):
    """Yield problems with steps from small ones to some that flip many units for ever."""
    for shape, (widths, depth, *_, behind) in SHAPES.items():
        if solver not in FITTING[behind]:
            continue
        for seed in range(seeds):
            for step in (0.1, 0.4, 1.0):
                yield drawn(shape, seed), step / (2 if len(widths) > depth + 1 else 1)


@pytest.mark.parametrize("solver", SOLVERS)
def test_all_turns_are_taken_and_none_changes_the_run(counted, solver):
    iterate, events = counted
    returned = 0
    for problem, step in problems(solver, seeds=2):
        before = events.copy()
        assert_same(problem, Rules(solver, step, 150, 0.0, 1e-7), iterate)
        run = events - before
        returned += run["frozen phase"] > 1 and run["negated"] == 0
    assert returned > 1
    wanted = {
        "frozen phase", "ended", "look", "look, fail", "look at watched", "look at watched, fail",
        "flipped", "hinge", "anew", "ball", "no ball",
    }  # fmt: skip
    assert {event for event in wanted if events[event] > 1} == wanted
    # Phases also end without credit.
    assert events["frozen phase"] > events["ended"] + events["negated"] + 2


@pytest.mark.parametrize("solver", SOLVERS)
def test_where_there_is_no_room_for_hinges_the_region_of_x_is_entered(counted, solver):
    # x_1 sinks slowly through the kink that 150 units share; x_2 rests, and keeps x from being
    # negated.
    iterate, events = counted
    rows = np.array(150 * [[0.08, 0.0]] + [[0.0, 1.0]])
    chain = Chain(rows.T.ravel().astype(np.float32), np.array([2, 151]), np.full(1, 0.5), 1)
    b = np.append(np.full(150, -0.08), 5.0)
    problem = Problem(chain, np.array([-2.0, 5.0]), b, np.array([1.0, 5.0]))
    plain = assert_same(problem, Rules(solver, 0.1, 400), iterate)
    assert plain.latent[0] < -1.9
    assert events["exhausted"] == events["anew"] == 1


@pytest.mark.parametrize("solver", SOLVERS)
def test_hinges_are_kept_while_an_orbit_crosses_them(counted, solver):
    # x_1 jumps from one side of the kink of two units to the other, while x_2 settles at 1.
    # The network is wide enough for two new hinges in a step to cost less than a plain pass.
    iterate, events = counted
    width = 250
    rows = np.array([[1.0, 0.0], [-1.0, 0.0]] + (width - 2) * [[0.0, 0.02]])
    weights = np.concatenate([rows.T.ravel(), np.eye(width).ravel()]).astype(np.float32)
    chain = Chain(weights, np.array([2, width, width]), np.array([0.9, 1.0]), 1)
    target = np.array([0.0, 1.0])
    problem = Problem(chain, target, dense.measured(chain, target), np.array([0.5, 1.1]))
    curvature = 1 + (0.9 if solver == "plugin" else 0.81)
    plain = assert_same(problem, Rules(solver, 1.999 / curvature, 300), iterate)
    assert plain.status == CAPPED
    assert abs(plain.latent[0]) > 0.1
    assert events["flipped"] > 100
    # They are made again only where a region is entered anew or after a plain phase.
    assert events["hinge"] <= 2 * (events["anew"] + events["frozen phase"]) < 40


@pytest.mark.parametrize("solver", SOLVERS)
@pytest.mark.parametrize(
    ("cap", "rel", "grad", "status"),
    [(500, 1e-9, 0.0, CONVERGED), (500, 0.0, 1e-9, CONVERGED), (60, 0.0, 0.0, CAPPED)],
)
def test_a_run_ends_inside_a_region(counted, solver, cap, rel, grad, status):
    iterate, events = counted
    problem = drawn("wide layer", 3)
    assert assert_same(problem, Rules(solver, 0.3, cap, rel, grad), iterate).status == status
    assert events["ended"] == 1


def test_a_run_diverges_inside_a_region(counted):
    # PLUGIn's linear map is 1 - 3, and the network's 1, where x is positive.
    iterate, events = counted
    chain = Chain(np.array([1, -1, 1, 3], np.float32), np.array([1, 2, 1]), np.zeros(2), 2)
    problem = Problem(chain, np.ones(1), np.ones(1), np.full(1, 1.1))
    assert assert_same(problem, Rules("plugin", 0.1, 500), iterate).status == DIVERGED
    assert (events["ended"], events["flipped"]) == (1, 0)


def test_x_can_be_negated_inside_a_region(counted):
    # f(x) = (x^2 / 10 + 1) / 2 and f(-x) = (x - 1)^2 / 2 for x > 0: the test turns out new between
    # 10 and 2.2, where f falls slowly without a kink.
    iterate, events = counted
    rng = np.random.default_rng(4)
    rising, falling = rng.uniform(0.5, 1.0, 12), -rng.uniform(0.5, 1.0, 15)
    rising *= np.sqrt(0.1) / np.linalg.norm(rising)
    falling /= np.linalg.norm(falling)
    weights = np.concatenate([rising, falling]).astype(np.float32)
    chain = Chain(weights, np.array([1, 27]), np.zeros(1), 1)
    b = dense.measured(chain, -np.ones(1))
    problem = Problem(chain, -np.ones(1), b, np.full(1, 10.0))
    plain = assert_same(problem, Rules("subgradient", 0.2, 500, 0.0, 1e-9), iterate)
    assert (plain.status, plain.negations) == (CONVERGED, 1)
    assert (events["negated"], events["frozen phase"], events["ended"]) == (1, 2, 1)
    # Without the test it creeps to 0.
    events.clear()
    plain = assert_same(problem, Rules("gradient_descent", 0.2, 500, 0.0, 1e-9), iterate)
    assert plain.negations == events["negated"] == 0


def test_a_leap_into_a_dead_cone_ends_there(counted):
    # The gradient of a spiked matrix is cubic: what rounding leaves of a signal of hinges that
    # cancel the region's would carry x on. Where G is 0, x rests.
    iterate, events = counted
    weights = np.concatenate([-np.linspace(0.5, 1.0, 8), np.eye(8).ravel()]).astype(np.float32)
    chain = Chain(weights, np.array([1, 8, 8]), np.array([0.0, 1.0]), 1)
    for start in (-10.0, -1e3, -1e5, -1e7):
        problem = Problem(chain, -np.ones(1), np.empty(0), np.array([start]), dense.WIGNER_FORM)
        plain = assert_same(problem, Rules("gradient_descent", 0.5, 20), iterate)
        assert plain.status == CAPPED
        assert plain.latent[0] > 1e3
    assert events["hinge"] > 0


def test_a_run_that_settles_looks_at_few_units(counted):
    iterate, events = counted
    for seed in range(4):
        plain = assert_same(
            drawn("wide layer", seed), Rules("subgradient", 0.4, 500, 0.0, 1e-12), iterate
        )
        assert plain.status == CONVERGED
    assert events["look at watched"] > 3 * (events["look"] + events["look, fail"])


def test_balls_grow_while_x_leaves_them_soon(counted):
    # x creeps along a straight line: one ball lasts twice as long as that before.
    iterate, events = counted
    assert_same(drawn("wide layer", 1), Rules("gradient_descent", 1e-5, 600), iterate)
    lives = np.array([life for _, life in events.balls[:-1]])
    assert len(lives) > 4
    assert sum(lives) > 450
    assert (np.abs(lives[1:] - 2 * lives[:-1]) <= 3).all()


def test_a_ball_is_left_when_it_has_cost_eight_looks_at_all(counted):
    iterate, events = counted
    neurons = 150
    for seed in range(4):
        assert_same(drawn("wide layer", seed), Rules("subgradient", 0.4, 600), iterate)
    spent = np.array([n * life for n, life in events.balls])
    most = np.array([n * (life - 1) for n, life in events.balls])
    assert (most <= 8 * neurons).all()
    assert sum(spent > 8 * neurons) > 2


def test_regions_that_do_not_pay_are_entered_more_and_more_seldom(counted, monkeypatch):
    iterate, events = counted
    problem, rules = drawn("phaseless", 0), Rules("subgradient", 1.0, 2000)
    assert run_fast(problem, rules, iterate).status == CAPPED
    entered = events["frozen phase"]
    assert entered > 1
    events.clear()
    monkeypatch.setattr("genphase.kernels.iterate.PATIENCE_GROWTH", 1)
    run_fast(problem, rules, iterate)
    assert events["frozen phase"] > 4 * entered


def test_the_ball_grows_where_it_is_cheap_and_shrinks_where_it_is_dear():
    # Twice and eight looks at all.
    assert next_radius(10, 19, 100, 3.0) == 6.0
    assert next_radius(10, 20, 100, 3.0) == 3.0
    assert next_radius(10, 80, 100, 3.0) == 3.0
    assert next_radius(10, 81, 100, 3.0) == 1.5


@pytest.mark.parametrize(
    ("shape", "form"),
    [
        (shape, form)
        for shape in ("one layer", "two layers", "leaky, measured", "phaseless", "wigner")
        for form in dense.FORMS[SHAPES[shape][-1]]
    ],
)
def test_to_enter_anew_is_to_hold_the_region_of_x_and_no_hinge(shape, form):
    chain, _, b, x, _ = drawn(shape, 1)
    neurons = dense.activated(chain)
    region = make_region(chain.weights, chain.widths, b, form)
    hinges = make_hinges(region, neurons, 64)
    hinges.hinge_of[[0, 3, 5]] = [1, 0, 2]
    units = np.empty(chain.widths.sum())
    enter_anew(*chain[:3], b, form, region, hinges, x, units)
    assert (hinges.hinge_of == NONE).all()
    np.testing.assert_array_equal(region.slopes, dense.slopes(chain, x))
    Hx = region.H.T @ x
    found = (x @ Hx) * Hx - region.T @ x if form.kind >= WIGNER else Hx - region.c
    expected = dense.direction(chain, x, b, form)
    np.testing.assert_allclose(found, expected, rtol=1e-10, atol=1e-12)
