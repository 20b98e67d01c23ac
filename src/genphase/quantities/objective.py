"""The objective on a plane through the truth, as it is and as it is expected."""

from typing import Any

import numpy as np

from genphase.quantities.plane import on_plane
from genphase.theory.landscape import expected_objective as expected
from genphase.things import quantity


@quantity(text="objective")
def objective(drawn: Any, *, along: float, across: float = 0.0) -> float:
    """2^d f(x)/‖x*‖² at x = along x* + across ‖x*‖ e, e being a direction at right angles to x*."""
    scale = 2 ** len(drawn.weights) / (drawn.target @ drawn.target)
    return float(scale * drawn.objective(on_plane(drawn, along, across)))


@quantity(text="objective, expected", needs=("relu",))
def expected_objective(drawn: Any, *, along: float, across: float = 0.0) -> float:
    """The expectation of `objective`, for wide ReLU networks with weights N(0, 1/n_i).

    Hand and Voroninski (2018, arXiv:1705.07576); the observation has no noise.
    """
    depth, target = len(drawn.weights), drawn.target
    found = expected(on_plane(drawn, along, across), target, depth)
    return float(np.asarray(found) * 2**depth / (target @ target))
