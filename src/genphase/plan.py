"""What a run of a sweep would do: cells stored and missing, trials, jobs and estimated time."""

from collections.abc import Iterable
from typing import NamedTuple

from genphase.batches import Batch
from genphase.calibration import UNCALIBRATED, Calibration, Usage
from genphase.cost import trial_cost
from genphase.reasons import Missing
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
    calibrated : how many trials the estimates were calibrated with.
    set_aside : files that cannot be trusted; a run sets them aside and computes them again.
    usage : what the trials of the sweep that are stored took, and what was expected of them.
    missing : the cells that are missing, in the order of the grid.
    """

    cells: int
    cells_stored: int
    cells_missing: int
    trials_missing: int
    batches: int
    core_seconds: float
    memory_mb: float
    set_aside: int
    calibrated: int
    usage: Usage
    missing: tuple[Missing, ...]


def plan(
    batches: Iterable[Batch], store: CellStore, calibration: Calibration = UNCALIBRATED
) -> Plan:
    """Compare the batches of a sweep with the store; nothing is written."""
    cells = cells_missing = trials_missing = jobs = set_aside = 0
    seconds = memory = 0.0
    usage = Usage()
    lacking: list[Missing] = []
    for batch in batches:
        work = False
        for cell in batch.cells:
            cells += 1
            damage = ""
            try:
                stored = store.read(cell.id, cell.parameters)
            except BadCellFile as error:
                stored, damage = {}, str(error)
                set_aside += 1
            cost = calibration.applied_to(trial_cost(cell.parameters))
            found = [stored[index] for index in range(batch.trials) if index in stored]
            usage = usage.plus(cost, found)
            missing = batch.trials - len(found)
            if missing:
                work = True
                lacking.append(Missing(cell, len(found), missing, damage))
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
        calibration.trials,
        usage,
        tuple(lacking),
    )
