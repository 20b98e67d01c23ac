"""Checks of figures of shifts against the axes of their sweep."""

from collections.abc import Iterator

from genphase.errors import Mistake, did_you_mean, shown
from genphase.sweep.figures import Shift
from genphase.sweep.models import Sweep
from genphase.sweep.transitions import transition_axis


def shift_mistakes(key: str, figure: Shift, sweep: Sweep) -> Iterator[Mistake]:
    """Yield what is wrong with a figure of shifts.

    Parameters
    ----------
    key
        Of the figure, in the sweep file.
    figure
        Its entry.
    sweep
        The sweep.
    """
    along = transition_axis(sweep)
    if along is None:
        text = (
            "a shift is one of transitions, and it is not clear along which axis the rate crosses"
        )
        yield Mistake(key, text, "write transition: {along: ...}")
    known = [name for name in sweep.shown_axes if name != along]
    if figure.axis == along and along is not None:
        text = f"the rate crosses along {along!r}: its values have no transition each"
        yield Mistake(f"{key}.axis", text, f"name another axis: {', '.join(known) or 'add one'}")
    elif figure.axis not in known:
        text = f"{figure.axis!r} is not an axis"
        yield Mistake(f"{key}.axis", text, did_you_mean(figure.axis, known))
    else:
        yield from _of_values(key, figure, list(sweep.axes[figure.axis]))
    if figure.relative and figure.margin >= 1:
        text = f"{shown(figure.margin)} is no share: crossings that differ by all are no equals"
        remedy = "write a margin below 1, such as 0.05, or relative: false"
        yield Mistake(f"{key}.margin", text, remedy)


def _of_values(key: str, figure: Shift, values: list[object]) -> Iterator[Mistake]:
    if len(values) < 2:
        text = f"the axis {figure.axis!r} has one value, with nothing to compare it with"
        yield Mistake(f"{key}.axis", text, "add a value to the axis, or remove the figure")
    if figure.reference is not None and figure.reference not in values:
        text = f"{shown(figure.reference)} is no value of {figure.axis!r}"
        remedy = f"name one of {', '.join(str(value) for value in values)}"
        yield Mistake(f"{key}.reference", text, remedy)
