"""Instances: the random draw of a trial, a function of the cell's parameters and trial index."""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from itertools import count
from typing import Any

import numpy as np

from genphase.brought import BadReturn
from genphase.draws.gaussian import Vector
from genphase.draws.returned import as_array
from genphase.draws.streams import IMAGES, NOISE, SECOND, START, TARGET, shared_stream, stream
from genphase.images.split import read_split
from genphase.kernels.forms import SQUARES, Form
from genphase.kernels.passes import Run, adjoint, norm, residual
from genphase.parameters import Images, Parameters, SecondImages
from genphase.things import NOISES, PROBLEMS, STARTS, TARGETS, Chosen, options_of

Gradient = Callable[[Vector], tuple[float, Vector]]
_SQUARES = Form(SQUARES, 0.0)


@dataclass(frozen=True)
class Instance:
    """One random draw, of least squares: f(x) = ½‖A G(x) - b‖², or ½‖abs(A G(x)) - b‖².

    chain : network and measurement matrix, a `Chain`; or a `Decoder`, of a network from a file.
    target : x*, (k,); NaN of a signal that is an image.
    signal : y* = G(x*), or an image, (n,).
    observation : b, (m,).
    form : of the objective, see :mod:`genphase.kernels.forms`.
    """

    chain: Any
    target: Vector
    signal: Vector
    observation: Vector
    form: Form = _SQUARES

    @property
    def layers(self) -> tuple[Any, Any, Any]:
        """Return weights, widths and leaks, as kernels take them."""
        weights, widths, leaks = self.chain[:3]
        return weights, widths, leaks

    @property
    def depth(self) -> int:
        """Return the number of layers of the network."""
        return len(self.chain.seen()[0])

    def lift(self, latent: Vector) -> Vector:
        """Return x as kernels take it: with a 1 behind it where the layers have biases."""
        return np.append(latent, 1.0) if self.form.held else latent

    def lower(self, run: Run) -> Run:
        """Return a run of kernels with x̂ as everybody else takes it."""
        return run._replace(latent=run.latent[: self.target.size]) if self.form.held else run

    def signal_at(self, latent: Vector) -> Vector:
        """Return the signal G(x)."""
        signal: Vector = self.chain(latent)[0]
        return signal

    def observed_at(self, latent: Vector) -> Vector:
        """Return what would be observed of G(x) without noise."""
        observed: Vector = self.chain(latent)[1]
        return observed

    def norms(self) -> float:
        """Return ∏‖W_i‖, the product of the operator norms, to ten digits.

        The last digits of a library's singular values can depend on its number of threads.
        """
        weights = self.chain.seen()[0]
        product = math.prod(float(np.linalg.norm(w.astype(np.float64), 2)) for w in weights)
        return float(f"{product:.10g}")

    def without_truth(self) -> Gradient:
        """Return f and its gradient as a function of x, which holds nothing but what is known."""
        chain, observation = self.chain, self.observation

        def gradient(latent: Vector) -> tuple[float, Vector]:
            units = chain.units_at(latent)
            backward = np.empty_like(units)
            objective = residual(units, chain.leaks, observation, backward)
            adjoint(*chain[:3], units, backward)
            return float(objective), backward[: latent.size].copy()

        return gradient

    def stationarity(self, latent: Vector) -> tuple[float, float]:
        """Return the objective at x and the norm of its subgradient."""
        objective, gradient = self.without_truth()(latent)
        return objective, float(norm(gradient))


def draw_instance(parameters: Parameters, trial: int) -> Instance:
    """Draw the instance of a trial."""
    found: Instance = PROBLEMS.of(parameters.problem).draw(parameters, trial)
    return found


def draw_code(parameters: Parameters, trial: int, *chains: Any) -> Vector:
    """Draw the latent code x*, or those of several networks one behind the other."""
    assert not isinstance(parameters.target, Images)
    law, rng = TARGETS.of(parameters.target), stream(parameters, trial, TARGET)
    codes = []
    for k, chain in zip(parameters.code_sizes, chains, strict=True):
        given = dict(options_of(parameters.target))
        if "generate" in law.asks_for:
            given["generate"] = _generator(chain)
        drawn = law.function(rng, k, **given)
        codes.append(as_array(law, drawn, (k,)))
    return np.concatenate(codes) if len(codes) > 1 else codes[0]


@cache
def _image_order(seed: int, count: int, *part: int) -> Any:
    """Return the order in which trials have images, random as sources are often sorted."""
    return shared_stream(seed, IMAGES, *part).permutation(count)


def draw_truth(parameters: Parameters, trial: int, chain: Any) -> tuple[Vector, Vector, Vector]:
    """Draw a code x*; return it with G(x*) and what is observed of that without noise.

    Of a signal that is an image there is no code: it is NaN.
    """
    chosen = parameters.target
    if not isinstance(chosen, Images):
        target = draw_code(parameters, trial, chain)
        return target, *chain(target)
    signal = _image(parameters.seed, trial, chosen)
    return np.full(parameters.k, np.nan), signal, chain.observe(signal)


def draw_images(parameters: Parameters, trial: int) -> tuple[Vector, Vector] | None:
    """Return the two images whose product is the signal of a trial; None where codes are drawn."""
    chosen = parameters.target
    if not isinstance(chosen, Images):
        return None
    assert chosen.second is not None
    # Of one source for both factors, each has an order of its own.
    second = _image(parameters.seed, trial, chosen.second, SECOND)
    return _image(parameters.seed, trial, chosen), second


def _image(seed: int, trial: int, chosen: SecondImages, *part: int) -> Vector:
    images = read_split(chosen.use, chosen.split, chosen.invert)
    if images.digest != chosen.images:
        raise BadReturn(f"{chosen.use} has changed since the run was planned")
    index = chosen.index
    if index is None:
        index = int(_image_order(seed, len(images.pixels), *part)[trial])
    return images.image(index)


def _generator(chain: Any) -> Callable[[Vector], Vector]:
    network = chain.network()
    return lambda latent: network(latent)[0]


def add_noise(
    parameters: Parameters, trial: int, clean: Vector, jacobian: Callable[[], Vector]
) -> Vector:
    """Return an observation with noise.

    Parameters
    ----------
    parameters
        The cell's parameters.
    trial
        Its index, from 0.
    clean : (N,)
        What is observed without noise.
    jacobian
        Returns the Jacobian at x* of what is observed, (N, k); asked only where a law asks for it.
    """
    noise = parameters.noise
    rng = shared_stream(parameters.seed) if noise.shared else stream(parameters, trial, NOISE)
    law = NOISES.of(noise.law)
    given = dict({"level": noise.level} if isinstance(noise.law, str) else noise.law.options)
    if "jacobian" in law.asks_for:
        given["jacobian"] = jacobian()
    return clean + as_array(law, law.function(rng, clean, **given), clean.shape)


def draw_trial_start(
    parameters: Parameters, trial: int, instance: Instance | None = None
) -> Vector:
    """Draw the start x_0 of a trial, of two codes one behind the other where there are two.

    A law that asks for it gets x* and the depth of the instance, which is drawn where it is not
    given.
    """
    return _draw_start(parameters, trial, instance, stream(parameters, trial, START))


def draw_further_starts(
    parameters: Parameters, trial: int, instance: Instance | None = None
) -> Iterator[Vector]:
    """Draw the starts of a trial's restarts, each from a stream of its own, as they are asked for.

    So no start depends on how many there are, or on whether the runs before it were made.
    """
    for restart in count(1):
        yield _draw_start(parameters, trial, instance, stream(parameters, trial, START, restart))


def _draw_start(
    parameters: Parameters, trial: int, instance: Instance | None, rng: np.random.Generator
) -> Vector:
    size = sum(parameters.code_sizes)
    start = parameters.start
    if isinstance(start, float):
        start = Chosen(name="gaussian", options={"scale": start})
    law = STARTS.of(start)
    given = dict(options_of(start))
    if law.asks_for:
        instance = instance or draw_instance(parameters, trial)
        known = {"target": instance.target.copy(), "depth": instance.depth}
        given |= {name: known[name] for name in law.asks_for}
    return as_array(law, law.function(rng, size, **given), (size,))
