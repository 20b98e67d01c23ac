import numpy as np
import pandas as pd
import pytest
from cells import make_trials
from statsmodels.stats.proportion import proportion_confint

from genphase.sweep.figures import Profile
from genphase.sweep.success import Success
from genphase.tables.profile import MOST_STEPS, profile_points
from genphase.tables.timings import trials_of

SUCCESS = Success(error="signal", below=0.1, converged=True)


def profile(trials, axes=("k",), success=SUCCESS, **spec):
    return profile_points(trials, axes, Profile.model_validate(spec), success)


def runs(*ended, error=1e-3, **columns):
    """Return one cell's trials from pairs of iterations and status, all of them accurate."""
    trials = make_trials({"k": [5]}, lambda **_: error, trials=len(ended), **columns)
    return trials.assign(
        iterations=[iterations for iterations, _ in ended], status=[status for _, status in ended]
    )


def test_an_example_by_hand():
    fast = runs((10, "converged"), (30, "converged"), (30, "converged"), (100, "capped"))
    slow = runs((20, "converged"), (200, "converged"), (5, "diverged"), (80, "converged"))
    slow.loc[3, "signal_error"] = 0.5  # It converged to something else.
    trials = pd.concat([fast, slow.assign(solver="slow", cell="c1")], ignore_index=True)
    table = profile(trials)
    assert list(table) == [
        *("solver", "x", "y", "low", "high", "cells", "instances", "trials", "recovered"),
        *("capped", "diverged"),
    ]
    # From 5, the least that any trial took, to 200, the most.
    assert table[["solver", "x", "y", "recovered"]].to_numpy().tolist() == [
        ["plugin", 5, 0.0, 0],
        ["plugin", 10, 0.25, 1],
        ["plugin", 30, 0.75, 3],
        ["plugin", 200, 0.75, 3],
        ["slow", 5, 0.0, 0],
        ["slow", 20, 0.25, 1],
        ["slow", 200, 0.5, 2],
    ]
    assert (table["trials"] == 4).all()
    assert table.groupby("solver")[["capped", "diverged"]].max().to_numpy().tolist() == [
        [1, 0],
        [0, 1],
    ]
    low, high = proportion_confint(table["recovered"], 4, method="wilson")
    assert table["low"].to_numpy() == pytest.approx(low, abs=1e-12)
    assert table["high"].to_numpy() == pytest.approx(high, abs=1e-12)


def test_a_capped_trial_counts_at_its_cap_where_the_rule_lets_it():
    trials = runs((10, "converged"), (100, "capped"), (100, "diverged"))
    lenient = Success(error="signal", below=0.1, converged=False)
    assert profile(trials)["recovered"].tolist() == [1, 1]
    assert profile(trials, success=lenient)[["x", "recovered"]].to_numpy().tolist() == [
        [10, 1],
        [100, 2],
    ]


def test_what_took_nothing_is_within_the_first_budget():
    table = profile(runs((0, "converged"), (8, "capped"), (9, "converged")))
    assert table[["x", "recovered"]].to_numpy().tolist() == [[8, 1], [9, 2]]
    (only,) = profile(runs((0, "converged"), (0, "converged")))["recovered"]
    assert only == 2


def test_series_and_panels_pool_what_they_leave_out():
    grid = {"k": [2, 3], "m": [10, 20]}
    trials = make_trials(grid, lambda **_: 1e-3, solvers=("a", "b"))
    assert len(profile(trials, grid).groupby(["k", "m", "solver"])) == 8
    pooled = profile(trials, grid, series="solver", panels="k")
    assert list(pooled)[:3] == ["k", "solver", "x"]
    assert pooled[["cells", "instances", "trials"]].drop_duplicates().to_numpy().tolist() == [
        [2, 10, 10]
    ]


def test_trials_that_share_instances_have_the_interval_of_instances():
    # The three levels of noise repeat one another: they are as good as one.
    trials = make_trials(
        {"tau": [0.1, 0.2, 0.3]}, lambda trial, **_: 1e-3 if trial < 4 else 1.0, trials=10
    )
    table = profile(trials, ["tau"], series="solver")
    end = table.iloc[-1]
    assert (end["trials"], end["instances"], end["recovered"]) == (30, 10, 12)
    alone = proportion_confint(4, 10, method="wilson")
    # The error of ten instances is estimated with nine degrees of freedom.
    assert end["high"] - end["low"] == pytest.approx(alone[1] - alone[0], rel=0.06)


def test_time_is_that_of_each_trial():
    trials = make_trials({"k": [2, 3]}, lambda **_: 1e-3, solvers=("a", "b"), trials=2)
    seconds = np.array([0.4, 0.1, 0.2, 0.8, 0.3, 0.6, 0.5, 0.7])
    timings = trials[["cell", "solver", "trial"]].assign(solve_seconds=seconds)
    # In any order.
    timed = trials_of({"trials": trials, "timings": timings.iloc[::-1]})
    table = profile(timed, x="solve_seconds", series="solver")
    steps = table[["solver", "x", "recovered"]].to_numpy().tolist()
    assert steps[:5] == [["a", 0.1, 1], ["a", 0.3, 2], ["a", 0.4, 3], ["a", 0.6, 4], ["a", 0.8, 4]]
    assert [x for solver, x, _ in steps if solver == "b"] == [0.1, 0.2, 0.5, 0.7, 0.8]
    with pytest.raises(ValueError, match="the timings are not those of the trials"):
        trials_of({"trials": trials, "timings": timings.iloc[1:]})


def test_of_many_steps_some_are_told_each_exactly():
    rng = np.random.default_rng(0)
    needed = rng.lognormal(4, 2, 3000)
    trials = make_trials({"k": [5]}, lambda **_: 1e-3, trials=3000).assign(solve_seconds=needed)
    table = profile(trials, x="solve_seconds")
    assert len(table) <= MOST_STEPS + 2
    share = [(needed <= budget).mean() for budget in table["x"]]
    assert table["y"].to_numpy() == pytest.approx(share, abs=0)
    # A step of so many trials, rounded up.
    assert table["y"].diff().max() <= 1 / (MOST_STEPS - 1) + 1 / 3000
    assert table["y"].iloc[-1] == 1
