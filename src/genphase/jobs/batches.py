"""Pack cells into batches, the work of one job each.

A batch is named by a hash of its cells, never by its place in the grid, and carries everything
its job needs: a job does not read the sweep file.

A small sweep is shared out evenly. A large one is cut into blocks of its grid, by cuts that depend
on the values at hand and not on their number: an axis that grows changes the blocks that the new
values fall into, and the batches of all others stay as they are.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from genphase.canonical import canonical, digest
from genphase.cells.grid import Cell
from genphase.cells.kept import Kept, kept_of
from genphase.cells.sampling import Sampling, sampling_of
from genphase.jobs.calibration import UNCALIBRATED, Calibration
from genphase.jobs.cost import Cost, trial_cost
from genphase.sweep.models import BatchSeconds, Sweep

# A sweep with less work than this number of full jobs is small. It is split into as many jobs, if
# each is at least this part of a full one: starting a job takes a while.
_MIN_JOBS = 16
_MIN_PART = 1 / 15


@dataclass(frozen=True, slots=True)
class Batch:
    """The cells of one job.

    id : hash of the ids of the cells.
    cells : in the order of the grid, each once.
    sampling : how many trials every cell gets.
    shares : of a round of a budget, the trials of each cell, by its id.
    kept : what its trials are to have beside their records.
    cost : calibrated estimate for the whole job.
    """

    id: str
    cells: tuple[Cell, ...]
    sampling: Sampling
    kept: Kept
    cost: Cost
    shares: Mapping[str, Sampling] = field(default_factory=dict)

    def of(self, cell: Cell) -> Sampling:
        """Return how many trials a cell gets."""
        return self.shares.get(cell.id, self.sampling)

    def trials(self) -> Any:
        """Return how many trials the cells get, as JSON holds it."""
        return (
            [self.of(cell).written() for cell in self.cells]
            if self.shares
            else (self.sampling.written())
        )

    def work(self) -> list[dict[str, Any]]:
        """Return what the job is told: id, parameters, trials and a label per cell."""
        return [
            {
                "cell": cell.id,
                "label": cell.label,
                "parameters": cell.parameters.model_dump(),
                "trials": self.of(cell).written(),
                "kept": self.kept.written(),
            }
            for cell in self.cells
        ]


def pack(
    sweep: Sweep,
    cells: Sequence[Cell],
    default_seconds: float,
    calibration: Calibration = UNCALIBRATED,
    shares: Mapping[str, Sampling] = MappingProxyType({}),
) -> dict[str, Batch]:
    """Return the batches of a sweep by id, in the order of the grid.

    Parameters
    ----------
    sweep
        The sweep.
    cells
        Its cells, in the order of the grid.
    default_seconds
        Estimated length of a full job where the sweep says ``batch: auto``.
    calibration
        How the estimates are corrected.
    shares
        Of a round of a budget, the trials of each cell, by its id.
    """
    # Grid points that differ in nothing that is computed share a cell.
    distinct = list({cell.id: cell for cell in cells}.values())
    costs = [trial_cost(cell.parameters) for cell in distinct]
    # Of a budget, the first trials.
    sampling, kept = sampling_of(sweep).model_copy(update={"budget": 0}), kept_of(sweep)
    trials = [
        shares[cell.id].at_most - shares[cell.id].first if shares else sampling.expected
        for cell in distinct
    ]
    seconds = [
        count * calibration.coarse() * cost.core_seconds
        for count, cost in zip(trials, costs, strict=True)
    ]
    batches: dict[str, Batch] = {}
    for group in _groups(sweep, distinct, seconds, default_seconds):
        members = tuple(distinct[i] for i in group)
        own = {cell.id: shares[cell.id] for cell in members} if shares else {}
        # One cell can be in a job of each round.
        named = [[cell.id, own[cell.id].first, own[cell.id].at_most] for cell in members if own]
        batch_id = digest(canonical(named or [cell.id for cell in members]), 16)
        batches[batch_id] = Batch(
            batch_id,
            members,
            sampling,
            kept,
            calibration.applied_to(
                Cost(
                    sum(trials[i] * costs[i].core_seconds for i in group),
                    max(costs[i].memory_mb for i in group),
                )
            ),
            own,
        )
    return batches


def _groups(
    sweep: Sweep, cells: Sequence[Cell], seconds: Sequence[float], default_seconds: float
) -> list[list[int]]:
    """Return which cells share a job, by their index."""
    if sweep.batch == "cell":
        return [[i] for i in range(len(cells))]
    if isinstance(sweep.batch, BatchSeconds):
        return _blocks(sweep, cells, seconds, sweep.batch.seconds)
    if sum(seconds) > _MIN_JOBS * default_seconds:
        return _blocks(sweep, cells, seconds, default_seconds)
    return _even(seconds, default_seconds)


def _even(seconds: Sequence[float], default_seconds: float) -> list[list[int]]:
    """Cut a small sweep, in the order of its grid, into jobs of about the same length."""
    limit = max(sum(seconds) / _MIN_JOBS, _MIN_PART * default_seconds)
    jobs = 4 * round(len(_in_order(seconds, limit)) / 4)
    if jobs == 0:
        return _in_order(seconds, limit)
    # The shortest job length that gives this number of jobs: two or four cores end together.
    low, high = 0.0, sum(seconds)
    while high - low > 1e-3 * high:
        middle = (low + high) / 2
        low, high = (low, middle) if len(_in_order(seconds, middle)) <= jobs else (middle, high)
    return _in_order(seconds, high)


def _in_order(seconds: Sequence[float], limit: float) -> list[list[int]]:
    """Fill one job after the other."""
    groups: list[list[int]] = []
    length = math.inf
    for i, added in enumerate(seconds):
        length += added
        if length > limit:
            groups.append([])
            length = added
        groups[-1].append(i)
    return groups


def _blocks(
    sweep: Sweep, cells: Sequence[Cell], seconds: Sequence[float], limit: float
) -> list[list[int]]:
    """Cut the grid, and each part again, until a part is one job."""
    axes: dict[str, Sequence[Any]] = {**sweep.axes}
    axes["solver"] = [solver.called for solver in sweep.methods]
    place = {name: {value: i for i, value in enumerate(axes[name])} for name in axes}
    points = [
        [place[name][value] for name, value in (*cell.point.items(), ("solver", cell.solver))]
        for cell in cells
    ]
    rank = [[digest(canonical([name, value])) for value in axes[name]] for name in axes]
    full: list[list[int]] = []
    parts = [list(range(len(cells)))]
    while parts:
        part = parts.pop()
        if len(part) == 1 or sum(seconds[i] for i in part) <= limit:
            full.append(part)
            continue
        # Among the cuts that leave at least a quarter on each side, take the one with the smallest
        # hash: a value that is added later rarely moves a cut.
        _, axis, at = min(
            (rank[axis][at], axis, at)
            for axis in range(len(axes))
            for at in _middle(sorted({points[i][axis] for i in part}))
        )
        parts.append([i for i in part if points[i][axis] >= at])
        parts.append([i for i in part if points[i][axis] < at])
    return sorted(full)


def _middle(places: Sequence[int]) -> Iterator[int]:
    """Yield where an axis may be cut: before these places."""
    quarter = max(1, math.ceil(len(places) / 4))
    yield from places[quarter : len(places) - quarter + 1]
