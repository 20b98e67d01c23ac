"""The cost model: what a trial is expected to take, for jobs and for ``genphase plan``.

Estimates only: they decide how cells share jobs, never a result.
"""

import math
from typing import NamedTuple

from genphase.sweep.catalogue import SPIKED
from genphase.sweep.parameters import Parameters

# MOST of kernels/costs.py, which would load numba.
_HINGES = 256

# Of a current server core: starting a trial, drawing a number, one multiply-add in a full pass.
_SECONDS_PER_TRIAL = 2e-4
_SECONDS_PER_DRAW = 3e-9
_SECONDS_PER_WEIGHT = 1.4e-10


class _Typical(NamedTuple):
    """What a mean trial of the published sweeps costs, converged and capped ones together.

    How many iterations a trial takes is what a sweep finds out.

    passes, passes_per_k : full passes, which include the maps of regions.
    seconds_per_k2 : the iterations in R^k, whose number and cost grow with k.
    """

    passes: float
    passes_per_k: float
    seconds_per_k2: float


_DESCENT = _Typical(0, 36, 3e-6)
_SPIKED = _Typical(1000, 35, 0)
# By problem or, for those without an entry, by solver.
_TYPICAL = {
    "phase_retrieval": _Typical(2000, 0, 0),
    "spiked_wigner": _SPIKED,
    "spiked_wishart": _SPIKED,
    "blind_demodulation": _Typical(8000, 0, 0),
    "plugin": _Typical(18, 0, 9e-6),
    "subgradient": _DESCENT,
    "gradient_descent": _DESCENT,
}

# Updates of a mean run of Levenberg-Marquardt, and what a multiplication of its matrix products
# takes against one of a pass.
_UPDATES = 30
_PRODUCTS = 0.7

# Python, numpy and numba with loaded kernels.
_BASE_MB = 190


class Cost(NamedTuple):
    """Compute time and peak memory, of a trial or of a job."""

    core_seconds: float
    memory_mb: float


def trial_cost(parameters: Parameters) -> Cost:
    """Estimate one trial of a cell; a full pass reads the rows of active units, half of them."""
    solver, k, m = parameters.solver, parameters.k, parameters.m
    layers = [k, *parameters.network.widths]
    weights = sum(a * b for a, b in zip(layers, layers[1:], strict=False))
    if parameters.measurements != "identity" or parameters.problem in SPIKED:
        weights += layers[-1] * m
    if parameters.problem == "blind_demodulation":
        weights *= 2
    active = (weights + layers[0] * layers[1]) / 2
    solving = _damped_seconds if solver.name == "levenberg_marquardt" else _descent_seconds
    seconds = _SECONDS_PER_TRIAL + weights * _SECONDS_PER_DRAW + solving(parameters, active)
    # Single-precision weights; in double precision, the maps of a region and the hinges' effects.
    units = sum(layers[1:]) + m
    memory = _BASE_MB + (4 * weights + 8 * (2 * k + 2 * _HINGES) * units) / 1e6
    return Cost(seconds, memory)


def _descent_seconds(parameters: Parameters, active: float) -> float:
    """Estimate a run that makes passes through so many active weights."""
    k, solver = parameters.k, parameters.solver
    typical = _TYPICAL.get(parameters.problem) or _TYPICAL[solver.name]
    passes = min(solver.max_iter, typical.passes + k * typical.passes_per_k)
    return passes * active * _SECONDS_PER_WEIGHT + k**2 * typical.seconds_per_k2


def _damped_seconds(parameters: Parameters, active: float) -> float:
    """Estimate the runs of Levenberg-Marquardt: a Jacobian and a few passes for each update."""
    k, m, solver = parameters.k, parameters.m, parameters.solver
    products = k * active + k**2 * m / 2 + k**3 / 6
    # Where some trials fail, about half of the restarts are made.
    updates = min(solver.max_iter, _UPDATES) * (1 + solver.restarts / 2)
    return updates * (3 * active + _PRODUCTS * products) * _SECONDS_PER_WEIGHT


# Of pandas with statsmodels or matplotlib, and of a trial's row in a table, all of them text.
_TABLES_MB = 250
_MB_PER_ROW = 0.002
_SECONDS_PER_ROW = 5e-5
# The plain loops, which trace, take so many times as long as the kernels in use.
_PLAIN = 20


def tables_cost(rows: int) -> Cost:
    """Estimate a job that reads or writes a table of so many trials."""
    return Cost(rows * _SECONDS_PER_ROW, _TABLES_MB + rows * _MB_PER_ROW)


def traces_cost(cost: Cost) -> Cost:
    """Estimate the tracing of trials by what running them costs."""
    return Cost(_PLAIN * cost.core_seconds, _TABLES_MB + cost.memory_mb)


class Request(NamedTuple):
    """What a job asks a cluster for: memory in MB, and minutes."""

    mem_mb: int
    runtime: int


# A job on a cluster is two processes of Snakemake, which read the whole sweep, and the one that
# computes; where a kind of processor is met for the first time, that one also compiles.
_LEAST_MB = 1000
_SNAKEMAKE_MB = 300
_SNAKEMAKE_MB_PER_CELL = 0.01
_START_MINUTES = 5
# Trials of a cell differ, and nodes do.
_SPARE_SECONDS = 3
_SPARE_MEMORY = 1.3


def request(cost: Cost, cells: int, attempt: int) -> Request:
    """Return what a job asks for, twice as much with each further attempt.

    Parameters
    ----------
    cost : of the job, estimated.
    cells : of the whole sweep.
    attempt : from 1.
    """
    memory = _SPARE_MEMORY * cost.memory_mb + _SNAKEMAKE_MB + _SNAKEMAKE_MB_PER_CELL * cells
    minutes = _START_MINUTES + _SPARE_SECONDS * cost.core_seconds / 60
    return Request(
        math.ceil(max(memory, _LEAST_MB) * 2 ** (attempt - 1)),
        math.ceil(minutes * 2 ** (attempt - 1)),
    )
