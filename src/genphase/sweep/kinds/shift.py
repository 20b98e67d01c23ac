"""The figure of shifts: by how much transitions differ between values of an axis."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Literal

from pydantic import Field

from genphase.errors import Mistake, did_you_mean, shown
from genphase.sweep.kinds.base import OF_CELLS, FigureSpec
from genphase.sweep.style import Style, StyleOrFile
from genphase.sweep.transitions import transition_axis

if TYPE_CHECKING:
    from genphase.sweep.models import Sweep


class Shift(FigureSpec):
    """By how much transitions shift between the values of an axis, and whether that is nothing."""

    said = "by how much transitions shift between values of an axis, with tests"
    tables = OF_CELLS
    of_lines = True

    kind: Literal["shift"] = "shift"
    axis: str = Field(description="the axis whose values are compared, such as one of laws")
    reference: str | int | float | None = Field(
        None, description="the value that others are compared with; default: the first one"
    )
    margin: float = Field(
        gt=0, description="crossings that differ by less are equivalent, see `relative`"
    )
    relative: bool = Field(
        True,
        description="whether shifts and the margin are shares of the crossing of the reference, or "
        "in the unit of the axis along which the rate crosses",
    )
    x_label: str = Field("", description="text at the x axis; default: what it shows")
    title: str = Field("", description="default: the sweep's title")
    style: StyleOrFile = Field(Style(), description="how it looks: a mapping, or path of a file")

    def mistakes(self, key: str, sweep: "Sweep") -> Iterator[Mistake]:
        """Yield what is wrong with its axis, the values that it compares, and the margin."""
        along = transition_axis(sweep)
        if along is None:
            text = (
                "a shift is one of transitions, and it is not clear along which axis the rate "
                "crosses"
            )
            yield Mistake(key, text, "write transition: {along: ...}")
        known = [name for name in sweep.shown_axes if name != along]
        if self.axis == along and along is not None:
            text = f"the rate crosses along {along!r}: its values have no transition each"
            remedy = f"name another axis: {', '.join(known) or 'add one'}"
            yield Mistake(f"{key}.axis", text, remedy)
        elif self.axis not in known:
            text = f"{self.axis!r} is not an axis"
            yield Mistake(f"{key}.axis", text, did_you_mean(self.axis, known))
        else:
            yield from self._of_values(key, list(sweep.axes[self.axis]))
        if self.relative and self.margin >= 1:
            text = f"{shown(self.margin)} is no share: crossings that differ by all are no equals"
            remedy = "write a margin below 1, such as 0.05, or relative: false"
            yield Mistake(f"{key}.margin", text, remedy)

    def _of_values(self, key: str, values: list[object]) -> Iterator[Mistake]:
        if len(values) < 2:
            text = f"the axis {self.axis!r} has one value, with nothing to compare it with"
            yield Mistake(f"{key}.axis", text, "add a value to the axis, or remove the figure")
        if self.reference is not None and self.reference not in values:
            text = f"{shown(self.reference)} is no value of {self.axis!r}"
            remedy = f"name one of {', '.join(str(value) for value in values)}"
            yield Mistake(f"{key}.reference", text, remedy)
