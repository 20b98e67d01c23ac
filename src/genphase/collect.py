"""Join the trials of a sweep's batches with its grid.

Trials arrive as the batches' CSV files, which know cells only by id; the grid gives them their
axes. Numbers stay text: what is written is what was stored, digit by digit.
"""

from collections.abc import Iterable, Sequence
from pathlib import Path

import pandas as pd

from genphase.grid import Cell, show
from genphase.records import Timing


def grid_table(cells: Sequence[Cell]) -> pd.DataFrame:
    """Return one row per grid point and solver: cell, solver, axes, k, widths, m, noise."""
    rows = []
    for cell in cells:
        fixed = cell.parameters
        row = {"cell": cell.id, "solver": cell.solver}
        row |= {name: show(value) for name, value in cell.point.items()}
        row |= {
            "k": show(fixed.k),
            "widths": show(fixed.network.widths),
            "m": show(fixed.m),
        }
        row.setdefault("noise", repr(fixed.noise.level))
        rows.append(row)
    return pd.DataFrame(rows, dtype=str)


def collect(
    cells: Sequence[Cell], trials: int, batches: Iterable[Path]
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Join the batches' trials with the grid.

    Returns
    -------
    trials : cell, solver, axes, parameters and the record of every trial.
    timings : cell, solver, trial, draw_seconds, solve_seconds.

    Raises
    ------
    ValueError
        If a trial is missing, appears twice or is not in its place.
    """
    found = pd.concat([pd.read_csv(path, dtype=str, na_filter=False) for path in batches])
    _check_complete(found, {cell.id for cell in cells}, trials)
    table = grid_table(cells).merge(found, on="cell", how="left", sort=False)
    records = table.drop(columns=list(Timing._fields))
    timings = table[["cell", "solver", "trial", *Timing._fields]]
    return records, timings


def _check_complete(found: pd.DataFrame, cells: set[str], trials: int) -> None:
    expected = [str(trial) for trial in range(trials)]
    indices = found.groupby("cell")["trial"].agg(list).to_dict()
    for cell in sorted(cells):
        if indices.get(cell, []) != expected:
            raise ValueError(
                f"cell {cell} has the trials {', '.join(indices.get(cell, [])) or 'none'}, "
                f"expected 0 to {trials - 1}, each once and in order"
            )
