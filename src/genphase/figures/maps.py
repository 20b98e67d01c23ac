"""What maps over two axes share: their cells, also those of a refined grid, and their ticks."""

import math
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.collections import QuadMesh
from matplotlib.ticker import FixedLocator, FuncFormatter, LogLocator, MaxNLocator, NullLocator
from numpy.typing import ArrayLike, NDArray
from pandas.api.types import is_integer_dtype

from genphase.figures.style import plain
from genphase.sweep.kinds.base import Map

_MAX_TICKS = 8
# Grid points that `where` dropped: no colour of a map.
_NOT_RUN: Any = {
    "facecolor": "#D3E3F0",
    "edgecolor": "#8FB0CC",
    "hatch": "////",
    "linewidth": 0,
}


def draw_map(
    area: Axes,
    cells: pd.DataFrame,
    spec: Map,
    column: str,
    missing: str = "not run",
    **style: Any,
) -> tuple[QuadMesh, int]:
    """Draw a column of a panel's cells as a map.

    The cells of each round of a refinement are drawn over those of the rounds before, with which
    they make a finer grid.

    Parameters
    ----------
    area
        The axes of the panel.
    cells
        A table with one row for each cell of the panel.
    spec
        The figure's entry in the sweep file.
    column
        The column that is drawn.
    missing
        What the legend says of cells that have no value.
    style
        How values become colours, as for matplotlib's ``pcolormesh``.

    Returns
    -------
    The map, and how many cells its longer side has.
    """
    area.set_xscale(spec.x_scale)
    area.set_yscale(spec.y_scale)
    area.patch.set(**_NOT_RUN)
    rounds = sorted(cells["round"].unique()) if "round" in cells else [None]
    for number in rounds:
        here = cells if number is None else cells[cells["round"] <= number]
        table = here.pivot(index=spec.y, columns=spec.x, values=column)
        table = table.sort_index().sort_index(axis=1)
        mesh = area.pcolormesh(
            cell_edges(table.columns, spec.x_scale),
            cell_edges(table.index, spec.y_scale),
            np.ma.masked_invalid(table.to_numpy(dtype=float)),
            # Viewers show hairlines between cells that are drawn one by one.
            rasterized=True,
            **style,
        )
        if number == rounds[0] and table.isna().to_numpy().any():
            area.fill([], [], label=missing, **_NOT_RUN)
    set_ticks(area.xaxis, table.columns, spec.x_scale)
    set_ticks(area.yaxis, table.index, spec.y_scale)
    return mesh, max(table.shape)


def cell_edges(values: ArrayLike, scale: str = "linear") -> NDArray[np.float64]:
    """Return the edges of cells centred on sorted grid values: their midpoints.

    On a log scale the midpoints are geometric. A single value gets a cell of width one (a factor
    of two on a log scale).
    """
    centres = np.asarray(values, dtype=float)
    if scale == "log":
        return np.exp(cell_edges(np.log(centres) / math.log(2)) * math.log(2))
    if len(centres) == 1:
        return np.array([centres[0] - 0.5, centres[0] + 0.5])
    middle = (centres[1:] + centres[:-1]) / 2
    return np.concatenate([[2 * centres[0] - middle[0]], middle, [2 * centres[-1] - middle[-1]]])


def set_ticks(axis: Axis, values: pd.Index, scale: str) -> None:
    """Put the ticks on the grid values where these are few and apart, else on round numbers."""
    places = np.log(values.to_numpy(dtype=float)) if scale == "log" else values.to_numpy()
    if len(values) <= _MAX_TICKS and np.all(np.diff(places) * _MAX_TICKS >= np.ptp(places)):
        axis.set_major_locator(FixedLocator(list(values)))
    elif scale == "log":
        decades = np.ptp(places) / math.log(10)
        axis.set_major_locator(LogLocator(subs=(1, 2, 5) if decades < 2 else (1,)))
    elif is_integer_dtype(values):
        axis.set_major_locator(MaxNLocator(integer=True))
    if scale == "log":
        axis.set_minor_locator(NullLocator())
    axis.set_major_formatter(FuncFormatter(lambda value, _: plain(value)))
