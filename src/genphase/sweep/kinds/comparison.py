"""The comparison: which of two solvers recovers more, over two axes."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Literal

from pydantic import Field

from genphase.errors import Mistake, did_you_mean
from genphase.sweep.kinds.base import OF_TRIALS, OVERLAYS, Map
from genphase.sweep.overlays import Overlay

if TYPE_CHECKING:
    from genphase.sweep.models import Sweep


class Comparison(Map):
    """A map of the difference of two solvers' recovery rates on the same instances."""

    said = "where one solver wins, by paired tests"
    tables = OF_TRIALS
    compares_solvers = True
    overlay_models = OVERLAYS
    first_panels = ()

    kind: Literal["comparison"] = "comparison"
    x: str = Field(description="the axis drawn to the right")
    y: str = Field(description="the axis drawn upwards")
    solvers: list[str] = Field(
        [],
        description="the labels of the two solvers, the rate of the second is subtracted from that "
        "of the first; default: the sweep's two solvers",
    )
    overlays: list[Overlay] = Field([], description="lines over the map")

    def mistakes(self, key: str, sweep: "Sweep") -> Iterator[Mistake]:
        """Yield what is wrong with its axes, and with the solvers that it names or leaves out."""
        yield from super().mistakes(key, sweep)
        labels = [solver.called for solver in sweep.solvers]
        key = f"{key}.solvers"
        if len(labels) < 2:
            text = f"a comparison needs two solvers, but the sweep has only {labels[0]!r}"
            yield Mistake(key, text, "add a solver to the sweep, or remove the figure")
        elif "solvers" not in self.model_fields_set:
            if len(labels) > 2:
                text = f"the sweep has {len(labels)} solvers, of which a comparison shows two"
                yield Mistake(key, text, f"name two of them: {', '.join(labels)}")
        elif len(self.solvers) != 2 or len(set(self.solvers)) < 2:
            text = f"{self.solvers} are not two different solvers"
            yield Mistake(key, text, f"name two of them: {', '.join(labels)}")
        for i, label in enumerate(self.solvers):
            if label not in labels:
                text = f"{label!r} is no solver of the sweep"
                yield Mistake(f"{key}[{i}]", text, did_you_mean(label, labels))

    def compare_mistake(self, what: str | None) -> tuple[str, str] | None:
        """Return that differences are held against nothing."""
        if what in (None, "nothing"):
            return None
        text = f"compare: {what}, but this figure shows differences of solvers"
        return text, "remove it; draw the numbers in a portrait or a curve"
