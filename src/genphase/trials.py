"""Run one trial: draw the instance, solve, measure the errors."""

import math
from time import process_time

from genphase.instances import draw_further_starts, draw_instance, draw_trial_start
from genphase.kernels.passes import norm
from genphase.kernels.status import NAMES
from genphase.records import Record, Timing, Trial
from genphase.signals import Vector
from genphase.solvers import Trace, solve, solve_plainly, stationarity
from genphase.sweep.parameters import Parameters


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
    if trace is None:
        run = solve(instance, start, parameters.solver, further=further)
    else:
        run = solve_plainly(instance, start, parameters.solver, trace, further)
    solved = process_time()
    signal = instance.signal_at(run.latent)
    objective, gradient_norm = stationarity(instance, run.latent)
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
