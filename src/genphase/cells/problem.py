"""The problem as a solver of a user's sees it: what is observed and known, never the truth."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from genphase.draws.instance import Instance

Floats = NDArray[np.float64]


class Problem:
    """What a solver can know of the problem of a trial.

    Attributes
    ----------
    observation : b, (m,); empty for a spiked matrix, which is the measurement matrix then.
    weights : W_1, ..., W_d, a list of n_i x n_{i-1} arrays, in single precision as they are drawn.
    biases : b_1, ..., b_d, a list of arrays of n_i numbers.
    activations : their names, such as relu and leaky_relu:0.1.
    measurement_matrix : A, (m, n); None where the signal itself is observed.
    noise_level : the level of the noise; NaN where its law has none.
    k : the number of unknowns.
    rng : a numpy Generator of the trial's own, for randomised methods.

    Notes
    -----
    All methods take x, (k,).
    """

    def __init__(self, instance: Instance, noise_level: float, rng: np.random.Generator) -> None:
        chain = instance.chain
        self.observation = instance.observation.copy()
        self.noise_level, self.rng, self.k = noise_level, rng, instance.target.size
        self.weights, self.biases, self.activations, self.measurement_matrix = chain.seen()
        # Functions of what is known, and of nothing else.
        self._chain, self._gradient = chain, instance.without_truth()

    def objective(self, x: Floats) -> float:
        """Return f(x)."""
        return self._gradient(_vector(x))[0]

    def gradient(self, x: Floats) -> Floats:
        """Return the gradient of f at x, (k,); where f has a kink, a subgradient."""
        return self._gradient(_vector(x))[1]

    def signal(self, x: Floats) -> Floats:
        """Return G(x), (n,)."""
        found: Floats = self._chain(_vector(x))[0].copy()
        return found

    def observe(self, x: Floats) -> Floats:
        """Return what would be observed of G(x) without noise, (m,)."""
        found: Floats = self._chain(_vector(x))[1].copy()
        return found

    def jacobian(self, x: Floats) -> Floats:
        """Return the Jacobian of `observe` at x, (m, k)."""
        found: Floats = self._chain.jacobian(_vector(x))
        return found


def _vector(x: Any) -> Floats:
    return np.ascontiguousarray(x, dtype=np.float64)
