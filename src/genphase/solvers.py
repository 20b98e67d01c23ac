"""Solvers by name: each binds a kernel to an instance and a solver's settings."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from genphase.instances import Instance
from genphase.kernels.descent import Run, descend
from genphase.kernels.plugin import plugin
from genphase.signals import Vector
from genphase.sweep.catalogue import SolverName
from genphase.sweep.parameters import Solver

NO_TRACE = np.empty((0, 2))

Trace = NDArray[np.float64]
Solve = Callable[[Instance, Vector, Solver, Trace], Run]


def _plugin(instance: Instance, start: Vector, solver: Solver, trace: Trace) -> Run:
    run: Run = plugin(
        *instance.chain,
        instance.observation,
        start,
        instance.target,
        solver.step,
        solver.max_iter,
        solver.stop.relative_change,
        solver.stop.gradient_norm,
        trace,
    )
    return run


def _descend(negate: bool) -> Solve:
    def solve(instance: Instance, start: Vector, solver: Solver, trace: Trace) -> Run:
        run: Run = descend(
            *instance.chain,
            instance.observation,
            start,
            instance.target,
            solver.step,
            solver.max_iter,
            solver.stop.relative_change,
            solver.stop.gradient_norm,
            negate,
            trace,
        )
        return run

    return solve


SOLVE: dict[SolverName, Solve] = {
    "plugin": _plugin,
    "subgradient": _descend(negate=True),
    "gradient_descent": _descend(negate=False),
}


def solve(instance: Instance, start: Vector, solver: Solver, trace: Trace = NO_TRACE) -> Run:
    """Run a solver on an instance.

    Parameters
    ----------
    start : (k,) x_0.
    trace : (T, 2) filled with objective and relative latent error at the first T iterates.
    """
    return SOLVE[solver.name](instance, start, solver, trace)
