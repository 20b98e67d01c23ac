"""The range restricted weight distribution condition of a layer."""

from typing import Any

import numpy as np

from genphase.quantities.options import Ascent, Layer, Points
from genphase.quantities.search import greatest
from genphase.theory.conditions import Floats, expected_overlap, linear_maps, orthonormal
from genphase.things import AtLeast, quantity


@quantity(text="R2WDC", needs=("relu",))
def r2wdc(drawn: Any, *, layer: Layer, points: Points = 16, ascent: Ascent = 40) -> AtLeast:
    """R2WDC constant of a layer: the WDC, between points of the range of the layers before it.

    The supremum of |⟨(W_{+,r}ᵀ W_{+,s} - Q_{r,s}) u, v⟩|/(‖u‖‖v‖), where r, s are outputs of the
    layers before and u, v differences of two such outputs; non-expansive priors, definition 4.2.
    Here both points of a difference lie in one activation region. For layer 1 it is the WDC.
    """
    before, matrix = drawn.weights[: layer - 1], drawn.weights[layer - 1]

    def value(places: Floats) -> float:
        maps = [linear_maps(before, x)[-1] for x in places]
        r, s = maps[0] @ places[0], maps[1] @ places[1]
        if not r.any() or not s.any():
            return -np.inf
        first, second = orthonormal(maps[2]), orthonormal(maps[3])
        both = (matrix @ r > 0) & (matrix @ s > 0)
        rows = matrix[both]
        seen = (rows @ first).T @ (rows @ second)
        found = seen - first.T @ expected_overlap(r, s).times(second)
        return float(np.linalg.norm(found, 2)) if found.size else -np.inf

    return greatest(value, drawn.rng, (4, drawn.k), points, ascent)
