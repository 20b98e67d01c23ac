import json
import math

import pytest
from samples import make_sweep

import genphase.cells.trial
import genphase.jobs.calibration
import genphase.jobs.compile
from genphase.cells.grid import expand
from genphase.errors import SweepError
from genphase.jobs.calibration import (
    Calibration,
    Usage,
    calibrate,
    read_calibration,
    write_calibration,
)
from genphase.jobs.cost import Cost, request, trial_cost
from genphase.records import Record, Timing, Trial
from genphase.store.cells import CellStore

AXES = {"k": list(range(1, 11)), "n": list(range(20, 30))}


def make_trial(seconds, peak_mb=math.nan):
    record = Record(0, "converged", 7, 0, *[0.1] * 6)
    return Trial(record, Timing(seconds / 4, 3 * seconds / 4, peak_mb))


@pytest.fixture
def slow(monkeypatch):
    """Trials that take twice what the model says; their cells are remembered."""
    ran = []

    def run_trial(parameters, index, measure):
        ran.append((parameters, index))
        return make_trial(2 * trial_cost(parameters).core_seconds)

    monkeypatch.setattr(genphase.cells.trial, "run_trial", run_trial)
    monkeypatch.setattr(genphase.jobs.compile, "load_kernels", lambda problems, double: None)
    return ran


@pytest.mark.parametrize(("count", "expected"), [(2, 2), (5, 5), (100, 100), (1000, 100)])
def test_a_calibration_measures_cells_from_the_cheapest_to_the_dearest(
    slow, tmp_path, count, expected
):
    cells = expand(make_sweep(axes=AXES), 0, "sweep.yaml")
    found, usage = calibrate(cells, CellStore(tmp_path), count)
    assert (found.trials, usage.trials, len(slow)) == (expected,) * 3
    assert found.seconds == pytest.approx(2)
    assert usage.core_seconds == pytest.approx(2 * usage.expected_seconds)
    costs = [trial_cost(parameters).core_seconds for parameters, _ in slow]
    assert costs == sorted(costs)
    every = [trial_cost(cell.parameters).core_seconds for cell in cells]
    assert (costs[0], costs[-1]) == (min(every), max(every))
    assert {index for _, index in slow} == {0}
    # Its trials are trials of the sweep: another one runs none of them again.
    calibrate(cells, CellStore(tmp_path), count)
    assert len(slow) == expected


def test_usage_adds_seconds_and_takes_the_largest_memory():
    usage = Usage().plus(Cost(1, 200), [make_trial(3, 250), make_trial(2, 220)])
    usage = usage.plus(Cost(10, 900), [make_trial(4)])
    assert usage == Usage(3, 9, 12, 250, 200)


def test_a_calibration_is_kept_and_read(tmp_path):
    assert read_calibration(tmp_path / "sweep") == (1, 1, 0)
    write_calibration(tmp_path / "sweep", Calibration(1.5, 0.9, 12))
    assert read_calibration(tmp_path / "sweep") == (1.5, 0.9, 12)
    assert Calibration(2, 3).applied_to(Cost(10, 100)) == (20, 300)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{}x",
        "[1]",
        json.dumps({"seconds": 0, "memory": 1, "trials": 3}),
        json.dumps({"seconds": math.nan, "memory": 1, "trials": 3}),
        json.dumps({"seconds": 1, "memory": "much", "trials": 3}),
        json.dumps({"minutes": 1}),
    ],
)
def test_a_file_that_is_no_calibration_is_refused_by_name(tmp_path, text):
    (tmp_path / "calibration.json").write_text(text)
    with pytest.raises(SweepError, match=r"(?s)calibration\.json: .*delete it, or run"):
        read_calibration(tmp_path)


def test_a_job_asks_for_more_than_it_is_expected_to_need_and_for_twice_that_again():
    cost = Cost(600, 2000)
    first, second = request(cost, 10_000, 1), request(cost, 10_000, 2)
    assert first.mem_mb > 1.2 * 2000
    assert first.runtime > 2 * 10
    assert (second.mem_mb, second.runtime) == (2 * first.mem_mb, 2 * first.runtime)
    # Of a large sweep Snakemake itself needs memory; of a small one there is a least.
    assert request(cost, 1_000_000, 1).mem_mb > first.mem_mb + 5000
    assert request(Cost(1, 200), 1, 1) == (1000, 6)
