"""The curve: a rate or a statistic of an error along one axis, one line per series."""

from typing import Any

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from genphase.figures.captions import MACHINE, shared_text
from genphase.figures.fitted import draw_fit, draw_fit_legends, fit_of, fit_text, room
from genphase.figures.given import Given
from genphase.figures.lines import Series, beneath, draw_legend, find_place, looks
from genphase.figures.overlaid import draw_overlays, overlay_labels
from genphase.figures.panels import fit_to_width, keep_limits, lay_out
from genphase.figures.style import (
    Picture,
    as_text,
    axis_label,
    described,
    divided,
    failures_text,
    label_logs,
    new_figure,
    quantity_text,
    rule_text,
    set_limits,
    settings,
    trials_text,
)
from genphase.records import AT_LEAST
from genphase.sweep.kinds.base import ENDS, SECONDS
from genphase.sweep.kinds.curve import Curve
from genphase.sweep.success import Success
from genphase.tables.curve import curve_points, keys_of, series_names, with_instance_errors
from genphase.tables.timings import trials_of

OVERLAY = "0.45"
_BANDS = {
    "median": "quartiles",
    "mean": "95 % confidence interval of the mean (Student t)",
    "deviation": "one standard deviation of the trials to both sides",
}
_FITS = {"power": "log y on log x", "linear": "y on x"}


def draw(spec: Curve, given: Given) -> tuple[Picture, pd.DataFrame]:
    """Return the picture and the numbers that it shows."""
    trials, axes, success = trials_of(given.tables), given.axes, given.success
    numbers = curve_points(trials, axes, spec, success)
    overlays = with_instance_errors(given.overlays, trials, axes, spec, success)
    return draw_curve(numbers, spec, success, given.title, overlays), numbers


def draw_curve(
    points: pd.DataFrame,
    spec: Curve,
    success: Success | None,
    title: str,
    overlays: pd.DataFrame | None = None,
) -> Picture:
    """Draw a curve.

    Parameters
    ----------
    points
        What is drawn, see :func:`genphase.tables.curve.curve_points`.
    spec
        The figure's entry in the sweep file.
    success
        The rule of which trials count as recovered; None of a sweep that measures.
    title
        The sweep's title.
    overlays
        What is drawn over it, see :func:`genphase.tables.overlays.tabulate_overlays`.

    Returns
    -------
    Picture
        A line with a band for each series, in a panel for each value of `spec.panels`; with a fit,
        markers with a band, and the thin line of the fit.
    """
    names = series_names(points)[len(spec.panels) :]
    panels = list(points.groupby(spec.panels, sort=False)) if spec.panels else [((), points)]
    series = list(dict.fromkeys(keys_of(points, names)))
    look, labels = looks(series), series_labels(points, names, series, spec)
    width, height = (4.5, 2.9) if len(panels) == 1 else (2.6, 2.2)
    if spec.fit is not None and len(panels) > 1:
        width, height = 3.0, 2.0 + room(len(series))
    place = find_place(
        [*labels.values(), *overlay_labels(overlays)], len(panels), width, height, spec.style
    )
    with mpl.rc_context(settings(spec.style)):
        figure = new_figure(place.width, place.height, spec.title or title, spec.style)
        areas = lay_out(
            figure,
            len(panels),
            spec.x_label or axis_label(str(spec.x.text)),
            spec.y_label or divided(_height(points, spec), spec.per),
        )
        _set_scales(areas, points, spec)
        heads = described(spec.panels, [panel for panel, _ in panels])
        for area, head, (_, held) in zip(areas, heads, panels, strict=True):
            area.set_title(head)
            lines = list(held.groupby(names, sort=False)) if names else [((), held)]
            covered = beneath([line for _, line in lines], spec.y_scale == "log")
            for (key, line), over in zip(lines, covered, strict=True):
                _draw_series(area, line, spec, look[key], labels[key], over)
        if spec.fit is not None and len(panels) > 1:
            draw_fit_legends(areas)
        keep_limits(areas)
        # Panels share their ticks.
        label_logs(areas[0])
        for area, (panel, _) in zip(areas, panels, strict=True):
            draw_overlays(area, overlays, dict(zip(spec.panels, panel, strict=True)), OVERLAY)
        set_limits(areas, spec.style)
        draw_legend(figure, areas, place)
        fit_to_width(figure, areas, spec.style)
    return Picture(figure, curve_caption(points, spec, success))


def _height(points: pd.DataFrame, spec: Curve) -> str:
    """Return what is drawn upwards; of lower bounds it says so."""
    label = axis_label(spec.y)
    bounds = set()
    if "bound" in points:
        bounds = set(points["bound"])
        measured = points["measure"].unique()
        label = as_text(quantity_text(measured[0])) if len(measured) == 1 else label
    return f"{label} (at least)" if bounds == {AT_LEAST} else label


def series_labels(
    points: pd.DataFrame, names: list[str], series: list[Series], spec: Curve
) -> dict[Series, str]:
    """Return the label of every series; in a single panel it tells the fit."""
    texts = described(names, series)
    labels = dict(zip(series, texts, strict=True))
    if spec.fit is None or spec.panels:
        return labels
    for key, line in points.groupby(names, sort=False) if names else [((), points)]:
        fit = fit_of(line)
        text = "no fit" if fit is None else fit_text(fit, spec.fit)
        labels[key] = f"{labels[key]}: {text}" if labels[key] else text
    return labels


def _set_scales(areas: list[Axes], points: pd.DataFrame, spec: Curve) -> None:
    """Set the scales and limits, which all panels share."""
    for area in areas:
        area.margins(x=0.02)
        if spec.y == "rate":
            area.axhline(0.5, color="0.8", linewidth=0.8, zorder=0)
    areas[0].set_xscale(spec.x_scale)
    heights = points[["y", "low", "high"]].to_numpy(dtype=float)
    positive = heights[np.isfinite(heights) & (heights > 0)]
    if spec.y_scale == "log" and np.any(np.isfinite(heights[:, 0]) & (heights[:, 0] > 0)):
        areas[0].set_yscale("log")
        if np.any(heights[:, 1] <= 0):
            # A band that is open below ends where the panel does, below all that is drawn.
            areas[0].set_ylim(positive.min() / 2, positive.max() * 1.5)
    elif spec.y == "rate":
        areas[0].set_ylim(-0.03, 1.03)


def _draw_series(
    area: Axes, line: pd.DataFrame, spec: Curve, look: dict[str, Any], label: str, over: int = 0
) -> None:
    # Infinite errors, of diverged trials, leave a gap, with a mark at the upper edge.
    beyond = line.loc[np.isposinf(line["y"].astype(float)), "x"]
    area.update_datalim([(place, 0) for place in beyond], updatey=False)
    area.autoscale_view(scaley=False)
    for place in beyond:
        edge = area.get_xaxis_transform()
        area.text(place, 0.98, "△", color=look["color"], transform=edge, ha="center", va="top")
    x, y, low, high = (
        line[name].replace([np.inf], np.nan).to_numpy(dtype=float)
        for name in ("x", "y", "low", "high")
    )
    if area.get_yscale() == "log":
        low = np.where(low <= 0, area.get_ylim()[0], low)
    fit = fit_of(line) if spec.fit is not None else None
    if fit is not None:
        draw_fit(area, line, fit, str(spec.fit), look["color"])
        look = {**look, "linestyle": "none"}
    # What lies beneath other lines is wider and paler, so that it is seen on both sides of them.
    look = {**look, "alpha": 0.4} if over else look
    size = (3.5 if fit is None else 4.0) + 2.2 * over
    width = mpl.rcParams["lines.linewidth"] + 1.8 * over
    area.plot(x, y, markersize=size, linewidth=width, label=label or None, **look)
    area.fill_between(x, low, high, color=look["color"], alpha=0.15, linewidth=0)


def curve_caption(
    points: pd.DataFrame, spec: Curve, success: Success | None, interval: str = "band"
) -> str:
    """Return the caption of a curve, from the points that it shows.

    Parameters
    ----------
    points
        See :func:`genphase.tables.curve.curve_points`.
    spec
        The figure's entry in the sweep file.
    success
        The rule of which trials count as recovered.
    interval
        As what intervals are drawn: a band, or bars.
    """
    parts = [f"{trials_text(points['trials'], 'point')}; {_band(spec, success, interval)}."]
    trials, used = int(points["trials"].sum()), int(points["used"].sum())
    if spec.over == "recovered" and success is not None:
        parts.append(
            f"Recovered: {rule_text(success)}; {trials - used} of {trials} trials were not "
            "recovered and are left out."
        )
    if spec.fit is not None:
        parts.append(f"Fit: least squares of {_FITS[spec.fit]}, 95 % t-interval of the slope.")
    cells = int(points["cells"].max())
    if cells > 1:
        parts.append(
            f"Trials of up to {cells} cells with the same x are pooled{shared_text(points)}."
        )
    if success is not None:
        parts.append(failures_text(points))
    elif AT_LEAST in set(points["bound"]):
        which = "Values" if set(points["bound"]) == {AT_LEAST} else "Some of the values"
        parts.append(
            f"{which} are lower bounds (at least) of suprema: random points and a local ascent do "
            "not find all of them."
        )
    beyond = np.isposinf(points["y"].astype(float))
    if beyond.any():
        why = {"mean": "a mean over diverged trials", "median": "where at least half diverged"}
        parts.append(
            f"Triangles at the upper edge: {beyond.sum()} of {len(points)} points are infinite, "
            f"{why.get(spec.statistic, 'with diverged trials')}."
        )
    hidden = np.isnan(points["y"].astype(float))
    hidden |= (points["y"] <= 0) & (spec.y_scale == "log")
    if hidden.any():
        parts.append(
            f"Not drawn: {hidden.sum()} of {len(points)} points, which have no value that the axis "
            "can show."
        )
    if spec.is_timed:
        parts.append(MACHINE)
    return " ".join(parts)


def _band(spec: Curve, success: Success | None, interval: str) -> str:
    if spec.y == "rate" and success is not None:
        return f"recovered: {rule_text(success)}; {interval}: 95 % Wilson interval"
    held = "all" if spec.over == "all" else "the recovered"
    of = "deviation" if spec.band == "deviation" else spec.statistic
    band = f"line: {spec.statistic} of {held} trials, {interval}: {_BANDS[of]}"
    if spec.over == "recovered" or success is None:
        return band
    own = "their last errors, infinite where these are not finite"
    if spec.y in (*ENDS, SECONDS):
        own = {
            "iterations": "the iterations that they made",
            "negations": "the negations that they made",
            SECONDS: "the time that they took",
        }.get(spec.y, "those of their last iterates")
    return f"{band}; no trial is counted as a failure, capped and diverged ones have {own}"
