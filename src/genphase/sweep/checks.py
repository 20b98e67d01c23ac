"""Checks of a sweep that span several keys: symbols, axes, solvers, figures."""

import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from keyword import iskeyword
from typing import Any

import numpy as np
from pydantic import ValidationError

from genphase.decoders import read_network
from genphase.errors import BadValue, Mistake, did_you_mean, mistakes_of, shown
from genphase.images.split import read_split
from genphase.language.expressions import CONSTANTS, FUNCTIONS, Expression
from genphase.language.fields import expression_of
from genphase.parameters import NORMS
from genphase.sweep.adaptive import ByBudget
from genphase.sweep.budget_checks import budget_mistakes
from genphase.sweep.choices import Use, is_reference, option_mistakes
from genphase.sweep.figure_checks import figure_mistakes
from genphase.sweep.models import (
    SEED,
    Images,
    Layers,
    LeakyRelu,
    Method,
    Noise,
    Repeated,
    SecondImages,
    Start,
    Sweep,
    slope_of,
)
from genphase.sweep.refine_checks import refine_mistakes
from genphase.sweep.success import Further, Success
from genphase.sweep.symbols import LAYERS, list_axes, name_axes, unknown_symbols
from genphase.sweep.texts import text_mistakes
from genphase.sweep.transitions import transition_mistakes
from genphase.things import (
    MEASUREMENTS,
    NOISES,
    PROBLEMS,
    RESIDUAL,
    STARTS,
    TARGETS,
    WEIGHTS,
    Accuracy,
    Kind,
)

# Columns of the result files that an axis must not overwrite, and symbols with another meaning:
# the layer i of a network's widths, and the x of a curve.
RESERVED = (
    "cell", "solver", "widths", "trial", "trials", "status", "iterations", "negations",
    "latent_error", "signal_error", "latent_mse", "signal_mse", "latent_norm", "signal_norm",
    "objective", "gradient_norm", "draw_seconds", "solve_seconds", "recovered", "rate", "rate_low",
    "rate_high", "capped", "diverged", "along", "position", "crossing", "crossing_low",
    "crossing_high", "method", "points", "iteration", "y", "low", "high", "cells", "used",
    "fit_slope", "fit_low", "fit_high", "fit_intercept", "fit_r2", "i", "x", "round", "overlay",
    "overlay_label", "overlay_kind", "overlay_line", "first", "second", "pairs", "unpaired", "both",
    "only_first", "only_second", "neither", "rate_first", "rate_second", "difference",
    "difference_low", "difference_high", "p_value", "p_holm", "better", "capped_first",
    "capped_second", "diverged_first", "diverged_second", "crossing_level", "transition_width",
    "transition_width_low", "transition_width_high", "lack_of_fit", "portrait_position",
    "portrait_crossing", "portrait_low", "portrait_high", "portrait_order", "portrait_lack_of_fit",
    "portrait_dispersion", "width_exponent", "width_exponent_low", "width_exponent_high", "per",
    "series", "recovered_first", "recovered_second", "instance", "instances", NORMS,
    "overlay_compare", "overlay_about", "overlay_runs", "overlay_se", "measure", "value", "bound",
    "picture", "shape", "latent", "pixels", "factor_error",
    "portrait_link", "portrait_floor", "portrait_floor_low", "portrait_floor_high",
    "portrait_lapse", "portrait_lapse_low", "portrait_lapse_high", "aic_logit", "aic_probit",
    "aic_cloglog", "fitted", "deviance_residual", "deviance",
    "deviance_expected",
)  # fmt: skip
# Names of numbers of a grid point.
_NUMBER = re.compile("[kmnd]|n[0-9]+|noise")
_STATISTICS = ("_median", "_mean", "_q25", "_q75")


def check(sweep: Sweep) -> list[Mistake]:
    """Return what is wrong with a sweep whose keys are each right on their own."""
    mistakes = [*_axes(sweep), *_laws(sweep), *_problem(sweep), *_methods(sweep), *_symbols(sweep)]
    mistakes += [*_second(sweep), *_activation(sweep), *_start(sweep), *_images(sweep)]
    mistakes += [
        *_errors(sweep),
        *_unused_axes(sweep),
        *figure_mistakes(sweep),
        *transition_mistakes(sweep),
    ]
    mistakes += [*refine_mistakes(sweep), *budget_mistakes(sweep), *text_mistakes(sweep)]
    return mistakes


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
        elif name == SEED and not all(type(v) is int and v >= 0 for v in sweep.axes[name]):
            yield Mistake(key, "a seed is a whole number from 0 on", "write such as [0, 1, 2]")
        elif name in list_axes(sweep) and _NUMBER.fullmatch(name):
            yield Mistake(
                key,
                f"{shown(sweep.axes[name][0])} is a width list, but {name} is a number",
                "write numbers, such as [2, 4], or rename the axis",
            )


def laws(sweep: Sweep) -> list[tuple[str, Any, Kind]]:
    """Return the laws that a sweep chooses: key, what stands there, kind."""
    return [
        # A network from a file has no law of its weights.
        *((f"{at}.weights", net.weights, WEIGHTS) for at, net in sweep.network.all if not net.file),
        ("measurements", sweep.measurements, MEASUREMENTS),
        ("target", sweep.target, TARGETS),
        ("start", sweep.start, STARTS),
        ("noise", sweep.noise, NOISES),
    ]


def _laws(sweep: Sweep) -> Iterator[Mistake]:
    """Yield the laws that are not known, and those of axes."""
    for key, value, kind in laws(sweep):
        if not isinstance(value, str):
            continue
        if value in sweep.axes:
            for i, item in enumerate(sweep.axes[value]):
                yield from _law(f"axes.{value}[{i}]", item, kind)
        else:
            yield from _law(key, value, kind, sorted(name_axes(sweep)))


def _start(sweep: Sweep) -> Iterator[Mistake]:
    """Yield a start near a point that is none of a single ReLU network."""
    if not isinstance(sweep.start, Start) or sweep.start.law()[0] != "near_spurious":
        return
    if sweep.the_problem.codes > 1:
        why = f"{sweep.the_problem.name} has two networks"
    elif sweep.network.activation != "relu":
        why = "these networks have another activation than ReLU"
    else:
        return
    text = f"-ρ_d x* is stationary for one ReLU network, and {why}"
    yield Mistake("start.near_spurious", text, "use near_target, or gaussian")


def _rule_key(success: Success) -> str:
    return "success.use" if success.use else "success.error"


def _asked(sweep: Sweep) -> list[tuple[str, Accuracy]]:
    """Return the errors that a sweep asks for, by their keys."""
    rule = [] if sweep.success is None else [(_rule_key(sweep.success), sweep.success.thing)]
    return rule + [(f"errors[{i}]", further.thing) for i, further in enumerate(sweep.errors)]


def _second(sweep: Sweep) -> Iterator[Mistake]:
    """Yield what is wrong with a second network, and what is about two networks of one kind."""
    problem, network = sweep.the_problem, sweep.network
    if problem.codes == 1 and network.second is not None:
        others = " or ".join(other.name for other in PROBLEMS if other.codes > 1)
        text = f"{problem.name} has one network"
        yield Mistake("network.second", text, f"remove it, or choose problem: {others}")
    if problem.codes == 1 or (network.second is None and not network.file):
        return
    if network.second is not None or _kinds(sweep, network) - {"relu"}:
        for key, thing in _asked(sweep):
            if "depth" in thing.compares:
                text = f"{thing.name} is about two ReLU networks of one depth, without biases"
                yield Mistake(key, text, "use another error, or such networks")
    start = sweep.start.use if isinstance(sweep.start, Use) else sweep.start
    if network.second is None or not isinstance(start, str):
        return
    for name in map(str, sweep.axes.get(start, (start,))):
        # What is wrong with a law is said where it is named.
        with suppress(BadValue):
            law = STARTS.used(name) if is_reference(name) else STARTS[name]
            if "depth" in law.asks_for:
                text = f"{law.name} asks for the depth of both networks, which may differ here"
                yield Mistake("start", text, "use another start, or remove network.second")


def _images(sweep: Sweep) -> Iterator[Mistake]:
    """Yield what is wrong with images as signals, which have no latent code."""
    target = sweep.target
    if not isinstance(target, Images):
        return
    for at, images in target.all:
        yield from _of_source(at, images, sweep)
    problem, why = sweep.the_problem, "an image has no latent code x*"
    if problem.codes > 1 and target.second is None:
        text = f"{problem.name} is about a product of two signals, and one source is given"
        yield Mistake("target", text, "add `second: {images: ...}`, or use a law of latent codes")
    if problem.codes == 1 and target.second is not None:
        text = f"{problem.name} is about one signal"
        others = " or ".join(other.name for other in PROBLEMS if other.codes > 1)
        yield Mistake("target.second", text, f"remove it, or choose problem: {others}")
    if sweep.measure:
        yield Mistake("target.images", "nothing is measured of images", "leave target out")
    if isinstance(sweep.start, Start) and sweep.start.law()[0] != "gaussian":
        yield Mistake("start", f"{why} to start near", "use gaussian")
    if isinstance(sweep.noise, Noise) and NOISES[sweep.noise.law()[0]].asks_for:
        yield Mistake("noise", f"{why} to align the noise with", "use sphere")
    for key, thing in _asked(sweep):
        if {"latent_truth", "path"} & set(thing.compares):
            text = f"{thing.name} compares with x*, and {why}"
            yield Mistake(key, text, "use signal, or another error of the signal")
    for name, figure in sweep.figures.items():
        if getattr(figure, "y", "") in ("latent_error", "latent_mse"):
            yield Mistake(f"figures.{name}.y", why, f"write y: {figure.without_code}")


def _of_source(at: str, target: SecondImages, sweep: Sweep) -> Iterator[Mistake]:
    """Yield that a source of images is missing, or has too few."""
    axis = sweep.axes.get(target.images)
    for key, item in (
        [(f"axes.{target.images}[{i}]", item) for i, item in enumerate(axis)]
        if axis is not None
        else [(f"{at}.images", target.images)]
    ):
        try:
            known = len(read_split(str(item), target.split).pixels)
            every = len(read_split(str(item), "all").pixels)
        except BadValue as error:
            yield Mistake(key, error.text, error.remedy)
            continue
        trials = sweep.trials
        most = trials if isinstance(trials, int) else trials.most
        if target.index is None and most > known:
            of = "" if target.split == "all" else f" of the split {target.split}, {every} in all"
            more = "" if most > every or not of else f", or {at}.split: all"
            text = f"{most} trials, but {item} has {known} images{of}"
            where = "trials.at_most" if isinstance(trials, ByBudget) else "trials"
            yield Mistake(where, text, f"write up to {known}{more}, or {at}.index: 0")


def _law(key: str, value: Any, kind: Kind, axes: Sequence[str] = ()) -> Iterator[Mistake]:
    try:
        thing = kind.used(value) if is_reference(str(value)) else kind[value]
        yield from (mistake._replace(key=key) for mistake in option_mistakes(thing, {}, ()))
    except BadValue as error:
        yield Mistake(key, error.text, f"{error.remedy}{', or an axis' if axes else ''}")


def _problem(sweep: Sweep) -> Iterator[Mistake]:
    problem = sweep.the_problem
    has_m = sweep.m is not None or "m" in sweep.axes
    if "k" not in sweep.axes and sweep.k is None and not sweep.network.file:
        yield Mistake("k", "the latent dimension is not given", "add an axis k, or `k: 20`")
    for name, value in (("k", sweep.k), ("m", sweep.m)):
        if name in sweep.axes and value is not None:
            yield Mistake(
                name,
                f"{name}: {value.text} is given, but {name} is also an axis",
                f"remove the key {name} or the axis {name}",
            )
    identity = sweep.measurements == "identity"
    if problem.measured and identity:
        if has_m:
            yield Mistake("m", "measurements: identity has m = n", "remove m")
    elif problem.m_counts:
        if not has_m:
            yield Mistake(
                "m", f"the number of {problem.m_counts} is missing", "add an axis m, or `m: 300`"
            )
    elif has_m:
        key = "m" if sweep.m is not None else "axes.m"
        others = [other.name for other in PROBLEMS if other.m_counts]
        yield Mistake(
            key,
            f"{problem.name} observes the whole signal and has no m",
            f"remove m, or choose problem: {' or '.join(others)}",
        )
    if not problem.measured and "measurements" in sweep.model_fields_set and not identity:
        others = [other.name for other in PROBLEMS if other.measured]
        yield Mistake(
            "measurements",
            f"{problem.name} has no measurement matrix",
            f"remove the key, or choose problem: {' or '.join(others)}",
        )
    if problem.matrix_noise and isinstance(sweep.noise, Noise):
        yield Mistake(
            "noise",
            f"{problem.name} has one law of noise",
            f"write a number, its level {problem.matrix_noise}",
        )


def _methods(sweep: Sweep) -> Iterator[Mistake]:
    labels: set[str] = set()
    problem = sweep.the_problem
    for i, method in enumerate(sweep.methods):
        key, kind = f"{sweep.methods_key}[{i}]", method.things
        yield from _axis_of_methods(sweep, key, method)
        for axis, chosen in method.choices(sweep.axes):
            at = axis or f"{key}.{'use' if method.use else 'name'}"
            if lacks := chosen.thing.lacks(problem):
                fit = [other.name for other in kind if not other.lacks(problem)]
                yield Mistake(
                    at,
                    f"{chosen.thing.name!r} does not fit problem {problem.name!r}: {lacks}",
                    f"{_SEVERAL[kind.kind]} that fit: {', '.join(fit)}",
                )
            if "relu" in chosen.thing.facts.get("needs", ()):
                yield from _without_relu(sweep, at, chosen.thing.name)
        if method.called in labels:
            yield Mistake(
                key,
                f"two {_SEVERAL[kind.kind]} are called {method.called!r}",
                "give one of them a `label`",
            )
        labels.add(method.called)


# What is said of several things of a kind.
_SEVERAL = {"solver": "solvers", "quantity": "quantities"}


def _without_relu(sweep: Sweep, key: str, name: str) -> Iterator[Mistake]:
    """Yield what is wrong with a quantity of ReLU layers, where the network has others."""
    for _, network in sweep.network.all:
        if others := ", ".join(sorted(_kinds(sweep, network) - {"relu"})):
            text = f"{name} is about ReLU layers without biases, and the network has {others}"
            yield Mistake(key, text, "use such a network, or another quantity")


def _kinds(sweep: Sweep, network: Layers) -> set[str]:
    """Return what layers a network has: names of activations, biases."""
    file, activation = network.file, network.activation
    files = [str(item) for item in sweep.axes.get(file, (file,))] if file else []
    kinds: set[str] = set()
    for item in files:
        # What is wrong with a file is said where it is named.
        with suppress(BadValue):
            net = read_network(item)
            kinds |= {*net.activations} | ({"biases"} if any(map(np.any, net.biases)) else set())
    if not files and isinstance(activation, str):
        kinds = set(map(str, sweep.axes.get(activation, (activation,))))
    elif not files:
        kinds = {"leaky ones"}
    return kinds


def _axis_of_methods(sweep: Sweep, key: str, method: Method) -> Iterator[Mistake]:
    """Yield what is wrong with a solver or quantity of which an axis says what it is."""
    if not method.use_is_axis:
        return
    if method.use not in name_axes(sweep):
        known = did_you_mean(method.use, name_axes(sweep))
        text = f"{method.use!r} is neither a file or module nor an axis of names"
        yield Mistake(f"{key}.use", text, f"write path/to/file.py, or an axis; {known}")
        return
    for j, value in enumerate(sweep.axes[method.use]):
        try:
            method.at({method.use: value})
        except ValidationError as error:
            for mistake in mistakes_of(error, lambda location: ()):
                told = mistake.key in ("use", "name") or mistake.text.startswith(mistake.key)
                where = "" if told else f"{mistake.key}: "
                yield Mistake(f"axes.{method.use}[{j}]", f"{where}{mistake.text}", mistake.remedy)


def _activation(sweep: Sweep) -> Iterator[Mistake]:
    """Yield what is wrong with an activation by name, or with an axis of such."""
    names: dict[str, str] = {}
    for at, network in sweep.network.all:
        activation = network.activation
        if isinstance(activation, str) and activation in sweep.axes:
            axis = enumerate(sweep.axes[activation])
            names |= {f"axes.{activation}[{i}]": str(name) for i, name in axis}
        elif isinstance(activation, str):
            names[f"{at}.activation"] = activation
    for key, name in names.items():
        try:
            slope = slope_of(name)
        except BadValue as error:
            yield Mistake(key, error.text, error.remedy)
            continue
        if not 0 <= slope < 1:
            yield Mistake(key, f"the slope {slope:g} is not within [0, 1)", "use such slopes")


def _errors(sweep: Sweep) -> Iterator[Mistake]:
    """Yield what is wrong with the errors of trials: their columns, and whether they fit."""
    if sweep.success is None:
        return
    seen: dict[str, Any] = {}
    listed: list[tuple[str, Further | Success]] = [
        (f"errors[{i}]", error) for i, error in enumerate(sweep.errors)
    ]
    rule = (_rule_key(sweep.success), sweep.success)
    for key, error in (*listed, rule):
        column = error.column
        recorded = error.thing.facts.get("recorded")
        if key == rule[0]:
            yield from _without_code(key, error.thing, sweep)
        if lacks := error.thing.lacks(sweep.the_problem):
            text = f"the error {error.thing.name} does not fit {sweep.the_problem.name}: {lacks}"
            yield Mistake(key, text, "choose another error")
        if not column.isidentifier() or iskeyword(column):
            yield Mistake(
                key, f"{shown(column)} is not a name", "use a label of letters, digits, _"
            )
        elif column in sweep.axes or (not recorded and _is_taken(column)):
            text = f"{column!r} is taken by an axis, a result column, a function or a symbol"
            yield Mistake(key, text, "give the error a label, or rename the axis")
        if seen.setdefault(column, error.choice) != error.choice:
            text = f"two errors with the column {column!r}"
            yield Mistake(key, text, "give the one in `errors` a label")
        elif key != rule[0] and [other.column for _, other in listed].count(column) > 1:
            yield Mistake(key, f"{column!r} is recorded twice", "remove one of them")


def _without_code(key: str, thing: Accuracy, sweep: Sweep) -> Iterator[Mistake]:
    """Yield a rule about codes, where a solver finds none: none of its trials could recover."""
    if not thing.of_code:
        return
    solvers = [chosen.thing for s in sweep.solvers for _, chosen in s.choices(sweep.axes)]
    for name in dict.fromkeys(solver.name for solver in solvers if not solver.finds_code):
        text = f"{thing.name} is about the code x̂, and {name} recovers a signal without one"
        yield Mistake(key, text, "use signal, or another error of the signal; or another solver")


def _is_taken(name: str) -> bool:
    """Return whether a name is a result column, a function or a symbol."""
    taken = name in (*RESERVED, *FUNCTIONS, *CONSTANTS) or name.endswith(_STATISTICS)
    return taken or bool(_NUMBER.fullmatch(name))


def _expressions(sweep: Sweep) -> Iterator[tuple[str, Expression, set[str]]]:
    """Yield every expression that makes a cell: its key, itself, the symbols that it may use."""
    symbols = set(sweep.axes)
    if sweep.k is not None:
        yield "k", sweep.k, symbols
    symbols = symbols | {"k"}
    yield from _width_expressions("network.widths", sweep.network.widths, symbols)
    symbols = symbols | {"n", "d", LAYERS}
    if (second := sweep.network.second) is not None:
        if second.k is not None:
            yield "network.second.k", second.k, symbols
        yield from _width_expressions("network.second.widths", second.widths, symbols)
    if sweep.m is not None:
        yield "m", sweep.m, symbols
    symbols = symbols | {"m"}
    for at, network in sweep.network.all:
        if isinstance(network.activation, LeakyRelu):
            yield f"{at}.activation.leaky_relu", network.activation.leaky_relu, symbols
    for key, value, kind in laws(sweep):
        if isinstance(value, Use):
            thing = kind.used(value.use)
            for name, option in value.options.items():
                if thing.is_numeric(name):
                    yield f"{key}.{name}", expression_of(option), symbols
    if isinstance(sweep.noise, Use):
        pass
    elif isinstance(sweep.noise, Noise):
        law, level = sweep.noise.law()
        yield f"noise.{law}", level, symbols
    else:
        yield "noise", sweep.noise, symbols
    for at, images in sweep.target.all if isinstance(sweep.target, Images) else ():
        if images.index is not None:
            yield f"{at}.index", images.index, symbols
    if isinstance(sweep.start, Start):
        law, level = sweep.start.law()
        yield f"start.{law}", level, symbols
    for i, method in enumerate(sweep.methods):
        key, of_trial = f"{sweep.methods_key}[{i}]", {NORMS} if sweep.solvers else set()
        _, known = next(method.choices(sweep.axes), (None, None))
        for name, value in method.options.items():
            if known is not None and known.thing.is_numeric(name):
                yield f"{key}.{name}", expression_of(value), symbols | of_trial
    for i, solver in enumerate(sweep.solvers):
        yield f"solvers[{i}].max_iter", solver.max_iter, symbols
        yield f"solvers[{i}].stop.relative_change", solver.stop.relative_change, symbols
        yield f"solvers[{i}].stop.gradient_norm", solver.stop.gradient_norm, symbols
    if sweep.where is not None:
        yield "where", sweep.where, symbols


def _width_expressions(
    key: str, widths: Any, symbols: set[str]
) -> Iterator[tuple[str, Expression, set[str]]]:
    if isinstance(widths, list):
        for i, width in enumerate(widths):
            yield f"{key}[{i}]", width, symbols
    elif isinstance(widths, Repeated):
        yield f"{key}.depth", widths.depth, symbols
        yield f"{key}.width", widths.width, symbols | {"i", "d"}


def _symbols(sweep: Sweep) -> Iterator[Mistake]:
    lists = list_axes(sweep)
    for at, network in sweep.network.all:
        yield from _network_files(sweep, f"{at}.file", network.file)
        if isinstance(network.widths, str) and network.widths not in lists:
            yield Mistake(
                f"{at}.widths",
                f"{network.widths!r} is not an axis of width lists",
                "write a list such as [n, n], or name an axis such as "
                "architecture: [[700, 600], [150, 700, 600]]",
            )
    for key, expression, symbols in _expressions(sweep):
        if NORMS in expression.symbols & symbols and sweep.the_problem.codes > 1:
            text = f"{NORMS} is of one network, and {sweep.the_problem.name} has two"
            yield Mistake(key, text, "write a number, or an expression over the axes")
        yield from unknown_symbols(key, expression, symbols)
        for name in sorted(expression.symbols & name_axes(sweep)):
            yield Mistake(
                key, f"{name!r} is an axis of names, not of numbers", "use an axis of numbers"
            )
        for name in sorted(expression.symbols & lists):
            yield Mistake(
                key,
                f"{name!r} is an axis of width lists, not of numbers",
                "use d, n, or n1, n2, ... of the network",
            )


def _network_files(sweep: Sweep, at: str, file: str) -> Iterator[Mistake]:
    """Yield what is wrong with a network from a file, or from files of an axis."""
    if not file:
        return
    if not (sweep.the_problem.from_file):
        yield Mistake(
            at,
            f"{sweep.the_problem.name} has random networks only",
            "write widths, or choose a problem of least squares",
        )
    measured = sweep.the_problem.measured and sweep.measurements != "identity"
    phaseless = getattr(sweep.the_problem, "channel", "linear") == "phaseless"
    behind = ("absolute" if phaseless else "identity",) if measured else ()
    axis = sweep.axes.get(file)
    for key, item in (
        [(f"axes.{file}[{i}]", item) for i, item in enumerate(axis)]
        if axis is not None
        else [(at, file)]
    ):
        try:
            net = read_network(str(item))
        except BadValue as error:
            yield Mistake(key, error.text, error.remedy)
            continue
        if net.slopes(behind) is not None:
            continue
        names = ", ".join((*net.activations, *behind))
        if isinstance(sweep.target, Images) and net.slopes() is None:
            yield from _not_inverted(sweep, names, str(item))
        for i, solver in enumerate(sweep.solvers):
            for where, chosen in solver.choices(sweep.axes):
                thing = chosen.thing
                if RESIDUAL in thing.needs and "fits" not in thing.facts:
                    yield Mistake(
                        where or f"solvers[{i}]",
                        f"{thing.name} does not know such networks: the activations are {names} "
                        f"({item})",
                        "choose another solver; absolute values may only come last, and slopes are "
                        "0 to 1",
                    )


def _not_inverted(sweep: Sweep, names: str, file: str) -> Iterator[Mistake]:
    """Yield the errors that search in the range of a network which kernels do not know."""
    for key, thing in _asked(sweep):
        if RESIDUAL in thing.facts.get("needs", ()):
            text = f"{thing.name} does not know such networks: the activations are {names} ({file})"
            remedy = "leave it out; absolute values may only come last, and slopes are 0 to 1"
            yield Mistake(key, text, remedy)


def _unused_axes(sweep: Sweep) -> Iterator[Mistake]:
    used = {"k", "m", SEED}
    for key, expression, _ in _expressions(sweep):
        if key != "where":
            used |= expression.symbols
    for _, network in sweep.network.all:
        used |= {network.file}
        used |= {key for key in (network.widths, network.activation) if isinstance(key, str)}
    used |= {value for _, value, _ in laws(sweep) if isinstance(value, str)}
    if isinstance(sweep.target, Images):
        used |= {images.images for _, images in sweep.target.all}
    used |= {method.use for method in sweep.methods}
    for name in sweep.axes:
        if name not in used and name.isidentifier():
            yield Mistake(
                f"axes.{name}",
                f"nothing depends on the axis {name!r}",
                f"use it in a key, such as `noise: {name}`, or remove it",
            )
