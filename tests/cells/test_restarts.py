from itertools import islice

import dense
import numpy as np
import pytest
from samples import make_parameters, make_solver, solve, solve_plainly

from genphase.cells.trial import run_trial
from genphase.draws.instance import draw_further_starts, draw_instance, draw_trial_start
from genphase.kernels.status import CAPPED, CONVERGED

LM = {"name": "levenberg_marquardt", "max_iter": 60, "stop": {"gradient_norm": 1e-11}}
# Small enough that many starts fail.
HARD = {"k": 6, "network": {"widths": (16, 14), "weights": "he", "slope": 0}, "m": 12}


def hard(restarts=0, **changes):
    return make_parameters(**{**HARD, "solver": {**LM, "restarts": restarts}, **changes})


def parts(trial, **changes):
    parameters = hard(**changes)
    instance = draw_instance(parameters, trial)
    starts = [draw_trial_start(parameters, trial)]
    starts += islice(draw_further_starts(parameters, trial), 8)
    return instance, starts


def settings(**changes):
    return make_solver(**{**LM, **changes})


def objective(instance, run):
    return dense.objective(instance.chain, run.latent, instance.observation)


def test_settings_reach_the_kernel():
    instance, (start, *_) = parts(0)
    for run in (solve, solve_plainly):
        capped = run(instance, start, settings(max_iter=2, stop={}))
        assert (capped.status, capped.iterations) == (CAPPED, 2)
        change = run(instance, start, settings(stop={"relative_change": 1e9}))
        assert (change.status, change.iterations) == (CONVERGED, 1)
        length = run(instance, start, settings(stop={"gradient_norm": 1e9}))
        assert (length.status, length.iterations) == (CONVERGED, 0)


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"problem": "phase_retrieval"},
        {"problem": "inversion", "measurements": "identity", "m": 14},
    ],
)
def test_the_first_step_is_the_damped_one_on_every_problem(changes):
    instance, (start, *_) = parts(1, **changes)
    chain, b = instance.chain, instance.observation
    x = min((start, -start), key=lambda x: dense.objective(chain, x, b))
    J, r = dense.jacobian(chain, x), dense.measured(chain, x) - b
    H = J.T @ J
    shift = 1e-3 * H.diagonal().max()
    steps = [
        np.linalg.solve(H + shift * factor * np.eye(x.size), -J.T @ r)
        for factor in np.cumprod([1.0, *(2.0**n for n in range(1, 9))])
    ]
    taken = next(
        step for step in steps if dense.objective(chain, x + step, b) < dense.objective(chain, x, b)
    )
    found = solve(instance, start, settings(max_iter=1, stop={}))
    np.testing.assert_allclose(found.latent, x + taken, rtol=1e-9)


def test_of_all_runs_the_lowest_objective_is_kept_and_work_is_added_up():
    kept = set()
    for trial in range(12):
        instance, starts = parts(trial, noise={"law": "sphere", "level": 0.1})
        runs = [solve(instance, start, settings()) for start in starts[:5]]
        values = [objective(instance, run) for run in runs]
        found = solve(instance, starts[0], settings(restarts=4), starts[1:])
        (best,) = (i for i, run in enumerate(runs) if np.array_equal(run.latent, found.latent))
        # Two runs can end at one minimum.
        assert values[best] <= min(values) * (1 + 1e-12)
        assert found.status == runs[best].status
        assert found.iterations == sum(run.iterations for run in runs)
        assert found.negations == sum(run.negations for run in runs)
        kept.add(best)
    # Of noisy trials, whose objective is never zero, all restarts are made.
    assert len(kept) > 2


def test_restarts_end_with_the_first_run_without_residual():
    ended = set()
    for trial in range(12):
        instance, starts = parts(trial)
        runs = [solve(instance, start, settings()) for start in starts[:7]]
        zero = [
            np.linalg.norm(dense.measured(instance.chain, run.latent) - instance.observation)
            <= 2.0**-26 * np.linalg.norm(instance.observation)
            for run in runs
        ]
        made = zero.index(True) + 1 if True in zero else len(runs)
        found = solve(instance, starts[0], settings(restarts=6), starts[1:])
        assert found.iterations == sum(run.iterations for run in runs[:made])
        ended.add(made)
    assert 1 in ended
    assert len(ended) > 2


def test_further_starts_are_the_trials_own_and_leave_the_first_alone():
    parameters = hard()
    first, again = (list(islice(draw_further_starts(parameters, 3), n)) for n in (5, 3))
    for one, other in zip(first, again, strict=False):
        np.testing.assert_array_equal(one, other)
    drawn = [*first, draw_trial_start(parameters, 3), draw_trial_start(parameters, 4)]
    drawn += islice(draw_further_starts(parameters, 4), 5)
    assert len({float(start[0]) for start in drawn}) == len(drawn)
    wide = next(draw_further_starts(hard(start=3), 3))
    np.testing.assert_allclose(wide, 3 * first[0], rtol=1e-15)


def test_further_starts_have_the_law_of_the_first():
    values = np.concatenate(
        [list(islice(draw_further_starts(hard(start=2), trial), 20)) for trial in range(40)]
    ).ravel()
    # 4800 numbers N(0, 4): mean and variance within four standard errors.
    assert abs(values.mean()) < 4 * 2 / np.sqrt(values.size)
    assert abs(values.var() / 4 - 1) < 4 * np.sqrt(2 / values.size)


def test_a_trial_with_restarts_is_deterministic_and_no_worse():
    better = 0
    for trial in range(8):
        alone, restarted, again = (run_trial(hard(n), trial).record for n in (0, 5, 5))
        assert restarted == again
        assert restarted.objective <= alone.objective
        assert restarted.iterations >= alone.iterations
        better += restarted.objective < alone.objective
    assert better > 0


def test_traces_of_restarts_are_behind_one_another():
    for trial in range(4):
        instance, starts = parts(trial, noise={"law": "sphere", "level": 0.1})
        traces, runs = [], []
        for start in starts[:3]:
            trace = np.full((60, 2), np.nan)
            run = solve_plainly(instance, start, settings(), trace)
            # Of the iterate at which a run ends, the next one's start takes the place.
            traces.append(trace[: run.iterations])
            runs.append(run)
        trace = np.full((180, 2), np.nan)
        found = solve_plainly(instance, starts[0], settings(restarts=2), trace, starts[1:])
        np.testing.assert_array_equal(trace[: found.iterations], np.concatenate(traces))
        np.testing.assert_array_equal(
            found.latent, solve(instance, starts[0], settings(restarts=2), starts[1:]).latent
        )
