"""Solvers by name: each binds a kernel to an instance and a solver's settings."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from genphase.instances import Instance
from genphase.kernels.descent import descend
from genphase.kernels.fast import iterate
from genphase.kernels.passes import Run
from genphase.kernels.plugin import plugin
from genphase.signals import Vector
from genphase.sweep.catalogue import SolverName
from genphase.sweep.parameters import Solver

NO_TRACE = np.empty((0, 2))

Trace = NDArray[np.float64]
Solve = Callable[[Instance, Vector, Solver, Trace], Run]


def _plugin(instance: Instance, start: Vector, solver: Solver, trace: Trace) -> Run:
    run: Run = plugin(*_arguments(instance, start, solver), trace)
    return run


def _descend(negate: bool) -> Solve:
    def solve(instance: Instance, start: Vector, solver: Solver, trace: Trace) -> Run:
        run: Run = descend(*_arguments(instance, start, solver), negate, trace)
        return run

    return solve


def _arguments(instance: Instance, start: Vector, solver: Solver) -> tuple[object, ...]:
    return (
        *instance.chain,
        instance.observation,
        start,
        instance.target,
        solver.step,
        solver.max_iter,
        solver.stop.relative_change,
        solver.stop.gradient_norm,
    )


PLAIN: dict[SolverName, Solve] = {
    "plugin": _plugin,
    "subgradient": _descend(negate=True),
    "gradient_descent": _descend(negate=False),
}


def solve_plainly(
    instance: Instance, start: Vector, solver: Solver, trace: Trace = NO_TRACE
) -> Run:
    """Run a solver by its plain loop, the reference, which can also trace.

    Parameters
    ----------
    start : (k,) x_0.
    trace : (T, 2) filled with objective and relative latent error at the first T iterates.
    """
    return PLAIN[solver.name](instance, start, solver, trace)


def solve(instance: Instance, start: Vector, solver: Solver) -> Run:
    """Run a solver on an instance.

    Parameters
    ----------
    start : (k,) x_0.
    """
    run: Run = iterate(
        *instance.chain,
        instance.observation,
        start,
        solver.step,
        solver.max_iter,
        solver.stop.relative_change,
        solver.stop.gradient_norm,
        solver.name != "plugin",
        solver.name == "subgradient",
    )
    return run
