"""The cost model held against what trials of a sweep really took.

How many iterations trials take is what a sweep finds out, and machines differ: a few trials of a
sweep, spread over its grid, say by which factor the model is off.
"""

import json
import math
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

from genphase.cells.grid import Cell
from genphase.cells.sampling import fixed
from genphase.errors import Mistake, SweepError
from genphase.files import write_whole
from genphase.jobs.cost import Cost, trial_cost
from genphase.records import Trial
from genphase.store.cells import CellStore

FILE = "calibration.json"


class Usage(NamedTuple):
    """What stored trials took, and what the model says of the same trials.

    trials : how many; 0 leaves the rest 0.
    core_seconds, expected_seconds : all of them together.
    memory_mb, expected_mb : the most that any of their jobs used, and of any of them is expected.
    """

    trials: int = 0
    core_seconds: float = 0.0
    expected_seconds: float = 0.0
    memory_mb: float = 0.0
    expected_mb: float = 0.0

    def plus(self, cost: Cost, trials: Iterable[Trial]) -> "Usage":
        """Return the usage with trials of a cell, which are expected to cost `cost` each."""
        timings = [trial.timing for trial in trials]
        # Trials of older versions do not know their memory.
        peaks = [timing.peak_mb for timing in timings if not math.isnan(timing.peak_mb)]
        return Usage(
            self.trials + len(timings),
            self.core_seconds + sum(t.draw_seconds + t.solve_seconds for t in timings),
            self.expected_seconds + len(timings) * cost.core_seconds,
            max(self.memory_mb, *peaks, 0.0),
            max(self.expected_mb, cost.memory_mb) if peaks else self.expected_mb,
        )


class Calibration(NamedTuple):
    """Factors from the model's estimates to what trials take.

    seconds : of the compute time.
    memory : of the memory.
    trials : how many were measured; 0 where nothing was.
    """

    seconds: float = 1.0
    memory: float = 1.0
    trials: int = 0

    def coarse(self) -> float:
        """Return the factor of the seconds as a power of two.

        Jobs are made by this one: another calibration that finds about the same makes the same.
        """
        return float(2 ** round(math.log2(self.seconds)))

    def applied_to(self, cost: Cost) -> Cost:
        """Return an estimate of the model, corrected."""
        return Cost(self.seconds * cost.core_seconds, self.memory * cost.memory_mb)


UNCALIBRATED = Calibration()


def calibrate(
    cells: Sequence[Cell],
    store: CellStore,
    count: int,
    progress: Callable[[Cell], None] = lambda cell: None,
) -> tuple[Calibration, Usage]:
    """Measure the first trial of some cells, which the store keeps as any other.

    Parameters
    ----------
    cells
        Of a sweep.
    store
        The cell store.
    count
        Of how many cells, at least 2; they are spread evenly from the cheapest to the dearest.
    progress
        Called with each cell before it is run.
    """
    from genphase.jobs.run import run_cell

    distinct = {cell.id: cell for cell in cells}.values()
    ordered = sorted(distinct, key=lambda cell: trial_cost(cell.parameters).core_seconds)
    steps = max(1, min(count, len(ordered)) - 1)
    usage = Usage()
    for at in sorted({i * (len(ordered) - 1) // steps for i in range(steps + 1)}):
        cell = ordered[at]
        progress(cell)
        found = run_cell(cell.id, cell.parameters, fixed(1), store)
        usage = usage.plus(trial_cost(cell.parameters), found)
    return (
        Calibration(
            usage.core_seconds / usage.expected_seconds,
            usage.memory_mb / usage.expected_mb if usage.memory_mb else 1.0,
            usage.trials,
        ),
        usage,
    )


def read_calibration(folder: Path) -> Calibration:
    """Return the calibration of the sweep whose results are in `folder`; factors 1 without one.

    Raises
    ------
    SweepError
        If the file holds something else.
    """
    path = folder / FILE
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        found = Calibration(**content)
        if not (0 < found.seconds < math.inf and 0 < found.memory < math.inf):
            raise ValueError("a factor is not above 0")
    except FileNotFoundError:
        return UNCALIBRATED
    except (ValueError, TypeError) as error:
        remedy = f"delete it, or run `genphase calibrate {folder.name}`"
        mistake = Mistake("(the whole file)", f"no calibration: {error}", remedy)
        raise SweepError(str(path), [mistake]) from None
    return found


def write_calibration(folder: Path, calibration: Calibration) -> None:
    """Keep the calibration of a sweep beside its results."""
    folder.mkdir(parents=True, exist_ok=True)
    write_whole(folder / FILE, json.dumps(calibration._asdict(), indent=1) + "\n")
