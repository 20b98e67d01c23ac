"""The two limits of a trial: drawing its weights, and streaming the active ones once each way."""

from functools import cache
from time import perf_counter
from typing import NamedTuple

import numba
import numpy as np

from genphase.parameters import Parameters
from genphase.things import PROBLEMS

# Read in one measurement; long against the clock, short against the patience of a user.
_BYTES_READ = 2e8


class Stream(NamedTuple):
    """What a plain iteration must read.

    held : bytes of the active weights and, for PLUGIn, of the k x m product.
    passes : how often an iteration reads them.
    """

    held: int
    passes: int


def stream(parameters: Parameters) -> Stream:
    """Return what a plain iteration reads at least, without the negation test.

    All of W_1 and, as half of the units of a layer are active, half of the later matrices, in
    single precision: forward and backward for a subgradient, forward only for PLUGIn, whose way
    back is the k x m product in double precision.
    """
    layers = [parameters.k, *parameters.network.widths]
    if PROBLEMS[parameters.problem].has_matrix(parameters.measurements):
        layers.append(parameters.m)
    sizes = [a * b for a, b in zip(layers, layers[1:], strict=False)]
    active = 4 * sizes[0] + 2 * sum(sizes[1:])
    if parameters.problem == "blind_demodulation":
        # Two networks.
        active *= 2
    if parameters.solver.name == "plugin":
        return Stream(active + 8 * parameters.k * parameters.m, 1)
    return Stream(active, 2)


def dense_bytes(parameters: Parameters) -> int:
    """Return what an iteration on a GPU reads: all of the weights, in double precision, each way.

    Masks select results there, and save no reading. For PLUGIn the way back is the k x m product.
    """
    entries = PROBLEMS.of(parameters.problem).entries(parameters)
    if parameters.solver.name == "plugin":
        return 8 * (entries + parameters.k * parameters.m)
    return 16 * entries


def streaming_seconds(parameters: Parameters, iterations: int) -> float:
    """Return the time of reading what `iterations` plain iterations read, from where it fits."""
    held, passes = stream(parameters)
    return iterations * passes * seconds_to_read(held)


@cache
def seconds_to_read(size: int) -> float:
    """Return the time of one pass over an array of `size` bytes that is read again and again.

    An array that fits into a cache is thus read from there. The best of five measurements, since
    it serves as a limit.
    """
    values = _aligned_ones(max(size // 8, 1))
    passes = int(_BYTES_READ / 5 / values.nbytes) + 1
    seconds = []
    for _ in range(5):
        begun = perf_counter()
        _read(values, passes)
        seconds.append(perf_counter() - begun)
    return min(seconds) / passes


def _aligned_ones(size: int) -> np.ndarray:
    # An array that begins within a cache line is read up to two times slower: wide loads straddle.
    padded = np.ones(size + 7)
    start = -(padded.ctypes.data // 8) % 8
    return padded[start : start + size]


@numba.njit
def _read(values: np.ndarray, passes: int) -> float:
    total = 0.0
    for _ in range(passes):
        # BLAS reads faster than a compiled sum, which waits for its additions.
        total += np.dot(values, values)
    return total
