"""Levenberg-Marquardt by Gauss-Newton steps, with the negation test and restarts.

The iteration and its sources are in :mod:`genphase.kernels.damped`.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from genphase.decoders import read_network
from genphase.parameters import Images
from genphase.solvers.cost import SECONDS_PER_WEIGHT
from genphase.solvers.damped import PRODUCTS, Restarts, best_of_starts
from genphase.solvers.rules import Rules
from genphase.things import RESIDUAL, solver

if TYPE_CHECKING:
    from genphase.parameters import Parameters

# Updates with a new Jacobian of a mean run, of one where every point has its own.
_UPDATES, _SMOOTH = 30, 100


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
    found: float = updates * (3 * active + PRODUCTS * products) * SECONDS_PER_WEIGHT
    return found


@solver(text="Levenberg-Marquardt", of_instance=True, needs=(RESIDUAL,), seconds=seconds)
def levenberg_marquardt(
    instance: Any,
    start: Any,
    *,
    restarts: Restarts = 0,
    rules: Rules,
    further: Iterable[Any] = (),
    trace: Any = None,
) -> Any:
    """Damped least squares, which finds the length of a step itself.

    There are at most `restarts` runs from further starts, and the run with the lowest objective is
    kept; no more once an objective is zero to rounding, at most 2^-52 of ½‖b‖². Iterations and
    negations are those of all runs together.
    """
    return best_of_starts(instance, start, further, restarts, rules, trace)
