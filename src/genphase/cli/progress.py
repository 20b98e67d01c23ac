"""How far a run is: trials in the store, of all that were missing when it began."""

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass

import typer
from rich.progress import BarColumn, TextColumn
from rich.progress import Progress as Bar

from genphase.cells.refinement import check_refinement
from genphase.cells.sampling import sampling_of
from genphase.cli.options import Study
from genphase.jobs.calibration import read_calibration
from genphase.jobs.cost import trial_cost
from genphase.plan.plan import plan
from genphase.store.cells import CellStore

# Seconds between two looks at the store, and between two lines where there is no terminal.
_LOOK, _LINE = 1.0, 15.0


@dataclass
class _Waited:
    """A cell that a run waits for.

    stored : its trials in the store when the run began.
    lacking : those that it lacked.
    seconds : estimated time of one of them.
    done : how many of them are stored now.
    stamp : when its file was last written.
    """

    cell: str
    stored: int
    lacking: int
    seconds: float
    done: int = 0
    stamp: int = 0


class Progress:
    """The progress of a run of sweeps.

    Parameters
    ----------
    study : what is run.

    Raises
    ------
    SweepError
        If a sweep is wrong.
    """

    def __init__(self, study: Study) -> None:
        config = study.config
        self.store = CellStore(config.store)
        self._texts: list[str] = []
        waited: dict[str, _Waited] = {}
        for name in study.names:
            sweep, source = study.sweep(name), study.source(name)
            check_refinement(sweep, config.seed, source)
            calibration = read_calibration(config.results / name)
            found = plan(sweep, config.seed, source, self.store, config.batch_seconds, calibration)
            rounds = f", then {found.rounds_open} rounds" if found.rounds_open else ""
            self._texts.append(
                f"{name}: {found.cells} cells, {sampling_of(sweep).text()} trials each{rounds}; "
                f"to run {found.trials_missing} trials in {found.cells_missing} cells, about "
                f"{found.core_seconds:.0f} core seconds"
            )
            for item in found.missing:
                cost = calibration.applied_to(trial_cost(item.cell.parameters)).core_seconds
                stored = self.store.count(item.cell.id)
                waited[item.cell.id] = _Waited(item.cell.id, stored, item.lacking, cost)
        self.waited = list(waited.values())
        self.trials = sum(cell.lacking for cell in self.waited)
        self.seconds = sum(cell.lacking * cell.seconds for cell in self.waited)

    def lines(self) -> Iterator[str]:
        """Yield what the run will do, a line for each sweep."""
        yield from self._texts

    def look(self) -> tuple[int, float]:
        """Return the trials that are done, and the part of all work that they are."""
        for cell in self.waited:
            try:
                stamp = self.store.path(cell.cell).stat().st_mtime_ns
            except FileNotFoundError:
                continue
            if stamp != cell.stamp:
                cell.stamp = stamp
                found = self.store.count(cell.cell) - cell.stored
                cell.done = min(max(found, 0), cell.lacking)
        done = sum(cell.done for cell in self.waited)
        worked = sum(cell.done * cell.seconds for cell in self.waited)
        return done, worked / self.seconds if self.seconds else 1.0

    def follow(self, process: "subprocess.Popen[bytes]") -> None:
        """Show progress until a process has ended: as a bar, or as lines where there is none."""
        pace, said = Pace(self.trials), time.monotonic()
        if not self.trials:
            process.wait()
            return
        columns = (BarColumn(), TextColumn("{task.description}"))
        terminal = sys.stderr.isatty()
        with Bar(*columns, transient=True, disable=not terminal) as bar:
            task = bar.add_task("", total=1.0)
            before = ""
            while True:
                with suppress(subprocess.TimeoutExpired):
                    process.wait(_LOOK)
                done, share = self.look()
                now = time.monotonic()
                text = pace.text(now, done, share)
                bar.update(task, completed=share, description=text)
                ended = process.poll() is not None
                if not terminal and text != before and (ended or now - said >= _LINE):
                    typer.echo(text)
                    before, said = text, now
                if ended:
                    return


class Pace:
    """How fast a run is: counted from its first trials on, for kernels are compiled before them.

    Parameters
    ----------
    trials : of the whole run.
    """

    def __init__(self, trials: int) -> None:
        self.trials = trials
        self._first: tuple[float, int, float] | None = None

    def text(self, now: float, done: int, share: float) -> str:
        """Return how far a run is at a time in seconds: trials done, and their part of all work."""
        text = f"{done} of {self.trials} trials"
        if done >= self.trials:
            return f"{text}; tables and figures are made"
        if not done:
            return text
        if self._first is None:
            self._first = now, done, share
        begun, before, worked = self._first
        if done > before:
            seconds = now - begun
            left = _clock(seconds * (1 - share) / (share - worked))
            text += f", {(done - before) / seconds:.3g} a second, about {left} left"
        return text


def _clock(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
