"""Checks of figures against the axes of their sweep."""

import re
from collections import Counter
from collections.abc import Iterator

from genphase.sweep.errors import Mistake, did_you_mean
from genphase.sweep.figures import TABLES, Curve, Figure, Overlay, Portrait, Trace
from genphase.sweep.models import Sweep
from genphase.sweep.symbols import LAYERS, number_axes, unknown_symbols

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]*")


def figure_mistakes(sweep: Sweep) -> Iterator[Mistake]:
    """Yield what is wrong with a sweep's figures and its traces."""
    if sweep.trace is not None and sweep.trace.trials > sweep.trials:
        yield Mistake(
            "trace.trials",
            f"{sweep.trace.trials} traced trials of {sweep.trials}",
            f"trace at most {sweep.trials}, or raise trials",
        )
    for name, figure in sweep.figures.items():
        key = f"figures.{name}"
        if not _NAME.fullmatch(name) or name.lower() in TABLES:
            yield Mistake(
                key,
                f"{name!r} cannot name a figure's file",
                f"use letters, digits, _ and -, and no name of a table: {', '.join(TABLES)}",
            )
        yield from _figure(key, figure, sweep)


def _figure(key: str, figure: Figure, sweep: Sweep) -> Iterator[Mistake]:
    symbols = {*number_axes(sweep), "k", "m", "n", "d", "noise", LAYERS}
    match figure:
        case Portrait():
            yield from _portrait(key, figure, number_axes(sweep))
            yield from _overlays(key, figure.overlays, symbols)
            yield from _no_height(key, figure)
        case Curve():
            yield from unknown_symbols(f"{key}.x", figure.x, symbols)
            if not figure.x.symbols:
                text = f"{figure.x.text!r} is the same everywhere"
                yield Mistake(f"{key}.x", text, "name an axis, or use one")
            yield from unknown_symbols(f"{key}.per", figure.per, symbols)
            yield from _statistic(key, figure)
            yield from _groups(key, figure, [*sweep.axes, "solver"], str(figure.x.text))
            yield from _overlays(key, figure.overlays, {*symbols, "x"})
        case Trace():
            if sweep.trace is None:
                yield Mistake(
                    key,
                    "a trace draws iterates, but the sweep keeps none",
                    "add `trace: {trials: 1}` to the sweep",
                )
            yield from _groups(key, figure, [*sweep.axes, "solver"], "")


def _portrait(key: str, figure: Portrait, numeric: list[str]) -> Iterator[Mistake]:
    for side in ("x", "y"):
        axis = getattr(figure, side)
        if axis not in numeric:
            yield Mistake(
                f"{key}.{side}", f"{axis!r} is not an axis of numbers", did_you_mean(axis, numeric)
            )
    if figure.x == figure.y:
        yield Mistake(f"{key}.y", f"both sides are {figure.x!r}", "choose two axes")


def _overlays(key: str, overlays: list[Overlay], symbols: set[str]) -> Iterator[Mistake]:
    for i, overlay in enumerate(overlays):
        yield from unknown_symbols(f"{key}.overlays[{i}].y", overlay.y, symbols)


def _no_height(key: str, figure: Portrait) -> Iterator[Mistake]:
    for i, overlay in enumerate(figure.overlays):
        if figure.y in overlay.y.symbols:
            yield Mistake(
                f"{key}.overlays[{i}].y",
                f"{figure.y!r} in {overlay.y.text!r} is the figure's y axis",
                f"write the height over {figure.x}",
            )


def _statistic(key: str, figure: Curve) -> Iterator[Mistake]:
    """Yield the keys about errors that a curve of the rate has."""
    if figure.y != "rate":
        return
    for name in ("statistic", "over", "per"):
        if name in figure.model_fields_set:
            value = figure.model_dump()[name]
            yield Mistake(
                f"{key}.{name}",
                f"{name}: {value} is about errors, but y is rate",
                "remove it, or draw another y: the rate is that of all trials, with its Wilson "
                "interval",
            )


def _groups(key: str, figure: Curve | Trace, known: list[str], x: str) -> Iterator[Mistake]:
    """Yield what is wrong with the names that make series and panels."""
    known = [name for name in known if name != x]
    for kind, names in (("series", figure.series), ("panels", figure.panels)):
        count = Counter(names)
        for i, name in enumerate(names):
            at = f"{key}.{kind}[{i}]"
            if count[name] > 1:
                yield Mistake(at, f"{name!r} is given twice", "remove one")
            if name not in known:
                text = f"{name!r} is neither another axis nor solver"
                yield Mistake(at, text, did_you_mean(name, known))
            if kind == "panels" and name in figure.series:
                text = f"{name!r} makes both series and panels"
                yield Mistake(at, text, "remove it from one of them")
