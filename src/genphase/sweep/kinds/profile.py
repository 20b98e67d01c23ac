"""The profile: the share of trials that are recovered within a budget."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Literal

from pydantic import Field

from genphase.errors import Mistake
from genphase.language.expressions import Expression
from genphase.sweep.kinds.base import OF_TRIALS, SECONDS, Lines, Scale

if TYPE_CHECKING:
    from genphase.sweep.models import Sweep


class Profile(Lines):
    """The share of trials that are recovered within a budget; one line per series."""

    said = "the share of trials that are recovered within a budget"
    tables = OF_TRIALS

    kind: Literal["profile"] = "profile"
    x: Literal["iterations", "solve_seconds"] = Field(
        "iterations", description="the budget: iterations, or solve_seconds of processor time"
    )
    x_scale: Scale = Field("log", description="spacing of the x axis")

    @property
    def right(self) -> Expression:
        """Return the budget."""
        return Expression(self.x)

    @property
    def is_timed(self) -> bool:
        """Return whether the budget is one of processor time."""
        return self.x == SECONDS

    def mistakes(self, key: str, sweep: "Sweep") -> Iterator[Mistake]:
        """Yield what is wrong with its lines."""
        yield from self.group_mistakes(key, [*sweep.shown_axes, "solver"])
