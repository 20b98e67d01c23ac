"""Published numbers: CSV files beside the sweeps, read with their comments left out."""

import csv
import math
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from genphase.errors import BadValue, Mistake, did_you_mean, shown
from genphase.language.axes import number
from genphase.sweep.models import Sweep
from genphase.sweep.overlays import Published
from genphase.sweep.paths import expanded

# The comma of a number such as 0,5 or -1,5e-3.
_DECIMAL_COMMA = re.compile(r"(?<=\d),(?=\d+(?:[eE][-+]?\d+)?$)")

Rows = Sequence[Mapping[str, str]]


def read_published(path: Path) -> Rows:
    """Read a CSV file with a header; lines that begin with # are comments.

    Columns are apart by commas; or, as spreadsheets write where the comma is the decimal mark, by
    semicolons; or by tabs. Blanks around names and values do not count.

    Raises
    ------
    BadValue
        If the file cannot be read, or is no table with rows.
    """
    try:
        # Spreadsheets put a mark before the first character, which is none of it.
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise BadValue(f"{path} is not UTF-8 text", "save it as UTF-8") from None
    except FileNotFoundError:
        known = sorted(found.name for found in path.parent.glob("*.csv"))
        remedy = "give its path from the sweep file's folder"
        if known:
            remedy += f"; {did_you_mean(path.name, known)}"
        raise BadValue(f"there is no file {path}", remedy) from None
    except OSError as error:
        what = f"{path} cannot be read: {error.strerror}"
        raise BadValue(what, "make it a readable file") from None
    kept = list(_records(text))
    delimiter = next((mark for mark in ",;\t" if kept and mark in kept[0]), ",")
    try:
        table = list(csv.reader(kept, delimiter=delimiter, skipinitialspace=True, strict=True))
    except csv.Error as error:
        raise BadValue(f"{path} is no CSV file: {error}", "close its quotes") from None
    header, *rows = [[value.strip() for value in row] for row in table] or [[]]
    for name, times in Counter(header).items():
        if times > 1:
            what = f"the column {shown(name)} of {path} is given {times} times"
            raise BadValue(what, "give each column a name of its own")
    for i, row in enumerate(rows, start=1):
        if len(row) != len(header):
            raise BadValue(
                f"row {i} of {path} has {len(row)} values under {len(header)} columns",
                "give each row a value per column; a value with a comma needs quotes",
            )
    if delimiter == ";":
        rows = [[_DECIMAL_COMMA.sub(".", value) for value in row] for row in rows]
    if not rows:
        raise BadValue(f"{path} has no rows", "write a line of column names, and lines of values")
    return [dict(zip(header, row, strict=True)) for row in rows]


def _records(text: str) -> Iterator[str]:
    """Yield the rows of a table, which run over several lines where a quote does; no comments."""
    record = ""
    for line in text.splitlines(keepends=True):
        if not record and (not line.strip() or line.lstrip().startswith("#")):
            continue
        record += line
        if record.count('"') % 2 == 0:
            yield record
            record = ""
    if record:
        yield record


def published_path(folder: Path, name: str) -> Path:
    """Return where the CSV file of an overlay is.

    Parameters
    ----------
    folder
        Of the sweep file, from which a relative path is given.
    name
        Its path, as the sweep gives it.

    Raises
    ------
    BadValue
        If the name is no path.
    """
    return folder / expanded(name)


def published_points(overlay: Published, rows: Rows) -> list[dict[str, Any]]:
    """Return x, y, low, high, runs and se of every row, those that it has.

    Raises
    ------
    BadValue
        If a value is no number, or arithmetic on it fails.
    """
    points = []
    needed = frozenset[str]().union(*(e.symbols for e in overlay.columns.values()))
    for i, row in enumerate(rows, start=1):
        try:
            values = {name: number(row[name]) for name in needed}
            point = {key: float(e(values)) for key, e in overlay.columns.items()}
            points.append(point | _certainty(row))
        except BadValue as error:
            raise BadValue(f"{error.text} (row {i} of {overlay.csv})", error.remedy) from None
    return points


def _certainty(row: Mapping[str, str]) -> dict[str, float]:
    """Return of how many runs a number is, and its standard error, where the file says so."""
    found = {key: float(number(row[key])) for key in ("runs", "se") if row.get(key)}
    runs, error = found.get("runs", 1.0), found.get("se", 1.0)
    if runs < 1 or not runs.is_integer():
        raise BadValue(f"runs: {runs:g} is no number of runs", "write a whole number, or nothing")
    if error <= 0 or not math.isfinite(error):
        raise BadValue(f"se: {error:g} is no standard error", "write a number > 0, or nothing")
    return found


def published_mistakes(sweep: Sweep, folder: Path) -> Iterator[Mistake]:
    """Yield what is wrong with the CSV files of a sweep's overlays.

    Parameters
    ----------
    sweep
        The sweep.
    folder
        Of the sweep file, from which paths are given.
    """
    for name, figure in sweep.figures.items():
        for i, overlay in enumerate(figure.drawn_over):
            if isinstance(overlay, Published):
                methods = [method.called for method in sweep.methods]
                key = f"figures.{name}.overlays[{i}]"
                yield from _mistakes(key, overlay, folder, sweep.method_column, methods)


def _mistakes(
    key: str, overlay: Published, folder: Path, column: str, methods: Sequence[str]
) -> Iterator[Mistake]:
    try:
        rows = read_published(published_path(folder, overlay.csv))
    except BadValue as error:
        yield Mistake(f"{key}.csv", error.text, error.remedy)
        return
    known, missing = list(rows[0]), False
    named = [row[column] for row in rows if row.get(column)]
    if named and len(named) == len(rows) and not set(named) & set(methods):
        text = f"{overlay.csv} is about the {column} {shown(named[0])}, which the sweep has not"
        yield Mistake(f"{key}.csv", text, did_you_mean(named[0], methods))
    for part, expression in overlay.columns.items():
        for column in sorted(expression.symbols - set(known)):
            missing = True
            text = f"{overlay.csv} has no column {shown(column)}"
            yield Mistake(f"{key}.{part}", text, did_you_mean(column, known))
    for j, column in enumerate(overlay.panels):
        if column not in known:
            text = f"{overlay.csv} has no column {shown(column)}"
            yield Mistake(f"{key}.panels[{j}]", text, did_you_mean(column, known))
    if not missing:
        try:
            published_points(overlay, rows)
        except BadValue as error:
            yield Mistake(f"{key}.csv", error.text, error.remedy)
