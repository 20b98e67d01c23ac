"""The portrait: the recovery rate over two axes."""

from typing import ClassVar, Literal

from pydantic import Field

from genphase.sweep.kinds.base import OVERLAYS, Map
from genphase.sweep.overlays import Overlay


class Portrait(Map):
    """A heatmap of the recovery rate over two axes; one panel for each value of the others."""

    said = "the recovery rate over two axes"
    tables: ClassVar = {"tables": ("cells", "transition")}
    explorer = "cell"
    overlay_models = OVERLAYS
    only_drawn = frozenset({"marks"})
    compare = "crossing"

    kind: Literal["portrait"] = "portrait"
    x: str = Field(description="the axis drawn to the right")
    y: str = Field(description="the axis drawn upwards")
    overlays: list[Overlay] = Field([], description="lines and points over the map")
    marks: bool = Field(
        False, description="whether cells with capped and diverged trials are marked, by share"
    )

    @property
    def map_axes(self) -> tuple[str, str] | None:
        """Return its axes: the rate crosses along y."""
        return self.x, self.y

    def compare_mistake(self, what: str | None) -> tuple[str, str] | None:
        """Return why numbers that are no crossings are held against nothing here."""
        if what not in ("value", "exponent"):
            return None
        text = f"compare: {what}, but a portrait shows where rates cross"
        return text, "use compare: crossing, or draw the numbers in a curve"
