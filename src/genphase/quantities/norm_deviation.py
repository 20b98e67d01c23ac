"""How far a layer's outputs are from their expected length."""

from typing import Any

import numpy as np

from genphase.quantities.deviation import reduced
from genphase.quantities.options import Layer, Points, Statistic
from genphase.quantities.search import directions
from genphase.theory.conditions import layers_at
from genphase.things import quantity


@quantity(text="norm deviation", needs=("relu",))
def norm_deviation(
    drawn: Any, *, layer: Layer, points: Points = 100, statistic: Statistic = "greatest"
) -> Any:
    """Absolute 2 ‖x_i‖²/‖x_{i-1}‖² - 1 at random points, x_i being what leaves layer i.

    Hand and Voroninski (2018, arXiv:1705.07576), lemma 7; for weights N(0, 1/n_i). Points with
    x_{i-1} = 0 are left out.
    """
    outputs = layers_at(drawn.weights[:layer], directions(drawn.rng, points, drawn.k))
    before, behind = (np.sum(x**2, axis=1) for x in outputs[-2:])
    kept = before > 0
    return reduced(np.abs(2 * behind[kept] / before[kept] - 1), statistic)
