"""Checks of figures that need the grid: lines that are constant in a panel, scales that fit."""

from collections.abc import Iterator, Mapping, Sequence
from math import isfinite
from typing import Any

from genphase.sweep.errors import BadValue, Mistake
from genphase.sweep.models import Curve, Portrait, Sweep

# The value of every axis, and of every symbol, at a grid point.
Point = tuple[Mapping[str, Any], Mapping[str, Any]]


def scale_mistakes(sweep: Sweep, points: Sequence[Point]) -> Iterator[Mistake]:
    """Yield what is wrong with the figures of a sweep on its grid."""
    for name, figure in sweep.figures.items():
        key = f"figures.{name}"
        if isinstance(figure, Portrait):
            yield from _logarithmic(
                f"{key}.x_scale", figure.x_scale, [p[figure.x] for p, _ in points]
            )
            yield from _logarithmic(
                f"{key}.y_scale", figure.y_scale, [p[figure.y] for p, _ in points]
            )
        else:
            yield from _curve(key, figure, points)
        yield from _overlays(key, figure, sweep, points)


def _logarithmic(key: str, scale: str, values: Sequence[Any]) -> Iterator[Mistake]:
    if scale == "log" and min(values) <= 0:
        yield Mistake(
            key, f"a log scale cannot show {min(values)}", "write linear, or drop it with `where`"
        )


def _curve(key: str, figure: Curve, points: Sequence[Point]) -> Iterator[Mistake]:
    try:
        values = [figure.x(symbols) for _, symbols in points]
    except BadValue as error:
        yield Mistake(f"{key}.x", error.text, error.remedy)
        return
    except KeyError as error:
        text = f"{figure.x.text!r} needs {error.args[0]}, which not every network has"
        yield Mistake(f"{key}.x", text, "use n for the last layer")
        return
    if not all(isfinite(value) for value in values):
        yield Mistake(f"{key}.x", f"{figure.x.text!r} is not finite everywhere", "change it")
        return
    yield from _logarithmic(f"{key}.x_scale", figure.x_scale, values)


def _overlays(
    key: str, figure: Portrait | Curve, sweep: Sweep, points: Sequence[Point]
) -> Iterator[Mistake]:
    """Check that what an overlay needs, beside the x axis, is constant in every panel."""
    if isinstance(figure, Portrait):
        x, across = figure.x, {figure.x, figure.y}
    else:
        x, across = str(figure.x.text), set(sweep.axes)
    panels = [axis for axis in sweep.axes if axis not in across]
    for i, overlay in enumerate(figure.overlays):
        for symbol in sorted(overlay.y.symbols - {"x", x}):
            seen: dict[Any, Any] = {}
            for point, symbols in points:
                value = symbols.get(symbol)
                panel = tuple(point[axis] for axis in panels)
                if value is None or seen.setdefault(panel, value) != value:
                    yield Mistake(
                        f"{key}.overlays[{i}].y",
                        f"{symbol!r} in {overlay.y.text!r} changes within a panel",
                        "use the x axis and symbols that are constant",
                    )
                    break
