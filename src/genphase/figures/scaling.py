"""The figure of sizes: crossings against 1/size with their limit, and the collapse of all rates."""

from typing import Any

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from scipy.special import expit

from genphase.figures.given import Given
from genphase.figures.panels import draw_legend_below, fit_to_width
from genphase.figures.style import (
    COLOURS,
    LINES,
    MARKERS,
    TRANSITION,
    Picture,
    as_text,
    axis_label,
    describe,
    new_figure,
    plain,
    settings,
    success_text,
    tidy,
    trials_text,
)
from genphase.language.formulas import formula
from genphase.sweep.kinds.scaling import Scaling
from genphase.sweep.success import Success
from genphase.tables import scaling as parts

_THEORY = "0.35"
_POINTS = 200


def draw(spec: Scaling, given: Given) -> tuple[Picture, pd.DataFrame]:
    """Return the picture and the numbers that it shows."""
    numbers = parts.scaling_rows(given.tables["cells"], given.axes, spec, given.overlays)
    return draw_scaling(numbers, spec, given.rule, given.title), numbers


def draw_scaling(rows: pd.DataFrame, spec: Scaling, success: Success, title: str) -> Picture:
    """Draw, for each panel, crossings against 1/size and beside them the collapse.

    Parameters
    ----------
    rows
        What is drawn, see :func:`genphase.tables.scaling.scaling_rows`.
    spec
        The figure's entry in the sweep file.
    success
        The rule of which trials count as recovered.
    title
        The sweep's title.

    Returns
    -------
    Picture
        To the left the crossing of each size with its interval, the fitted curve, its limit at
        1/size = 0 and limits in theory; to the right all rates against (x - c(L)) L^{1/ν}, with the
        master curve.
    """
    names = list(rows.columns[: rows.columns.get_loc("part")])
    varying = [name for name in names if rows[name].nunique() > 1]
    panels = list(rows.groupby(names, sort=False))
    sizes = sorted(rows.loc[rows["part"] == parts.CROSSING, "size"].unique())
    looks = {
        size: {"color": COLOURS[i % len(COLOURS)], "marker": MARKERS[i % len(MARKERS)]}
        for i, size in enumerate(sizes)
    }
    with mpl.rc_context(settings(spec.style)):
        figure = new_figure(7.4, 1.2 + 2.6 * len(panels), spec.title or title, spec.style)
        grid: Any = figure.subplots(len(panels), 2, squeeze=False)
        for (left, right), (key, held) in zip(grid, panels, strict=True):
            values = dict(zip(names, key, strict=True))
            text = describe({name: values[name] for name in varying})
            left.set_title(text)
            right.set_title(_collapse_text(held))
            _crossings(left, held, looks)
            _collapse(right, held, looks, spec)
            left.set_ylabel(spec.y_label or f"crossing {formula(str(spec.place.text))}")
            right.set_ylabel(axis_label("rate"))
            if spec.style.x_limits is not None:
                left.set_xlim(spec.style.x_limits)
            if spec.style.y_limits is not None:
                left.set_ylim(spec.style.y_limits)
        grid[-1, 0].set_xlabel(f"1/{axis_label(spec.size)}")
        bare = formula(str(spec.place.text)).strip("$")
        grid[-1, 1].set_xlabel(rf"$({bare} - c(L))\,L^{{1/\nu}}$")
        areas = list(grid.flat)
        if spec.style.legend != "none":
            draw_legend_below(figure, areas)
        fit_to_width(figure, areas, spec.style)
    return Picture(figure, scaling_caption(rows, spec, success))


def _crossings(area: Axes, rows: pd.DataFrame, looks: dict[float, dict[str, Any]]) -> None:
    """Draw the crossings of a panel over 1/size, and what they go to."""
    of = dict(iter(rows.groupby("part")))
    points, limit, theory = of[parts.CROSSING], of.get(parts.LIMIT), of.get(parts.THEORY)
    heights = [points[name] for name in ("y", "low", "high", "fitted")]
    heights += [found["y"] for found in (limit, theory) if found is not None]
    heights += [limit[name] for name in ("low", "high")] if limit is not None else []
    seen = pd.concat(heights).to_numpy(float)
    seen = seen[np.isfinite(seen)]
    low, high = (seen.min(), seen.max()) if seen.size else (0.0, 1.0)
    margin = 0.08 * (high - low) or 0.5
    ends = low - margin, high + margin
    longest = float(points["x"].max())
    for _, row in points.iterrows():
        _bar(area, row["x"], row, ends, {**looks[row["size"]], "linestyle": "none"})
    if limit is not None:
        _curve(area, rows, longest)
        style = {"color": TRANSITION, "marker": "D", "linestyle": "none", "markersize": 6}
        _bar(area, 0.0, limit.iloc[0], ends, {**style, "label": "limit, 95 % interval"})
    for i, (_, row) in enumerate(theory.iterrows() if theory is not None else ()):
        line = LINES[(i + 1) % len(LINES)]
        area.axhline(row["y"], color=_THEORY, linestyle=line, label=as_text(row["of"]))
    area.set_xlim(-0.04 * longest, 1.04 * longest)
    area.set_ylim(ends)


def _curve(area: Axes, rows: pd.DataFrame, longest: float) -> None:
    """Draw the fitted c(L), from the smallest size to infinity."""
    value = rows.set_index("part")["y"]
    points = rows[(rows["part"] == parts.CROSSING)].sort_values("size")
    limit, omega = float(value[parts.LIMIT]), float(value[parts.OMEGA])
    first = points.iloc[0]
    x = np.linspace(0, longest, _POINTS)
    curve = limit + (first["fitted"] - limit) * (x / first["x"]) ** omega
    area.plot(x, curve, color=TRANSITION, zorder=1, label="fit of all sizes")


def _bar(
    area: Axes, x: float, row: pd.Series, ends: tuple[float, float], style: dict[str, Any]
) -> None:
    """Draw a number with its interval, whose open ends are those of the panel."""
    if np.isfinite(row["y"]):
        sides = np.clip([row["low"], row["high"]], *ends)
        bars = [[max(row["y"] - sides[0], 0.0)], [max(sides[1] - row["y"], 0.0)]]
        area.errorbar(x, row["y"], yerr=bars, elinewidth=1.0, capsize=2, zorder=3, **style)


def _collapse(
    area: Axes, rows: pd.DataFrame, looks: dict[float, dict[str, Any]], spec: Scaling
) -> None:
    """Draw the rates of a panel over the scaled coordinate, and the master curve."""
    cells = rows[rows["part"] == parts.CELL]
    area.axhline(0.5, color="0.8", linewidth=0.8, zorder=0)
    area.set_ylim(-0.03, 1.03)
    if not len(cells):
        area.text(0.5, 0.5, "no fit", transform=area.transAxes, ha="center")
        return
    # The curve by what it is at one cell: log-odds are proportional to the scaled coordinate.
    inner = cells[(cells["x"] != 0) & (cells["fitted"] > 1e-9) & (cells["fitted"] < 1 - 1e-9)]
    slope = float(np.median(np.log(inner["fitted"] / (1 - inner["fitted"])) / inner["x"]))
    # Beyond 8 log-odds all rates are 0 or 1.
    reach = min(float(cells["x"].abs().max()), 8 / abs(slope)) if slope else 1.0
    x = np.linspace(-reach, reach, _POINTS)
    area.plot(x, expit(slope * x), color=TRANSITION, zorder=1)
    for size, held in cells.groupby("size"):
        bars = np.maximum([held["y"] - held["low"], held["high"] - held["y"]], 0)
        style = {**looks[float(str(size))], "linestyle": "none", "markersize": 4}
        label = f"{formula(spec.size)} = {plain(float(str(size)))}"
        area.errorbar(held["x"], held["y"], yerr=bars, elinewidth=0.7, label=label, **style)
    area.set_xlim(-1.05 * reach, 1.05 * reach)


def _collapse_text(rows: pd.DataFrame) -> str:
    p = rows.loc[rows["part"] == parts.COLLAPSE, "y"]
    return f"collapse, {_p(float(p.iloc[0]))}" if len(p) else ""


def scaling_caption(rows: pd.DataFrame, spec: Scaling, success: Success) -> str:
    """Return the caption of a figure of sizes.

    Parameters
    ----------
    rows
        See :func:`genphase.tables.scaling.scaling_rows`.
    spec
        The figure's entry in the sweep file.
    success
        The rule of which trials count as recovered.
    """
    names = list(rows.columns[: rows.columns.get_loc("part")])
    cells = rows[rows["part"] == parts.CELL]
    said = [f"{trials_text(cells['trials'])}; {success_text(success)}."] if len(cells) else []
    said.append(
        "Left: 50 % crossing of each size by logistic regression, 95 % profile-likelihood "
        "interval. The curve is c(L) = c∞ + a L^(-ω), and widths go as L^(-1/ν): fitted to the "
        f"counts of all sizes together, ω within {plain(spec.exponents[0])} and "
        f"{plain(spec.exponents[1])}. Right: all rates, 95 % Wilson intervals, and the master "
        "curve."
    )
    for key, held in rows.groupby(names, sort=False):
        values = {n: v for n, v in zip(names, key, strict=True) if rows[n].nunique() > 1}
        head = describe(values)
        text = _said(held, spec)
        said.append(f"{head}: {text}." if head else f"{text[0].upper()}{text[1:]}.")
    if (rows["part"] == parts.COLLAPSE).any():
        said.append(
            "The p-value of the collapse is that of the power laws against a crossing and a width "
            "of its own at each size (likelihood ratio)."
        )
    return " ".join(said)


def _said(rows: pd.DataFrame, spec: Scaling) -> str:
    """Return what the fit of a panel says."""
    found = {str(part): held.iloc[0] for part, held in rows.groupby("part")}
    if parts.LIMIT not in found:
        return "no fit, which needs three sizes with recovered and failed trials"
    text = [f"c∞ = {_interval(found[parts.LIMIT])}"]
    if parts.exponents_open(rows, spec.exponents):
        text.append("ω is not identified: the trials rule out no exponent within its bounds")
    else:
        least = float(found[parts.OMEGA]["low"]) <= spec.exponents[0]
        slower = ", at its lower bound: a slower decay would move c∞ further" if least else ""
        text.append(f"ω = {_interval(found[parts.OMEGA])}{slower}")
    text.append(f"1/ν = {_interval(found[parts.NU])}")
    for _, row in rows[rows["part"] == parts.OFFSET].iterrows():
        place = rows[(rows["part"] == parts.THEORY) & (rows["of"] == row["of"])]["y"].iloc[0]
        text.append(f"c∞ less that of {row['of']}, {place:.3f}, is {_interval(row)}")
    collapse, lack, dispersion = (
        float(found[name]["y"]) for name in (parts.COLLAPSE, parts.LACK, parts.DISPERSION)
    )
    text.append(f"collapse {_p(collapse)}")
    widened = f", variances are widened by {dispersion:.2g}" if dispersion > 1 else ""
    text.append(f"lack of fit {_p(lack)}{widened}")
    return "; ".join(text)


def _interval(row: pd.Series) -> str:
    y, low, high = (_number(float(row[name])) for name in ("y", "low", "high"))
    return f"{y} [{low}, {high}]"


def _number(value: float) -> str:
    if not np.isfinite(value):
        return "∞" if value > 0 else "-∞" if value < 0 else "NaN"
    return tidy(f"{value:.3g}") if abs(value) >= 0.1 else f"{value:.3f}"


def _p(value: float) -> str:
    if np.isnan(value):
        return "p unknown"
    return "p < 0.001" if value < 0.001 else f"p = {value:.2g}"
