"""The errors of trials: which one decides about recovery, and which further ones are recorded."""

from typing import Annotated, Any

from pydantic import (
    BeforeValidator,
    ConfigDict,
    Field,
    PlainValidator,
    ValidationError,
    model_validator,
)

from genphase.errors import BadValue, BadValues, Mistake, mistakes_of, shown
from genphase.language.fields import Number, Strict
from genphase.sweep.choices import is_reference, option_value
from genphase.things import ERRORS, Accuracy


def _error_mistakes(
    key: str, name: str, use: str, options: dict[str, Any], also: list[str]
) -> list[Mistake]:
    """Return what is wrong with an error that a sweep names at `key`, and with its options."""
    if bool(name) == bool(use):
        text = f"there are both {key} and use" if name else "no error is named"
        return [Mistake(key, text, f"write {key}: {' or '.join(ERRORS.names)}; or use: FILE.py")]
    try:
        thing: Accuracy = ERRORS.find(name, use)
        thing.compares  # noqa: B018, its signature is read
        model = thing.options
    except BadValue as error:
        return [Mistake("use" if use else key, error.text, error.remedy)]
    try:
        model(**options)
    except ValidationError as error:
        return mistakes_of(error, lambda location: [*model.model_fields, *also])
    return []


class _Named(Strict):
    """An error by its name or its file, with its options, which are numbers and no expressions."""

    model_config = ConfigDict(extra="allow")
    __pydantic_extra__: dict[str, Annotated[Any, PlainValidator(option_value)]]

    use: str = Field("", description="instead: file.py, file.py:name or package.module:name")

    @property
    def options(self) -> dict[str, Any]:
        """Return the error's own options, by name."""
        return self.__pydantic_extra__ or {}

    @property
    def of(self) -> str:
        """Return the name of the error; empty where it is from a file."""
        raise NotImplementedError

    @property
    def column(self) -> str:
        """Return the name of its column."""
        return self.thing.column

    @property
    def thing(self) -> Accuracy:
        """Return the error itself."""
        found: Accuracy = ERRORS.find(self.of, self.use)
        return found

    @property
    def choice(self) -> dict[str, Any]:
        """Return which error it is, with all its options."""
        options = self.thing.options(**self.options).model_dump()
        return {"name": self.thing.name, "use": self.use, "options": options}


class Further(_Named):
    """A further error that is recorded."""

    name: str = Field("", description="the error")
    label: str = Field("", description="the name of its column; default: its own")

    @model_validator(mode="after")
    def _check(self) -> "Further":
        found = _error_mistakes("name", self.name, self.use, self.options, ["label"])
        if found:
            raise BadValues(found)
        if self.thing.facts.get("recorded"):
            text = f"{self.name} is recorded of every trial, as {self.thing.column}"
            raise BadValue(text, "leave it out")
        return self

    @property
    def of(self) -> str:
        """Return the name of the error; empty where it is from a file."""
        return self.name

    @property
    def column(self) -> str:
        """Return the name of its column."""
        return self.label or self.thing.column


def _further(value: Any) -> Any:
    if isinstance(value, str):
        return {"use" if is_reference(value) else "name": value}
    return value


FurtherErrors = list[
    Annotated[Further, BeforeValidator(_further, json_schema_input_type=str | Further)]
]


class Success(_Named):
    """Which trials count as recovered. Applied when tables are built: a change runs no trial.

    A trial is judged by the error of what it delivered, whether it converged or met the iteration
    cap. A diverged trial never counts.
    """

    error: str = Field("", description="the error that decides: signal, latent, or another")
    below: Number | None = Field(None, description="recovered when the error is below this")
    above: Number | None = Field(
        None, description="instead: recovered when the error, such as psnr, is above this"
    )
    converged: bool = Field(
        False,
        description="whether a trial must have converged on top; without it, one that met the "
        "iteration cap is judged by its error too",
    )

    @model_validator(mode="before")
    @classmethod
    def _without_capped(cls, value: Any) -> Any:
        if isinstance(value, dict) and "capped" in value:
            raise BadValue(
                f"the key `capped` (here {shown(value['capped'])}) is gone: a capped trial is "
                "judged by its error",
                "leave it out; write converged: true where only converged trials count",
            )
        if isinstance(value, dict):
            # As it is written where it is kept.
            return {key: part for key, part in value.items() if part is not None}
        return value

    @model_validator(mode="after")
    def _check(self) -> "Success":
        also = ["below", "above", "converged"]
        found = _error_mistakes("error", self.error, self.use, self.options, also)
        if found:
            raise BadValues(found)
        if self.below is None and self.above is None:
            remedy = "add `below: 1e-5`, or `above: 30` of an error that is to be large"
            raise BadValues([Mistake("below", "this key is missing", remedy)])
        if self.below is not None and self.above is not None:
            text = f"above: {shown(self.above)} is given beside below: {shown(self.below)}"
            raise BadValues([Mistake("above", text, "remove one of them")])
        larger = self.thing.facts.get("larger_is_better")
        if larger is not None and bool(larger) != (self.above is not None):
            way, remedy = ("below", "above") if larger else ("above", "below")
            better = "larger" if larger else "smaller"
            text = f"{self.thing.name} is better the {better} it is, but the rule says {way}"
            raise BadValues([Mistake(way, text, f"write {remedy}: ...")])
        if self.below is not None and self.below <= 0 and larger is False:
            text = f"{shown(self.below)} is not above 0"
            raise BadValues([Mistake("below", text, "use numbers > 0")])
        return self

    @property
    def of(self) -> str:
        """Return the name of the error; empty where it is from a file."""
        return self.error

    @property
    def larger_is_better(self) -> bool:
        """Return whether a trial is the better the larger its error is."""
        return self.above is not None

    @property
    def in_words(self) -> str:
        """Return the rule as a person reads it."""
        error = self.thing.facts.get("text") or self.column
        way, limit = ("below", self.below) if self.above is None else ("above", self.above)
        converged = ", of trials that have converged" if self.converged else ""
        return f"{error} {way} {limit:g}{converged}"

    def accepts(self, error: Any) -> Any:
        """Return whether an error, or each of many, is small or large enough; NaN never is."""
        return error < self.below if self.above is None else error > self.above
