"""Small multiples: panels with common axes, labelled once a row and once a column."""

import math
import re
import warnings
from collections.abc import Sequence
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, MaxNLocator

from genphase.figures.style import as_text, wrapped
from genphase.sweep.style import Style

MAX_COLUMNS = 3
# Inches, and height by width: the least of a panel of a figure whose width is given.
_LEAST_HEIGHT, _LEAST_SHAPE = 1.0, 0.7
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


def keep_limits(areas: Sequence[Axes]) -> None:
    """Let nothing that is drawn later move the limits that all panels have in common."""
    areas[0].set_xlim(areas[0].get_xlim())
    areas[0].set_ylim(areas[0].get_ylim())


def fit_to_width(figure: Figure, areas: Sequence[Axes], style: Style) -> None:
    """Make a figure whose style gives its width readable: its texts find room, its panels too.

    Long texts are broken into lines, labels that rows of panels have no room for become one of all
    rows, ticks that would touch are left out, and the figure grows in height until no panel is a
    sliver. A figure whose style says nothing of its width stays as it is.
    """
    if style.inches is None:
        return
    spec: Any = areas[0].get_subplotspec()
    rows = spec.get_gridspec().nrows
    letter = 0.0075 * mpl.rcParams["font.size"]
    _grow(figure, areas[0], rows, _LEAST_HEIGHT)
    width, _ = _size(figure, areas[0])
    for area in areas:
        for text in (area.title, area.xaxis.label):
            text.set_text(wrapped(text.get_text(), max(8, int(width / letter))))
    wanted = max(_LEAST_HEIGHT, _LEAST_SHAPE * width)
    _grow(figure, areas[0], rows, wanted)
    labels = list(filter(None, (area.get_ylabel() for area in areas)))
    if rows > 1 and labels and wanted < len(labels[0]) * letter:
        figure.supylabel(labels[0], fontsize=mpl.rcParams["axes.labelsize"])
        for area in areas:
            area.set_ylabel("")
    for beside in set(figure.axes) - set(areas):
        long = int(rows * wanted / letter)
        beside.set_ylabel(wrapped(beside.get_ylabel().replace("\n", " "), long))
    for area in areas:
        _thin_out(area, width / (4 * letter), wanted / (2 * letter))
    _grow(figure, areas[0], rows, wanted)


def _size(figure: Figure, area: Axes) -> tuple[float, float]:
    """Return the inches of a panel, as the last layout has placed it."""
    place = area.get_position()
    return place.width * figure.get_figwidth(), place.height * figure.get_figheight()


def _grow(figure: Figure, area: Axes, rows: int, wanted: float) -> None:
    """Raise a figure until its panels have the wanted height; texts take what they take."""
    for _ in range(5):
        with warnings.catch_warnings():
            # That texts leave no room for panels is what is mended here.
            warnings.simplefilter("ignore", UserWarning)
            figure.draw_without_rendering()
        lacking = wanted - _size(figure, area)[1]
        if lacking <= 0.01:
            return
        figure.set_figheight(figure.get_figheight() + rows * lacking)


def _thin_out(area: Axes, across: float, up: float) -> None:
    """Leave out ticks of linear axes where more of them would touch."""
    for axis, most in ((area.xaxis, max(2, int(across))), (area.yaxis, max(2, int(up)))):
        locator = axis.get_major_locator()
        if isinstance(locator, FixedLocator):
            places = list(locator())
            axis.set_major_locator(FixedLocator(places[:: -(-len(places) // most)]))
        elif isinstance(locator, MaxNLocator):
            locator.set_params(nbins=min(most, 9))


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


def broken(labels: Sequence[str], inches: float, size: float = 8.0) -> list[str]:
    """Return the entries of a legend in lines for which a width has room."""
    letters = int((inches - _HANDLE - 0.2) / (_LETTER * size / 8))
    return [wrapped(label, max(12, letters)) for label in labels]


def _letters(label: str) -> int:
    return len(re.sub(r"[${}_^]", "", re.sub(r"\\[A-Za-z]+", "x", label)))


def draw_legend_below(figure: Figure, areas: list[Axes]) -> None:
    """Draw the one legend of all panels below them, in as many columns as there is room for."""
    handles, labels = common_legend(areas)
    if handles:
        size = 7.5 / 9 * mpl.rcParams["font.size"]
        columns = max(1, min(2, int(figure.get_figwidth() / legend_entry(labels, size))))
        below: dict[str, Any] = {"loc": "outside lower center", "ncols": columns}
        labels = broken(labels, figure.get_figwidth(), size)
        figure.legend(handles, labels, frameon=False, fontsize=size, **below)
