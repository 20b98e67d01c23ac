"""Lower bounds of suprema over points: a sample, then an ascent from the best of it.

The quantities that are sought are constant in the activation regions of points, or nearly so, and
have no gradient that leads to another region. So an ascent tries random steps: a step that gains is
kept, and the next ones are longer; after one that does not they are shorter.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from genphase.things import AtLeast

Floats = NDArray[np.float64]

_FIRST, _LONGER, _SHORTER = 0.5, 1.6, 0.85
# Where steps so short gain nothing, long ones are tried again.
_LEAST = 1e-3
# Of several points, the share that a step moves, beside one of them.
_MOVED = 0.3


def directions(rng: np.random.Generator, number: int, size: int) -> Floats:
    """Return random unit vectors, (number, size)."""
    drawn = rng.standard_normal((number, size))
    return np.asarray(drawn / np.linalg.norm(drawn, axis=1, keepdims=True))


def greatest(
    value: Callable[[Floats], float],
    rng: np.random.Generator,
    shape: tuple[int, int],
    points: int,
    ascent: int,
) -> AtLeast:
    """Return the greatest value that is found.

    Parameters
    ----------
    value
        Takes unit vectors, an array of `shape`.
    rng
        The trial's generator.
    shape
        How many vectors, and their size. Of every second sample all vectors are the same one.
    points
        How many samples.
    ascent
        How many steps from the best one.
    """
    best, place = -np.inf, np.empty(shape)
    for i in range(points):
        tried = directions(rng, *shape)
        if i % 2:
            tried[:] = tried[0]
        if (found := value(tried)) > best:
            best, place = found, tried
    length = _FIRST
    for _ in range(ascent):
        moved = rng.random(shape[0]) < _MOVED
        moved[rng.integers(shape[0])] = True
        tried = place + length * directions(rng, *shape) * moved[:, None]
        tried /= np.linalg.norm(tried, axis=1, keepdims=True)
        if (found := value(tried)) > best:
            best, place, length = found, tried, length * _LONGER
        else:
            length = length * _SHORTER if length > _LEAST else _FIRST
    return AtLeast(best)
