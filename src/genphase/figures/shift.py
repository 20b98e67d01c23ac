"""The shift: by how much crossings differ between the values of an axis, row by row."""

from collections.abc import Hashable, Mapping
from typing import Any

import matplotlib as mpl
import numpy as np
import pandas as pd

from genphase.figures.given import Given
from genphase.figures.panels import draw_legend_below, fit_to_width
from genphase.figures.style import (
    COLOURS,
    Picture,
    as_text,
    describe,
    new_figure,
    plain,
    set_limits,
    settings,
    success_text,
    trials_text,
    wrapped,
)
from genphase.sweep.kinds.shift import Shift
from genphase.sweep.success import Success
from genphase.tables.comparison import SIGNIFICANCE
from genphase.tables.shifts import (
    BOTH,
    COLUMNS,
    DIFFERENT,
    EQUIVALENT,
    UNDECIDED,
    Along,
    shifts,
    shown_level,
)

# Of a verdict, its mark and what a legend calls it: told apart without colour, too.
_LOOKS: Mapping[str, tuple[dict[str, Any], str]] = {
    EQUIVALENT: ({"marker": "o", "color": COLOURS[3]}, "equivalent"),
    DIFFERENT: ({"marker": "D", "color": COLOURS[1]}, "different"),
    BOTH: ({"marker": "s", "color": COLOURS[2]}, "different, but within the margin"),
    UNDECIDED: ({"marker": "o", "color": "0.45", "markerfacecolor": "white"}, "undecided"),
}
# Inches of a row, and of what is around all of them.
_ROW, _AROUND, _WIDTH = 0.24, 1.6, 5.2
# Letters of a line below the axis.
_LETTERS = 44


def draw(spec: Shift, given: Given) -> tuple[Picture, pd.DataFrame]:
    """Return the picture and the numbers that it shows."""
    lines = given.regressed
    along = Along(lines["along"], shown_level(lines["levels"]), lines["coordinate"])
    numbers = shifts(given.tables["cells"], given.axes, along, spec)
    return draw_shift(numbers, spec, given.rule, given.title), numbers


def draw_shift(table: pd.DataFrame, spec: Shift, success: Success, title: str) -> Picture:
    """Draw shifts, one row per line and value, with their intervals and the margin.

    Parameters
    ----------
    table
        See :func:`genphase.tables.shifts.shifts`.
    spec
        The figure's entry in the sweep file.
    success
        The rule of which trials count as recovered.
    title
        The sweep's title.

    Returns
    -------
    Picture
        Marks tell the verdicts apart; the margin is a grey band around no shift.
    """
    unit = 100.0 if spec.relative else 1.0
    lines = [str(name) for name in table if name not in COLUMNS]
    varying = [name for name in lines if table[name].nunique() > 1]
    # All lines of a value stand together.
    order = {value: i for i, value in enumerate(dict.fromkeys(table["value"]))}
    rows = table.iloc[np.argsort(table["value"].map(order), kind="stable")]
    with mpl.rc_context(settings(spec.style)):
        height = _AROUND + _ROW * max(len(rows), 2)
        figure = new_figure(_WIDTH, height, spec.title or title, spec.style)
        area = figure.subplots()
        margin = unit * spec.margin
        area.axvspan(-margin, margin, color="0.9", linewidth=0, zorder=0)
        area.axvline(0, color="0.6", linewidth=0.8, zorder=1)
        labels, seen = [], set()
        span = _span(rows, unit, margin)
        for place, row in enumerate(rows.to_dict("records")):
            labels.append(_label(spec, row, varying))
            if np.isnan(row["shift"]):
                area.text(
                    0, place, "no crossing on the grid", va="center", ha="center", size="small"
                )
                continue
            look, text = _LOOKS[row["verdict"]]
            low, high = (
                float(np.clip(unit * row[name], -span, span))
                for name in ("shift_low", "shift_high")
            )
            area.plot([low, high], [place, place], color=look["color"], linewidth=1.2)
            label = None if row["verdict"] in seen else text
            seen.add(row["verdict"])
            area.plot(
                unit * row["shift"], place, markersize=5, linestyle="none", label=label, **look
            )
        area.set_yticks(range(len(labels)), labels)
        area.set_ylim(len(rows) - 0.4, -0.6)
        area.set_xlim(-span, span)
        area.set_xlabel(wrapped(as_text(spec.x_label or _x_label(table, spec)), _LETTERS))
        if spec.style.legend != "none":
            draw_legend_below(figure, [area])
        set_limits([area], spec.style)
        fit_to_width(figure, [area], spec.style)
    return Picture(figure, _caption(table, spec, success))


def _span(rows: pd.DataFrame, unit: float, margin: float) -> float:
    """Return how far the figure goes to both sides: an interval without end is cut there."""
    ends = unit * rows[["shift_low", "shift_high"]].to_numpy()
    finite = np.abs(ends[np.isfinite(ends)])
    seen = unit * rows["shift"].abs().max()
    return float(1.1 * max(1.5 * margin, finite.max(initial=0.0), 0.0 if np.isnan(seen) else seen))


def _label(spec: Shift, row: Mapping[Hashable, Any], varying: list[str]) -> str:
    return describe({spec.axis: row["value"], **{name: row[name] for name in varying}})


def _x_label(table: pd.DataFrame, spec: Shift) -> str:
    along = table["along"].iloc[0] if len(table) else ""
    reference = describe({spec.axis: table["reference"].iloc[0]}) if len(table) else ""
    where = f"shift of the crossing in {along} from {reference}"
    return f"{where} (%)" if spec.relative else where


def _caption(table: pd.DataFrame, spec: Shift, success: Success) -> str:
    told = int(table["p_same"].notna().sum())
    margin = f"{plain(100 * spec.margin)} %" if spec.relative else plain(spec.margin)
    percent = f"{100 * SIGNIFICANCE:g} %"
    counts = {name: int((table["verdict"] == name).sum()) for name in _LOOKS}
    level = table["crossing_level"].iloc[0] if len(table) else np.nan
    along = table["along"].iloc[0] if len(table) else ""
    rounded = pd.concat([table["reference_trials"], table["trials"]])
    parts = [
        f"Shifts of the {100 * level:g} % crossing along {along}, "
        + ("as a share of that of the reference, " if spec.relative else "")
        + "with 95 % profile-likelihood intervals, each line with a slope of its own and trials of "
        f"its own; {trials_text(rounded if len(rounded) else 0, 'line')}; {success_text(success)}.",
        f"Different: the likelihood-ratio test of no shift at {percent}; equivalent: two one-sided "
        f"tests that the shift is within ±{margin}, at {percent}, both with Holm's correction for "
        f"{told} rows. Equivalent {counts[EQUIVALENT]}, different {counts[DIFFERENT]}, different "
        f"but within the margin {counts[BOTH]}, undecided {counts[UNDECIDED] - len(table) + told}.",
    ]
    if told < len(table):
        lost = "1 row has" if len(table) - told == 1 else f"{len(table) - told} rows have"
        parts.append(f"{lost} a line that does not cross on the grid.")
    return " ".join(parts)
