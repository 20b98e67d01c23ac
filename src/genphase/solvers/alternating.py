"""Alternating descent in two latent codes.

Source: Hand, Joshi, "Global guarantees for blind demodulation with generative priors", Algorithm 1.
"""

from __future__ import annotations

from typing import Annotated, Any

import numpy as np
from pydantic import Field

from genphase.solvers.rules import Rules
from genphase.things import TWO_CODES, Positive, solver

Momentum = Annotated[float, Field(ge=0, lt=1)]


@solver(text="alternating descent", of_instance=True, needs=(TWO_CODES,))
def alternating(
    instance: Any,
    start: Any,
    *,
    step: Positive,
    sign_search: bool = True,
    balance: bool = True,
    momentum: Momentum = 0.0,
    rules: Rules,
    trace: Any = None,
) -> Any:
    """A step in each code in turn, after a test of all signs, with the step size α.

    The defaults are Algorithm 1, but for its balancing, which here comes before the first step too.
    Without `balance` what is found is balanced once, behind the run: a product does not tell the
    scale of its factors, and errors are those of the balanced pair.
    """
    from genphase.kernels import demodulation as plain
    from genphase.kernels.frozen_demodulation import demodulate
    from genphase.kernels.status import DIVERGED

    observed = (*instance.networks, instance.observation)
    variant = plain.Variant(sign_search, balance, momentum)
    if trace is None:
        run = demodulate(*observed, start, step, *rules, variant)
    else:
        run = plain.alternate(*observed, start, instance.target, step, *rules, trace, variant)
    if not balance and run.status != DIVERGED:
        plain.balance(*np.split(run.latent, 2))
    return run
