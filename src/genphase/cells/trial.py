"""Run one trial: draw the instance, solve, measure the errors."""

import math
from time import process_time

from numpy import float64
from numpy.typing import NDArray

from genphase.cells.problem import Problem
from genphase.cells.solve import solve
from genphase.draws.gaussian import Vector
from genphase.draws.instance import Instance, draw_further_starts, draw_instance, draw_trial_start
from genphase.draws.streams import SOLVER, stream
from genphase.kernels.passes import norm
from genphase.kernels.status import NAMES
from genphase.parameters import Parameters
from genphase.records import Record, Timing, Trial

Trace = NDArray[float64]


def relative_error(estimate: Vector, truth: Vector) -> float:
    """Return ‖estimate - truth‖/‖truth‖; NaN where both are zero."""
    error, length = float(norm(estimate - truth)), float(norm(truth))
    if length > 0:
        return error / length
    return math.inf if error > 0 else math.nan


def run_trial(parameters: Parameters, trial: int, trace: Trace | None = None) -> Trial:
    """Run one trial of a cell.

    Parameters
    ----------
    parameters : the cell's parameters.
    trial : index from 0; with the parameters it decides every random number.
    trace : (T, 2) filled with objective and relative latent error at the first T iterates. The
        plain loop is run then, whose last digits can differ.
    """
    begun = process_time()
    instance = draw_instance(parameters, trial)
    start = draw_trial_start(parameters, trial)
    drawn = process_time()
    further = draw_further_starts(parameters, trial)
    problem = _seen(parameters, trial, instance)
    run = solve(instance, start, parameters.solver, further, trace, problem)
    solved = process_time()
    signal = instance.signal_at(run.latent)
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
    return Trial(record, Timing(round(drawn - begun, 6), round(solved - drawn, 6)))


def _seen(parameters: Parameters, trial: int, instance: Instance) -> Problem | None:
    """Return what a solver of a user's sees of an instance."""
    if parameters.solver.thing.of_instance:
        return None
    level = parameters.noise.level
    return Problem(
        instance, math.nan if level is None else level, stream(parameters, trial, SOLVER)
    )
