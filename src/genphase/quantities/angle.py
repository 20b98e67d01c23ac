"""The angle of two points behind a layer."""

from typing import Annotated, Any

import numpy as np
from pydantic import Field

from genphase.quantities.options import Layer
from genphase.quantities.search import directions
from genphase.theory.conditions import layers_at
from genphase.theory.landscape import angles
from genphase.things import quantity

Angle = Annotated[float, Field(ge=0, le=float(np.pi))]


@quantity(text="angle behind the layer", needs=("relu",))
def angle(drawn: Any, *, layer: Layer, between: Angle) -> float:
    """Angle of two points behind a layer; before the first one they have the angle `between`.

    The points are random unit vectors, the same two directions at all angles. NaN where a point is
    mapped to 0, or where k = 1 has no such angle.
    """
    first, beside = directions(drawn.rng, 2, drawn.k)
    if drawn.k == 1:
        if between not in (0, np.pi):
            return float("nan")
    else:
        beside = beside - (beside @ first) * first
        beside /= np.linalg.norm(beside)
    other = np.cos(between) * first + (np.sin(between) * beside if drawn.k > 1 else 0)
    ends = layers_at(drawn.weights[:layer], np.stack([first, other]))[-1]
    norms = np.linalg.norm(ends, axis=1)
    if not norms.all():
        return float("nan")
    u, v = ends / norms[:, None]
    # Exact for small angles, too.
    return float(2 * np.arctan2(np.linalg.norm(u - v), np.linalg.norm(u + v)))


@quantity(text="angle behind the layer, expected", needs=("relu",))
def expected_angle(drawn: Any, *, layer: Layer, between: Angle) -> float:
    """The limit of `angle` in wide networks, g applied `layer` times.

    Hand and Voroninski (2018, arXiv:1705.07576), (4).
    """
    return float(angles(between, layer)[-1])
