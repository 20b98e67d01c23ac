"""What figures of lines share: how series look, where panels and legends stand."""

from collections.abc import Mapping, Sequence
from typing import Any

import matplotlib as mpl
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.colors import to_hex
from matplotlib.figure import SubFigure

from genphase.figures.panels import rows_and_columns
from genphase.figures.style import COLOURS, LINES, MARKERS

# Longer legends stand beside the lines, not among them.
MAX_INSIDE = 5
# Inches of a legend's entry at its font size: a letter, and what is beside the text.
_LETTER, _HANDLE = 0.062, 0.6


def size_of(panels: int) -> tuple[float, float]:
    """Return width and height in inches of the part of a figure that holds its panels."""
    if panels == 1:
        return 5.2, 3.6
    rows, columns = rows_and_columns(panels)
    return 0.7 + 2.6 * columns, 0.7 + 2.2 * rows


def looks(series: Sequence[tuple[Any, ...]]) -> dict[tuple[Any, ...], dict[str, Any]]:
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


def place_legend(body: SubFigure, areas: Sequence[Axes], found: Mapping[str, Artist]) -> None:
    """Put a legend where it covers no line: in a single panel's free corner, beside it, or below.

    Parameters
    ----------
    found : handles by label; nothing is drawn where there is none.
    """
    if not found:
        return
    handles, labels = list(found.values()), list(found)
    width = body.figure.get_figwidth()
    entry = _HANDLE + _LETTER * max(map(len, labels))
    if len(areas) == 1 and len(labels) <= MAX_INSIDE and entry < width / 2.5:
        areas[0].legend(handles, labels, frameon=False)
    elif len(areas) == 1 and entry < width / 2.5:
        body.legend(handles, labels, loc="outside right upper", frameon=False)
    else:
        columns = min(len(labels), max(1, int((width - 0.4) / entry)))
        body.legend(handles, labels, loc="outside lower center", ncols=columns, frameon=False)
