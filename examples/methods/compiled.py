"""A solver that is compiled: gradient descent on G(x) = relu(W x), by numba."""

import numba
import numpy as np

from genphase import Result, solver


@numba.njit
def descend(matrix, observation, x, step, max_iter, tolerance):
    """Return the last iterate and the number of updates."""
    for iteration in range(max_iter):
        units = matrix @ x
        residual = np.maximum(units, 0.0) - observation
        direction = matrix.T @ np.where(units > 0, residual, 0.0)
        x = x - step * direction
        if step * np.linalg.norm(direction) < tolerance * np.linalg.norm(x):
            return x, iteration + 1, True
    return x, max_iter, False


@solver(fits=["inversion"])
def compiled_descent(problem, start, *, step: float, max_iter: int, tolerance: float = 1e-12):
    """Descend on a network of one layer."""
    (matrix,) = problem.weights
    matrix = np.ascontiguousarray(matrix, dtype=np.float64)
    x, iterations, converged = descend(
        matrix, problem.observation, start, step, max_iter, tolerance
    )
    return Result(x, iterations, "converged" if converged else "capped")
