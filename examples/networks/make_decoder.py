"""Write decoder.npz: a small decoder with biases and a sigmoid, as a trained one has them."""

from pathlib import Path

import numpy as np

rng = np.random.default_rng(0)
k, widths = 4, (30, 60)
weights = [
    rng.standard_normal((n, m)) / np.sqrt(m) for m, n in zip((k, *widths[:-1]), widths, strict=True)
]
biases = [0.2 * rng.standard_normal(n) for n in widths]
np.savez(
    Path(__file__).with_name("decoder.npz"),
    W1=weights[0],
    b1=biases[0],
    W2=weights[1],
    b2=biases[1],
    activations=["leaky_relu:0.2", "sigmoid"],
)
