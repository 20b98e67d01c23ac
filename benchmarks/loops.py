"""The algorithms as a careful user of NumPy writes them, independent of the kernels.

Weights are float64 matrices (outputs, inputs), made before the clock starts; buffers are made once,
and every pass is a BLAS product into its buffer. A loop has the stopping rule that its sweep has:
relative change for PLUGIn, gradient norm for subgradient descent.
"""

from collections.abc import Sequence
from math import sqrt
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from genphase.draws.chain import Chain
from genphase.parameters import Solver

Floats = NDArray[np.float64]

# An iterate of this norm does not come back; the kernels stop there too.
DIVERGED = 1e30


class Answer(NamedTuple):
    """What a loop returns: the last iterate, whether its stopping rule was met, the updates."""

    x: Floats
    converged: bool
    iterations: int


def matrices(chain: Chain) -> list[Floats]:
    """Return W_1, ..., W_d and, where there is one, A, in float64 and row-major."""
    ends = np.cumsum(chain.widths[:-1] * chain.widths[1:])[:-1]
    parts = np.split(chain.weights.astype(float), ends)
    shapes = zip(chain.widths[:-1], chain.widths[1:], strict=True)
    return [
        np.ascontiguousarray(part.reshape(a, b).T)
        for part, (a, b) in zip(parts, shapes, strict=True)
    ]


def numpy_plugin(
    weights: Sequence[Floats], depth: int, b: Floats, x: Floats, solver: Solver
) -> Answer:
    """PLUGIn; the product of all matrices is formed once, from its thin end."""
    product = weights[0]
    for matrix in weights[1:]:
        product = matrix @ product
    back = np.ascontiguousarray(product.T)
    layers = [(W, np.empty(W.shape[0]), i < depth) for i, W in enumerate(weights)]
    x, move = x.copy(), np.empty_like(x)
    for t in range(solver.max_iter):
        y = x
        for W, out, activated in layers:
            y = np.dot(W, y, out=out)
            if activated:
                np.maximum(y, 0, out=y)
        y -= b
        np.dot(back, y, out=move)
        move *= solver.options["step"]
        x -= move
        size = sqrt(x @ x)
        if not size < DIVERGED:
            return Answer(x, False, t + 1)
        if sqrt(move @ move) < solver.stop.relative_change * size:
            return Answer(x, True, t + 1)
    return Answer(x, False, solver.max_iter)


def numpy_subgradient(
    weights: Sequence[Floats], depth: int, b: Floats, x: Floats, solver: Solver
) -> Answer:
    """Subgradient descent with the negation test, its two forward passes one after the other.

    The pass that the test chooses is kept for the subgradient.
    """
    x, mirrored = x.copy(), np.empty_like(x)
    here = [np.empty(W.shape[0]) for W in weights]
    opposite = [np.empty(W.shape[0]) for W in weights]
    sent = [np.empty(W.shape[1]) for W in weights]

    def residual(x: Floats, values: list[Floats]) -> Floats:
        """Fill `values` with the layers at x; the last becomes A G(x) - b and is returned."""
        y = x
        for i, (W, out) in enumerate(zip(weights, values, strict=True)):
            y = np.dot(W, y, out=out)
            if i < depth:
                np.maximum(y, 0, out=y)
        y -= b
        return y

    for t in range(solver.max_iter):
        v = residual(x, here)
        np.negative(x, out=mirrored)
        w = residual(mirrored, opposite)
        if w @ w < v @ v:
            x, mirrored = mirrored, x
            here, opposite = opposite, here
            v = w
        for i in range(len(weights) - 1, -1, -1):
            if i < depth:
                v *= here[i] > 0
            v = np.dot(v, weights[i], out=sent[i])
        if sqrt(v @ v) < solver.stop.gradient_norm:
            return Answer(x, True, t)
        v *= solver.options["step"]
        x -= v
        if not sqrt(x @ x) < DIVERGED:
            return Answer(x, False, t + 1)
    return Answer(x, False, solver.max_iter)


def numpy_levenberg_marquardt(
    weights: Sequence[Floats], depth: int, b: Floats, x: Floats, solver: Solver
) -> Answer:
    """Levenberg-Marquardt from one start, with LAPACK for its systems.

    The Jacobian goes by one BLAS product a layer, in which inactive units are rows of zeros: to
    leave them out takes copies of the weights.
    """
    x = x.copy()
    here, there = ([np.empty(W.shape[0]) for W in weights] for _ in range(2))
    maps = [np.empty((W.shape[0], x.size)) for W in weights]
    damping = 1e-3

    def residual(x: Floats, values: list[Floats]) -> Floats:
        y = x
        for i, (W, out) in enumerate(zip(weights, values, strict=True)):
            y = np.dot(W, y, out=out)
            if i < depth:
                np.maximum(y, 0, out=y)
        return y - b

    r = residual(x, here)
    for t in range(solver.max_iter):
        w = residual(-x, there)
        if w @ w < r @ r:
            x, r, here, there = -x, w, there, here
        J: Floats = np.eye(x.size)
        for i, (W, out) in enumerate(zip(weights, maps, strict=True)):
            J = np.dot(W, J, out=out) if i else W.copy()
            if i < depth:
                J *= (here[i] > 0)[:, None]
        H, g = J.T @ J, J.T @ r
        if sqrt(g @ g) < solver.stop.gradient_norm:
            return Answer(x, True, t)
        scale, growth = H.diagonal().max(), 2.0
        while True:
            step = np.linalg.solve(H + damping * scale * np.eye(x.size), -g)
            w = residual(x + step, there)
            if w @ w < r @ r:
                break
            damping *= growth
            growth *= 2
            if not damping <= 1e16:
                return Answer(x, True, t)
        gain = (r @ r - w @ w) / (damping * scale * (step @ step) - step @ g)
        damping = max(damping * max(1 / 3, 1 - (2 * gain - 1) ** 3), 1e-15)
        x, r, here, there = x + step, w, there, here
        if sqrt(step @ step) < solver.stop.relative_change * sqrt(x @ x):
            return Answer(x, True, t + 1)
    return Answer(x, False, solver.max_iter)


def numpy_paired_subgradient(
    weights: Sequence[Floats], depth: int, b: Floats, x: Floats, solver: Solver
) -> Answer:
    """The same with the forward passes of x and -x as two columns of one product.

    The weights are then read twice an iteration instead of three times.
    """
    both = np.empty((x.size, 2))
    values = [np.empty((W.shape[0], 2)) for W in weights]
    sent = [np.empty(W.shape[1]) for W in weights]
    observed = b[:, None]
    for t in range(solver.max_iter):
        both[:, 0] = x
        np.negative(x, out=both[:, 1])
        y = both
        for i, (W, out) in enumerate(zip(weights, values, strict=True)):
            y = np.dot(W, y, out=out)
            if i < depth:
                np.maximum(y, 0, out=y)
        y -= observed
        here, opposite = np.einsum("ij,ij->j", y, y)
        side = int(opposite < here)
        x = both[:, side]
        v = y[:, side].copy()
        for i in range(len(weights) - 1, -1, -1):
            if i < depth:
                v *= values[i][:, side] > 0
            v = np.dot(v, weights[i], out=sent[i])
        if sqrt(v @ v) < solver.stop.gradient_norm:
            return Answer(x, True, t)
        v *= solver.options["step"]
        x = x - v
        if not sqrt(x @ x) < DIVERGED:
            return Answer(x, False, t + 1)
    return Answer(x, False, solver.max_iter)
