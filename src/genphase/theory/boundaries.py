"""Where a limit lies in a figure: the zeros of its margin over a portrait, or along a curve."""

from collections.abc import Callable, Iterator

import numpy as np
import pandas as pd
from contourpy import contour_generator

from genphase.cells.rows import row_symbols
from genphase.sweep.kinds.base import Map
from genphase.theory.sizes import (
    Floats,
    Sizes,
    between,
    from_place,
    refined,
    sizes_of,
    to_place,
)

# The cheap number of pieces.
_PIECES = 8

Margin = Callable[[Sizes], Floats]


def boundary(
    panel: pd.DataFrame, spec: Map, reach: tuple[tuple[float, float], ...], margin: Margin,
    pieces: int,
) -> list[Floats]:  # fmt: skip
    """Return the lines over a portrait's panel on which a margin is zero.

    Parameters
    ----------
    panel
        The grid points of the panel, all of one depth. Points that `where` left out are filled in
        if each size depends on one axis only.
    spec
        The portrait's entry in the sweep file.
    reach
        The panel's ends, (low, high) of x and of y.
    margin
        A function of sizes whose zeros are the boundary.
    pieces
        Into which each interval of the grid is cut, with interpolated sizes, before lines are drawn
        straight; along an axis on which neither k nor widths depend it is `_PIECES`.

    Returns
    -------
    list of (points, 2)
        x and y along each line.
    """
    rows = [row_symbols(row) for row in panel.to_dict("records")]
    depth = rows[0]["d"]
    # Limits are those without noise.
    names = ["k", "m", *(f"n{i}" for i in range(1, depth + 1))]
    table = panel[[spec.y, spec.x]].assign(**{n: [float(row[n]) for row in rows] for n in names})
    grids = [_filled(table.pivot(index=spec.y, columns=spec.x, values=name)) for name in names]
    values = np.stack([grid.to_numpy(float) for grid in grids], axis=-1)
    scales = (spec.x_scale, spec.y_scale)
    known = [
        to_place(index.to_numpy(float), scale)
        for index, scale in zip((grids[0].columns, grids[0].index), scales, strict=True)
    ]
    changing = np.delete(values, names.index("m"), axis=-1)
    wanted = []
    for axis, (places, scale, side) in enumerate(zip(known, scales, reach, strict=True)):
        low, high = to_place(np.array(side), scale)
        same = np.all(np.nanmin(changing, 1 - axis) == np.nanmax(changing, 1 - axis))
        whole = np.unique([low, *places, high])
        wanted.append(refined(whole, _PIECES if same else pieces))
    values = between(values, known[1], wanted[1], scales[1])
    values = between(values.swapaxes(0, 1), known[0], wanted[0], scales[0]).swapaxes(0, 1)
    # Beyond the first grid point a size can come to nothing.
    values = np.where(values > 0, values, np.nan)
    symbols = {name: values[..., i] for i, name in enumerate(names)}
    symbols["noise"] = np.zeros(values.shape[:-1])
    heights = np.ma.masked_invalid(margin(sizes_of(symbols, depth)))
    if min(heights.shape) < 2:
        return []
    lines = contour_generator(wanted[0], wanted[1], heights).lines(0.0)
    return [
        np.column_stack([from_place(line[:, i], scale) for i, scale in enumerate(scales)])
        for line in map(np.asarray, lines)
    ]


def _filled(grid: pd.DataFrame) -> pd.DataFrame:
    """Fill gaps of a size that is the same along each column, or along each row."""
    grid = grid.sort_index().sort_index(axis=1)
    if (grid.nunique() <= 1).all():
        return grid.ffill().bfill()
    if (grid.nunique(axis=1) <= 1).all():
        return grid.ffill(axis=1).bfill(axis=1)
    return grid


def crossings(x: Floats, margin: Floats) -> Iterator[float]:
    """Yield the x at which a margin along a curve is zero, between points by a straight line."""
    for i in range(len(x) - 1):
        a, b = margin[i], margin[i + 1]
        if a == 0:
            yield float(x[i])
        elif a * b < 0:
            yield float(x[i] + (x[i + 1] - x[i]) * a / (a - b))
    if len(x) and margin[-1] == 0:
        yield float(x[-1])
