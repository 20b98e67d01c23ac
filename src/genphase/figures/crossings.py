"""The transition on a portrait: crossings of its lines, and the curves of the whole portrait."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from genphase.figures.style import TRANSITION, plain, tidy
from genphase.statistics.crossings import LEVEL
from genphase.sweep.kinds.base import Map

_LACKING = 0.05
LINK_NAMES = {"logit": "logistic", "probit": "probit", "cloglog": "complementary log-log"}


def shown_crossings(transition: pd.DataFrame, spec: Map) -> pd.DataFrame:
    """Return the rows of transition.csv that a portrait shows.

    These lie along one of its axes, with a crossing on the grid: of the line, at the level whose
    points are drawn, or of the curve of the whole portrait.
    """
    along = transition["along"].isin([spec.x, spec.y])
    points = (transition["position"] == "inside") & (
        transition["crossing_level"] == main_level(transition)
    )
    return transition[along & (points | _on_curve(transition))]


def draw_crossings(area: Axes, rows: pd.DataFrame, spec: Map) -> None:
    """Draw what `shown_crossings` has for a panel, within its limits."""
    limits = area.get_xlim(), area.get_ylim()
    main = main_level(rows)
    curves = drawn_curves(rows)
    for level in curves:
        curve = level_curve(rows[rows["crossing_level"] == level], spec)
        _draw_curve(area, curve, spec, level, level == main)
    points = rows[(rows["position"] == "inside") & (rows["crossing_level"] == main)]
    if len(points):
        _draw_points(area, points, spec, main, "none" if main in curves else "-")
    area.set_xlim(limits[0])
    area.set_ylim(limits[1])


def crossings_text(panels: Sequence[pd.DataFrame]) -> list[str]:
    """Return what a caption says of the rows that are shown in each panel."""
    rows, parts = pd.concat(panels), []
    main = main_level(rows)
    if ((rows["position"] == "inside") & (rows["crossing_level"] == main)).any():
        parts.append(
            f"{percent(main)} crossing of each line by {regression_text(rows)}, 95 % "
            "profile-likelihood interval."
        )
    curves = pd.concat(
        [
            panel[_on_curve(panel) & panel["crossing_level"].isin(drawn_curves(panel))]
            for panel in panels
        ]
    )
    if len(curves):
        levels = ", ".join(percent(level) for level in sorted(curves["crossing_level"].unique()))
        parts.append(
            f"Curves of {levels} by one regression of each panel, with the 95 % "
            f"profile-likelihood band of {percent(main)}."
        )
    if parts:
        parts += response_text(rows)
    if len(curves):
        lacking = curves[curves["portrait_lack_of_fit"] < _LACKING]
        if len(lacking):
            parts.append(
                "Where the regression does not fit (p < 0.05) the variance of the band is widened, "
                f"by up to {plain(float(lacking['portrait_dispersion'].max().round(2)))}."
            )
    return parts


def regression_text(rows: pd.DataFrame) -> str:
    """Return by which regression rows of transition.csv are: logistic, say."""
    links = [LINK_NAMES[link] for link in rows["portrait_link"].unique()]
    return f"{' or '.join(links)} regression"


def response_text(rows: pd.DataFrame) -> list[str]:
    """Return what a caption says of the links, the floors and the lapse rates of panels."""
    parts = []
    tried = [link for link in LINK_NAMES if rows[f"aic_{link}"].notna().any()]
    if len(tried) > 1:
        best = ", ".join(map(str, rows["portrait_link"].unique()))
        parts.append(
            f"The link is that of the least AIC for each panel, of {', '.join(tried)}: {best}."
        )
    bounded = False
    for name, what in (("floor", "Floor (success by chance)"), ("lapse", "Lapse rate")):
        columns = [f"portrait_{name}{end}" for end in ("", "_low", "_high")]
        values = rows[columns].drop_duplicates()
        if not values.to_numpy().any():
            continue
        bounded = True
        texts = []
        for value, low, high in values.itertuples(index=False):
            ends = "" if low == high else f" ({low:.2g} to {high:.2g})"
            texts.append(f"{tidy(f'{value:.2g}')}{tidy(ends)}")
        parts.append(f"{what}: {', '.join(texts)}.")
    if bounded:
        parts.append("Levels are recovery rates, in which chance and lapses are included.")
    return parts


def main_level(rows: pd.DataFrame) -> float:
    """Return the level whose points and band are drawn: 50 %, or the one nearest to it."""
    levels = rows["crossing_level"].unique()
    return float(min(levels, key=lambda level: abs(level - LEVEL))) if len(levels) else LEVEL


def drawn_curves(rows: pd.DataFrame) -> list[float]:
    """Return the levels whose curves are drawn in a panel: those of more than one point."""
    held = rows[_on_curve(rows)]["crossing_level"].value_counts()
    return sorted(float(level) for level in held.index[held > 1])


def _on_curve(rows: pd.DataFrame) -> "pd.Series[bool]":
    return rows["portrait_position"] == "inside"


def percent(level: float) -> str:
    """Return a rate in percent, as text."""
    return f"{plain(round(100 * level, 6))} %"


def curve_name(level: float, banded: bool) -> str:
    """Return the name of a level's curve, in legends."""
    return f"{percent(level)} curve{', 95 % band' if banded else ''}"


def across_axis(rows: pd.DataFrame, spec: Map) -> str:
    """Return the axis of a portrait that has a crossing at each of its values."""
    return spec.x if rows["along"].iloc[0] == spec.y else spec.y


def level_curve(rows: pd.DataFrame, spec: Map) -> pd.DataFrame:
    """Return a level's curve along the portrait."""
    return rows[_on_curve(rows)].sort_values(across_axis(rows, spec))


def _draw_curve(area: Axes, curve: pd.DataFrame, spec: Map, level: float, main: bool) -> None:
    upwards = curve["along"].iloc[0] == spec.y
    across = curve[across_axis(curve, spec)]
    ends = area.get_ylim() if upwards else area.get_xlim()
    style: dict[str, Any] = {
        "color": TRANSITION,
        "linewidth": 1.5 if main else 0.7,
        "label": curve_name(level, main),
    }
    places = (across, curve["portrait_crossing"])
    area.plot(*(places if upwards else places[::-1]), **style)
    if main:
        low, high = (
            np.clip(curve[f"portrait_{side}"], min(ends), max(ends)) for side in ("low", "high")
        )
        fill = area.fill_between if upwards else area.fill_betweenx
        # An outline: what lies under a band would lose its shade of grey.
        outline: dict[str, Any] = {"facecolor": "none", "edgecolor": TRANSITION}
        fill(across, low, high, linewidth=0.6, linestyle="--", **outline)


def _draw_points(area: Axes, points: pd.DataFrame, spec: Map, level: float, line: str) -> None:
    upwards = points["along"].iloc[0] == spec.y
    across = across_axis(points, spec)
    points = points.sort_values(across)
    low, high = area.get_ylim() if upwards else area.get_xlim()
    value = points["crossing"]
    bars = [
        value - points["crossing_low"].clip(lower=low),
        points["crossing_high"].clip(upper=high) - value,
    ]
    style: dict[str, Any] = {
        "color": TRANSITION,
        "marker": "o",
        "markersize": 2.5,
        "linestyle": line,
        "linewidth": 1.3,
        "elinewidth": 0.8,
        "label": f"{percent(level)} crossing, 95 % interval",
    }
    if upwards:
        area.errorbar(points[across], value, yerr=bars, **style)
    else:
        area.errorbar(value, points[across], xerr=bars, **style)
