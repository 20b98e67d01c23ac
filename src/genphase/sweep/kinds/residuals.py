"""The map of residuals: where the regression of a portrait does not fit."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Literal

from pydantic import Field

from genphase.errors import Mistake
from genphase.sweep.kinds.base import OF_CELLS, Map
from genphase.sweep.transitions import across_axis, transition_axis

if TYPE_CHECKING:
    from genphase.sweep.models import Sweep


class Residuals(Map):
    """A map of the deviance residuals of the regression of a portrait."""

    said = "where the regression of a portrait does not fit"
    tables = OF_CELLS
    called = "residuals"
    of_lines = True

    kind: Literal["residuals"] = "residuals"
    x: str = Field(description="the axis drawn to the right")
    y: str = Field(description="the axis drawn upwards")

    def mistakes(self, key: str, sweep: "Sweep") -> Iterator[Mistake]:
        """Yield what is wrong with its axes, and that they are not those of the regression."""
        yield from super().mistakes(key, sweep)
        along, across = transition_axis(sweep), across_axis(sweep)
        if None in (along, across):
            text = "residuals are of the regression of a portrait, and this sweep has none"
            yield Mistake(key, text, "write transition: {along: AXIS, across: AXIS}")
        elif {self.x, self.y} != {along, across}:
            own = f"this map over {self.x}, {self.y}"
            text = f"the regression is over {along} and {across}, {own}"
            yield Mistake(key, text, "draw those, or change transition.along and transition.across")
