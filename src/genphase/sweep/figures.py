"""The kinds of figures that a sweep can have, in one table."""

from collections.abc import Mapping
from functools import reduce
from operator import or_
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Discriminator, Tag

from genphase.sweep.kinds.base import FigureSpec
from genphase.sweep.kinds.comparison import Comparison
from genphase.sweep.kinds.curve import Curve
from genphase.sweep.kinds.gallery import Gallery
from genphase.sweep.kinds.landscape import Landscape
from genphase.sweep.kinds.portrait import Portrait
from genphase.sweep.kinds.profile import Profile
from genphase.sweep.kinds.residuals import Residuals
from genphase.sweep.kinds.scaling import Scaling
from genphase.sweep.kinds.shift import Shift
from genphase.sweep.kinds.trace import Trace

_KINDS: tuple[type[FigureSpec], ...] = (
    Portrait,
    Curve,
    Trace,
    Comparison,
    Landscape,
    Residuals,
    Profile,
    Gallery,
    Scaling,
    Shift,
)
# All kinds by name; a figure of one of these names needs no kind.
KINDS: dict[str, type[FigureSpec]] = {kind.model_fields["kind"].default: kind for kind in _KINDS}


def _kind(figure: Any) -> Any:
    return figure.get("kind") if isinstance(figure, dict) else getattr(figure, "kind", None)


if TYPE_CHECKING:
    Figure = FigureSpec
else:
    Figure = Annotated[
        reduce(or_, (Annotated[kind, Tag(f"={name}")] for name, kind in KINDS.items())),
        Discriminator(lambda value: f"={_kind(value)}"),
    ]

# The tables of a sweep, whose names no figure can have.
TABLES = ("trials", "timings", "cells", "transition", "traces")


def figure_spec(content: Mapping[str, Any]) -> FigureSpec:
    """Return the model of a figure's entry."""
    return KINDS[content["kind"]].model_validate(content)


def named_figures(value: Any) -> Any:
    """Let a figure that is named after its kind leave the kind out."""
    if not isinstance(value, dict):
        return value
    return {
        name: {"kind": name, **spec} if name in KINDS and isinstance(spec, dict) else spec
        for name, spec in value.items()
    }
