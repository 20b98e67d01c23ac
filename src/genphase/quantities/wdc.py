"""The weight distribution condition of a layer."""

from typing import Any

import numpy as np
from scipy.sparse.linalg import LinearOperator, eigsh

from genphase.quantities.options import Ascent, Layer, Points
from genphase.quantities.search import directions, greatest
from genphase.theory.conditions import Floats, Overlap, circle_pieces, expected_overlap
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


@quantity(text="WDC, exact", needs=("relu",), k=2)
def exact_wdc(drawn: Any) -> float:
    """The WDC constant of layer 1 for k = 2, by all pairs of activation regions.

    Where r and s stay in their arcs between kinks, W_{+,r}ᵀ W_{+,s} is constant and only Q_{r,s}
    moves, by so little that the ends of the arcs are looked at; what lies between them is greater
    by less than (π/n_1)², for arcs of the mean length.
    """
    matrix = drawn.weights[0]
    kinks = circle_pieces(drawn.weights[:1])
    ends = np.append(kinks, kinks[0] + 2 * np.pi)
    middles = (ends[1:] + ends[:-1]) / 2
    active = (np.stack([np.cos(middles), np.sin(middles)], axis=1) @ matrix.T > 0).astype(float)
    squares = matrix[:, :, None] * matrix[:, None, :]
    # Row by row of arcs, so that memory stays small.
    worst = 0.0
    for i, row in enumerate(active):
        seen = np.einsum("sj,jab->sab", active * row, squares)
        for begin in (ends[i], ends[i + 1]):
            for other in (ends[:-1], ends[1:]):
                found = seen - _overlap_on_circle(begin, other)
                worst = max(worst, float(np.abs(np.linalg.eigvalsh(found)).max()))
    return worst


def _overlap_on_circle(angle: float, others: Floats) -> Floats:
    """Return Q_{r,s} of unit vectors of the plane by their angles, (N, 2, 2)."""
    r = np.array([np.cos(angle), np.sin(angle)])
    vectors = np.stack([np.cos(others), np.sin(others)], axis=1)
    return np.stack([expected_overlap(r, s).dense() for s in vectors])


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
