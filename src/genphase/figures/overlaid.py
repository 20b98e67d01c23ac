"""Overlays: lines and points from their table, drawn over a panel within its limits."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from genphase.figures.style import LINES, as_text

# Open marks, which no series has.
_MARKS = ("s", "D", "^", "v")


def overlay_labels(overlays: pd.DataFrame | None) -> list[str]:
    """Return the labels of overlays that are drawn, each once; an exponent is not."""
    if overlays is None:
        return []
    drawn = overlays[overlays["overlay_kind"] != "exponent"]
    return list(dict.fromkeys(drawn["overlay_label"]))


def draw_overlays(
    area: Axes, overlays: pd.DataFrame | None, panel: Mapping[str, Any], colour: str
) -> None:
    """Draw the overlays of a panel, without changing its limits.

    One that lies wholly outside of the panel is not drawn, and has no entry in the legend.

    Parameters
    ----------
    area
        The axes of the panel.
    overlays
        See :func:`genphase.tables.overlays.tabulate_overlays`; None where there are none.
    panel
        What makes the panel, by column.
    colour
        Of lines.
    """
    if overlays is None:
        return
    limits = area.get_xlim(), area.get_ylim()  # Limits are found when they are asked for.
    area.autoscale(False)
    for name, value in panel.items():
        overlays = overlays[overlays[name] == value]
    for number, overlay in overlays.groupby("overlay"):
        place = int(str(number))
        if overlay["overlay_kind"].iloc[0] == "exponent" or not in_view(overlay, *limits):
            continue
        first = overlay.iloc[0]
        style: dict[str, Any] = {"color": colour}
        if first["overlay_kind"] in ("points", "places"):
            bars, side = None, "y" if first["overlay_kind"] == "points" else "x"
            if overlay["low"].notna().any():
                ends = overlay[side] - overlay["low"], overlay["high"] - overlay[side]
                # Rounded numbers of a paper can have an end on the wrong side.
                bars = np.maximum(np.array(ends, dtype=float), 0)
            mark = _MARKS[place % len(_MARKS)]
            style |= {"linestyle": "none", "marker": mark, "markersize": 4.5, "elinewidth": 0.9}
            style |= {
                "markerfacecolor": "none",
                "label": as_text(first["overlay_label"]),
                "zorder": 3,
            }
            style[f"{side}err"] = bars
            area.errorbar(overlay["x"], overlay["y"], **style)
            continue
        style["linestyle"] = LINES[(place + 1) % len(LINES)]
        for i, (_, line) in enumerate(overlay.groupby("overlay_line")):
            label = as_text(first["overlay_label"]) if i == 0 else None
            area.plot(line["x"], line["y"], label=label, **style)
            if line["low"].notna().any():
                band: dict[str, Any] = {"color": colour, "alpha": 0.15, "linewidth": 0}
                area.fill_between(line["x"], line["low"], line["high"], **band)


def in_view(
    overlay: pd.DataFrame, x_limits: tuple[float, float], y_limits: tuple[float, float]
) -> bool:
    """Return whether some part of an overlay lies within limits."""
    for _, line in overlay.groupby("overlay_line"):
        x, y = line["x"].to_numpy(float), line["y"].to_numpy(float)
        if np.any(
            (x >= x_limits[0]) & (x <= x_limits[1]) & (y >= y_limits[0]) & (y <= y_limits[1])
        ):
            return True
        # A straight piece may pass between points that are outside.
        if line["overlay_kind"].iloc[0] == "line" and len(x) > 1:
            boxes = [
                (np.minimum(v[1:], v[:-1]) <= high) & (np.maximum(v[1:], v[:-1]) >= low)
                for v, (low, high) in ((x, x_limits), (y, y_limits))
            ]
            if np.any(boxes[0] & boxes[1]):
                return True
    return False
