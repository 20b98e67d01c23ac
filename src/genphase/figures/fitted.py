"""Fitted lines: drawn thin through the points of their series, told in a legend."""

import math

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from genphase.figures.style import tidy
from genphase.statistics.fits import Fit, on_line

# Tells fits from other lines.
_FIT = "fit"
# Inches of a panel for its points.
PANEL = 1.35
# Inches of a panel's legend: its borders, a line.
_BORDERS, _LINE = 0.14, 0.135


def fit_of(line: pd.DataFrame) -> Fit | None:
    """Return the fit of a series; None where it had too few points."""
    first = line.iloc[0]
    fit = Fit(*(float(first[f"fit_{name}"]) for name in Fit._fields))
    return None if math.isnan(fit.slope) else fit


def fit_text(fit: Fit, kind: str) -> str:
    """Return ``slope 0.51 [0.48, 0.54]``; of a straight line also R²."""
    if kind == "power":
        return f"slope {fit.slope:.2f} [{fit.low:.2f}, {fit.high:.2f}]"
    slope, low, high = map(_three_digits, fit[:3])
    return f"slope {slope} [{low}, {high}], $R^2$ = {fit.r2:.4f}"


def _three_digits(value: float) -> str:
    """Return 0.100 or 1.00e-5; a small or a large number needs no column of zeros."""
    return tidy(f"{value:#.3g}".removesuffix("."))


def draw_fit(area: Axes, line: pd.DataFrame, fit: Fit, kind: str, colour: str) -> None:
    """Draw a fitted line from the first to the last point of its series."""
    ends = float(line["x"].min()), float(line["x"].max())
    x = np.geomspace(*ends, 50) if area.get_xscale() == "log" else np.linspace(*ends, 50)
    # The legend of the whole figure passes over a label that begins with _.
    label = f"_{fit_text(fit, kind)}"
    area.plot(x, on_line(fit, x, kind), color=colour, linewidth=0.8, label=label, gid=_FIT)


def room(lines: int) -> float:
    """Return the inches that a panel's legend takes, from its number of fits."""
    return _BORDERS + _LINE * lines


def draw_fit_legends(areas: list[Axes]) -> None:
    """Tell each panel's fits in a legend of its own, above the highest point of all."""
    fits = [[line for line in area.lines if line.get_gid() == _FIT] for area in areas]
    for area, lines in zip(areas, fits, strict=True):
        if lines:
            area.legend(
                lines,
                [str(line.get_label()).removeprefix("_") for line in lines],
                loc="upper left",
                fontsize=6.5,
                frameon=False,
                handlelength=1.2,
                labelspacing=0.3,
            )
    taken = room(max(map(len, fits)))
    share = taken / (PANEL + taken)
    low, high = areas[0].get_ylim()
    if areas[0].get_yscale() == "log":
        areas[0].set_ylim(low, low * (high / low) ** (1 / (1 - share)))
    else:
        areas[0].set_ylim(low, low + (high - low) / (1 - share))
