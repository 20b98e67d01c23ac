"""Run one trial: draw the instance, solve, measure the errors."""

import math
from collections.abc import Iterable
from time import process_time
from typing import Any

from numpy import float64
from numpy.typing import NDArray

from genphase.draws.gaussian import Vector
from genphase.draws.instance import Instance, draw_further_starts, draw_instance, draw_trial_start
from genphase.kernels.passes import Run, norm
from genphase.kernels.status import NAMES
from genphase.parameters import Parameters, Solver
from genphase.records import Record, Timing, Trial
from genphase.solvers.rules import Rules
from genphase.things import SOLVERS

Trace = NDArray[float64]


def relative_error(estimate: Vector, truth: Vector) -> float:
    """Return ‖estimate - truth‖/‖truth‖; NaN where both are zero."""
    error, length = float(norm(estimate - truth)), float(norm(truth))
    if length > 0:
        return error / length
    return math.inf if error > 0 else math.nan


def solve(
    instance: Instance,
    start: Vector,
    solver: Solver,
    further: Iterable[Vector] = (),
    trace: Trace | None = None,
) -> Run:
    """Run a solver on an instance.

    Parameters
    ----------
    start : (k,) x_0.
    further : starts of restarts, for solvers that have them.
    trace : (T, 2) filled with objective and relative latent error at the first T iterates, those
        of restarts behind one another. The plain loop is run then, the reference.
    """
    thing = SOLVERS[solver.name]
    given: dict[str, Any] = {"further": further, "trace": trace}
    given["rules"] = Rules(solver.max_iter, *solver.stop.rules())
    given = {name: value for name, value in given.items() if name in thing.asks_for}
    found: Run = thing.function(instance, start, **solver.options, **given)
    return found


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
    run = solve(instance, start, parameters.solver, draw_further_starts(parameters, trial), trace)
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
