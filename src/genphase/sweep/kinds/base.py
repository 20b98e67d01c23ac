"""What every kind of figure says of itself, and the two shapes that several kinds have.

A kind is a class: its fields are what a sweep file may say, its class variables and methods are
what the rest of genphase asks. So nothing else asks which kind a figure is of.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, Self

from pydantic import BaseModel, BeforeValidator, Field, WithJsonSchema

from genphase.errors import Mistake, did_you_mean
from genphase.language.expressions import Expression
from genphase.language.fields import Strict
from genphase.sweep.overlays import FORMS
from genphase.sweep.style import Style, StyleOrFile
from genphase.sweep.symbols import number_axes

if TYPE_CHECKING:
    from genphase.sweep.models import Sweep

Scale = Literal["linear", "log"]
TheoryAs = Literal["boundary", "limit", "levels", "iterates", "places"]
# What a curve can show of every sweep that solves: the rate, errors, and how runs ended.
ERRORS = ("signal_error", "latent_error", "signal_mse", "latent_mse")
ENDS = ("iterations", "negations", "objective", "gradient_norm")
# The one of timings.csv, which is of the machine that the trials ran on.
SECONDS = "solve_seconds"
HEIGHTS = ("rate", *ERRORS, *ENDS, SECONDS)
# What a curve of a sweep shows that measures.
VALUE = "value"
# The models of overlays, by the end of the key that they stand at.
OVERLAYS: dict[str, type[BaseModel]] = {f".{form}": model for form, model in FORMS.items()}
# The tables that a figure is drawn from, by the job that makes them.
OF_TRIALS: Mapping[str, tuple[str, ...]] = {"trials": ("trials",)}
OF_CELLS: Mapping[str, tuple[str, ...]] = {"tables": ("cells",)}
# The value of every axis, and of every symbol, at a grid point.
Point = tuple[Mapping[str, Any], Mapping[str, Any]]


def _listed(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


Names = Annotated[
    list[str],
    BeforeValidator(_listed),
    WithJsonSchema({"type": ["string", "array"], "items": {"type": "string"}}),
]


class FigureSpec(Strict):
    """A figure of a sweep.

    Each kind is a subclass, which says what differs from these defaults.
    """

    # What results say that such a figure is, in README.txt.
    said: ClassVar[str]
    # The tables that it is drawn from, by the job that makes them.
    tables: ClassVar[Mapping[str, tuple[str, ...]]]
    # Of which sweeps it can be: of those that solve, that measure, or both.
    of: ClassVar[frozenset[str]] = frozenset({"solvers"})
    # Several of them, as the subject of a sentence; empty for "a" and the kind.
    called: ClassVar[str] = ""
    # What a mark of its explorer is, a page for a browser: a cell, or a point; empty without one.
    explorer: ClassVar[Literal["", "cell", "point"]] = ""
    # Whether it is of the lines that are regressed in transition.csv.
    of_lines: ClassVar[bool] = False
    # Whether its numbers are paired tests of two solvers, which README.txt sums up.
    compares_solvers: ClassVar[bool] = False
    # The options that decide the table of its pictures; empty where it has none.
    pictured: ClassVar[frozenset[str]] = frozenset()
    # What another y shows than an error of the latent code, where there is none.
    without_code: ClassVar[str] = "signal_error"

    # The models of its overlays, by the end of their key; empty where it has none.
    overlay_models: ClassVar[Mapping[str, type[BaseModel]]] = {}
    # Symbols that overlays may use, beside those of the grid.
    overlay_symbols: ClassVar[frozenset[str]] = frozenset()
    # The options that change neither what overlays are nor where they lie.
    only_drawn: ClassVar[frozenset[str]] = frozenset()
    # What a theory is in it: where recovery ends as a line over two axes, the same at infinite
    # size, levels along x, errors of iterates, places in the latent space.
    theory_as: ClassVar[TheoryAs] = "levels"
    # What published numbers are held against, where the overlay does not say it.
    compare: ClassVar[Literal["value", "crossing", "nothing"]] = "nothing"

    if TYPE_CHECKING:
        # Every kind has these; where they stand among its fields is its own affair.
        kind: str
        title: str
        style: Style

    @property
    def is_timed(self) -> bool:
        """Return whether it shows processor time, which is in timings.csv."""
        return False

    @property
    def map_axes(self) -> tuple[str, str] | None:
        """Return the axes of a map of the rate, along whose second one it crosses levels."""
        return None

    @property
    def log_axes(self) -> frozenset[str]:
        """Return which axes of a map are spaced by factors."""
        return frozenset()

    @property
    def rate_along(self) -> str | None:
        """Return what it shows the rate along, which is an axis where a sweep has one so called."""
        return None

    @property
    def shows_rate(self) -> bool:
        """Return whether its height, or its colour, is the rate."""
        return False

    @property
    def shows_error(self) -> bool:
        """Return whether its height is an error that every sweep records."""
        return False

    @property
    def shows_errors_of_instances(self) -> bool:
        """Return whether an error of the instance itself can be drawn over it."""
        return False

    @property
    def drawn_over(self) -> list[Any]:
        """Return its overlays; none of a kind that has none."""
        return getattr(self, "overlays", [])

    def of_measured(self) -> Self:
        """Return it as it is in a sweep that measures."""
        return self

    def panel_axes(self, axes: Sequence[str]) -> list[str]:
        """Return what makes its panels, among the axes, `solver` and `measure`."""
        return []

    def line_axes(self, axes: Sequence[str]) -> list[str]:
        """Return the axes whose values each have a line of theory."""
        return [name for name in self.panel_axes(axes) if name in axes]

    def is_shown(self, sweep: "Sweep", point: Mapping[str, Any]) -> bool:
        """Return whether it has a picture of a grid point."""
        return True

    def mistakes(self, key: str, sweep: "Sweep") -> Iterator[Mistake]:
        """Yield what is wrong with it in a sweep, but for overlays and values on the grid.

        Parameters
        ----------
        key
            Of the figure, in the sweep file.
        sweep
            The sweep.
        """
        yield from ()

    def grid_mistakes(self, key: str, sweep: "Sweep", points: Sequence[Point]) -> Iterator[Mistake]:
        """Yield what is wrong with it at the points of the grid, but for overlays."""
        yield from ()

    def theory_mistakes(self, at: str, name: str, sweep: "Sweep") -> Iterator[Mistake]:
        """Yield why theory that fits the kind does not fit this figure."""
        yield from ()

    def compare_mistake(self, what: str | None) -> tuple[str, str] | None:
        """Return why numbers cannot be held against it so, and the remedy."""
        return None


class FigureWithAxes(FigureSpec):
    """What figures with axes have."""

    x_scale: Scale = Field("linear", description="spacing of the x axis")
    y_scale: Scale = Field("linear", description="spacing of the y axis")
    x_label: str = Field("", description="text at the x axis; default: what it shows")
    y_label: str = Field("", description="text at the y axis; default: what it shows")
    title: str = Field("", description="default: the sweep's title")
    style: StyleOrFile = Field(Style(), description="how it looks: a mapping, or path of a file")


class Map(FigureWithAxes):
    """What maps over two axes have, x and y."""

    theory_as: ClassVar[TheoryAs] = "boundary"
    # What makes panels before the axes do: the solvers, or what is measured.
    first_panels: ClassVar[tuple[str, ...]] = ("solver",)

    if TYPE_CHECKING:
        x: str
        y: str

    @property
    def shows_rate(self) -> bool:
        """Return that colours are the rate."""
        return True

    @property
    def log_axes(self) -> frozenset[str]:
        """Return which of its axes are spaced by factors."""
        scales = {self.x: self.x_scale, self.y: self.y_scale}
        return frozenset(axis for axis, scale in scales.items() if scale == "log")

    def panel_axes(self, axes: Sequence[str]) -> list[str]:
        """Return what makes its panels: the other axes."""
        return [*self.first_panels, *(axis for axis in axes if axis not in (self.x, self.y))]

    def mistakes(self, key: str, sweep: "Sweep") -> Iterator[Mistake]:
        """Yield what is wrong with its two axes."""
        yield from axis_mistakes(key, {"x": self.x, "y": self.y}, sweep)
        if self.x == self.y:
            yield Mistake(f"{key}.y", f"both sides are {self.x!r}", "choose two axes")

    def grid_mistakes(self, key: str, sweep: "Sweep", points: Sequence[Point]) -> Iterator[Mistake]:
        """Yield log scales of axes with values that are not positive."""
        for side, scale, axis in (("x", self.x_scale, self.x), ("y", self.y_scale, self.y)):
            values = [point[axis] for point, _ in points]
            yield from logarithmic(f"{key}.{side}_scale", scale, values)


class Lines(FigureWithAxes):
    """What figures of lines have."""

    series: Names = Field(
        [], description="the axes (or solver) that make lines; default: all that make no panels"
    )
    panels: Names = Field([], description="the axes (or solver) that make small multiples")

    @property
    def right(self) -> Expression:
        """Return what is drawn to the right."""
        raise NotImplementedError

    def panel_axes(self, axes: Sequence[str]) -> list[str]:
        """Return what makes its panels: what it says."""
        return list(self.panels)

    def line_axes(self, axes: Sequence[str]) -> list[str]:
        """Return the axes whose values each have a line of theory."""
        given = self.series or [axis for axis in axes if axis not in self.right.symbols]
        return [axis for axis in axes if axis in (*given, *self.panels)]

    def group_mistakes(self, key: str, known: list[str]) -> Iterator[Mistake]:
        """Yield what is wrong with the names that make series and panels."""
        for kind, names in (("series", self.series), ("panels", self.panels)):
            count = Counter(names)
            for i, name in enumerate(names):
                at = f"{key}.{kind}[{i}]"
                if count[name] > 1:
                    yield Mistake(at, f"{name!r} is given twice", "remove one")
                if name not in known:
                    text = f"{name!r} is neither another axis nor {known[-1]}"
                    yield Mistake(at, text, did_you_mean(name, known))
                if kind == "panels" and name in self.series:
                    text = f"{name!r} makes both series and panels"
                    yield Mistake(at, text, "remove it from one of them")


def axis_mistakes(key: str, named: Mapping[str, str], sweep: "Sweep") -> Iterator[Mistake]:
    """Yield the names that are no axes of numbers, by their key."""
    numeric = number_axes(sweep)
    for side, axis in named.items():
        if axis not in numeric:
            text = f"{axis!r} is not an axis of numbers"
            yield Mistake(f"{key}.{side}", text, did_you_mean(axis, numeric))


def logarithmic(key: str, scale: str, values: Sequence[Any]) -> Iterator[Mistake]:
    """Yield that a log scale cannot show values."""
    if scale == "log" and min(values) <= 0:
        yield Mistake(
            key, f"a log scale cannot show {min(values)}", "write linear, or drop it with `where`"
        )
