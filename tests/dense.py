"""Plain NumPy in float64, with full matrices: what the kernels are checked against."""

from functools import reduce

import numpy as np

from genphase.draws.chain import Chain
from genphase.kernels.forms import PLUGIN, SQUARES, WIGNER, WISHART, Form
from genphase.kernels.passes import SIGMOID, TANH

PLUGIN_FORM = Form(PLUGIN, 0.0)
SQUARES_FORM = Form(SQUARES, 0.0)
WIGNER_FORM = Form(WIGNER, 0.0)

# The forms of the direction that fit a chain, by what is behind its network.
FORMS = {
    "nothing": (PLUGIN_FORM, SQUARES_FORM),
    "measured": (PLUGIN_FORM, SQUARES_FORM),
    "phaseless": (SQUARES_FORM,),
    "wigner": (WIGNER_FORM,),
    "wishart": (Form(WISHART, 0.3),),
}
_LAST_LEAK = {"phaseless": -1.0, "sigmoid": SIGMOID, "tanh": TANH}


def matrices(chain):
    """Return W_1, ..., W_d and what is behind them, A, M or L, each as (outputs, inputs)."""
    ends = np.cumsum(chain.widths[:-1] * chain.widths[1:])[:-1]
    parts = np.split(chain.weights.astype(float), ends)
    return [
        part.reshape(a, b).T
        for part, a, b in zip(parts, chain.widths[:-1], chain.widths[1:], strict=True)
    ]


def activation(z, slope):
    if slope == SIGMOID:
        return 1 / (1 + np.exp(-z))
    return np.tanh(z) if slope == TANH else np.where(z > 0, z, slope * z)


def derivative(z, slope):
    if slope == SIGMOID:
        return np.exp(-z) / (1 + np.exp(-z)) ** 2
    return np.cosh(z) ** -2 if slope == TANH else np.where(z > 0, 1.0, slope)


def layers(chain, x):
    """Return the values of every layer, x first."""
    values = [x]
    for i, matrix in enumerate(matrices(chain)):
        z = matrix @ values[-1]
        values.append(activation(z, chain.leaks[i]))
    return values


def preactivations(chain, x):
    """Return what every unit but the inputs receives, layer by layer in one vector."""
    parts = zip(matrices(chain), layers(chain, x)[:-1], strict=True)
    return np.concatenate([matrix @ values for matrix, values in parts])


def units(chain, x):
    """Return the values of all units as kernels hold them: with a sign where it is measured off."""
    values = np.concatenate(layers(chain, x))
    if chain.leaks[-1] < 0:
        last = chain.widths[-1]
        values[-last:] = preactivations(chain, x)[-last:]
    return values


def slopes(chain, x):
    """Return the slope of every unit but the inputs at x; it is 1 throughout a linear layer."""
    received = np.split(preactivations(chain, x), np.cumsum(chain.widths[1:-1]))
    parts = zip(received, chain.leaks, strict=True)
    return np.concatenate([derivative(z, leak) for z, leak in parts])


def activated(chain):
    """Return the number of units with an activation."""
    return int(chain.widths[1:][chain.leaks != 1].sum())


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


def hidden(chain, form):
    """Return the matrix M that hides a spike."""
    last = matrices(chain)[-1]
    return last if form.kind == WIGNER else last.T @ last - form.variance * np.eye(last.shape[1])


def direction(chain, x, observation, form):
    """Return the subgradient of the objective at x or PLUGIn's direction."""
    if form.kind >= WIGNER:
        y = signal(chain, x)
        return jacobian(chain.network(), x).T @ ((np.outer(y, y) - hidden(chain, form)) @ y)
    back = linear(chain) if form.kind == PLUGIN else jacobian(chain, x)
    return back.T @ (measured(chain, x) - observation)


def objective(chain, x, observation, form=SQUARES_FORM):
    if form.kind >= WIGNER:
        y = signal(chain, x)
        return 0.25 * np.sum((np.outer(y, y) - hidden(chain, form)) ** 2)
    return 0.5 * np.sum((measured(chain, x) - observation) ** 2)


def random_chain(rng, widths, depth=None, slope=0.0, behind="measured", dtype=np.float32):
    """Return a chain with entries N(0, 2/n_i), so that signals neither vanish nor grow.

    A depth smaller than the number of layers leaves the last one to what is `behind` the network, a
    key of FORMS or a smooth activation; the matrix of "wigner" is made symmetric.
    """
    parts = [
        rng.standard_normal((a, b)) * np.sqrt(2 / b)
        for a, b in zip(widths, widths[1:], strict=False)
    ]
    depth = len(parts) if depth is None else depth
    if behind == "wigner":
        parts[-1] = (parts[-1] + parts[-1].T) / 2
    leaks = [slope] * depth + [_LAST_LEAK.get(behind, 1.0)] * (len(parts) - depth)
    weights = np.concatenate([part.ravel() for part in parts]).astype(dtype)
    return Chain(weights, np.array(widths), np.array(leaks, dtype=float), depth)


def random_observation(rng, chain, form):
    """Return a normal vector, or nothing where a matrix is observed."""
    return rng.standard_normal(0 if form.kind >= WIGNER else chain.widths[-1])
