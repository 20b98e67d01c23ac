r"""Angles of two points through the layers of a wide random ReLU network, and what follows.

Hand and Voroninski, "Global guarantees for enforcing deep generative priors by empirical risk"
(2018, arXiv:1705.07576), here GG.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]


def angle_map(angle: ArrayLike) -> Floats:
    r"""Return the angle between relu(W x) and relu(W y), given that between x and y.

    g(θ) = arccos(((π - θ) cos θ + sin θ)/π), GG (4).

    Parameters
    ----------
    angle
        θ, from 0 to π.
    """
    theta = np.asarray(angle, dtype=float)
    cosine = ((np.pi - theta) * np.cos(theta) + np.sin(theta)) / np.pi
    return np.asarray(np.arccos(np.clip(cosine, -1, 1)))


def angles(angle: ArrayLike, depth: int) -> Floats:
    """Return the angles θ_0, ..., θ_d of two points through the layers.

    Parameters
    ----------
    angle
        θ_0, between the points.
    depth
        d.

    Returns
    -------
    array (d + 1, ...)
    """
    found = [np.asarray(angle, dtype=float)]
    for _ in range(_checked(depth)):
        found.append(angle_map(found[-1]))
    return np.stack(found)


def xi_zeta(angle: ArrayLike, depth: int) -> tuple[Floats, Floats]:
    r"""Return ξ and ζ, by which the expected gradient weighs x* and x.

    ξ = ∏_{i<d} (π - θ_i)/π and ζ = Σ_{i<d} (sin θ_i/π) ∏_{i<j<d} (π - θ_j)/π; GG, before (33).
    They obey cos θ_d = ξ cos θ_0 + ζ.

    Parameters
    ----------
    angle
        θ_0, between x and x*.
    depth
        d.
    """
    through = angles(angle, depth)[:-1]
    xi, zeta = np.ones(through.shape[1:]), np.zeros(through.shape[1:])
    for theta in through:
        zeta = zeta * (np.pi - theta) / np.pi + np.sin(theta) / np.pi
        xi = xi * (np.pi - theta) / np.pi
    return xi, zeta


def rho(depth: int) -> float:
    """Return ρ_d: the other stationary point lies at -ρ_d x*; GG, before (32).

    It is 0 for one layer, where that point is 0 itself, and rises to 1 with the depth.
    """
    return float(xi_zeta(np.pi, depth)[1])


def _checked(depth: int) -> int:
    if depth < 1:
        raise ValueError(f"a network has 1 layer or more, not {depth}")
    return depth
