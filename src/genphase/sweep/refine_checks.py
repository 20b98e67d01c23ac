"""Checks of the refinement of a sweep's grid."""

from collections.abc import Iterator

from genphase.errors import Mistake, did_you_mean
from genphase.sweep.models import Sweep
from genphase.sweep.symbols import number_axes


def refine_mistakes(sweep: Sweep) -> Iterator[Mistake]:
    """Yield what is wrong with the axes along which a grid is refined."""
    how = sweep.refinement()
    if how is None:
        return
    numeric = number_axes(sweep)
    along, log = how.along or [], how.log or []
    if not along:
        yield Mistake("refine.along", "no axis is named, and there is no portrait", "name axes")
    for i, name in enumerate(along):
        if name not in numeric:
            text = f"{name!r} is not an axis of numbers"
            yield Mistake(f"refine.along[{i}]", text, did_you_mean(name, numeric))
        elif name in along[:i]:
            yield Mistake(f"refine.along[{i}]", f"{name!r} is given twice", "remove one")
    for i, name in enumerate(log):
        if name not in along:
            text = f"{name!r} is not among the axes that are refined"
            yield Mistake(f"refine.log[{i}]", text, did_you_mean(name, along))
        elif name in numeric and min(map(_as_number, sweep.axes[name])) <= 0:
            text = f"the axis {name} has values that are not positive"
            yield Mistake(f"refine.log[{i}]", text, "leave it out: its middles are arithmetic then")


def _as_number(value: object) -> int | float:
    assert isinstance(value, int | float)
    return value
