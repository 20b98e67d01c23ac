"""A copy of a large table in parquet, which is read many times as fast; it needs pyarrow.

The CSV file is the table: the copy names its checksum, and one of another table is not read.
"""

from importlib.util import find_spec
from pathlib import Path

import pandas as pd

from genphase.files import checksum
from genphase.tables.files import read_table

# Rows from which on a table has a copy.
LARGE = 50_000
_OF = "genphase_csv_sha256"


def copy_in_parquet(csv: Path) -> Path | None:
    """Write the copy of a table that is large, and take away an older one.

    Returns
    -------
    Path or None
        The copy; None where there is none, or no pyarrow.
    """
    copy = csv.with_suffix(".parquet")
    copy.unlink(missing_ok=True)
    if find_spec("pyarrow") is None:
        return None
    table = read_table(csv)
    if len(table) < LARGE:
        return None
    table.attrs = {_OF: checksum(csv)}
    table.to_parquet(copy, index=False)
    return copy


def read_large(csv: Path) -> pd.DataFrame:
    """Read a table, from its copy where there is one of it."""
    copy = csv.with_suffix(".parquet")
    if copy.is_file() and find_spec("pyarrow") is not None:
        table = pd.read_parquet(copy)
        if table.attrs.get(_OF) == checksum(csv):
            return table
    return read_table(csv)
