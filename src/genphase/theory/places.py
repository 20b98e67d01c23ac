"""Places in the plane of a landscape: where its objective is stationary in expectation."""

import numpy as np
from contourpy import contour_generator

from genphase.theory.landscape import near_stationarity, rho
from genphase.theory.sizes import Floats

# Points of a mesh along each axis of a landscape.
_MESH = 401
# x* in the coordinates of the plane: along it, and across it.
_TRUTH = np.array([1.0, 0.0])


def stationary(depth: int) -> Floats:
    """Return x*, 0 and -ρ_d x*, (3, 2), along x* and across it in units of ‖x*‖."""
    return np.array([_TRUTH, [0.0, 0.0], [-rho(depth), 0.0]])


def near_stationary_lines(
    depth: int, epsilon: float, reach: tuple[tuple[float, float], tuple[float, float]]
) -> list[Floats]:
    """Return the boundary of S_ε on a plane through x*, lines of (points, 2).

    Parameters
    ----------
    depth
        d.
    epsilon
        ε; see :func:`genphase.theory.landscape.near_stationary`.
    reach
        The ends of the map, (low, high) along x* and across it.
    """
    along, across = (np.linspace(*ends, _MESH) for ends in reach)
    points = np.stack(np.meshgrid(along, across), axis=-1)
    heights = np.ma.masked_invalid(near_stationarity(points, _TRUTH, depth) - epsilon)
    return [np.asarray(line) for line in contour_generator(along, across, heights).lines(0.0)]
