"""PLUGIn: a step against (A W_d ... W_1)ᵀ(A G(x) - b), without the activations.

Source: Joshi, Li, Plan, Yilmaz, "PLUGIn: a simple algorithm for inverting generative models with
recovery guarantees", eq. (5).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from genphase.draws.gaussian import length
from genphase.solvers.iteration import descend, descend_plainly
from genphase.solvers.rules import Rules
from genphase.things import LINEAR, Positive, Typical, solver


@solver(
    text="PLUGIn",
    of_instance=True,
    needs=(LINEAR,),
    typical=Typical(passes=18, seconds_per_k2=9e-6),
)
def plugin(instance: Any, start: Any, *, step: Positive, rules: Rules, trace: Any = None) -> Any:
    """Partially linearised descent, with the step size η."""
    from genphase.kernels.forms import CUSTOM, PLUGIN, Form

    if instance.form.kind == CUSTOM:
        back = instance.chain.linear().T

        def direction(x: Any) -> tuple[float, Any]:
            residual = instance.chain(x)[1] - instance.observation
            return 0.5 * length(residual) ** 2, np.einsum("ij,j->i", back, residual)

        return descend_plainly(instance, start, step, rules, trace, direction)
    return descend(instance, start, step, rules, trace, form=Form(PLUGIN, 0.0, instance.form.held))
