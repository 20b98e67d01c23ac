"""Checks of a sweep that span several keys: symbols, axes, solvers, figures."""

import re
from collections import Counter
from collections.abc import Iterator
from keyword import iskeyword

from genphase.sweep.catalogue import FITS, MEASURED, SPIKED, WITH_M, solvers_for
from genphase.sweep.errors import Mistake, did_you_mean
from genphase.sweep.expressions import CONSTANTS, FUNCTIONS, Expression
from genphase.sweep.models import Curve, Figure, LeakyRelu, Noise, Portrait, Repeated, Sweep

# Columns of the result files that an axis must not overwrite, and symbols with another meaning:
# the layer i of a network's widths, and the x of a curve.
RESERVED = (
    "cell", "solver", "widths", "trial", "trials", "status", "iterations", "negations",
    "latent_error", "signal_error", "latent_norm", "signal_norm", "objective", "gradient_norm",
    "draw_seconds", "solve_seconds", "recovered", "rate", "rate_low", "rate_high", "capped",
    "diverged", "along", "position", "crossing", "crossing_low", "crossing_high", "method",
    "points", "i", "x",
)  # fmt: skip
_STATISTICS = ("_median", "_mean", "_q25", "_q75")

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]*")
_LAYER = re.compile(r"n[1-9][0-9]*")
# Stands for all layers among the symbols.
_LAYERS = "n1, n2, ..."


def check(sweep: Sweep) -> list[Mistake]:
    """Return what is wrong with a sweep whose keys are each right on their own."""
    mistakes = [*_axes(sweep), *_problem(sweep), *_solvers(sweep), *_symbols(sweep)]
    mistakes += [*_unused_axes(sweep), *_figures(sweep)]
    return mistakes


def list_axes(sweep: Sweep) -> set[str]:
    """Return the names of the axes whose values are width lists."""
    return {name for name, values in sweep.axes.items() if isinstance(values[0], tuple)}


def _axes(sweep: Sweep) -> Iterator[Mistake]:
    for name in sweep.axes:
        key = f"axes.{name}"
        if not name.isidentifier() or iskeyword(name):
            yield Mistake(key, f"{name!r} is not a name", "use letters, digits and _")
        elif name in (*RESERVED, *FUNCTIONS, *CONSTANTS) or name.endswith(_STATISTICS):
            yield Mistake(
                key,
                f"{name!r} is taken by a result column, a function or a symbol",
                "rename the axis",
            )


def _problem(sweep: Sweep) -> Iterator[Mistake]:
    has_m = sweep.m is not None or "m" in sweep.axes
    if "k" not in sweep.axes and sweep.k is None:
        yield Mistake("k", "the latent dimension is not given", "add an axis k, or `k: 20`")
    for name, value in (("k", sweep.k), ("m", sweep.m)):
        if name in sweep.axes and value is not None:
            yield Mistake(
                name,
                f"{name}: {value.text} is given, but {name} is also an axis",
                f"remove the key {name} or the axis {name}",
            )
    identity = sweep.measurements == "identity"
    if sweep.problem in MEASURED and identity:
        if has_m:
            yield Mistake("m", "measurements: identity has m = n", "remove m")
    elif sweep.problem in WITH_M:
        if not has_m:
            what = "measurements" if sweep.problem in MEASURED else "samples (rows of Y)"
            yield Mistake("m", f"the number of {what} is missing", "add an axis m, or `m: 300`")
    elif has_m:
        key = "m" if sweep.m is not None else "axes.m"
        yield Mistake(
            key,
            f"{sweep.problem} observes the whole signal and has no m",
            f"remove m, or choose problem: {' or '.join(WITH_M)}",
        )
    if sweep.problem not in MEASURED and "measurements" in sweep.model_fields_set and not identity:
        yield Mistake(
            "measurements",
            f"{sweep.problem} has no measurement matrix",
            f"remove the key, or choose problem: {' or '.join(MEASURED)}",
        )
    if sweep.problem in SPIKED and isinstance(sweep.noise, Noise):
        level = "ν" if sweep.problem == "spiked_wigner" else "σ"
        yield Mistake(
            "noise", f"{sweep.problem} has one law of noise", f"write a number, its level {level}"
        )


def _solvers(sweep: Sweep) -> Iterator[Mistake]:
    labels: set[str] = set()
    for i, solver in enumerate(sweep.solvers):
        if sweep.problem not in FITS[solver.name]:
            yield Mistake(
                f"solvers[{i}].name",
                f"{solver.name!r} does not fit problem {sweep.problem!r}",
                f"solvers that fit: {', '.join(solvers_for(sweep.problem))}",
            )
        label = solver.label or solver.name
        if label in labels:
            yield Mistake(
                f"solvers[{i}]",
                f"two solvers are called {label!r}",
                "give one of them a `label`",
            )
        labels.add(label)


def _expressions(sweep: Sweep) -> Iterator[tuple[str, Expression, set[str]]]:
    """Yield every expression that makes a cell: its key, itself, the symbols that it may use."""
    symbols = set(sweep.axes)
    if sweep.k is not None:
        yield "k", sweep.k, symbols
    symbols = symbols | {"k"}
    widths = sweep.network.widths
    if isinstance(widths, list):
        for i, width in enumerate(widths):
            yield f"network.widths[{i}]", width, symbols
    elif isinstance(widths, Repeated):
        yield "network.widths.depth", widths.depth, symbols
        yield "network.widths.width", widths.width, symbols | {"i", "d"}
    symbols = symbols | {"n", "d", _LAYERS}
    if sweep.m is not None:
        yield "m", sweep.m, symbols
    symbols = symbols | {"m"}
    if isinstance(sweep.network.activation, LeakyRelu):
        yield "network.activation.leaky_relu", sweep.network.activation.leaky_relu, symbols
    if isinstance(sweep.noise, Noise):
        law, level = sweep.noise.law()
        yield f"noise.{law}", level, symbols
    else:
        yield "noise", sweep.noise, symbols
    if not isinstance(sweep.start, str):
        yield "start.gaussian", sweep.start.gaussian, symbols
    for i, solver in enumerate(sweep.solvers):
        yield f"solvers[{i}].step", solver.step, symbols
        yield f"solvers[{i}].max_iter", solver.max_iter, symbols
        yield f"solvers[{i}].stop.relative_change", solver.stop.relative_change, symbols
        yield f"solvers[{i}].stop.gradient_norm", solver.stop.gradient_norm, symbols
    if sweep.where is not None:
        yield "where", sweep.where, symbols


def _unknown(key: str, expression: Expression, symbols: set[str]) -> Iterator[Mistake]:
    for name in sorted(expression.symbols - symbols):
        if not (_LAYERS in symbols and _LAYER.fullmatch(name)):
            yield Mistake(
                key,
                f"unknown symbol {name!r} in {expression.text!r}",
                did_you_mean(name, sorted(symbols)),
            )


def _symbols(sweep: Sweep) -> Iterator[Mistake]:
    lists = list_axes(sweep)
    if isinstance(sweep.network.widths, str) and sweep.network.widths not in lists:
        yield Mistake(
            "network.widths",
            f"{sweep.network.widths!r} is not an axis of width lists",
            "write a list such as [n, n], or name an axis such as "
            "architecture: [[700, 600], [150, 700, 600]]",
        )
    for key, expression, symbols in _expressions(sweep):
        yield from _unknown(key, expression, symbols)
        for name in sorted(expression.symbols & lists):
            yield Mistake(
                key,
                f"{name!r} is an axis of width lists, not of numbers",
                "use d, n, or n1, n2, ... of the network",
            )


def _unused_axes(sweep: Sweep) -> Iterator[Mistake]:
    used = {"k", "m"}
    for key, expression, _ in _expressions(sweep):
        if key != "where":
            used |= expression.symbols
    if isinstance(sweep.network.widths, str):
        used.add(sweep.network.widths)
    for name in sweep.axes:
        if name not in used and name.isidentifier():
            yield Mistake(
                f"axes.{name}",
                f"nothing depends on the axis {name!r}",
                f"use it in a key, such as `noise: {name}`, or remove it",
            )


def _figures(sweep: Sweep) -> Iterator[Mistake]:
    numeric = [name for name in sweep.axes if name not in list_axes(sweep)]
    if sweep.transition is not None and sweep.transition.along not in numeric:
        yield Mistake(
            "transition.along",
            f"{sweep.transition.along!r} is not an axis of numbers",
            did_you_mean(sweep.transition.along, numeric),
        )
    for name, figure in sweep.figures.items():
        if not _NAME.fullmatch(name) or name in ("trials", "timings", "cells", "transition"):
            yield Mistake(
                f"figures.{name}",
                f"{name!r} cannot name a figure's file",
                "use letters, digits, _ and -, and no name of a table",
            )
        yield from _figure(f"figures.{name}", figure, sweep, numeric)


def _figure(key: str, figure: Figure, sweep: Sweep, numeric: list[str]) -> Iterator[Mistake]:
    symbols = {*numeric, "k", "m", "n", "d", _LAYERS}
    if isinstance(figure, Portrait):
        for side in ("x", "y"):
            axis = getattr(figure, side)
            if axis not in numeric:
                yield Mistake(
                    f"{key}.{side}",
                    f"{axis!r} is not an axis of numbers",
                    did_you_mean(axis, numeric),
                )
        if figure.x == figure.y:
            yield Mistake(f"{key}.y", f"both sides are {figure.x!r}", "choose two axes")
    else:
        yield from _unknown(f"{key}.x", figure.x, symbols)
        if not figure.x.symbols:
            yield Mistake(
                f"{key}.x", f"{figure.x.text!r} is the same everywhere", "name an axis, or use one"
            )
        count = Counter(figure.series)
        known = [name for name in (*sweep.axes, "solver") if name != figure.x.text]
        for i, series in enumerate(figure.series):
            if count[series] > 1:
                yield Mistake(f"{key}.series[{i}]", f"{series!r} is given twice", "remove one")
            if series not in known:
                yield Mistake(
                    f"{key}.series[{i}]",
                    f"{series!r} is neither another axis nor solver",
                    did_you_mean(series, known),
                )
        symbols |= {"x"}
    for i, overlay in enumerate(figure.overlays):
        side = f"{key}.overlays[{i}].y"
        yield from _unknown(side, overlay.y, symbols)
        if isinstance(figure, Portrait) and figure.y in overlay.y.symbols:
            yield Mistake(
                side,
                f"{figure.y!r} in {overlay.y.text!r} is the figure's y axis",
                f"write the height over {figure.x}",
            )


def transition_axis(sweep: Sweep) -> str | None:
    """Return the axis along which the 50 % crossing is looked for, or None."""
    if sweep.transition is not None:
        return sweep.transition.along
    numeric = [name for name in sweep.axes if name not in list_axes(sweep)]
    for figure in sweep.figures.values():
        if isinstance(figure, Portrait):
            return figure.y
    for figure in sweep.figures.values():
        if isinstance(figure, Curve) and figure.x.text in numeric:
            return str(figure.x.text)
    return numeric[0] if len(numeric) == 1 else None
