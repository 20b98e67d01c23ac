"""What a figure of pictures shows of its sweep: which grid points, and in which shape."""

from collections.abc import Iterator, Mapping, Sequence
from math import isqrt
from typing import Any

from genphase.errors import BadValue, Mistake, did_you_mean, shown
from genphase.images.split import read_split
from genphase.sweep.figures import ERRORS, Gallery
from genphase.sweep.models import SEED, Images, Sweep

# The most columns of a figure, the most blocks of them, and the most pictures one below another,
# which are as many inches: much more is no longer a file that a program draws.
_COLUMNS, _BLOCKS, _ROWS = 20, 12, 200
# Errors that are columns of trials.csv.
_RECORDED = tuple(error for error in ERRORS if error.endswith("_error"))


def gallery_mistakes(key: str, figure: Gallery, sweep: Sweep) -> Iterator[Mistake]:
    """Yield what is wrong with a figure of pictures, whatever the sizes of its signals."""
    axes = sweep.shown_axes
    if figure.x not in axes:
        text = f"{shown(figure.x)} is no axis of the sweep"
        yield Mistake(f"{key}.x", text, did_you_mean(figure.x, axes))
    for i, name in enumerate(figure.panels):
        known = [axis for axis in axes if axis != figure.x]
        if name not in known:
            text = f"{name!r} is no other axis"
            remedy = did_you_mean(name, known) if known else "remove it"
            yield Mistake(f"{key}.panels[{i}]", text, remedy)
        elif name in figure.panels[:i]:
            yield Mistake(f"{key}.panels[{i}]", f"{name!r} is given twice", "remove one")
    for name, values in figure.only.items():
        if name not in axes:
            text = f"{name!r} is no axis of the sweep"
            yield Mistake(f"{key}.only.{name}", text, did_you_mean(name, axes))
            continue
        for value in values:
            if value not in sweep.axes[name]:
                text = f"{name} has no value {shown(value)}"
                listed = list(map(str, sweep.axes[name]))
                yield Mistake(f"{key}.only.{name}", text, did_you_mean(str(value), listed))
    yield from _counts(key, figure, sweep)
    trials = sweep.trials if isinstance(sweep.trials, int) else sweep.trials.at_least
    if figure.trial >= trials:
        text = f"trial {figure.trial} of {trials}, which are counted from 0"
        yield Mistake(f"{key}.trial", text, f"use at most {trials - 1}, or raise trials")
    columns = [*_RECORDED, *(error.column for error in sweep.all_errors())]
    if figure.y not in columns:
        remedy = f"{did_you_mean(figure.y, columns)}; or add it to `errors`"
        yield Mistake(f"{key}.y", f"{shown(figure.y)} is not recorded of a trial", remedy)


def _counts(key: str, figure: Gallery, sweep: Sweep) -> Iterator[Mistake]:
    blocks = 1
    for name in sweep.shown_axes:
        count = len(figure.only.get(name, sweep.axes[name]))
        if name == figure.x:
            if count > _COLUMNS:
                text = f"{count} columns of pictures, more than {_COLUMNS}"
                yield Mistake(f"{key}.x", text, f"choose some: only: {{{name}: [...]}}")
        elif name in figure.panels:
            blocks *= count
        elif count > 1:
            text = f"the axis {name} has {count} values and makes neither columns nor panels"
            remedy = f"write panels: {name}, or choose one: only: {{{name}: ...}}"
            yield Mistake(key, text, remedy)
    if blocks > _BLOCKS:
        text = f"{blocks} panels of pictures, more than {_BLOCKS}"
        some = ", ".join(f"{name}: [...]" for name in figure.panels)
        yield Mistake(f"{key}.panels", text, f"choose some of their values: only: {{{some}}}")
    rows = blocks * (2 + len(sweep.solvers))
    if blocks <= _BLOCKS and rows > _ROWS:
        text = f"{rows} rows of pictures for {len(sweep.solvers)} solvers, more than {_ROWS}"
        yield Mistake(key, text, "use fewer solvers, or fewer panels by `only`")


def is_shown(figure: Gallery, sweep: Sweep, point: Mapping[str, Any]) -> bool:
    """Return whether a figure shows a grid point: of the sweep's own grid, and chosen."""
    for name, value in point.items():
        values: Sequence[Any] = figure.only.get(name, sweep.axes[name])
        if name == SEED and sweep.seeds:
            # Of seeds that are taken together, the first.
            values = sweep.seeds[:1]
        if value not in values:
            return False
    return True


def picture_shape(
    figure: Gallery, sweep: Sweep, point: Mapping[str, Any], n: int
) -> tuple[int, int]:
    """Return height and width of the pictures of a grid point.

    Parameters
    ----------
    figure
        The figure's entry in the sweep file.
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
    if figure.shape is not None:
        height, width = figure.shape
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


def shape_mistakes(
    key: str, figure: Gallery, sweep: Sweep, points: Sequence[tuple[Mapping[str, Any], Any]]
) -> Iterator[Mistake]:
    """Yield what is wrong with the shape of pictures on the grid, or that none is left."""
    found = [(point, symbols) for point, symbols in points if is_shown(figure, sweep, point)]
    own = any(all(v in sweep.axes[name] for name, v in point.items()) for point, _ in points)
    # A round of a refinement adds points that no figure of pictures shows.
    if own and not found:
        yield Mistake(f"{key}.only", "no grid point is left", "choose points that `where` keeps")
    for point, symbols in found:
        try:
            picture_shape(figure, sweep, point, symbols["n"])
        except BadValue as error:
            yield Mistake(f"{key}.shape", error.text, error.remedy)
            return
