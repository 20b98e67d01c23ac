"""The norm of the gradient on a plane through the truth, as it is and as it is expected."""

from typing import Any

import numpy as np

from genphase.quantities.plane import on_plane
from genphase.theory.landscape import expected_gradient
from genphase.things import quantity


@quantity(text="gradient norm")
def gradient_norm(drawn: Any, *, along: float, across: float = 0.0) -> float:
    """2^d ‖v_x‖/‖x*‖ at x = along x* + across ‖x*‖ e, v_x being the gradient, e beside x*."""
    found = np.linalg.norm(drawn.gradient(on_plane(drawn, along, across)))
    return float(2 ** len(drawn.weights) * found / np.linalg.norm(drawn.target))


@quantity(text="gradient norm, expected", needs=("relu",))
def expected_gradient_norm(drawn: Any, *, along: float, across: float = 0.0) -> float:
    """2^d ‖h_x‖/‖x*‖, h_x being the expected gradient, for weights N(0, 1/n_i); NaN at 0.

    Hand and Voroninski (2018, arXiv:1705.07576), (31); the observation has no noise.
    """
    depth, target = len(drawn.weights), drawn.target
    field = expected_gradient(on_plane(drawn, along, across), target, depth)
    return float(2**depth * np.linalg.norm(field) / np.linalg.norm(target))
