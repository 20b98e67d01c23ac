"""The symbols of table rows, for expressions in figures: axes, k, m, n, d, noise, n1, ..."""

import json
from collections.abc import Collection, Mapping, Sequence
from typing import Any

import pandas as pd


def row_symbols(row: Mapping[Any, Any]) -> dict[str, Any]:
    """Return the symbols of one row of a table."""
    widths = json.loads(row["widths"])
    symbols = {name: value for name, value in row.items() if not isinstance(value, str)}
    symbols |= {f"n{i}": width for i, width in enumerate(widths, start=1)}
    return symbols | {"n": widths[-1], "d": len(widths)}


def constant_symbols(cells: pd.DataFrame) -> dict[str, Any]:
    """Return the symbols that have one value in all rows."""
    rows = [row_symbols(row) for row in cells.to_dict("records")]
    first = rows[0]
    return {
        name: value for name, value in first.items() if all(row.get(name) == value for row in rows)
    }


def method_column(table: pd.DataFrame) -> str:
    """Return the column that names what was run: solver, or measure."""
    return "measure" if "measure" in table else "solver"


def varying(table: pd.DataFrame, axes: Sequence[str], without: Collection[str]) -> list[str]:
    """Return the axes, and solver, that have several values; the default series of a figure."""
    names = [name for name in (*axes, method_column(table)) if name not in without]
    return [name for name in names if table[name].nunique() > 1]
