"""Training steps in NumPy: Adam on the loss of an autoencoder."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from genphase.images.vae import Vae, loss_and_gradient

Array = NDArray[Any]

# The step and the decay rates of Adam (Kingma and Ba, 2014, Algorithm 1), their defaults.
STEP, FIRST, SECOND, SMALL = 1e-3, 0.9, 0.999, 1e-8
# Numbers that are updated together: so many stay in a processor's cache.
_BLOCK = 1 << 15


class NumpyEngine:
    """Adam in single precision.

    Parameters
    ----------
    model : the autoencoder.
    parameters : what it begins with.
    """

    def __init__(self, model: Vae, parameters: Sequence[Array]) -> None:
        self._model = model
        self._all = np.concatenate([array.ravel() for array in parameters])
        ends = np.cumsum([array.size for array in parameters])[:-1]
        parts = np.split(self._all, ends)
        # Views: an update of all numbers is one of these.
        self._views = [part.reshape(p.shape) for part, p in zip(parts, parameters, strict=True)]
        self._mean, self._square = np.zeros_like(self._all), np.zeros_like(self._all)
        self._count = 0

    def step(self, images: Array, noise: Array) -> float:
        """Make one step, and return the loss before it."""
        loss, gradient = loss_and_gradient(self._model, self._views, images, noise)
        self._count += 1
        rate = STEP / (1 - FIRST**self._count)
        root = 1 / np.sqrt(1 - SECOND**self._count)
        whole = np.concatenate([array.ravel() for array in gradient])
        for begin in range(0, len(whole), _BLOCK):
            part = slice(begin, begin + _BLOCK)
            g, mean, square = whole[part], self._mean[part], self._square[part]
            mean += (1 - FIRST) * (g - mean)
            square *= SECOND
            square += (1 - SECOND) * (g * g)
            self._all[part] -= rate * mean / (float(root) * np.sqrt(square) + SMALL)
        return loss

    def parameters(self) -> list[Array]:
        """Return the parameters as they are now."""
        return [view.copy() for view in self._views]
