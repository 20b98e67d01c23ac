"""Small multiples: panels with common axes, labelled once a row and once a column."""

import math
import re
from collections.abc import Sequence
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from genphase.figures.style import as_text

MAX_COLUMNS = 3
# Inches: the least that a panel needs, and what is beside all of them.
_NARROWEST, _BESIDE = 1.2, 0.7
# A letter of a legend at 8 points, and what is before its text.
_LETTER, _HANDLE = 0.062, 0.6


def rows_and_columns(count: int, together: int = 1, inches: float | None = None) -> tuple[int, int]:
    """Return the rows and columns in which a number of panels is laid out.

    Each `together` panels, one behind the other, stay in one row where the figure has the width.
    """
    if 1 < together < count:
        columns = together * max(1, min((MAX_COLUMNS + 1) // together, count // together))
    else:
        columns = 2 if count == 4 else min(count, MAX_COLUMNS)
    if inches is not None:
        columns = min(columns, max(1, int((inches - _BESIDE) / _NARROWEST)))
    return math.ceil(count / columns), columns


def lay_out(
    figure: Figure, count: int, x_label: str, y_label: str, together: int = 1
) -> list[Axes]:
    """Return panels, row by row, with common axes; each column and row is labelled at its end."""
    rows, columns = rows_and_columns(count, together, figure.get_figwidth())
    grid: Any = figure.subplots(rows, columns, squeeze=False, sharex=True, sharey=True)
    for spare in grid.flat[count:]:
        spare.set_visible(False)
    for area in grid.flat[max(count - columns, 0) : count]:
        # The lowest panel of its column.
        area.set_xlabel(as_text(x_label))
        area.tick_params(labelbottom=True)
    for area in grid[:, 0]:
        area.set_ylabel(as_text(y_label))
    return list(np.asarray(grid).flat[:count])


def common_legend(areas: list[Axes]) -> tuple[list[Any], list[str]]:
    """Return handles and labels of all panels, each label once."""
    found: dict[str, Any] = {}
    for area in areas:
        for handle, label in zip(*area.get_legend_handles_labels(), strict=True):
            found.setdefault(label, handle)
    return list(found.values()), list(found)


def legend_entry(labels: Sequence[str], size: float = 8.0) -> float:
    """Return the inches that the longest entry of a legend takes, at a font size in points."""
    return _HANDLE + _LETTER * size / 8 * max(map(_letters, labels))


def _letters(label: str) -> int:
    return len(re.sub(r"[${}_^]", "", re.sub(r"\\[A-Za-z]+", "x", label)))


def draw_legend_below(figure: Figure, areas: list[Axes]) -> None:
    """Draw the one legend of all panels below them, in as many columns as there is room for."""
    handles, labels = common_legend(areas)
    if handles:
        size = 7.5 / 9 * mpl.rcParams["font.size"]
        columns = max(1, min(2, int(figure.get_figwidth() / legend_entry(labels, size))))
        below: dict[str, Any] = {"loc": "outside lower center", "ncols": columns}
        figure.legend(handles, labels, frameon=False, fontsize=size, **below)
