"""Laws of weights that are those of the trained decoder `mnist.npz`, 20-200-784, or like them.

So sweeps can compare it with random networks of the same widths.
"""

import hashlib
from pathlib import Path

import numpy as np

from genphase import weights

FILE = Path(__file__).parent / "mnist.npz"
# Cells are those of this very file: its hash is a part of this code, and so of their identity.
SHA256 = "b99acc7f488564bcf5fdd8bd84e37c6d6d66c24ce0e4259a3d17356cbaf36c1d"


@weights
def trained(rng, n_out, n_in):
    """Return the trained layer."""
    return _layer(n_out, n_in)


@weights
def normalised(rng, n_out, n_in):
    """Return the trained layer, scaled to the mean square of gaussian entries, 1/n_i."""
    layer = _layer(n_out, n_in)
    return layer / np.sqrt(n_out * np.mean(layer**2))


@weights
def row_normalised(rng, n_out, n_in):
    """Return the trained layer with each row as long as those of gaussian on average."""
    layer = _layer(n_out, n_in)
    lengths = np.linalg.norm(layer, axis=1, keepdims=True)
    return layer / np.where(lengths > 0, lengths, 1) * np.sqrt(n_in / n_out)


@weights
def shuffled(rng, n_out, n_in):
    """Return a layer with the entries of the normalised one, in random order."""
    return rng.permuted(normalised(rng, n_out, n_in).ravel()).reshape(n_out, n_in)


def _layer(n_out, n_in):
    """Return the layer of this shape."""
    content = FILE.read_bytes()
    if hashlib.sha256(content).hexdigest() != SHA256:
        raise ValueError(f"{FILE} is another file than these laws are about: update SHA256")
    with np.load(FILE) as arrays:
        found = {array.shape: array for name, array in arrays.items() if name.startswith("W")}
    if (n_out, n_in) not in found:
        shapes = ", ".join(f"{a} x {b}" for a, b in found)
        raise ValueError(f"{FILE.name} has layers {shapes}, and none of {n_out} x {n_in}")
    return found[n_out, n_in].astype(float)
