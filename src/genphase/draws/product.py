"""Instances of a product of two signals: G_1(h*) ∘ G_2(z*) + η is observed."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from genphase.draws.chain import Chain, draw_layers
from genphase.draws.decoder import Decoder, Layers
from genphase.draws.gaussian import Vector
from genphase.draws.instance import Gradient, add_noise, draw_code, draw_images
from genphase.draws.pair import Pair
from genphase.draws.streams import SECOND
from genphase.kernels.demodulation import balance, product_gradient
from genphase.kernels.forms import SQUARES, Form
from genphase.parameters import Parameters

_SQUARES = Form(SQUARES, 0.0)


@dataclass(frozen=True)
class Product(Pair):
    """A pair of networks that kernels know.

    networks : weights, widths and leaks of each.
    """

    form: Form = _SQUARES
    networks: tuple[Any, Any] = field(kw_only=True)

    def without_truth(self) -> Gradient:
        """Return f and its gradient as a function of x = (h, z)."""
        networks, observation = self.networks, self.observation

        def gradient(latent: Vector) -> tuple[float, Vector]:
            value, found = product_gradient(*networks, observation, latent)
            return float(value), found

        return gradient


def _known(network: Chain | Decoder) -> tuple[Any, Any, Any] | None:
    """Return weights, widths and leaks of a network as kernels take them; None if they do not.

    They know layers without biases, in single precision.
    """
    layers = network if isinstance(network, Chain) else network.layers
    if layers is None or (isinstance(layers, Layers) and layers.held):
        return None
    weights, widths, leaks = layers[:3]
    known = weights.dtype == np.float32 and np.all((leaks >= 0) & (leaks <= 1))
    return (weights, widths, leaks) if known else None


def draw_product(parameters: Parameters, trial: int) -> Pair:
    """Draw both networks, their codes or two images, and the noise of a trial."""
    first = draw_layers(parameters, trial)
    second = draw_layers(parameters, trial, part=SECOND)
    images = draw_images(parameters, trial)
    if images is not None:
        target = np.full(sum(parameters.code_sizes), np.nan)
        one, two = images
    else:
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
    known = _known(first), _known(second)
    if None in known:
        return Pair(first, target, signal, observation, second=second, images=images)
    return Product(first, target, signal, observation, second=second, images=images, networks=known)
