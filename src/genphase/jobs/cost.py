"""The cost model: what a trial is expected to take, for jobs and for ``genphase plan``.

Estimates only: they decide how cells share jobs, never a result.
"""

import math
from typing import NamedTuple

from genphase.decoders import read_network
from genphase.parameters import Parameters
from genphase.solvers.cost import passes_of, seconds_of_passes
from genphase.things import PROBLEMS, Typical

# MOST of kernels/costs.py, which would load numba.
_HINGES = 256

# Of a current server core: starting a trial, drawing a number.
_SECONDS_PER_TRIAL = 2e-4
_SECONDS_PER_DRAW = 3e-9


# Of an iteration in Python, beside the pass through the network that it asks for.
_SECONDS_PER_STEP = 6e-6
# Of two networks that are run by a loop in Python: passes through both in an iteration,
# and the time beside them.
_PASSES_OF_PAIRS = 5
_SECONDS_PER_STEP_OF_PAIRS = 5e-5
# Of a solver that says nothing.
_UNKNOWN = Typical(passes=1000)

# Python, numpy and numba with loaded kernels.
_BASE_MB = 190


class Cost(NamedTuple):
    """Compute time and peak memory, of a trial or of a job."""

    core_seconds: float
    memory_mb: float


def trial_cost(parameters: Parameters) -> Cost:
    """Estimate one trial of a cell; a full pass reads the rows of active units, half of them."""
    k, m = parameters.k, parameters.m
    layers = [k, *parameters.network.widths]
    problem, facts = PROBLEMS.of(parameters.problem), parameters.method.thing.facts
    weights = problem.entries(parameters)
    active = (weights + layers[0] * layers[1]) / 2
    seconds = _SECONDS_PER_TRIAL + weights * _SECONDS_PER_DRAW
    if parameters.solver is None:
        seconds += _measuring(parameters, weights)
    elif "seconds" in facts:
        seconds += facts["seconds"](parameters, active)
    else:
        typical = problem.typical or facts.get("typical", _UNKNOWN)
        if parameters.solved_by.thing.of_instance and _is_smooth(parameters):
            # Nothing is frozen: a full pass for each iteration, of which there can be many.
            typical = Typical(passes=parameters.solved_by.max_iter)
        plain = problem.codes > 1 and _is_plain_pair(parameters)
        seconds += (_PASSES_OF_PAIRS if plain else 1) * seconds_of_passes(
            parameters, active, typical
        )
        if plain:
            seconds += passes_of(parameters, typical) * _SECONDS_PER_STEP_OF_PAIRS
        if not parameters.solved_by.thing.of_instance:
            seconds += passes_of(parameters, typical) * _SECONDS_PER_STEP
    # Single-precision weights; in double precision, the maps of a region and the hinges' effects.
    units = sum(layers[1:]) + m
    # What measures sees the weights in double precision, too.
    seen = 4 * weights if parameters.solver else 12 * weights
    memory = _BASE_MB + (seen + 8 * (2 * k + 2 * _HINGES) * units) / 1e6
    return Cost(seconds, memory)


def _is_smooth(parameters: Parameters) -> bool:
    network = parameters.network
    return bool(network.file) and read_network(network.use).is_smooth


def _is_plain_pair(parameters: Parameters) -> bool:
    """Return whether one of two networks is none that kernels of products know."""
    files = {network.use for network in (parameters.network, parameters.second) if network.file}
    networks = [read_network(use) for use in files]
    return not all(net.is_single and net.is_homogeneous for net in networks)


# Of a quantity at one of its points: the maps of all regions, in dense products.
_SECONDS_PER_PRODUCT = 5e-10
_PRODUCTS = 10


def _measuring(parameters: Parameters, weights: int) -> float:
    """Estimate a quantity by the points that it looks at."""
    options = parameters.method.options
    points = int(options.get("points", 1)) + int(options.get("ascent", 0))
    return points * (parameters.k + _PRODUCTS) * weights * _SECONDS_PER_PRODUCT


# Of pandas with SciPy or matplotlib, and of a trial's row in a table, all of them text.
_TABLES_MB = 250
_MB_PER_ROW = 0.002
_SECONDS_PER_ROW = 5e-5
# How many times longer the plain loops, which trace, take than the kernels in use.
_PLAIN = 20


def tables_cost(rows: int) -> Cost:
    """Estimate a job that reads or writes a table of this number of trials."""
    return Cost(rows * _SECONDS_PER_ROW, _TABLES_MB + rows * _MB_PER_ROW)


def traces_cost(cost: Cost) -> Cost:
    """Estimate the tracing of trials by what running them costs."""
    return Cost(_PLAIN * cost.core_seconds, _TABLES_MB + cost.memory_mb)


def images_cost(cost: Cost) -> Cost:
    """Estimate the pictures of trials by what running these costs."""
    return Cost(cost.core_seconds, _TABLES_MB + cost.memory_mb)


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
    cost
        Of the job, estimated.
    cells
        Of the whole sweep.
    attempt
        From 1.
    """
    memory = _SPARE_MEMORY * cost.memory_mb + _SNAKEMAKE_MB + _SNAKEMAKE_MB_PER_CELL * cells
    minutes = _START_MINUTES + _SPARE_SECONDS * cost.core_seconds / 60
    return Request(
        math.ceil(max(memory, _LEAST_MB) * 2 ** (attempt - 1)),
        math.ceil(minutes * 2 ** (attempt - 1)),
    )
