"""The range restricted isometry condition of the measurements."""

from typing import Any

import numpy as np

from genphase.quantities.options import Ascent, Points
from genphase.quantities.search import greatest
from genphase.theory.conditions import Floats, linear_maps, orthonormal
from genphase.things import AtLeast, quantity


@quantity(text="RRIC", needs=("relu", "measurements"))
def rric(drawn: Any, *, points: Points = 16, ascent: Ascent = 40) -> AtLeast:
    """RRIC constant: sup of ⟨(AᵀA - I)u, v⟩/(‖u‖‖v‖) over differences u, v of two signals.

    Hand and Voroninski (2018, arXiv:1705.07576), definition 3. Here both points of a difference lie
    in one activation region.
    """
    matrix = drawn.measurement_matrix

    def value(places: Floats) -> float:
        first, second = (orthonormal(linear_maps(drawn.weights, x)[-1]) for x in places)
        seen = first if matrix is None else matrix @ first
        other = second if matrix is None else matrix @ second
        found = seen.T @ other - first.T @ second
        return float(np.linalg.norm(found, 2)) if found.size else -np.inf

    return greatest(value, drawn.rng, (2, drawn.k), points, ascent)
