"""A network from a file and what stands behind it, by plain passes.

Products are summed in one order whatever the number of threads, by `numpy.einsum`.
"""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from genphase.decoders import Network, activate
from genphase.draws.gaussian import Vector


@dataclass(frozen=True)
class Decoder:
    """The layers that a solver works on: a network, and a measurement matrix behind it.

    net : the network.
    matrix : A, (m, n); None where the signal itself is observed.
    absolute : whether the absolute values of the measurements are observed.
    """

    net: Network
    matrix: Any = None
    absolute: bool = False

    def __call__(self, latent: Vector) -> tuple[Vector, Vector]:
        """Return the signal G(x) and what is observed of it."""
        signal, _ = self._forward(latent)
        observed = signal if self.matrix is None else _times(self.matrix, signal)
        return signal, np.abs(observed) if self.absolute else observed

    def network(self) -> "Decoder":
        """Return the network without what is behind it."""
        return replace(self, matrix=None, absolute=False)

    def pull_back(self, latent: Vector, sent: Vector) -> Vector:
        """Return Jᵀ v, J being the Jacobian at x of what is observed."""
        signal, slopes = self._forward(latent)
        if self.matrix is not None:
            if self.absolute:
                sent = np.where(_times(self.matrix, signal) > 0, sent, -sent)
            sent = _times(self.matrix.T, sent)
        for matrix, slope in zip(reversed(self.net.weights), reversed(slopes), strict=True):
            sent = _times(matrix.T, slope * sent)
        return sent

    def jacobian(self, latent: Vector) -> Vector:
        """Return the Jacobian at x of what is observed, (m, k)."""
        size = self(latent)[1].size
        return np.array([self.pull_back(latent, unit) for unit in np.eye(size)])

    def linear(self) -> Vector:
        """Return A W_d ... W_1, the layers without biases and activations, (m, k)."""
        product = np.eye(self.net.k)
        for matrix in self.net.weights:
            product = np.einsum("ij,jk->ik", matrix, product)
        if self.matrix is not None:
            product = np.einsum("ij,jk->ik", self.matrix, product)
        return product

    def seen(self) -> tuple[list[Vector], list[Vector], list[str], Any]:
        """Return weights, biases, activations and the measurement matrix."""
        net = self.net
        return list(net.weights), list(net.biases), list(net.activations), self.matrix

    def _forward(self, latent: Vector) -> tuple[Vector, list[Vector]]:
        """Return the signal, and the slopes of the activations of each layer."""
        units, slopes = latent, []
        for matrix, bias, name in zip(
            self.net.weights, self.net.biases, self.net.activations, strict=True
        ):
            units, slope = activate(name, _times(matrix, units) + bias)
            slopes.append(slope)
        return units, slopes


def _times(matrix: Vector, vector: Vector) -> Vector:
    found: Vector = np.einsum("ij,j->i", matrix, vector)
    return found
