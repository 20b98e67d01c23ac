"""The Lipschitz constant of a network."""

from typing import Any

import numpy as np

from genphase.quantities.options import Ascent, Points
from genphase.quantities.search import greatest
from genphase.theory.conditions import Floats, circle_maps, linear_maps
from genphase.things import AtLeast, quantity


@quantity(text="Lipschitz constant", needs=("relu",))
def lipschitz(drawn: Any, *, points: Points = 16, ascent: Ascent = 40) -> AtLeast:
    """Sup of ‖G(x) - G(y)‖/‖x - y‖, which is the greatest ‖Λ_x‖ of all activation regions."""

    def value(places: Floats) -> float:
        return float(np.linalg.norm(linear_maps(drawn.weights, places[0])[-1], 2))

    return greatest(value, drawn.rng, (1, drawn.k), points, ascent)


@quantity(text="Lipschitz constant, exact", needs=("relu",), k=2)
def exact_lipschitz(drawn: Any) -> float:
    """The Lipschitz constant for k = 2, by all activation regions."""
    return float(max(np.linalg.norm(linear, 2) for linear in circle_maps(drawn.weights)))
