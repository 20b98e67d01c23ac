"""The joint weight distribution condition of the last layers of two networks."""

from typing import Any

import numpy as np
from scipy.stats import chi2

from genphase.quantities.options import Ascent, Points
from genphase.quantities.search import greatest
from genphase.theory.conditions import Floats, expected_overlap
from genphase.things import AtLeast, quantity


@quantity(text="joint-WDC", needs=("relu", "two networks"))
def joint_wdc(drawn: Any, *, points: Points = 16, ascent: Ascent = 40) -> AtLeast:
    """Joint-WDC constant of the last layers B and C of both networks, of ℓ rows each.

    The supremum over h, x, m, y of ℓ/(‖m‖‖y‖) ‖B_{+,h}ᵀ diag(C_{+,m} m ∘ C_{+,y} y) B_{+,x} -
    (α/ℓ)(mᵀ Q_{m,y} y) Q_{h,x}‖, and of the same with B and C exchanged; blind demodulation, (5) to
    (7). α is 1; for truncated weights of B it is P(χ²_{q+2} ≤ 9q), q being the inputs of the layer.
    """
    last, other = drawn.weights[-1], drawn.second[-1]
    sides = [(last, other, drawn.law), (other, last, drawn.second_law)]

    def value(places: Floats) -> float:
        return max(_deviation(*side, places) for side in sides)

    size = max(last.shape[1], other.shape[1])
    return greatest(value, drawn.rng, (4, size), points, ascent)


def _deviation(outer: Floats, inner: Floats, law: str, places: Floats) -> float:
    rows, inputs = outer.shape
    h, x = places[:2, :inputs]
    m, y = places[2:, : inner.shape[1]]
    weight = np.maximum(inner @ m, 0) * np.maximum(inner @ y, 0)
    both = (outer @ h > 0) & (outer @ x > 0)
    seen = (outer[both].T * weight[both]) @ outer[both]
    alpha = chi2.cdf(9 * inputs, inputs + 2) if law == "truncated" else 1.0
    mean = alpha / rows * float(m @ expected_overlap(m, y).times(y))
    found = np.linalg.norm(seen - mean * expected_overlap(h, x).dense(), 2)
    return float(rows * found / (np.linalg.norm(m) * np.linalg.norm(y)))
