from dataclasses import replace
from itertools import islice

import dense
import numpy as np
import pytest
from pydantic import ValidationError
from samples import make_parameters, make_solver, solve

from genphase.draws.instance import draw_further_starts, draw_instance, draw_trial_start
from genphase.kernels.passes import norm
from genphase.kernels.status import CAPPED, CONVERGED
from genphase.solvers.ml_amp import FIRST_LOOK

AMP = {"name": "ml_amp", "max_iter": 600, "stop": {"relative_change": 1e-6}}
# Levenberg-Marquardt recovers few of these.
HARD = {"k": 14, "network": {"widths": (75, 60), "weights": "gaussian", "slope": 0}, "m": 20}


def hard(trial, **changes):
    parameters = make_parameters(**{**HARD, "solver": AMP, **changes})
    instance = draw_instance(parameters, trial)
    starts = [
        draw_trial_start(parameters, trial),
        *islice(draw_further_starts(parameters, trial), 8),
    ]
    return instance, starts


def run(instance, starts, trace=None, **changes):
    settings = make_solver(**{**AMP, **changes})
    return solve(instance, starts[0], settings, starts[1:], trace)


def error(instance, found):
    return norm(found.latent - instance.target) / norm(instance.target)


PROBLEMS = [
    {},
    {"problem": "phase_retrieval", "k": 8, "m": 30},
    {"problem": "inversion", "measurements": "identity", "k": 20, "m": 60},
    {"network": {"widths": (75, 60), "weights": "he", "slope": 0.2}, "k": 16},
]


@pytest.mark.parametrize("changes", PROBLEMS, ids=str)
def test_it_recovers_most_where_levenberg_marquardt_does_not(changes):
    trials, ours, theirs = 12, 0, 0
    for trial in range(trials):
        instance, starts = hard(trial, **changes)
        ours += error(instance, run(instance, starts)) < 1e-6
        other = make_solver(name="levenberg_marquardt", max_iter=200, stop={})
        theirs += error(instance, solve(instance, starts[0], other)) < 1e-6
    assert ours >= 10
    assert theirs <= ours - 3


def test_a_zero_objective_ends_a_run_as_converged():
    instance, starts = hard(0, k=4)
    found = run(instance, starts)
    assert (found.status, error(instance, found) < 1e-7) == (CONVERGED, True)
    # By the first look, which has no more updates than messages.
    assert found.iterations <= 2 * FIRST_LOOK


def test_messages_begin_without_the_start_and_end_the_same():
    instance, starts = hard(1, k=6)
    found, other = run(instance, starts), run(instance, [-starts[0], *starts[1:]])
    np.testing.assert_array_equal(found.latent, other.latent)


def test_without_polish_the_result_is_the_last_message():
    instance, starts = hard(2, k=4, m=60, noise={"law": "sphere", "level": 0.1})
    plain = run(instance, starts, polish=False, max_iter=300)
    assert plain.status == CONVERGED
    polished = run(instance, starts, max_iter=300)
    observed = instance.observation
    values = [dense.objective(instance.chain, x.latent, observed) for x in (polished, plain)]
    assert values[0] < values[1]
    assert norm(polished.latent - plain.latent) < 0.2 * norm(instance.target)
    # What is settled is polished to the end.
    assert polished.status == CONVERGED
    further = make_solver(name="levenberg_marquardt", max_iter=200, stop={"relative_change": 1e-6})
    moved = solve(instance, polished.latent, further)
    assert norm(moved.latent - polished.latent) < 1e-4 * norm(polished.latent)


def test_max_iter_caps_messages_and_updates_together():
    instance, starts = hard(3, m=9)
    found = run(instance, starts, polish=False, max_iter=7, stop={})
    assert (found.status, found.iterations) == (CAPPED, 7)
    settings = make_solver(**{**AMP, "max_iter": 90, "restarts": 2, "stop": {}})
    assert settings.most_updates == 90 * 2 * 3
    found = solve(instance, starts[0], settings, starts[1:])
    assert found.iterations <= settings.most_updates


def test_restarts_help_and_the_lowest_objective_is_kept():
    recovered = {0: 0, 6: 0}
    for trial in range(12):
        instance, starts = hard(trial, k=19)
        objectives = []
        for restarts in recovered:
            found = run(instance, starts, restarts=restarts)
            recovered[restarts] += error(instance, found) < 1e-6
            objectives.append(dense.objective(instance.chain, found.latent, instance.observation))
        floor = 1e-15 * norm(instance.observation) ** 2
        assert objectives[1] <= max(objectives[0] * (1 + 1e-9), floor)
    assert recovered[6] > recovered[0]


def test_the_trace_holds_the_messages():
    instance, starts = hard(4, k=4, noise={"law": "sphere", "level": 0.1})
    trace = np.full((400, 2), np.nan)
    found = run(instance, starts, trace, polish=False, max_iter=300)
    assert trace[0, 1] == pytest.approx(1, rel=1e-14)
    last = trace[found.iterations - 1]
    assert last[1] == pytest.approx(error(instance, found), rel=1e-4)
    assert np.isnan(trace[found.iterations :]).all()


def test_a_trace_changes_nothing():
    instance, starts = hard(5)
    trace = np.empty((2000, 2))
    for a, b in zip(run(instance, starts), run(instance, starts, trace), strict=True):
        np.testing.assert_array_equal(a, b)


def test_weights_around_one_number_do_no_harm():
    # All weights are near one number: every layer has one direction that is much the largest.
    parameters = make_parameters(**{**HARD, "k": 3, "solver": AMP})
    for trial in range(6):
        instance = draw_instance(parameters, trial)
        start = draw_trial_start(parameters, trial)
        shifted = instance.chain._replace(weights=np.abs(instance.chain.weights) + 1)
        x = np.abs(instance.target)
        changed = replace(
            instance,
            chain=shifted,
            target=x,
            signal=shifted(x)[0],
            observation=shifted(x)[1],
        )
        found = run(changed, [start], max_iter=60, stop={})
        assert np.isfinite(found.latent).all()
        other = solve(changed, start, make_solver(name="levenberg_marquardt", max_iter=60, stop={}))
        values = [dense.objective(shifted, x.latent, changed.observation) for x in (found, other)]
        assert values[0] <= max(values[1], 1e-15 * norm(changed.observation) ** 2)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"damping": 1}, "damping"),
        ({"damping": -0.1}, "damping"),
        ({"restarts": -1}, "restarts"),
        ({"polish": "maybe"}, "polish"),
        ({"step": 1}, "step"),
    ],
)
def test_bad_options_are_refused(change, message):
    with pytest.raises(ValidationError, match=message):
        make_solver(**{**AMP, **change})
