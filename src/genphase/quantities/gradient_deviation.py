"""How far gradients are from their expectation."""

from typing import Any

import numpy as np

from genphase.quantities.deviation import reduced
from genphase.quantities.options import Points, Statistic
from genphase.quantities.search import directions
from genphase.theory.landscape import expected_gradient
from genphase.things import quantity


@quantity(text="gradient deviation", needs=("relu",))
def gradient_deviation(
    drawn: Any, *, points: Points = 100, statistic: Statistic = "greatest"
) -> Any:
    """2^d ‖v_x - h_x‖/max(‖x‖, ‖x*‖) at random x, v_x being the gradient, h_x its expectation.

    Hand and Voroninski (2018, arXiv:1705.07576), theorem 4; for weights N(0, 1/n_i). The points
    have random directions and lengths uniform up to 2‖x*‖. The gradient is that of the problem,
    with its measurements and noise.
    """
    depth, length = len(drawn.weights), float(np.linalg.norm(drawn.target))
    scale = 2 * length * drawn.rng.random((points, 1))
    places = scale * directions(drawn.rng, points, drawn.k)
    expected = expected_gradient(places, drawn.target, depth)
    found = np.array([drawn.gradient(x) for x in places]) - expected
    sizes = np.maximum(np.linalg.norm(places, axis=1), length)
    return reduced(2**depth * np.linalg.norm(found, axis=1) / sizes, statistic)
