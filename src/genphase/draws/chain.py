"""The chain of layers of a trial: its network and what stands behind it."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from genphase.brought import BadReturn
from genphase.decoders import read_network
from genphase.draws.decoder import Decoder
from genphase.draws.gaussian import Vector
from genphase.draws.returned import as_array
from genphase.draws.streams import MEASUREMENTS, SECOND, WEIGHTS, stream
from genphase.kernels.passes import adjoint, forward
from genphase.kernels.regions import linear_maps, read_pattern
from genphase.parameters import Parameters
from genphase.things import MEASUREMENTS as MEASUREMENT_LAWS
from genphase.things import PROBLEMS, Choice, Kind, name_of, options_of
from genphase.things import WEIGHTS as WEIGHT_LAWS


class Chain(NamedTuple):
    """The layers that a solver works on, as :mod:`genphase.kernels.passes` describes them.

    weights : (sum of n_{i-1} n_i,) float32 or float64, input-major, layer by layer.
    widths : (layers + 1,) int64: k, n_1, ..., n_d and, with a measurement matrix, m.
    leaks : (layers,) float64, the slopes of the activations for negative inputs.
    depth : d, the layers of the network.
    """

    weights: NDArray[np.floating]
    widths: NDArray[np.int64]
    leaks: NDArray[np.float64]
    depth: int

    def __call__(self, latent: Vector) -> tuple[Vector, Vector]:
        """Return the signal G(x) and what is observed of it: G(x), A G(x) or abs(A G(x))."""
        units = self.units_at(latent)
        ends = np.cumsum(self.widths)
        observed = units[ends[-2] :]
        signal = units[ends[self.depth - 1] : ends[self.depth]]
        return signal, np.abs(observed) if self.leaks[-1] < 0 else observed

    @property
    def k(self) -> int:
        """Return the latent dimension."""
        return int(self.widths[0])

    @property
    def is_homogeneous(self) -> bool:
        """Return whether G(c x) = c G(x) for c > 0, as it is without biases."""
        return True

    def observe(self, signal: Vector) -> Vector:
        """Return what is observed of a signal, which need not be in the range of the network."""
        matrix = self.seen()[-1]
        observed = signal if matrix is None else np.einsum("ij,j->i", matrix, signal)
        return np.abs(observed) if self.leaks[-1] < 0 else observed

    def network(self) -> "Chain":
        """Return the chain without what is behind the network."""
        last = int(self.widths[-1] * self.widths[-2])
        if len(self.leaks) == self.depth:
            return self
        return Chain(self.weights[:-last], self.widths[:-1], self.leaks[:-1], self.depth)

    def pull_back(self, latent: Vector, sent: Vector) -> Vector:
        """Return Jᵀ v, J being the Jacobian at x of what is observed."""
        units = self.units_at(latent)
        backward = np.zeros_like(units)
        backward[units.size - sent.size :] = sent
        adjoint(self.weights, self.widths, self.leaks, units, backward)
        return backward[: latent.size].copy()

    def seen(self) -> tuple[list[Any], list[Vector], list[str], Any]:
        """Return weights, biases, activations and the measurement matrix."""
        matrices, end = [], 0
        for n_in, n_out in zip(self.widths, self.widths[1:], strict=False):
            matrices.append(self.weights[end : end + n_in * n_out].reshape(n_in, n_out).T)
            end += n_in * n_out
        weights: list[Any] = matrices[: self.depth]
        biases = [np.zeros(len(matrix)) for matrix in weights]
        names = ["relu" if s == 0 else f"leaky_relu:{s:g}" for s in self.leaks[: self.depth]]
        return weights, biases, names, matrices[-1] if len(matrices) > self.depth else None

    def jacobian(self, latent: Vector) -> Vector:
        """Return the Jacobian at x of what is observed, (m, k)."""
        k, total = latent.size, int(self.widths.sum())
        slopes, maps = np.ones(total - k), np.empty((k, total - k))
        read_pattern(self.widths, self.leaks, self.units_at(latent), slopes)
        linear_maps(self.weights, self.widths, slopes, maps)
        last = int(self.widths[-1])
        return np.ascontiguousarray((maps[:, -last:] * slopes[-last:]).T)

    def units_at(self, latent: Vector) -> Vector:
        """Return the values of all units at x, layer by layer, x first."""
        units = np.empty(int(self.widths.sum()))
        units[: latent.size] = latent
        forward(self.weights, self.widths, self.leaks, units)
        return units


def draw_layers(
    parameters: Parameters, trial: int, behind: float = 1.0, part: int = WEIGHTS
) -> Chain | Decoder:
    """Draw the network and the measurement matrix of a trial; a network from a file is as it is.

    Parameters
    ----------
    parameters
        The cell's parameters.
    trial
        Its index, from 0.
    behind
        The slope for negative inputs of the layer behind the network, where there is one.
    part
        The stream of the weights: that of the second network draws, or reads, the second network.
    """
    network = parameters.second if part == SECOND else parameters.network
    if not network.file:
        return draw_chain(parameters, trial, behind, part)
    net = read_network(network.use)
    if net.digest != network.file:
        raise BadReturn(f"{network.use} has changed since the run was planned")
    matrix = None
    if parameters.measurements != "identity":
        out = np.empty((net.widths[-1], parameters.m), dtype=np.float32)
        rng = stream(parameters, trial, MEASUREMENTS)
        _fill(MEASUREMENT_LAWS, parameters.measurements, rng, out, {})
        matrix = np.ascontiguousarray(out.T, dtype=np.float64)
    return Decoder(net, matrix, matrix is not None and behind < 0)


def draw_chain(
    parameters: Parameters, trial: int, behind: float = 1.0, part: int = WEIGHTS
) -> Chain:
    """Draw the network and the measurement matrix of a trial into one buffer.

    The matrix of a spiked problem is not drawn here, but there is room for it.

    Parameters
    ----------
    parameters
        The cell's parameters.
    trial
        Its index, from 0.
    behind
        The slope for negative inputs of the layer behind the network, where there is one.
    part
        The stream of the weights: that of the second network draws the second network.
    """
    second = part == SECOND
    network = parameters.second if second else parameters.network
    k = parameters.second.k if second else parameters.k
    problem = PROBLEMS.of(parameters.problem)
    has_matrix = problem.has_matrix(name_of(parameters.measurements))
    widths = [k, *network.widths, *([parameters.m] if has_matrix else [])]
    sizes = [a * b for a, b in zip(widths, widths[1:], strict=False)]
    weights = np.empty(sum(sizes), dtype=np.float32)
    rng = stream(parameters, trial, part)
    depth, start = len(network.widths), 0
    # The first layer of each shape, for laws that draw others from it.
    first: dict[tuple[int, int], NDArray[np.float32]] = {}
    for layer in range(depth):
        shape = (widths[layer], widths[layer + 1])
        matrix = weights[start : start + sizes[layer]].reshape(shape)
        known = {"last": layer == depth - 1, "alike": first.get(shape)}
        _fill(WEIGHT_LAWS, network.weights or "gaussian", rng, matrix, known)
        first.setdefault(shape, matrix)
        start += sizes[layer]
    if problem.measured and has_matrix:
        rng = stream(parameters, trial, MEASUREMENTS)
        matrix = weights[start:].reshape(widths[-2:])
        _fill(MEASUREMENT_LAWS, parameters.measurements, rng, matrix, {})
    leaks = [network.slope] * depth + ([behind] if has_matrix else [])
    return Chain(weights, np.array(widths, dtype=np.int64), np.array(leaks, dtype=float), depth)


def _fill(
    kind: Kind,
    choice: Choice,
    rng: np.random.Generator,
    out: NDArray[np.float32],
    known: dict[str, Any],
) -> None:
    """Fill `out`, (inputs, outputs), with the transposed matrix that a law draws."""
    law = kind.of(choice)
    given: dict[str, Any] = {"out": out, **known}
    given = {name: value for name, value in given.items() if name in law.asks_for}
    inputs, outputs = out.shape
    drawn = law.function(rng, outputs, inputs, **given, **options_of(choice))
    if "out" not in given:
        out[:] = as_array(law, drawn, (outputs, inputs)).T
