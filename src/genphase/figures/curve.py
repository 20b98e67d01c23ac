"""The curve: the recovery rate or an error against one axis, one line per series."""

from collections.abc import Sequence

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from genphase.figures.style import (
    COLOURS,
    LINES,
    MARKERS,
    RC,
    axis_label,
    describe,
    draw_overlays,
    new_figure,
    success_text,
    trials_text,
)
from genphase.figures.symbols import constant_symbols, row_symbols
from genphase.sweep.models import Curve, Success

_OVERLAY = "0.45"
# Longer legends stand beside the curves, not among them.
_MAX_INSIDE = 5


def draw_curve(
    cells: pd.DataFrame, axes: Sequence[str], spec: Curve, success: Success, title: str
) -> Figure:
    """Draw a curve.

    Parameters
    ----------
    cells : cells.csv.
    axes : the sweep's axes.

    Returns
    -------
    Figure
        The recovery rate with its 95 % Wilson interval, or the median of an error with its
        quartiles, as a line with a band for each series.
    """
    x = [float(spec.x(row_symbols(row))) for row in cells.to_dict("records")]
    cells = cells.assign(x=x)
    names = spec.series or [
        name
        for name in (*axes, "solver")
        if name not in spec.x.symbols and cells[name].nunique() > 1
    ]
    groups = list(cells.groupby(names, sort=False)) if names else [((), cells)]
    with mpl.rc_context(RC):
        figure, body = new_figure(5.2, 3.6, spec.title or title, _caption(cells, spec, success))
        area = body.subplots()
        for i, (key, line) in enumerate(groups):
            line = line.sort_values("x")
            middle, low, high = _columns(line, spec.y)
            colour = COLOURS[i % len(COLOURS)]
            area.plot(
                line["x"],
                middle,
                color=colour,
                linestyle=LINES[i % len(LINES)],
                # One on where the colours begin again, so that no two lines look the same.
                marker=MARKERS[(i + i // len(COLOURS)) % len(MARKERS)],
                markersize=3.5,
                label=describe(dict(zip(names, key, strict=True))) if names else None,
            )
            area.fill_between(line["x"], low, high, color=colour, alpha=0.15, linewidth=0)
        area.set_xscale(spec.x_scale)
        if any(np.nanmax(line.get_ydata(), initial=0) > 0 for line in area.lines):
            # A log axis is refused where there is nothing to draw on it.
            area.set_yscale(spec.y_scale)
        if spec.y == "rate":
            area.set_ylim(-0.03, 1.03)
            area.axhline(0.5, color="0.8", linewidth=0.8, zorder=0)
        area.margins(x=0.02)
        name = str(spec.x.text)
        draw_overlays(area, spec.overlays, name, constant_symbols(cells), _OVERLAY)
        area.set_xlabel(axis_label(name))
        area.set_ylabel(axis_label(spec.y))
        if names or spec.overlays:
            if len(groups) + len(spec.overlays) > _MAX_INSIDE:
                body.legend(loc="outside right upper", frameon=False)
            else:
                area.legend(frameon=False)
    return figure


def _columns(line: pd.DataFrame, height: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    names = (
        ("rate", "rate_low", "rate_high")
        if height == "rate"
        else (f"{height}_median", f"{height}_q25", f"{height}_q75")
    )
    # Infinite errors, of diverged trials, leave a gap.
    middle, low, high = (line[name].replace([np.inf], np.nan).to_numpy() for name in names)
    return middle, low, high


def _caption(cells: pd.DataFrame, spec: Curve, success: Success) -> str:
    capped, diverged, trials = (int(cells[c].sum()) for c in ("capped", "diverged", "trials"))
    band = (
        f"{success_text(success)}; band: 95 % Wilson interval"
        if spec.y == "rate"
        else "line: median of all trials, band: quartiles"
    )
    return (
        f"{trials_text(cells['trials'])}; {band}. "
        f"Of {trials} trials {capped} capped, {diverged} diverged."
    )
