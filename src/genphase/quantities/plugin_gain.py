"""How much of the noise PLUGIn's map lets through."""

from typing import Any

import numpy as np

from genphase.things import quantity


@quantity(text="PLUGIn gain")
def plugin_gain(drawn: Any) -> float:
    """‖W_1ᵀ ... W_dᵀ Aᵀ η‖/‖η‖, the noise in a step of PLUGIn.

    Joshi, Li, Plan and Yilmaz (2021), lemma 7, bounds it by 15 √(n_0/n_d) for
    weights N(0, 1/n_i). A trial without noise takes a Gaussian η.
    """
    noise = drawn.noise if drawn.noise.any() else drawn.rng.standard_normal(drawn.noise.size)
    sent = noise
    if drawn.measurement_matrix is not None:
        sent = drawn.measurement_matrix.T @ sent
    for matrix in reversed(drawn.weights):
        sent = matrix.T @ sent
    return float(np.linalg.norm(sent) / np.linalg.norm(noise))
