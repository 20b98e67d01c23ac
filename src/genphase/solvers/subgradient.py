"""Algorithm 1: subgradient descent, which tests whether -x has the smaller objective.

Source: "Signal recovery with non-expansive generative network priors", Algorithm 1; for a spiked
matrix Cocola, Hand, Voroninski, "Nonasymptotic guarantees for spiked matrix recovery with
generative priors".
"""

from __future__ import annotations

from typing import Any

import numpy as np

from genphase.solvers.iteration import descend
from genphase.solvers.rules import Rules
from genphase.things import GRADIENT, Positive, Typical, solver


@solver(
    text="subgradient descent",
    of_instance=True,
    needs=(GRADIENT,),
    typical=Typical(passes_per_k=36, seconds_per_k2=3e-6),
)
def subgradient(
    instance: Any, start: Any, *, step: Positive, rules: Rules, trace: Any = None
) -> Any:
    """Descent along the subgradient with the negation test, with the step size α.

    For a spiked matrix the sign of the start is tried, not that of every iterate; the trace stays
    that of the run which is kept.
    """
    from genphase.kernels.forms import CUSTOM, SQUARES

    if instance.form.kind in (SQUARES, CUSTOM):
        return descend(instance, start, step, rules, trace, negates=True)
    second = None if trace is None else np.full_like(trace, np.nan)
    found = descend(instance, start, step, rules, trace)
    other = descend(instance, -start, step, rules, second)
    if instance.stationarity(other.latent)[0] < instance.stationarity(found.latent)[0]:
        if trace is not None:
            trace[:] = second
        return other._replace(negations=1)
    return found
