"""The weight distribution condition of a layer."""

from typing import Any

import numpy as np
from scipy.sparse.linalg import LinearOperator, eigsh

from genphase.quantities.options import Ascent, Layer, Points
from genphase.quantities.search import directions, greatest
from genphase.theory.conditions import Floats, Overlap, expected_overlap
from genphase.things import AtLeast, quantity

# Up to this size all eigenvalues of a matrix are computed.
_DENSE = 64


@quantity(text="WDC", needs=("relu",))
def wdc(drawn: Any, *, layer: Layer, points: Points = 16, ascent: Ascent = 40) -> AtLeast:
    """WDC constant of a layer: sup over r, s of ‖W_{+,r}ᵀ W_{+,s} - Q_{r,s}‖.

    Hand and Voroninski (2018, arXiv:1705.07576), definition 2. The weights are taken as they are
    drawn; the condition is about rows N(0, I/n_i).
    """
    matrix = drawn.weights[layer - 1]
    begin = directions(drawn.rng, 1, matrix.shape[1])[0]

    def value(pair: Floats) -> float:
        both = np.all(matrix @ pair.T > 0, axis=1)
        return _norm(matrix[both], expected_overlap(*pair), begin)

    return greatest(value, drawn.rng, (2, matrix.shape[1]), points, ascent)


def _norm(rows: Floats, overlap: Overlap, begin: Floats) -> float:
    """Return ‖rowsᵀ rows - Q‖; of a large matrix from below, to six digits."""
    size = rows.shape[1]
    if size <= _DENSE:
        return float(np.linalg.norm(rows.T @ rows - overlap.dense(), 2))

    def times(vector: Floats) -> Floats:
        found: Floats = rows.T @ (rows @ vector) - overlap.times(vector)
        return found

    operator = LinearOperator((size, size), matvec=times, dtype=np.float64)
    (found,) = eigsh(operator, 1, v0=begin, tol=1e-6, return_eigenvectors=False)
    return abs(float(found))
