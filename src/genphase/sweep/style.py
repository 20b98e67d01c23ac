"""How figures look: a mapping in a sweep, or a file that sweeps share."""

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, TypeAdapter, ValidationError

from genphase.brought import path_of
from genphase.errors import BadValue, SweepError, mistakes_of, shown
from genphase.language.fields import Strict
from genphase.sweep.mapping import parse_mapping
from genphase.sweep.paths import expanded

# Inches: of one column, and of both, in most journals.
WIDTHS = {"single": 3.35, "double": 6.9}


def _limits(value: Any) -> Any:
    numbers = isinstance(value, list | tuple) and len(value) == 2
    if not numbers or not all(type(end) in (int, float) for end in value) or value[0] >= value[1]:
        raise BadValue(f"{shown(value)} is no range", "write [low, high]")
    return tuple(map(float, value))


def _width(value: Any) -> Any:
    if value in WIDTHS or (type(value) in (int, float) and 1.5 <= value <= 40):
        return value
    raise BadValue(
        f"{shown(value)} is no width", f"write {', '.join(WIDTHS)}, or inches from 1.5 to 40"
    )


def _with_latex(value: bool) -> bool:
    missing = [program for program in ("latex", "dvipng") if shutil.which(program) is None]
    if value and missing:
        remedy = "install TeX Live with dvipng, type1ec and newunicodechar, or leave latex out"
        raise BadValue(f"there is no program {' and no '.join(missing)}", remedy)
    return value


Limits = Annotated[tuple[float, float], BeforeValidator(_limits)]


class Style(Strict):
    """How a figure looks; what is left out is as genphase has it."""

    width: Annotated[Literal["single", "double"] | float, BeforeValidator(_width)] | None = Field(
        None, description="single (3.35 inches), double (6.9), or inches; default: by its panels"
    )
    font_size: float | None = Field(None, ge=4, le=30, description="points; default: 9")
    font: Literal["sans", "serif"] | None = Field(None, description="default: sans")
    latex: Annotated[bool, AfterValidator(_with_latex)] | None = Field(
        None, description="whether LaTeX sets the text, in its own font; default: false"
    )
    colour_map: (
        Literal["gray", "gray_r", "viridis", "cividis", "magma", "inferno", "plasma"] | None
    ) = Field(None, description="of a portrait; default: gray")
    title: bool | None = Field(None, description="whether the title is drawn; default: true")
    legend: Literal["auto", "below", "beside", "none"] | None = Field(
        None, description="where the legend stands; default: auto"
    )
    x_limits: Limits | None = Field(None, description="[low, high] of the x axis")
    y_limits: Limits | None = Field(None, description="[low, high] of the y axis")

    def over(self, other: "Style") -> "Style":
        """Return the style that has what this one says, and else what another one says."""
        return other.model_copy(update=self.model_dump(exclude_none=True))

    @property
    def inches(self) -> float | None:
        """Return the width in inches, where it is given."""
        return WIDTHS[self.width] if isinstance(self.width, str) else self.width


def _written(path: Path) -> dict[str, Any]:
    return parse_mapping(path.read_text(encoding="utf-8"), str(path))


def _in_the_working_folder(value: Any) -> Any:
    if not isinstance(value, str | Path):
        return value
    path = Path(expanded(str(value)))
    if not path.is_file():
        raise BadValue(f"there is no file {path}", "write its path from the working folder")
    return _written(path)


# In a sweep file, and in config.yaml, from where their other paths are written.
StyleOrFile = Annotated[
    Style, BeforeValidator(lambda value: _written(path_of(value)) if type(value) is str else value)
]
StudyStyle = Annotated[Style, BeforeValidator(_in_the_working_folder)]


def read_style(style: Style | Mapping[str, Any] | str | Path) -> Style:
    """Return a style: one that is made, the keys of one, or a file with these.

    Raises
    ------
    SweepError
        If there is no such file, a key is unknown or a value is of the wrong kind.
    """
    try:
        return TypeAdapter(StudyStyle).validate_python(style)
    except ValidationError as error:
        mistakes = mistakes_of(error, lambda _: Style.model_fields)
        raise SweepError("style", mistakes) from None
