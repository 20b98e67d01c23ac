"""Multi-layer approximate message passing, polished by Levenberg-Marquardt.

The messages and their source are in :mod:`genphase.kernels.messages`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice, tee
from typing import TYPE_CHECKING, Annotated, Any

import numpy as np
from pydantic import Field

from genphase.draws.gaussian import length
from genphase.solvers.cost import SECONDS_PER_WEIGHT
from genphase.solvers.damped import (
    PRODUCTS,
    Restarts,
    best_of_starts,
    run_damped,
    zero_objective,
)
from genphase.solvers.rules import Rules
from genphase.things import RESIDUAL, solver

if TYPE_CHECKING:
    from genphase.parameters import Parameters

# So many iterations lie between two looks whether least squares end at the solution from here: near
# the limit the messages come near it, and leave it again. From there some ten updates do. Far from
# the limit ten iterations are enough, so the first look is early. It costs no more than they do.
FIRST_LOOK = 10
BETWEEN_LOOKS = 50
UPDATES_OF_A_LOOK = 30

# Objectives of one minimum differ by less than this share.
_SAME = 1e-6

# Iterations of a mean run; what a weight takes in one, and a unit, against one of a pass.
_ITERATIONS = 200
_PER_WEIGHT = 2.0
_PER_UNIT = 500.0


def seconds(parameters: Parameters, active: float) -> float:
    """Estimate a trial: passes of messages both ways, and some updates after each fifty."""
    k, m, solver = parameters.k, parameters.m, parameters.solved_by
    units = sum(parameters.network.widths) + m
    iterations = min(solver.max_iter, _ITERATIONS)
    update = 3 * active + PRODUCTS * (k * active + k**2 * m / 2 + k**3 / 6)
    updates = iterations / BETWEEN_LOOKS * UPDATES_OF_A_LOOK / 2 if solver.options["polish"] else 0
    message = _PER_WEIGHT * 2 * active + _PER_UNIT * units
    found: float = (iterations * message + updates * update) * SECONDS_PER_WEIGHT
    return found


@solver(
    text="ML-AMP",
    of_instance=True,
    needs=(RESIDUAL,),
    seconds=seconds,
    runs_per_start=2,
    messages={"damping": 0, "polish": False, "restarts": 0},
)
def ml_amp(
    instance: Any,
    start: Any,
    *,
    damping: Annotated[float, Field(ge=0, lt=1)] = 0.05,
    polish: bool = True,
    restarts: Restarts = 0,
    rules: Rules,
    further: Iterable[Any] = (),
    trace: Any = None,
) -> Any:
    """Message passing, which random weights take to the limit of what can be recovered.

    The messages begin without information, whatever x_0. A share `damping` of every message before
    is kept. With `polish`, Levenberg-Marquardt goes on from x̂ after `FIRST_LOOK` iterations, after
    each further `BETWEEN_LOOKS`, and once they settle; the run ends where that finds an objective
    that is zero to rounding, and else keeps the lowest. There are at most `restarts` further runs, which begin at
    the directions of further starts. Where no objective is zero, Levenberg-Marquardt from x_0 and
    the same further starts is what the solver falls back on: if that ends lower it is kept, and the
    status says so. It is all that is done where the layers are not what messages are made for:
    biases, a sigmoid or a tanh.

    Iterations are those of messages and the updates of Levenberg-Marquardt, of all runs together.
    `max_iter` is of one run.
    """
    from genphase.kernels.passes import Run
    from genphase.kernels.status import DIVERGED, FELL_BACK

    trace = np.empty((0, 2)) if trace is None else trace
    enough = zero_objective(instance)
    ours, theirs = tee(further)
    kept, lowest = Run(start.copy(), DIVERGED, 0, 0), np.inf
    iterations = negations = 0
    # Of an observation that is 0 messages know no scale.
    if enough > 0 and not instance.form.held and instance.layers[2].max() <= 1:
        for x in _beginnings(start.size, ours, restarts):
            found = _run(instance, x, damping, polish, enough, rules, trace[iterations:])
            iterations += found.iterations
            negations += found.negations
            reached = instance.stationarity(found.latent)[0]
            if reached < lowest:
                kept, lowest = found, reached
            if lowest <= enough:
                break
    if polish and lowest > enough:
        found = best_of_starts(instance, start, theirs, restarts, rules, trace[iterations:])
        iterations += found.iterations
        negations += found.negations
        # Else it is the minimum that was found.
        if not lowest * (1 - _SAME) <= instance.stationarity(found.latent)[0]:
            kept = found if found.status == DIVERGED else found._replace(status=FELL_BACK)
    return kept._replace(iterations=iterations, negations=negations)


def _beginnings(k: int, further: Iterable[Any], restarts: int) -> Iterator[Any]:
    """Yield where runs begin, in standard deviations of the prior."""
    yield np.zeros(k)
    for x in islice(further, restarts):
        yield x * (k**0.5 / length(x))


def _run(
    instance: Any,
    x: Any,
    damping: float,
    polish: bool,
    enough: float,
    rules: Rules,
    trace: Any,
) -> Any:
    """Pass messages, with a look now and then; return the best of what was seen."""
    from genphase.kernels.messages import first_beliefs, pass_messages
    from genphase.kernels.passes import Run
    from genphase.kernels.status import CAPPED, CONVERGED, DIVERGED

    observed = (*instance.layers, instance.observation)
    beliefs = first_beliefs(*observed, x)
    lowest, best, status = np.inf, beliefs.means[: x.size].copy(), CAPPED
    made = negations = 0
    while made < rules.max_iter and status == CAPPED:
        most = FIRST_LOOK if made == 0 and polish else BETWEEN_LOOKS
        block = min(most, rules.max_iter - made)
        status, count = pass_messages(
            *observed,
            beliefs,
            instance.target,
            block,
            damping,
            rules.relative_change,
            made == 0,
            trace[made:],
        )
        made += count
        code = beliefs.means[: x.size].copy()
        if status == DIVERGED or not polish:
            best = best if polish else code
            continue
        left = rules.max_iter - made
        # Near the limit steps and gradients are short long before the objective is zero.
        look = Rules(min(UPDATES_OF_A_LOOK, block, left))
        ends = look if status == CAPPED else rules._replace(max_iter=left)
        run = run_damped(instance, code, ends, trace[made:])
        made += run.iterations
        negations += run.negations
        reached = instance.stationarity(run.latent)[0]
        if reached < lowest:
            lowest, best = reached, run.latent
        if lowest <= enough:
            status = CONVERGED
    if status == DIVERGED and np.isfinite(lowest):
        # A look before has left a result.
        status = CAPPED
    return Run(best, status, made, negations)
