"""The symbols of table rows, for expressions in figures: axes, k, m, n, d, n1, ..."""

import json
from collections.abc import Mapping
from typing import Any

import pandas as pd


def row_symbols(row: Mapping[Any, Any]) -> dict[str, Any]:
    """Return the symbols of one row of cells.csv."""
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
