"""Training steps in PyTorch: those of :mod:`genphase.images.adam`, by automatic differentiation."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from genphase.errors import BadValue
from genphase.images.adam import FIRST, SECOND, SMALL, STEP
from genphase.images.vae import VARIANCE, Vae

Array = NDArray[Any]


class TorchEngine:
    """PyTorch's Adam on the processor, in single precision.

    Parameters
    ----------
    model : the autoencoder.
    parameters : what it begins with.

    Raises
    ------
    BadValue
        If PyTorch is missing.
    """

    def __init__(self, model: Vae, parameters: Sequence[Array]) -> None:
        try:
            import torch
        except ImportError:
            raise BadValue(
                "the engine torch needs PyTorch, which is missing",
                "pip install 'genphase[torch]', or leave out --engine torch",
            ) from None
        self._torch: Any = torch
        self._model = model
        self._own = [torch.tensor(array, requires_grad=True) for array in parameters]
        self._adam = torch.optim.Adam(self._own, lr=STEP, betas=(FIRST, SECOND), eps=SMALL)

    def step(self, images: Array, noise: Array) -> float:
        """Make one step, and return the loss before it."""
        torch, model = self._torch, self._model
        y, epsilon = torch.from_numpy(np.ascontiguousarray(images)), torch.from_numpy(noise)
        encoder, decoder = model.split(self._own)
        codes = self._through(encoder, y)
        mean, log_variance = codes[:, : model.k], codes[:, model.k :]
        inputs = self._through(decoder, mean + torch.exp(0.5 * log_variance) * epsilon)
        if model.output == "sigmoid":
            entropy = torch.nn.functional.binary_cross_entropy_with_logits
            loss = entropy(inputs, y, reduction="sum")
        else:
            # As in genphase.images.vae: no unit is left at 0 where the image is not.
            residual = torch.where(y > 0, inputs, torch.relu(inputs)) - y
            loss = (residual**2).sum() / (2 * VARIANCE)
        loss = loss + 0.5 * (mean**2 + log_variance.exp() - 1 - log_variance).sum()
        loss = loss / len(y)
        self._adam.zero_grad()
        loss.backward()
        self._adam.step()
        return float(loss.detach())

    def _through(self, layers: Sequence[tuple[Any, Any]], inputs: Any) -> Any:
        functional = self._torch.nn.functional
        kind, _, slope = self._model.hidden.partition(":")
        for i, (matrix, bias) in enumerate(layers):
            inputs = functional.linear(inputs, matrix, bias)
            if i == len(layers) - 1:
                break
            if kind == "leaky_relu":
                inputs = functional.leaky_relu(inputs, float(slope))
            else:
                inputs = getattr(self._torch, kind)(inputs)
        return inputs

    def parameters(self) -> list[Array]:
        """Return the parameters as they are now."""
        return [tensor.detach().numpy().copy() for tensor in self._own]
