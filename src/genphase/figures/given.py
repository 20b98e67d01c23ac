"""What a figure is drawn from, besides its entry in the sweep file."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import pandas as pd

from genphase.cells.sampling import Sampling
from genphase.sweep.success import Success


class Given(NamedTuple):
    """What a figure is drawn from.

    tables : by name, those that its kind asks for; overlays and images, where it has some.
    axes : the sweep's axes.
    success : the rule of which trials count as recovered; None of a sweep that measures.
    title : the sweep's title, for a figure that has none of its own.
    sampling : how many trials each cell got, where that was decided by need.
    lines : of a kind that asks for it, which lines are regressed and how: the arguments of
        :func:`genphase.tables.transition.transitions`.
    """

    tables: Mapping[str, pd.DataFrame]
    axes: Sequence[str]
    success: Success | None
    title: str
    sampling: Sampling | None = None
    lines: Mapping[str, Any] | None = None

    @property
    def overlays(self) -> pd.DataFrame | None:
        """Return what is drawn over it; None where that is nothing."""
        return self.tables.get("overlays")

    @property
    def rule(self) -> Success:
        """Return which trials count as recovered, for a kind that is of solvers."""
        assert self.success is not None
        return self.success

    @property
    def regressed(self) -> Mapping[str, Any]:
        """Return which lines are regressed, for a kind that asks for them."""
        assert self.lines is not None
        return self.lines
