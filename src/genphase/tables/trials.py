"""Join the trials of a sweep's batches with its grid.

Trials arrive as the batches' CSV files, which know cells only by id; the grid gives them their
axes. Numbers stay text: what is written is what was stored, digit by digit.
"""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType

import pandas as pd

from genphase.cells.grid import Cell, show
from genphase.cells.rows import method_column
from genphase.cells.sampling import Sampling, Tally
from genphase.records import Timing
from genphase.sweep.models import SEED


def grid_table(cells: Sequence[Cell], rounds: bool = False) -> pd.DataFrame:
    """Return one row per grid point and solver: cell, solver, axes, k, widths, m, noise.

    Of a sweep that measures, `measure` stands for the solver.

    With `rounds`, also the round of a refinement that added it.
    """
    rows = []
    for cell in cells:
        fixed = cell.parameters
        column = "measure" if cell.parameters.solver is None else "solver"
        row = {"cell": cell.id, column: cell.solver}
        row |= {name: show(value) for name, value in cell.point.items()}
        row |= {
            "k": show(fixed.k),
            "widths": show(fixed.network.widths),
            "m": show(fixed.m),
        }
        row.setdefault("noise", repr(float(cell.symbols["noise"])))
        if rounds:
            row["round"] = str(cell.round)
        rows.append(row)
    return pd.DataFrame(rows, dtype=str)


def collect(
    cells: Sequence[Cell],
    sampling: Sampling,
    batches: Iterable[Path],
    rounds: bool = False,
    worst: Mapping[str, str] = MappingProxyType({}),
    together: bool = False,
    shares: Mapping[str, Sampling] = MappingProxyType({}),
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Join the batches' trials with the grid.

    Parameters
    ----------
    cells
        Of the sweep, in the order of the grid.
    sampling
        How many trials each cell gets.
    batches
        The CSV files of its batches.
    rounds
        Whether the grid is refined.
    worst
        By further error, what is written where it is no number, or of a diverged trial: inf, or
        -inf of one that is better the larger it is, or what the error says.
    together
        Whether several seeds are taken together: then the column `seed` follows `trial`.
    shares
        Of cells that a budget gives more than the first trials, how many, by their ids.

    Returns
    -------
    trials : cell, solver, axes, parameters and the record of every trial, and its further errors;
        the errors of a diverged trial are infinite, but for the latent one where there is no code.
    timings : cell, solver, trial, draw_seconds, solve_seconds.

    Raises
    ------
    ValueError
        If a trial is missing, appears twice or is not in its place.
    """
    found = read_batches(batches)
    tallies(found, {cell.id for cell in cells}, sampling, shares)
    table = grid_table(cells, rounds).merge(found, on="cell", how="left", sort=False)
    # A diverged trial was given up at an iterate that says nothing but that it is far away.
    if "status" in table:
        table.loc[table["status"] == "diverged", ["latent_error", "signal_error"]] = "inf"
        # There it would be compared with nothing.
        without = {cell.id for cell in cells if not cell.parameters.compares_codes}
        table.loc[table["cell"].isin(without), "latent_error"] = "nan"
    for name, text in worst.items():
        table.loc[(table["status"] == "diverged") | (table[name] == "nan"), name] = text
    records = table.drop(columns=list(Timing._fields))
    if together:
        names = [name for name in records.columns if name != SEED]
        names.insert(names.index("trial") + 1, SEED)
        records = records[names]
    timings = table[["cell", method_column(table), "trial", *Timing._fields]]
    return records, timings


def read_batches(batches: Iterable[Path]) -> pd.DataFrame:
    """Return the trials of batches, all of it text."""
    return pd.concat([pd.read_csv(path, dtype=str, na_filter=False) for path in batches])


def tallies(
    found: pd.DataFrame,
    cells: set[str],
    sampling: Sampling,
    shares: Mapping[str, Sampling] = MappingProxyType({}),
) -> dict[str, Tally]:
    """Count the trials of cells, which must be as many as each of them gets.

    Parameters
    ----------
    found
        Of batches, see :func:`read_batches`.
    cells
        Their ids.
    sampling
        How many trials each cell gets.
    shares
        The same of cells that get others, by their ids.

    Raises
    ------
    ValueError
        If a trial is missing, appears twice or is not in its place.
    """
    # What was measured has no status: each of these trials is as good as any other.
    found = found.assign(status="measured") if "status" not in found else found
    columns = ["trial", "status", *([sampling.column] if sampling.column else [])]
    groups = {str(cell): group[columns] for cell, group in found.groupby("cell")}
    nothing = pd.DataFrame(columns=columns)
    counted = {}
    for cell in sorted(cells):
        counted[cell] = _tally(cell, groups.get(cell, nothing), shares.get(cell, sampling))
    return counted


def _tally(cell: str, rows: pd.DataFrame, sampling: Sampling) -> Tally:
    tally = sampling.tally()
    for trial, status, *error in rows.itertuples(index=False):
        if tally.enough or trial != str(tally.trials):
            break
        tally.add(status, *map(float, error or ["nan"]))
    if not tally.enough or tally.trials != len(rows):
        raise ValueError(
            f"cell {cell} has the trials {', '.join(rows['trial']) or 'none'}, "
            f"expected {_indices(sampling)}, each once and in order"
        )
    return tally


def _indices(sampling: Sampling) -> str:
    if sampling.fixed:
        return f"0 to {sampling.at_most - 1}"
    return f"{sampling.text()} of them, from 0 on until they are enough"
