"""Solvers by name: each binds a kernel to an instance and a solver's settings."""

from collections.abc import Callable, Iterable
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from genphase.instances import Instance
from genphase.kernels.demodulation import alternate, product_gradient
from genphase.kernels.descent import descend
from genphase.kernels.fast import iterate
from genphase.kernels.fast_demodulation import demodulate
from genphase.kernels.forms import PLUGIN, SQUARES, Form
from genphase.kernels.levenberg_marquardt import levenberg_marquardt
from genphase.kernels.passes import Run, adjoint, norm, residual
from genphase.kernels.plugin import plugin
from genphase.kernels.spiked import descend_to_spike, spiked_gradient
from genphase.signals import Vector
from genphase.sweep.parameters import Solver

NO_TRACE = np.empty((0, 2))

Trace = NDArray[np.float64]
Solve = Callable[[Instance, Vector, Solver, Trace], Run]

# An objective of at most this fraction of f(0) = ½‖b‖² is zero to rounding, a residual of 1.5e-8 of
# ‖b‖: no other start can do better. It is the distance from 1 to the next number.
ZERO_OBJECTIVE = 2.0**-52


def solve(instance: Instance, start: Vector, solver: Solver, further: Iterable[Vector] = ()) -> Run:
    """Run a solver on an instance.

    Parameters
    ----------
    start : (k,) x_0.
    further : starts of restarts, of which the first ``solver.restarts`` may be used.
    """
    return _solve(instance, start, solver, NO_TRACE, _run, further)


def solve_plainly(
    instance: Instance,
    start: Vector,
    solver: Solver,
    trace: Trace = NO_TRACE,
    further: Iterable[Vector] = (),
) -> Run:
    """Run a solver by its plain loop, the reference, which can also trace.

    Levenberg-Marquardt has one loop only.

    Parameters
    ----------
    start : (k,) x_0.
    trace : (T, 2) filled with objective and relative latent error at the first T iterates, those
        of restarts behind one another.
    further : starts of restarts, of which the first ``solver.restarts`` may be used.
    """
    return _solve(instance, start, solver, trace, _run_plainly, further)


def _solve(
    instance: Instance,
    start: Vector,
    solver: Solver,
    trace: Trace,
    run: Solve,
    further: Iterable[Vector],
) -> Run:
    if solver.name == "levenberg_marquardt":
        return _restarted(instance, start, solver, trace, further)
    found = run(instance, start, solver, trace)
    if instance.form.kind == SQUARES or solver.name != "subgradient":
        return found
    # For a spiked matrix the sign of the start is tried, not that of every iterate; the trace
    # stays that of the run which is kept.
    second = np.full_like(trace, np.nan)
    other: Run = run(instance, -start, solver, second)
    if stationarity(instance, other.latent)[0] < stationarity(instance, found.latent)[0]:
        trace[:] = second
        return other._replace(negations=1)
    return found


def _run(instance: Instance, start: Vector, solver: Solver, trace: Trace) -> Run:
    run: Run
    if instance.second is not None:
        run = demodulate(*_networks(instance), instance.observation, start, *_rules(solver))
        return run
    run = iterate(
        *instance.chain[:3],
        instance.observation,
        start,
        *_rules(solver),
        Form(PLUGIN, 0.0) if solver.name == "plugin" else instance.form,
        _negates(instance, solver),
    )
    return run


def _run_plainly(instance: Instance, start: Vector, solver: Solver, trace: Trace) -> Run:
    layers, rules = instance.chain[:3], _rules(solver)
    run: Run
    if instance.second is not None:
        codes = (start, instance.target)
        run = alternate(*_networks(instance), instance.observation, *codes, *rules, trace)
        return run
    if instance.form.kind != SQUARES:
        run = descend_to_spike(*layers, instance.form, start, instance.target, *rules, trace)
        trace[:, 0] += instance.constant
        return run
    given = (*layers, instance.observation, start, instance.target, *rules)
    if solver.name == "plugin":
        run = plugin(*given, trace)
    else:
        run = descend(*given, _negates(instance, solver), trace)
    return run


def _restarted(
    instance: Instance, start: Vector, solver: Solver, trace: Trace, further: Iterable[Vector]
) -> Run:
    """Run Levenberg-Marquardt from start after start; return the run with the lowest objective.

    There are no more runs once an objective is zero to rounding, at most `ZERO_OBJECTIVE` ½‖b‖².
    Iterations and negations are those of all runs together.
    """
    enough = ZERO_OBJECTIVE * 0.5 * norm(instance.observation) ** 2
    kept = _run_damped(instance, start, solver, trace)
    lowest = stationarity(instance, kept.latent)[0]
    iterations, negations = kept.iterations, kept.negations
    for another in islice(further, solver.restarts):
        if lowest <= enough:
            break
        found = _run_damped(instance, another, solver, trace[iterations:])
        iterations += found.iterations
        negations += found.negations
        reached = stationarity(instance, found.latent)[0]
        if reached < lowest or not np.isfinite(lowest):
            kept, lowest = found, reached
    return kept._replace(iterations=iterations, negations=negations)


def _run_damped(instance: Instance, start: Vector, solver: Solver, trace: Trace) -> Run:
    observed = (*instance.chain[:3], instance.observation)
    run: Run = levenberg_marquardt(*observed, start, instance.target, *_rules(solver)[1:], trace)
    return run


def _networks(instance: Instance) -> tuple[object, ...]:
    """Return both networks of blind demodulation, which share their widths and activations."""
    assert instance.second is not None
    return instance.chain.weights, instance.second.weights, *instance.chain[1:3]


def _negates(instance: Instance, solver: Solver) -> bool:
    """Return whether the sign of every iterate is tested."""
    return solver.name == "subgradient" and instance.form.kind == SQUARES


def _rules(solver: Solver) -> tuple[float | None, int, float, float]:
    """Return step, cap and stopping rules, as kernels take them."""
    return solver.step, solver.max_iter, solver.stop.relative_change, solver.stop.gradient_norm


def stationarity(instance: Instance, latent: Vector) -> tuple[float, float]:
    """Return the objective at x and the norm of its subgradient."""
    if instance.second is not None:
        value, gradient = product_gradient(*_networks(instance), instance.observation, latent)
        return float(value), float(norm(gradient))
    layers = instance.chain[:3]
    units = instance.chain.units_at(latent)
    backward = np.empty_like(units)
    if instance.form.kind == SQUARES:
        objective = residual(units, layers[2], instance.observation, backward)
        adjoint(*layers, units, backward)
    else:
        value = spiked_gradient(*layers, instance.form, units, backward)
        objective = value / 4 + instance.constant
    return float(objective), float(norm(backward[: latent.size]))
