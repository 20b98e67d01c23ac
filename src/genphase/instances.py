"""Instances: the random draw of a trial, a function of the cell's parameters and trial index.

Every part has its own stream, seeded by the hash of the instance's parameters, the trial index
and the part: no part's draw moves another's, and nothing depends on what was drawn before.
"""

from collections.abc import Iterator
from functools import lru_cache
from itertools import count
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from genphase.identity import canonical, digest
from genphase.kernels.demodulation import balance
from genphase.kernels.forms import SQUARES, Form
from genphase.kernels.passes import forward
from genphase.measurements import draw_measurements
from genphase.networks import draw_gaussian, truncate, weight_scale
from genphase.signals import Vector, draw_noise, draw_start, draw_target
from genphase.spikes import draw_wigner, draw_wishart
from genphase.sweep.catalogue import SPIKED
from genphase.sweep.parameters import Parameters

# Spawn keys of the streams; never renumber.
_WEIGHTS, _MEASUREMENTS, _TARGET, _NOISE, _START, _SECOND = range(6)


# Parameters that do not decide an instance's seed: those of the run on it, and the noise, so that
# levels of noise are compared on the same networks, targets and directions of the noise.
_NOT_IN_THE_SEED = {"solver", "start", "noise"}


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

    def network(self) -> "Chain":
        """Return the chain without what is behind the network."""
        last = int(self.widths[-1] * self.widths[-2])
        if len(self.leaks) == self.depth:
            return self
        return Chain(self.weights[:-last], self.widths[:-1], self.leaks[:-1], self.depth)

    def units_at(self, latent: Vector) -> Vector:
        """Return the values of all units at x, layer by layer, x first."""
        units = np.empty(int(self.widths.sum()))
        units[: latent.size] = latent
        forward(self.weights, self.widths, self.leaks, units)
        return units


class Instance(NamedTuple):
    """One random draw.

    chain : network and measurement matrix.
    target : x*, (k,).
    signal : y* = G(x*), (n,).
    observation : b, (m,); empty for a spiked matrix, which is the last layer of the chain.
    form : of the update direction, see :mod:`genphase.kernels.forms`.
    constant : what the objective has beside what depends on x, ¼‖M‖² of a spiked matrix M.
    second : the second network of blind demodulation: G_1 is the chain, x = (h, z) in R^{2k} both
        codes, balanced to ‖h‖ = ‖z‖, and the signal G_1(h) ∘ G_2(z).
    """

    chain: Chain
    target: Vector
    signal: Vector
    observation: Vector
    form: Form = Form(SQUARES, 0.0)
    constant: float = 0.0
    second: Chain | None = None

    def signal_at(self, latent: Vector) -> Vector:
        """Return the signal G(x), or G_1(h) ∘ G_2(z)."""
        if self.second is None:
            return self.chain(latent)[0]
        h, z = np.split(latent, 2)
        return self.chain(h)[0] * self.second(z)[0]


@lru_cache(maxsize=16)
def instance_entropy(parameters: Parameters) -> int:
    """Return the 128-bit seed of a cell's instances.

    Solver, start and noise do not enter, so that different solvers meet the same instances.
    """
    content = canonical(parameters.model_dump(exclude=_NOT_IN_THE_SEED))
    return int(digest(content, 32), 16)


def _stream(parameters: Parameters, trial: int, *part: int) -> np.random.Generator:
    seed = np.random.SeedSequence(instance_entropy(parameters), spawn_key=(trial, *part))
    return np.random.Generator(np.random.SFC64(seed))


def _shared(seed: int) -> np.random.Generator:
    """Return the generator of what all trials of all cells have in common."""
    return np.random.Generator(np.random.SFC64(np.random.SeedSequence(seed)))


def draw_instance(parameters: Parameters, trial: int) -> Instance:
    """Draw the instance of a trial."""
    if parameters.problem == "blind_demodulation":
        return _draw_product(parameters, trial)
    chain = draw_chain(parameters, trial)
    network = chain.network()
    target = draw_target(
        _stream(parameters, trial, _TARGET),
        parameters.target,
        parameters.k,
        lambda latent: network(latent)[0],
    )
    if parameters.problem in SPIKED:
        return _hide_spike(parameters, trial, chain, target, network(target)[0])
    signal, measured = chain(target)
    return Instance(chain, target, signal, _add_noise(parameters, trial, measured))


def _add_noise(parameters: Parameters, trial: int, clean: Vector) -> Vector:
    noise = parameters.noise
    rng = _shared(parameters.seed) if noise.shared else _stream(parameters, trial, _NOISE)
    return clean + draw_noise(rng, noise.law, noise.level, clean)


def _draw_product(parameters: Parameters, trial: int) -> Instance:
    """Draw an instance of blind demodulation."""
    first = draw_chain(parameters, trial)
    second = draw_chain(parameters, trial, _SECOND)
    rng = _stream(parameters, trial, _TARGET)
    law, k = parameters.target, parameters.k
    h = draw_target(rng, law, k, lambda latent: first(latent)[0])
    z = draw_target(rng, law, k, lambda latent: second(latent)[0])
    balance(h, z)
    signal = first(h)[0] * second(z)[0]
    observation = _add_noise(parameters, trial, signal)
    return Instance(first, np.concatenate([h, z]), signal, observation, second=second)


def _hide_spike(
    parameters: Parameters, trial: int, chain: Chain, target: Vector, signal: Vector
) -> Instance:
    """Draw the matrix that hides a signal into the last layer of a chain."""
    spike = draw_wigner if parameters.problem == "spiked_wigner" else draw_wishart
    n, m = chain.widths[-2:]
    matrix = chain.weights[-n * m :].reshape(n, m)
    rng = _stream(parameters, trial, _NOISE)
    form, squared = spike(rng, parameters.noise.level, signal, matrix)
    return Instance(chain, target, signal, np.empty(0), form, squared / 4)


def draw_chain(parameters: Parameters, trial: int, part: int = _WEIGHTS) -> Chain:
    """Draw the network and the measurement matrix of a trial into one buffer.

    The matrix of a spiked problem is not drawn here, but there is room for it. `part` names the
    stream of the weights.
    """
    network = parameters.network
    measured = parameters.measurements != "identity"
    behind = measured or parameters.problem in SPIKED
    widths = [parameters.k, *network.widths, *([parameters.m] if behind else [])]
    sizes = [a * b for a, b in zip(widths, widths[1:], strict=False)]
    weights = np.empty(sum(sizes), dtype=np.float32)
    rng = _stream(parameters, trial, part)
    depth = len(network.widths)
    start = 0
    for width, size in zip(network.widths, sizes, strict=False):
        draw_gaussian(rng, weight_scale(network.weights, width), weights[start : start + size])
        start += size
    if measured:
        draw_measurements(
            _stream(parameters, trial, _MEASUREMENTS),
            parameters.measurements,
            parameters.m,
            weights[start:],
        )
    if network.weights == "truncated":
        truncate(weights[start - sizes[depth - 1] : start].reshape(widths[depth - 1 : depth + 1]))
    leaks = [network.slope] * depth
    if behind:
        leaks.append(-1.0 if parameters.problem == "phase_retrieval" else 1.0)
    return Chain(weights, np.array(widths, dtype=np.int64), np.array(leaks, dtype=float), depth)


def draw_trial_start(parameters: Parameters, trial: int) -> Vector:
    """Draw the start x_0 of a trial, with 2k entries for blind demodulation."""
    return _draw_start(parameters, _stream(parameters, trial, _START))


def draw_further_starts(parameters: Parameters, trial: int) -> Iterator[Vector]:
    """Draw the starts of a trial's restarts, each from a stream of its own, as they are asked for.

    So no start depends on how many there are, or on whether the runs before it were made.
    """
    for restart in count(1):
        yield _draw_start(parameters, _stream(parameters, trial, _START, restart))


def _draw_start(parameters: Parameters, rng: np.random.Generator) -> Vector:
    codes = 2 if parameters.problem == "blind_demodulation" else 1
    return draw_start(rng, parameters.start, codes * parameters.k)
