"""What figures of lines share: their size, how series look, where legends stand."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from matplotlib.legend import Legend

from genphase.figures.panels import broken, common_legend, legend_entry, rows_and_columns
from genphase.figures.style import COLOURS, LINES, MARKERS
from genphase.sweep.style import Style

# Inches that a line of a legend takes.
_LINE = 0.17

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
    rows, columns = rows_and_columns(panels, 1, style.inches)
    width, height = columns * width + 0.7, rows * height + 0.7
    shown = [label for label in labels if label]
    if not shown or style.legend == "none":
        return Place("nowhere", 1, width, height)
    entry = legend_entry(shown)
    room = style.inches or width
    beside = style.legend == "beside" or (panels == 1 and entry < width / 2.5)
    if panels == 1 and beside and style.legend != "below":
        return Place("beside", 1, width + entry - 0.3, max(height, 0.8 + _LINE * len(shown)))
    across = min(len(shown), max(1, int((room - 0.4) / entry)))
    return Place("below", across, width, height + _LINE * -(-len(shown) // across))


def draw_legend(figure: Figure, areas: list[Axes], place: Place) -> None:
    """Draw the one legend of all panels."""
    handles, labels = common_legend(areas)
    if place.where == "below":
        labels = broken(labels, figure.get_figwidth())
    found = handles, labels
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
        if line.get_linewidth() < 1.2:
            line.set(linewidth=1.2, alpha=1.0)


def beneath(lines: Sequence[pd.DataFrame], logarithmic: bool) -> list[int]:
    """Return how many later lines of a panel cover each line, so that it can be drawn wider.

    Parameters
    ----------
    lines
        The points of each line, with the columns x and y, in the order in which they are drawn.
    logarithmic
        Whether heights are on a log scale.

    Returns
    -------
    list of int
        A line covers another where at nine of ten of its points, and at least two, they are closer
        than a hundredth of the heights' range; at most 3 are counted.
    """
    heights = [_heights(line, logarithmic) for line in lines]
    seen = pd.concat(heights) if heights else pd.Series(dtype=float)
    near = 0.01 * (seen.max() - seen.min())
    return [
        min(3, sum(_covers(over, under, near) for over in heights[i + 1 :]))
        for i, under in enumerate(heights)
    ]


def _heights(line: pd.DataFrame, logarithmic: bool) -> pd.Series:
    y = pd.Series(line["y"].to_numpy(dtype=float), index=line["x"].to_numpy(dtype=float))
    y = y[np.isfinite(y) & ((y > 0) | (not logarithmic))]
    return pd.Series(np.log(y)) if logarithmic else y


def _covers(over: pd.Series, under: pd.Series, near: float) -> bool:
    apart = (over - under).abs()
    return int((apart <= near).sum()) >= max(2, 0.9 * len(under))


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
