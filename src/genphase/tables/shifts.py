"""By how much transitions shift between the values of an axis, such as one of laws."""

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from genphase.language.expressions import Expression
from genphase.statistics.coordinates import Coordinate
from genphase.statistics.crossings import LEVEL, rises_within
from genphase.statistics.paired import holm
from genphase.statistics.shifts import CrossingProfile, Shifts
from genphase.sweep.kinds.shift import Shift
from genphase.tables.comparison import SIGNIFICANCE

EQUIVALENT, DIFFERENT, BOTH, UNDECIDED = "equivalent", "different", "both", "undecided"
_TRIALS = ("reference_trials", "trials")
COLUMNS = (
    *("along", "crossing_level", "reference", "value"),
    *("reference_crossing", "crossing", "shift", "shift_low", "shift_high"),
    *("p_same", "p_same_holm", "p_equivalent", "p_equivalent_holm", "verdict"),
    *_TRIALS,
)


class Along(NamedTuple):
    """Where a sweep looks for transitions.

    axis : the axis along which the rate crosses.
    level : the rate that is crossed.
    coordinate : an expression over the axes in which the rate is regressed; None for the axis.
    """

    axis: str
    level: float
    coordinate: str | None


def shown_level(levels: Sequence[float]) -> float:
    """Return the level of a sweep that a figure of one shows: the nearest to 50 %."""
    return min(levels, key=lambda level: abs(level - LEVEL))


def shifts(cells: pd.DataFrame, axes: Sequence[str], along: Along, spec: Shift) -> pd.DataFrame:
    """Return the shifts of the crossings, one row per line and value of the compared axis.

    Parameters
    ----------
    cells
        cells.csv.
    axes
        The sweep's axes.
    along
        Where it looks for transitions.
    spec
        The figure's entry in the sweep file.

    Returns
    -------
    DataFrame
        solver and the other axes, the lines; along, crossing_level; reference and value, whose
        lines are compared; reference_crossing and crossing; shift, the second less the first, as a
        share of the first where the figure's shifts are relative; shift_low and shift_high, its
        95 % profile-likelihood interval; p_same, of no difference, p_equivalent, that it is not
        within the margin, both also adjusted for all rows by Holm's method; verdict: equivalent,
        different, both (a difference, within the margin) or undecided, by the adjusted p-values at
        5 %; trials of both lines.
    """
    others = [name for name in axes if name not in (along.axis, spec.axis)]
    natural = None if along.coordinate is None else Expression(along.coordinate)
    rows = []
    for solver, own in cells.groupby("solver", sort=False):
        values = list(own[spec.axis].unique())
        reference = _reference(spec, values)
        lines = own.groupby([*others, spec.axis], sort=False)
        counts = {key: _counts(line, along.axis) for key, line in lines}
        direction = rises_within(counts.values())
        places = dict.fromkeys(key[:-1] for key in counts)
        for place in places:
            if (*place, reference) not in counts:
                continue
            profiles = {}
            for value in values:
                if (found := counts.get((*place, value))) is not None:
                    symbols = dict(zip([*others, spec.axis], (*place, value), strict=True))
                    coordinate = Coordinate(natural, along.axis, symbols, found[0])
                    profiles[value] = CrossingProfile(coordinate, *found, direction, along.level)
            base = profiles.pop(reference)
            for value, profile in profiles.items():
                tested = Shifts(base, profile, spec.relative).tested(spec.margin)
                trials = [int(counts[*place, v][2].sum()) for v in (reference, value)]
                row = {**dict(zip(others, place, strict=True)), "solver": solver}
                row |= {"along": along.axis, "crossing_level": along.level}
                row |= {"reference": reference, "value": value}
                row |= {"reference_crossing": base.crossing, "crossing": profile.crossing}
                row |= tested._asdict() | dict(zip(_TRIALS, trials, strict=True))
                rows.append(row)
    table = pd.DataFrame(rows, columns=["solver", *others, *COLUMNS])
    return table.assign(**_adjusted(table))


def _counts(line: pd.DataFrame, along: str) -> tuple[Any, Any, Any]:
    """Return x, recovered and trials along a line."""
    line = line.sort_values(along)
    x, recovered, trials = (
        line[name].to_numpy(dtype=float) for name in (along, "recovered", "trials")
    )
    return x, recovered, trials


def _reference(spec: Shift, values: Sequence[Any]) -> Any:
    """Return the value that others are compared with, as the table has it."""
    if spec.reference is None:
        return values[0]
    return next(value for value in values if value == spec.reference)


def _adjusted(table: pd.DataFrame) -> dict[str, Any]:
    """Return both p-values, adjusted for the number of rows that have one, and the verdicts."""
    told = table["p_same"].notna()
    found: dict[str, Any] = {}
    for name in ("p_same", "p_equivalent"):
        adjusted = pd.Series(math.nan, index=table.index)
        adjusted[told] = holm(table.loc[told, name])
        found[f"{name}_holm"] = adjusted
    differ = found["p_same_holm"] < SIGNIFICANCE
    alike = found["p_equivalent_holm"] < SIGNIFICANCE
    found["verdict"] = np.select(
        [differ & alike, alike, differ], [BOTH, EQUIVALENT, DIFFERENT], UNDECIDED
    )
    return found
