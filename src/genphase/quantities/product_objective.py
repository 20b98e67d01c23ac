"""The objective of blind demodulation at multiples of both codes."""

from typing import Any

import numpy as np

from genphase.theory.landscape import angles
from genphase.things import quantity


def _codes(drawn: Any) -> tuple[Any, Any]:
    return drawn.target[: drawn.k], drawn.target[drawn.k :]


@quantity(text="objective", needs=("two networks",))
def product_objective(drawn: Any, *, first: float, second: float) -> float:
    """2^{d+s} ℓ f/(‖h*‖²‖z*‖²) at the codes first h* and second z*, ℓ being the signals' length."""
    h, z = _codes(drawn)
    scale = 2 ** (len(drawn.weights) + len(drawn.second)) * len(drawn.weights[-1])
    found = drawn.objective(np.concatenate([first * h, second * z]))
    return float(scale * found / ((h @ h) * (z @ z)))


@quantity(text="objective, expected", needs=("relu", "two networks"))
def expected_product_objective(drawn: Any, *, first: float, second: float) -> float:
    """The expectation of `product_objective`, for wide networks with weights N(0, 1/n_i).

    ½(a²b² + 1 - 2|a||b| cos θ_d cos θ_s) at a h* and b z*, where θ_d and θ_s are the angles behind
    the networks: 0 for positive multiples, those of opposite points for negative ones.
    """
    cosines = [
        np.cos(angles(0.0 if multiple > 0 else np.pi, len(weights))[-1])
        for multiple, weights in ((first, drawn.weights), (second, drawn.second))
    ]
    size = abs(first * second)
    return float((size**2 + 1 - 2 * size * cosines[0] * cosines[1]) / 2)
