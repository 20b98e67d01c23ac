"""The landscape: what was measured, over two axes."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Literal

from pydantic import Field

from genphase.errors import Mistake, did_you_mean
from genphase.sweep.kinds.base import OF_CELLS, OVERLAYS, Map, Scale
from genphase.sweep.overlays import PLANE, Overlay
from genphase.sweep.style import Limits

if TYPE_CHECKING:
    from genphase.sweep.models import Sweep


class Landscape(Map):
    """A map of what was measured over two axes; one panel for each quantity and other axis."""

    said = "what was measured, over two axes"
    tables = OF_CELLS
    of = frozenset({"measure"})
    overlay_models = OVERLAYS
    only_drawn = frozenset({"statistic", "value_scale", "value_limits", "value_label", "contours"})
    theory_as = "places"
    first_panels = ("measure",)

    kind: Literal["landscape"] = "landscape"
    x: str = Field(description="the axis drawn to the right")
    y: str = Field(description="the axis drawn upwards")
    measures: list[str] = Field(
        [], description="the labels of the quantities that are shown; default: all of the sweep"
    )
    statistic: Literal["median", "mean"] = Field(
        "median", description="of the trials of each cell, which are drawn networks"
    )
    value_scale: Scale = Field("linear", description="spacing of the colours")
    value_limits: Limits | None = Field(
        None, description="lowest and highest value with colours of their own, as [low, high]"
    )
    value_label: str = Field("", description="text at the colours; default: what is shown")
    contours: int = Field(10, ge=0, le=100, description="lines of equal values, about so many")
    overlays: list[Overlay] = Field([], description="lines and points over the map")

    def mistakes(self, key: str, sweep: "Sweep") -> Iterator[Mistake]:
        """Yield what is wrong with its axes, and quantities that the sweep has not."""
        yield from super().mistakes(key, sweep)
        labels = [method.called for method in sweep.measure]
        for i, label in enumerate(self.measures):
            if label not in labels:
                text = f"{label!r} is not measured in this sweep"
                yield Mistake(f"{key}.measures[{i}]", text, did_you_mean(label, labels))

    def theory_mistakes(self, at: str, name: str, sweep: "Sweep") -> Iterator[Mistake]:
        """Yield where it is no plane through x*, on which stationary points lie."""
        for method in sweep.measure:
            options = method.options
            found = tuple(str(options.get(key)) for key in PLANE)
            if self.measures and method.called not in self.measures:
                continue
            if found != (self.x, self.y):
                text = (
                    f"{name} has places along x* and across it, but {method.called} is not "
                    f"measured at {PLANE[0]}: {self.x}, {PLANE[1]}: {self.y}"
                )
                yield Mistake(at, text, "let the axes x and y be these options themselves")
                return

    def compare_mistake(self, what: str | None) -> tuple[str, str] | None:
        """Return that it is held against nothing."""
        if what in (None, "nothing"):
            return None
        text = f"compare: {what}, but a landscape is held against nothing"
        return text, "remove it; draw the numbers in a curve"
