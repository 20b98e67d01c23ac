"""Checks of figures against the axes of their sweep."""

import re
from collections.abc import Iterator

from genphase.errors import Mistake, shown
from genphase.sweep.figures import TABLES, Figure
from genphase.sweep.models import Sweep
from genphase.sweep.overlay_checks import overlay_mistakes
from genphase.sweep.symbols import grid_symbols

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
    what = f"{figure.called} are" if figure.called else f"a {figure.kind} is"
    if sweep.methods_key not in figure.of and sweep.measure:
        text = f"{what} of solvers, and this sweep measures"
        remedy = "draw a curve: {kind: curve, x: ...}, or {kind: landscape, x: ..., y: ...}"
        yield Mistake(key, text, remedy)
    elif sweep.methods_key not in figure.of:
        text = f"{what} of what is measured, and this sweep has solvers"
        yield Mistake(key, text, "draw a portrait, or write measure: in place of solvers:")
    else:
        yield from figure.mistakes(key, sweep)
        symbols = {*grid_symbols(sweep), *figure.overlay_symbols}
        yield from overlay_mistakes(key, figure, sweep, symbols)
