"""Instances of a product of two signals: G_1(h*) ∘ G_2(z*) + η is observed."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from genphase.draws.chain import Chain, draw_layers
from genphase.draws.gaussian import Vector
from genphase.draws.instance import Gradient, add_noise, draw_code
from genphase.draws.pair import Pair
from genphase.draws.streams import SECOND
from genphase.kernels.demodulation import balance, product_gradient
from genphase.kernels.forms import SQUARES, Form
from genphase.parameters import Parameters

_SQUARES = Form(SQUARES, 0.0)


@dataclass(frozen=True)
class Product(Pair):
    """A pair of random networks with the same widths and activations, which kernels know."""

    chain: Chain
    form: Form = _SQUARES
    second: Chain = field(kw_only=True)

    @property
    def networks(self) -> tuple[Any, ...]:
        """Return both networks, which share their widths and activations, as kernels take them."""
        return self.chain.weights, self.second.weights, *self.chain[1:3]

    def without_truth(self) -> Gradient:
        """Return f and its gradient as a function of x = (h, z)."""
        networks, observation = self.networks, self.observation

        def gradient(latent: Vector) -> tuple[float, Vector]:
            value, found = product_gradient(*networks, observation, latent)
            return float(value), found

        return gradient


def draw_product(parameters: Parameters, trial: int) -> Pair:
    """Draw both networks, their codes and the noise of a trial."""
    first = draw_layers(parameters, trial)
    second = draw_layers(parameters, trial, part=SECOND)
    target = draw_code(parameters, trial, first, second)
    h, z = target[: first.k], target[first.k :]
    if first.is_homogeneous and second.is_homogeneous:
        balance(h, z)
    one, two = first(h)[0], second(z)[0]
    signal = one * two

    def jacobian() -> Vector:
        """Return that of the product in both codes, (n, k_1 + k_2)."""
        return np.hstack([two[:, None] * first.jacobian(h), one[:, None] * second.jacobian(z)])

    observation = add_noise(parameters, trial, signal, jacobian)
    if (
        isinstance(first, Chain)
        and isinstance(second, Chain)
        # To kernels both networks have the same widths and activations.
        and all(map(np.array_equal, first[1:3], second[1:3]))
    ):
        return Product(first, target, signal, observation, second=second)
    return Pair(first, target, signal, observation, second=second)
