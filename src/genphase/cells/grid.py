"""Expand a sweep into cells: pure and ordered, the same sweep always gives the same cells."""

import itertools
import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from genphase.decoders import Network as FileNetwork
from genphase.decoders import read_network
from genphase.errors import BadValue, Mistake, SweepError, mistakes_of, shown
from genphase.identity import cell_id, facts_of, numerics
from genphase.images.split import read_split
from genphase.language.axes import AxisValue
from genphase.language.expressions import Expression
from genphase.language.fields import expression_of
from genphase.parameters import MATRIX, NORMS, Parameters
from genphase.sweep.budget_checks import small_budget_mistakes
from genphase.sweep.checks import laws
from genphase.sweep.choices import Use, is_reference
from genphase.sweep.models import (
    SEED,
    Images,
    Layers,
    LeakyRelu,
    Method,
    Noise,
    Repeated,
    SecondImages,
    Solver,
    Start,
    Sweep,
    slope_of,
)
from genphase.sweep.scales import scale_mistakes
from genphase.things import (
    MEASUREMENTS,
    NOISES,
    PROBLEMS,
    STARTS,
    TARGETS,
    WEIGHTS,
    Kind,
    Thing,
)

Symbols = dict[str, Any]

_MAX_POINTS = 1_000_000


@dataclass(frozen=True, slots=True)
class Cell:
    """One grid point of a sweep with one solver.

    id : hash of the parameters and of the numerics version.
    solver : the label of the solver, or of what is measured.
    point : the value of every axis.
    symbols : the axes of numbers and the derived symbols k, m, n, d, n1, ..., noise.
    parameters : everything that a trial is computed from.
    round : of a refinement, the one that added the cell; 0 for the sweep's own grid.
    """

    id: str
    solver: str
    point: Mapping[str, AxisValue]
    symbols: Mapping[str, Any]
    parameters: Parameters
    round: int = 0

    @property
    def label(self) -> str:
        """Return its axes and its solver, as progress messages show them."""
        point = " ".join(f"{name}={value}" for name, value in self.point.items())
        return f"{point} {self.solver}"


def expand(
    sweep: Sweep, seed: int, source: str, points: Iterable[Mapping[str, AxisValue]] | None = None
) -> tuple[Cell, ...]:
    """Return the cells of a sweep, in the order of its axes, then of its solvers.

    Parameters
    ----------
    sweep
        The sweep.
    seed
        The master seed, where the sweep has no axis of them.
    source
        The sweep's file, for errors.
    points
        Values of all axes, of which some may be dropped; default: the whole grid.

    Raises
    ------
    SweepError
        If a grid point has an impossible parameter, or of the whole grid no point is left.
    """
    size = math.prod(map(len, sweep.axes.values()))
    if size > _MAX_POINTS:
        text = f"the grid has {size} points"
        raise SweepError(source, [Mistake("axes", text, f"keep it below {_MAX_POINTS}")])
    cells: list[Cell] = []
    first: dict[tuple[str, str], Mistake] = {}
    count: Counter[tuple[str, str]] = Counter()
    for point in _whole_grid(sweep) if points is None else points:
        try:
            cells.extend(_cells_at(sweep, point, seed))
        except _PointError as error:
            at = ", ".join(f"{name} = {show(value)}" for name, value in point.items())
            for mistake in error.mistakes:
                kind = (mistake.key, mistake.remedy)
                first.setdefault(kind, mistake._replace(text=f"{mistake.text} (at {at}"))
                count[kind] += 1
    if first:
        more = {kind: f", and {n - 1} more)" if n > 1 else ")" for kind, n in count.items()}
        raise SweepError(
            source, [m._replace(text=m.text + more[kind]) for kind, m in first.items()]
        )
    if not cells and points is None:
        assert sweep.where is not None
        text = f"{sweep.where.text!r} leaves no grid point"
        raise SweepError(source, [Mistake("where", text, "loosen the condition")])
    # Of the points that a round of a refinement adds, `where` may drop all.
    mistakes = (
        list(scale_mistakes(sweep, [(cell.point, cell.symbols) for cell in cells])) if cells else []
    )
    if points is None:
        mistakes += small_budget_mistakes(sweep, len({cell.id for cell in cells}))
    if mistakes:
        raise SweepError(source, mistakes)
    return tuple(cells)


def numerics_of_sweep(sweep: Sweep) -> dict[str, str]:
    """Return the versions of the numerics of a sweep's cells, by solver or quantity.

    Where an axis has names, that of all things that it names together.
    """
    drawn = _drawn(sweep)
    return {
        method.called: numerics([*drawn, *(m.thing for _, m in method.choices(sweep.axes))])
        for method in sweep.methods
    }


def facts_of_sweep(sweep: Sweep) -> str:
    """Return a fingerprint of what a sweep's problem and laws say of themselves, to theory."""
    return facts_of(_drawn(sweep))


def _drawn(sweep: Sweep) -> list[Any]:
    """Return the problem of a sweep, and all laws that its cells name together."""
    drawn = [sweep.the_problem]
    for _, value, kind in laws(sweep):
        if isinstance(value, Images):
            continue
        if isinstance(value, str) and value in sweep.axes:
            drawn += [_thing(kind, str(item)) for item in sweep.axes[value]]
        elif isinstance(value, Use):
            drawn.append(kind.used(value.use))
        elif isinstance(value, str):
            drawn.append(_thing(kind, value))
        elif isinstance(value, Noise):
            drawn.append(kind[value.law()[0]])
        elif isinstance(value, Start) or not sweep.the_problem.matrix_noise:
            drawn.append(next(iter(kind)))
    return drawn


def _thing(kind: Kind, text: str) -> Any:
    """Return the thing that a name or a reference stands for."""
    return kind.used(text) if is_reference(text) else kind[text]


def _choice(
    key: str, value: Any, kind: Kind, point: Mapping[str, AxisValue], symbols: Symbols
) -> Any:
    """Return what is chosen at a grid point, as parameters have it."""
    if isinstance(value, Use):
        thing = kind.used(value.use)
        options = _options(key, thing, value.options, symbols)
        return {"name": thing.name, "use": value.use, "options": options}
    text = str(point.get(value, value))
    if is_reference(text):
        return {"name": _thing(kind, text).name, "use": text}
    return text


def _whole_grid(sweep: Sweep) -> Iterator[Mapping[str, AxisValue]]:
    for values in itertools.product(*sweep.axes.values()):
        yield dict(zip(sweep.axes, values, strict=True))


class _PointError(Exception):
    """A grid point with impossible parameters."""

    def __init__(self, *mistakes: Mistake) -> None:
        self.mistakes = mistakes


def show(value: AxisValue) -> str:
    """Return an axis value as it is written in tables and messages: [700,600] for widths."""
    if isinstance(value, tuple):
        return "[" + ",".join(map(str, value)) + "]"
    return value if isinstance(value, str) else repr(value)


def _cells_at(sweep: Sweep, point: Mapping[str, AxisValue], seed: int) -> Iterator[Cell]:
    symbols: Symbols = {k: v for k, v in point.items() if not isinstance(v, tuple | str)}
    if sweep.k is not None:
        symbols["k"] = _number("k", sweep.k, symbols)
    net = _from_file("network.file", sweep.network, point, symbols)
    widths = _widths("network.widths", sweep.network, point, symbols) if net is None else net.widths
    for i, width in enumerate(widths, start=1):
        _derive(symbols, f"n{i}", width, f"the width of layer {i}")
    _derive(symbols, "n", widths[-1], "the width of the last layer")
    _derive(symbols, "d", len(widths), "the number of layers")
    measurements: Any = "identity"
    if sweep.the_problem.measured:
        measurements = _choice("measurements", sweep.measurements, MEASUREMENTS, point, symbols)
    if not sweep.the_problem.has_m_of_its_own(measurements):
        symbols["m"] = symbols["n"]
    elif sweep.m is not None:
        symbols["m"] = _number("m", sweep.m, symbols)
    if sweep.where is not None and not _holds(sweep.where, symbols):
        return
    noise = _noise(sweep, point, symbols)

    def chosen(key: str, value: Any, kind: Kind) -> Any:
        return _choice(key, value, kind, point, symbols)

    network = _layers("network", sweep.network, net, widths, point, symbols)
    common = {
        "problem": chosen("problem", sweep.problem, PROBLEMS),
        "k": symbols["k"],
        "network": {**network, "second": _second(sweep, network, point, symbols)},
        "m": symbols["m"],
        "measurements": measurements,
        "target": _images("target", sweep.target, point, symbols)
        if isinstance(sweep.target, Images)
        else chosen("target", sweep.target, TARGETS),
        "noise": noise,
        "start": _start(sweep, point, symbols),
        "seed": point.get(SEED, seed),
    }
    level = math.nan if noise["level"] is None else noise["level"]
    if noise["level"] is not None or "noise" in symbols:
        _derive(symbols, "noise", level, "the level of the noise", "the noise")
    symbols["noise"] = level
    for i, written in enumerate(sweep.methods):
        method = written.at(point)
        try:
            fixed = Parameters.model_validate({**common, **_method(i, method, symbols)})
        except ValidationError as error:
            keys = _keys(sweep, i)
            mistakes = mistakes_of(error, lambda location: ())
            raise _PointError(*(m._replace(key=_key(m.key, keys)) for m in mistakes)) from None
        yield Cell(cell_id(fixed), method.called, point, symbols, fixed)


def _key(field: str, keys: Mapping[str, str]) -> str:
    """Return where a sweep file says what a field of the parameters holds."""
    options, _, option = field.rpartition(".")
    of_method = options in ("solver.options", "quantity.options")
    return f"{keys[options]}.{option}" if of_method else keys.get(field, field)


def _keys(sweep: Sweep, solver: int) -> dict[str, str]:
    """Return where the sweep file says what a field of the parameters holds."""
    keys = {
        "k": "axes.k" if sweep.k is None else "k",
        "m": "axes.m" if sweep.m is None else "m",
        "network.slope": "network.activation.leaky_relu",
        "network.second.slope": "network.second.activation.leaky_relu",
        "noise.level": f"noise.{sweep.noise.law()[0]}"
        if isinstance(sweep.noise, Noise)
        else "noise",
        **dict.fromkeys(
            ("start", "start.distance"),
            f"start.{sweep.start.law()[0]}" if isinstance(sweep.start, Start) else "start",
        ),
        # A check of several fields; the others are made before, in the sweep's terms.
        "(the whole file)": "target",
    }
    keys["solver.options"] = f"solvers[{solver}]"
    keys["quantity.options"] = f"measure[{solver}]"
    for option in ("max_iter", "stop.relative_change", "stop.gradient_norm"):
        keys[f"solver.{option}"] = f"solvers[{solver}].{option}"
    return keys


def _derive(
    symbols: Symbols, name: str, value: Any, meaning: str, source: str = "network.widths"
) -> None:
    """Add a derived symbol; an axis of that name must have its value.

    Otherwise expressions, columns and theory would take the one for the other.
    """
    if symbols.setdefault(name, value) != value:
        raise _PointError(
            Mistake(
                f"axes.{name}",
                f"the axis {name} is {symbols[name]}, but {name} is {meaning}, here {value}",
                f"let {source} follow {name}, or rename the axis",
            )
        )


def _value(key: str, expression: Expression, symbols: Mapping[str, Any]) -> Any:
    try:
        return expression(symbols)
    except BadValue as error:
        raise _PointError(Mistake(key, error.text, error.remedy)) from None
    except KeyError as error:
        text = f"{expression.text!r} needs {error.args[0]}, but there are {symbols['d']} layers"
        remedy = f"use n1 to n{symbols['d']}, or n for the last layer"
        raise _PointError(Mistake(key, text, remedy)) from None


def _number(key: str, expression: Expression, symbols: Mapping[str, Any]) -> int | float:
    value = _value(key, expression, symbols)
    if isinstance(value, bool):
        text = f"{expression.text!r} gives {shown(value)}, not a number"
        raise _PointError(Mistake(key, text, "write arithmetic, such as 2*k"))
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return int(value)
    assert isinstance(value, int | float)
    return value


def _holds(condition: Expression, symbols: Mapping[str, Any]) -> bool:
    value = _value("where", condition, symbols)
    if not isinstance(value, bool):
        text = f"{condition.text!r} gives {value}, neither true nor false"
        raise _PointError(Mistake("where", text, "write a comparison such as k <= n/2"))
    return value


def _from_file(
    key: str, network: Layers, point: Mapping[str, AxisValue], symbols: Symbols
) -> FileNetwork | None:
    """Return the network of a file at a grid point, whose k is that of the point."""
    if not network.file:
        return None
    file = str(point.get(network.file, network.file))
    net = read_network(file)
    if symbols.setdefault("k", net.k) != net.k:
        text = f"k = {symbols['k']}, but W1 of {file} has {net.k} columns"
        raise _PointError(Mistake(key, text, "leave k out: the file says it"))
    return net


def _layers(
    key: str,
    network: Layers,
    net: FileNetwork | None,
    widths: tuple[Any, ...],
    point: Mapping[str, AxisValue],
    symbols: Symbols,
) -> dict[str, Any]:
    """Return a network at a grid point, as parameters have it."""
    weights = None
    if net is None:
        weights = _choice(f"{key}.weights", network.weights, WEIGHTS, point, symbols)
    return {
        "widths": widths,
        "weights": weights,
        "slope": _slope(f"{key}.activation.leaky_relu", network, point, symbols),
        "file": "" if net is None else net.digest,
        "use": "" if net is None else str(point.get(network.file, network.file)),
    }


def _second(
    sweep: Sweep, first: Mapping[str, Any], point: Mapping[str, AxisValue], symbols: Symbols
) -> dict[str, Any] | None:
    """Return the second network at a grid point; None where it is none, or like the first."""
    second, key = sweep.network.second, "network.second"
    if second is None:
        return None
    # Its widths may depend on the first network's; its k is a symbol in none of them.
    known = {name: value for name, value in symbols.items() if name != "k"}
    if second.k is not None:
        known["k"] = _number(f"{key}.k", second.k, symbols)
    net = _from_file(f"{key}.file", second, point, known)
    widths = _widths(f"{key}.widths", second, point, symbols) if net is None else net.widths
    if widths[-1] != first["widths"][-1]:
        text = f"its last layer has {widths[-1]} units, and that of the first network "
        text += str(first["widths"][-1])
        remedy = "let both signals have as many entries"
        raise _PointError(Mistake(f"{key}.{'file' if net else 'widths'}", text, remedy))
    found = _layers(key, second, net, widths, point, symbols)
    alike = {**found, "use": ""} == {**first, "use": ""} and known["k"] == symbols["k"]
    # One id for one thing: the second network is like the first then, as it is without the key.
    return None if alike else {**found, "k": known["k"]}


def _images(
    key: str, target: SecondImages, point: Mapping[str, AxisValue], symbols: Symbols
) -> dict[str, Any]:
    """Return the images that are the signals of a grid point, or factors of them."""
    file = str(point.get(target.images, target.images))
    images = read_split(file, target.split, target.invert)
    if images.pixels.shape[1] != symbols["n"]:
        text = f"the images of {file} have {images.pixels.shape[1]} pixels, but n = {symbols['n']}"
        raise _PointError(Mistake(f"{key}.images", text, "let the last layer have as many units"))
    found: dict[str, Any] = {
        "images": images.digest,
        "use": file,
        "split": target.split,
        "invert": target.invert,
        "index": None,
    }
    if target.index is not None:
        index = _number(f"{key}.index", target.index, symbols)
        if not isinstance(index, int) or not 0 <= index < len(images.pixels):
            text = f"index {index} of {file}, which has {len(images.pixels)} images"
            remedy = f"use whole numbers from 0 to {len(images.pixels) - 1}"
            raise _PointError(Mistake(f"{key}.index", text, remedy))
        found["index"] = index
    if isinstance(target, Images) and target.second is not None:
        second = _images(f"{key}.second", target.second, point, symbols)
        shape = read_split(second["use"], target.second.split).shape
        if shape != images.shape:
            text = "its images have {} × {} pixels, the first ones {} × {}"
            mistake = text.format(*shape, *images.shape)
            raise _PointError(Mistake(f"{key}.second.images", mistake, "use images of one shape"))
        found["second"] = second
    return found


def _widths(
    key: str, network: Layers, point: Mapping[str, AxisValue], symbols: Symbols
) -> tuple[Any, ...]:
    widths = network.widths
    if isinstance(widths, str):
        value = point[widths]
        assert isinstance(value, tuple)
        return value
    if isinstance(widths, Repeated):
        depth = _number(f"{key}.depth", widths.depth, symbols)
        if not isinstance(depth, int) or not 1 <= depth <= 1000:
            text = f"depth {depth} is not a whole number from 1 to 1000"
            raise _PointError(Mistake(f"{key}.depth", text, "use such depths"))
        layers = [{**symbols, "i": i, "d": depth} for i in range(1, depth + 1)]
        at = f"{key}.width"
        return tuple(_width(at, i, widths.width, s) for i, s in enumerate(layers, start=1))
    return tuple(_width(f"{key}[{i}]", i + 1, width, symbols) for i, width in enumerate(widths))


def _width(key: str, layer: int, expression: Expression, symbols: Mapping[str, Any]) -> int:
    width = _number(key, expression, symbols)
    if not isinstance(width, int) or width < 1:
        text = f"the width of layer {layer} is {width}, not a whole number from 1 on"
        raise _PointError(Mistake(key, text, "use such widths; round(...) gives whole numbers"))
    return width


def _slope(
    key: str, network: Layers, point: Mapping[str, AxisValue], symbols: Symbols
) -> int | float:
    activation = network.activation
    if not isinstance(activation, LeakyRelu):
        return slope_of(str(point.get(activation, activation)))
    return _number(key, activation.leaky_relu, symbols)


def _start(sweep: Sweep, point: Mapping[str, AxisValue], symbols: Symbols) -> Any:
    """Return the scale of a Gaussian start, or another law."""
    if isinstance(sweep.start, Start):
        name, option = sweep.start.law()
        value = _number(f"start.{name}", option, symbols)
        return value if name == "gaussian" else {"name": name, "options": {"distance": value}}
    found = _choice("start", sweep.start, STARTS, point, symbols)
    return 1.0 if found == "gaussian" else found


def _noise(sweep: Sweep, point: Mapping[str, AxisValue], symbols: Symbols) -> dict[str, Any]:
    if isinstance(sweep.noise, Use):
        law = _choice("noise", sweep.noise, NOISES, point, symbols)
        return {"law": law, "level": None, "shared": False}
    if isinstance(sweep.noise, Noise):
        name, level = sweep.noise.law()
        value = _number(f"noise.{name}", level, symbols)
        return {"law": name, "level": value, "shared": sweep.noise.shared}
    name = MATRIX if sweep.the_problem.matrix_noise else "sphere"
    return {"law": name, "level": _number("noise", sweep.noise, symbols), "shared": False}


def _method(i: int, method: Method, symbols: Symbols) -> dict[str, Any]:
    """Return what is run at a grid point, as parameters have it."""
    if isinstance(method, Solver):
        return {"solver": _solver(i, method, symbols)}
    key, thing = f"measure[{i}]", method.thing
    options = _options(key, thing, method.options, symbols)
    layer, depth = options.get("layer", 1), symbols["d"]
    if isinstance(layer, int) and layer > depth:
        text = f"layer {layer} of a network with {depth} layers"
        raise _PointError(Mistake(f"{key}.layer", text, "use 1 to d, or d for the last one"))
    if thing.facts.get("k", symbols["k"]) != symbols["k"]:
        text = f"{thing.name} is for k = {thing.facts['k']}, and k is {symbols['k']}"
        raise _PointError(Mistake(f"{key}.name", text, "use such a k, or another quantity"))
    return {"quantity": {"name": thing.name, "use": method.use, "options": options}}


def _solver(i: int, solver: Solver, symbols: Symbols) -> dict[str, Any]:
    def number(option: str, expression: Expression) -> int | float:
        return _number(f"solvers[{i}].{option}", expression, symbols)

    of_norms = {
        name: {"text": text, "symbols": {s: symbols[s] for s in used - {NORMS}}}
        for name, text in solver.options.items()
        if solver.thing.is_numeric(name) and NORMS in (used := expression_of(text).symbols)
    }
    # Every trial has its own; here they are checked at 1.
    known = {**symbols, NORMS: 1.0}
    return {
        "name": solver.thing.name,
        "use": solver.use,
        "options": _options(f"solvers[{i}]", solver.thing, solver.options, known),
        "of_norms": of_norms,
        "max_iter": number("max_iter", solver.max_iter),
        "stop": {
            "relative_change": number("stop.relative_change", solver.stop.relative_change),
            "gradient_norm": number("stop.gradient_norm", solver.stop.gradient_norm),
        },
    }


def _options(
    key: str, thing: Thing, written: Mapping[str, Any], symbols: Symbols
) -> dict[str, Any]:
    """Return the options of a thing at a grid point."""
    return {
        name: _number(f"{key}.{name}", expression_of(value), symbols)
        if thing.is_numeric(name)
        else value
        for name, value in written.items()
    }
