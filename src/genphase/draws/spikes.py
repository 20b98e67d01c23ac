"""Matrices that hide a spike y*, drawn into the last layer of a chain, in single precision.

Source: Cocola, Hand, Voroninski, "Nonasymptotic guarantees for spiked matrix recovery with
generative priors".
"""

import math
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from genphase.draws.chain import draw_chain
from genphase.draws.gaussian import Float32s, Vector, draw_gaussian
from genphase.draws.instance import Gradient, Instance, draw_truth
from genphase.draws.streams import NOISE, stream
from genphase.kernels.forms import WIGNER, WISHART, Form
from genphase.kernels.regions import multiply
from genphase.kernels.spiked import spiked_gradient
from genphase.parameters import Parameters


@dataclass(frozen=True)
class Spike(Instance):
    """One random draw: f(x) = ¼‖G(x)G(x)ᵀ - M‖², M being the last layer of the chain.

    observation : empty.
    constant : ¼‖M‖².
    """

    constant: float = field(kw_only=True)

    def observed_at(self, latent: Vector) -> Vector:
        """Return nothing: what is observed is a matrix."""
        return np.empty(0)

    def without_truth(self) -> Gradient:
        """Return f and its gradient as a function of x."""
        chain, form, constant = self.chain, self.form, self.constant

        def gradient(latent: Vector) -> tuple[float, Vector]:
            units = chain.units_at(latent)
            backward = np.empty_like(units)
            value = spiked_gradient(*chain[:3], form, units, backward)
            return float(value / 4 + constant), backward[: latent.size].copy()

        return gradient


Hide = Callable[[np.random.Generator, float, Vector, Float32s], tuple[Form, float]]


def hide_spike(parameters: Parameters, trial: int, hide: Hide) -> Spike:
    """Draw a network, a target, and by `hide` the matrix that hides the signal."""
    chain = draw_chain(parameters, trial)
    target, signal, _ = draw_truth(parameters, trial, chain.network())
    n, m = chain.widths[-2:]
    matrix = chain.weights[-n * m :].reshape(n, m)
    form, squared = hide(
        stream(parameters, trial, NOISE), float(parameters.noise.level or 0), signal, matrix
    )
    return Spike(chain, target, signal, np.empty(0), form, constant=squared / 4)


def draw_wigner(
    rng: np.random.Generator, level: float, signal: Vector, out: Float32s
) -> tuple[Form, float]:
    """Fill `out`, (n, n), with M = y* y*ᵀ + ν H, H of the Gaussian orthogonal ensemble.

    H is symmetric with entries N(0, 1/n), on the diagonal N(0, 2/n).

    Parameters
    ----------
    rng
        The generator of the noise.
    level
        ν.
    signal
        y*, (n,).
    out : (n, n)
        Filled with M.

    Returns
    -------
    form, ‖M‖²
    """
    draw_gaussian(rng, level / math.sqrt(2 * signal.size), out.reshape(-1))
    out += out.T.copy()
    out += np.outer(signal, signal)
    return Form(WIGNER, 0.0), _squared(out)


def draw_wishart(
    rng: np.random.Generator, level: float, signal: Vector, out: Float32s
) -> tuple[Form, float]:
    """Fill `out`, (n, N), with Yᵀ/√N, where Y = u y*ᵀ + σ Z has N samples as rows.

    u ~ N(0, I), and Z has entries N(0, 1).

    Parameters
    ----------
    rng
        The generator of the noise.
    level
        σ.
    signal
        y*, (n,).
    out : (n, N)
        Filled with Yᵀ/√N.

    Returns
    -------
    form, ‖M‖² with M = YᵀY/N - σ² I
    """
    n, samples = out.shape
    draw_gaussian(rng, level / math.sqrt(samples), out.reshape(-1))
    out += np.outer(signal, rng.standard_normal(samples) / math.sqrt(samples))
    # ‖YᵀY‖ = ‖YYᵀ‖: the smaller product will do. By our own kernel: a library's digits can depend
    # on its number of threads.
    rows = out if samples <= n else np.ascontiguousarray(out.T)
    inputs, outputs = rows.shape
    product = np.empty((outputs + 1, outputs))
    multiply(rows, np.ones(inputs), np.ascontiguousarray(rows.T, dtype=float), product)
    squared = _squared(product[:-1]) - 2 * level**2 * _squared(out) + n * level**4
    return Form(WISHART, level**2), squared


def _squared(matrix: np.ndarray) -> float:
    return float(np.einsum("ij,ij->", matrix, matrix, dtype=float))
