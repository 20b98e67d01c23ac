"""The curve: a rate or a statistic of an error along one axis, one line per series."""

from typing import Any

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from genphase.curves import series_names
from genphase.figures.lines import looks, place_legend, size_of
from genphase.figures.panels import common_legend, lay_out
from genphase.figures.style import (
    RC,
    axis_label,
    describe,
    divided,
    draw_overlays,
    failures_text,
    new_figure,
    plain,
    rule_text,
    trials_text,
)
from genphase.fits import Fit, on_line
from genphase.sweep.figures import Curve
from genphase.sweep.models import Success
from genphase.symbols import constant_symbols

_OVERLAY = "0.45"
_BANDS = {"median": "quartiles", "mean": "95 % confidence interval of the mean (Student t)"}
_FITS = {"power": "log y on log x", "linear": "y on x"}


def draw_curve(
    points: pd.DataFrame, cells: pd.DataFrame, spec: Curve, success: Success, title: str
) -> Figure:
    """Draw a curve.

    Parameters
    ----------
    points : what is drawn, see :func:`genphase.curves.curve_points`.
    cells : the grid, one row per cell, for the symbols of overlays.

    Returns
    -------
    Figure
        A line with a band for each series, in a panel for each value of `spec.panels`; with a fit,
        markers with a band, and the thin line of the fit.
    """
    names = series_names(points)[len(spec.panels) :]
    panels = list(points.groupby(spec.panels, sort=False)) if spec.panels else [((), points)]
    series = list(dict.fromkeys(points[names].itertuples(index=False, name=None)))
    look = looks(series)
    caption = _caption(points, spec, success)
    with mpl.rc_context(RC):
        figure, body = new_figure(*size_of(len(panels)), spec.title or title, caption)
        areas = lay_out(body, len(panels), *_labels(spec))
        _set_scales(areas[0], points, spec)
        for area, (panel, held) in zip(areas, panels, strict=True):
            for key, line in held.groupby(names, sort=False) if names else [((), held)]:
                label = describe(dict(zip(names, key, strict=True)))
                _draw_series(area, line, spec, look[key], label, alone=len(panels) == 1)
            own = np.ones(len(cells), dtype=bool)
            for name, value in zip(spec.panels, panel, strict=True):
                own &= (cells[name] == value).to_numpy()
            symbols = constant_symbols(cells[own])
            draw_overlays(area, spec.overlays, str(spec.x.text), symbols, _OVERLAY)
            area.set_title(describe(dict(zip(spec.panels, panel, strict=True))))
            if spec.fit is not None and len(panels) > 1:
                fits = [line for line in area.lines if line.get_gid() == "fit"]
                area.legend(fits, [str(line.get_label()).lstrip("_") for line in fits], fontsize=7)
        handles, texts = common_legend(areas)
        place_legend(body, areas, dict(zip(texts, handles, strict=True)))
    return figure


def _labels(spec: Curve) -> tuple[str, str]:
    y = divided(axis_label(spec.y), spec.per)
    return spec.x_label or axis_label(str(spec.x.text)), spec.y_label or y


def _set_scales(area: Axes, points: pd.DataFrame, spec: Curve) -> None:
    """Set the scales and limits, which all panels share."""
    area.margins(x=0.02)
    area.set_xscale(spec.x_scale)
    if spec.y == "rate" and spec.y_scale == "linear":
        area.set_ylim(-0.03, 1.03)
    heights = points[["y", "low", "high"]].to_numpy(dtype=float)
    drawn = heights[np.isfinite(heights) & (heights > 0)]
    if spec.y_scale == "log" and drawn.size:
        area.set_yscale("log")
        if (points["low"] <= 0).any():
            # A band that is open below ends where the panel does, below all that is drawn.
            area.set_ylim(drawn.min() / 2, drawn.max() * 1.5)


def _draw_series(
    area: Axes, line: pd.DataFrame, spec: Curve, look: dict[str, Any], label: str, alone: bool
) -> None:
    # Infinite errors, of diverged trials, leave a gap.
    x, y, low, high = (
        line[name].replace([np.inf], np.nan).to_numpy(dtype=float)
        for name in ("x", "y", "low", "high")
    )
    if area.get_yscale() == "log":
        low = np.where(low <= 0, area.get_ylim()[0], low)
    if spec.y == "rate":
        area.axhline(0.5, color="0.8", linewidth=0.8, zorder=0)
    fit = _fit(line) if spec.fit is not None else None
    if fit is None:
        area.plot(x, y, markersize=3.5, label=label or None, **look)
    else:
        text = _fit_text(fit, str(spec.fit))
        space = np.geomspace if area.get_xscale() == "log" else np.linspace
        across = space(float(x.min()), float(x.max()), 50)
        height = on_line(fit, across, str(spec.fit))
        style = {"color": look["color"], "linewidth": 0.8, "gid": "fit"}
        # A label that begins with _ is in no legend of the whole figure.
        area.plot(across, height, label=f"_{text}", **style)
        label = ": ".join(part for part in (label, text if alone else "") if part)
        area.plot(x, y, markersize=4, label=label or None, **{**look, "linestyle": "none"})
    area.fill_between(x, low, high, color=look["color"], alpha=0.15, linewidth=0)


def _fit(line: pd.DataFrame) -> Fit | None:
    """Return the fit of a series; None where it had too few points."""
    first = line.iloc[0]
    fit = Fit(*(float(first[f"fit_{name}"]) for name in Fit._fields))
    return None if np.isnan(fit.slope) else fit


def _fit_text(fit: Fit, kind: str) -> str:
    if kind == "power":
        return f"slope {fit.slope:.2f} [{fit.low:.2f}, {fit.high:.2f}]"
    slope, low, high = (plain(float(f"{value:.3g}")) for value in fit[:3])
    return f"slope {slope} [{low}, {high}], $R^2$ = {fit.r2:.4f}"


def _caption(points: pd.DataFrame, spec: Curve, success: Success) -> str:
    counted = trials_text(points["trials"], "point")
    trials, used = int(points["trials"].sum()), int(points["used"].sum())
    if spec.y == "rate":
        parts = [f"{counted}; recovered: {rule_text(success)}; band: 95 % Wilson interval."]
    else:
        held = "all" if spec.over == "all" else "the recovered"
        parts = [
            f"{counted}; line: {spec.statistic} of {held} trials, band: {_BANDS[spec.statistic]}."
        ]
    if spec.over == "recovered":
        parts.append(
            f"Recovered: {rule_text(success)}; {trials - used} of {trials} trials are not and are "
            "left out."
        )
    if spec.fit is not None:
        parts.append(f"Fit: least squares of {_FITS[spec.fit]}, 95 % t-interval of the slope.")
    cells = int(points["cells"].max())
    if cells > 1:
        parts.append(f"Trials of up to {cells} cells with the same x are pooled.")
    parts.append(failures_text(points))
    hidden = ~np.isfinite(points["y"]) | ((points["y"] <= 0) & (spec.y_scale == "log"))
    if hidden.any():
        reason = "finite" if spec.y_scale == "linear" else "positive and finite"
        parts.append(f"Not drawn: {hidden.sum()} of {len(points)} points that are not {reason}.")
    return " ".join(parts)
