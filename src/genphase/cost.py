"""The cost model: what a trial is expected to take, for packing jobs and for ``genphase plan``.

Estimates only: they decide how cells share jobs, never a result.
"""

from typing import NamedTuple

from genphase.sweep.parameters import Parameters

# Of a current server core. Drawing a number; one multiply-add with the weight of an active unit.
_SECONDS_PER_DRAW = 2.0e-8
_SECONDS_PER_WEIGHT = 1.5e-10

# How many iterations a trial takes is what a sweep finds out. These are the plain iterations that
# take as long as a mean trial of the published portraits, of trials that converge fast and of those
# that meet the cap together.
_TYPICAL_ITERATIONS = {"plugin": 400, "subgradient": 8000, "gradient_descent": 8000}

# Python, numpy and numba with loaded kernels.
_BASE_MB = 150


class Cost(NamedTuple):
    """Seconds and peak memory of one trial."""

    core_seconds: float
    memory_mb: float


def trial_cost(parameters: Parameters) -> Cost:
    """Estimate one trial of a cell.

    An iteration reads the rows of active units, half of the weights, once in every pass: forward
    and adjoint, and forward at -x for the negation test; PLUGIn's adjoint is a k x m product.
    """
    solver, k, m = parameters.solver, parameters.k, parameters.m
    layers = [k, *parameters.network.widths]
    weights = sum(a * b for a, b in zip(layers, layers[1:], strict=False))
    if parameters.measurements != "identity":
        weights += layers[-1] * m
    active = weights / 2 + layers[0] * layers[1] / 2
    match solver.name:
        case "plugin":
            per_iteration = active + k * m
        case "subgradient":
            per_iteration = 3 * active
        case "gradient_descent":
            per_iteration = 2 * active
    iterations = min(solver.max_iter, _TYPICAL_ITERATIONS[solver.name])
    seconds = weights * _SECONDS_PER_DRAW + iterations * per_iteration * _SECONDS_PER_WEIGHT
    # Single-precision weights and, for PLUGIn, the k x m product in double precision.
    memory = _BASE_MB + (4 * weights + 8 * k * m) / 1e6
    return Cost(seconds, memory)
