"""Alternating descent in two latent codes.

Source: Hand, Joshi, "Global guarantees for blind demodulation with generative priors", Algorithm 1.
"""

from __future__ import annotations

from typing import Any

from genphase.solvers.rules import Rules
from genphase.things import TWO_CODES, Positive, solver


@solver(text="alternating descent", of_instance=True, needs=(TWO_CODES,))
def alternating(
    instance: Any, start: Any, *, step: Positive, rules: Rules, trace: Any = None
) -> Any:
    """A step in each code in turn, after a test of all signs, with the step size α."""
    from genphase.kernels.demodulation import alternate
    from genphase.kernels.frozen_demodulation import demodulate

    observed = (*instance.networks, instance.observation)
    if trace is None:
        return demodulate(*observed, start, step, *rules)
    return alternate(*observed, start, instance.target, step, *rules, trace)
