"""Algorithm 1 as it is written, for spiked matrices: the negation test before each step.

Source: "Signal recovery with non-expansive generative network priors", Algorithm 1 and theorem 1.2.
"""

from __future__ import annotations

from typing import Any

from genphase.solvers.iteration import descend_plainly
from genphase.solvers.rules import Rules
from genphase.things import GRADIENT, SPIKE, Positive, solver


@solver(
    text="descent with negation test",
    of_instance=True,
    needs=(GRADIENT, SPIKE),
)
def negation_descent(
    instance: Any, start: Any, *, step: Positive, rules: Rules, trace: Any = None
) -> Any:
    """Descent along the gradient with a negation test before each step, for spiked matrices.

    There `subgradient` tries both signs of the start in place of that.
    """
    objective_at = instance.without_truth()
    return descend_plainly(instance, start, step, rules, trace, objective_at, negates=True)
