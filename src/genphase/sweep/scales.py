"""Checks that need the grid: lines constant in a panel, scales and coordinates that fit."""

from collections.abc import Iterator, Mapping, Sequence
from math import isfinite
from typing import Any

from genphase.errors import BadValue, Mistake
from genphase.language.expressions import Expression
from genphase.sweep.figures import Curve, Gallery, Map, Overlaid, Residuals, Scaling, Trace
from genphase.sweep.gallery import shape_mistakes
from genphase.sweep.models import Sweep
from genphase.sweep.overlays import Line, Theory
from genphase.sweep.transitions import coordinate_mistakes, monotone_mistakes

# Of a limit, how far off it is, and how fast that shrinks.
LEAST_SIZES = 3
# The value of every axis, and of every symbol, at a grid point.
Point = tuple[Mapping[str, Any], Mapping[str, Any]]


def scale_mistakes(sweep: Sweep, points: Sequence[Point]) -> Iterator[Mistake]:
    """Yield what is wrong with the figures and the transition of a sweep on its grid."""
    yield from coordinate_mistakes(sweep, points)
    for name, figure in sweep.figures.items():
        key = f"figures.{name}"
        if isinstance(figure, Map | Residuals):
            yield from _logarithmic(
                f"{key}.x_scale", figure.x_scale, [p[figure.x] for p, _ in points]
            )
            yield from _logarithmic(
                f"{key}.y_scale", figure.y_scale, [p[figure.y] for p, _ in points]
            )
        elif isinstance(figure, Curve):
            yield from _curve(key, figure, points)
        elif isinstance(figure, Scaling):
            yield from _sizes(key, figure, sweep, points)
        elif isinstance(figure, Gallery):
            yield from shape_mistakes(key, figure, sweep, points)
        if isinstance(figure, Overlaid):
            yield from _overlays(key, figure, sweep, points)


def _sizes(key: str, figure: Scaling, sweep: Sweep, points: Sequence[Point]) -> Iterator[Mistake]:
    """Yield what is wrong with the sizes, and with the coordinate along the lines of each."""
    sizes = {point[figure.size] for point, _ in points}
    if min(sizes) <= 0:
        text = f"{figure.size} = {min(sizes)} is no size"
        yield Mistake(f"{key}.size", text, "let it be above 0, or drop it with `where`")
    if len(sizes) < LEAST_SIZES:
        text = f"{len(sizes)} sizes say nothing of how fast an offset shrinks"
        yield Mistake(f"{key}.size", text, f"give the axis {LEAST_SIZES} values or more")
    yield from monotone_mistakes(f"{key}.coordinate", figure.place, figure.x, points)


def _logarithmic(key: str, scale: str, values: Sequence[Any]) -> Iterator[Mistake]:
    if scale == "log" and min(values) <= 0:
        yield Mistake(
            key, f"a log scale cannot show {min(values)}", "write linear, or drop it with `where`"
        )


def _curve(key: str, figure: Curve, points: Sequence[Point]) -> Iterator[Mistake]:
    mistake, values = _values(f"{key}.x", figure.x, points)
    yield from mistake
    if values:
        yield from _logarithmic(f"{key}.x_scale", figure.x_scale, values)
        if figure.fit == "power" and min(values) <= 0:
            yield Mistake(
                f"{key}.fit",
                f"a power law cannot pass {figure.x.text} = {min(values)}",
                "write linear, or drop it with `where`",
            )
    mistake, values = _values(f"{key}.per", figure.per, points)
    yield from mistake
    if values and min(values) <= 0:
        yield Mistake(
            f"{key}.per",
            f"{figure.per.text!r} is {min(values)} at a grid point; {figure.y} is divided by it",
            "let it be above 0 everywhere, or drop the point with `where`",
        )


def _values(
    key: str, expression: Expression, points: Sequence[Point]
) -> tuple[list[Mistake], list[float]]:
    """Return an expression's values at all points, or what is wrong with it there."""
    try:
        values = [expression(symbols) for _, symbols in points]
    except BadValue as error:
        return [Mistake(key, error.text, error.remedy)], []
    except KeyError as error:
        text = f"{expression.text!r} needs {error.args[0]}, which not every network has"
        return [Mistake(key, text, "use n for the last layer")], []
    if not all(isfinite(value) for value in values):
        return [Mistake(key, f"{expression.text!r} is not finite everywhere", "change it")], []
    return [], values


def _overlays(
    key: str, figure: Overlaid, sweep: Sweep, points: Sequence[Point]
) -> Iterator[Mistake]:
    """Check that what an overlay needs is constant in every panel, or along every line."""
    for i, overlay in enumerate(figure.overlays):
        at = f"{key}.overlays[{i}]"
        if isinstance(overlay, Line) and not isinstance(figure, Scaling):
            yield from _line(at, overlay, figure, sweep, points)
        elif isinstance(overlay, Theory):
            yield from _theory(f"{at}.theory", overlay.theory, figure, sweep, points)


def _line(
    key: str, line: Line, figure: Map | Curve | Trace, sweep: Sweep, points: Sequence[Point]
) -> Iterator[Mistake]:
    side, expression = ("y", line.y) if line.y is not None else ("x", line.x)
    assert expression is not None
    if isinstance(figure, Map):
        axis, across = figure.x if side == "y" else figure.y, {figure.x, figure.y}
    else:
        axis, across = str(figure.x.text), set(sweep.shown_axes) - set(figure.panels)
    panels = [name for name in sweep.shown_axes if name not in across]
    for symbol in sorted(expression.symbols - {"x", axis}):
        seen: dict[Any, Any] = {}
        for point, symbols in points:
            value = symbols.get(symbol)
            panel = tuple(point[name] for name in panels)
            if value is None or seen.setdefault(panel, value) != value:
                yield Mistake(
                    f"{key}.{side}",
                    f"{symbol!r} in {expression.text!r} changes within a panel",
                    f"use the {'x' if side == 'y' else 'y'} axis and symbols that are constant",
                )
                break


def _theory(
    key: str, name: str, figure: Overlaid, sweep: Sweep, points: Sequence[Point]
) -> Iterator[Mistake]:
    """Check that theory is drawn at one depth, and in a curve along one axis."""
    if isinstance(figure, Map | Scaling):
        sides = (figure.x, figure.y if isinstance(figure, Map) else figure.size)
        lines = [axis for axis in sweep.shown_axes if axis not in sides]
    else:
        given = figure.series or [axis for axis in sweep.shown_axes if axis not in figure.x.symbols]
        lines = [axis for axis in sweep.shown_axes if axis in (*given, *figure.panels)]
    if name == "omega" and all(symbols["d"] < 2 for _, symbols in points):
        text = "omega is of a theorem about two and more layers, but all networks have d = 1"
        yield Mistake(key, text, "remove it, or draw oracle")
        return
    depths: dict[Any, Any] = {}
    values: dict[Any, Any] = {}
    for point, symbols in points:
        line = tuple(point[axis] for axis in lines)
        if depths.setdefault(line, symbols["d"]) != symbols["d"]:
            text = f"{name} is drawn at one depth d, which changes along a line or in a panel"
            yield Mistake(key, text, "let d make panels or series")
            return
        for axis in sweep.shown_axes if isinstance(figure, Curve) else ():
            values.setdefault((line, axis), set()).add(point[axis])
    varying = [axis for (_, axis), found in values.items() if len(found) > 1]
    varying = list(dict.fromkeys(varying))
    if len(varying) > 1:
        text = f"{name} is drawn along one axis, but {' and '.join(varying)} vary along a line"
        yield Mistake(key, text, "let all but one of them make series or panels")
