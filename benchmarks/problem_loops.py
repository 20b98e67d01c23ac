"""The algorithms of the other problems as a careful user of NumPy writes them.

As in ``loops.py``: float64 matrices made before the clock starts, buffers made once, every pass a
BLAS product into its buffer.
"""

from collections.abc import Sequence
from math import sqrt
from typing import Protocol

import numpy as np
from loops import DIVERGED, Answer, Floats

from genphase.draws.instance import Instance
from genphase.kernels.forms import WISHART
from genphase.parameters import Solver


class Problem(Protocol):
    """What a loop is given: an instance, its matrices, the start and the solver's settings."""

    instance: Instance
    start: Floats
    weights: list[Floats]
    second: list[Floats]
    solver: Solver


class Network:
    """A ReLU network with buffers for one pass."""

    def __init__(self, weights: Sequence[Floats]) -> None:
        self.weights = weights
        self.values = [np.empty(W.shape[0]) for W in weights]
        self.sent = [np.empty(W.shape[1]) for W in weights]

    def __call__(self, x: Floats) -> Floats:
        """Return G(x), which the next pass overwrites."""
        y = x
        for W, out in zip(self.weights, self.values, strict=True):
            y = np.dot(W, y, out=out)
            np.maximum(y, 0, out=y)
        return y

    def send_back(self, v: Floats) -> Floats:
        """Return the transposed Jacobian times v, which is modified."""
        for W, values, out in zip(
            reversed(self.weights), reversed(self.values), reversed(self.sent), strict=True
        ):
            v *= values > 0
            v = np.dot(v, W, out=out)
        return v


def numpy_phaseless(p: Problem) -> Answer:
    """Subgradient descent with the negation test for phase retrieval."""
    A, b, solver = p.weights[-1], p.instance.observation, p.solver
    here, opposite = Network(p.weights[:-1]), Network(p.weights[:-1])
    x = p.start.copy()
    z, w, v, u = (np.empty(b.size) for _ in range(4))
    back = np.empty(A.shape[1])
    for t in range(solver.max_iter):
        np.dot(A, here(x), out=z)
        np.abs(z, out=v)
        v -= b
        np.dot(A, opposite(-x), out=w)
        np.abs(w, out=u)
        u -= b
        if u @ u < v @ v:
            x = -x
            here, opposite = opposite, here
            z, w, v, u = w, z, u, v
        v *= np.sign(z)
        move = here.send_back(np.dot(v, A, out=back))
        if sqrt(move @ move) < solver.stop.gradient_norm:
            return Answer(x, True, t)
        move *= solver.options["step"]
        x -= move
        size = sqrt(x @ x)
        if not size < DIVERGED:
            return Answer(x, False, t + 1)
        if sqrt(move @ move) < solver.stop.relative_change * size:
            return Answer(x, True, t + 1)
    return Answer(x, False, solver.max_iter)


def numpy_spiked(p: Problem) -> Answer:
    """Gradient descent for a spiked matrix from x_0 and -x_0; the smaller objective is kept."""
    L, form, solver = p.weights[-1], p.instance.form, p.solver
    network = Network(p.weights[:-1])
    image, sent = np.empty(L.shape[0]), np.empty(L.shape[1])

    def times_matrix(y: Floats) -> Floats:
        if form.kind != WISHART:
            return np.dot(L, y, out=sent)
        np.dot(np.dot(L, y, out=image), L, out=sent)
        np.subtract(sent, form.variance * y, out=sent)
        return sent

    def run(x: Floats) -> Answer:
        for t in range(solver.max_iter):
            y = network(x)
            v = (y @ y) * y
            v -= times_matrix(y)
            move = network.send_back(v)
            if sqrt(move @ move) < solver.stop.gradient_norm:
                return Answer(x, True, t)
            move *= solver.options["step"]
            x = x - move
            if not sqrt(x @ x) < DIVERGED:
                return Answer(x, False, t + 1)
        return Answer(x, False, solver.max_iter)

    def value(x: Floats) -> float:
        y = network(x)
        return float((y @ y) ** 2 - 2 * y @ times_matrix(y))

    first, second = run(p.start), run(-p.start)
    return second if value(second.x) < value(first.x) else first


def numpy_alternating(p: Problem) -> Answer:
    """Alternating descent for blind demodulation; the pass of the stepped h is used again."""
    y, solver = p.instance.observation, p.solver
    k = p.start.size // 2
    ones, twos = ([Network(W) for _ in range(2)] for W in (p.weights, p.second))
    h, z = p.start[:k].copy(), p.start[k:].copy()
    r = np.empty(y.size)

    def misfit(a: Floats, b: Floats) -> Floats:
        np.multiply(a, b, out=r)
        np.subtract(r, y, out=r)
        return r

    def balance() -> float:
        c = sqrt(sqrt(z @ z) / sqrt(h @ h))
        np.multiply(h, c, out=h)
        np.divide(z, c, out=z)
        return c

    balance()
    ones[0](h)
    for t in range(solver.max_iter):
        ones[1](-h)
        twos[0](z)
        twos[1](-z)
        best, which = np.inf, (0, 0)
        for i in range(2):
            for j in range(2):
                d = misfit(ones[i].values[-1], twos[j].values[-1])
                if (d @ d) < best:
                    best, which = d @ d, (i, j)
        if which[0]:
            np.negative(h, out=h)
            ones.reverse()
        if which[1]:
            np.negative(z, out=z)
            twos.reverse()
        g, w = ones[0], twos[0]
        move = g.send_back(misfit(g.values[-1], w.values[-1]) * w.values[-1])
        squared = move @ move
        np.subtract(h, solver.options["step"] * move, out=h)
        g(h)
        move = w.send_back(misfit(g.values[-1], w.values[-1]) * g.values[-1])
        squared += move @ move
        np.subtract(z, solver.options["step"] * move, out=z)
        size = sqrt(h @ h + z @ z)
        if not size < DIVERGED:
            return Answer(np.concatenate([h, z]), False, t + 1)
        # Of the hidden layers only the signs are needed.
        g.values[-1] *= balance()
        if solver.options["step"] * sqrt(squared) < solver.stop.relative_change * size:
            return Answer(np.concatenate([h, z]), True, t + 1)
    return Answer(np.concatenate([h, z]), False, solver.max_iter)
