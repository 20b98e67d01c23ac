"""How much of the noise the network's maps let through."""

from typing import Any

import numpy as np

from genphase.quantities.options import Ascent, Points
from genphase.quantities.search import greatest
from genphase.theory.conditions import Floats, linear_maps
from genphase.things import AtLeast, quantity


@quantity(text="noise gain", needs=("relu",))
def noise_gain(drawn: Any, *, points: Points = 16, ascent: Ascent = 40) -> AtLeast:
    """Sup over x of ‖Λ_xᵀ Aᵀ η‖/‖η‖, the noise that reaches the latent space.

    Non-expansive priors, lemma 5.3, bounds it by ω. A trial without noise takes a Gaussian η.
    """
    noise, matrix = drawn.noise, drawn.measurement_matrix
    if not noise.any():
        noise = drawn.rng.standard_normal(noise.size)
    noise = noise / np.linalg.norm(noise)
    sent = noise if matrix is None else matrix.T @ noise

    def value(places: Floats) -> float:
        return float(np.linalg.norm(linear_maps(drawn.weights, places[0])[-1].T @ sent))

    return greatest(value, drawn.rng, (1, drawn.k), points, ascent)
