"""The landscape: a map of what was measured over two axes, with lines of equal values."""

from collections.abc import Sequence
from typing import Any

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import LogNorm, Normalize
from matplotlib.ticker import LogLocator, MaxNLocator
from numpy.typing import NDArray

from genphase.figures.given import Given
from genphase.figures.maps import draw_map
from genphase.figures.overlaid import draw_overlays
from genphase.figures.panels import (
    draw_legend_below,
    fit_to_width,
    keep_limits,
    lay_out,
    rows_and_columns,
)
from genphase.figures.style import (
    Picture,
    as_text,
    axis_label,
    described,
    new_figure,
    plain,
    quantity_text,
    set_limits,
    settings,
    trials_text,
)
from genphase.records import AT_LEAST, NONE
from genphase.sweep.kinds.landscape import Landscape

# Light where values are low: what is sought lies there, and overlays are dark.
_COLOURS = "YlGnBu"
_OVERLAY = "#B2182B"
_LINES = "0.35"


def draw(spec: Landscape, given: Given) -> tuple[Picture, pd.DataFrame]:
    """Return the picture and the numbers that it shows."""
    numbers = landscape_cells(given.tables["cells"], given.axes, spec)
    return draw_landscape(numbers, given.axes, spec, given.title, given.overlays), numbers


def draw_landscape(
    cells: pd.DataFrame,
    axes: Sequence[str],
    spec: Landscape,
    title: str,
    overlays: pd.DataFrame | None = None,
) -> Picture:
    """Draw a landscape with one panel per quantity and value of the other axes.

    Parameters
    ----------
    cells
        See :func:`landscape_cells`.
    axes
        The sweep's axes.
    spec
        The figure's entry in the sweep file.
    title
        The sweep's title.
    overlays
        What is drawn over it, see :func:`genphase.tables.overlays.tabulate_overlays`.

    Returns
    -------
    Picture
        All panels have the same colours.
    """
    others = [name for name in axes if name not in (spec.x, spec.y)]
    names = [*others, "measure"]
    varying = [name for name in names if cells[name].nunique() > 1]
    panels = list(cells.groupby(names, sort=False))
    together = cells["measure"].nunique()
    rows, columns = rows_and_columns(len(panels), together, spec.style.inches)
    column = f"value_{spec.statistic}"
    values = cells[column].to_numpy(float)
    limits = _limits(values, spec)
    levels = _levels(limits, spec)
    norm = (LogNorm if spec.value_scale == "log" else Normalize)(*limits)
    with mpl.rc_context(settings(spec.style)):
        figure = new_figure(
            1.2 + 3.0 * columns + (1.0 if columns == 1 else 0),
            1.0 + 2.9 * rows,
            spec.title or title,
            spec.style,
        )
        areas = lay_out(
            figure,
            len(panels),
            spec.x_label or axis_label(spec.x),
            spec.y_label or axis_label(spec.y),
            together,
        )
        shown = varying[::-1]
        places = [dict(zip(names, key, strict=True)) for key, _ in panels]
        heads = described(shown, [[at[name] for name in shown] for at in places])
        for area, head, (_, panel) in zip(areas, heads, panels, strict=True):
            colours = spec.style.colour_map or _COLOURS
            look: Any = {"cmap": colours, "norm": norm, "missing": "no value"}
            mesh, _ = draw_map(area, _visible(panel, column, limits, spec), spec, column, **look)
            _draw_contours(area, panel, spec, levels)
            area.set_title(head)
        keep_limits(areas)
        for area, (key, _) in zip(areas, panels, strict=True):
            draw_overlays(area, overlays, dict(zip(names, key, strict=True)), _OVERLAY)
        figure.colorbar(
            mesh,
            ax=areas,
            label=as_text(spec.value_label) if spec.value_label else _label(cells, spec),
            fraction=0.05,
            pad=0.02,
            extend=_ends(values, limits),
        )
        if spec.style.legend != "none":
            draw_legend_below(figure, areas)
        set_limits(areas, spec.style)
        fit_to_width(figure, areas, spec.style)
    return Picture(figure, _caption(cells, spec, levels))


def landscape_cells(cells: pd.DataFrame, axes: Sequence[str], spec: Landscape) -> pd.DataFrame:
    """Return what a landscape shows: the values of its cells."""
    shown = cells[cells["measure"].isin(spec.measures)] if spec.measures else cells
    values = ["trials", "bound", "value_median", "value_mean", "value_q25", "value_q75"]
    return shown[["measure", *axes, *values]].reset_index(drop=True)


def _limits(values: NDArray[np.float64], spec: Landscape) -> tuple[float, float]:
    """Return the values at the ends of the colours."""
    if spec.value_limits is not None:
        return spec.value_limits
    seen = values[np.isfinite(values) & ((values > 0) | (spec.value_scale == "linear"))]
    return (float(seen.min()), float(seen.max())) if len(seen) else (1.0, 2.0)


def _visible(
    panel: pd.DataFrame, column: str, limits: tuple[float, float], spec: Landscape
) -> pd.DataFrame:
    """Return a panel in which values that a log scale cannot show are below its colours."""
    if spec.value_scale == "linear":
        return panel
    return panel.assign(**{column: panel[column].clip(lower=limits[0] / 2)})


def _levels(limits: tuple[float, float], spec: Landscape) -> NDArray[np.float64]:
    """Return the values that have lines."""
    if not spec.contours:
        return np.empty(0)
    locator: Any = MaxNLocator(spec.contours)
    if spec.value_scale == "log":
        locator = LogLocator(numticks=spec.contours + 2, subs=(1.0, 3.0))
    levels = np.asarray(locator.tick_values(*limits))
    return levels[(levels > limits[0]) & (levels < limits[1])]


def _draw_contours(
    area: Axes, panel: pd.DataFrame, spec: Landscape, levels: NDArray[np.float64]
) -> None:
    table = panel.pivot(index=spec.y, columns=spec.x, values=f"value_{spec.statistic}")
    table = table.sort_index().sort_index(axis=1)
    if len(levels) and min(table.shape) > 1:
        heights = np.ma.masked_invalid(table.to_numpy(dtype=float))
        area.contour(
            table.columns, table.index, heights, levels, colors=_LINES, linewidths=0.5, alpha=0.7
        )


def _ends(values: NDArray[np.float64], limits: tuple[float, float]) -> str:
    """Return at which ends of its colours a map has further values."""
    seen = values[np.isfinite(values)]
    beyond = {"min": (seen < limits[0]).any(), "max": (seen > limits[1]).any()}
    found = [end for end, is_so in beyond.items() if is_so]
    return "both" if len(found) == 2 else (found[0] if found else "neither")


def _label(cells: pd.DataFrame, spec: Landscape) -> str:
    """Return what the colours are: the one quantity, or values; of lower bounds it says so."""
    measured = cells["measure"].unique()
    label = as_text(quantity_text(measured[0])) if len(measured) == 1 else "value"
    label = f"{spec.statistic} of {label}" if cells["trials"].max() > 1 else label
    return f"{label} (at least)" if set(cells["bound"]) == {AT_LEAST} else label


def _caption(cells: pd.DataFrame, spec: Landscape, levels: NDArray[np.float64]) -> str:
    values = cells[f"value_{spec.statistic}"]
    several = cells["trials"].max() > 1
    shown = f"colours: {spec.statistic} of the trials" if several else "colours: the value"
    parts = [f"{trials_text(cells['trials'])}; {shown}, which are the same in all panels."]
    if len(levels):
        parts.append(f"Lines of equal values at {', '.join(plain(float(v)) for v in levels)}.")
    if spec.value_limits is not None:
        low, high = spec.value_limits
        beyond = ((values < low) | (values > high)).sum()
        parts.append(f"{beyond} of {len(values)} values are beyond the colours.")
    if set(cells["bound"]) != {NONE}:
        parts.append("Values are lower bounds (at least) of suprema.")
    if values.isna().any():
        parts.append(f"Hatched: {values.isna().sum()} cells that have no value.")
    if several:
        parts.append("Quartiles of the values are in the figure's table.")
    return " ".join(parts)
