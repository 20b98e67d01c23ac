"""Pack cells into batches, the work of one job each.

A batch is named by a hash of its cells, never by its place in the grid, and carries everything
its job needs: a job does not read the sweep file.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from genphase.cost import trial_cost
from genphase.grid import Cell
from genphase.identity import canonical, digest
from genphase.sweep.models import BatchSeconds, Sweep

# A small sweep is shared out over so many jobs, if they are as long as this: a job takes a second
# or two to start.
_MIN_JOBS = 16
_MIN_SECONDS = 4.0


@dataclass(frozen=True, slots=True)
class Batch:
    """The cells of one job.

    id : hash of the ids of the cells.
    cells : in the order of the grid, each once.
    trials : trials of every cell.
    core_seconds, memory_mb : estimates for the whole job.
    """

    id: str
    cells: tuple[Cell, ...]
    trials: int
    core_seconds: float
    memory_mb: float

    def work(self) -> list[dict[str, Any]]:
        """Return what the job is told: id, parameters, number of trials and a label per cell."""
        return [
            {
                "cell": cell.id,
                "label": label(cell),
                "parameters": cell.parameters.model_dump(),
                "trials": self.trials,
            }
            for cell in self.cells
        ]


def label(cell: Cell) -> str:
    """Return a cell's axes and solver, as progress messages show them."""
    point = " ".join(f"{name}={value}" for name, value in cell.point.items())
    return f"{point} {cell.solver}"


def pack(sweep: Sweep, cells: Sequence[Cell], default_seconds: float) -> dict[str, Batch]:
    """Return the batches of a sweep by id, in the order of the grid.

    Parameters
    ----------
    default_seconds : estimated length of a job where the sweep says ``batch: auto``.
    """
    # Grid points that differ in nothing that is computed share a cell.
    distinct = {cell.id: cell for cell in cells}.values()
    costs = [trial_cost(cell.parameters) for cell in distinct]
    limit = _limit(sweep, [sweep.trials * cost.core_seconds for cost in costs], default_seconds)
    batches: dict[str, Batch] = {}
    group: list[Cell] = []
    seconds = memory = 0.0

    def close() -> None:
        batch_id = digest(canonical([cell.id for cell in group]), 16)
        batches[batch_id] = Batch(batch_id, tuple(group), sweep.trials, seconds, memory)

    for cell, cost in zip(distinct, costs, strict=True):
        added = sweep.trials * cost.core_seconds
        if group and seconds + added > limit:
            close()
            group, seconds, memory = [], 0.0, 0.0
        group.append(cell)
        seconds += added
        memory = max(memory, cost.memory_mb)
    close()
    return batches


def _limit(sweep: Sweep, seconds: Sequence[float], default_seconds: float) -> float:
    """Return the estimated length in seconds at which a job is full."""
    if sweep.batch == "cell":
        return 0.0
    if isinstance(sweep.batch, BatchSeconds):
        return sweep.batch.seconds
    limit = min(default_seconds, max(sum(seconds) / _MIN_JOBS, _MIN_SECONDS))
    jobs = 4 * round(_jobs(seconds, limit) / 4)
    if jobs == 0:
        return limit
    # The shortest jobs that are so many: two or four cores end together.
    low, high = 0.0, sum(seconds)
    while high - low > 1e-3 * high:
        middle = (low + high) / 2
        low, high = (low, middle) if _jobs(seconds, middle) <= jobs else (middle, high)
    return high


def _jobs(seconds: Sequence[float], limit: float) -> int:
    """Return how many jobs cells of these lengths make."""
    jobs, length = 0, math.inf
    for added in seconds:
        length += added
        if length > limit:
            jobs, length = jobs + 1, added
    return jobs
