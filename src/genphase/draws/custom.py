"""Instances of a problem of a user's, to which the network and the chain rule are added."""

from dataclasses import dataclass, field
from typing import Any

from genphase.brought import BadReturn
from genphase.draws.chain import draw_layers
from genphase.draws.decoder import Decoder
from genphase.draws.gaussian import Vector, length
from genphase.draws.instance import Gradient, Instance, add_noise, draw_truth
from genphase.draws.returned import as_array
from genphase.draws.streams import OBSERVATION, stream
from genphase.kernels.forms import CUSTOM, SQUARES, Form
from genphase.parameters import Parameters

_CUSTOM = Form(CUSTOM, 0.0)


@dataclass(frozen=True)
class Custom(Instance):
    """One random draw: f(x) = loss(A G(x), b).

    thing : the problem, for messages.
    made : the user's object.
    """

    form: Form = _CUSTOM
    thing: Any = field(kw_only=True)
    made: Any = field(kw_only=True)

    def without_truth(self) -> Gradient:
        """Return f and its gradient as a function of x."""
        chain, b, thing, made = self.chain, self.observation, self.thing, self.made

        def gradient(latent: Vector) -> tuple[float, Vector]:
            observed = chain(latent)[1].copy()
            sent = as_array(thing, made.gradient(observed, b), observed.shape)
            return _number(thing, made.loss(observed, b)), chain.pull_back(latent, sent)

        return gradient


def _number(thing: Any, value: Any) -> float:
    try:
        return float(value)
    except (TypeError, ValueError):
        raise BadReturn(
            f"the loss of problem {thing.name} is {type(value).__name__}, no number"
        ) from None


def draw_custom(parameters: Parameters, trial: int, thing: Any, made: Any) -> Custom:
    """Draw network, measurements, target and noise, and what the user's object observes of them."""
    chain = draw_layers(parameters, trial)
    target, signal, measured = draw_truth(parameters, trial, chain)
    clean = add_noise(parameters, trial, measured, lambda: chain.jacobian(target))
    seen = made.observe(stream(parameters, trial, OBSERVATION), clean)
    observation = as_array(thing, seen, clean.shape)
    return Custom(chain, target, signal, observation, thing=thing, made=made)


def decoded(chain: Decoder, target: Vector, signal: Vector, observation: Vector) -> "Decoded":
    """Return an instance with a network from a file; kernels do not know all of them."""
    layers = chain.layers
    form = _CUSTOM if layers is None else Form(SQUARES, 0.0, layers.held)
    return Decoded(chain, target, signal, observation, form)


@dataclass(frozen=True)
class Decoded(Instance):
    """One random draw of least squares with a network from a file: f(x) = ½‖r‖²."""

    @property
    def layers(self) -> tuple[Any, Any, Any]:
        """Return weights, widths and leaks, as kernels take them."""
        found = self.chain.layers
        assert found is not None
        return found.weights, found.widths, found.leaks

    def without_truth(self) -> Gradient:
        """Return f and its gradient as a function of x."""
        chain, b = self.chain, self.observation

        def gradient(latent: Vector) -> tuple[float, Vector]:
            residual = chain(latent)[1] - b
            return 0.5 * length(residual) ** 2, chain.pull_back(latent, residual)

        return gradient
