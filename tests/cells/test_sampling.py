"""How many trials a cell gets: by need they end early, and their intervals stay honest."""

import itertools

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from samples import make_sweep
from statsmodels.stats.proportion import proportion_confint

from genphase.cells.sampling import (
    Sampling,
    fixed,
    read_sampling,
    recovers,
    sampling_of,
    trials_for,
)
from genphase.statistics.wilson import wilson
from genphase.sweep.success import Success
from genphase.tables.cells import recovered

SUCCESS = Success(error="signal", below=1e-3)
BY_NEED = {"at_least": 20, "at_most": 200, "until": {"interval_width": 0.2}}
SAMPLING = sampling_of(make_sweep(trials=BY_NEED))


def run(sampling, outcomes):
    """Return how many of these trials a cell gets."""
    tally = sampling.tally()
    for outcome in outcomes:
        if tally.enough:
            break
        tally.add("converged", 1e-9 if outcome else 1.0)
    assert tally.enough
    return tally.trials


@given(trials=st.integers(1, 5000), share=st.floats(0, 1))
def test_the_interval_is_that_of_the_tables(trials, share):
    count = round(share * trials)
    expected = proportion_confint(count, trials, method="wilson")
    assert wilson(count, trials) == pytest.approx(expected, abs=1e-12)


def test_a_fixed_number_is_the_same_for_all():
    sampling = sampling_of(make_sweep(trials=7))
    assert (sampling.fixed, sampling.expected, sampling.text()) == (True, 7, "7")
    assert run(sampling, [True] * 9) == run(sampling, [False, True] * 5) == 7
    assert read_sampling(sampling.written()) == fixed(7)


def test_by_need_a_clear_cell_stops_first_and_an_open_one_goes_on():
    assert run(SAMPLING, itertools.repeat(True)) == 20
    assert run(SAMPLING, itertools.repeat(False)) == 20
    # At a rate of a half, (z / 0.1)² - z² = 92.2 trials make an interval of 0.2.
    assert run(SAMPLING, itertools.cycle([True, False])) == 93


def test_the_most_trials_are_never_exceeded():
    narrow = SAMPLING.model_copy(update={"interval_width": 0.01})
    assert run(narrow, itertools.cycle([True, False])) == 200


@given(st.lists(st.booleans(), min_size=200, max_size=200))
def test_the_trials_end_with_the_first_short_interval(outcomes):
    count = run(SAMPLING, outcomes)
    found = np.cumsum(outcomes)
    low, high = proportion_confint(found, np.arange(1, 201), method="wilson")
    short = [n for n in range(20, 201) if high[n - 1] - low[n - 1] <= 0.2 + 1e-12]
    assert count == (short or [200])[0]


def test_it_is_written_and_read_back():
    assert read_sampling(SAMPLING.written()) == SAMPLING


@pytest.mark.parametrize("rate", [0.0, 0.03, 0.3, 0.5, 0.9, 1.0])
@pytest.mark.parametrize("width", [0.05, 0.2, 0.5])
def test_the_expected_number_is_the_first_that_is_enough(rate, width):
    count = trials_for(rate, width)
    widths = [np.subtract(*wilson(rate * n, n)[::-1]) for n in (count - 1, count) if n]
    assert widths[-1] <= width
    assert len(widths) == 1 or widths[0] > width


def test_what_is_lacking_is_estimated_from_the_trials_so_far():
    tally = SAMPLING.tally()
    assert tally.lacking == round(SAMPLING.expected)
    for i in range(30):
        tally.add("converged", 1e-9 if i % 2 else 1.0)
    assert tally.lacking == 93 - 30
    for _ in range(20):
        tally.add("diverged", float("inf"))
    assert 0 < tally.lacking < 93 - 50


@pytest.mark.parametrize("status", ["converged", "capped", "diverged"])
@pytest.mark.parametrize("error", [0.0, 9e-4, 1e-3, float("inf"), float("nan")])
@pytest.mark.parametrize("converged", [True, False])
@pytest.mark.parametrize("which", ["signal", "latent"])
def test_a_trial_is_judged_as_in_the_tables(status, error, converged, which):
    success = Success(error=which, below=1e-3, converged=converged)
    errors = {"latent": 1.0, "signal": 1.0} | {which: error}
    table = pd.DataFrame({"status": [status], **{f"{k}_error": [v] for k, v in errors.items()}})
    assert recovers(status, error, success) == recovered(table, success)[0]


def coverage(rate, sampling):
    """Return the exact coverage of the interval when trials end by need, and their mean number."""
    running = np.array([1.0])
    covered = trials = 0.0
    for n in range(1, sampling.at_most + 1):
        running = np.append(running * (1 - rate), 0) + np.append(0, running * rate)
        if n < sampling.at_least:
            continue
        low, high = proportion_confint(np.arange(n + 1), n, method="wilson")
        ended = (high - low <= sampling.interval_width) | (n == sampling.at_most)
        covered += running[ended & (low <= rate) & (rate <= high)].sum()
        trials += n * running[ended].sum()
        running = np.where(ended, 0, running)
    return covered, trials


@pytest.mark.parametrize(
    ("at_least", "at_most", "width"), [(20, 200, 0.2), (10, 200, 0.2), (10, 100, 0.3)]
)
def test_looking_at_the_interval_after_each_trial_costs_no_coverage(at_least, at_most, width):
    sampling = Sampling(at_least=at_least, at_most=at_most, interval_width=width, success=SUCCESS)
    # Enumerated, not simulated. As of a fixed number, the coverage dips near rates of 0 and 1.
    found = np.array([coverage(rate, sampling) for rate in np.linspace(0.005, 0.995, 100)])
    assert 0.94 < found[:, 0].mean() < 0.96
    assert found[:, 0].min() > 0.90
    assert found[10:-10, 0].min() > 0.92
    assert found[:, 1].mean() == pytest.approx(sampling.expected, rel=0.1)
