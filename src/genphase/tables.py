"""The result files: trials, timings, cells and transitions, as data frames.

Trials arrive as the batches' CSV files, which know cells only by id; a sweep's grid gives them
their axes. Numbers of trials stay text until a statistic is taken: what is written is what was
stored, digit by digit.
"""

from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from genphase.files import write_whole
from genphase.grid import Cell, show
from genphase.records import Record, Timing
from genphase.statistics import Crossing, crossing, rate_interval, rises
from genphase.sweep.models import Success

# Parameters that every result file has a column for, whether they are axes or not.
_PARAMETERS = ("k", "widths", "m", "noise")
# Columns that hold names, even where a name looks like a number.
_NAMES = ("cell", "solver", "widths", "along", "position", "method")
_SUMMARISED = ("latent_error", "signal_error", "iterations")


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


def read_trials(path: Path) -> pd.DataFrame:
    """Read trials.csv: the record in numbers, all other columns as text."""
    kinds = {name: kind for name, kind in Record.__annotations__.items() if kind is not str}
    table = pd.read_csv(path, dtype=str, na_filter=False)
    return table.astype({name: kind for name, kind in kinds.items() if name in table})


def recovered(trials: pd.DataFrame, success: Success) -> pd.Series:
    """Return which trials count as recovered.

    The error must be below the threshold; NaN never is. A diverged trial is not recovered, a
    capped one only where the rule says that it may be.
    """
    accepted = ["converged", "capped"] if success.capped else ["converged"]
    small = trials[f"{success.error}_error"] < success.below
    return small & trials["status"].isin(accepted)


def summarise(trials: pd.DataFrame, success: Success) -> pd.DataFrame:
    """Return cells.csv: one row per cell with its recovery rate and quantiles.

    The columns up to ``trial`` of `trials` identify the cell. The interval is 95 % Wilson. A NaN
    error counts as infinite in means and quantiles.
    """
    keys = list(trials.columns[: trials.columns.get_loc("trial")])
    table = trials.assign(
        recovered=recovered(trials, success).astype(int),
        capped=(trials["status"] == "capped").astype(int),
        diverged=(trials["status"] == "diverged").astype(int),
    )
    groups = table.groupby(keys, sort=False)
    cells = groups.agg(trials=("trial", "size"), recovered=("recovered", "sum"))
    cells["rate"] = cells["recovered"] / cells["trials"]
    cells["rate_low"], cells["rate_high"] = rate_interval(cells["recovered"], cells["trials"])
    cells["capped"] = groups["capped"].sum()
    cells["diverged"] = groups["diverged"].sum()
    for name in _SUMMARISED:
        values = table[name].fillna(np.inf).groupby([table[key] for key in keys], sort=False)
        cells[f"{name}_median"] = values.median()
        cells[f"{name}_mean"] = values.mean()
        # "nearest" ranks: infinite errors must not be interpolated.
        cells[f"{name}_q25"] = values.quantile(0.25, interpolation="nearest")
        cells[f"{name}_q75"] = values.quantile(0.75, interpolation="nearest")
    return cells.reset_index()


def read_table(path: Path) -> pd.DataFrame:
    """Read cells.csv or transition.csv: numbers as numbers, names and width lists as text."""
    table = pd.read_csv(path, dtype=str, na_filter=False)
    for name in table.columns.difference(list(_NAMES)):
        table[name] = _numbers(table[name])
    return table


def _numbers(column: pd.Series) -> pd.Series:
    # Python's conversion is exact; that of read_csv was not before pandas 3.
    for kind in (int, float):
        try:
            return column.astype(kind)
        except ValueError:
            continue
    return column


def transitions(cells: pd.DataFrame, axes: Sequence[str], along: str | None) -> pd.DataFrame:
    """Return transition.csv: the 50 % crossing along one axis, one row per line of the grid.

    Parameters
    ----------
    cells : cells.csv.
    axes : the sweep's axes.
    along : the axis along which the rate crosses; None gives an empty table.

    Returns
    -------
    DataFrame
        solver, the other axes, along, position, crossing, crossing_low, crossing_high, method,
        points and trials of the line.
    """
    lines = ["solver", *(name for name in axes if name != along)]
    columns = [*lines, "along", "position", "crossing", "crossing_low", "crossing_high"]
    columns += ["method", "points", "trials"]
    if along is None:
        return pd.DataFrame(columns=columns)
    rows = []
    for solver, portrait in cells.groupby("solver", sort=False):
        direction = rises(portrait[along], portrait["recovered"], portrait["trials"])
        for key, line in portrait.groupby(lines[1:], sort=False) if lines[1:] else [((), portrait)]:
            line = line.sort_values(along)
            found: Crossing = crossing(line[along], line["recovered"], line["trials"], direction)
            rows.append(
                [solver, *key, along, *found[:4], found.method, len(line), line["trials"].sum()]
            )
    return pd.DataFrame(rows, columns=columns)


def write(table: pd.DataFrame, path: Path) -> None:
    """Write a table as CSV with floats that round-trip."""
    write_whole(path, table.to_csv(index=False, lineterminator="\n", na_rep="nan"))
