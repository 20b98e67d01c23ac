"""A solver that yields its iterates: subgradient descent with momentum."""

import numpy as np

from genphase import solver


@solver(fits=["inversion", "compressed_sensing", "phase_retrieval"])
def heavy_ball(problem, start, *, step: float, momentum: float = 0.9):
    """Subgradient descent with momentum (Polyak's heavy ball)."""
    x, velocity = start.copy(), np.zeros_like(start)
    while True:
        velocity = momentum * velocity - step * problem.gradient(x)
        x = x + velocity
        yield x
