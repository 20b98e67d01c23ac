r"""What conditions on networks compare: regions, their linear maps, and expected overlaps.

A ReLU layer W acts at r as W_{+,r} = diag(W r > 0) W. The weight distribution condition (WDC) of
Hand and Voroninski (2018, arXiv:1705.07576, definition 2) compares W_{+,r}ᵀ W_{+,s} with its
expectation Q_{r,s} for rows N(0, I/n).
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


class Overlap(NamedTuple):
    """The symmetric matrix Q = scale I + basis core basisᵀ.

    scale : a number.
    basis : (p, 2) orthonormal columns; the second one is 0 where r and s are parallel.
    core : (2, 2).
    """

    scale: float
    basis: Floats
    core: Floats

    def times(self, vectors: Floats) -> Floats:
        """Return Q v for columns v, (p, ...)."""
        found: Floats = self.scale * vectors + self.basis @ (self.core @ (self.basis.T @ vectors))
        return found

    def dense(self) -> Floats:
        """Return Q, (p, p)."""
        return self.times(np.eye(len(self.basis)))


def expected_overlap(r: Floats, s: Floats) -> Overlap:
    r"""Return Q_{r,s}, the expectation of W_{+,r}ᵀ W_{+,s}, of rows N(0, I/n).

    Q = (π - θ)/(2π) I + (sin θ)/(2π) M, where M maps r̂ to ŝ, ŝ to r̂ and what is orthogonal to
    both to 0; Hand and Voroninski (2018), definition 2.

    Parameters
    ----------
    r, s : (p,)
        Not 0.
    """
    first, second = r / np.linalg.norm(r), s / np.linalg.norm(s)
    cosine = float(np.clip(first @ second, -1, 1))
    across = second - cosine * first
    sine = float(np.linalg.norm(across))
    theta = np.arctan2(sine, cosine)
    across = across / sine if sine > 0 else np.zeros_like(across)
    mirror = np.array([[cosine, sine], [sine, -cosine]])
    return Overlap(
        (np.pi - theta) / (2 * np.pi),
        np.column_stack([first, across]),
        np.sin(theta) / (2 * np.pi) * mirror,
    )


def linear_maps(weights: Sequence[Floats], x: Floats) -> list[Floats]:
    """Return Λ_0 = I, Λ_1, ..., Λ_d at x: the ReLU layers up to i are z -> Λ_i z near x.

    Parameters
    ----------
    weights
        W_1, ..., W_d.
    x : (k,)
        A point.

    Returns
    -------
    list of (n_i, k) arrays
    """
    found = [np.eye(len(x))]
    for matrix in weights:
        through = matrix @ found[-1]
        found.append(np.where((through @ x > 0)[:, None], through, 0))
    return found


def layers_at(weights: Sequence[Floats], x: Floats) -> list[Floats]:
    """Return the outputs of the ReLU layers, x_0 = x, x_1, ..., x_d, of x or of rows (..., k)."""
    found = [np.asarray(x, dtype=float)]
    for matrix in weights:
        found.append(np.maximum(found[-1] @ matrix.T, 0))
    return found


def orthonormal(matrix: Floats) -> Floats:
    """Return an orthonormal basis of the range of a matrix, in columns; possibly none."""
    left, singular, _ = np.linalg.svd(matrix, full_matrices=False)
    return np.ascontiguousarray(left[:, singular > 1e-10 * max(singular[0], 1e-300)])


def circle_maps(weights: Sequence[Floats]) -> list[Floats]:
    """Return the linear maps of all pieces of a ReLU network on the plane, (n_d, 2) each."""
    kinks = circle_pieces(weights)
    begins = kinks if len(kinks) else np.array([0.0])
    middles = (begins + np.append(begins[1:], begins[0] + 2 * np.pi)) / 2
    return [linear_maps(weights, np.array([np.cos(t), np.sin(t)]))[-1] for t in middles]


def circle_pieces(weights: Sequence[Floats]) -> Floats:
    """Return where the ReLU layers of a network on the plane have their kinks.

    These are angles in [0, 2π), sorted; between neighbours the network is linear. Inputs of a layer
    that is 0 everywhere between two of them give none.

    Parameters
    ----------
    weights
        W_1, ..., W_d, of which W_1 has 2 columns.
    """
    ends = np.array([0.0])
    arcs = [(0.0, 2 * np.pi, np.eye(2))]
    for matrix in weights:
        split: list[tuple[float, float, Floats]] = []
        for low, high, linear in arcs:
            rows = matrix @ linear
            alive = np.any(rows != 0, axis=1)
            # a cos t + b sin t is 0 at these angles.
            at = np.arctan2(-rows[alive, 0], rows[alive, 1])
            kinks = np.concatenate([at, at + np.pi]) % (2 * np.pi)
            inside = np.unique(kinks[(kinks > low) & (kinks < high)])
            for begin, end in zip([low, *inside], [*inside, high], strict=True):
                middle = (begin + end) / 2
                x = np.array([np.cos(middle), np.sin(middle)])
                split.append((begin, end, np.where((rows @ x > 0)[:, None], rows, 0)))
        arcs = split
        ends = np.array([begin for begin, _, _ in arcs])
    # 0 is where the circle was cut; it is a kink only by chance.
    return ends[1:]
