"""Small multiples: panels with common axes, labelled once a row and once a column."""

import math
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from genphase.figures.style import as_text

MAX_COLUMNS = 3


def rows_and_columns(count: int, together: int = 1) -> tuple[int, int]:
    """Return the rows and columns in which a number of panels is laid out.

    Each `together` panels, one behind the other, stay in one row.
    """
    if 1 < together < count:
        columns = together * max(1, min((MAX_COLUMNS + 1) // together, count // together))
    else:
        columns = 2 if count == 4 else min(count, MAX_COLUMNS)
    return math.ceil(count / columns), columns


def lay_out(
    figure: Figure, count: int, x_label: str, y_label: str, together: int = 1
) -> list[Axes]:
    """Return panels, row by row, with common axes; each column and row is labelled at its end."""
    rows, columns = rows_and_columns(count, together)
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
