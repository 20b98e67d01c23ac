"""What figures of lines share: their size, how series look, where legends stand."""

import re
from collections.abc import Sequence
from typing import Any, NamedTuple

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from matplotlib.legend import Legend

from genphase.figures.panels import common_legend, rows_and_columns
from genphase.figures.style import COLOURS, LINES, MARKERS
from genphase.sweep.style import Style

# Inches that a legend takes at its font size: a letter, what is beside the text, a line.
_LETTER, _HANDLE, _LINE = 0.062, 0.6, 0.17

Series = tuple[Any, ...]


class Place(NamedTuple):
    """Where a figure's legend stands (nowhere, beside, below), and what size that makes it.

    columns : of the legend.
    width, height : inches of the figure's body.
    """

    where: str
    columns: int
    width: float
    height: float


def find_place(
    labels: Sequence[str], panels: int, width: float, height: float, style: Style
) -> Place:
    """Return the size of a figure and a place for its legend where it covers no line.

    Parameters
    ----------
    labels
        Of all entries.
    panels
        How many panels there are.
    width, height
        Inches of a panel, with its labels.
    style
        How the figure looks.
    """
    rows, columns = rows_and_columns(panels)
    width, height = columns * width + 0.7, rows * height + 0.7
    shown = [label for label in labels if label]
    if not shown or style.legend == "none":
        return Place("nowhere", 1, width, height)
    entry = _HANDLE + _LETTER * max(map(_letters, shown))
    beside = style.legend == "beside" or (panels == 1 and entry < width / 2.5)
    if panels == 1 and beside and style.legend != "below":
        return Place("beside", 1, width + entry - 0.3, max(height, 0.8 + _LINE * len(shown)))
    across = min(len(shown), max(1, int((width - 0.4) / entry)))
    return Place("below", across, width, height + _LINE * -(-len(shown) // across))


def _letters(label: str) -> int:
    return len(re.sub(r"[${}_^]", "", re.sub(r"\\[A-Za-z]+", "x", label)))


def draw_legend(figure: Figure, areas: list[Axes], place: Place) -> None:
    """Draw the one legend of all panels."""
    found = common_legend(areas)
    legend: Legend
    match place.where:
        case "nowhere":
            return
        case "beside":
            # Of the panel, not of the figure: it begins below the title.
            beside: dict[str, Any] = {"loc": "upper left", "bbox_to_anchor": (1.01, 1.0)}
            legend = areas[0].legend(*found, frameon=False, borderaxespad=0, **beside)
        case _:
            below: dict[str, Any] = {"loc": "outside lower center", "ncols": place.columns}
            legend = figure.legend(*found, frameon=False, **below)
    for line in legend.get_lines():
        # Thin lines are hard to tell apart.
        line.set(linewidth=max(line.get_linewidth(), 1.2), alpha=1.0)


def looks(series: Sequence[Series]) -> dict[Series, dict[str, Any]]:
    """Return colour, line style and marker of every series, no two of them the same.

    Series of one number that are more than there are colours run from dark to bright.
    """
    numbers = [key[0] for key in series if len(key) == 1 and not isinstance(key[0], str)]
    if len(numbers) == len(series) > len(COLOURS):
        # cividis without its palest end, in the order of the numbers.
        shades = mpl.colormaps["cividis"]
        place = {number: i for i, number in enumerate(sorted(numbers))}
        colours = [to_hex(shades(0.9 * place[n] / (len(numbers) - 1))) for n in numbers]
    else:
        colours = [COLOURS[i % len(COLOURS)] for i in range(len(series))]
    return {
        key: {
            "color": colours[i],
            "linestyle": LINES[i % len(LINES)],
            # One on where the colours begin again, so that no two lines look the same.
            "marker": MARKERS[(i + i // len(COLOURS)) % len(MARKERS)],
        }
        for i, key in enumerate(series)
    }
