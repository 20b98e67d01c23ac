"""Alternating descent in two latent codes.

Source: Hand, Joshi, "Global guarantees for blind demodulation with generative priors", Algorithm 1.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import numpy as np
from pydantic import Field

from genphase.solvers.rules import Rules
from genphase.things import TWO_CODES, Positive, solver

if TYPE_CHECKING:
    from genphase.kernels.demodulation import Variant
    from genphase.kernels.passes import Run

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
    scale of its factors, and errors are those of the balanced pair. Where it does, with biases, a
    sigmoid or a tanh, nothing is balanced.
    """
    from genphase.kernels import demodulation as plain
    from genphase.kernels.forms import CUSTOM
    from genphase.kernels.frozen_demodulation import demodulate
    from genphase.kernels.status import DIVERGED

    balance = balance and instance.is_scale_free
    variant = plain.Variant(sign_search, balance, momentum)
    if instance.form.kind == CUSTOM:
        run = _alternate(instance, start, step, rules, trace, variant)
    elif trace is None:
        run = demodulate(*instance.networks, instance.observation, start, step, *rules, variant)
    else:
        observed = (*instance.networks, instance.observation)
        run = plain.alternate(*observed, start, instance.target, step, *rules, trace, variant)
    if not balance and instance.is_scale_free and run.status != DIVERGED:
        plain.balance(*instance.codes(run.latent))
    return run


def _alternate(
    instance: Any, start: Any, step: float, rules: Rules, trace: Any, variant: Variant
) -> Run:
    """Run the loop of :func:`genphase.kernels.demodulation.alternate` on networks of any kind."""
    from genphase.kernels.demodulation import balance, turn
    from genphase.kernels.passes import Run, norm
    from genphase.kernels.status import CAPPED, CONVERGED, DIVERGED, DIVERGENCE_NORM

    first, second = instance.chain, instance.second
    y, target = instance.observation, instance.target
    x, velocity = start.copy(), np.zeros_like(start)
    (h, z), (v, w) = instance.codes(x), instance.codes(velocity)
    if variant.balances:
        balance(h, z)
    signs = (1, -1) if variant.sign_search else (1,)
    negations = 0
    for iteration in range(rules.max_iter):
        ones, twos = [first(s * h)[0] for s in signs], [second(s * z)[0] for s in signs]
        # In the order of the numbers that `turn` takes.
        pairs = [(one, two) for two in twos for one in ones]
        sizes = [norm(one * two - y) for one, two in pairs]
        # Where one is too large, a product is infinite, and a power of Python's an error.
        values = [0.5 * size * size for size in sizes]
        best = min(range(len(pairs)), key=values.__getitem__)
        one, two = pairs[best]
        if best > 0:
            turn(h, z, best)
            turn(v, w, best)
            negations += 1
        if trace is not None and iteration < len(trace):
            seen = x.copy()
            if instance.is_scale_free:
                balance(*instance.codes(seen))
            trace[iteration] = values[best], norm(seen - target) / norm(target)
        if not np.isfinite(values[best]):
            return Run(x, DIVERGED, iteration, negations)
        v[:] = variant.momentum * v + first.pull_back(h, two * (one * two - y))
        h -= step * v
        one = first(h)[0]
        w[:] = variant.momentum * w + second.pull_back(z, one * (one * two - y))
        z -= step * w
        length, size = norm(velocity), norm(x)
        if not size < DIVERGENCE_NORM:
            return Run(x, DIVERGED, iteration + 1, negations)
        if variant.balances:
            c = balance(h, z)
            v *= c
            w /= c
        if length < rules.gradient_norm or step * length < rules.relative_change * size:
            return Run(x, CONVERGED, iteration + 1, negations)
    return Run(x, CAPPED, rules.max_iter, negations)
