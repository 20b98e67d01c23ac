"""How far products of two regions' maps are from their expectation."""

from typing import Any

import numpy as np

from genphase.quantities.deviation import reduced
from genphase.quantities.options import Points, Statistic
from genphase.quantities.search import directions
from genphase.theory.conditions import linear_maps
from genphase.theory.landscape import expected_gradient
from genphase.things import quantity


@quantity(text="Jacobian deviation", needs=("relu",))
def jacobian_deviation(
    drawn: Any, *, points: Points = 50, statistic: Statistic = "greatest"
) -> Any:
    """2^d ‖Λ_xᵀ Λ_y y - h̃_{x,y}‖/‖y‖ at random pairs of points, Λ_x being the network's map at x.

    Hand and Voroninski (2018, arXiv:1705.07576), lemma 8; for weights N(0, 1/n_i).
    """
    depth = len(drawn.weights)
    found = []
    for _ in range(points):
        x, y = directions(drawn.rng, 2, drawn.k)
        seen = linear_maps(drawn.weights, x)[-1].T @ (linear_maps(drawn.weights, y)[-1] @ y)
        # h_{x,y} is x/2^d less what is expected.
        expected = x / 2**depth - expected_gradient(x, y, depth)
        found.append(2**depth * np.linalg.norm(seen - expected))
    return reduced(np.array(found), statistic)
