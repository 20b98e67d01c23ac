"""The kinds of values in a sweep file: numbers, expressions, conditions, axes; strict mappings."""

from functools import lru_cache
from typing import Annotated, Any

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    PlainSerializer,
    PlainValidator,
    WithJsonSchema,
)

from genphase.errors import BadValue, shown
from genphase.language.axes import SCHEMA as AXIS_SCHEMA
from genphase.language.axes import AxisValues, number, parse_axis
from genphase.language.expressions import Expression


def _expression(value: Any) -> Expression:
    if isinstance(value, Expression):
        return value
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise BadValue(
            f"{shown(value)} is neither a number nor an expression",
            "write a number, an axis name, or arithmetic over axes and symbols",
        )
    return Expression(value if isinstance(value, str) else number(value))


@lru_cache(maxsize=10_000)
def _cached(kind: Any, value: Any) -> Expression:
    return _expression(value)


def expression_of(value: Any) -> Expression:
    """Return the expression of a number or a text, which is read once.

    Raises
    ------
    BadValue
        If it is neither, or not arithmetic.
    """
    return _cached(type(value), value)  # type: ignore[arg-type]


def _condition(value: Any) -> Expression:
    if isinstance(value, str | Expression):
        return _expression(value)
    raise BadValue(f"{shown(value)} is not a condition", "write a comparison such as k <= n/2")


def form(value: Any) -> str:
    """Tell the forms of a key apart by their YAML type, so that an error speaks of one form."""
    if isinstance(value, dict | BaseModel):
        return "=mapping"
    return "=list" if isinstance(value, list) else "=value"


BY_FORM = Discriminator(form)

Quantity = Annotated[
    Expression,
    PlainValidator(_expression),
    PlainSerializer(lambda expression: expression.text),
    WithJsonSchema({"type": ["number", "string"]}),
]
Condition = Annotated[
    Expression,
    PlainValidator(_condition),
    PlainSerializer(lambda expression: expression.text),
    WithJsonSchema({"type": "string"}),
]
Number = Annotated[float, BeforeValidator(number), WithJsonSchema({"type": ["number", "string"]})]
Axis = Annotated[
    AxisValues,
    PlainValidator(parse_axis),
    PlainSerializer(list),
    WithJsonSchema(AXIS_SCHEMA),
]


class Strict(BaseModel):
    """A mapping with the described keys and no others."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)
