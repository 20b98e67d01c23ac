"""The symbols that expressions of a sweep may use."""

import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from genphase.errors import Mistake, did_you_mean
from genphase.language.expressions import Expression

if TYPE_CHECKING:
    from genphase.sweep.models import Sweep

_LAYER = re.compile(r"n[1-9][0-9]*")
# Stands for all layers among the symbols.
LAYERS = "n1, n2, ..."
# The axis of master seeds; each of its values gives cells that a run with this seed has, too.
SEED = "seed"


def list_axes(sweep: "Sweep") -> set[str]:
    """Return the names of the axes whose values are width lists."""
    return {name for name, values in sweep.axes.items() if isinstance(values[0], tuple)}


def name_axes(sweep: "Sweep") -> set[str]:
    """Return the names of the axes whose values are names, such as those of laws."""
    return {name for name, values in sweep.axes.items() if isinstance(values[0], str)}


def number_axes(sweep: "Sweep") -> list[str]:
    """Return the names of the axes of numbers, in their order; a seed is a name, not a size."""
    others = list_axes(sweep) | name_axes(sweep) | {SEED}
    return [name for name in sweep.axes if name not in others]


def grid_symbols(sweep: "Sweep") -> set[str]:
    """Return what the expressions of figures may use: axes of numbers, sizes, the noise."""
    return {*number_axes(sweep), "k", "m", "n", "d", "noise", LAYERS}


def unknown_symbols(
    key: str, expression: Expression, symbols: set[str], names: Iterable[str] = ()
) -> Iterator[Mistake]:
    """Yield the symbols of an expression that are not among those it may use.

    Parameters
    ----------
    key
        Where it stands.
    expression
        The expression.
    symbols
        Those it may use.
    names
        Axes of names, which no expression can use.
    """
    for name in sorted(expression.symbols - symbols):
        if name in names:
            text = f"{name!r} is an axis of names, not of numbers"
            yield Mistake(key, text, f"use an axis of numbers; {name} can be a series or panels")
        elif not (LAYERS in symbols and _LAYER.fullmatch(name)):
            yield Mistake(
                key,
                f"unknown symbol {name!r} in {expression.text!r}",
                did_you_mean(name, sorted(symbols)),
            )
