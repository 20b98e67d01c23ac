"""Instances of a product of two signals: G_1(h*) ∘ G_2(z*) + η is observed."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from genphase.draws.chain import Chain, draw_chain
from genphase.draws.gaussian import Vector
from genphase.draws.instance import Gradient, Instance, add_noise, draw_code
from genphase.draws.streams import SECOND
from genphase.kernels.demodulation import balance, product_gradient
from genphase.parameters import Parameters


@dataclass(frozen=True)
class Product(Instance):
    """One random draw: f(h, z) = ½‖G_1(h) ∘ G_2(z) - y‖².

    chain, second : the networks G_1 and G_2.
    target : (2k,) both codes one behind the other, balanced to ‖h‖ = ‖z‖.
    """

    second: Chain = field(kw_only=True)

    @property
    def networks(self) -> tuple[Any, ...]:
        """Return both networks, which share their widths and activations, as kernels take them."""
        return self.chain.weights, self.second.weights, *self.chain[1:3]

    def signal_at(self, latent: Vector) -> Vector:
        """Return the signal G_1(h) ∘ G_2(z)."""
        h, z = np.split(latent, 2)
        signal: Vector = self.chain(h)[0] * self.second(z)[0]
        return signal

    def observed_at(self, latent: Vector) -> Vector:
        """Return the signal: all of it is observed."""
        return self.signal_at(latent)

    def without_truth(self) -> Gradient:
        """Return f and its gradient as a function of x = (h, z)."""
        networks, observation = self.networks, self.observation

        def gradient(latent: Vector) -> tuple[float, Vector]:
            value, found = product_gradient(*networks, observation, latent)
            return float(value), found

        return gradient


def draw_product(parameters: Parameters, trial: int) -> Product:
    """Draw both networks, their codes and the noise of a trial."""
    first = draw_chain(parameters, trial)
    second = draw_chain(parameters, trial, part=SECOND)
    target = draw_code(parameters, trial, first, second)
    h, z = np.split(target, 2)
    balance(h, z)
    one, two = first(h)[0], second(z)[0]
    signal = one * two

    def jacobian() -> Vector:
        """Return that of the product in both codes, (n, 2k)."""
        return np.hstack([two[:, None] * first.jacobian(h), one[:, None] * second.jacobian(z)])

    observation = add_noise(parameters, trial, signal, jacobian)
    return Product(first, target, signal, observation, second=second)
