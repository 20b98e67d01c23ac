"""The table of a portrait's transitions: what crosses where, how wide, and with what certainty."""

import math
from collections.abc import Sequence
from typing import Any

import pandas as pd

from genphase.statistics.crossings import LEVEL, crossing, rises
from genphase.statistics.exponents import NO_EXPONENT, width_exponent
from genphase.statistics.portraits import Band
from genphase.statistics.responses import LINKS, LOGIT, Response
from genphase.statistics.widths import slopes, width_ends
from genphase.tables.lines import Key, Line, Panel, fitted_panels

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
# Of the response: its link, its asymptotes with their intervals, and the AIC of links.
_RESPONSE = (
    "portrait_link",
    *(f"portrait_{name}{end}" for name in ("floor", "lapse") for end in ("", "_low", "_high")),
    *(f"aic_{link}" for link in LINKS),
)


# The values of the other axes, and a level; what the portrait says there.
_Rows = dict[tuple[Key, float], list[Any]]


def transitions(
    cells: pd.DataFrame,
    axes: Sequence[str],
    along: str | None,
    across: str | None = None,
    levels: Sequence[float] = (LEVEL,),
    coordinate: str | None = None,
    responses: Sequence[Sequence[Any]] = (LOGIT,),
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
    responses
        Link, floor and lapse rate, where None is estimated; of which AIC chooses for each panel.

    Returns
    -------
    DataFrame
        A row per line and level: solver, the other axes, along, crossing_level; of the line alone
        position, crossing, crossing_low, crossing_high, method, points, trials, transition_width,
        transition_width_low, transition_width_high, lack_of_fit; of the whole portrait, at this
        line, portrait_position, portrait_crossing, portrait_low, portrait_high, and portrait_order,
        portrait_lack_of_fit, portrait_dispersion, width_exponent, width_exponent_low,
        width_exponent_high, portrait_link, portrait_floor and portrait_lapse with the ends of their
        intervals, and aic_logit, aic_probit, aic_cloglog.
    """
    names = ["solver", *(name for name in axes if name != along)]
    columns = [*names, "along", "crossing_level", *_CROSSING, *_WIDTH, *_PORTRAIT, *_RESPONSE]
    if along is None:
        return pd.DataFrame(columns=columns)
    asked = [Response(*given) for given in responses]
    found: dict[tuple[str, Key], list[list[Any]]] = {}
    for panel in fitted_panels(cells, names[1:], along, across, coordinate, asked):
        curves, of_panel = _of_panel(panel, levels), _of_response(panel)
        for key, line in panel.lines.items():
            of_line = _of_width(line, panel)
            found[panel.solver, key] = [
                [*_of_line(line, panel, level), *of_line, *curves[key, level], *of_panel]
                for level in levels
            ]
    # By solver, in the order of the cells, whatever the panels.
    rows = [
        [solver, *key, along, level, *row]
        for solver, own in cells.groupby("solver", sort=False)
        for _, *key in own[names].drop_duplicates().itertuples(index=False)
        for level, row in zip(levels, found[str(solver), tuple(key)], strict=True)
    ]
    return pd.DataFrame(rows, columns=columns)


def _of_line(line: Line, panel: Panel, level: float) -> list[Any]:
    """Return where one line crosses a level."""
    counts = line.recovered, line.trials
    found = crossing(line.t, *counts, panel.direction, level, panel.response)
    places = [line.coordinate.back(t) for t in (found.value, found.low, found.high)]
    return [found.position, *places, found.method, len(line.x), int(line.trials.sum())]


def _of_width(line: Line, panel: Panel) -> list[float]:
    """Return how wide the transition of one line is, and whether such a line fits it."""
    way = panel.direction or rises(line.t, line.recovered, line.trials)
    order = slice(None, None, -1 if way < 0 else 1)
    t, recovered, trials = (values[order] for values in (line.t, line.recovered, line.trials))
    fit = slopes((-1 if way < 0 else 1) * t, recovered, trials, panel.response)
    found = []
    for slope in (fit.best, fit.high, fit.low):
        places = way * width_ends(slope, panel.response.link)
        ends = [line.coordinate.back(float(place)) for place in places]
        found.append(abs(ends[1] - ends[0]) if slope.s > 0 else math.inf)
    value, low, high = found if way else (math.nan, 0.0, math.inf)
    return [value if fit.best.s == fit.best.s else math.nan, low, high, fit.lack_of_fit]


def _of_panel(panel: Panel, levels: Sequence[float]) -> _Rows:
    """Return what one regression of a panel says; nothing where too few lines change."""
    if panel.fit is None or panel.sizes is None:
        none = ["none", math.nan, -math.inf, math.inf, *[math.nan] * 3, *NO_EXPONENT]
        return {(key, level): none for key in panel.lines for level in levels}
    number, x, _, recovered, trials = panel.together()
    fit, sizes = panel.fit, panel.sizes[number.astype(int)]
    exponent = width_exponent(x, sizes, recovered, trials, panel.direction, panel.asked)
    of_fit = [fit.order, fit.deviance.chance, fit.dispersion, *exponent]
    return {
        (key, level): [*_of_curve(line, fit.band(i, level), panel.direction), *of_fit]
        for i, (key, line) in enumerate(panel.lines.items())
        for level in levels
    }


def _of_response(panel: Panel) -> list[Any]:
    """Return the link and the asymptotes of a panel, with the AIC of all links."""
    asymptotes: list[float] = []
    for name in ("floor", "lapse"):
        value = getattr(panel.response, name)
        given = getattr(panel.asked, name) is not None
        # Without a regression nothing is known of an asymptote, but for one that is given.
        ends = Band(value, value, value) if given else Band(value, 0.0, 1.0)
        asymptotes += ends if panel.fit is None else panel.fit.asymptote(name)
    return [
        panel.response.link,
        *asymptotes,
        *(panel.aics.get(link, math.nan) for link in LINKS),
    ]


def _of_curve(line: Line, band: Band, direction: int) -> list[Any]:
    """Return where the curve of a portrait passes a line, in the unit of the axis along it."""
    value, low, high = (direction * t for t in band)
    if math.isnan(value):
        return ["unknown", math.nan, -math.inf, math.inf]
    if math.isinf(value):
        return ["never", math.nan, -math.inf, math.inf]
    low, high = min(low, high), max(low, high)
    ends = [line.coordinate.back(low), line.coordinate.back(high)]
    if value < line.t[0]:
        return ["below", math.nan, *ends]
    if value > line.t[-1]:
        return ["above", math.nan, *ends]
    return ["inside", line.coordinate.back(value), *ends]
