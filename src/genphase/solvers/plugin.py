"""PLUGIn: a step against (A W_d ... W_1)ᵀ(A G(x) - b), without the activations.

Source: Joshi, Li, Plan, Yilmaz, "PLUGIn: a simple algorithm for inverting generative models with
recovery guarantees", eq. (5).
"""

from __future__ import annotations

from typing import Any

from genphase.solvers.iteration import descend
from genphase.solvers.rules import Rules
from genphase.things import LINEAR, Positive, Typical, solver


@solver(of_instance=True, needs=(LINEAR,), typical=Typical(passes=18, seconds_per_k2=9e-6))
def plugin(instance: Any, start: Any, *, step: Positive, rules: Rules, trace: Any = None) -> Any:
    """Partially linearised descent, with the step size η."""
    from genphase.kernels.forms import PLUGIN, Form

    return descend(instance, start, step, rules, trace, form=Form(PLUGIN, 0.0))
