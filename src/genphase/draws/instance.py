"""Instances: the random draw of a trial, a function of the cell's parameters and trial index."""

from collections.abc import Callable, Iterator
from itertools import count
from typing import Any, NamedTuple

import numpy as np

from genphase.draws.chain import Chain, draw_chain
from genphase.draws.gaussian import Float32s, Vector
from genphase.draws.streams import NOISE, SECOND, START, TARGET, shared_stream, stream
from genphase.kernels.demodulation import balance, product_gradient
from genphase.kernels.forms import SQUARES, Form
from genphase.kernels.passes import adjoint, norm, residual
from genphase.kernels.spiked import spiked_gradient
from genphase.parameters import Parameters
from genphase.things import NOISES, PROBLEMS, STARTS, TARGETS


class Instance(NamedTuple):
    """One random draw.

    chain : network and measurement matrix.
    target : x*, (k,).
    signal : y* = G(x*), (n,).
    observation : b, (m,); empty for a spiked matrix, which is the last layer of the chain.
    form : of the objective, see :mod:`genphase.kernels.forms`.
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

    @property
    def networks(self) -> tuple[Any, ...]:
        """Return both networks of a product, which share their widths and activations."""
        assert self.second is not None
        return self.chain.weights, self.second.weights, *self.chain[1:3]

    def stationarity(self, latent: Vector) -> tuple[float, float]:
        """Return the objective at x and the norm of its subgradient."""
        if self.second is not None:
            value, gradient = product_gradient(*self.networks, self.observation, latent)
            return float(value), float(norm(gradient))
        layers = self.chain[:3]
        units = self.chain.units_at(latent)
        backward = np.empty_like(units)
        if self.form.kind == SQUARES:
            objective = residual(units, layers[2], self.observation, backward)
            adjoint(*layers, units, backward)
        else:
            value = spiked_gradient(*layers, self.form, units, backward)
            objective = value / 4 + self.constant
        return float(objective), float(norm(backward[: latent.size]))


def draw_instance(parameters: Parameters, trial: int) -> Instance:
    """Draw the instance of a trial."""
    found: Instance = PROBLEMS[parameters.problem].draw(parameters, trial)
    return found


def draw_code(parameters: Parameters, trial: int, *chains: Chain) -> Vector:
    """Draw the latent code x*, or those of several networks one behind the other."""
    law, rng = TARGETS[parameters.target], stream(parameters, trial, TARGET)
    codes = []
    for chain in chains:
        given = {}
        if "generate" in law.asks_for:
            given["generate"] = _generator(chain)
        codes.append(law.function(rng, parameters.k, **given))
    return np.concatenate(codes) if len(codes) > 1 else codes[0]


def _generator(chain: Chain) -> Callable[[Vector], Vector]:
    network = chain.network()
    return lambda latent: network(latent)[0]


def add_noise(parameters: Parameters, trial: int, clean: Vector) -> Vector:
    """Return an observation with noise."""
    noise = parameters.noise
    rng = shared_stream(parameters.seed) if noise.shared else stream(parameters, trial, NOISE)
    observed: Vector = clean + NOISES[noise.law].function(rng, clean, level=noise.level)
    return observed


def draw_product(parameters: Parameters, trial: int) -> Instance:
    """Draw an instance of blind demodulation."""
    first = draw_chain(parameters, trial)
    second = draw_chain(parameters, trial, part=SECOND)
    target = draw_code(parameters, trial, first, second)
    h, z = np.split(target, 2)
    balance(h, z)
    signal = first(h)[0] * second(z)[0]
    return Instance(first, target, signal, add_noise(parameters, trial, signal), second=second)


Hide = Callable[[np.random.Generator, float, Vector, Float32s], tuple[Form, float]]


def hide_spike(
    parameters: Parameters, trial: int, chain: Chain, target: Vector, hide: Hide
) -> Instance:
    """Draw the matrix that hides a signal into the last layer of a chain."""
    signal = chain.network()(target)[0]
    n, m = chain.widths[-2:]
    matrix = chain.weights[-n * m :].reshape(n, m)
    form, squared = hide(stream(parameters, trial, NOISE), parameters.noise.level, signal, matrix)
    return Instance(chain, target, signal, np.empty(0), form, squared / 4)


def draw_trial_start(parameters: Parameters, trial: int) -> Vector:
    """Draw the start x_0 of a trial, with 2k entries for blind demodulation."""
    return _draw_start(parameters, stream(parameters, trial, START))


def draw_further_starts(parameters: Parameters, trial: int) -> Iterator[Vector]:
    """Draw the starts of a trial's restarts, each from a stream of its own, as they are asked for.

    So no start depends on how many there are, or on whether the runs before it were made.
    """
    for restart in count(1):
        yield _draw_start(parameters, stream(parameters, trial, START, restart))


def _draw_start(parameters: Parameters, rng: np.random.Generator) -> Vector:
    codes = PROBLEMS[parameters.problem].codes
    found: Vector = STARTS["gaussian"].function(rng, codes * parameters.k, scale=parameters.start)
    return found
