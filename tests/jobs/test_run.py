import csv
import logging
import os
import re
import signal
import subprocess
import sys

import numpy as np
import pytest
from samples import make_parameters, make_sweep

import genphase.cells.trial
import genphase.jobs.compile
import genphase.jobs.run
from genphase.cells.grid import expand
from genphase.cells.sampling import fixed
from genphase.identity import cell_id
from genphase.jobs.batches import pack
from genphase.jobs.run import StaleWork, peak_bytes, run_batch, run_cell
from genphase.logs import logged
from genphase.parameters import Parameters
from genphase.records import Record, Timing, Trial
from genphase.store.cells import CellStore

PARAMETERS = make_parameters()
CELL = cell_id(PARAMETERS)
LINE = re.compile(
    r"cell (?P<cell>\d+)/(?P<cells>\d+) \((?P<label>.*)\), trial (?P<trial>\d+)/(?P<trials>\d+): "
    r"(?P<rate>\d+\.\d) trials/s, (about (?P<left>\d+) s left|loading)"
)


@pytest.fixture
def store(tmp_path):
    return CellStore(tmp_path / "store")


class Runner:
    """Stands for run_trial: remembers what was run and can fail."""

    def __init__(self, fail_at=None):
        self.ran = []
        self.fail_at = fail_at

    def __call__(self, parameters, trial, measure):
        if trial == self.fail_at:
            raise KeyboardInterrupt
        self.ran.append((cell_id(parameters), trial))
        record = Record(trial, "converged", 7, 0, trial / 3, float("nan"), 1.0, 0.0, 1e-20, 0.1)
        return Trial(record, Timing(0.001, 0.002))


@pytest.fixture
def runner(monkeypatch):
    found = Runner()
    monkeypatch.setattr(genphase.jobs.compile, "load_kernels", lambda problems, double: None)
    monkeypatch.setattr(genphase.cells.trial, "run_trial", found)
    return found


def work(**changes):
    sweep = make_sweep(**changes)
    cells = expand(sweep, 0, "sweep.yaml")
    return [item for batch in pack(sweep, cells, 1000).values() for item in batch.work()]


def test_a_new_cell_runs_all_its_trials(store, runner):
    trials = run_cell(CELL, PARAMETERS, fixed(4), store)
    assert [trial.record.trial for trial in trials] == [0, 1, 2, 3]
    assert runner.ran == [(CELL, index) for index in range(4)]


def test_only_missing_trials_are_run(store, runner):
    run_cell(CELL, PARAMETERS, fixed(3), store)
    runner.ran.clear()
    trials = run_cell(CELL, PARAMETERS, fixed(5), store)
    assert [index for _, index in runner.ran] == [3, 4]
    assert [trial.record.trial for trial in trials] == [0, 1, 2, 3, 4]


def test_a_gap_in_the_store_is_filled(store, runner):
    store.save(CELL, PARAMETERS, [runner(PARAMETERS, index, None) for index in (0, 2, 9)])
    runner.ran.clear()
    trials = run_cell(CELL, PARAMETERS, fixed(4), store)
    assert [index for _, index in runner.ran] == [1, 3]
    assert [trial.record.trial for trial in trials] == [0, 1, 2, 3]
    assert set(store.load(CELL, PARAMETERS)) == {0, 1, 2, 3, 9}


def test_fewer_trials_run_nothing_and_forget_nothing(store, runner):
    run_cell(CELL, PARAMETERS, fixed(5), store)
    runner.ran.clear()
    assert len(run_cell(CELL, PARAMETERS, fixed(2), store)) == 2
    assert runner.ran == []
    assert len(store.load(CELL, PARAMETERS)) == 5


def test_a_damaged_file_is_computed_again(store, runner):
    first = run_cell(CELL, PARAMETERS, fixed(2), store)
    path = store.path(CELL)
    path.write_text(path.read_text(encoding="utf-8").replace("converged", "diverged ", 1))
    runner.ran.clear()
    again = run_cell(CELL, PARAMETERS, fixed(2), store)
    assert [index for _, index in runner.ran] == [0, 1]
    assert [repr(trial) for trial in again] == [repr(trial) for trial in first]


def test_progress_is_told_of_every_trial_that_was_run(store, runner):
    run_cell(CELL, PARAMETERS, fixed(2), store)
    told = []
    run_cell(CELL, PARAMETERS, fixed(5), store, told.append)
    assert told == [2, 3, 4]


def records(trials):
    return [repr(trial.record) for trial in trials]


def test_the_first_trials_are_the_same_however_many_follow(tmp_path):
    three = run_cell(CELL, PARAMETERS, fixed(3), CellStore(tmp_path / "a"))
    five = run_cell(CELL, PARAMETERS, fixed(5), CellStore(tmp_path / "b"))
    assert records(five[:3]) == records(three)
    assert len(set(records(five))) == 5


def test_a_resumed_cell_has_the_records_of_an_uninterrupted_one(tmp_path):
    resumed = CellStore(tmp_path / "a")
    for trials in (1, 3, 5):
        found = run_cell(CELL, PARAMETERS, fixed(trials), resumed)
    assert records(found) == records(
        run_cell(CELL, PARAMETERS, fixed(5), CellStore(tmp_path / "b"))
    )


def test_an_interrupted_cell_keeps_the_trials_that_were_written(store, monkeypatch):
    monkeypatch.setattr(genphase.jobs.run, "WRITE_SECONDS", -1)
    monkeypatch.setattr(genphase.cells.trial, "run_trial", Runner(fail_at=3))
    with pytest.raises(KeyboardInterrupt):
        run_cell(CELL, PARAMETERS, fixed(5), store)
    assert set(store.load(CELL, PARAMETERS)) == {0, 1, 2}
    runner = Runner()
    monkeypatch.setattr(genphase.cells.trial, "run_trial", runner)
    assert len(run_cell(CELL, PARAMETERS, fixed(5), store)) == 5
    assert [index for _, index in runner.ran] == [3, 4]


class Killed(Runner):
    """Is sent the signal of a scheduler, twice, while it runs a trial."""

    def __call__(self, parameters, trial, measure):
        if trial == self.fail_at:
            os.kill(os.getpid(), signal.SIGTERM)
            os.kill(os.getpid(), signal.SIGTERM)
        return super().__call__(parameters, -1 if trial == self.fail_at else trial, measure)


def test_a_job_that_is_ended_saves_its_finished_trials(store, runner, monkeypatch, tmp_path):
    items = work(trials=5)
    first = items[0]["cell"]
    parameters = Parameters.model_validate(items[0]["parameters"])
    monkeypatch.setattr(genphase.jobs.run, "WRITE_PART", 1e-9)
    monkeypatch.setattr(genphase.cells.trial, "run_trial", Killed(fail_at=3))
    before = signal.getsignal(signal.SIGTERM)
    with pytest.raises(SystemExit) as ended:
        run_batch(items, store, tmp_path / "batch.csv")
    assert ended.value.code == 128 + signal.SIGTERM
    assert signal.getsignal(signal.SIGTERM) is before
    assert set(store.load(first, parameters)) == {0, 1, 2}
    assert not (tmp_path / "batch.csv").exists()


def test_trials_are_saved_as_often_as_it_costs_little(store, runner, monkeypatch):
    # A clock that takes two seconds for each trial, and a disk that takes a while.
    saved = []
    monkeypatch.setattr(genphase.jobs.run, "perf_counter", lambda: 2.0 * len(runner.ran))

    def save(cell, parameters, trials):
        saved.append([trial.record.trial for trial in trials])

    monkeypatch.setattr(store, "save", save)
    for seconds, expected in ((0.001, 1), (0.03, 2), (1000, 6)):
        saved.clear()
        monkeypatch.setattr(store, "save_seconds", seconds)
        run_cell(CELL, PARAMETERS, fixed(24), store)
        assert [len(group) for group in saved] == [expected] * (24 // expected)


def test_the_memory_of_a_job_is_kept_with_its_trials(store, runner):
    trials = run_cell(CELL, PARAMETERS, fixed(2), store)
    # Python with numpy and numba, in megabytes.
    assert all(50 < trial.timing.peak_mb < 10_000 for trial in trials)
    assert repr(store.load(CELL, PARAMETERS)[0]) == repr(trials[0])


def read(path):
    with open(path, newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_a_batch_writes_one_row_per_trial_with_every_digit(store, runner, tmp_path):
    items = work(trials=2)
    run_batch(items, store, tmp_path / "batch.csv")
    rows = read(tmp_path / "batch.csv")
    assert [(row["cell"], row["trial"]) for row in rows] == [
        (item["cell"], str(trial)) for item in items for trial in range(2)
    ]
    assert list(rows[0]) == ["cell", *Record._fields, *Timing._fields]
    assert rows[1]["latent_error"] == repr(1 / 3)
    assert rows[1]["signal_error"] == "nan"
    assert rows[1]["objective"] == "1e-20"
    assert rows[1]["status"] == "converged"


def test_a_batch_from_the_store_is_the_same_file(store, runner, tmp_path):
    items = work(trials=2)
    run_batch(items, store, tmp_path / "first.csv")
    runner.ran.clear()
    run_batch(items, store, tmp_path / "second.csv")
    assert runner.ran == []
    first, second = (tmp_path / name for name in ("first.csv", "second.csv"))
    assert first.read_bytes() == second.read_bytes()


def test_work_of_other_numerics_is_refused_before_it_runs(store, runner, tmp_path):
    items = work()
    items[0] = {**items[0], "cell": "0" * 20}
    with pytest.raises(StaleWork, match="run snakemake again"):
        run_batch(items, store, tmp_path / "batch.csv")
    assert runner.ran == []
    assert not (tmp_path / "batch.csv").exists()
    assert not store.folder.exists()


def test_a_batch_that_fails_leaves_no_file(store, monkeypatch, tmp_path):
    monkeypatch.setattr(genphase.cells.trial, "run_trial", Runner(fail_at=1))
    with pytest.raises(KeyboardInterrupt):
        run_batch(work(), store, tmp_path / "batch.csv")
    assert not (tmp_path / "batch.csv").exists()


def spoken(caplog):
    return [
        found.groupdict()
        for record in caplog.records
        if (found := LINE.fullmatch(record.getMessage()))
    ]


@pytest.fixture
def progress(monkeypatch, caplog):
    """Makes every trial speak."""
    monkeypatch.setattr(genphase.jobs.run, "PROGRESS_SECONDS", -1)
    caplog.set_level(logging.INFO, logger="genphase")
    return caplog


def test_progress_names_cell_trial_rate_and_remaining_time(store, runner, tmp_path, progress):
    run_batch(work(), store, tmp_path / "batch.csv")
    lines = spoken(progress)
    # Four cells of three trials; the messages after a cell's last trial may come twice.
    assert {(line["cell"], line["trial"]) for line in lines} == {
        (str(cell), str(trial)) for cell in range(1, 5) for trial in range(1, 4)
    }
    assert {(line["cells"], line["trials"]) for line in lines} == {("4", "3")}
    assert lines[0]["label"] == "k=2 n=12 plugin"
    assert all(float(line["rate"]) > 0 for line in lines)
    assert lines[-1]["left"] == "0"


def test_progress_speaks_only_of_what_is_left(store, runner, tmp_path, progress, monkeypatch):
    # A clock that takes one second for each trial, so that the numbers are known.
    monkeypatch.setattr(genphase.jobs.run, "perf_counter", lambda: float(len(runner.ran)))
    run_batch(work(), store, tmp_path / "batch.csv")
    by_trial = {(line["cell"], line["trial"]): line for line in spoken(progress)}
    left = [int(by_trial[str(c), str(t)]["left"]) for c in range(1, 5) for t in range(1, 4)]
    assert left == list(range(11, -1, -1))
    assert {line["rate"] for line in by_trial.values()} == {"1.0"}
    assert progress.messages[-1] == "4 cells, 12 trials: 12 run in 12.0 s, 0 from the store"


@pytest.mark.parametrize("stored", [1, 2, 3])
def test_progress_is_sensible_when_trials_come_from_the_store(
    stored, store, runner, tmp_path, progress
):
    run_batch(work(trials=stored), store, tmp_path / "first.csv")
    progress.clear()
    items = work()
    run_batch(items, store, tmp_path / "batch.csv")
    for line in spoken(progress):
        assert 1 <= int(line["trial"]) <= 3
        assert 1 <= int(line["cell"]) <= 4
        assert line["left"] is None or int(line["left"]) >= 0
    assert spoken(progress)[-1]["cell"] == "4"
    assert f"{12 - 4 * stored} run" in progress.messages[-1]
    assert f"{4 * stored} from the store" in progress.messages[-1]


def test_the_log_of_a_job_holds_its_progress(store, runner, tmp_path, monkeypatch):
    monkeypatch.setattr(genphase.jobs.run, "PROGRESS_SECONDS", -1)
    with logged(tmp_path / "job.log"):
        run_batch(work(), store, tmp_path / "batch.csv")
    text = (tmp_path / "job.log").read_text(encoding="utf-8")
    assert "cell 2/4 (k=2 n=20 plugin), trial 1/3" in text
    assert "12 run" in text


def test_the_log_of_a_failed_job_says_why(tmp_path):
    with pytest.raises(StaleWork), logged(tmp_path / "job.log"):
        raise StaleWork("planned with other numerics")
    text = (tmp_path / "job.log").read_text(encoding="utf-8")
    assert "planned with other numerics" in text
    assert "Traceback" in text


def test_the_memory_of_a_process_is_not_that_of_the_one_that_started_it():
    large = np.ones(60_000_000)
    code = "from genphase.jobs.run import peak_bytes; print(peak_bytes())"
    child = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert 1e7 < int(child.stdout) < large.nbytes < peak_bytes()
