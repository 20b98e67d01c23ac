"""The gallery: pictures of signals, of chosen grid points."""

from collections.abc import Iterator, Mapping, Sequence
from math import isqrt
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import BeforeValidator, Field, WithJsonSchema

from genphase.errors import BadValue, Mistake, did_you_mean, shown
from genphase.images.split import read_split
from genphase.language.axes import SCHEMA as AXIS_SCHEMA
from genphase.language.fields import Axis
from genphase.sweep.kinds.base import ERRORS, OF_TRIALS, FigureSpec, Names, Point
from genphase.sweep.style import Limits, Style, StyleOrFile
from genphase.sweep.symbols import SEED

if TYPE_CHECKING:
    from genphase.sweep.models import Sweep

# The most columns of a figure, the most blocks of them, and the most pictures one below another,
# which are as many inches: much more is no longer a file that a program draws.
_COLUMNS, _BLOCKS, _ROWS = 20, 12, 200
# Errors that are columns of trials.csv.
_RECORDED = tuple(error for error in ERRORS if error.endswith("_error"))


def _shape(value: Any) -> Any:
    numbers = isinstance(value, list | tuple) and len(value) == 2
    if not numbers or not all(type(side) is int and side >= 1 for side in value):
        raise BadValue(f"{shown(value)} is no shape of a picture", "write [height, width]")
    return tuple(value)


Values = Annotated[
    Axis,
    BeforeValidator(lambda value: value if isinstance(value, list | tuple | dict) else [value]),
    WithJsonSchema({"anyOf": [AXIS_SCHEMA, {"type": ["number", "string"]}]}),
]


class Gallery(FigureSpec):
    """Pictures of signals: the truth, what is observed, and what each solver recovers."""

    said = "pictures of signals and of what is recovered"
    tables = OF_TRIALS
    called = "pictures"
    pictured = frozenset({"kind", "x", "panels", "only", "trial", "shape"})

    kind: Literal["images"] = "images"
    x: str = Field(description="the axis whose values make the columns")
    panels: Names = Field(
        [], description="the axes that make blocks of pictures, one below another"
    )
    only: dict[str, Values] = Field(
        {}, description="the values of axes that are shown, by axis; default: all"
    )
    trial: int = Field(0, ge=0, description="index of the trial that is shown of each cell")
    y: str = Field(
        "signal_error",
        description="what is written below an estimate: signal_error, latent_error, or a further "
        "error of the sweep",
    )
    limits: Limits = Field((0.0, 1.0), description="what is black and what is white: [low, high]")
    shape: Annotated[tuple[int, int], BeforeValidator(_shape)] | None = Field(
        None, description="[height, width] in pixels; default: that of the images, or a square"
    )
    title: str = Field("", description="default: the sweep's title")
    style: StyleOrFile = Field(Style(), description="how it looks: a mapping, or path of a file")

    def mistakes(self, key: str, sweep: "Sweep") -> Iterator[Mistake]:
        """Yield what is wrong with it, whatever the sizes of its signals."""
        axes = sweep.shown_axes
        if self.x not in axes:
            text = f"{shown(self.x)} is no axis of the sweep"
            yield Mistake(f"{key}.x", text, did_you_mean(self.x, axes))
        for i, name in enumerate(self.panels):
            known = [axis for axis in axes if axis != self.x]
            if name not in known:
                text = f"{name!r} is no other axis"
                remedy = did_you_mean(name, known) if known else "remove it"
                yield Mistake(f"{key}.panels[{i}]", text, remedy)
            elif name in self.panels[:i]:
                yield Mistake(f"{key}.panels[{i}]", f"{name!r} is given twice", "remove one")
        for name, values in self.only.items():
            if name not in axes:
                text = f"{name!r} is no axis of the sweep"
                yield Mistake(f"{key}.only.{name}", text, did_you_mean(name, axes))
                continue
            for value in values:
                if value not in sweep.axes[name]:
                    text = f"{name} has no value {shown(value)}"
                    listed = list(map(str, sweep.axes[name]))
                    yield Mistake(f"{key}.only.{name}", text, did_you_mean(str(value), listed))
        yield from self._counts(key, sweep)
        trials = sweep.trials if isinstance(sweep.trials, int) else sweep.trials.at_least
        if self.trial >= trials:
            text = f"trial {self.trial} of {trials}, which are counted from 0"
            yield Mistake(f"{key}.trial", text, f"use at most {trials - 1}, or raise trials")
        columns = [*_RECORDED, *(error.column for error in sweep.all_errors())]
        if self.y not in columns:
            remedy = f"{did_you_mean(self.y, columns)}; or add it to `errors`"
            yield Mistake(f"{key}.y", f"{shown(self.y)} is not recorded of a trial", remedy)

    def _counts(self, key: str, sweep: "Sweep") -> Iterator[Mistake]:
        blocks = 1
        for name in sweep.shown_axes:
            count = len(self.only.get(name, sweep.axes[name]))
            if name == self.x:
                if count > _COLUMNS:
                    text = f"{count} columns of pictures, more than {_COLUMNS}"
                    yield Mistake(f"{key}.x", text, f"choose some: only: {{{name}: [...]}}")
            elif name in self.panels:
                blocks *= count
            elif count > 1:
                text = f"the axis {name} has {count} values and makes neither columns nor panels"
                remedy = f"write panels: {name}, or choose one: only: {{{name}: ...}}"
                yield Mistake(key, text, remedy)
        if blocks > _BLOCKS:
            text = f"{blocks} panels of pictures, more than {_BLOCKS}"
            some = ", ".join(f"{name}: [...]" for name in self.panels)
            yield Mistake(f"{key}.panels", text, f"choose some of their values: only: {{{some}}}")
        rows = blocks * (2 + len(sweep.solvers))
        if blocks <= _BLOCKS and rows > _ROWS:
            text = f"{rows} rows of pictures for {len(sweep.solvers)} solvers, more than {_ROWS}"
            yield Mistake(key, text, "use fewer solvers, or fewer panels by `only`")

    def is_shown(self, sweep: "Sweep", point: Mapping[str, Any]) -> bool:
        """Return whether it shows a grid point: of the sweep's own grid, and chosen."""
        for name, value in point.items():
            values: Sequence[Any] = self.only.get(name, sweep.axes[name])
            if name == SEED and sweep.seeds:
                # Of seeds that are taken together, the first.
                values = sweep.seeds[:1]
            if value not in values:
                return False
        return True

    def picture_shape(self, sweep: "Sweep", point: Mapping[str, Any], n: int) -> tuple[int, int]:
        """Return height and width of the pictures of a grid point.

        Parameters
        ----------
        sweep
            The sweep, whose signals may be images.
        point
            The value of every axis.
        n
            The number of entries of a signal.

        Raises
        ------
        BadValue
            If signals with n entries are no such pictures.
        """
        # The models of a sweep hold those of its figures.
        from genphase.sweep.models import Images

        if self.shape is not None:
            height, width = self.shape
            if height * width != n:
                text = f"{height} × {width} pixels, but a signal has n = {n} entries"
                raise BadValue(text, "let height times width be n")
            return height, width
        target = sweep.target
        if isinstance(target, Images):
            source = str(point.get(target.images, target.images))
            return read_split(source, target.split, target.invert).shape
        side = isqrt(n)
        if side * side != n:
            text = f"a signal with n = {n} entries is no square picture"
            raise BadValue(text, "add `shape: [height, width]`, or choose n such as 784")
        return side, side

    def grid_mistakes(self, key: str, sweep: "Sweep", points: Sequence[Point]) -> Iterator[Mistake]:
        """Yield what is wrong with the shape of pictures on the grid, or that none is left."""
        found = [(point, symbols) for point, symbols in points if self.is_shown(sweep, point)]
        own = any(all(v in sweep.axes[name] for name, v in point.items()) for point, _ in points)
        # A round of a refinement adds points that no figure of pictures shows.
        if own and not found:
            text = "no grid point is left"
            yield Mistake(f"{key}.only", text, "choose points that `where` keeps")
        for point, symbols in found:
            try:
                self.picture_shape(sweep, point, symbols["n"])
            except BadValue as error:
                yield Mistake(f"{key}.shape", error.text, error.remedy)
                return
