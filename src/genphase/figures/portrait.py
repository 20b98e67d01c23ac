"""The portrait: a heatmap of the recovery rate over two axes, with its transition."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import matplotlib as mpl
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.collections import QuadMesh

from genphase.cells.sampling import Sampling
from genphase.figures.crossings import crossings_text, draw_crossings, shown_crossings
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
    COLOURS,
    Picture,
    axis_label,
    described,
    failures_text,
    new_figure,
    set_limits,
    settings,
    success_text,
    trials_text,
)
from genphase.sweep.kinds.portrait import Portrait
from genphase.sweep.success import Success

OVERLAY = "#0072B2"


def draw(spec: Portrait, given: Given) -> tuple[Picture, pd.DataFrame]:
    """Return the picture and the numbers that it shows."""
    cells, transition = given.tables["cells"], given.tables["transition"]
    picture = draw_portrait(
        cells,
        transition,
        given.axes,
        spec,
        given.rule,
        given.title,
        given.overlays,
        given.sampling,
    )
    return picture, portrait_cells(cells, given.axes)


class Panel(NamedTuple):
    """A panel of a portrait.

    values : what makes it, by column.
    title : those of them that other panels have other values of.
    cells : the rows of cells.csv.
    """

    values: dict[str, Any]
    title: str
    cells: pd.DataFrame


def portrait_panels(cells: pd.DataFrame, axes: Sequence[str], spec: Portrait) -> list[Panel]:
    """Return the panels of a portrait, one per solver and value of the other axes."""
    others = ["solver", *(name for name in axes if name not in (spec.x, spec.y))]
    varying = [name for name in others if cells[name].nunique() > 1]
    panels = list(cells.groupby(others, sort=False))
    found = [dict(zip(others, key, strict=True)) for key, _ in panels]
    heads = described(varying, [[values[name] for name in varying] for values in found])
    return [
        Panel(values, head, panel)
        for values, head, (_, panel) in zip(found, heads, panels, strict=True)
    ]


def of_panel(rows: pd.DataFrame, values: Mapping[str, Any]) -> pd.DataFrame:
    """Return the rows of a table that have a panel's values."""
    here = pd.Series(True, index=rows.index)
    for name, value in values.items() if len(rows) else ():
        here &= rows[name] == value
    return rows[here]


def draw_portrait(
    cells: pd.DataFrame,
    transition: pd.DataFrame,
    axes: Sequence[str],
    spec: Portrait,
    success: Success,
    title: str,
    overlays: pd.DataFrame | None = None,
    sampling: Sampling | None = None,
) -> Picture:
    """Draw a portrait with one panel per solver and value of the other axes.

    Parameters
    ----------
    cells
        cells.csv.
    transition
        transition.csv; its crossings and curves are drawn where they lie along x or y.
    axes
        The sweep's axes.
    spec
        The figure's entry in the sweep file.
    success
        The rule of which trials count as recovered.
    title
        The sweep's title.
    overlays
        What is drawn over it, see :func:`genphase.tables.overlays.tabulate_overlays`.
    sampling
        How many trials each cell got, where that was decided by need.

    Returns
    -------
    Picture
        Grey from 0 (black) to 1 (white), cells centred on the grid values.
    """
    panels = portrait_panels(cells, axes, spec)
    # The solvers of a grid point follow each other.
    solvers = cells["solver"].nunique()
    rows, columns = rows_and_columns(len(panels), solvers, spec.style.inches)
    crossings = shown_crossings(transition, spec)
    with mpl.rc_context(settings(spec.style)):
        figure = new_figure(
            1.2 + 3.4 * columns + (1.0 if columns == 1 else 0),
            1.0 + 3.2 * rows,
            spec.title or title,
            spec.style,
        )
        areas = lay_out(
            figure,
            len(panels),
            spec.x_label or axis_label(spec.x),
            spec.y_label or axis_label(spec.y),
            solvers,
        )
        for area, panel in zip(areas, panels, strict=True):
            mesh = _draw_panel(area, panel.cells, of_panel(crossings, panel.values), spec)
            if panel.title:
                area.set_title(panel.title)
        keep_limits(areas)
        for area, panel in zip(areas, panels, strict=True):
            draw_overlays(area, overlays, panel.values, OVERLAY)
        figure.colorbar(mesh, ax=areas, label=axis_label("rate"), fraction=0.05, pad=0.02)
        if spec.style.legend != "none":
            draw_legend_below(figure, areas)
        set_limits(areas, spec.style)
        fit_to_width(figure, areas, spec.style)
    held = [of_panel(crossings, panel.values) for panel in panels]
    return Picture(figure, portrait_caption(cells, held, success, sampling))


def portrait_cells(cells: pd.DataFrame, axes: Sequence[str]) -> pd.DataFrame:
    """Return what a portrait shows: the rates of its cells with their counts."""
    counts = ["trials", "recovered", "rate", "rate_low", "rate_high", "capped", "diverged"]
    rounds = ["round"] if "round" in cells else []
    return cells[["solver", *axes, *rounds, *counts]]


def _draw_panel(
    area: Axes, panel: pd.DataFrame, crossings: pd.DataFrame, spec: Portrait
) -> QuadMesh:
    mesh, longest = draw_map(
        area, panel, spec, "rate", cmap=spec.style.colour_map or "gray", vmin=0, vmax=1
    )
    size = min(8.0, 90 / longest)
    marks = (("capped", ".", COLOURS[6]), ("diverged", "x", COLOURS[5])) if spec.marks else ()
    for column, marker, colour in marks:
        marked = panel[panel[column] > 0]
        if len(marked):
            area.scatter(
                marked[spec.x],
                marked[spec.y],
                s=size**2 / 2 * marked[column] / marked["trials"],
                marker=marker,
                color=colour,
                linewidths=0.7,
                label=f"{column} trials, by their share",
            )
    if len(crossings):
        draw_crossings(area, crossings, spec)
    return mesh


def portrait_caption(
    cells: pd.DataFrame,
    crossings: Sequence[pd.DataFrame],
    success: Success,
    sampling: Sampling | None,
) -> str:
    """Return the caption of a portrait, from its cells and from the crossings in each panel."""
    parts = [f"{trials_text(cells['trials'])}; {success_text(success)}."]
    if sampling is not None:
        parts.append(sampling.summary(int(cells["trials"].sum()), len(cells)))
    parts.append("95 % Wilson intervals of the rates are in the figure's table.")
    parts += crossings_text(crossings)
    parts.append(failures_text(cells))
    return " ".join(parts)
