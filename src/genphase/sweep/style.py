"""How figures look: a mapping in a sweep, or a file that sweeps share."""

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from genphase.brought import path_of
from genphase.errors import BadValue, shown
from genphase.language.fields import Strict
from genphase.sweep.mapping import parse_mapping

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


Limits = Annotated[tuple[float, float], BeforeValidator(_limits)]


class Style(Strict):
    """How a figure looks; what is left out is as genphase has it."""

    width: Annotated[Literal["single", "double"] | float, BeforeValidator(_width)] | None = Field(
        None, description="single (3.35 inches), double (6.9), or inches; default: by its panels"
    )
    font_size: float | None = Field(None, ge=4, le=30, description="points; default: 9")
    font: Literal["sans", "serif"] | None = Field(None, description="default: sans")
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


def _from_file(value: Any) -> Any:
    """Return what a style file says, where its path is given."""
    if not isinstance(value, str):
        return value
    path = path_of(value)
    return parse_mapping(path.read_text(encoding="utf-8"), str(path))


StyleOrFile = Annotated[Style, BeforeValidator(_from_file)]
