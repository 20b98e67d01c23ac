"""A network from a file and what stands behind it, by plain passes.

Products are summed in one order whatever the number of threads, by `numpy.einsum`.
"""

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from genphase.decoders import Network, activate, read_network
from genphase.draws.gaussian import Vector
from genphase.kernels.passes import ONE, SIGMOID, TANH
from genphase.parameters import Parameters

_SMOOTH = {"sigmoid": SIGMOID, "tanh": TANH}


class Layers(NamedTuple):
    """Layers as :mod:`genphase.kernels.passes` describes them.

    weights, widths, leaks : the chain.
    held : 1 where the layers have biases and x ends with a 1, else 0.
    """

    weights: NDArray[np.floating]
    widths: NDArray[np.int64]
    leaks: NDArray[np.float64]
    held: int


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
        return signal, self.observe(signal)

    def observe(self, signal: Vector) -> Vector:
        """Return what is observed of a signal, which need not be in the range of the network."""
        observed = signal if self.matrix is None else _times(self.matrix, signal)
        return np.abs(observed) if self.absolute else observed

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

    @cached_property
    def layers(self) -> Layers | None:
        """Return the layers as kernels take them; None of a network that they do not know."""
        behind = [] if self.matrix is None else ["absolute" if self.absolute else "identity"]
        slopes = self.net.slopes(tuple(behind))
        if slopes is None:
            return None
        matrices = [*self.net.weights, *([] if self.matrix is None else [self.matrix])]
        biases = [*self.net.biases, *(np.zeros(len(matrix)) for matrix in matrices[self.depth :])]
        leaks = [_SMOOTH[slope] if isinstance(slope, str) else slope for slope in slopes]
        return lay_out(matrices, biases, leaks)

    @property
    def k(self) -> int:
        """Return the latent dimension."""
        return self.net.k

    @property
    def depth(self) -> int:
        """Return d."""
        return len(self.net.weights)

    @property
    def is_homogeneous(self) -> bool:
        """Return whether G(c x) = c G(x) for c > 0."""
        return self.net.is_homogeneous

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


def in_double(parameters: Parameters) -> bool:
    """Return whether the kernels of a cell's trials work on weights in double precision."""
    # Of two networks, only those in single precision are known to kernels.
    if not parameters.network.file or len(parameters.code_sizes) > 1:
        return False
    net = read_network(parameters.network.use)
    last = len(net.weights) - (parameters.measurements == "identity")
    # Linear layers become one with the next, by a product that is rounded.
    return not net.is_single or 1.0 in (net.slopes() or [])[:last]


def lay_out(matrices: list[Vector], biases: list[Vector], leaks: list[float]) -> Layers:
    """Return layers as kernels take them; linear ones become one with the next.

    Weights are float32 where these are the numbers that were given, else float64.

    Parameters
    ----------
    matrices, biases
        W_i, (n_i, n_{i-1}), and b_i, (n_i,).
    leaks
        The activations, as :mod:`genphase.kernels.passes` describes them.
    """
    layers: list[tuple[Vector, Vector, float]] = []
    for matrix, bias, leak in zip(matrices, biases, leaks, strict=True):
        if layers and layers[-1][2] == 1:
            before, shift, _ = layers.pop()
            bias = bias + _times(matrix, shift)
            matrix = np.einsum("ij,jk->ik", matrix, before)
        layers.append((matrix, bias, leak))
    held = int(any(np.any(bias != 0) for _, bias, _ in layers))
    widths = [layers[0][0].shape[1] + held, *(len(matrix) + held for matrix, _, _ in layers)]
    widths[-1] -= held
    parts = []
    for i, (matrix, bias, leak) in enumerate(layers, start=1):
        part = np.zeros((widths[i - 1], widths[i]))
        n_out, n_in = matrix.shape
        part[:n_in, :n_out] = matrix.T
        if held:
            part[n_in, :n_out] = bias
            part[n_in, n_out:] = ONE if leak > 1 else 1.0
        parts.append(part.ravel())
    weights = np.concatenate(parts)
    single = weights.astype(np.float32)
    return Layers(
        single if np.array_equal(single, weights) else weights,
        np.array(widths, dtype=np.int64),
        np.array([leak for _, _, leak in layers], dtype=float),
        held,
    )


def _times(matrix: Vector, vector: Vector) -> Vector:
    found: Vector = np.einsum("ij,j->i", matrix, vector)
    return found
