"""The key `transition` of a sweep: its defaults, and its checks against axes and grid."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from math import isfinite
from typing import TYPE_CHECKING, Any

from genphase.errors import BadValue, Mistake, did_you_mean, shown
from genphase.language.expressions import Expression
from genphase.sweep.symbols import LAYERS, number_axes, unknown_symbols

if TYPE_CHECKING:
    from genphase.sweep.models import Sweep, Transition


def transition_axis(sweep: "Sweep") -> str | None:
    """Return the axis along which crossings are looked for, or None."""
    if sweep.transition.along is not None:
        return sweep.transition.along
    numeric = number_axes(sweep)
    for figure in sweep.figures.values():
        if figure.map_axes is not None:
            return figure.map_axes[1]
    for figure in sweep.figures.values():
        if figure.rate_along in numeric:
            return figure.rate_along
    return numeric[0] if len(numeric) == 1 else None


def across_axis(sweep: "Sweep") -> str | None:
    """Return the axis over which the curve of a portrait is smooth, or None."""
    if sweep.transition.across is not None:
        return sweep.transition.across
    along = transition_axis(sweep)
    for figure in sweep.figures.values():
        if figure.map_axes is not None and along in figure.map_axes:
            x, y = figure.map_axes
            return x if along == y else y
    others = [name for name in number_axes(sweep) if name != along]
    return others[0] if len(others) == 1 else None


def transition_mistakes(sweep: "Sweep") -> Iterator[Mistake]:
    """Yield what is wrong with the key `transition`, but for the values of its coordinate."""
    numeric, given = number_axes(sweep), sweep.transition
    for key, name in (("along", given.along), ("across", given.across)):
        if name is not None and name not in numeric:
            text = f"{name!r} is not an axis of numbers"
            yield Mistake(f"transition.{key}", text, did_you_mean(name, numeric))
    along = transition_axis(sweep)
    if given.across is not None and given.across == along:
        text = f"the curve runs along and across {along!r}"
        yield Mistake("transition.across", text, "choose two axes")
    for level, count in Counter(given.levels).items():
        if count > 1:
            yield Mistake("transition.levels", f"{level} is given twice", "list every level once")
    yield from _asymptote_mistakes(given)
    if given.model_fields_set - {"along"} and along is None:
        yield Mistake(
            "transition.along",
            "it is not clear along which axis the rate crosses",
            f"name one: {', '.join(numeric) or 'add an axis of numbers'}",
        )
    if given.coordinate is not None:
        symbols = {*numeric, "k", "m", "n", "d", LAYERS}
        yield from unknown_symbols("transition.coordinate", given.coordinate, symbols)
        used = given.coordinate.symbols
        if along in numeric and along not in used and used <= set(numeric):
            yield Mistake(
                "transition.coordinate",
                f"{given.coordinate.text!r} does not change with {along}",
                f"write an expression with {along} in it, or with k, m or widths that follow it",
            )


def _asymptote_mistakes(given: "Transition") -> Iterator[Mistake]:
    """Yield asymptotes that leave no transition, and levels beyond them."""
    _, floor, lapse = given.responses[0]
    low, high = floor or 0.0, 1 - (lapse or 0.0)
    if low >= high:
        text = f"a floor of {low:g} and a lapse rate of {1 - high:g} leave nothing between them"
        yield Mistake("transition.floor", text, "write smaller ones: their sum is below 1")
        return
    for i, level in enumerate(given.levels):
        if not low < level < high:
            text = f"the rate lies between {low:g} and {high:g}, and never crosses {level:g}"
            remedy = "name a level between floor and 1 - lapse"
            yield Mistake(f"transition.levels[{i}]", text, remedy)


def coordinate_mistakes(
    sweep: "Sweep", points: Sequence[tuple[Mapping[str, Any], Mapping[str, Any]]]
) -> Iterator[Mistake]:
    """Yield the first line of the grid along which the coordinate does not rise or fall.

    Parameters
    ----------
    sweep
        The sweep.
    points
        The values of all axes, and of all symbols, at each grid point.
    """
    coordinate, along = sweep.transition.coordinate, transition_axis(sweep)
    if coordinate is not None and along is not None:
        yield from monotone_mistakes("transition.coordinate", coordinate, along, points)


def monotone_mistakes(
    key: str,
    coordinate: Expression,
    along: str,
    points: Sequence[tuple[Mapping[str, Any], Mapping[str, Any]]],
) -> Iterator[Mistake]:
    """Yield the first line of the grid along which a coordinate does not rise or fall.

    Parameters
    ----------
    key
        Where it stands.
    coordinate
        The expression.
    along
        The axis along the lines.
    points
        The values of all axes, and of all symbols, at each grid point.
    """
    lines: dict[tuple[Any, ...], dict[Any, float]] = {}
    for point, symbols in points:
        line = tuple(value for name, value in point.items() if name != along)
        try:
            value = coordinate(symbols)
        except BadValue as error:
            yield Mistake(key, error.text, error.remedy)
            return
        except KeyError as error:
            text = f"{coordinate.text!r} needs {error.args[0]}, which not every network has"
            yield Mistake(key, text, "use n for the last layer")
            return
        if isinstance(value, bool) or not isfinite(value):
            text = f"{coordinate.text!r} is {shown(value)} at {along} = {point[along]}"
            yield Mistake(key, text, "write arithmetic that is finite on the grid")
            return
        lines.setdefault(line, {})[point[along]] = value
    ways = set()
    for values in lines.values():
        places = sorted(values)
        for low, high in zip(places, places[1:], strict=False):
            ways.add((values[high] > values[low]) - (values[high] < values[low]))
            if len(ways) > 1 or 0 in ways:
                yield Mistake(
                    key,
                    f"{coordinate.text!r} neither rises nor falls with {along} on all of the grid: "
                    f"from {low} to {high} it goes from {values[low]:g} to {values[high]:g}",
                    f"write an expression that is monotone in {along}, such as log({along})",
                )
                return
