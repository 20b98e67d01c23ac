"""Run a solver of any kind on an instance: what it returns, or what it yields."""

import inspect
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from genphase.brought import BadReturn
from genphase.cells.problem import Problem
from genphase.draws.instance import Instance
from genphase.draws.returned import as_array
from genphase.kernels.passes import Run, norm
from genphase.kernels.status import CAPPED, CONVERGED, DIVERGED, DIVERGENCE_NORM, NAMES
from genphase.parameters import Solver
from genphase.solvers.rules import Rules

Floats = NDArray[np.float64]


class Solved(NamedTuple):
    """What a solver found.

    run : how it ended; x̂ is NaN of a method without the network.
    signal : (n,) what such a method recovered; None where it is G(x̂).
    """

    run: Run
    signal: Floats | None = None


def solve(
    instance: Instance,
    start: Floats,
    solver: Solver,
    further: Iterable[Floats] = (),
    trace: Floats | None = None,
    problem: Problem | None = None,
) -> Solved:
    """Run a solver on an instance.

    Parameters
    ----------
    instance
        What is solved.
    start : (k,)
        x_0.
    solver
        The solver, with its options.
    further
        Starts of restarts, for solvers that have them.
    trace : (T, 2)
        Filled with objective and relative latent error at the first T iterates, those of restarts
        behind one another. The plain loop is run then, the reference.
    problem
        What a solver of a user's is given.

    Raises
    ------
    BadReturn
        If a solver of a user's returns or yields something else than it should.
    """
    thing, rules = solver.thing, Rules(solver.max_iter, *solver.stop.rules())
    given: dict[str, Any] = {"further": further, "trace": trace, "rules": rules}
    given["max_iter"] = rules.max_iter
    given = {name: value for name, value in given.items() if name in thing.asks_for}
    options = solver.options_at(instance.norms)
    if thing.of_instance:
        return Solved(thing.function(instance, start, **options, **given))
    returned = thing.function(problem, start.copy(), **options, **given)
    if inspect.isgenerator(returned):
        if not thing.finds_code:
            raise BadReturn(f'solver {thing.name} yields codes; remove @solver(recovers="signal")')
        return Solved(_follow(thing, returned, instance, start, rules, trace))
    return _read(thing, returned, instance, start, trace)


def _follow(
    thing: Any,
    iterates: Iterator[Any],
    instance: Instance,
    start: Floats,
    rules: Rules,
    trace: Floats | None,
) -> Run:
    """Take iterates until a rule is met; a solver that ends by itself has converged."""
    judge = instance.without_truth()
    x = start.copy()
    _trace(trace, 0, instance, judge, x)
    if rules.gradient_norm > 0 and norm(judge(x)[1]) < rules.gradient_norm:
        return Run(x, CONVERGED, 0, 0)
    for iteration in range(1, rules.max_iter + 1):
        try:
            before, x = x, as_array(thing, next(iterates), start.shape).copy()
        except StopIteration:
            return Run(x, CONVERGED, iteration - 1, 0)
        size = float(norm(x))
        if not size < DIVERGENCE_NORM:
            return Run(x, DIVERGED, iteration, 0)
        if norm(x - before) < rules.relative_change * size:
            return Run(x, CONVERGED, iteration, 0)
        if rules.gradient_norm > 0 and norm(judge(x)[1]) < rules.gradient_norm:
            return Run(x, CONVERGED, iteration, 0)
        _trace(trace, iteration, instance, judge, x)
    return Run(x, CAPPED, rules.max_iter, 0)


def _read(
    thing: Any, returned: Any, instance: Instance, start: Floats, trace: Floats | None
) -> Solved:
    """Read a result; of its way there is no trace but the start."""
    try:
        latent, iterations, status, negations, signal = (*returned, None)[:5]
        code, counts = NAMES.index(status), (int(iterations), int(negations))
        if (latent is None) == (signal is None):
            raise ValueError("a result has a code or a signal")
    except (TypeError, ValueError):
        raise BadReturn(
            f"solver {thing.name} returned {type(returned).__name__}; yield iterates, or return "
            f"Result(latent, iterations, status) with a status of {', '.join(NAMES)}; without a "
            "code, Result(None, iterations, status, signal=...)"
        ) from None
    if (signal is None) != thing.finds_code:
        what, fact = ("a code", "remove") if signal is None else ("a signal and no code", "write")
        raise BadReturn(f'solver {thing.name} returned {what}; {fact} @solver(recovers="signal")')
    if signal is None:
        found = x = as_array(thing, latent, start.shape).copy()
    else:
        found = signal = as_array(thing, signal, instance.signal.shape).copy()
        x = np.full(start.shape, np.nan)
    if trace is not None:
        trace[:] = np.nan
        _trace(trace, 0, instance, instance.without_truth(), start)
    if not float(norm(found)) < DIVERGENCE_NORM:
        code = DIVERGED
    return Solved(Run(x, code, *counts), signal)


def _trace(trace: Floats | None, iteration: int, instance: Instance, judge: Any, x: Floats) -> None:
    if trace is not None and iteration < len(trace):
        trace[iteration] = judge(x)[0], norm(x - instance.target) / norm(instance.target)
