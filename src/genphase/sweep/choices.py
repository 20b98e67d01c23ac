"""How a sweep file names things: by name, by an axis of names, or by a file, with options."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import ConfigDict, Field, PlainValidator
from pydantic_core.core_schema import (
    CoreSchema,
    no_info_plain_validator_function,
    plain_serializer_function_ser_schema,
)

from genphase.errors import BadValue, BadValues, Mistake, did_you_mean, shown
from genphase.language.fields import Strict, expression_of
from genphase.things import SOLVERS, Kind, Thing


def option_value(value: Any) -> Any:
    """Return the value of an option; a validator.

    Raises
    ------
    BadValue
        If it is neither a number nor a text.
    """
    if isinstance(value, bool | int | float | str):
        return value
    raise BadValue(
        f"{shown(value)} is neither a number nor an expression",
        "write a number, an axis name, or arithmetic over axes and symbols",
    )


def option_mistakes(
    thing: Thing, options: Mapping[str, Any], also: Iterable[str]
) -> Iterator[Mistake]:
    """Yield what a thing lacks, or has no use for.

    Parameters
    ----------
    thing
        The solver, law or problem.
    options
        Its options, as a user writes them.
    also
        Further keys that may stand beside the options.
    """
    fields = thing.options.model_fields
    for name, value in options.items():
        if name not in fields:
            others = [other.name for other in SOLVERS if name in other.options.model_fields]
            remedy = f"remove the key, or choose name: {' or '.join(others)}"
            if not others or thing.kind != "solver":
                remedy = did_you_mean(name, [*fields, *also])
            text = f"{name}: {shown(value)} is given, but {thing.name} has no such option"
            yield Mistake(name, text, remedy)
        elif thing.is_numeric(name):
            try:
                expression_of(value)
            except BadValue as error:
                yield Mistake(name, error.text, error.remedy)
    for name, field in fields.items():
        if field.is_required() and name not in options:
            yield Mistake(name, "this key is missing", f"add `{name}: ...`")


class Use(Strict):
    """A thing of one's own, from a file or an installed module, with its options."""

    model_config = ConfigDict(extra="allow")
    __pydantic_extra__: dict[str, Annotated[Any, PlainValidator(option_value)]]

    use: str = Field(min_length=1, description="file.py, file.py:name or package.module:name")

    @property
    def options(self) -> dict[str, Any]:
        """Return its options, by name, as a user writes them."""
        return self.__pydantic_extra__ or {}


def is_reference(text: str) -> bool:
    """Return whether a text refers to a file or a module, rather than being a name."""
    return text.endswith(".py") or ":" in text


@dataclass(frozen=True)
class OneOf:
    """A key that holds a thing: a name, an axis of names, a reference, or `Use`."""

    kind: Kind
    # Whether it can be an axis.
    varies: bool = True

    def __get_pydantic_core_schema__(self, source: Any, handler: Any) -> CoreSchema:
        """Return how it is checked."""
        return no_info_plain_validator_function(
            self._check,
            serialization=plain_serializer_function_ser_schema(
                lambda value: value if isinstance(value, str) else value.model_dump()
            ),
        )

    def _check(self, value: Any) -> str | Use:
        if isinstance(value, str) and value and not is_reference(value):
            # Whether it is a name, or an axis of names, is seen where the axes are.
            return value if self.varies else str(self.kind[value].name)
        if not isinstance(value, dict | Use) and not (isinstance(value, str) and value):
            return str(self.kind[value].name)
        found = Use.model_validate({"use": value} if isinstance(value, str) else value)
        try:
            thing = self.kind.used(found.use)
            thing.options  # noqa: B018, its signature is read
        except BadValue as error:
            raise BadValues([Mistake("use", error.text, error.remedy)]) from None
        mistakes = list(option_mistakes(thing, found.options, ["use"]))
        if mistakes:
            raise BadValues(mistakes)
        return found

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: Any) -> dict[str, Any]:
        """Return the forms, for editors."""
        use = {"type": "object", "required": ["use"], "properties": {"use": {"type": "string"}}}
        names: dict[str, Any] = {"enum": list(self.kind.names)}
        # A reference; where there can be an axis, any text is its name.
        text: dict[str, Any] = {"type": "string"} | ({} if self.varies else {"pattern": r"\.py$|:"})
        return {"anyOf": [names, text, use]}
