"""Layers of a network, and the file that :mod:`genphase.decoders` reads."""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from genphase.decoders import Network, read_network
from genphase.errors import BadValue

Array = NDArray[Any]


@dataclass(frozen=True)
class Layer:
    """One layer: x -> σ(W x + b).

    weights : W, (n_out, n_in).
    bias : b, (n_out,), if it has one.
    activation : the name of σ.
    """

    weights: Array
    bias: Array | None
    activation: str


def check_output(path: Path) -> None:
    """Refuse a file that could not be written as a network, before anything is computed.

    Raises
    ------
    BadValue
        If its name does not end in .npz, or its folder is missing.
    """
    if path.suffix != ".npz":
        raise BadValue(f"{str(path)!r} is no .npz", "let the name of the file end in .npz")
    if not path.parent.is_dir():
        raise BadValue(f"there is no folder {str(path.parent)!r}", "make it first")


def write_network(path: Path, layers: Sequence[Layer], half: bool = False) -> Network:
    """Write a network as W1, b1, ..., Wd, bd and activations, and return it as it is read.

    The same layers give the same bytes.

    Parameters
    ----------
    path
        The file, .npz.
    layers
        The layers, the first one first.
    half
        Write the numbers in half precision.

    Raises
    ------
    BadValue
        If the layers are no network; there is no file then.
    """
    check_output(path)
    arrays: dict[str, Any] = {}
    for i, layer in enumerate(layers, 1):
        arrays[f"W{i}"] = layer.weights
        if layer.bias is not None:
            arrays[f"b{i}"] = layer.bias
    if half:
        arrays = {name: array.astype(np.float16) for name, array in arrays.items()}
    arrays["activations"] = np.array([layer.activation for layer in layers])
    content = io.BytesIO()
    np.savez_compressed(content, **arrays)
    path.write_bytes(content.getvalue())
    try:
        return read_network(str(path.resolve()))
    except BadValue:
        path.unlink()
        raise


def text_of(network: Network) -> str:
    """Return the sizes of a network and its activations: ``20-200-784, relu, sigmoid``."""
    sizes = "-".join(str(size) for size in (network.k, *network.widths))
    some = any(np.any(bias) for bias in network.biases)
    return f"{sizes}, {', '.join(network.activations)}, {'with' if some else 'no'} biases"
