"""The table of a portrait's transitions: what crosses where, how wide, and with what certainty."""

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from genphase.cells.rows import row_symbols
from genphase.language.expressions import Expression
from genphase.statistics.coordinates import Coordinate
from genphase.statistics.crossings import LEVEL, crossing, rises, rises_within
from genphase.statistics.exponents import NO_EXPONENT, Exponent, width_exponent
from genphase.statistics.likelihood import Floats
from genphase.statistics.portraits import Band, PortraitFit
from genphase.statistics.widths import slopes, width_ends

_CROSSING = ("position", "crossing", "crossing_low", "crossing_high", "method", "points", "trials")
_WIDTH = (
    *("transition_width", "transition_width_low", "transition_width_high"),
    "lack_of_fit",
)
_PORTRAIT = (
    *("portrait_position", "portrait_crossing", "portrait_low", "portrait_high"),
    *("portrait_order", "portrait_lack_of_fit", "portrait_dispersion"),
    *("width_exponent", "width_exponent_low", "width_exponent_high"),
)


# The values of the other axes, and a level; what the portrait says there.
_Key = tuple[Any, ...]
_Rows = dict[tuple[_Key, float], list[Any]]


class _Line(NamedTuple):
    """A line of the grid, sorted: places along it, their coordinate, counts."""

    x: Floats
    coordinate: Coordinate
    t: Floats
    recovered: Floats
    trials: Floats


def transitions(
    cells: pd.DataFrame,
    axes: Sequence[str],
    along: str | None,
    across: str | None = None,
    levels: Sequence[float] = (LEVEL,),
    coordinate: str | None = None,
) -> pd.DataFrame:
    """Return transition.csv: where the rate crosses levels along one axis.

    Parameters
    ----------
    cells
        cells.csv.
    axes
        The sweep's axes.
    along
        The axis along which the rate crosses; None gives an empty table.
    across
        The axis over which the curve of a whole portrait is smooth; None for lines alone.
    levels
        The rates that are crossed.
    coordinate
        An expression over the symbols of cells, in which the rate is regressed; None for `along`.

    Returns
    -------
    DataFrame
        A row per line and level: solver, the other axes, along, crossing_level; of the line alone
        position, crossing, crossing_low, crossing_high, method, points, trials, transition_width,
        transition_width_low, transition_width_high, lack_of_fit; of the whole portrait, at this
        line, portrait_position, portrait_crossing, portrait_low, portrait_high, and portrait_order,
        portrait_lack_of_fit, portrait_dispersion, width_exponent, width_exponent_low,
        width_exponent_high.
    """
    names = ["solver", *(name for name in axes if name != along)]
    columns = [*names, "along", "crossing_level", *_CROSSING, *_WIDTH, *_PORTRAIT]
    if along is None:
        return pd.DataFrame(columns=columns)
    natural = None if coordinate is None else Expression(coordinate)
    rows = []
    for solver, table in cells.groupby("solver", sort=False):
        lines = _lines(table, names[1:], along, natural)
        panels = _panels(lines, names[1:], across)
        whole = _direction(lines.values())
        directions: dict[_Key, int] = {}
        curves: _Rows = {}
        for panel in panels:
            # A panel that changes nowhere takes the direction of the others.
            direction = _direction(panel.values()) or whole
            directions |= dict.fromkeys(panel, direction)
            curves |= _of_panel(panel, _sizes(panel, names[1:], across), direction, levels)
        for key, line in lines.items():
            direction = directions[key]
            of_line = _of_width(line, direction)
            for level in levels:
                row = [solver, *key, along, level, *_of_line(line, direction, level), *of_line]
                rows.append([*row, *curves[key, level]])
    return pd.DataFrame(rows, columns=columns)


def _direction(lines: Iterable[_Line]) -> int:
    """Return whether the rate rises along lines, falls, or neither can be told."""
    return rises_within((line.x, line.recovered, line.trials) for line in lines)


def _lines(
    table: pd.DataFrame, others: Sequence[str], along: str, natural: Expression | None
) -> dict[_Key, _Line]:
    """Return the lines of one solver by the values of the other axes."""
    found = {}
    for key, rows in table.groupby(list(others), sort=False) if others else [((), table)]:
        rows = rows.sort_values(along)
        x, recovered, trials = (
            rows[name].to_numpy(dtype=float) for name in (along, "recovered", "trials")
        )
        values: _Key = tuple(key)
        symbols = dict(zip(others, values, strict=True))
        derived = _derived(rows, natural, (*others, along))
        coordinate = Coordinate(natural, along, symbols, x, derived)
        found[values] = _Line(x, coordinate, coordinate.at(x), recovered, trials)
    return found


def _derived(
    rows: pd.DataFrame, natural: Expression | None, axes: Sequence[str]
) -> dict[str, Floats]:
    """Return the symbols of a coordinate that are no axes, at each cell of a line."""
    used = sorted(natural.symbols - set(axes)) if natural is not None else []
    if not used:
        return {}
    cells = [row_symbols(row) for row in rows.to_dict("records")]
    return {name: np.array([float(cell[name]) for cell in cells]) for name in used}


def _of_line(line: _Line, direction: int, level: float) -> list[Any]:
    """Return where one line crosses a level."""
    found = crossing(line.t, line.recovered, line.trials, direction, level)
    places = [line.coordinate.back(t) for t in (found.value, found.low, found.high)]
    return [found.position, *places, found.method, len(line.x), int(line.trials.sum())]


def _of_width(line: _Line, direction: int) -> list[float]:
    """Return how wide the transition of one line is, and whether a logistic line fits it."""
    way = direction or rises(line.t, line.recovered, line.trials)
    order = slice(None, None, -1 if way < 0 else 1)
    rising = [values[order] for values in (line.t, line.recovered, line.trials)]
    fit = slopes((-1 if way < 0 else 1) * rising[0], *rising[1:])
    found = []
    for slope in (fit.best, fit.high, fit.low):
        ends = [line.coordinate.back(float(t)) for t in way * width_ends(slope)]
        found.append(abs(ends[1] - ends[0]) if slope.s > 0 else math.inf)
    value, low, high = found if way else (math.nan, 0.0, math.inf)
    return [value if fit.best.s == fit.best.s else math.nan, low, high, fit.lack_of_fit]


def _panels(
    lines: Mapping[_Key, _Line], others: Sequence[str], across: str | None
) -> list[dict[_Key, _Line]]:
    """Return the lines of each panel: all that differ in the axis across them only.

    Without such an axis, all lines are one.
    """
    if across is None:
        return [dict(lines)]
    place = others.index(across)
    panels: dict[_Key, dict[_Key, _Line]] = {}
    for key, line in lines.items():
        panels.setdefault(key[:place] + key[place + 1 :], {})[key] = line
    return list(panels.values())


def _sizes(panel: Iterable[_Key], others: Sequence[str], across: str | None) -> Floats | None:
    """Return where the lines of a panel lie across it."""
    return None if across is None else np.array([float(key[others.index(across)]) for key in panel])


def _of_panel(
    panel: Mapping[_Key, _Line],
    sizes: Floats | None,
    direction: int,
    levels: Sequence[float],
) -> _Rows:
    """Return what one regression of a panel says; nothing where too few lines change."""
    told = [0 < line.recovered.sum() < line.trials.sum() for line in panel.values()]
    if sizes is None or direction == 0 or sum(told) < 2:
        nothing = [math.nan] * 3
        none = ["none", math.nan, -math.inf, math.inf, *nothing, *NO_EXPONENT]
        return {(key, level): none for key in panel for level in levels}
    number = np.repeat(np.arange(len(panel)), [line.x.size for line in panel.values()])
    x, t, recovered, trials = (
        np.concatenate([getattr(line, name) for line in panel.values()])
        for name in ("x", "t", "recovered", "trials")
    )
    where = np.log(sizes) if sizes.min() > 0 else sizes
    fit = PortraitFit(direction * t, number, where, recovered, trials)
    exponent: Exponent = width_exponent(x, sizes[number], recovered, trials, direction)
    of_fit = [fit.order, fit.deviance.chance, fit.dispersion, *exponent]
    return {
        (key, level): [*_of_curve(line, fit.band(i, level), direction), *of_fit]
        for i, (key, line) in enumerate(panel.items())
        for level in levels
    }


def _of_curve(line: _Line, band: Band, direction: int) -> list[Any]:
    """Return where the curve of a portrait passes a line, in the unit of the axis along it."""
    value, low, high = (direction * t for t in band)
    if math.isnan(value):
        return ["unknown", math.nan, -math.inf, math.inf]
    low, high = min(low, high), max(low, high)
    ends = [line.coordinate.back(low), line.coordinate.back(high)]
    if value < line.t[0]:
        return ["below", math.nan, *ends]
    if value > line.t[-1]:
        return ["above", math.nan, *ends]
    return ["inside", line.coordinate.back(value), *ends]
