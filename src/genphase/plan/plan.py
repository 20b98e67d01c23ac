"""What a run of a sweep would do: cells stored and missing, trials, jobs and estimated time."""

from collections.abc import Mapping
from typing import NamedTuple

from genphase.cells.budget import allot, totals
from genphase.cells.grid import Cell, expand
from genphase.cells.kept import Kept
from genphase.cells.refinement import cells_at, further, place_of, refined, refinement
from genphase.cells.sampling import Sampling, Tally, sampling_of
from genphase.cells.shares import sampling_of_share
from genphase.jobs.batches import Batch, pack
from genphase.jobs.calibration import UNCALIBRATED, Calibration, Usage
from genphase.jobs.cost import trial_cost
from genphase.plan.reasons import Missing
from genphase.records import Trial
from genphase.store.cells import BadCellFile, CellStore
from genphase.sweep.models import Sweep


class Plan(NamedTuple):
    """Estimates for what is missing in the store.

    cells : cells of the sweep; of a refined grid those that are known.
    cells_stored : cells with all their trials in the store.
    cells_missing : the others; their first trials may be stored.
    trials_missing : trials that would be run; expected ones, where each cell gets what it needs;
        at most, of a budget.
    trials_saved : trials that the stored cells did not need.
    batches : jobs that have something to run.
    core_seconds : estimated compute time, all cores together.
    memory_mb : estimated peak memory of the largest job.
    rounds : cells by round: those of the sweep's own grid, and those that each round of a
        refinement adds, or of a budget gives trials.
    rounds_open : further rounds, whose cells follow from trials that are missing.
    set_aside : files that cannot be trusted; a run sets them aside and computes them again.
    calibrated : how many trials the estimates were calibrated with.
    usage : what the trials of the sweep that are stored took, and what was expected of them.
    missing : the cells that are missing, in the order of the grid.
    known : the cells that are known.
    tallies : their trials that are stored, by their ids.
    """

    cells: int
    cells_stored: int
    cells_missing: int
    trials_missing: int
    trials_saved: int
    batches: int
    core_seconds: float
    memory_mb: float
    rounds: tuple[int, ...]
    rounds_open: int
    set_aside: int
    calibrated: int
    usage: Usage
    missing: tuple[Missing, ...]
    known: tuple[Cell, ...]
    tallies: Mapping[str, Tally]


def plan(
    sweep: Sweep,
    seed: int,
    source: str,
    store: CellStore,
    batch_seconds: float,
    calibration: Calibration = UNCALIBRATED,
) -> Plan:
    """Compare a sweep with the store; nothing is written.

    Parameters
    ----------
    sweep
        The sweep.
    seed
        The master seed.
    source
        The sweep's file, for errors.
    store
        The cell store.
    batch_seconds
        See :func:`genphase.jobs.batches.pack`.
    calibration
        How the estimates are corrected.
    """
    found = _Found(store, calibration)
    cells, rounds = expand(sweep, seed, source), []
    known: tuple[Cell, ...] = ()
    # Of a budget, which gives further trials to the same cells.
    grid, steps = cells, totals(sweep, cells)
    last = len(steps) - 1 if steps else refinement(sweep).rounds
    for number in range(last + 1):
        own: dict[str, Sampling] = {}
        if number > 0 and steps:
            shares = allot(sweep, grid, found.tallies, number)
            own = {cell: sampling_of_share(sampling_of(sweep), s) for cell, s in shares.items()}
            cells = tuple(cell for cell in grid if cell.id in own)
        elif number > 0:
            tallies = {place_of(cell): found.tallies[cell.id] for cell in known}
            places = further(sweep, number, tallies)
            cells = cells_at(sweep, number, seed, source, places)
        rounds.append(len({cell.id for cell in cells}))
        known = (*known, *cells)
        axes = sweep if steps else refined(sweep, number)
        for batch in pack(axes, cells, batch_seconds, calibration, own).values():
            found.add(batch)
        if found.missing:
            break
    missing = len(found.missing)
    # Those of the rounds to come, at the mean cost of the grid's.
    open_trials = steps[-1] - steps[len(rounds) - 1] if steps else 0
    if open_trials:
        costs = [calibration.applied_to(trial_cost(cell.parameters)) for cell in grid]
        found.seconds += open_trials * sum(cost.core_seconds for cost in costs) / len(costs)
    return Plan(
        len(found.tallies),
        len(found.tallies) - missing,
        missing,
        sum(item.lacking for item in found.missing) + open_trials,
        found.saved,
        found.jobs,
        round(found.seconds, 6),
        round(found.memory, 1),
        tuple(rounds),
        last + 1 - len(rounds),
        found.set_aside,
        calibration.trials,
        found.usage,
        tuple(found.missing),
        grid if steps else known,
        found.tallies,
    )


class _Found:
    """What the store has of the batches that were added, and what it lacks."""

    def __init__(self, store: CellStore, calibration: Calibration) -> None:
        self.store, self.calibration = store, calibration
        self.tallies: dict[str, Tally] = {}
        self.missing: list[Missing] = []
        self.usage = Usage()
        self.jobs = self.set_aside = self.saved = 0
        self.seconds = self.memory = 0.0

    def add(self, batch: Batch) -> None:
        before = len(self.missing)
        for cell in batch.cells:
            damage = ""
            try:
                stored = self.store.read(cell.id, cell.parameters)
            except BadCellFile as error:
                stored, damage = {}, str(error)
                self.set_aside += 1
            cost = self.calibration.applied_to(trial_cost(cell.parameters))
            whole = {
                index: trial for index, trial in stored.items() if not batch.kept.lacked(trial)
            }
            sampling = batch.of(cell)
            tally, used, lacking = _count(sampling, batch.kept, whole)
            self.tallies[cell.id] = tally
            # The first trials of a cell are counted by the round that gave them.
            self.usage = self.usage.plus(cost, used[sampling.first :])
            if lacking:
                self.missing.append(
                    Missing(cell, len(used), lacking, damage, len(whole) < len(stored))
                )
                self.seconds += lacking * cost.core_seconds
                self.memory = max(self.memory, cost.memory_mb)
            else:
                self.saved += sampling.at_most - tally.trials
        self.jobs += len(self.missing) > before


def _count(
    sampling: Sampling, kept: Kept, stored: dict[int, Trial]
) -> tuple[Tally, list[Trial], int]:
    """Return a cell's tally, those of its stored trials that count, and how many it lacks."""
    tally = sampling.tally()
    while not tally.enough and tally.trials in stored:
        trial = stored[tally.trials]
        tally.add(trial.record.status, kept.error(trial, sampling.column))
    if tally.enough or not sampling.fixed:
        return tally, [stored[i] for i in range(tally.trials)], tally.lacking
    used = [stored[i] for i in range(sampling.at_most) if i in stored]
    return tally, used, sampling.at_most - len(used)
