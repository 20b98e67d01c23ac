"""How runs go and where they end, as further columns of trials."""

import math

import numpy as np
import pytest
from samples import make_sweep

from genphase.accuracy.contraction import contraction
from genphase.accuracy.ends_near import ends_near
from genphase.accuracy.ends_near_pair import ends_near_pair
from genphase.accuracy.first_within import first_within
from genphase.angles import rho
from genphase.cells.grid import expand
from genphase.cells.kept import kept_of, worst_errors
from genphase.cells.measure import measure, measure_again
from genphase.cells.trial import run_trial
from genphase.draws.instance import draw_instance, draw_trial_start
from genphase.errors import SweepError


def test_contraction_is_the_mean_factor_of_the_end_of_a_run():
    path = np.array([1.0, 0.5, 0.09, 0.09 / 4, 0.09 / 8, 1e-10, 1e-10])
    assert contraction(path, end=0.02) == pytest.approx(math.sqrt(1 / 8))
    assert contraction(path) == pytest.approx((1e-10 / 0.09) ** (1 / 3))
    # A run that leaves again has not reached its end.
    assert contraction(np.array([0.05, 0.5, 0.08, 0.04])) == pytest.approx(0.5)
    for short in ([1.0, 0.5], [0.05], [1.0, 0.05], [0.05, 0.0], [0.05, math.nan]):
        assert math.isnan(contraction(np.array(short)))


def test_first_within_counts_iterations_from_which_on_a_run_stays():
    path = np.array([1.0, 0.1, 0.3, 0.1, 0.05])
    assert first_within(path, radius=0.1) == 3
    assert first_within(path, radius=2.0) == 0
    assert first_within(path, radius=0.01) == math.inf
    assert first_within(np.array([0.05, math.nan]), radius=0.1) == math.inf


def test_the_place_where_a_run_ends():
    truth = np.array([3.0, 4.0])
    near = {
        "target": truth + np.array([0.3, 0]),
        "spurious": -rho(3) * truth,
        "zero": np.array([0.1, 0.1]),
        "elsewhere": np.array([-4.0, 3.0]),
    }
    for place, estimate in near.items():
        shares = {name: ends_near(estimate, truth, 3, place=name, radius=0.1) for name in near}
        assert shares == {name: float(name == place) for name in near}
    # With one layer both spurious places are 0.
    assert ends_near(np.zeros(2), truth, 1, place="zero") == 1


def test_a_run_that_diverged_ends_nowhere():
    entry = {"name": "ends_near", "place": "elsewhere", "label": "lost"}
    assert worst_errors(make_sweep(errors=[entry, "contraction"])) == {
        "lost": "0", "contraction": "inf",
    }  # fmt: skip


def test_the_hyperbola_on_which_blind_demodulation_ends():
    h, z = np.array([1.0, 2.0]), np.array([2.0, -1.0])
    r, truth = rho(2), np.concatenate([h, z])
    near = {
        "target": (3 * h, z / 3),
        "first": (-r * h, z),
        "second": (2 * h, -r * z / 2),
        "both": (-r * h, -r * z),
        "zero": (0 * h, z),
        "elsewhere": (h[::-1], -z),
    }
    for place, codes in near.items():
        estimate = np.concatenate(codes)
        shares = {
            name: ends_near_pair(estimate, truth, 2, place=name, radius=0.05) for name in near
        }
        assert shares == {name: float(name == place) for name in near}


def kept_values(**changes):
    """Run a trial of a small sweep; return the sweep's first cell, the trial and its columns."""
    sweep = make_sweep(**changes)
    cell, kept = expand(sweep, 7, "sweep.yaml")[0], kept_of(sweep)
    trial = run_trial(cell.parameters, 0, measure=lambda *found: measure(kept, *found))
    return cell, kept, trial, dict(zip(kept.columns, kept.values(trial), strict=True))


WAYS = ["contraction", {"name": "first_within", "radius": 0.01}, "start_objective"]


@pytest.mark.parametrize("solver", ["subgradient", "plugin", "levenberg_marquardt"])
def test_what_is_told_of_a_run_agrees_with_its_trace(solver):
    step = {} if solver == "levenberg_marquardt" else {"step": "2**d/2"}
    stop = {"relative_change": 1e-12}
    entry = {"name": solver, "max_iter": 3000, "stop": stop, **step}
    cell, kept, trial, found = kept_values(
        axes={"k": [2]}, network={"widths": [60, 90]}, solvers=[entry], errors=WAYS,
        success={"error": "latent", "below": 1e-3}, figures={}, keep="latent",
    )  # fmt: skip
    assert trial.record.latent_error < 1e-6
    trace = np.full((3000, 2), np.nan)
    run_trial(cell.parameters, 0, trace)
    first = found["first_within"]
    assert 0 < first <= trial.record.iterations
    if first < trial.record.iterations:
        assert trace[int(first), 1] <= 0.01
    assert trace[int(first) - 1, 1] > 0.01
    assert 0 < found["contraction"] < 1
    # Of a kept estimate the same is found, without the record being made again.
    again = measure_again(kept, cell.parameters, trial)
    assert again.kept == trial.kept


def test_the_start_is_that_of_the_trial():
    cell, _, trial, found = kept_values(
        axes={"k": [2]}, errors=["start_objective"], network={"widths": [6, 9]}, figures={}
    )
    instance = draw_instance(cell.parameters, trial.record.trial)
    start = draw_trial_start(cell.parameters, trial.record.trial, instance)
    off = instance.observed_at(start) - instance.observation
    assert found["start_objective"] == pytest.approx(0.5 * off @ off, rel=1e-6)


@pytest.mark.parametrize(
    ("problem", "name", "words"),
    [
        ("blind_demodulation", "ends_near", "a single network"),
        ("inversion", "ends_near_pair", "a second network"),
    ],
)
def test_places_of_another_problem_are_refused(problem, name, words):
    with pytest.raises(SweepError, match=words):
        make_sweep(
            problem=problem, axes={"k": [2]}, figures={},
            errors=[{"name": name, "place": "target"}],
        )  # fmt: skip
