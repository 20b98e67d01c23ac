"""Result files as data frames: read and written without a change of their numbers."""

from pathlib import Path

import pandas as pd

from genphase.files import write_whole
from genphase.records import Measured, Record

# Columns that hold names, even where a name looks like a number.
_NAMES = (
    *(
        "cell",
        "solver",
        "measure",
        "bound",
        "widths",
        "along",
        "position",
        "method",
        "portrait_position",
        "overlay_label",
        "overlay_kind",
    ),
    *("overlay_compare", "overlay_about", "first", "second", "better"),
)


def read_trials(path: Path) -> pd.DataFrame:
    """Read trials.csv: the record and what follows it in numbers, all other columns as text."""
    annotations = {**Measured.__annotations__, **Record.__annotations__}
    kinds = {name: kind for name, kind in annotations.items() if kind is not str}
    table = pd.read_csv(path, dtype=str, na_filter=False)
    kinds |= dict.fromkeys(after_record(table), float)
    return table.astype({name: kind for name, kind in kinds.items() if name in table})


def after_record(table: pd.DataFrame) -> list[str]:
    """Return the columns that follow the record in a table of trials: further errors."""
    names = list(table.columns)
    last = (Measured if "measure" in table else Record)._fields[-1]
    return names[names.index(last) + 1 :] if last in names else []


def read_table(path: Path) -> pd.DataFrame:
    """Read cells.csv or transition.csv: numbers as numbers, names and width lists as text."""
    return with_numbers(pd.read_csv(path, dtype=str, na_filter=False))


def with_numbers(table: pd.DataFrame) -> pd.DataFrame:
    """Return a table of texts with numbers as numbers, names and width lists as text."""
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


def write(table: pd.DataFrame, path: Path) -> None:
    """Write a table as CSV with floats that round-trip."""
    write_whole(path, table.to_csv(index=False, lineterminator="\n", na_rep="nan"))
