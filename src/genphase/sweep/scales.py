"""Checks that need the grid: lines constant in a panel, scales and coordinates that fit."""

from collections.abc import Iterator, Sequence
from typing import Any

from genphase.errors import Mistake
from genphase.sweep.figures import Figure
from genphase.sweep.kinds.base import Lines, Map, Point
from genphase.sweep.models import Sweep
from genphase.sweep.overlays import Line, Theory
from genphase.sweep.transitions import coordinate_mistakes


def scale_mistakes(sweep: Sweep, points: Sequence[Point]) -> Iterator[Mistake]:
    """Yield what is wrong with the figures and the transition of a sweep on its grid."""
    yield from coordinate_mistakes(sweep, points)
    for name, figure in sweep.figures.items():
        key = f"figures.{name}"
        yield from figure.grid_mistakes(key, sweep, points)
        yield from _overlays(key, figure, sweep, points)


def _overlays(key: str, figure: Figure, sweep: Sweep, points: Sequence[Point]) -> Iterator[Mistake]:
    """Check that what an overlay needs is constant in every panel, or along every line."""
    for i, overlay in enumerate(figure.drawn_over):
        at = f"{key}.overlays[{i}]"
        if isinstance(overlay, Line) and isinstance(figure, Map | Lines):
            yield from _line(at, overlay, figure, sweep, points)
        elif isinstance(overlay, Theory):
            yield from _theory(f"{at}.theory", overlay.theory, figure, sweep, points)


def _line(
    key: str, line: Line, figure: Map | Lines, sweep: Sweep, points: Sequence[Point]
) -> Iterator[Mistake]:
    side, expression = ("y", line.y) if line.y is not None else ("x", line.x)
    assert expression is not None
    if isinstance(figure, Map):
        axis, across = figure.x if side == "y" else figure.y, {figure.x, figure.y}
    else:
        axis, across = str(figure.right.text), set(sweep.shown_axes) - set(figure.panels)
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
    key: str, name: str, figure: Figure, sweep: Sweep, points: Sequence[Point]
) -> Iterator[Mistake]:
    """Check that theory is drawn at one depth, and in a curve along one axis."""
    lines = figure.line_axes(sweep.shown_axes)
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
        for axis in sweep.shown_axes if figure.theory_as == "levels" else ():
            values.setdefault((line, axis), set()).add(point[axis])
    varying = [axis for (_, axis), found in values.items() if len(found) > 1]
    varying = list(dict.fromkeys(varying))
    if len(varying) > 1:
        text = f"{name} is drawn along one axis, but {' and '.join(varying)} vary along a line"
        yield Mistake(key, text, "let all but one of them make series or panels")
