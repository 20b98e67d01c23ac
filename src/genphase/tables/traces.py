"""How the first trials of each cell of a sweep converge: the table of their iterates."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from genphase.brought import failures_told
from genphase.cells.grid import Cell
from genphase.cells.trial import LONGEST, run_trial
from genphase.records import Record
from genphase.sweep.models import Tracing
from genphase.tables.trials import grid_table


def log_spaced(last: int, points: int) -> NDArray[np.int64]:
    """Return at most `points` iterations from 0 to `last`, both included, evenly in log t.

    These are all of them where there are no more.
    """
    if last < points:
        return np.arange(last + 1)
    steps = np.geomspace(1, last, points - 1) if points > 2 else np.array([last])
    return np.unique(np.concatenate([[0], np.rint(steps)]).astype(np.int64))


def trace_cells(cells: Sequence[Cell], tracing: Tracing) -> pd.DataFrame:
    """Return traces.csv: one row per iterate that is kept.

    The plain loop is run, whose last digits can differ from those of trials.csv.

    Returns
    -------
    DataFrame
        The columns of trials.csv up to ``trial``; iteration, from 0, where x is x_0; objective
        f(x) and latent_error ‖x - x*‖/‖x*‖ of the iterate.
    """
    parts = []
    for (_, place), cell in zip(grid_table(cells).iterrows(), cells, strict=True):
        for trial in range(tracing.trials):
            iterates = _trace(cell, trial, tracing.points)
            columns = {**place.to_dict(), "trial": trial}
            for position, (name, value) in enumerate(columns.items()):
                iterates.insert(position, name, value)
            parts.append(iterates)
    return pd.concat(parts, ignore_index=True)


def _trace(cell: Cell, trial: int, points: int) -> pd.DataFrame:
    # Not filled: of a run that stops early, the system never provides the rest.
    trace = np.empty((min(cell.parameters.solved_by.most_updates, LONGEST), 2))
    with failures_told(f"cell {cell.label}, trial {trial}"):
        record = run_trial(cell.parameters, trial, trace).record
    assert isinstance(record, Record)
    kept = log_spaced(record.iterations, points)
    before = kept[(kept < record.iterations) & (kept < len(trace))]
    # The loop ends with an update, whose result only the record holds.
    last = (record.objective, record.latent_error)
    return pd.DataFrame(
        {
            "iteration": [*before, record.iterations],
            "objective": [*trace[before, 0], last[0]],
            "latent_error": [*trace[before, 1], last[1]],
        }
    )
