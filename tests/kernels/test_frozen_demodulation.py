"""The fast iteration for blind demodulation: the plain loop's runs, by frozen networks."""

from collections import Counter

import dense
import numba
import numpy as np
import pytest
from counted import uncompiled
from hypothesis import given, settings
from hypothesis import strategies as st
from products import (
    PAPER,
    VARIANTS,
    Rules,
    assert_same,
    balanced,
    draw,
    factors,
    objective,
    recovered,
    run_fast,
    run_plainly,
    with_signs,
)
from side_by_side import agree

from genphase.kernels import frozen_demodulation
from genphase.kernels.frozen_demodulation import (
    Signs,
    descend_side,
    generate,
    make_side,
    send_back,
    signs_decided,
    try_signs,
)
from genphase.kernels.negation import lipschitz_estimate
from genphase.kernels.status import CAPPED, CONVERGED, DIVERGED

COMPILED = pytest.mark.skipif(numba.config.DISABLE_JIT, reason="too slow without compilation")

# widths, slope, relative noise, scale of the start, units without weights.
CASES = {
    "one layer": ((2, 30), 0.0, 0.0, 0.7, 0.0),
    "one unknown each": ((1, 9, 25), 0.0, 0.0, 1.0, 0.0),
    "two layers": ((3, 30, 80), 0.0, 0.0, 0.6, 0.0),
    "three layers": ((2, 15, 18, 40), 0.0, 0.0, 1.0, 0.0),
    "leaky": ((4, 20, 60), 0.2, 0.0, 0.6, 0.0),
    "noisy": ((3, 25, 50), 0.0, 0.3, 0.5, 0.0),
    "leaky, noisy, three layers": ((5, 20, 20, 24), 0.1, 0.2, 2.0, 0.0),
    "truncated": ((3, 20, 40), 0.0, 0.1, 0.6, 0.4),
    "hopeless": ((6, 8, 7), 0.0, 0.0, 1.0, 0.0),
}


def drawn(case, seed=0):
    return draw(np.random.default_rng([seed, *map(ord, case)]), *CASES[case])


def sides(problem):
    return [make_side(*chain[:3]) for chain in problem[:2]]


@pytest.mark.parametrize("case", CASES)
def test_it_ends_where_the_plain_loop_ends(case):
    seeds, cap = (1, 60) if numba.config.DISABLE_JIT else (4, 400)
    for seed in range(seeds):
        problem = drawn(case, seed)
        for step in (0.05, 0.25, 1.0):
            assert_same(problem, Rules(step * problem.y.size, cap, 1e-10))
        assert_same(problem, Rules(0.15 * problem.y.size, cap, 0.0, 1e-8))


@pytest.mark.parametrize("variant", VARIANTS, ids=str)
def test_every_variant_ends_where_the_plain_loop_ends(variant):
    seeds, cap = (1, 40) if numba.config.DISABLE_JIT else (3, 300)
    negations = 0
    for case in ("two layers", "leaky", "noisy", "hopeless"):
        for seed in range(seeds):
            problem = drawn(case, seed)
            problem.start[: problem.start.size // 2] *= 1.5
            for rules in ((0.0, 0.0), (1e-10, 0.0), (0.0, 1e-8)):
                run = assert_same(
                    problem, Rules(0.1 * problem.y.size, cap, *rules), variant=variant
                )
                negations += run.negations
    assert (negations > 0) == variant.sign_search


@COMPILED
def test_random_networks_of_many_shapes_end_where_the_plain_loop_ends():
    rng = np.random.default_rng(7)
    seen = Counter()
    for _ in range(150):
        k = int(rng.integers(1, 13))
        hidden = rng.integers(2 * k, 12 * k + 5, rng.integers(0, 3))
        widths = (k, *map(int, hidden), int(rng.integers(8 * k, 30 * k + 10)))
        slope, noise, dead = rng.choice([0.0, 0.1]), rng.choice([0.0, 0.2]), rng.choice([0.0, 0.2])
        problem = draw(rng, widths, slope, noise, 1 / np.sqrt(k), dead)
        rules = Rules(float(rng.uniform(0.05, 0.4)) * widths[-1], 1500, 1e-11)
        plain = assert_same(problem, rules)
        seen[plain.status] += 1
        seen["recovered"] += recovered(plain, problem)
        seen["signs"] += plain.negations
        seen["rounding decides"] += not agree(plain, run_fast(problem, rules), 1e-8)
    assert seen[CONVERGED] > 30, seen
    assert seen["recovered"] > 20
    assert seen["signs"] > 50
    assert seen["rounding decides"] < 20


@COMPILED
@settings(derandomize=True, max_examples=500)
@given(
    k=st.integers(1, 12),
    hidden=st.lists(st.integers(1, 80), max_size=2),
    ell=st.integers(1, 150),
    slope=st.sampled_from([0.0, 0.0, 0.1, 0.5]),
    noise=st.sampled_from([0.0, 0.1, 1.0]),
    dead=st.sampled_from([0.0, 0.3, 1.0]),
    scale=st.sampled_from([1e-6, 0.1, 1.0, 10.0]),
    step=st.sampled_from([0.03, 0.1, 0.3, 1.0, 3.0, 30.0]),
    cap=st.sampled_from([1, 20, 150, 700]),
    rules=st.sampled_from([(0.0, 0.0), (1e-10, 0.0), (0.0, 1e-9), (1e-5, 0.0), (1e-7, 1e-4)]),
    seed=st.integers(0, 10**6),
    variant=st.sampled_from([PAPER, *VARIANTS]),
)
def test_it_is_the_plain_loop_for_any_networks_and_step(
    k, hidden, ell, slope, noise, dead, scale, step, cap, rules, seed, variant
):
    rng = np.random.default_rng(seed)
    problem = draw(rng, (k, *hidden, ell), slope, noise, scale, dead)
    assert_same(problem, Rules(step * ell, cap, *rules), variant=variant)


@pytest.fixture
def counted(monkeypatch):
    """Return the iteration uncompiled, and a counter of its passes and of its trials of signs."""
    events = Counter()

    def counting_generate(side, x):
        before = side.state[0]
        generate(side, x)
        events[("full", "frozen")[before], ("full", "frozen")[side.state[0]]] += 1

    def counting_signs(*arguments):
        decided = signs_decided(*arguments)
        events["decided" if decided else "tried"] += 1
        return decided

    monkeypatch.setattr(frozen_demodulation, "generate", counting_generate)
    monkeypatch.setattr(frozen_demodulation, "signs_decided", counting_signs)
    return uncompiled(frozen_demodulation.demodulate), events


@pytest.mark.parametrize(
    ("case", "tried"),
    [("two layers", 0.4), ("leaky", 0.5), ("three layers", 1.0), ("truncated", 0.4)],
)
def test_networks_freeze_and_thaw_and_signs_are_seldom_tried(counted, case, tried):
    demodulate, events = counted
    for seed in range(4):
        problem = drawn(case, seed)
        assert_same(problem, Rules(0.2 * problem.y.size, 200), demodulate)
    assert events["full", "frozen"] > 5
    assert events["frozen", "full"] > 2
    assert events["frozen", "frozen"] > events["full", "full"]
    assert 0 < events["tried"] < tried * events["decided"]


def test_the_signs_are_changed_on_the_way():
    # Not only those of the start: the descent of a pair with wrong signs can overtake another.
    changes = 0
    for seed in range(40):
        rng = np.random.default_rng([3, seed])
        problem = draw(rng, (2, 6, 8), 0.0, 0.0, 1.0)
        plain = assert_same(problem, Rules(0.6 * 8, 60))
        changes += plain.negations - run_plainly(problem, Rules(0.6 * 8, 1)).negations
    assert changes > 5


@pytest.mark.parametrize("cap", [0, 1, 17, 40])
def test_the_cap_ends_a_run_after_as_many_updates(cap):
    problem = drawn("two layers", 2)
    rules = Rules(0.1 * problem.y.size, cap)
    plain, fast = run_plainly(problem, rules), run_fast(problem, rules)
    assert (fast.status, fast.iterations) == (CAPPED, cap)
    np.testing.assert_allclose(fast.latent, plain.latent, rtol=1e-11)


@pytest.mark.parametrize("case", ["two layers", "leaky"])
def test_too_large_a_step_diverges(case):
    problem = drawn(case, 1)
    with np.errstate(over="ignore"):
        plain = assert_same(problem, Rules(1e3 * problem.y.size, 500, 1e-12))
    assert plain.status == DIVERGED


@pytest.mark.parametrize("bad", [np.nan, np.inf, 1e100])
def test_a_start_without_an_objective_is_divergence_at_once(bad):
    problem = drawn("two layers")
    start = np.full(6, bad) if bad == 1e100 else np.array([1.0, bad, 0.0, 1.0, 1.0, 1.0])
    with np.errstate(all="ignore"):
        fast = run_fast(problem._replace(start=start), Rules(1.0, 20))
    assert (fast.status, fast.iterations) == (DIVERGED, 0)


@pytest.mark.parametrize("case", ["two layers", "leaky"])
def test_zero_is_stationary(case):
    problem = drawn(case)
    problem = problem._replace(start=np.zeros_like(problem.start))
    plain = assert_same(problem, Rules(1.0, 20))
    assert not plain.latent.any()
    assert assert_same(problem, Rules(1.0, 20, 0.0, 1e-12)).status == CONVERGED


def test_arguments_are_not_modified():
    problem = drawn("leaky", 3)
    arrays = (problem.first.weights, problem.second.weights, *problem[2:])
    before = [a.copy() for a in arrays]
    run_fast(problem, Rules(10.0, 50))
    for array, copy in zip(arrays, before, strict=True):
        np.testing.assert_array_equal(array, copy)


@COMPILED
@pytest.mark.parametrize("step", [0.2, 1.0])
@pytest.mark.parametrize("case", ["two layers", "leaky, noisy, three layers"])
def test_no_bit_depends_on_where_the_arrays_lie(case, step):
    problem = drawn(case, 4)
    found = set()
    for shift in range(9):
        chains = []
        for chain in problem[:2]:
            space = np.empty(chain.weights.size + shift, np.float32)[shift:]
            space[:] = chain.weights
            chains.append(chain._replace(weights=space))
        start, y = (np.empty(a.size + shift)[shift:] for a in (problem.start, problem.y))
        start[:], y[:] = problem.start, problem.y
        moved = problem._replace(first=chains[0], second=chains[1], y=y, start=start)
        run = run_fast(moved, Rules(step * y.size, 300))
        found.add((run.latent.tobytes(), *run[1:]))
    assert len(found) == 1


def walk(rng, k, steps):
    """Yield points that mostly rest and sometimes jump."""
    x = rng.standard_normal(k)
    for i in range(steps):
        size = 0.5 if i % 29 == 28 else 1e-4
        x = x + size * rng.standard_normal(k)
        yield x


@pytest.mark.parametrize("case", CASES)
def test_a_network_frozen_or_not_is_its_forward_and_its_backward_pass(case):
    chain = drawn(case, 1).first
    rng = np.random.default_rng(2)
    side, turns = make_side(*chain[:3]), Counter()
    k, ell = int(chain.widths[0]), int(chain.widths[-1])
    for x in walk(rng, k, 240):
        before = int(side.state[0])
        generate(side, x)
        turns[before, int(side.state[0])] += 1
        np.testing.assert_allclose(
            side.units[-ell:], dense.signal(chain, x), rtol=1e-10, atol=1e-13
        )
        for sent in rng.standard_normal((2, ell)):
            direction = np.full(k, 7.7)
            send_back(side, sent.copy(), direction)
            expected = dense.jacobian(chain, x).T @ sent
            np.testing.assert_allclose(direction, expected, rtol=1e-10, atol=1e-12)
    assert turns[1, 1] > 10
    assert turns[0, 1] > 0
    # One layer has no unit whose sign could thaw it.
    assert (turns[1, 0] > 0) == (len(chain.widths) > 2)
    assert turns[0, 0] > 0


def test_a_network_freezes_once_its_pattern_has_rested_and_thaws_at_the_first_change():
    chain = drawn("two layers", 1).first
    side, x = make_side(*chain[:3]), np.array([1.0, -0.5, 0.3])
    frozen = []
    for _ in range(5):
        generate(side, x)
        frozen.append(int(side.state[0]))
    # The first pass finds a pattern, the next two find it again.
    assert frozen == [0, 0, 1, 1, 1]
    hidden = dense.preactivations(chain, x)[:30]
    other = -x
    assert not np.array_equal(hidden > 0, dense.preactivations(chain, other)[:30] > 0)
    generate(side, other)
    assert side.state[0] == 0
    np.testing.assert_allclose(side.units[-80:], dense.signal(chain, other), rtol=1e-12)


def test_a_network_that_thaws_at_once_rests_longer_before_the_next_time():
    chain = drawn("two layers", 1).first
    side, x = make_side(*chain[:3]), np.array([1.0, -0.5, 0.3])
    waits = []
    for _ in range(7):
        wait = 0
        while side.state[0] == 0:
            generate(side, x)
            wait += 1
        waits.append(wait)
        generate(side, -x)
        assert side.state[0] == 0
        x = -x
    assert waits == [3, 8, 32, 128, 256, 256, 256]
    # Once it has earned its maps, it freezes as readily as at first.
    while side.state[0] == 0:
        generate(side, x)
    for _ in range(2 * 3):
        generate(side, x)
    generate(side, -x)
    assert side.state.tolist()[::2] == [0, 2]


@pytest.mark.parametrize("frozen", [False, True])
@pytest.mark.parametrize("case", ["leaky", "truncated"])
def test_a_step_in_one_code_is_along_its_velocity(case, frozen):
    problem = drawn(case, 2)
    k = problem.start.size // 2
    x = problem.start[:k].copy()
    side = make_side(*problem.first[:3])
    for _ in range(6 if frozen else 1):
        generate(side, x)
    assert side.state[0] == frozen
    one, two = factors(problem, problem.start)
    direction, sent = np.empty(k), np.empty(problem.y.size)
    velocity = np.linspace(-1, 2, k)
    moved = 0.7 * velocity
    difference = one * two - problem.y
    squared = descend_side(side, x, velocity, two, difference, sent, direction, 0.3, 0.7)
    expected = dense.jacobian(problem.first, problem.start[:k]).T @ (two * (one * two - problem.y))
    np.testing.assert_allclose(direction, expected, rtol=1e-10, atol=1e-14)
    moved += expected
    np.testing.assert_allclose(velocity, moved, rtol=1e-10)
    np.testing.assert_allclose(x, problem.start[:k] - 0.3 * moved, rtol=1e-11)
    assert squared == pytest.approx(moved @ moved, rel=1e-10)


def untried(problem):
    """Return the state before the first trial of all signs."""
    k = problem.start.size // 2
    lipschitz = [lipschitz_estimate(chain.weights, chain.widths) for chain in problem[:2]]
    return Signs(
        np.zeros(k), np.zeros(k), np.full(3, -np.inf), np.zeros((2, 2)), np.array(lipschitz)
    )


def distances(problem, x):
    """Return ‖G_1 ∘ G_2 - y‖ of the four pairs of signs."""
    return np.array([np.sqrt(2 * objective(problem, with_signs(x, pair))) for pair in range(4)])


def trial(problem, signs, networks, x):
    """Try all signs at x; return which pair is the best, and x with it."""
    h, z = (code.copy() for code in np.split(x, 2))
    scratch = np.full(problem.y.size, 7.7)
    best = try_signs(signs, *networks, problem.y, h, z, scratch)
    return best, np.concatenate([h, z])


@pytest.mark.parametrize("case", CASES)
def test_a_trial_keeps_the_best_pair_and_says_how_far_the_others_are(case):
    best = set()
    for seed in range(8):
        problem = drawn(case, seed)
        signs, networks = untried(problem), sides(problem)
        for x in (problem.start, -problem.start, problem.target):
            values = distances(problem, x)
            best.add(int(np.argmin(values)))
            found, kept = trial(problem, signs, networks, x)
            np.testing.assert_array_equal(kept, with_signs(x, int(np.argmin(values))))
            assert found == np.argmin(values)
            np.testing.assert_array_equal(np.concatenate([signs.h, signs.z]), kept)
            # As they are called from the kept pair.
            expected = distances(problem, kept)
            np.testing.assert_allclose(signs.distances, expected[1:], rtol=1e-9)
            mirrored = (factors(problem, sign * kept) for sign in (1, -1))
            largest = np.array([[np.abs(values).max() for values in pair] for pair in mirrored]).T
            np.testing.assert_allclose(signs.largest, largest, rtol=1e-12, atol=1e-15)
    assert best == {0, 1, 2, 3}


def test_a_tie_changes_no_sign():
    problem = drawn("two layers")
    signs, networks = untried(problem), sides(problem)
    best, kept = trial(problem, signs, networks, np.zeros_like(problem.start))
    assert best == 0
    assert not kept.any()
    # Nor is it decided.
    h, z = np.split(kept, 2)
    assert not signs_decided(signs, h, z, np.linalg.norm(problem.y))


@pytest.mark.parametrize("size", [1e-3, 0.02, 0.2])
@pytest.mark.parametrize("case", CASES)
def test_decided_signs_are_the_best(case, size):
    decided, changes = 0, 0
    rng = np.random.default_rng([5, *map(ord, case)])
    for seed in range(3):
        problem = drawn(case, seed)
        signs, networks = untried(problem), sides(problem)
        # From near the target, where pairs are told apart, and across its zeros.
        x = balanced(problem.target)
        for _ in range(60):
            x = x + size * rng.standard_normal(x.size)
            values = distances(problem, x)
            if signs_decided(signs, *np.split(x, 2), values[0]):
                decided += 1
                assert np.argmin(values) == 0
            else:
                best, x = trial(problem, signs, networks, x)
                changes += best > 0
    if size == 1e-3:
        assert decided > 90
    if size == 0.2:
        assert changes > 5


def test_nothing_is_decided_before_the_first_trial():
    problem = drawn("two layers")
    h, z = np.split(problem.target, 2)
    assert not signs_decided(untried(problem), h, z, 0.0)


def test_signs_are_decided_up_to_the_bound_and_not_beyond():
    # Distances 3, 4 and 5; the largest entries are 1 and 2 of G_1(h), G_1(-h), 3 and 4 of G_2.
    signs = Signs(
        np.array([1.0, 0.0]),
        np.array([0.0, 1.0]),
        np.array([3.0, 4.0, 5.0]),
        np.array([[1.0, 2.0], [3.0, 4.0]]),
        np.array([0.5, 2.0]),
    )
    # h has travelled by 0.1 and z by 0.05.
    h, z = np.array([1.0, 0.1]), np.array([0.05, 1.0])
    one, two = 0.5 * 0.1, 2.0 * 0.05
    rooms = [
        distance - one * (b + two) - two * (a + one)
        for distance, a, b in ((3, 2, 3), (4, 1, 4), (5, 2, 4))
    ]
    for nearest in range(3):
        far = np.full(3, 100.0)
        far[nearest] = signs.distances[nearest]
        only = signs._replace(distances=far)
        assert signs_decided(only, h, z, rooms[nearest] * (1 - 1e-12))
        assert not signs_decided(only, h, z, rooms[nearest] * (1 + 1e-12))
    assert not signs_decided(signs, h, z, np.nan)
