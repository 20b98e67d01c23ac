"""Networks from files: an .npz with W1, ..., Wd, optional b1, ..., bd, and activations."""

import hashlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from genphase.brought import path_of
from genphase.errors import BadValue, did_you_mean

Floats = NDArray[np.float64]

ACTIVATIONS = ("relu", "leaky_relu:0.1", "absolute", "identity", "sigmoid", "tanh")
SMOOTH = ("sigmoid", "tanh")


@dataclass(frozen=True)
class Network:
    """A network with fixed weights: x_i = σ_i(W_i x_{i-1} + b_i).

    weights : W_i, (n_i, n_{i-1}).
    biases : b_i, (n_i,).
    activations : the names of σ_i.
    digest : a hash of all of it.
    """

    weights: tuple[Floats, ...]
    biases: tuple[Floats, ...]
    activations: tuple[str, ...]
    digest: str

    @property
    def k(self) -> int:
        """Return the latent dimension."""
        return int(self.weights[0].shape[1])

    @property
    def widths(self) -> tuple[int, ...]:
        """Return n_1, ..., n_d."""
        return tuple(len(matrix) for matrix in self.weights)

    @property
    def is_single(self) -> bool:
        """Return whether all its numbers are those of single precision."""
        arrays = (*self.weights, *self.biases)
        return all(np.array_equal(array, array.astype(np.float32)) for array in arrays)

    @property
    def is_homogeneous(self) -> bool:
        """Return whether G(c x) = c G(x) for c > 0: no biases, and kinks at 0 alone."""
        return not self.is_smooth and not any(np.any(bias) for bias in self.biases)

    def slopes(self, behind: tuple[str, ...] = ()) -> list[float | str] | None:
        """Return the slopes of the activations for negative inputs, with those of layers behind.

        A sigmoid or tanh has its name in place of a slope, the identity has 1. None where kernels
        do not know the network: only the last layer may have absolute values, and no slope is above
        1.
        """
        found = [_slope(name) for name in (*self.activations, *behind)]
        inside = all(isinstance(slope, str) or 0 <= slope <= 1 for slope in found[:-1])
        last = found[-1]
        known = isinstance(last, str) or 0 <= last <= 1 or last == -1
        return found if inside and known else None

    @property
    def is_smooth(self) -> bool:
        """Return whether an activation is a sigmoid or a tanh."""
        return any(name in SMOOTH for name in self.activations)


def _slope(activation: str) -> float | str:
    """Return the slope for negative inputs of an activation; the name of a smooth one."""
    kind, _, slope = activation.partition(":")
    known = {"relu": 0.0, "absolute": -1.0, "identity": 1.0}
    return float(slope) if kind == "leaky_relu" else known.get(kind, kind)


def read_network(file: str) -> Network:
    """Return the network of a file, whose path is relative to the sweep file's folder.

    Raises
    ------
    BadValue
        If there is no such file, or it holds no network.
    """
    path = path_of(file)
    found = path.stat()
    return _read(path, found.st_mtime_ns, found.st_size)


@cache
def _read(path: Path, modified: int, size: int) -> Network:
    if path.suffix in (".pt", ".pth", ".safetensors", ".onnx"):
        raise BadValue(
            f"{path} is a network of another program", "write it as .npz by genphase import-network"
        )
    try:
        with np.load(path, allow_pickle=False) as content:
            arrays = {name: content[name] for name in content.files}
    except (OSError, ValueError, EOFError) as error:
        raise BadValue(
            f"{path} is no file of arrays ({error})",
            "write it by numpy.savez(path, W1=..., W2=...)",
        ) from None
    depth = next(i for i in range(len(arrays) + 1) if f"W{i + 1}" not in arrays)
    if depth == 0:
        raise BadValue(
            f"{path} has no W1, but {', '.join(arrays) or 'nothing'}",
            "call the weights W1, W2, ..., each n_i x n_{i-1}",
        )
    known = {f"{letter}{i}" for letter in "Wb" for i in range(1, depth + 1)} | {"activations"}
    for name in arrays:
        if name not in known:
            raise BadValue(
                f"{path} has {name}, which is no part", did_you_mean(name, sorted(known))
            )
    weights = tuple(_numbers(path, f"W{i}", arrays[f"W{i}"], 2) for i in range(1, depth + 1))
    biases = tuple(
        _numbers(path, f"b{i}", arrays[f"b{i}"], 1)
        if f"b{i}" in arrays
        else np.zeros(len(weights[i - 1]))
        for i in range(1, depth + 1)
    )
    for i in range(depth):
        n_out, n_in = weights[i].shape
        if i > 0 and n_in != len(weights[i - 1]):
            raise BadValue(
                f"{path}: W{i + 1} has {n_in} columns, but W{i} has {len(weights[i - 1])} rows",
                "let W_i be n_i x n_{i-1}",
            )
        if len(biases[i]) != n_out:
            raise BadValue(
                f"{path}: b{i + 1} has {len(biases[i])} entries, but W{i + 1} has {n_out} rows",
                "let b_i have n_i entries",
            )
    activations = _activations(path, arrays.get("activations"), depth)
    text = hashlib.sha256(repr(activations).encode())
    for array in (*weights, *biases):
        text.update(repr(array.shape).encode() + array.tobytes())
    return Network(weights, biases, activations, text.hexdigest()[:20])


def _numbers(path: Path, name: str, array: Any, dimensions: int) -> Floats:
    if array.ndim != dimensions or array.dtype.kind not in "fiu" or 0 in array.shape:
        kind = "matrix" if dimensions == 2 else "vector"
        raise BadValue(
            f"{path}: {name} is an array of shape {array.shape} of {array.dtype}, no {kind} of "
            "numbers",
            f"write it as a {kind} of floats",
        )
    found = np.ascontiguousarray(array, dtype=np.float64)
    if not np.all(np.isfinite(found)):
        raise BadValue(f"{path}: {name} has numbers that are not finite", "train it again")
    return found


def _activations(path: Path, given: Any, depth: int) -> tuple[str, ...]:
    names = ["relu"] * depth if given is None else [str(name) for name in np.atleast_1d(given)]
    if len(names) != depth:
        raise BadValue(
            f"{path}: {len(names)} activations for {depth} layers", "give one for each layer"
        )
    for name in names:
        check_activation(name, f"{path}: ")
    return tuple(names)


def check_activation(name: str, where: str = "") -> None:
    """Raise an error for an activation that is not known.

    Parameters
    ----------
    name
        Such as relu or leaky_relu:0.1.
    where
        What the message begins with.

    Raises
    ------
    BadValue
        If it is none.
    """
    try:
        activate(name, np.zeros(1))
    except (KeyError, ValueError):
        raise BadValue(
            f"{where}the activation {name!r} is not known", did_you_mean(name.lower(), ACTIVATIONS)
        ) from None


def activate(name: str, z: Floats) -> tuple[Floats, Floats]:
    """Return σ(z) and σ'(z); at a kink, the slope of the negative side."""
    kind, _, slope = name.partition(":")
    positive = z > 0
    if kind == "relu":
        return np.where(positive, z, 0.0), positive.astype(float)
    if kind == "leaky_relu":
        slopes = np.where(positive, 1.0, float(slope))
        return slopes * z, slopes
    if kind == "absolute":
        return np.abs(z), np.where(positive, 1.0, -1.0)
    if kind == "identity":
        return z, np.ones_like(z)
    if kind == "tanh":
        value = np.tanh(z)
        return value, 1 - value**2
    if kind == "sigmoid":
        value = 0.5 * (1 + np.tanh(0.5 * z))
        return value, value * (1 - value)
    raise KeyError(name)
