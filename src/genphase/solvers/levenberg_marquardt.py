"""Levenberg-Marquardt by Gauss-Newton steps, with the negation test and restarts.

The iteration and its sources are in :mod:`genphase.kernels.damped`.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice
from typing import TYPE_CHECKING, Annotated, Any

import numpy as np
from pydantic import Field

from genphase.decoders import read_network
from genphase.draws.gaussian import length
from genphase.parameters import Images
from genphase.solvers.cost import SECONDS_PER_WEIGHT
from genphase.solvers.rules import Rules
from genphase.things import RESIDUAL, solver

if TYPE_CHECKING:
    from genphase.parameters import Parameters

# An objective of at most this fraction of f(0) = ½‖b‖² is zero to rounding, a residual of 1.5e-8 of
# ‖b‖: no other start can do better. It is the distance from 1 to the next number.
ZERO_OBJECTIVE = 2.0**-52
MAX_RESTARTS = 1000

# Updates with a new Jacobian of a mean run, of one where every point has its own, and what a
# multiplication of its matrix products takes against one of a pass.
_UPDATES, _SMOOTH = 30, 100
_PRODUCTS = 0.7


def seconds(parameters: Parameters, active: float) -> float:
    """Estimate a trial: a Jacobian and a few passes for each update."""
    k, m, solver = parameters.k, parameters.m, parameters.solved_by
    products = k * active + k**2 * m / 2 + k**3 / 6
    # Where some trials fail, about half of the restarts are made; all, if no objective can be 0.
    never = isinstance(parameters.target, Images) or parameters.noise.level != 0
    restarts = solver.options["restarts"] / (1 if never else 2)
    network = parameters.network
    smooth = bool(network.file) and read_network(network.use).is_smooth
    typical = _SMOOTH if smooth else _UPDATES
    updates = min(solver.max_iter, typical) * (1 + restarts)
    found: float = updates * (3 * active + _PRODUCTS * products) * SECONDS_PER_WEIGHT
    return found


@solver(text="Levenberg-Marquardt", of_instance=True, needs=(RESIDUAL,), seconds=seconds)
def levenberg_marquardt(
    instance: Any,
    start: Any,
    *,
    restarts: Annotated[int, Field(ge=0, le=MAX_RESTARTS)] = 0,
    rules: Rules,
    further: Iterable[Any] = (),
    trace: Any = None,
) -> Any:
    """Damped least squares, which finds the length of a step itself.

    There are at most `restarts` runs from further starts, and the run with the lowest objective is
    kept; no more once an objective is zero to rounding, at most `ZERO_OBJECTIVE` ½‖b‖². Iterations
    and negations are those of all runs together.
    """
    trace = np.empty((0, 2)) if trace is None else trace
    enough = ZERO_OBJECTIVE * 0.5 * length(instance.observation) ** 2
    kept = _run(instance, start, rules, trace)
    lowest = instance.stationarity(kept.latent)[0]
    iterations, negations = kept.iterations, kept.negations
    for another in islice(further, restarts):
        if lowest <= enough:
            break
        found = _run(instance, another, rules, trace[iterations:])
        iterations += found.iterations
        negations += found.negations
        reached = instance.stationarity(found.latent)[0]
        if reached < lowest or not np.isfinite(lowest):
            kept, lowest = found, reached
    return kept._replace(iterations=iterations, negations=negations)


def _run(instance: Any, start: Any, rules: Rules, trace: Any) -> Any:
    from genphase.kernels.damped import damped_least_squares

    observed = (*instance.layers, instance.observation)
    codes = instance.lift(start), instance.lift(instance.target)
    run = damped_least_squares(*observed, *codes, *rules, trace, instance.form.held)
    return instance.lower(run)
