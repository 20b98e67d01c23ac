"""Run one trial: draw the instance, solve, measure the errors."""

import math
from collections.abc import Callable, Mapping
from time import process_time
from typing import Any

from numpy import float64
from numpy.typing import NDArray

from genphase.accuracy.relative import relative_error
from genphase.cells.problem import Problem
from genphase.cells.solve import Solved, solve
from genphase.draws.instance import Instance, draw_further_starts, draw_instance, draw_trial_start
from genphase.draws.streams import SOLVER, stream
from genphase.kernels.passes import norm
from genphase.kernels.status import NAMES
from genphase.parameters import Parameters
from genphase.records import Record, Timing, Trial

# The most iterates that are traced of a run.
LONGEST = 10_000_000

Trace = NDArray[float64]
Measure = Callable[[Parameters, int, Instance, Solved], Mapping[str, Any]]


def nothing(
    parameters: Parameters, trial: int, instance: Instance, solved: Solved
) -> Mapping[str, Any]:
    """Measure nothing beside the record."""
    return {}


def run_trial(
    parameters: Parameters, trial: int, trace: Trace | None = None, measure: Measure = nothing
) -> Trial:
    """Run one trial of a cell.

    Parameters
    ----------
    parameters
        The cell's parameters.
    trial
        Index from 0; with the parameters it decides every random number.
    trace : (T, 2)
        Filled with objective and relative latent error at the first T iterates. The plain loop is
        run then, whose last digits can differ.
    measure
        Returns what is kept beside the record, of parameters, trial, instance and what was found.
    """
    begun = process_time()
    instance = draw_instance(parameters, trial)
    drawn = process_time()
    found = solve_trial(parameters, trial, instance, trace)
    solved, run = process_time(), found.run
    signal = instance.signal_at(run.latent) if found.signal is None else found.signal
    # A method without the network minimises something else.
    objective = gradient_norm = math.nan
    if found.signal is None:
        objective, gradient_norm = instance.stationarity(run.latent)
    record = Record(
        trial,
        NAMES[run.status],
        int(run.iterations),
        int(run.negations),
        relative_error(run.latent, instance.target),
        relative_error(signal, instance.signal),
        float(norm(instance.target)),
        float(norm(instance.signal)),
        objective,
        gradient_norm,
    )
    timing = Timing(round(drawn - begun, 6), round(solved - drawn, 6))
    return Trial(record, timing, measure(parameters, trial, instance, found))


def solve_trial(
    parameters: Parameters, trial: int, instance: Instance, trace: Trace | None = None
) -> Solved:
    """Solve the instance of a trial from its start, see :func:`run_trial`."""
    start = draw_trial_start(parameters, trial, instance)
    further = draw_further_starts(parameters, trial, instance)
    problem = _seen(parameters, trial, instance)
    return solve(instance, start, parameters.solved_by, further, trace, problem)


def _seen(parameters: Parameters, trial: int, instance: Instance) -> Problem | None:
    """Return what a solver of a user's sees of an instance."""
    if parameters.solved_by.thing.of_instance:
        return None
    level = parameters.noise.level
    return Problem(
        instance, math.nan if level is None else level, stream(parameters, trial, SOLVER)
    )
