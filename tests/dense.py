"""Plain NumPy in float64, with full matrices: what the kernels are checked against."""

from functools import reduce

import numpy as np

from genphase.instances import Chain


def matrices(chain):
    """Return W_1, ..., W_d and, where there is one, A, each as (outputs, inputs)."""
    ends = np.cumsum(chain.widths[:-1] * chain.widths[1:])[:-1]
    parts = np.split(chain.weights.astype(float), ends)
    return [
        part.reshape(a, b).T
        for part, a, b in zip(parts, chain.widths[:-1], chain.widths[1:], strict=True)
    ]


def activation(z, slope):
    return np.where(z > 0, z, slope * z)


def layers(chain, x):
    """Return the values of the units of every layer, x first."""
    values = [x]
    for i, matrix in enumerate(matrices(chain)):
        z = matrix @ values[-1]
        values.append(activation(z, chain.leaks[i]))
    return values


def preactivations(chain, x):
    """Return what every unit but the inputs receives, layer by layer in one vector."""
    parts = zip(matrices(chain), layers(chain, x)[:-1], strict=True)
    return np.concatenate([matrix @ values for matrix, values in parts])


def slopes(chain, x):
    """Return the slope of every unit but the inputs at x; it is 1 throughout a linear layer."""
    leaks = np.repeat(chain.leaks, chain.widths[1:])
    return np.where(preactivations(chain, x) > 0, 1.0, leaks)


def signal(chain, x):
    return layers(chain, x)[chain.depth]


def measured(chain, x):
    return layers(chain, x)[-1]


def jacobian(chain, x):
    """Return A diag(pattern_d) W_d ... diag(pattern_1) W_1 at x."""
    product = np.eye(x.size)
    ends = np.cumsum(chain.widths[1:])[:-1]
    for matrix, gains in zip(matrices(chain), np.split(slopes(chain, x), ends), strict=True):
        product = gains[:, None] * (matrix @ product)
    return product


def linear_maps(chain, slopes):
    """Return the maps of the chain with given slopes: to what units receive, and to the last layer.

    The first has a row for every unit but the inputs.
    """
    rows = []
    product = np.eye(chain.widths[0])
    for matrix, gains in zip(
        matrices(chain), np.split(slopes, np.cumsum(chain.widths[1:-1])), strict=True
    ):
        rows.append(matrix @ product)
        product = gains[:, None] * rows[-1]
    return np.concatenate(rows), product


def linear(chain):
    """Return A W_d ... W_1."""
    return reduce(lambda product, matrix: matrix @ product, matrices(chain))


def direction(chain, x, observation, symmetric):
    """Return the subgradient of the objective at x or, unless `symmetric`, PLUGIn's direction."""
    back = jacobian(chain, x) if symmetric else linear(chain)
    return back.T @ (measured(chain, x) - observation)


def objective(chain, x, observation):
    return 0.5 * np.sum((measured(chain, x) - observation) ** 2)


def random_chain(rng, widths, depth=None, slope=0.0, dtype=np.float32, last=1.0):
    """Return a chain with entries N(0, 2/n_i), so that signals neither vanish nor grow.

    A depth smaller than the number of layers leaves the last one linear, or with the slope `last`
    for negative inputs.
    """
    parts = [
        rng.standard_normal(a * b) * np.sqrt(2 / b)
        for a, b in zip(widths, widths[1:], strict=False)
    ]
    layers = len(widths) - 1
    depth = layers if depth is None else depth
    leaks = np.array([slope] * depth + [last] * (layers - depth))
    return Chain(np.concatenate(parts).astype(dtype), np.array(widths), leaks, depth)
