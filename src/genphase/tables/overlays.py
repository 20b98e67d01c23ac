"""Overlays as tables: every point of every line and mark that is drawn over a figure.

What a figure's overlays show is computed here, from the grid of its sweep, and only drawn later: a
change of a title, of trials or of the success rule does not compute them again.
"""

import json
import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import islice, takewhile
from typing import Any

import numpy as np
import pandas as pd

from genphase.cells.rows import constant_symbols, row_symbols, varying
from genphase.errors import BadValue
from genphase.language.expressions import Expression
from genphase.sweep.figures import Figure
from genphase.sweep.kinds.base import Lines, Map
from genphase.sweep.models import Sweep
from genphase.sweep.overlay_checks import compared
from genphase.sweep.overlays import (
    LEAST_DEPTH,
    LIMITS,
    InstanceError,
    Line,
    Published,
    Theory,
)
from genphase.sweep.published import Rows, published_points
from genphase.theory.boundaries import boundary, crossings
from genphase.theory.levels import level
from genphase.theory.limits import MARGINS
from genphase.theory.places import near_stationary_lines, stationary
from genphase.theory.sizes import between, ends, from_place, refined, sizes_of, to_place
from genphase.theory.state_evolution import iterates

COLUMNS = (
    *("overlay", "overlay_label", "overlay_kind", "overlay_line", "x", "y", "low", "high"),
    *("overlay_compare", "overlay_about", "overlay_runs", "overlay_se"),
)
# What a published row may say about which trials it is of, beside the columns of the grid.
_SYMBOL = re.compile(r"n[0-9]*|d")
_POINTS = 200
# Pieces of a grid's intervals. A state evolution is smooth, and computed for each k and widths.
_PIECES = {"state_evolution": 2}
# V_1 of an iterate that is exact to rounding.
_ROUNDING = 1e-32

Points = Sequence[Mapping[str, Any]]


def tabulate_overlays(
    grid: pd.DataFrame,
    axes: Sequence[str],
    spec: Figure,
    sweep: Sweep,
    published: Mapping[str, Rows],
) -> pd.DataFrame:
    """Return what is drawn over a figure.

    Parameters
    ----------
    grid
        One row per cell: solver, axes, k, widths, m, noise.
    axes
        The sweep's axes.
    spec
        The figure's entry in the sweep file.
    sweep
        The problem and its laws, for theory.
    published
        The rows of CSV files, by the path that overlays have.

    Returns
    -------
    DataFrame
        A row per point: the columns that make panels (solver and axes); overlay, its place in the
        figure's list; label; kind: line, points, places, whose error bars lie along x, or
        exponent, which is not drawn; line, which of its lines, where it has several or gaps; x, y;
        low and high, the ends of an error bar or NaN. Of published numbers also: compare, what
        they are held against; about, a JSON object of the columns that tell which trials a row is
        about; runs and se, of how many runs it is and its standard error, or NaN.
    """
    names = spec.panel_axes(list(axes))
    if isinstance(spec, Map) and not spec.first_panels:
        # Its panels are of no solver.
        grid = grid.drop_duplicates(list(axes))
    panels = list(grid.groupby(names, sort=False)) if names else [((), grid)]
    found: dict[Any, list[tuple[int, Points]]] = {}
    rows = []
    for key, panel in panels:
        values = dict(zip(names, key, strict=True))
        for i, overlay in enumerate(spec.drawn_over):
            if isinstance(overlay, InstanceError):
                # Of trials, not of the grid: see `with_instance_errors`.
                continue
            if isinstance(overlay, Published):
                known = {str(name) for name in grid if name != "cell"}
                lines = [(0, _published(overlay, spec, published[overlay.csv], values, known))]
            else:
                # The same for all solvers, but for the errors of iterates.
                of_one = spec.theory_as == "iterates"
                place = (i, *(v for name, v in values.items() if of_one or name != "solver"))
                if place not in found:
                    found[place] = list(enumerate(_lines(overlay, spec, axes, grid, panel, sweep)))
                lines = found[place]
            kind = _kind(overlay, spec)
            label = overlay.label or overlay.default_label
            first = {**values, "overlay": i, "overlay_label": label, "overlay_kind": kind}
            first |= {"overlay_compare": "", "overlay_about": ""}
            rows += [
                {**first, "overlay_line": j, **point} for j, points in lines for point in points
            ]
    return pd.DataFrame(rows, columns=[*names, *COLUMNS])


def _lines(
    overlay: Line | Theory,
    spec: Figure,
    axes: Sequence[str],
    grid: pd.DataFrame,
    panel: pd.DataFrame,
    sweep: Sweep,
) -> Iterator[Points]:
    if isinstance(overlay, Line):
        assert isinstance(spec, Map | Lines)
        yield from _expression(overlay, spec, grid, panel, sweep)
    else:
        yield from _THEORY[spec.theory_as](overlay, spec, axes, grid, panel, sweep)


def _in_map(
    overlay: Theory,
    spec: Any,
    axes: Sequence[str],
    grid: pd.DataFrame,
    panel: pd.DataFrame,
    sweep: Sweep,
) -> Iterator[Points]:
    """Yield where recovery ends, as lines over the axes of a map."""
    reach = tuple(_reach(spec, side, grid) for side in ("x", "y"))
    pieces = _PIECES.get(overlay.theory, 8)
    for line in boundary(
        panel, spec, reach, lambda sizes: MARGINS[overlay.theory](sizes, overlay, sweep), pieces
    ):
        yield [{"x": float(x), "y": float(y)} for x, y in line]


def _on_plane(
    overlay: Theory,
    spec: Any,
    axes: Sequence[str],
    grid: pd.DataFrame,
    panel: pd.DataFrame,
    sweep: Sweep,
) -> Iterator[Points]:
    """Yield places in the plane of a landscape, whose axes are along x* and across it."""
    depth = int(row_symbols(panel.iloc[0].to_dict())["d"])
    if overlay.theory == "stationary":
        lines = [stationary(depth)]
    else:
        reach = _reach(spec, "x", grid), _reach(spec, "y", grid)
        lines = near_stationary_lines(depth, overlay.constant, reach)
    for line in lines:
        yield [{"x": float(x), "y": float(y)} for x, y in line]


def _published(
    overlay: Published, spec: Figure, rows: Rows, panel: Mapping[str, Any], known: set[str]
) -> Points:
    """Return the points of a file in one panel; an exponent, which is no point, has no x.

    A row that names a solver is of that solver's panel alone, and so with axes that the overlay
    names as its panels.
    """
    named = {*overlay.panels, *({"solver", "measure"} & set(panel))}
    kept = [
        row
        for row in rows
        if all(
            same(row[name], panel[name])
            for name in named
            if row.get(name) or name in overlay.panels
        )
    ]
    compare = compared(overlay, spec)
    points = []
    for row, point in zip(kept, published_points(overlay, kept), strict=True):
        about = {
            name: value
            for name, value in row.items()
            if value and (name in known or _SYMBOL.fullmatch(name))
        }
        told = {"compare": compare, "about": json.dumps(about, ensure_ascii=False)}
        told |= {key: point.pop(key) for key in ("runs", "se") if key in point}
        points.append(point | {f"overlay_{key}": value for key, value in told.items()})
    return points


def _kind(overlay: Line | Published | Theory, spec: Figure) -> str:
    if not isinstance(overlay, Published):
        return (
            "points" if isinstance(overlay, Theory) and overlay.theory == "stationary" else "line"
        )
    if compared(overlay, spec) == "exponent":
        return "exponent"
    places = isinstance(spec, Lines) and compared(overlay, spec) == "crossing"
    return "places" if places else overlay.kind


def same(text: str, value: Any) -> bool:
    """Return whether a value of a published file is one of the sweep's, to twelve digits."""
    if isinstance(value, str):
        return text.replace(" ", "") == value.replace(" ", "")
    try:
        return math.isclose(float(text), value, rel_tol=1e-11)
    except ValueError:
        return False


def _reach(spec: Map | Lines, side: str, grid: pd.DataFrame) -> tuple[float, float]:
    """Return the ends of a figure's axis, which its panels share."""
    scale = spec.x_scale if side == "x" else spec.y_scale
    if isinstance(spec, Map):
        return ends(sorted(grid[getattr(spec, side)].unique()), scale)
    places = to_place(np.array(_places(spec, grid)), scale)
    low, high = places.min(), places.max()
    margin = 0.02 * (high - low) if high > low else 0.05 * abs(high)
    return float(from_place(low - margin, scale)), float(from_place(high + margin, scale))


def _places(spec: Lines, grid: pd.DataFrame) -> list[float]:
    """Return the x of every cell, to twelve digits, as curves have it."""
    rows = grid.to_dict("records")
    return [float(f"{float(spec.right(row_symbols(row))):.12g}") for row in rows]


def _expression(
    line: Line, spec: Map | Lines, grid: pd.DataFrame, panel: pd.DataFrame, sweep: Sweep
) -> Iterator[Points]:
    """Yield the parts of a line, which has a gap where its expression has no value."""
    across, expression = ("x", line.y) if line.y is not None else ("y", line.x)
    assert expression is not None
    symbols = constant_symbols(panel)
    if isinstance(spec, Map):
        names = [spec.x if across == "x" else spec.y]
        symbols = {name: v for name, v in symbols.items() if name not in (spec.x, spec.y)}
    else:
        names = [str(spec.right.text), "x"]
    if spec.theory_as == "iterates":
        places = _iterations(panel, sweep)
    else:
        scale = spec.x_scale if across == "x" else spec.y_scale
        low, high = to_place(np.array(_reach(spec, across, grid)), scale)
        places = from_place(np.linspace(low, high, _POINTS), scale)
    part: list[dict[str, float]] = []
    for value in places:
        height = _height(expression, {**symbols, **dict.fromkeys(names, float(value))})
        if math.isnan(height):
            if part:
                yield part
            part = []
        else:
            place, other = float(value), height
            part.append({"x": place, "y": other} if across == "x" else {"x": other, "y": place})
    if part:
        yield part


def _iterations(panel: pd.DataFrame, sweep: Sweep) -> Any:
    """Return the iterations at which a trace's lines are computed, spaced evenly in log t."""
    rows = [row_symbols(row) for row in panel.to_dict("records")]
    last = max(int(solver.max_iter(row)) for solver in sweep.solvers for row in rows)
    return np.concatenate([[0.0], np.geomspace(1, max(last, 1), _POINTS - 1)])


def _along_iterations(
    overlay: Theory,
    spec: Any,
    axes: Sequence[str],
    grid: pd.DataFrame,
    panel: pd.DataFrame,
    sweep: Sweep,
) -> Iterator[Points]:
    """Yield √V_1(t) for the sizes of each cell of message passing, those that coincide once."""
    solvers = {solver.called: solver for solver in sweep.solvers}
    wanted = np.unique(np.rint(_iterations(panel, sweep))).astype(int)
    seen = set()
    for row in panel.to_dict("records"):
        method = solvers[row["solver"]].at({str(name): value for name, value in row.items()})
        sizes = row["k"], row["widths"], row["m"]
        if sizes in seen or not method.thing.passes_messages(method.options):
            continue
        seen.add(sizes)
        path = iterates(row["m"], row["k"], json.loads(row["widths"]), sweep.the_problem.channel)
        known = takewhile(lambda v: v > _ROUNDING, islice(path, int(wanted[-1]) + 1))
        errors = np.sqrt(list(known))
        yield [{"x": float(t), "y": float(errors[t])} for t in wanted[wanted < len(errors)]]


def _height(line: Expression, symbols: Mapping[str, Any]) -> float:
    try:
        return float(line(symbols))
    except BadValue:
        return math.nan


def _along_curve(
    overlay: Theory,
    spec: Any,
    axes: Sequence[str],
    grid: pd.DataFrame,
    panel: pd.DataFrame,
    sweep: Sweep,
) -> Iterator[Points]:
    """Yield a theory's line for each series of a curve's panel, those that coincide once."""
    names = spec.series or varying(panel, axes, {*spec.x.symbols, *spec.panels})
    names = [name for name in names if name != "solver"]
    seen: set[Any] = set()
    for _, series in panel.groupby(names, sort=False) if names else [((), panel)]:
        table = pd.DataFrame([row_symbols(row) for row in series.to_dict("records")])
        table = table.assign(x=_places(spec, series)).drop_duplicates("x").sort_values("x")
        depth = int(table["d"].iloc[0])
        if depth < LEAST_DEPTH.get(overlay.theory, 1):
            continue
        # Symbols between grid points; x follows from them.
        places = to_place(table["x"].to_numpy(float), spec.x_scale)
        pieces = max(1, _POINTS // len(places)) if overlay.theory not in _PIECES else 2
        wanted = refined(places, pieces)
        symbols = {
            str(name): between(column.to_numpy(float), places, wanted, spec.x_scale)
            for name, column in table.drop(columns=["x", "d"]).items()
        }
        points = [
            dict(zip(symbols, row, strict=True)) for row in zip(*symbols.values(), strict=True)
        ]
        x = np.array([float(spec.x({**point, "d": depth})) for point in points])
        sizes = sizes_of(symbols, depth)
        if overlay.theory in LIMITS:
            margin = MARGINS[overlay.theory](sizes, overlay, sweep)
            lines = [[(at, 0.0), (at, 1.0)] for at in crossings(x, margin)]
        else:
            per = np.array([float(spec.per({**point, "d": depth})) for point in points])
            height = level(overlay.theory, spec.y, sizes, sweep) / per
            finite = np.isfinite(height)
            lines = [list(zip(x[finite], height[finite], strict=True))]
        for line in lines:
            key = tuple((f"{a:.9g}", f"{b:.9g}") for a, b in line)
            if line and key not in seen:
                seen.add(key)
                yield [{"x": float(a), "y": float(b)} for a, b in line]


def _at_the_largest(
    overlay: Theory,
    spec: Any,
    axes: Sequence[str],
    grid: pd.DataFrame,
    panel: pd.DataFrame,
    sweep: Sweep,
) -> Iterator[Points]:
    """Yield the coordinate at which a limit lies for the largest size of a panel.

    Limits depend on the ratios of sizes, which the largest size has most exactly; they are looked
    for as far beyond both ends of the grid as it is long.
    """
    largest = panel[panel[spec.size] == panel[spec.size].max()].sort_values(spec.x)
    table = pd.DataFrame([row_symbols(row) for row in largest.to_dict("records")])
    depth, x = int(table["d"].iloc[0]), table[spec.x].to_numpy(float)
    wanted = np.linspace(2 * x[0] - x[-1], 2 * x[-1] - x[0], 2 * _POINTS)
    symbols = {
        str(name): between(column.to_numpy(float), x, wanted, "linear")
        for name, column in table.drop(columns="d").items()
    }
    sizes = sizes_of(symbols, depth)
    known = np.minimum(np.minimum(sizes.k, sizes.m), sizes.widths.min(axis=-1)) > 0
    symbols = {name: column[known] for name, column in symbols.items()}
    places = np.array(
        [
            float(spec.place({**dict(zip(symbols, row, strict=True)), "d": depth}))
            for row in zip(*symbols.values(), strict=True)
        ]
    )
    margin = MARGINS[overlay.theory](sizes_of(symbols, depth), overlay, sweep)
    middle = float(np.median(places))
    found = sorted(crossings(places, margin), key=lambda place: abs(place - middle))
    for place in found[:1]:
        yield [{"x": float(largest[spec.size].iloc[0]), "y": place}]


# By what a theory is in a figure, see `FigureSpec.theory_as`: so each `spec` has what is asked.
_THEORY: dict[str, Callable[..., Iterator[Points]]] = {
    "boundary": _in_map,
    "limit": _at_the_largest,
    "levels": _along_curve,
    "iterates": _along_iterations,
    "places": _on_plane,
}
