"""What an explorer shows: its marks, the panels they are in, and how their numbers are called."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import altair as alt
import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.colors import to_hex

from genphase.cells.sampling import Sampling
from genphase.figures.crossings import shown_crossings
from genphase.figures.curve import curve_caption, series_labels
from genphase.figures.explorer import charts
from genphase.figures.explorer.over import DASHES, SYMBOLS, Over, span
from genphase.figures.explorer.packed import numbers
from genphase.figures.explorer.plain import plain_text
from genphase.figures.fitted import fit_of
from genphase.figures.lines import looks
from genphase.figures.maps import cell_edges
from genphase.figures.panels import rows_and_columns
from genphase.figures.portrait import OVERLAY, of_panel, portrait_caption, portrait_panels
from genphase.figures.style import axis_label, describe, divided
from genphase.statistics.fits import on_line
from genphase.sweep.kinds.curve import Curve
from genphase.sweep.kinds.portrait import Portrait
from genphase.sweep.success import Success
from genphase.tables.curve import curve_cells, curve_points, keys_of

_GREY = "#737373"
_SHADES = 17
_COUNTS = ("trials", "recovered", "capped", "diverged")


class Shown(NamedTuple):
    """What an explorer shows.

    chart : of one panel, whose data the page puts in.
    content : what the page has of marks, panels and legend, as JSON.
    caption : what is said of the figure.
    """

    chart: alt.LayerChart
    content: dict[str, Any]
    caption: str


def show_portrait(
    cells: pd.DataFrame,
    transition: pd.DataFrame,
    axes: Sequence[str],
    spec: Portrait,
    success: Success,
    overlays: pd.DataFrame | None,
    sampling: Sampling | None,
) -> Shown:
    """Return a portrait's panels and cells; a mark is a cell, in the order of cells.csv."""
    panels = portrait_panels(cells, axes, spec)
    edges = pd.concat([_edges(panel.cells, spec) for panel in panels]).loc[cells.index]
    limits = tuple(
        getattr(spec.style, f"{axis}_limits")
        or (float(edges[f"{axis}0"].min()), float(edges[f"{axis}1"].max()))
        for axis in "xy"
    )
    over = Over(limits)  # type: ignore[arg-type]
    crossings = shown_crossings(transition, spec)
    held = [of_panel(crossings, panel.values) for panel in panels]
    for number, panel in enumerate(panels):
        if overlays is not None:
            over.overlays(number, of_panel(overlays, panel.values), OVERLAY)
        over.crossings(number, held[number], spec)
    places = {name: numbers(edges[name], 9) for name in edges}
    colours = mpl.colormaps[spec.style.colour_map or "gray"]
    shades = [to_hex(colours(i / (_SHADES - 1))) for i in range(_SHADES)]
    axes_shown = _axes(spec, axis_label(spec.x), axis_label(spec.y), limits)
    full = cells[spec.x].nunique() * cells[spec.y].nunique()
    content = {
        "kind": "portrait",
        "panels": [plain_text(panel.title) for panel in panels],
        "columns": rows_and_columns(len(panels), cells["solver"].nunique())[1],
        "names": {"x": _symbol(spec.x), "y": _symbol(spec.y), "value": "recovery rate"},
        "interval": "95 % interval",
        "shades": shades,
        "holes": any(len(panel.cells) < full for panel in panels),
        "legend": list(over.legend.values()),
        **over.packed(),
        "marks": {
            "panel": _panel_numbers(cells, [panel.cells for panel in panels]),
            "x": numbers(cells[spec.x], 12),
            "y": numbers(cells[spec.y], 12),
            **places,
            "value": numbers(cells["rate"], 6),
            "low": numbers(cells["rate_low"], 6),
            "high": numbers(cells["rate_high"], 6),
            **{name: cells[name].tolist() for name in _COUNTS},
            "cells": [[i] for i in range(len(cells))],
        },
    }
    chart = charts.portrait_chart(axes_shown, shades, len(panels))
    return Shown(chart, content, portrait_caption(cells, held, success, sampling))


def show_curve(
    trials: pd.DataFrame,
    cells: pd.DataFrame,
    axes: Sequence[str],
    spec: Curve,
    success: Success,
    overlays: pd.DataFrame | None,
) -> Shown:
    """Return a curve's panels, series and points; a mark is a point, see `curve_points`."""
    points = curve_points(trials, axes, spec, success)
    names, placed = curve_cells(cells, axes, spec)
    series_of = names[len(spec.panels) :]
    series = list(dict.fromkeys(keys_of(points, series_of)))
    labels, look = series_labels(points, series_of, series, spec), looks(series)
    panels = list(points.groupby(spec.panels, sort=False)) if spec.panels else [((), points)]
    x_limits, y_limits, scales = _curve_limits(points, spec)
    over = Over((x_limits, y_limits))
    if spec.y == "rate":
        for number in range(len(panels)):
            over.line(number, x_limits, [0.5, 0.5], colour="#d0d0d0", width=1)
    for number, (key, held) in enumerate(panels):
        if overlays is not None:
            values = dict(zip(spec.panels, key, strict=True))
            over.overlays(number, of_panel(overlays, values), _GREY)
        for own, line in held.groupby(series_of, sort=False) if series_of else [((), held)]:
            if spec.fit is not None and (fit := fit_of(line)) is not None:
                ends = float(line["x"].min()), float(line["x"].max())
                spaced = np.geomspace if spec.x_scale == "log" else np.linspace
                x = spaced(*ends, 50)
                fitted = on_line(fit, x, spec.fit)
                over.line(number, x, fitted, colour=look[own]["color"], width=1)
    shown = [
        {
            "label": plain_text(labels[key]),
            "colour": look[key]["color"],
            "symbol": SYMBOLS[look[key]["marker"]],
            **({} if spec.fit else {"dash": DASHES[look[key]["linestyle"]], "width": 1.6}),
        }
        for key in series
    ]
    of_series = [series.index(key) for key in keys_of(points, series_of)]
    heights = points["y"].astype(float)
    drawn = heights.clip(*y_limits).where((heights > 0) | (scales["y"] != "log"))
    label = plain_text(divided(axis_label(spec.y), spec.per)).split("\n")[0]
    axes_shown = _axes(
        spec,
        axis_label(str(spec.x.text)),
        divided(axis_label(spec.y), spec.per),
        (x_limits, y_limits),
        scales["y"],
    )
    content = {
        "kind": "curve",
        "panels": [
            plain_text(describe(dict(zip(spec.panels, key, strict=True)))) for key, _ in panels
        ],
        "columns": rows_and_columns(len(panels))[1],
        "names": {"x": _symbol(str(spec.x.text)), "y": "", "value": label},
        "interval": _interval(spec),
        "over_recovered": spec.over == "recovered",
        "series": shown,
        "legend": [*(entry for entry in shown if entry["label"]), *over.legend.values()],
        **over.packed(),
        "marks": {
            "panel": _panel_numbers(points, [held for _, held in panels]),
            "series": of_series,
            "x": numbers(points["x"], 12),
            # Where a mark is drawn: an infinite one at the upper edge.
            "y": numbers(drawn, 9),
            "beyond": np.isposinf(heights).astype(int).tolist(),
            "value": numbers(heights, 6),
            "low": numbers(points["low"].astype(float), 6),
            "high": numbers(points["high"].astype(float), 6),
            "bar_low": numbers(points["low"].astype(float).clip(*y_limits), 9),
            "bar_high": numbers(points["high"].astype(float).clip(*y_limits), 9),
            "used": points["used"].tolist(),
            **{name: points[name].tolist() for name in _COUNTS},
            "cells": [
                np.flatnonzero(placed["point"] == number).tolist() for number in range(len(points))
            ],
        },
    }
    chart = charts.curve_chart(axes_shown, len(panels), lines=spec.fit is None)
    return Shown(chart, content, curve_caption(points, spec, success, "bars"))


def _edges(cells: pd.DataFrame, spec: Portrait) -> pd.DataFrame:
    """Return the edges of the cells of a panel; those of a round are as fine as its grid."""
    rounds = sorted(cells["round"].unique()) if "round" in cells else [None]
    parts = []
    for number in rounds:
        here = cells if number is None else cells[cells["round"] <= number]
        own = here if number is None else here[here["round"] == number]
        columns: dict[str, Any] = {}
        for axis, name, scale in (("x", spec.x, spec.x_scale), ("y", spec.y, spec.y_scale)):
            values = np.sort(here[name].unique())
            edges, place = cell_edges(values, scale), np.searchsorted(values, own[name])
            columns |= {f"{axis}0": edges[place], f"{axis}1": edges[place + 1]}
        parts.append(pd.DataFrame(columns, index=own.index))
    return pd.concat(parts)


def _curve_limits(
    points: pd.DataFrame, spec: Curve
) -> tuple[tuple[float, float], tuple[float, float], dict[str, str]]:
    """Return the ends of a curve's axes, and their scales: without a positive y, no log."""
    heights = points[["y", "low", "high"]].to_numpy(dtype=float)
    finite = heights[:, 0][np.isfinite(heights[:, 0])]
    y_scale = spec.y_scale if (finite > 0).any() else "linear"
    x_limits = spec.style.x_limits or span(points["x"], spec.x_scale, 0.02)
    if spec.style.y_limits is not None:
        y_limits = spec.style.y_limits
    elif spec.y == "rate" and y_scale == "linear":
        y_limits = (-0.03, 1.03)
    else:
        y_limits = span(heights, y_scale, 0.05)
    return x_limits, y_limits, {"x": spec.x_scale, "y": y_scale}


def _interval(spec: Curve) -> str:
    """Return what the bar of a point is."""
    if spec.y != "rate" and spec.band == "deviation":
        return "mean ± one deviation"
    return "95 % interval" if spec.y == "rate" or spec.statistic == "mean" else "quartiles"


def _axes(
    spec: Portrait | Curve, x_label: str, y_label: str, limits: Any, y_scale: str = ""
) -> Mapping[str, charts.Axis]:
    """Return the axes of a chart."""
    return {
        "x": charts.Axis(plain_text(spec.x_label or x_label), spec.x_scale, limits[0]),
        "y": charts.Axis(plain_text(spec.y_label or y_label), y_scale or spec.y_scale, limits[1]),
    }


def _symbol(name: str) -> str:
    """Return an axis in short, as k or n/k."""
    return plain_text(describe({name: 0}).removesuffix(" = 0"))


def _panel_numbers(table: pd.DataFrame, panels: Sequence[pd.DataFrame]) -> list[int]:
    """Return the panel of every row of a table."""
    found = pd.Series(0, index=table.index)
    for number, panel in enumerate(panels):
        found[panel.index] = number
    return [int(number) for number in found]
