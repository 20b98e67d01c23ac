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
        matrices, end = [], 0
        for n_in, n_out in zip(chain.widths, chain.widths[1:], strict=False):
            matrix = chain.weights[end : end + n_in * n_out].reshape(n_in, n_out)
            matrices.append(matrix.T)
            end += n_in * n_out
        self.weights: list[Any] = matrices[: chain.depth]
        self.biases = [np.zeros(len(matrix)) for matrix in self.weights]
        self.activations = [_activation(leak) for leak in chain.leaks[: chain.depth]]
        self.measurement_matrix: Any = matrices[-1] if len(matrices) > chain.depth else None
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
        return self._chain(_vector(x))[0].copy()

    def observe(self, x: Floats) -> Floats:
        """Return what would be observed of G(x) without noise, (m,)."""
        return self._chain(_vector(x))[1].copy()

    def jacobian(self, x: Floats) -> Floats:
        """Return the Jacobian of `observe` at x, (m, k)."""
        return self._chain.jacobian(_vector(x))


def _vector(x: Any) -> Floats:
    return np.ascontiguousarray(x, dtype=np.float64)


def _activation(leak: float) -> str:
    return "relu" if leak == 0 else f"leaky_relu:{leak:g}"
