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
        values.append(activation(z, chain.slope) if i < chain.depth else z)
    return values


def signal(chain, x):
    return layers(chain, x)[chain.depth]


def measured(chain, x):
    return layers(chain, x)[-1]


def jacobian(chain, x):
    """Return A diag(pattern_d) W_d ... diag(pattern_1) W_1 at x."""
    product = np.eye(x.size)
    for i, (matrix, values) in enumerate(zip(matrices(chain), layers(chain, x)[1:], strict=True)):
        product = matrix @ product
        if i < chain.depth:
            product = np.where(values > 0, 1.0, chain.slope)[:, None] * product
    return product


def linear(chain):
    """Return A W_d ... W_1."""
    return reduce(lambda product, matrix: matrix @ product, matrices(chain))


def objective(chain, x, observation):
    return 0.5 * np.sum((measured(chain, x) - observation) ** 2)


def random_chain(rng, widths, depth=None, slope=0.0, dtype=np.float32):
    """Return a chain with entries N(0, 2/n_i), so that signals neither vanish nor grow.

    A depth smaller than the number of layers leaves the last one linear.
    """
    parts = [
        rng.standard_normal(a * b) * np.sqrt(2 / b)
        for a, b in zip(widths, widths[1:], strict=False)
    ]
    depth = len(widths) - 1 if depth is None else depth
    return Chain(np.concatenate(parts).astype(dtype), np.array(widths), depth, slope)
