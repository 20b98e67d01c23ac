"""What lies over the cells or points of an explorer: crossings, fits, published and theory."""

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from genphase.figures.crossings import (
    across_axis,
    curve_name,
    drawn_curves,
    level_curve,
    main_level,
    percent,
)
from genphase.figures.explorer.packed import numbers
from genphase.figures.explorer.plain import plain_text
from genphase.figures.overlaid import in_view
from genphase.figures.style import TRANSITION
from genphase.sweep.kinds.base import Map

Limits = tuple[float, float]

# Dashes of lines as matplotlib has them, and marks as paths in a square from -1 to 1.
DASHES = {"-": [], "--": [6, 3], "-.": [7, 3, 2, 3], ":": [2, 3]}
SYMBOLS = {
    "o": "M1,0A1,1,0,1,1,-1,0A1,1,0,1,1,1,0Z",
    "s": "M-.85,-.85H.85V.85H-.85Z",
    "^": "M0,-1.05L1,.85H-1Z",
    "D": "M0,-1.15L1.15,0L0,1.15L-1.15,0Z",
    "v": "M0,1.05L1,-.85H-1Z",
    "P": "M-.4,-1H.4V-.4H1V.4H.4V1H-.4V.4H-1V-.4H-.4Z",
    "X": "M-1,-.5L-.5,-1L0,-.5L.5,-1L1,-.5L.5,0L1,.5L.5,1L0,.5L-.5,1L-1,.5L-.5,0Z",
}
# As in the figures of matplotlib: dashes and open marks that no series has first.
_OVERLAID = ("--", "-.", ":", "-")
# The ends of a band, as an outline.
_BAND: dict[str, Any] = {"dash": "--", "width": 0.8}
_OPEN = ("s", "D", "^", "v")


class Over:
    """Lines and points over the marks of a figure, and their entries in the legend.

    Parameters
    ----------
    limits : of x and of y.
    """

    def __init__(self, limits: tuple[Limits, Limits]) -> None:
        self.limits = limits
        self.lines: list[dict[str, Any]] = []
        self.points: list[dict[str, Any]] = []
        self.legend: dict[str, dict[str, Any]] = {}

    def packed(self) -> dict[str, Any]:
        """Return lines and points as JSON has them."""
        return {"lines": self.lines, "points": self.points}

    def line(
        self,
        panel: int,
        x: ArrayLike,
        y: ArrayLike,
        *,
        colour: str,
        dash: str = "-",
        width: float = 1.4,
        label: str = "",
    ) -> None:
        """Add a line through points to a panel."""
        look = {"colour": colour, "dash": DASHES[dash], "width": width}
        places = {"x": numbers(np.asarray(x), 6), "y": numbers(np.asarray(y), 6)}
        self.lines.append({"panel": panel, **look, **places})
        self._explain(label, look)

    def marks(
        self, panel: int, points: pd.DataFrame, *, colour: str, symbol: str, open: bool, label: str
    ) -> None:
        """Add points to a panel, with the bars from x_low to x_high and from y_low to y_high."""
        look = {"colour": colour, "symbol": SYMBOLS[symbol], "open": open}
        places = {name: numbers(points[name], 6) for name in ("x", "y")}
        for axis, limits in zip("xy", self.limits, strict=True):
            for side in ("low", "high"):
                ends = points.get(f"{axis}_{side}", points[axis]).fillna(points[axis])
                places[f"{axis}_{side}"] = numbers(ends.clip(*limits), 6)
        self.points.append({"panel": panel, **look, **places})
        self._explain(label, look)

    def overlays(self, panel: int, overlays: pd.DataFrame, colour: str) -> None:
        """Add what a figure's table of overlays has for a panel."""
        for number, overlay in overlays.groupby("overlay"):
            if not in_view(overlay, *self.limits):
                continue
            place, label = int(str(number)), str(overlay["overlay_label"].iloc[0])
            if overlay["overlay_kind"].iloc[0] == "points":
                points = overlay[["x", "y"]].assign(y_low=overlay["low"], y_high=overlay["high"])
                symbol = _OPEN[place % len(_OPEN)]
                self.marks(panel, points, colour=colour, symbol=symbol, open=True, label=label)
                continue
            dash = _OVERLAID[place % len(_OVERLAID)]
            for _, line in overlay.groupby("overlay_line"):
                self.line(panel, line["x"], line["y"], colour=colour, dash=dash, label=label)

    def crossings(self, panel: int, rows: pd.DataFrame, spec: Map) -> None:
        """Add the crossings of a panel's lines and the curves of the whole portrait."""
        if rows.empty:
            return
        upwards, main = rows["along"].iloc[0] == spec.y, main_level(rows)
        across = across_axis(rows, spec)
        curves = drawn_curves(rows)
        for level in curves:
            curve = level_curve(rows[rows["crossing_level"] == level], spec)
            look: dict[str, Any] = {"width": 1.8, "label": curve_name(level, level == main)}
            lines = {"portrait_crossing": look if level == main else look | {"width": 0.8}}
            if level == main:
                lines |= dict.fromkeys(("portrait_low", "portrait_high"), _BAND)
            for column, drawn in lines.items():
                ends = self.limits[1 if upwards else 0]
                places = [curve[across], curve[column].clip(*ends)]
                x, y = places if upwards else places[::-1]
                self.line(panel, x, y, colour=TRANSITION, **drawn)
        found = rows[(rows["position"] == "inside") & (rows["crossing_level"] == main)]
        found = found.sort_values(across)
        if found.empty:
            return
        along, other = ("y", "x") if upwards else ("x", "y")
        points = pd.DataFrame(
            {
                other: found[across],
                along: found["crossing"],
                f"{along}_low": found["crossing_low"],
                f"{along}_high": found["crossing_high"],
            }
        )
        if main not in curves:
            self.line(panel, points["x"], points["y"], colour=TRANSITION)
        label = f"{percent(main)} crossing, 95 % interval"
        self.marks(panel, points, colour=TRANSITION, symbol="o", open=False, label=label)

    def _explain(self, label: str, look: dict[str, Any]) -> None:
        if label:
            self.legend.setdefault(label, {"label": plain_text(label), **look})


def span(values: Any, scale: str, margin: float) -> Limits:
    """Return the ends of an axis: those of finite values and a margin, a part of their distance."""
    places = np.asarray(values, dtype=float)
    places = places[np.isfinite(places) & ((places > 0) | (scale != "log"))]
    if not len(places):
        return (0.1, 1.0) if scale == "log" else (0.0, 1.0)
    places = np.log(places) if scale == "log" else places
    low, high = places.min(), places.max()
    room = (
        margin * (high - low) if high > low else (0.5 if scale == "log" else 0.5 * (abs(low) or 1))
    )
    low, high = low - room, high + room
    return (
        (float(np.exp(low)), float(np.exp(high))) if scale == "log" else (float(low), float(high))
    )
