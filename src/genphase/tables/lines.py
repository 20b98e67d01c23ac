"""The lines of a grid, its panels, and the regression of each panel."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from genphase.cells.rows import row_symbols
from genphase.language.expressions import Expression
from genphase.statistics.coordinates import Coordinate
from genphase.statistics.crossings import rises_within
from genphase.statistics.likelihood import Floats
from genphase.statistics.portraits import PortraitFit, likeliest_response
from genphase.statistics.responses import LOGIT, Response

# The values of the axes other than that along the lines.
Key = tuple[Any, ...]


class Line(NamedTuple):
    """A line of the grid, sorted: places along it, their coordinate, counts.

    rows : the index of its cells.
    """

    x: Floats
    coordinate: Coordinate
    t: Floats
    recovered: Floats
    trials: Floats
    rows: pd.Index


class Panel(NamedTuple):
    """The lines that one regression is of.

    Attributes
    ----------
    solver : its label.
    lines : by the values of the other axes.
    direction : 1 if the rate rises along them, -1 if it falls, 0 if that cannot be told.
    sizes : (lines,) where the lines lie across; None without such an axis.
    fit : the regression, or None where too few lines change.
    responses : what was asked for: one for each link.
    response : of the fit, with numbers for its asymptotes; of lines too.
    aics : of the links that were tried, where there is a fit.
    """

    solver: str
    lines: Mapping[Key, Line]
    direction: int
    sizes: Floats | None
    fit: PortraitFit | None
    responses: Sequence[Response]
    response: Response
    aics: Mapping[str, float]

    def together(self) -> tuple[Floats, ...]:
        """Return the cells of all lines: number of the line, x, t, recovered, trials."""
        lines = list(self.lines.values())
        number = np.repeat(np.arange(len(lines)), [line.x.size for line in lines])
        columns = ("x", "t", "recovered", "trials")
        return number, *(np.concatenate([getattr(a, name) for a in lines]) for name in columns)

    @property
    def asked(self) -> Response:
        """Return what was asked of the link that was chosen."""
        return next(r for r in self.responses if r.link == self.response.link)


def fitted_panels(
    cells: pd.DataFrame,
    others: Sequence[str],
    along: str,
    across: str | None,
    coordinate: str | None = None,
    responses: Sequence[Response] = (LOGIT,),
) -> Iterator[Panel]:
    """Yield the panels of all solvers with their regressions.

    Parameters
    ----------
    cells
        cells.csv.
    others
        The axes but for `along`.
    along
        The axis along the lines.
    across
        The axis over which a panel's curve is smooth; None for lines alone.
    coordinate
        An expression over the axes in which the rate is regressed; None for `along`.
    responses
        Of which the one with the least AIC is chosen.
    """
    natural = None if coordinate is None else Expression(coordinate)
    for solver, table in cells.groupby("solver", sort=False):
        lines = _lines(table, others, along, natural)
        whole = _direction(lines.values())
        for panel in _panels(lines, others, across):
            # A panel that changes nowhere takes the direction of the others.
            direction = _direction(panel.values()) or whole
            sizes = None
            if across is not None:
                sizes = np.array([float(key[others.index(across)]) for key in panel])
            fixed = Response(responses[0].link, *(a or 0.0 for a in responses[0][1:]))
            begun = Panel(str(solver), panel, direction, sizes, None, responses, fixed, {})
            yield _fitted(begun)


def _fitted(panel: Panel) -> Panel:
    """Return a panel with its regression, and with the response that is likeliest."""
    told = sum(0 < line.recovered.sum() < line.trials.sum() for line in panel.lines.values())
    curve = panel.sizes is not None and told > 1
    choice = len(panel.responses) > 1 or panel.responses[0].tails > 0
    if panel.direction == 0 or told == 0 or not (curve or choice):
        return panel
    number, _, t, recovered, trials = panel.together()
    sizes = panel.sizes if panel.sizes is not None else np.arange(len(panel.lines), dtype=float)
    where = np.log(sizes) if sizes.min() > 0 else sizes
    fit, aics = likeliest_response(
        panel.direction * t, number, where, recovered, trials, panel.responses
    )
    # A fit that is no curve still tells which response its lines have.
    return panel._replace(fit=fit if curve else None, response=fit.response, aics=aics)


def _direction(lines: Iterable[Line]) -> int:
    """Return whether the rate rises along lines, falls, or neither can be told."""
    return rises_within((line.x, line.recovered, line.trials) for line in lines)


def _lines(
    table: pd.DataFrame, others: Sequence[str], along: str, natural: Expression | None
) -> dict[Key, Line]:
    """Return the lines of one solver by the values of the other axes."""
    found = {}
    for key, rows in table.groupby(list(others), sort=False) if others else [((), table)]:
        rows = rows.sort_values(along)
        x, recovered, trials = (
            rows[name].to_numpy(dtype=float) for name in (along, "recovered", "trials")
        )
        values: Key = tuple(key)
        symbols = dict(zip(others, values, strict=True))
        derived = _derived(rows, natural, (*others, along))
        coordinate = Coordinate(natural, along, symbols, x, derived)
        found[values] = Line(x, coordinate, coordinate.at(x), recovered, trials, rows.index)
    return found


def _panels(
    lines: Mapping[Key, Line], others: Sequence[str], across: str | None
) -> list[dict[Key, Line]]:
    """Return the lines of each panel: all that differ in the axis across them only.

    Without such an axis, all lines are one.
    """
    if across is None:
        return [dict(lines)]
    place = others.index(across)
    panels: dict[Key, dict[Key, Line]] = {}
    for key, line in lines.items():
        panels.setdefault(key[:place] + key[place + 1 :], {})[key] = line
    return list(panels.values())


def _derived(
    rows: pd.DataFrame, natural: Expression | None, axes: Sequence[str]
) -> dict[str, Floats]:
    """Return the symbols of a coordinate that are no axes, at each cell of a line."""
    used = sorted(natural.symbols - set(axes)) if natural is not None else []
    if not used:
        return {}
    cells = [row_symbols(row) for row in rows.to_dict("records")]
    return {name: np.array([float(cell[name]) for cell in cells]) for name in used}
