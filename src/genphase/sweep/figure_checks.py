"""Checks of figures against the axes of their sweep."""

import re
from collections import Counter
from collections.abc import Iterator

from genphase.errors import Mistake, did_you_mean, shown
from genphase.sweep.figures import (
    HEIGHTS,
    TABLES,
    VALUE,
    Comparison,
    Curve,
    Figure,
    Gallery,
    Landscape,
    Map,
    Portrait,
    Profile,
    Residuals,
    Scaling,
    Shift,
    Trace,
)
from genphase.sweep.gallery import gallery_mistakes
from genphase.sweep.models import Sweep
from genphase.sweep.overlay_checks import overlay_mistakes
from genphase.sweep.shift_checks import shift_mistakes
from genphase.sweep.symbols import LAYERS, name_axes, number_axes, unknown_symbols
from genphase.sweep.transitions import across_axis, transition_axis

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]*")
_LONGEST = 100


def figure_mistakes(sweep: Sweep) -> Iterator[Mistake]:
    """Yield what is wrong with a sweep's figures and its traces."""
    trials = sweep.trials if isinstance(sweep.trials, int) else sweep.trials.at_least
    if sweep.trace is not None and sweep.trace.trials > trials:
        yield Mistake(
            "trace.trials",
            f"{sweep.trace.trials} traced trials of {trials}",
            f"trace at most {trials}, or raise trials",
        )
    seen: dict[str, str] = {}
    for name, figure in sweep.figures.items():
        key = f"figures.{name}"
        other = seen.setdefault(name.lower(), name)
        if other != name:
            text = f"{other!r} and {name!r} differ in capitals only: one file, on some machines"
            yield Mistake(key, text, "rename one of them")
        if len(name) > _LONGEST:
            text = f"{shown(name)} is too long for the name of a file"
            yield Mistake(key, text, f"use at most {_LONGEST} characters")
        elif not _NAME.fullmatch(name) or name.lower() in (*TABLES, "readme", "index"):
            yield Mistake(
                key,
                f"{name!r} cannot name a figure's file",
                f"use letters, digits, _ and -, and no name of a table: {', '.join(TABLES)}",
            )
        yield from _figure(key, figure, sweep)


def _figure(key: str, figure: Figure, sweep: Sweep) -> Iterator[Mistake]:
    if sweep.measure and not isinstance(figure, Curve | Landscape):
        what = {"images": "pictures are", "residuals": "residuals are"}.get(
            figure.kind, f"a {figure.kind} is"
        )
        text = f"{what} of solvers, and this sweep measures"
        remedy = "draw a curve: {kind: curve, x: ...}, or {kind: landscape, x: ..., y: ...}"
        yield Mistake(key, text, remedy)
        return
    if isinstance(figure, Landscape) and not sweep.measure:
        text = "a landscape is of what is measured, and this sweep has solvers"
        yield Mistake(key, text, "draw a portrait, or write measure: in place of solvers:")
        return
    symbols = {*number_axes(sweep), "k", "m", "n", "d", "noise", LAYERS}
    match figure:
        case Portrait() | Comparison() | Landscape():
            yield from _portrait(key, figure, number_axes(sweep))
            yield from overlay_mistakes(key, figure, sweep, symbols)
            if isinstance(figure, Comparison):
                yield from _compared(key, figure, [s.called for s in sweep.solvers])
            if isinstance(figure, Landscape):
                yield from _shown(key, figure, [m.called for m in sweep.measure])
        case Curve():
            yield from unknown_symbols(f"{key}.x", figure.x, symbols, name_axes(sweep))
            if not figure.x.symbols:
                text = f"{figure.x.text!r} is the same everywhere"
                yield Mistake(f"{key}.x", text, "name an axis, or use one")
            yield from unknown_symbols(f"{key}.per", figure.per, symbols)
            known = [*HEIGHTS, *(error.column for error in sweep.all_errors())]
            if sweep.measure:
                yield from _of_values(key, figure)
            elif figure.y not in known:
                remedy = f"{did_you_mean(figure.y, known)}; or add it to `errors`"
                yield Mistake(f"{key}.y", f"{shown(figure.y)} is not recorded", remedy)
            yield from _statistic(key, figure)
            groups = [*sweep.shown_axes, sweep.method_column]
            yield from _groups(key, figure, groups, str(figure.x.text))
            yield from overlay_mistakes(key, figure, sweep, {*symbols, "x"})
        case Trace():
            if sweep.trace is None:
                yield Mistake(
                    key,
                    "a trace draws iterates, but the sweep keeps none",
                    "add `trace: {trials: 1}` to the sweep",
                )
            yield from _groups(key, figure, [*sweep.shown_axes, "solver"], "")
            yield from overlay_mistakes(key, figure, sweep, {*symbols, "x", "iteration"})
        case Residuals():
            yield from _portrait(key, figure, number_axes(sweep))
            yield from _of_regression(key, figure, sweep)
        case Profile():
            yield from _groups(key, figure, [*sweep.shown_axes, "solver"], "")
        case Scaling():
            yield from _scaling(key, figure, number_axes(sweep), symbols)
            yield from overlay_mistakes(key, figure, sweep, symbols)
        case Gallery():
            yield from gallery_mistakes(key, figure, sweep)
        case Shift():
            yield from shift_mistakes(key, figure, sweep)


def _of_regression(key: str, figure: Residuals, sweep: Sweep) -> Iterator[Mistake]:
    """Yield that a map of residuals is not over the axes of the regression."""
    along, across = transition_axis(sweep), across_axis(sweep)
    if None in (along, across):
        text = "residuals are of the regression of a portrait, and this sweep has none"
        yield Mistake(key, text, "write transition: {along: AXIS, across: AXIS}")
    elif {figure.x, figure.y} != {along, across}:
        text = f"the regression is over {along} and {across}, this map over {figure.x}, {figure.y}"
        yield Mistake(key, text, "draw those, or change transition.along and transition.across")


def _portrait(key: str, figure: Map | Residuals, numeric: list[str]) -> Iterator[Mistake]:
    for side in ("x", "y"):
        axis = getattr(figure, side)
        if axis not in numeric:
            yield Mistake(
                f"{key}.{side}", f"{axis!r} is not an axis of numbers", did_you_mean(axis, numeric)
            )
    if figure.x == figure.y:
        yield Mistake(f"{key}.y", f"both sides are {figure.x!r}", "choose two axes")


def _scaling(key: str, figure: Scaling, numeric: list[str], symbols: set[str]) -> Iterator[Mistake]:
    """Yield what is wrong with the axes of a figure of sizes."""
    for side in ("x", "size"):
        axis = getattr(figure, side)
        if axis not in numeric:
            yield Mistake(
                f"{key}.{side}", f"{axis!r} is not an axis of numbers", did_you_mean(axis, numeric)
            )
    if figure.x == figure.size:
        text = f"the rate crosses along {figure.x!r}, and that is the size, too"
        yield Mistake(f"{key}.size", text, "choose two axes")
    yield from unknown_symbols(f"{key}.coordinate", figure.place, symbols)
    if figure.exponents[0] <= 0:
        text = f"exponents: {list(figure.exponents)}, but an offset shrinks by an exponent above 0"
        yield Mistake(f"{key}.exponents", text, "write bounds such as [0.5, 3]")


def _compared(key: str, figure: Comparison, labels: list[str]) -> Iterator[Mistake]:
    """Yield what is wrong with the solvers that a comparison names, or leaves to the sweep."""
    key = f"{key}.solvers"
    if len(labels) < 2:
        text = f"a comparison needs two solvers, but the sweep has only {labels[0]!r}"
        yield Mistake(key, text, "add a solver to the sweep, or remove the figure")
    elif "solvers" not in figure.model_fields_set:
        if len(labels) > 2:
            text = f"the sweep has {len(labels)} solvers, of which a comparison shows two"
            yield Mistake(key, text, f"name two of them: {', '.join(labels)}")
    elif len(figure.solvers) != 2 or len(set(figure.solvers)) < 2:
        text = f"{figure.solvers} are not two different solvers"
        yield Mistake(key, text, f"name two of them: {', '.join(labels)}")
    for i, label in enumerate(figure.solvers):
        if label not in labels:
            text = f"{label!r} is no solver of the sweep"
            yield Mistake(f"{key}[{i}]", text, did_you_mean(label, labels))


def _shown(key: str, figure: Landscape, labels: list[str]) -> Iterator[Mistake]:
    """Yield the quantities that a landscape names and the sweep has not."""
    for i, label in enumerate(figure.measures):
        if label not in labels:
            text = f"{label!r} is not measured in this sweep"
            yield Mistake(f"{key}.measures[{i}]", text, did_you_mean(label, labels))


def _statistic(key: str, figure: Curve) -> Iterator[Mistake]:
    """Yield keys about errors of a curve of the rate, and about means of one of medians."""
    if figure.y != "rate":
        if figure.band == "deviation" and figure.statistic != "mean":
            text = f"band: {figure.band} is that of a mean, but statistic is {figure.statistic}"
            yield Mistake(f"{key}.band", text, "write statistic: mean, or remove the band")
        return
    for name in ("statistic", "band", "over", "per"):
        if name in figure.model_fields_set:
            value = figure.model_dump()[name]
            yield Mistake(
                f"{key}.{name}",
                f"{name}: {value} is about errors, but y is rate",
                "remove it, or draw another y: the rate is that of all trials, with its Wilson "
                "interval",
            )


def _of_values(key: str, figure: Curve) -> Iterator[Mistake]:
    """Yield what is wrong with a curve of a sweep that measures."""
    if figure.y != VALUE:
        text = f"{shown(figure.y)} is not recorded: this sweep measures"
        yield Mistake(f"{key}.y", text, f"write y: {VALUE}, or leave it out")
    if figure.over != "all":
        yield Mistake(f"{key}.over", "no trial is recovered: this sweep measures", "remove it")


def _groups(
    key: str, figure: Curve | Trace | Profile, known: list[str], x: str
) -> Iterator[Mistake]:
    """Yield what is wrong with the names that make series and panels."""
    known = [name for name in known if name != x]
    for kind, names in (("series", figure.series), ("panels", figure.panels)):
        count = Counter(names)
        for i, name in enumerate(names):
            at = f"{key}.{kind}[{i}]"
            if count[name] > 1:
                yield Mistake(at, f"{name!r} is given twice", "remove one")
            if name not in known:
                text = f"{name!r} is neither another axis nor {known[-1]}"
                yield Mistake(at, text, did_you_mean(name, known))
            if kind == "panels" and name in figure.series:
                text = f"{name!r} makes both series and panels"
                yield Mistake(at, text, "remove it from one of them")
