"""Networks of other programs: PyTorch's state_dict, safetensors, and ONNX."""

import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from genphase.decoders import check_activation
from genphase.errors import BadValue
from genphase.images.layers import Layer

Array = NDArray[Any]

# What torch.load says of a class that it does not load.
_OBJECT = re.compile(r"GLOBAL ([\w.]+)")
_FULL = "only fully connected layers are known here"
# Operations of ONNX that leave the numbers of an image as they are, in their order.
_NOTHING = {"Identity", "Dropout", "Flatten", "Reshape", "Squeeze", "Unsqueeze"}
_ACTIVATIONS = {"Relu": "relu", "Sigmoid": "sigmoid", "Tanh": "tanh", "Abs": "absolute"}


def read_foreign(
    path: Path, activations: Sequence[str] | None = None, prefix: str = ""
) -> tuple[list[Layer], list[str]]:
    """Return the layers of a file, and what the file calls them.

    Parameters
    ----------
    path
        PyTorch's state_dict, .pt or .pth; .safetensors; or .onnx.
    activations
        One for each layer. A file of tensors does not have them; with an ONNX file, they replace
        its own.
    prefix
        Of a file of tensors, only those whose names begin so: ``decoder.``.

    Raises
    ------
    BadValue
        If it is no network of fully connected layers, or a package is missing.
    """
    if not path.is_file():
        raise BadValue(f"there is no file {path}", "write its path from the working folder")
    reader = _READERS.get(path.suffix)
    if reader is None:
        raise BadValue(f"{path} is none of {', '.join(_READERS)}", "write it as one of these")
    if reader is _read_onnx:
        if prefix:
            raise BadValue("an ONNX file has no names to choose from", "leave out --prefix")
        layers, names = _read_onnx(path)
    else:
        layers, names = _layers_of(path, reader(path), prefix)
        if activations is None:
            example = ",".join(["relu"] * (len(layers) - 1) + ["sigmoid"])
            raise BadValue(
                f"{path} has {len(layers)} layers, but does not say their activations",
                f"say them, such as --activations {example}",
            )
    if activations is not None:
        for name in activations:
            check_activation(name)
        if len(activations) != len(layers):
            raise BadValue(
                f"{len(activations)} activations are given for {len(layers)} layers",
                f"give one for each of the layers, which are called {', '.join(names)}",
            )
        layers = [Layer(a.weights, a.bias, s) for a, s in zip(layers, activations, strict=True)]
    _check_chain(path, layers, names)
    return layers, names


def _check_chain(path: Path, layers: Sequence[Layer], names: Sequence[str]) -> None:
    for i in range(1, len(layers)):
        n_in, before = layers[i].weights.shape[1], len(layers[i - 1].weights)
        if n_in != before:
            raise BadValue(
                f"{path}: {names[i]} has {n_in} inputs, but {names[i - 1]} before it has {before} "
                "outputs",
                "name the layers in their order; of a file with more than a decoder, choose it "
                "by --prefix",
            )


def _missing(path: Path, package: str) -> BadValue:
    return BadValue(
        f"{path} is read by {package}, which is missing",
        f"pip install {package}, or 'genphase[torch]' for all formats",
    )


def _not_read(error: Exception) -> str:
    """Return what a file is that torch.load refuses; its own words advise to run what is in it."""
    text = str(error).strip()
    if found := _OBJECT.search(text):
        return f"is no state_dict, but holds pickled objects such as {found[1]}, a whole module say"
    if "TorchScript" in text:
        return "is no state_dict, but a TorchScript archive"
    said = re.split(r"\. |\n", text)[0]
    return f"is no state_dict ({type(error).__name__}{f': {said}' if said else ''})"


def _read_torch(path: Path) -> dict[str, Array]:
    """Return the tensors of a state_dict, in its order."""
    try:
        import torch
    except ImportError:
        raise _missing(path, "torch") from None
    remedy = "write it by torch.save(net.state_dict(), path), where the network is defined"
    try:
        content = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:
        # Of a pickle that is no plain state_dict, it raises this and that.
        raise BadValue(f"{path} {_not_read(error)}", remedy) from None
    if isinstance(content, Mapping) and not any(map(torch.is_tensor, content.values())):
        # A checkpoint: a state_dict beside an optimiser's and an epoch.
        inside = [
            value
            for key, value in content.items()
            if isinstance(value, Mapping) and "state_dict" in str(key) and "optim" not in str(key)
        ]
        content = inside[0] if len(inside) == 1 else content
    found = {}
    for name, value in content.items() if isinstance(content, Mapping) else ():
        if torch.is_tensor(value):
            tensor = value.detach()
            # NumPy has no bfloat16.
            is_single = tensor.is_floating_point() and tensor.dtype != torch.float64
            found[str(name)] = (tensor.float() if is_single else tensor).numpy()
    if not found:
        raise BadValue(f"{path} has no tensors", remedy)
    return found


def _read_safetensors(path: Path) -> dict[str, Array]:
    """Return the tensors of a file, ordered by their names: it has no order of its own."""
    try:
        from safetensors import SafetensorError
        from safetensors.numpy import load_file
    except ImportError:
        raise _missing(path, "safetensors") from None
    try:
        found = load_file(path)
    except (SafetensorError, OSError, KeyError, TypeError) as error:
        # Such as a tensor of bfloat16, which NumPy has not.
        raise BadValue(
            f"{path} cannot be read ({type(error).__name__}: {error})",
            "write it by safetensors.torch.save_file, as float32",
        ) from None
    return {name: found[name] for name in sorted(found, key=_natural)}


def _natural(name: str) -> list[tuple[int, str]]:
    """Return a key that puts ``net.2`` before ``net.10``."""
    parts = re.split(r"(\d+)", name)
    return [(int(part), "") if part.isdigit() else (-1, part) for part in parts]


def _layers_of(
    path: Path, tensors: Mapping[str, Array], prefix: str
) -> tuple[list[Layer], list[str]]:
    """Return the layers of named tensors, with σ still unknown."""
    chosen = {name: value for name, value in tensors.items() if name.startswith(prefix)}
    if not chosen:
        raise BadValue(
            f"{path} has no tensor whose name begins with {prefix!r}", f"it has {_some(tensors)}"
        )
    layers, names = [], []
    for name, value in chosen.items():
        owner, _, kind = name.rpartition(".")
        if kind == "weight" and value.ndim == 2:
            layers.append(Layer(value, chosen.get(f"{owner}.bias" if owner else "bias"), ""))
            names.append(owner or name)
        elif kind == "weight" and value.ndim > 2:
            shape = " x ".join(map(str, value.shape))
            raise BadValue(f"{path}: {name} is a convolution ({shape})", _FULL)
        elif kind == "weight" or kind.startswith("running_"):
            raise BadValue(
                f"{path}: {owner or name} is a normalisation",
                "multiply it into the weights and the bias of the layer before it",
            )
        elif kind not in ("bias", "num_batches_tracked"):
            raise BadValue(
                f"{path}: it is not known what {name} is",
                f"{_FULL}, with the names ....weight and ....bias; choose them by --prefix",
            )
    if not layers:
        raise BadValue(f"{path} has no weights, but {_some(chosen)}", _FULL)
    return layers, names


def _some(names: Mapping[str, Any]) -> str:
    first = ", ".join(list(names)[:8])
    return f"{first}, ..." if len(names) > 8 else first


def _read_onnx(path: Path) -> tuple[list[Layer], list[str]]:
    """Return the layers of an ONNX graph, one chain from its input to its output."""
    try:
        import onnx
        from onnx import numpy_helper
    except ImportError:
        raise _missing(path, "onnx") from None
    try:
        graph: Any = onnx.load(path).graph
    except Exception as error:
        # Of a damaged file, its parser raises an error of a package of its own.
        text = str(error).strip().partition("\n")[0]
        raise BadValue(f"{path} is no ONNX file ({text})", "export the network again") from None
    constants = {item.name: numpy_helper.to_array(item) for item in graph.initializer}
    inputs = [item.name for item in graph.input if item.name not in constants]
    if len(inputs) != 1:
        raise BadValue(
            f"{path} has the inputs {', '.join(inputs) or '(none)'}", "let the code be the only one"
        )
    chain = _Chain(path, inputs[0])
    for node in graph.node:
        attributes = {item.name: onnx.helper.get_attribute_value(item) for item in node.attribute}
        if node.op_type == "Constant" and "value" in attributes:
            constants[node.output[0]] = numpy_helper.to_array(attributes["value"])
        elif node.op_type == "Identity" and node.input[0] in constants:
            constants[node.output[0]] = constants[node.input[0]]
        else:
            chain.add(node, attributes, constants)
    if chain.at not in [item.name for item in graph.output]:
        raise BadValue(f"{path}: the last operation is not the output", "export the decoder alone")
    return chain.layers(), chain.names


class _Chain:
    """The layers of a graph, as they are found one after the other."""

    def __init__(self, path: Path, start: str) -> None:
        self.path, self.at = path, start
        self.names: list[str] = []
        self._found: list[list[Any]] = []

    def layers(self) -> list[Layer]:
        """Return what was found."""
        if not self._found:
            raise BadValue(f"{self.path} has no layers", _FULL)
        return [Layer(W, b, name or "identity") for W, b, name in self._found]

    def add(self, node: Any, attributes: Mapping[str, Any], constants: Mapping[str, Array]) -> None:
        """Add one operation."""
        kind = node.op_type
        if self.at not in node.input:
            raise self._refused(node, "does not go on from the one before it")
        others = [constants.get(name) for name in node.input if name not in (self.at, "")]
        if kind in _NOTHING:
            pass
        elif kind in _ACTIVATIONS or kind == "LeakyRelu":
            # Single precision's 0.1 is 0.10000000149.
            slope = f"{attributes.get('alpha', 0.01):.7g}"
            self._activate(node, _ACTIVATIONS.get(kind, f"leaky_relu:{slope}"))
        elif kind not in ("Gemm", "MatMul", "Add"):
            raise self._refused(node, "is not known")
        elif any(value is None for value in others) or len(others) != len(node.input) - 1:
            raise self._refused(node, "has an input that is no constant")
        elif kind == "Gemm":
            self._gemm(node, attributes, others)
        elif kind == "MatMul":
            matrix: Any = others[0]
            self._layer(node, matrix.T if node.input[0] == self.at else matrix, None)
        else:
            self._shift(node, others[0])
        self.at = node.output[0]

    def _gemm(self, node: Any, attributes: Mapping[str, Any], others: Sequence[Any]) -> None:
        if attributes.get("transA") or node.input[0] != self.at:
            raise self._refused(node, "has the code on the wrong side")
        matrix = others[0] if attributes.get("transB") else others[0].T
        one, two = (float(attributes.get(name, 1)) for name in ("alpha", "beta"))
        # Only where they change something, so that single precision stays what it is.
        matrix = matrix if one == 1 else one * matrix.astype(np.float64)
        self._layer(node, matrix, None)
        if len(others) > 1:
            self._shift(node, others[1] if two == 1 else two * others[1].astype(np.float64))

    def _layer(self, node: Any, matrix: Any, bias: Any) -> None:
        if matrix.ndim != 2:
            raise self._refused(node, "has no matrix")
        self._found.append([np.ascontiguousarray(matrix), bias, ""])
        self.names.append(node.name or f"{node.op_type} {len(self._found)}")

    def _shift(self, node: Any, value: Any) -> None:
        """Add a constant to the layer's bias."""
        if not self._found or self._found[-1][2]:
            raise self._refused(node, "follows no matrix")
        layer = self._found[-1]
        if value.size not in (1, len(layer[0])):
            raise self._refused(node, f"adds {value.size} numbers to {len(layer[0])}")
        bias = np.broadcast_to(value.ravel(), len(layer[0]))
        layer[1] = bias.copy() if layer[1] is None else layer[1] + bias

    def _activate(self, node: Any, name: str) -> None:
        if not self._found or self._found[-1][2]:
            raise self._refused(node, "follows no matrix")
        self._found[-1][2] = name

    def _refused(self, node: Any, why: str) -> BadValue:
        known = ", ".join(["Gemm", "MatMul", "Add", *_ACTIVATIONS, "LeakyRelu"])
        where = f" {node.name!r}" if node.name else ""
        return BadValue(
            f"{self.path}: the operation {node.op_type}{where} {why}",
            f"{_FULL}: a chain of {known}",
        )


_READERS: dict[str, Callable[[Path], Any]] = {
    ".pt": _read_torch,
    ".pth": _read_torch,
    ".safetensors": _read_safetensors,
    ".onnx": _read_onnx,
}
