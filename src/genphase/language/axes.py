"""Axes: lists, ranges and lin/log spaces of numbers; lists of width lists, or of names."""

import math
import re
from decimal import Decimal
from typing import Any

from genphase.errors import BadValue, did_you_mean, shown

AxisValue = int | float | str | tuple[int, ...]
AxisValues = tuple[AxisValue, ...]
Numbers = tuple[int | float, ...]

_RANGE_KEYS = ("from", "to", "step", "points", "scale", "integer")
_MAX_VALUES = 100_000
# Beyond these, ratios and squares of numbers are 0 or infinite.
_LEAST, _LARGEST = 1e-300, 1e300
# Floats below this are exact where they are whole numbers.
_WHOLE = 1e15

SCHEMA: dict[str, Any] = {
    "description": "A list of numbers, of width lists or of names, or a range.",
    "anyOf": [
        {"type": "array", "minItems": 1, "items": {"type": ["number", "string"]}},
        {
            "type": "array",
            "minItems": 1,
            "items": {"type": "array", "minItems": 1, "items": {"type": "integer", "minimum": 1}},
        },
        {
            "type": "object",
            "required": ["from", "to"],
            "additionalProperties": False,
            "properties": {
                "from": {"type": ["number", "string"], "description": "first value"},
                "to": {"type": ["number", "string"], "description": "last value, included"},
                "step": {"type": ["number", "string"], "description": "distance; default 1"},
                "points": {"type": "integer", "description": "number of values instead of a step"},
                "scale": {"enum": ["lin", "log"], "description": "spacing of the points"},
                "integer": {"type": "boolean", "description": "round the points to integers"},
            },
        },
    ],
}


def number(value: Any) -> int | float:
    """Return a number, also from text: YAML reads 1e-5 as text.

    Raises
    ------
    BadValue
        If the value is not a finite number.
    """
    given = value
    try:
        if isinstance(value, str):
            value = float(value)
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise ValueError
        finite = math.isfinite(value)
    except ValueError:
        raise BadValue(f"{shown(given)} is not a number", "write a number such as 0.5") from None
    except OverflowError:
        finite = False
    if not finite:
        raise BadValue(f"{shown(given)} is not finite", "write a finite number")
    # Text such as 1e-400 is 0 as a float.
    lost = value == 0 and re.search("[1-9]", str(given).lower().split("e")[0])
    if lost or (value != 0 and not _LEAST <= abs(value) <= _LARGEST):
        raise BadValue(
            f"{shown(given)} has a size that cannot be computed with",
            f"use 0, or numbers of a size from {_LEAST:g} to {_LARGEST:g}",
        )
    # 1.0 and 1 are one value, and have one spelling in the result files.
    return int(value) if float(value).is_integer() and abs(value) < _WHOLE else value


def parse_axis(value: Any) -> AxisValues:
    """Return the values of an axis, in the order given.

    Raises
    ------
    BadValue
        If the value is no list and no range, is empty, or names a value twice.
    """
    values: AxisValues
    if isinstance(value, dict):
        values = _range(value)
    elif (
        isinstance(value, list | tuple)
        and value
        and all(isinstance(v, list | tuple) for v in value)
    ):
        values = tuple(_widths(item) for item in value)
    elif isinstance(value, list | tuple) and value and all(map(_is_name, value)):
        values = tuple(value)
    elif isinstance(value, list | tuple) and value:
        values = tuple(number(item) for item in value)
    else:
        raise BadValue(
            f"{shown(value)} is not an axis",
            "write a list such as [5, 10], a range {from: 1, to: 19, step: 1}, or a space "
            "{from: 1e-8, to: 1e-2, points: 7, scale: log}",
        )
    seen: set[AxisValue] = set()
    for item in values:
        if item in seen:
            raise BadValue(f"the value {shown(item)} appears twice", "list every value once")
        seen.add(item)
    return values


def _is_name(item: Any) -> bool:
    """Return whether a value is a text that is no number, such as 1e-5 is one."""
    try:
        return isinstance(item, str) and not math.isnan(float(item)) and False
    except ValueError:
        return bool(item.strip())


def _widths(item: Any) -> tuple[int, ...]:
    if not item or any(isinstance(w, bool) or not isinstance(w, int) or w < 1 for w in item):
        raise BadValue(
            f"{shown(item)} is not a list of layer widths", "write whole numbers >= 1: [700, 600]"
        )
    return tuple(item)


def _range(value: dict[str, Any]) -> Numbers:
    for key in value:
        if key not in _RANGE_KEYS:
            raise BadValue(f"unknown key {shown(key)} in a range", did_you_mean(key, _RANGE_KEYS))
    if "from" not in value or "to" not in value:
        raise BadValue(f"{shown(value)} needs both from and to", "write {from: 1, to: 19, step: 1}")
    first, last = number(value["from"]), number(value["to"])
    integer = value.get("integer", False)
    if not isinstance(integer, bool):
        raise BadValue(f"integer: {shown(integer)} is not known", "write true or false")
    if last < first:
        raise BadValue(f"the range from {first} to {last} is empty", "let `to` be at least `from`")
    if "points" in value:
        values = _space(first, last, value)
    elif "scale" in value:
        raise BadValue("`scale` has no meaning with a step", "give `points`, the number of values")
    else:
        values = _steps(first, last, number(value.get("step", 1)))
    if integer:
        # Rounding may let neighbours fall together, as in a log space from 1 to 10.
        return tuple(dict.fromkeys(round(v) for v in values))
    return values


def _steps(first: int | float, last: int | float, step: int | float) -> Numbers:
    if step <= 0:
        raise BadValue(f"step: {step} is not positive", "write a step > 0")
    start, width = _decimal(first), _decimal(step)
    # A step such as 0.142857142857 still reaches the end.
    steps = float((_decimal(last) - start) / width) * (1 + 1e-12)
    if steps > _MAX_VALUES - 1:
        raise BadValue(
            f"a step of {step} gives more than {_MAX_VALUES} values", "write a longer step"
        )
    return tuple(clean(start + i * width) for i in range(math.floor(steps) + 1))


def _space(first: int | float, last: int | float, value: dict[str, Any]) -> Numbers:
    points, scale = value["points"], value.get("scale", "lin")
    if "step" in value:
        raise BadValue("both step and points are given", "keep one of them")
    if isinstance(points, bool) or not isinstance(points, int) or not 2 <= points <= _MAX_VALUES:
        raise BadValue(
            f"points: {shown(points)} is not a whole number from 2 to {_MAX_VALUES}",
            "write how many values the axis has",
        )
    if scale not in ("lin", "log"):
        raise BadValue(f"scale: {shown(scale)} is not known", "write lin or log")
    if first == last:
        raise BadValue(f"from {first} to {last} is one value, not {points}", "write it as a list")
    inner = range(1, points - 1)
    if scale == "lin":
        start, width = _decimal(first), _decimal(last) - _decimal(first)
        return first, *(clean(start + width * i / (points - 1)) for i in inner), last
    if first <= 0:
        raise BadValue(f"a log space cannot start at {first}", "let `from` be positive")
    ratio = math.log(last / first)
    return first, *(clean(first * math.exp(ratio * i / (points - 1))) for i in inner), last


def _decimal(value: int | float) -> Decimal:
    # As it is written: 3 steps of 0.1 end at 0.3, and 3 steps of 0.1 from -0.3 at 0.
    return Decimal(str(value))


def clean(value: Decimal | float) -> int | float:
    """Round to 12 digits, so that equal grid values are one however they were computed.

    Large numbers keep 15, all that a float holds: whole numbers stay apart.
    """
    return number(float(f"{value:.{12 if abs(float(value)) < 1e11 else 15}g}"))
