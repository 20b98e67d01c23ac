"""Gradient descent on the objective, without the negation test."""

from __future__ import annotations

from typing import Any

from genphase.solvers.iteration import descend
from genphase.solvers.rules import Rules
from genphase.things import GRADIENT, Positive, Typical, solver


@solver(
    text="gradient descent",
    of_instance=True,
    needs=(GRADIENT,),
    typical=Typical(passes_per_k=36, seconds_per_k2=3e-6),
)
def gradient_descent(
    instance: Any, start: Any, *, step: Positive, rules: Rules, trace: Any = None
) -> Any:
    """Descent along the gradient, with the step size α."""
    return descend(instance, start, step, rules, trace)
