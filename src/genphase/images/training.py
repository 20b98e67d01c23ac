"""Train a decoder on images: a variational autoencoder, whose decoder is kept."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from genphase.errors import BadValue, did_you_mean
from genphase.images.adam import NumpyEngine
from genphase.images.layers import Layer
from genphase.images.sources import Images
from genphase.images.torch_engine import TorchEngine
from genphase.images.vae import Vae, mean_loss

Array = NDArray[Any]

BATCH = 100
# Images that are held against their reconstructions at once.
_CHUNK = 1000


class _Engine(Protocol):
    """What makes the steps. What is drawn at random is drawn outside, so that all draw the same."""

    def __init__(self, model: Vae, parameters: list[Any]) -> None: ...

    def step(self, images: Array, noise: Array) -> float: ...

    def parameters(self) -> list[Array]: ...


ENGINES: dict[str, type[_Engine]] = {"numpy": NumpyEngine, "torch": TorchEngine}


@dataclass(frozen=True)
class Trained:
    """An autoencoder that has been trained.

    model : its sizes.
    parameters : its numbers.
    losses : (epochs, 2), the mean loss of an epoch's batches, and that of the test images after it.
    """

    model: Vae
    parameters: list[Array]
    losses: NDArray[np.float64]

    def layers(self) -> list[Layer]:
        """Return the layers of its decoder."""
        return self.model.layers(self.parameters)

    def reconstructed(self, images: Array) -> Array:
        """Return G(μ(y)) for images y, (N, n)."""
        codes = self.model.encode(self.parameters, images)
        return self.model.decode(self.parameters, codes)

    def samples(self, count: int, seed: int) -> Array:
        """Return G(x) for codes x ~ N(0, I), (count, n)."""
        codes = np.random.default_rng(seed).standard_normal((count, self.model.k))
        return self.model.decode(self.parameters, codes.astype(np.float32))

    def errors(self, images: Array) -> NDArray[np.float64]:
        """Return the relative errors ‖G(μ(y)) - y‖/‖y‖, (N,).

        An image that is black everywhere has none, and a NaN.
        """
        found = []
        for begin in range(0, len(images), _CHUNK):
            part = images[begin : begin + _CHUNK].astype(np.float64)
            size = np.linalg.norm(part, axis=1)
            gap = np.linalg.norm(self.reconstructed(part) - part, axis=1)
            found.append(np.divide(gap, size, out=np.full(len(part), np.nan), where=size > 0))
        return np.concatenate(found)

    def halved(self) -> "Trained":
        """Return it with numbers rounded to half precision, kept as single ones."""
        parameters = [array.astype(np.float16).astype(np.float32) for array in self.parameters]
        return Trained(self.model, parameters, self.losses)


def train(
    images: Images,
    model: Vae,
    epochs: int,
    seed: int = 0,
    engine: str = "numpy",
    follow: Callable[[int, float, float], None] = lambda epoch, loss, test: None,
) -> Trained:
    """Train an autoencoder by Adam, in batches of 100 images.

    Parameters
    ----------
    images
        The images.
    model
        The autoencoder.
    epochs
        How often all images for training are gone through, each time in another order.
    seed
        Initial parameters, orders and noise follow from it, the same for all engines.
    engine
        numpy or torch.
    follow
        Called after each epoch with its number from 1 on and both losses.

    Returns
    -------
    Trained
        On one machine, the same arguments give the same numbers.

    Raises
    ------
    BadValue
        If the engine is unknown or missing, or the loss is no longer finite.
    """
    if engine not in ENGINES:
        raise BadValue(f"there is no engine {engine!r}", did_you_mean(engine, ENGINES))
    if not len(images.test):
        text = f"{images.name} has {len(images.pixels)} images, and none of them is for tests"
        raise BadValue(text, "use 10 or more: every tenth is kept for tests")
    if epochs < 1:
        raise BadValue(f"{epochs} epochs train nothing", "let it be 1 or more")
    start, order, noise, held = (
        np.random.default_rng(sequence) for sequence in np.random.SeedSequence(seed).spawn(4)
    )
    stepper = ENGINES[engine](model, model.initial(start))
    kept, test = images.train, images.test
    test_noise = held.standard_normal((len(test), model.k), dtype=np.float32)
    losses = []
    for epoch in range(1, epochs + 1):
        total = 0.0
        shuffled = order.permutation(len(kept))
        for begin in range(0, len(kept), BATCH):
            batch = kept[shuffled[begin : begin + BATCH]]
            epsilon = noise.standard_normal((len(batch), model.k), dtype=np.float32)
            total += stepper.step(batch, epsilon) * len(batch)
        losses.append((total / len(kept), mean_loss(model, stepper.parameters(), test, test_noise)))
        if not np.all(np.isfinite(losses[-1])):
            raise BadValue(
                f"the loss is not finite in epoch {epoch}", "try other widths, or another seed"
            )
        follow(epoch, *losses[-1])
    return Trained(model, stepper.parameters(), np.array(losses))
