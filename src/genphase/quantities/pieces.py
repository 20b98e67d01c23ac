"""The linear pieces of a network on the plane."""

from typing import Any

from genphase.quantities.options import Layer
from genphase.theory.conditions import circle_pieces
from genphase.things import quantity


@quantity(text="pieces", needs=("relu",), k=2)
def pieces(drawn: Any, *, layer: Layer) -> float:
    """Number of activation regions of the layers up to `layer`, for k = 2, counted exactly.

    They are the arcs of the circle between the kinks; regions are cones. Hand and Voroninski (2018,
    arXiv:1705.07576), lemma 15, bounds their number.
    """
    kinks = circle_pieces(drawn.weights[:layer])
    return float(max(len(kinks), 1))
