"""Columns of the tables, with what `genphase.load` says of them."""

from genphase.tables.columns import COLUMNS
from making.table import table


def text() -> str:
    """Return a table of all columns that are described."""
    rows = [(f"`{name}`", unit, what) for name, (unit, what) in COLUMNS.items()]
    return table(["column", "unit", "what it is"], rows)
