"""How far a layer's angles are from their expectation."""

from typing import Any

import numpy as np

from genphase.quantities.deviation import reduced
from genphase.quantities.options import Layer, Points, Statistic
from genphase.quantities.search import directions
from genphase.theory.conditions import layers_at
from genphase.theory.landscape import angle_map
from genphase.things import quantity


@quantity(text="angle deviation", needs=("relu",))
def angle_deviation(
    drawn: Any, *, layer: Layer, points: Points = 100, statistic: Statistic = "greatest"
) -> Any:
    """Absolute θ_i - g(θ_{i-1}) at random pairs of points, θ_i being their angle behind layer i.

    Hand and Voroninski (2018, arXiv:1705.07576), lemma 7. Angles before the layer are uniform for
    layer 1: a pair is drawn with an angle uniform on [0, π].
    """
    first = directions(drawn.rng, points, drawn.k)
    other = directions(drawn.rng, points, drawn.k)
    if drawn.k > 1:
        other -= np.sum(other * first, axis=1, keepdims=True) * first
        other /= np.linalg.norm(other, axis=1, keepdims=True)
        angle = np.pi * drawn.rng.random((points, 1))
        other = np.cos(angle) * first + np.sin(angle) * other
    before, behind = (
        _angles(*(layers_at(drawn.weights[:end], x)[-1] for x in (first, other)))
        for end in (layer - 1, layer)
    )
    return reduced(np.abs(behind - angle_map(before)), statistic)


def _angles(first: Any, other: Any) -> Any:
    """Return the angles between rows; a row of zeros is at right angles to all."""
    norms = np.linalg.norm(first, axis=1) * np.linalg.norm(other, axis=1)
    cosine = np.sum(first * other, axis=1) / np.where(norms > 0, norms, 1)
    return np.arccos(np.clip(cosine, -1, 1))
