"""What is drawn in a trial, as a quantity sees it: all of it, the truth too."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from genphase.things import name_of

if TYPE_CHECKING:
    from genphase.draws.instance import Instance
    from genphase.parameters import Parameters

Floats = NDArray[np.float64]


class Drawn:
    """The draw of a trial.

    Attributes
    ----------
    weights : W_1, ..., W_d, a list of n_i x n_{i-1} arrays.
    biases : b_1, ..., b_d, a list of arrays of n_i numbers.
    activations : their names, such as relu and leaky_relu:0.1.
    second : the weights of the second network, a list; empty where there is one network.
    law : the name of the weights' law; empty for a network from a file.
    second_law : that of the second network; empty where there is one network.
    measurement_matrix : A, (m, n); None where the signal itself is observed.
    k : the latent dimension.
    target : x*, (k,); of two networks both codes, one behind the other.
    signal : y* = G(x*), (n,).
    noise : η, (m,).
    rng : a numpy Generator of the trial's own, for what is measured at random points.
    """

    def __init__(self, parameters: Parameters, instance: Instance, rng: Any) -> None:
        second = getattr(instance, "second", None)
        weights, self.biases, self.activations, self.measurement_matrix = instance.chain.seen()
        self.weights = _doubles(weights)
        self.second = [] if second is None else _doubles(second.seen()[0])
        self.law = _name(parameters.network.weights)
        self.second_law = "" if second is None else _name(parameters.second.weights)
        self.k, self.rng = parameters.k, rng
        self.target, self.signal = instance.target.copy(), instance.signal.copy()
        self.noise = instance.observation - instance.observed_at(instance.target)
        self._gradient = instance.without_truth()

    def objective(self, x: Floats) -> float:
        """Return f(x)."""
        return self._gradient(np.ascontiguousarray(x))[0]

    def gradient(self, x: Floats) -> Floats:
        """Return the gradient of f at x, (k,); where f has a kink, a subgradient."""
        return self._gradient(np.ascontiguousarray(x))[1]


def _name(law: Any) -> str:
    return "" if law is None else name_of(law)


def _doubles(weights: Any) -> list[Floats]:
    return [np.ascontiguousarray(matrix, dtype=np.float64) for matrix in weights]
