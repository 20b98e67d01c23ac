"""The figure of sizes: crossings and widths against a size, and their limits."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import Field

from genphase.errors import Mistake
from genphase.language.expressions import Expression
from genphase.language.fields import Quantity
from genphase.sweep.kinds.base import OF_CELLS, FigureSpec, Point, axis_mistakes
from genphase.sweep.overlays import Theory
from genphase.sweep.style import Limits, Style, StyleOrFile
from genphase.sweep.symbols import grid_symbols, unknown_symbols
from genphase.sweep.transitions import monotone_mistakes

if TYPE_CHECKING:
    from genphase.sweep.models import Sweep

# Of a limit, how far off it is, and how fast that shrinks.
LEAST_SIZES = 3


class Scaling(FigureSpec):
    """Crossings and widths against a size, their limits at infinite size, and a collapse."""

    said = "crossings and widths against a size, and their limit at infinite size"
    tables = OF_CELLS
    overlay_models: ClassVar = {"": Theory}
    only_drawn = frozenset({"exponents"})
    theory_as = "limit"

    kind: Literal["scaling"] = "scaling"
    x: str = Field(description="the axis along which the rate crosses 50 %")
    size: str = Field(description="the axis by which all sizes grow together")
    coordinate: Quantity | None = Field(
        None,
        description="what the log-odds of the rate are linear in: an expression over axes, k, m "
        "and widths that has a limit, such as k/m; default: x",
    )
    exponents: Limits = Field(
        (0.5, 3.0), description="bounds of the exponent ω by which offsets shrink, as [low, high]"
    )
    overlays: list[Theory] = Field(
        [], description="limits of recovery, with which the transition at infinite size is compared"
    )
    y_label: str = Field("", description="text at the y axis; default: what it shows")
    title: str = Field("", description="default: the sweep's title")
    style: StyleOrFile = Field(Style(), description="how it looks: a mapping, or path of a file")

    @property
    def place(self) -> Expression:
        """Return the coordinate."""
        return Expression(self.x) if self.coordinate is None else self.coordinate

    @property
    def shows_rate(self) -> bool:
        """Return that it shows where the rate crosses."""
        return True

    def panel_axes(self, axes: Sequence[str]) -> list[str]:
        """Return what makes its panels: solvers and the other axes."""
        return ["solver", *(axis for axis in axes if axis not in (self.x, self.size))]

    def mistakes(self, key: str, sweep: "Sweep") -> Iterator[Mistake]:
        """Yield what is wrong with its axes, its coordinate and its exponents."""
        yield from axis_mistakes(key, {"x": self.x, "size": self.size}, sweep)
        if self.x == self.size:
            text = f"the rate crosses along {self.x!r}, and that is the size, too"
            yield Mistake(f"{key}.size", text, "choose two axes")
        yield from unknown_symbols(f"{key}.coordinate", self.place, grid_symbols(sweep))
        if self.exponents[0] <= 0:
            given = list(self.exponents)
            text = f"exponents: {given}, but an offset shrinks by an exponent above 0"
            yield Mistake(f"{key}.exponents", text, "write bounds such as [0.5, 3]")

    def grid_mistakes(self, key: str, sweep: "Sweep", points: Sequence[Point]) -> Iterator[Mistake]:
        """Yield what is wrong with the sizes, and with the coordinate along the lines of each."""
        sizes = {point[self.size] for point, _ in points}
        if min(sizes) <= 0:
            text = f"{self.size} = {min(sizes)} is no size"
            yield Mistake(f"{key}.size", text, "let it be above 0, or drop it with `where`")
        if len(sizes) < LEAST_SIZES:
            text = f"{len(sizes)} sizes say nothing of how fast an offset shrinks"
            yield Mistake(f"{key}.size", text, f"give the axis {LEAST_SIZES} values or more")
        yield from monotone_mistakes(f"{key}.coordinate", self.place, self.x, points)
