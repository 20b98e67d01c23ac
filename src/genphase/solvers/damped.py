"""Levenberg-Marquardt from one start after another, which more than one solver makes use of."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice
from typing import TYPE_CHECKING, Annotated, Any

import numpy as np
from pydantic import Field

from genphase.draws.gaussian import length

if TYPE_CHECKING:
    from genphase.solvers.rules import Rules

# What a multiplication of the matrix products of an update takes, against one of a pass.
PRODUCTS = 0.5

_MOST_RESTARTS = 1000
Restarts = Annotated[int, Field(ge=0, le=_MOST_RESTARTS)]


def zero_objective(instance: Any) -> float:
    """Return the largest objective that is zero to rounding: no other start can do better.

    It is 2^-52 of f(0) = ½‖b‖², a residual of 1.5e-8 of ‖b‖; 2^-52 is the distance from 1 to the
    next number.
    """
    return float(2.0**-52 * 0.5 * length(instance.observation) ** 2)


def best_of_starts(
    instance: Any, start: Any, further: Iterable[Any], restarts: int, rules: Rules, trace: Any
) -> Any:
    """Run Levenberg-Marquardt from starts until an objective is zero; keep the lowest.

    Parameters
    ----------
    instance
        What is solved.
    start : (k,)
        x_0.
    further
        Further starts, of which `restarts` are taken at most.
    restarts
        The most further runs.
    rules
        When a run ends.
    trace : (T, 2)
        Filled with objective and relative latent error of the first T iterates, those of further
        runs behind one another; None for none.

    Returns
    -------
    genphase.kernels.passes.Run
        Iterations and negations are those of all runs together.
    """
    trace = np.empty((0, 2)) if trace is None else trace
    enough = zero_objective(instance)
    kept = run_damped(instance, start, rules, trace)
    lowest = instance.stationarity(kept.latent)[0]
    iterations, negations = kept.iterations, kept.negations
    for another in islice(further, restarts):
        if lowest <= enough:
            break
        found = run_damped(instance, another, rules, trace[iterations:])
        iterations += found.iterations
        negations += found.negations
        reached = instance.stationarity(found.latent)[0]
        if reached < lowest or not np.isfinite(lowest):
            kept, lowest = found, reached
    return kept._replace(iterations=iterations, negations=negations)


def run_damped(instance: Any, start: Any, rules: Rules, trace: Any) -> Any:
    """Run Levenberg-Marquardt from one start; see :func:`best_of_starts`."""
    from genphase.kernels.damped import damped_least_squares

    observed = (*instance.layers, instance.observation)
    codes = instance.lift(start), instance.lift(instance.target)
    run = damped_least_squares(*observed, *codes, *rules, trace, instance.form.held)
    return instance.lower(run)
