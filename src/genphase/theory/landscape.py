r"""The landscape of the least-squares objective, as it is in expectation.

f(x) = ½‖G(x) - y*‖², y* = G(x*), for a ReLU network of d layers with weights N(0, v/n_i), in the
limit of wide layers. A random network's objective and gradient are close to these, uniformly in x,
under the weight distribution condition; measurements with the range restricted isometry condition
change neither. Hand and Voroninski, "Global guarantees for enforcing deep generative priors by
empirical risk" (2018, arXiv:1705.07576), here GG.

Points are rows: arrays (..., k); x* is (k,).
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from genphase.angles import Floats, angle_map, angles, rho, xi_zeta

__all__ = [
    "Stationary",
    "angle_map",
    "angles",
    "expected_gradient",
    "expected_objective",
    "near_stationarity",
    "near_stationary",
    "rho",
    "stationary_balls",
    "xi_zeta",
]

# Of weights N(0, v/n_i), what genphase's law `gaussian` has; `he` has 2.
VARIANCE = 1.0


class Stationary(NamedTuple):
    """The balls that hold every nearly stationary point, GG (32).

    near_truth : the radius of the ball around x*.
    near_negative : the radius of that around -ρ_d x*.
    holds : whether ε is as small as the statement needs it, 8πd⁶√ε ≤ 1.
    """

    near_truth: float
    near_negative: float
    holds: bool


def expected_objective(
    x: ArrayLike, truth: ArrayLike, depth: int, variance: float = VARIANCE
) -> Floats:
    r"""Return the objective in expectation.

    (v/2)^d/2 · (‖x‖² + ‖x*‖² - 2‖x‖‖x*‖ cos θ_d); at 0, which has no angle, the last term is 0.

    Parameters
    ----------
    x
        Points (..., k).
    truth
        x*, (k,).
    depth
        d.
    variance
        v, of weights N(0, v/n_i).
    """
    points, target = np.asarray(x, dtype=float), np.asarray(truth, dtype=float)
    norm, length = np.linalg.norm(points, axis=-1), np.linalg.norm(target)
    cosine = np.cos(angles(_angle(points, target), depth)[-1])
    scale = (variance / 2) ** depth / 2
    product = np.where(norm > 0, norm * length * cosine, 0)
    return np.asarray(scale * (norm**2 + length**2 - 2 * product))


def expected_gradient(
    x: ArrayLike, truth: ArrayLike, depth: int, variance: float = VARIANCE
) -> Floats:
    r"""Return the gradient in expectation, the field h_{x,x*} of GG (31).

    (v/2)^d · (x - ξ x* - ζ ‖x*‖ x/‖x‖). At 0, where it has no value, it is NaN.

    Parameters
    ----------
    x, truth, depth, variance
        See :func:`expected_objective`.

    Returns
    -------
    array (..., k)
    """
    points, target = np.asarray(x, dtype=float), np.asarray(truth, dtype=float)
    xi, zeta = xi_zeta(_angle(points, target), depth)
    norm = np.linalg.norm(points, axis=-1)
    with np.errstate(invalid="ignore", divide="ignore"):
        along = 1 - zeta * np.linalg.norm(target) / norm
        field = along[..., None] * points - xi[..., None] * target
    return np.asarray((variance / 2) ** depth * field)


def near_stationary(
    x: ArrayLike, truth: ArrayLike, depth: int, epsilon: float
) -> NDArray[np.bool_]:
    r"""Return whether points are in S_ε, where the expected gradient nearly vanishes.

    ‖h_{x,x*}‖ ≤ 2^{-d} ε max(‖x‖, ‖x*‖), x ≠ 0; GG, section 2.4. The variance of weights does not
    matter.

    Parameters
    ----------
    x, truth, depth
        See :func:`expected_objective`.
    epsilon
        ε, above 0.
    """
    with np.errstate(invalid="ignore"):
        return np.asarray(near_stationarity(x, truth, depth) <= epsilon)


def near_stationarity(x: ArrayLike, truth: ArrayLike, depth: int) -> Floats:
    r"""Return the least ε whose S_ε has a point: 2^d ‖h_{x,x*}‖/max(‖x‖, ‖x*‖); NaN at 0.

    Parameters
    ----------
    x, truth, depth
        See :func:`expected_objective`.
    """
    points, target = np.asarray(x, dtype=float), np.asarray(truth, dtype=float)
    field = np.linalg.norm(expected_gradient(points, target, depth, 2.0), axis=-1)
    size = np.maximum(np.linalg.norm(points, axis=-1), np.linalg.norm(target))
    return np.asarray(field / size)


def stationary_balls(depth: int, epsilon: float) -> Stationary:
    """Return the radii of the two balls that hold S_ε, in units of ‖x*‖, GG (32).

    The ε that the statement asks for is far below what any network of practice reaches: at d = 2
    it is 2.5e-5 or less.
    """
    root = np.sqrt(epsilon)
    return Stationary(
        near_truth=float(56 * depth * root),
        near_negative=float(500 * float(depth) ** 11 * root),
        holds=bool(8 * np.pi * depth**6 * root <= 1),
    )


def _angle(points: Floats, target: Floats) -> Floats:
    """Return the angles between points and x*, exact for small ones too; NaN at 0."""
    norm, length = np.linalg.norm(points, axis=-1, keepdims=True), np.linalg.norm(target)
    with np.errstate(invalid="ignore", divide="ignore"):
        u, v = points / norm, target / length
        apart, together = np.linalg.norm(u - v, axis=-1), np.linalg.norm(u + v, axis=-1)
    return np.asarray(2 * np.arctan2(apart, together))
