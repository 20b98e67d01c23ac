"""Run cells: load what the store holds, compute what is missing, keep it safely."""

import csv
import io
import logging
import re
import resource
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from time import perf_counter
from typing import Any

from genphase.brought import failures_told
from genphase.cells.kept import LATENT, NOTHING, Kept, read_kept
from genphase.cells.sampling import Sampling, read_sampling
from genphase.files import write_whole
from genphase.identity import cell_id
from genphase.parameters import Parameters
from genphase.records import Trial
from genphase.store.cells import CellStore, columns_of
from genphase.things import name_of

# What a killed job loses at most; less where writing is quick, which may take so much of the time.
WRITE_SECONDS = 10.0
WRITE_PART = 0.01
PROGRESS_SECONDS = 5.0

_log = logging.getLogger(__name__)

Progress = Callable[[int], None]


class StaleWork(RuntimeError):
    """The numerics were edited or upgraded between planning a job and running it."""


def run_cell(
    cell: str,
    parameters: Parameters,
    sampling: Sampling,
    store: CellStore,
    progress: Progress = lambda trial: None,
    kept: Kept = NOTHING,
) -> list[Trial]:
    """Return the trials of a cell, as many as it gets, running those that the store lacks.

    Parameters
    ----------
    cell
        Its id.
    parameters
        The cell's parameters.
    sampling
        How many trials it gets.
    store
        The cell store.
    progress
        Called with the index of each trial that was run.
    kept
        What a trial is to have beside its record.

    Notes
    -----
    What is finished is saved at the end, also at that by an exception, and in between whenever that
    costs little of the time.
    """
    # Numba is loaded only when there is something to run.
    done = store.load(cell, parameters)
    unsaved: list[Trial] = []
    written = perf_counter()
    tally = sampling.tally()
    try:
        while not tally.enough:
            index = tally.trials
            before = done.get(index)
            if before is None or kept.lacked(before):
                known = before is not None and bool(before.kept.get(LATENT))
                done[index] = _run(parameters, index, kept, before)
                unsaved.append(done[index])
                if perf_counter() - written > min(WRITE_SECONDS, store.save_seconds / WRITE_PART):
                    store.save(cell, parameters, unsaved)
                    unsaved, written = [], perf_counter()
                if not known:
                    progress(index)
            status = done[index].record.status
            tally.add(status, kept.error(done[index], sampling.column))
    finally:
        if unsaved:
            store.save(cell, parameters, unsaved)
    return [done[index] for index in range(tally.trials)]


def _run(parameters: Parameters, index: int, kept: Kept, before: Trial | None) -> Trial:
    """Run a trial, or measure what a stored one lacks whose estimate is kept."""
    from genphase.cells.measure import measure, measure_again
    from genphase.cells.quantity import run_quantity
    from genphase.cells.trial import run_trial
    from genphase.draws.decoder import in_double
    from genphase.jobs.compile import load_kernels

    # Before the first trial, whose time it would be counted to.
    load_kernels((name_of(parameters.problem),), in_double(parameters))
    with failures_told(f"trial {index}"):
        if before is not None and before.kept.get(LATENT):
            return measure_again(kept, parameters, before)
        if parameters.solver is None:
            trial = run_quantity(parameters, index)
        else:
            trial = run_trial(parameters, index, measure=partial(measure, kept))
    timing = trial.timing._replace(peak_mb=round(peak_bytes() / 1e6, 1))
    return trial._replace(timing=timing).updated(before)


def peak_bytes() -> int:
    """Return the most memory that this process has had, in bytes."""
    status = Path("/proc/self/status")
    if status.exists():
        # On Linux getrusage counts what the process had that started this one.
        found = re.search(r"VmHWM:\s+(\d+) kB", status.read_text(encoding="ascii"))
        if found is not None:
            return 1024 * int(found[1])
    # In bytes on macOS, elsewhere in units of 1024 bytes.
    unit = 1 if sys.platform == "darwin" else 1024
    return unit * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


@contextmanager
def _ended_in_order() -> Iterator[None]:
    """Turn the signal by which a scheduler ends a job into an exception, once."""

    def end(number: int, frame: object) -> None:
        signal.signal(number, signal.SIG_IGN)
        raise SystemExit(128 + number)

    before = signal.signal(signal.SIGTERM, end)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def run_batch(work: Sequence[dict[str, Any]], store: CellStore, output: Path) -> None:
    """Run the cells of a batch and write their trials, with timings, as CSV.

    Parameters
    ----------
    work
        What :meth:`genphase.jobs.batches.Batch.work` says.
    store
        The cell store.
    output
        Columns ``cell``, the record and the timing, and further errors.

    Raises
    ------
    StaleWork
        If the work was planned with other numerics, or another code of errors, than would run it.
    """
    samplings = [read_sampling(item["trials"]) for item in work]
    report = _Report(len(work), sum(round(s.expected) - s.first for s in samplings))
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    # One for all cells of a sweep, as their columns are.
    kept = read_kept(work[0]["kept"])
    columns = columns_of(Parameters.model_validate(work[0]["parameters"]))
    writer.writerow(["cell", *columns, *kept.columns])
    for number, (item, sampling) in enumerate(zip(work, samplings, strict=True), start=1):
        report.begin(number, item["label"], sampling)
        parameters = Parameters.model_validate(item["parameters"])
        same = kept.keys == item["kept"]["keys"]
        if not same or cell_id(parameters) != item["cell"]:
            what = "other numerics" if same else "another code of errors"
            raise StaleWork(
                f"cell {item['cell']} was planned with {what} than are installed now; "
                "run snakemake again, it plans anew and keeps what is stored"
            )
        with _ended_in_order(), failures_told(f"cell {item['label']}"):
            trials = run_cell(item["cell"], parameters, sampling, store, report.ran, kept)
        report.end(len(trials) - sampling.first)
        for trial in trials[sampling.first :]:
            values = (*trial.record, *trial.timing, *kept.values(trial))
            writer.writerow([item["cell"], *map(_text, values)])
    write_whole(output, text.getvalue())
    report.close()


def _text(value: object) -> str:
    return repr(value) if isinstance(value, float) else str(value)


class _Report:
    """Progress lines of a batch: cell, trial, rate of trials run, remaining time."""

    def __init__(self, cells: int, expected: int) -> None:
        self.cells, self.expected = cells, expected
        self.run = self.handled = 0
        self.begun = self.spoken = perf_counter()

    def begin(self, number: int, label: str, sampling: Sampling) -> None:
        self.number, self.label, self.sampling = number, label, sampling

    def ran(self, trial: int) -> None:
        self.run += 1
        if perf_counter() - self.spoken > PROGRESS_SECONDS:
            self._speak(trial)

    def end(self, trials: int) -> None:
        if perf_counter() - self.spoken > PROGRESS_SECONDS:
            self._speak(trials - 1)
        self.handled += trials

    def _speak(self, trial: int) -> None:
        self.spoken = perf_counter()
        rate = self.run / (self.spoken - self.begun)
        left = max(self.expected - self.handled - trial - 1, 0)
        remaining = f"about {left / rate:.0f} s left" if rate > 0 else "loading"
        _log.info(
            "cell %d/%d (%s), trial %d/%s: %.1f trials/s, %s",
            self.number,
            self.cells,
            self.label,
            trial + 1,
            self.sampling.text(),
            rate,
            remaining,
        )

    def close(self) -> None:
        seconds = perf_counter() - self.begun
        _log.info(
            "%d cells, %d trials: %d run in %.1f s, %d from the store",
            self.cells,
            self.handled,
            self.run,
            seconds,
            self.handled - self.run,
        )
