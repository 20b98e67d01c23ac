"""A randomised solver: descent in one coordinate after the other, in random order."""

from genphase import solver


@solver(fits=["inversion", "compressed_sensing"])
def random_coordinates(problem, start, *, damping: float = 1e-12):
    """Minimise along one random coordinate at a time, on the active linear piece."""
    x = start.copy()
    while True:
        residual = problem.observe(x) - problem.observation
        jacobian = problem.jacobian(x)
        for i in problem.rng.permutation(problem.k):
            column = jacobian[:, i]
            step = column @ residual / (column @ column + damping)
            x[i] -= step
            residual = residual - step * column
        yield x
