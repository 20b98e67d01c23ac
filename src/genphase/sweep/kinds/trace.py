"""The trace: how trials converge."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import Field

from genphase.errors import Mistake, shown
from genphase.language.expressions import Expression
from genphase.sweep.kinds.base import ERRORS, OVERLAYS, Lines, Scale
from genphase.sweep.overlays import TraceOverlay
from genphase.things import SOLVERS

if TYPE_CHECKING:
    from genphase.sweep.models import Sweep

TraceHeight = Literal["latent_error", "objective"]


class Trace(Lines):
    """How trials converge: an error against the iteration; one line per series and trial."""

    said = "errors against iterations"
    tables: ClassVar = {"traces": ("traces",)}
    without_code = "objective"
    overlay_models = OVERLAYS
    overlay_symbols = frozenset({"x", "iteration"})
    theory_as = "iterates"

    kind: Literal["trace"] = "trace"
    y: TraceHeight = Field("latent_error", description="what is drawn")
    y_scale: Scale = Field("log", description="spacing of the y axis")
    overlays: list[TraceOverlay] = Field(
        [],
        description="lines over `iteration`, such as predicted rates: {y: 0.5**iteration}; of "
        "message passing the errors that theory predicts: {theory: state_evolution}",
    )

    @property
    def right(self) -> Expression:
        """Return what is drawn to the right."""
        return Expression("iteration")

    @property
    def shows_error(self) -> bool:
        """Return whether its height is an error."""
        return self.y in ERRORS

    def mistakes(self, key: str, sweep: "Sweep") -> Iterator[Mistake]:
        """Yield that a sweep keeps no iterates, and what is wrong with its lines."""
        if sweep.trace is None:
            yield Mistake(
                key,
                "a trace draws iterates, but the sweep keeps none",
                "add `trace: {trials: 1}` to the sweep",
            )
        yield from self.group_mistakes(key, [*sweep.shown_axes, "solver"])

    def theory_mistakes(self, at: str, name: str, sweep: "Sweep") -> Iterator[Mistake]:
        """Yield why the iterates are none whose errors a theory predicts."""
        if self.y != "latent_error":
            text = f"{name} predicts relative errors of the code, and this trace shows {self.y}"
            yield Mistake(at, text, "draw it with y: latent_error")
        if not isinstance(sweep.noise, Expression) or sweep.noise.text != 0:
            yield Mistake(at, f"{name} is about observations without noise", "use noise: 0")
        methods = [found for solver in sweep.solvers for _, found in solver.choices(sweep.axes)]
        if not any(method.thing.passes_messages(method.options) for method in methods):
            plain = {
                thing.name: thing.facts["messages"]
                for thing in SOLVERS
                if "messages" in thing.facts
            }
            known = [
                f"{solver} with {', '.join(f'{key}: {shown(v)}' for key, v in options.items())}"
                for solver, options in plain.items()
            ]
            text = f"{name} predicts plain message passing, which no solver here does"
            yield Mistake(at, text, f"add {' or '.join(known)}")
