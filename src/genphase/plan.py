"""What a run of a sweep would do: cells stored and missing, trials, jobs and estimated time."""

from collections.abc import Iterable
from typing import NamedTuple

from genphase.batches import Batch
from genphase.cost import trial_cost
from genphase.store import BadCellFile, CellStore


class Plan(NamedTuple):
    """Estimates for what is missing in the store.

    cells : cells of the sweep.
    cells_stored : cells with all their trials in the store.
    cells_missing : the others; their first trials may be stored.
    trials_missing : trials that would be run.
    batches : jobs that have something to run.
    core_seconds : estimated compute time, all cores together.
    memory_mb : estimated peak memory of the largest job.
    set_aside : files that cannot be trusted; a run sets them aside and computes them again.
    """

    cells: int
    cells_stored: int
    cells_missing: int
    trials_missing: int
    batches: int
    core_seconds: float
    memory_mb: float
    set_aside: int


def plan(batches: Iterable[Batch], store: CellStore) -> Plan:
    """Compare the batches of a sweep with the store; nothing is written."""
    cells = cells_missing = trials_missing = jobs = set_aside = 0
    seconds = memory = 0.0
    for batch in batches:
        work = False
        for cell in batch.cells:
            cells += 1
            try:
                stored = store.read(cell.id, cell.parameters)
            except BadCellFile:
                stored = {}
                set_aside += 1
            missing = sum(index not in stored for index in range(batch.trials))
            if missing:
                work = True
                cost = trial_cost(cell.parameters)
                cells_missing += 1
                trials_missing += missing
                seconds += missing * cost.core_seconds
                memory = max(memory, cost.memory_mb)
        jobs += work
    return Plan(
        cells,
        cells - cells_missing,
        cells_missing,
        trials_missing,
        jobs,
        round(seconds, 3),
        round(memory, 1),
        set_aside,
    )
