"""Variational autoencoders of fully connected layers: their loss and its gradient, in NumPy.

The encoder maps an image y to the mean μ and the logarithms of the variances v of a normal law of
codes, the decoder G maps codes x = μ + e^{v/2} ε, ε ~ N(0, I), to images. The loss of an image is

    -log p(y | G(x)) + KL(N(μ, diag e^v), N(0, I)),    KL = ½ Σ (μ² + e^v - 1 - v),

an upper bound of -log p(y) up to a constant (Kingma and Welling, Auto-encoding variational Bayes,
2013, (10)). For a sigmoid at the output, -log p is the binary cross-entropy of the pixels; for a
ReLU, it is ‖y - G(x)‖²/(2 s²) with s² = VARIANCE, made convex where a unit is 0. The decoder of
Joshi, Li, Plan and Yilmaz (2021, Figure 3) has a sigmoid, hidden widths (500, 500) and no biases.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from genphase.errors import BadValue, did_you_mean
from genphase.images.layers import Layer

Array = NDArray[Any]

# The variance of a pixel where the output is a ReLU.
VARIANCE = 0.1
OUTPUTS = ("sigmoid", "relu")


@dataclass(frozen=True)
class Vae:
    """The sizes and activations of an autoencoder.

    pixels : n, the size of an image.
    k : the size of a code.
    widths : the hidden widths of the decoder, those of the encoder in reverse.
    hidden : the activation of hidden layers: relu, leaky_relu:SLOPE or tanh.
    output : that of the decoder's output: sigmoid or relu.
    biases : whether the decoder has biases. The encoder has.
    """

    pixels: int
    k: int
    widths: tuple[int, ...]
    hidden: str = "relu"
    output: str = "sigmoid"
    biases: bool = False

    def __post_init__(self) -> None:
        if self.k < 1 or any(width < 1 for width in self.widths):
            raise BadValue("a layer has no units", "let k and all widths be 1 or more")
        if self.output not in OUTPUTS:
            raise BadValue(
                f"the output {self.output!r} cannot be trained", did_you_mean(self.output, OUTPUTS)
            )
        kind, _, slope = self.hidden.partition(":")
        try:
            good = self.hidden in ("relu", "tanh") or (
                kind == "leaky_relu" and 0 < float(slope) < 1
            )
        except ValueError:
            good = False
        if not good:
            raise BadValue(
                f"the activation {self.hidden!r} cannot be trained",
                did_you_mean(self.hidden, ("relu", "leaky_relu:0.1", "tanh")),
            )

    @property
    def encoder_sizes(self) -> tuple[int, ...]:
        """Return the sizes of the encoder, from the image to mean and variances."""
        return self.pixels, *reversed(self.widths), 2 * self.k

    @property
    def decoder_sizes(self) -> tuple[int, ...]:
        """Return the sizes of the decoder, from the code to the image."""
        return self.k, *self.widths, self.pixels

    def shapes(self) -> list[tuple[int, ...]]:
        """Return the shapes of all parameters: W and b of the encoder's layers, then the decoder's.

        Without biases, the decoder has W alone.
        """
        found: list[tuple[int, ...]] = []
        for sizes, biases in ((self.encoder_sizes, True), (self.decoder_sizes, self.biases)):
            for n_in, n_out in zip(sizes, sizes[1:], strict=False):
                found += [(n_out, n_in), (n_out,)] if biases else [(n_out, n_in)]
        return found

    def split(self, parameters: Sequence[Any]) -> tuple[list[tuple[Any, Any]], ...]:
        """Return the pairs (W, b) of the encoder and of the decoder; b is None without biases."""
        cut = 2 * (len(self.encoder_sizes) - 1)
        first, second = parameters[:cut], parameters[cut:]
        encoder = list(zip(first[::2], first[1::2], strict=True))
        if self.biases:
            return encoder, list(zip(second[::2], second[1::2], strict=True))
        return encoder, [(matrix, None) for matrix in second]

    def initial(self, rng: np.random.Generator) -> list[NDArray[np.float32]]:
        """Return parameters to begin with: W ~ N(0, 2/n_in) (He et al., 2015, (10)), b = 0.

        Both outputs begin with a tenth of that: laws of codes near N(0, I), and images without
        bright pixels that training would never meet.
        """
        shapes = self.shapes()
        outputs = 2 * (len(self.encoder_sizes) - 2), len(shapes) - 1 - self.biases
        found = []
        for i, shape in enumerate(shapes):
            if len(shape) == 1:
                found.append(np.zeros(shape, np.float32))
                continue
            scale = np.sqrt(2 / shape[1]) * (0.1 if i in outputs else 1)
            found.append((scale * rng.standard_normal(shape)).astype(np.float32))
        return found

    def encode(self, parameters: Sequence[Array], images: Array) -> Array:
        """Return the mean codes μ of images, (N, k)."""
        encoder, _ = self.split(parameters)
        return _through(encoder, self.hidden, images)[-1][:, : self.k]

    def decode(self, parameters: Sequence[Array], codes: Array) -> Array:
        """Return the images G(x) of codes, (N, n)."""
        _, decoder = self.split(parameters)
        inputs = _through(decoder, self.hidden, codes)[-1]
        return _sigmoid(inputs) if self.output == "sigmoid" else np.maximum(inputs, 0)

    def layers(self, parameters: Sequence[Array]) -> list[Layer]:
        """Return the layers of the decoder."""
        _, decoder = self.split(parameters)
        names = [self.hidden] * len(self.widths) + [self.output]
        return [Layer(W, b, name) for (W, b), name in zip(decoder, names, strict=True)]


def loss_and_gradient(
    model: Vae, parameters: Sequence[Array], images: Array, noise: Array
) -> tuple[float, list[Array]]:
    """Return the mean loss of images, and its gradient.

    Parameters
    ----------
    model
        The autoencoder.
    parameters
        Arrays of the shapes `model.shapes()`.
    images
        y, (N, n).
    noise
        ε, (N, k).

    Returns
    -------
    loss : float
    gradient : list of arrays, as the parameters
    """
    count, k = len(images), model.k
    encoder, decoder = model.split(parameters)
    encoded = _through(encoder, model.hidden, images)
    mean, log_variance = encoded[-1][:, :k], encoded[-1][:, k:]
    deviation = np.exp(0.5 * log_variance)
    spread = deviation * noise
    decoded = _through(decoder, model.hidden, mean + spread)
    loss, back = _misfit(model.output, decoded[-1], images)
    loss += 0.5 * float(np.sum(mean**2 + deviation**2 - 1 - log_variance))
    back /= count
    of_decoder, back = _backward(decoder, model.hidden, decoded, back)
    of_mean = back + mean / count
    of_variance = 0.5 * (back * spread + (deviation**2 - 1) / count)
    of_encoder, _ = _backward(
        encoder, model.hidden, encoded, np.concatenate([of_mean, of_variance], axis=1), first=False
    )
    return loss / count, of_encoder + of_decoder


def mean_loss(model: Vae, parameters: Sequence[Array], images: Array, noise: Array) -> float:
    """Return the mean loss of images; the parameters are those of `loss_and_gradient`."""
    codes = _through(model.split(parameters)[0], model.hidden, images)[-1]
    mean, log_variance = codes[:, : model.k], codes[:, model.k :]
    deviation = np.exp(0.5 * log_variance)
    decoder = model.split(parameters)[1]
    inputs = _through(decoder, model.hidden, mean + deviation * noise)[-1]
    loss, _ = _misfit(model.output, inputs, images)
    return (loss + 0.5 * float(np.sum(mean**2 + deviation**2 - 1 - log_variance))) / len(images)


def _misfit(output: str, inputs: Array, images: Array) -> tuple[float, Array]:
    """Return -log p(y | G(x)), summed, and its derivative by the inputs a of the output's σ.

    That of a ReLU is replaced by a convex function of a that is nowhere smaller, and the same where
    a ≥ 0 or y = 0. Else nothing would bring back a unit that is 0 where the image is not.
    """
    if output == "sigmoid":
        # -y log s - (1 - y) log(1 - s) for s = 1/(1 + e^-a), without overflow.
        tail = np.log1p(np.exp(-np.abs(inputs)))
        loss = float(np.sum(np.maximum(inputs, 0) - images * inputs + tail))
        return loss, _sigmoid(inputs) - images
    # (a - y)² where a ReLU is to be positive, max(a, 0)² where it is to be 0.
    residual = np.where(images > 0, inputs, np.maximum(inputs, 0)) - images
    return float(np.sum(residual**2)) / (2 * VARIANCE), residual / VARIANCE


def _sigmoid(a: Array) -> Array:
    return 0.5 * (1 + np.tanh(0.5 * a))


def _activated(name: str, a: Array) -> Array:
    kind, _, slope = name.partition(":")
    if kind == "tanh":
        return np.tanh(a)
    found: Array = np.maximum(a, float(slope) * a if slope else 0)
    return found


def _derivative(name: str, value: Array) -> Array:
    """Return σ' where σ has the given value."""
    kind, _, slope = name.partition(":")
    if kind == "tanh":
        return 1 - value**2
    found: Array = value > 0
    if slope:
        found = np.where(found, value.dtype.type(1), value.dtype.type(slope))
    return found


def _through(
    layers: Sequence[tuple[Array, Array | None]], hidden: str, inputs: Array
) -> list[Array]:
    """Return the inputs of all layers, then the last layer's W x + b: no σ is on it."""
    found = [inputs]
    for i, (matrix, bias) in enumerate(layers):
        a = found[-1] @ matrix.T
        if bias is not None:
            a += bias
        found.append(a if i == len(layers) - 1 else _activated(hidden, a))
    return found


def _backward(
    layers: Sequence[tuple[Array, Array | None]],
    hidden: str,
    values: Sequence[Array],
    back: Array,
    first: bool = True,
) -> tuple[list[Array], Array]:
    """Return the derivatives by the parameters and, if `first`, by the input of the first layer.

    `values` is what `_through` gives, `back` the derivative by the last of it.
    """
    found: list[Array] = []
    for i in reversed(range(len(layers))):
        matrix, bias = layers[i]
        own = [back.T @ values[i]]
        if bias is not None:
            own.append(back.sum(axis=0))
        found = own + found
        if i > 0 or first:
            back = back @ matrix
        if i > 0:
            back *= _derivative(hidden, values[i])
    return found, back
