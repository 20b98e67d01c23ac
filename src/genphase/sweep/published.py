"""Published numbers: CSV files beside the sweeps, read with their comments left out."""

import csv
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from genphase.sweep.axes import number
from genphase.sweep.errors import BadValue, Mistake, did_you_mean, shown
from genphase.sweep.figures import Curve, Portrait
from genphase.sweep.models import Sweep
from genphase.sweep.overlays import Published

Rows = Sequence[Mapping[str, str]]


def read_published(path: Path) -> Rows:
    """Read a CSV file with a header; lines that begin with # are comments.

    Raises
    ------
    BadValue
        If the file cannot be read, or is no table with rows.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except UnicodeDecodeError:
        raise BadValue(f"{path} is not UTF-8 text", "save it as UTF-8") from None
    except FileNotFoundError:
        known = sorted(found.name for found in path.parent.glob("*.csv"))
        remedy = "give its path from the sweep file's folder"
        if known:
            remedy += f"; {did_you_mean(path.name, known)}"
        raise BadValue(f"there is no file {path}", remedy) from None
    except OSError as error:
        text = f"{path} cannot be read: {error.strerror}"
        raise BadValue(text, "make it a readable file") from None
    kept = [line for line in lines if line.strip() and not line.lstrip().startswith("#")]
    header, *rows = list(csv.reader(kept, skipinitialspace=True)) or [[]]
    for i, row in enumerate(rows, start=1):
        if len(row) != len(header):
            raise BadValue(
                f"row {i} of {path} has {len(row)} values under {len(header)} columns",
                "give each row a value per column; a value with a comma needs quotes",
            )
    if not rows:
        raise BadValue(f"{path} has no rows", "write a line of column names, and lines of values")
    return [dict(zip(header, row, strict=True)) for row in rows]


def published_points(overlay: Published, rows: Rows) -> list[dict[str, Any]]:
    """Return x, y, low and high of every row, low and high where there are error bars.

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
            points.append({key: float(e(values)) for key, e in overlay.columns.items()})
        except BadValue as error:
            raise BadValue(f"{error.text} (row {i} of {overlay.csv})", error.remedy) from None
    return points


def published_mistakes(sweep: Sweep, folder: Path) -> Iterator[Mistake]:
    """Yield what is wrong with the CSV files of a sweep's overlays.

    Parameters
    ----------
    folder : of the sweep file, from which paths are given.
    """
    for name, figure in sweep.figures.items():
        if not isinstance(figure, Portrait | Curve):
            continue
        for i, overlay in enumerate(figure.overlays):
            if isinstance(overlay, Published):
                yield from _mistakes(f"figures.{name}.overlays[{i}]", overlay, folder)


def _mistakes(key: str, overlay: Published, folder: Path) -> Iterator[Mistake]:
    try:
        rows = read_published(folder / overlay.csv)
    except BadValue as error:
        yield Mistake(f"{key}.csv", error.text, error.remedy)
        return
    known, missing = list(rows[0]), False
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
