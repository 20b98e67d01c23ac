"""The range restricted isometry condition of the measurements."""

from itertools import combinations_with_replacement
from typing import Any

import numpy as np

from genphase.quantities.options import Ascent, Points
from genphase.quantities.search import greatest
from genphase.theory.conditions import Floats, circle_maps, linear_maps, orthonormal
from genphase.things import AtLeast, quantity


@quantity(text="RRIC", needs=("relu", "measurements"))
def rric(drawn: Any, *, points: Points = 16, ascent: Ascent = 40) -> AtLeast:
    """RRIC constant: sup of ⟨(AᵀA - I)u, v⟩/(‖u‖‖v‖) over differences u, v of two signals.

    Hand and Voroninski (2018, arXiv:1705.07576), definition 3. Here both points of a difference lie
    in one activation region.
    """

    def value(places: Floats) -> float:
        bases = (orthonormal(linear_maps(drawn.weights, x)[-1]) for x in places)
        return _between(drawn.measurement_matrix, *bases)

    return greatest(value, drawn.rng, (2, drawn.k), points, ascent)


@quantity(text="RRIC, exact", needs=("relu", "measurements"), k=2)
def exact_rric(drawn: Any) -> float:
    """The RRIC constant for k = 2, by all pairs of activation regions.

    As in `rric`, both points of a difference lie in one region.
    """
    bases = [orthonormal(linear) for linear in circle_maps(drawn.weights)]
    bases = [basis for basis in bases if basis.size]
    pairs = combinations_with_replacement(bases, 2)
    return max((_between(drawn.measurement_matrix, *pair) for pair in pairs), default=0.0)


def _between(matrix: Floats | None, first: Floats, second: Floats) -> float:
    """Return the greatest deviation between the unit vectors of two ranges."""
    seen, other = (b if matrix is None else matrix @ b for b in (first, second))
    found = seen.T @ other - first.T @ second
    return float(np.linalg.norm(found, 2)) if found.size else -np.inf
