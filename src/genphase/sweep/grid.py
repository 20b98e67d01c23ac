"""Expand a sweep into cells: pure and ordered, the same sweep always gives the same cells."""

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from genphase.identity import cell_id
from genphase.sweep.axes import AxisValue
from genphase.sweep.catalogue import MEASURED
from genphase.sweep.errors import BadValue, Mistake, SweepError, mistakes_of
from genphase.sweep.expressions import Expression
from genphase.sweep.models import LeakyRelu, Noise, Portrait, Repeated, Solver, Sweep
from genphase.sweep.parameters import Parameters

Symbols = dict[str, Any]

_MAX_MISTAKES = 5


@dataclass(frozen=True, slots=True)
class Cell:
    """One grid point of a sweep with one solver.

    id : hash of the parameters and of the numerics version.
    solver : the solver's label.
    point : the value of every axis.
    symbols : the axes of numbers and the derived symbols k, m, n, d, n1, ..., noise.
    parameters : everything that a trial is computed from.
    """

    id: str
    solver: str
    point: Mapping[str, AxisValue]
    symbols: Mapping[str, Any]
    parameters: Parameters


def expand(sweep: Sweep, seed: int, source: str) -> tuple[Cell, ...]:
    """Return the cells of a sweep, in the order of its axes, then of its solvers.

    Parameters
    ----------
    seed : the master seed.
    source : the sweep's file, for errors.

    Raises
    ------
    SweepError
        If a grid point has an impossible parameter, or no point is left.
    """
    cells: list[Cell] = []
    mistakes: list[Mistake] = []
    names = list(sweep.axes)
    for values in itertools.product(*sweep.axes.values()):
        point = dict(zip(names, values, strict=True))
        try:
            cells.extend(_cells_at(sweep, point, seed))
        except _PointError as error:
            mistakes.extend(error.mistakes)
            if len(mistakes) >= _MAX_MISTAKES:
                break
    if mistakes:
        raise SweepError(source, mistakes[:_MAX_MISTAKES])
    if not cells:
        raise SweepError(
            source, [Mistake("where", "no grid point is left", "loosen the condition")]
        )
    mistakes = list(_overlays(sweep, cells))
    if mistakes:
        raise SweepError(source, mistakes)
    return tuple(cells)


def _overlays(sweep: Sweep, cells: Sequence[Cell]) -> Iterator[Mistake]:
    """Check that what an overlay needs, beside the x axis, is constant in every panel."""
    for name, figure in sweep.figures.items():
        if isinstance(figure, Portrait):
            x, across = figure.x, {figure.x, figure.y}
        else:
            x, across = str(figure.x.text), set(sweep.axes)
        panels = [axis for axis in sweep.axes if axis not in across]
        for i, overlay in enumerate(figure.overlays):
            for symbol in overlay.y.symbols - {"x", x}:
                seen: dict[Any, Any] = {}
                for cell in cells:
                    value = cell.symbols.get(symbol)
                    panel = tuple(cell.point[axis] for axis in panels)
                    if value is None or seen.setdefault(panel, value) != value:
                        yield Mistake(
                            f"figures.{name}.overlays[{i}].y",
                            f"{symbol!r} in {overlay.y.text!r} changes within a panel",
                            "use the x axis and symbols that are constant",
                        )
                        break


class _PointError(Exception):
    def __init__(self, point: Mapping[str, AxisValue], mistakes: list[Mistake]) -> None:
        at = ", ".join(f"{name} = {show(value)}" for name, value in point.items())
        self.mistakes = [m._replace(text=f"{m.text} (at {at})") for m in mistakes]


def show(value: AxisValue) -> str:
    """Return an axis value as it is written in tables and messages: [700,600] for widths."""
    if isinstance(value, tuple):
        return "[" + ",".join(map(str, value)) + "]"
    return repr(value)


def _cells_at(sweep: Sweep, point: Mapping[str, AxisValue], seed: int) -> Iterator[Cell]:
    key = ""
    try:
        symbols: Symbols = {k: v for k, v in point.items() if not isinstance(v, tuple)}
        key = "k"
        derive(symbols, "k", _number(sweep.k, symbols) if sweep.k is not None else symbols["k"])
        key = "network.widths"
        widths = _widths(sweep, point, symbols)
        for i, width in enumerate(widths, start=1):
            derive(symbols, f"n{i}", width)
        derive(symbols, "n", widths[-1])
        derive(symbols, "d", len(widths))
        key = "m"
        derive(symbols, "m", _measurements(sweep, symbols))
        key = "where"
        if sweep.where is not None and not sweep.where(symbols):
            return
        key = "noise"
        law, level = _noise(sweep, symbols)
        common = {
            "problem": sweep.problem,
            "k": symbols["k"],
            "network": {
                "widths": widths,
                "weights": sweep.network.weights,
                "slope": _slope(sweep, symbols),
            },
            "m": symbols["m"],
            "measurements": sweep.measurements if sweep.problem in MEASURED else "identity",
            "target": sweep.target,
            "noise": {"law": law, "level": level},
            "start": 1.0
            if isinstance(sweep.start, str)
            else _number(sweep.start.gaussian, symbols),
            "seed": seed,
        }
        symbols.setdefault("noise", level)
        for i, solver in enumerate(sweep.solvers):
            key = f"solvers[{i}]"
            fixed = Parameters.model_validate({**common, "solver": _solver(solver, symbols)})
            yield Cell(cell_id(fixed), solver.label or solver.name, point, symbols, fixed)
    except BadValue as error:
        raise _PointError(point, [Mistake(key, error.text, error.remedy)]) from None
    except KeyError as error:
        text = f"the network has no layer {error.args[0]}"
        raise _PointError(point, [Mistake(key, text, "use n1 up to its last layer")]) from None
    except ValidationError as error:
        mistakes = [
            m._replace(key=m.key.replace("solver", key, 1) if m.key.startswith("solver") else m.key)
            for m in mistakes_of(error, lambda location: ())
        ]
        raise _PointError(point, mistakes) from None


def derive(symbols: Symbols, name: str, value: Any) -> None:
    """Add a derived symbol; an axis of that name must have its value.

    Raises
    ------
    BadValue
        If an axis uses the symbol for something else.
    """
    if symbols.setdefault(name, value) != value:
        raise BadValue(
            f"the axis {name} is {symbols[name]}, but {name} stands for a value of the network or "
            f"problem, here {value}",
            f"rename the axis {name}",
        )


def _number(expression: Expression, symbols: Mapping[str, Any]) -> int | float:
    value = expression(symbols)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise BadValue(f"{expression.text!r} gives {value!r}, not a number", "write arithmetic")
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return int(value)
    return value


def _widths(sweep: Sweep, point: Mapping[str, AxisValue], symbols: Symbols) -> tuple[Any, ...]:
    widths = sweep.network.widths
    if isinstance(widths, str):
        value = point[widths]
        assert isinstance(value, tuple)
        return value
    if isinstance(widths, Repeated):
        depth = _number(widths.depth, symbols)
        if not isinstance(depth, int) or not 1 <= depth <= 1000:
            raise BadValue(f"depth {depth} is not a whole number from 1 on", "give whole depths")
        return tuple(
            _number(widths.width, {**symbols, "i": i, "d": depth}) for i in range(1, depth + 1)
        )
    return tuple(_number(width, symbols) for width in widths)


def _measurements(sweep: Sweep, symbols: Symbols) -> Any:
    if sweep.problem not in MEASURED or sweep.measurements == "identity":
        return symbols["n"]
    return symbols["m"] if sweep.m is None else _number(sweep.m, symbols)


def _slope(sweep: Sweep, symbols: Symbols) -> int | float:
    activation = sweep.network.activation
    return _number(activation.leaky_relu, symbols) if isinstance(activation, LeakyRelu) else 0


def _noise(sweep: Sweep, symbols: Symbols) -> tuple[str, int | float]:
    if not isinstance(sweep.noise, Noise):
        return "sphere", _number(sweep.noise, symbols)
    if sweep.noise.sphere is not None:
        return "sphere", _number(sweep.noise.sphere, symbols)
    assert sweep.noise.gaussian is not None
    return "gaussian", _number(sweep.noise.gaussian, symbols)


def _solver(solver: Solver, symbols: Symbols) -> dict[str, Any]:
    return {
        "name": solver.name,
        "step": _number(solver.step, symbols),
        "max_iter": _number(solver.max_iter, symbols),
        "stop": {
            "relative_change": _number(solver.stop.relative_change, symbols),
            "gradient_norm": _number(solver.stop.gradient_norm, symbols),
        },
    }
