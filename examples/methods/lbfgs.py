"""A solver that keeps its own time: L-BFGS of SciPy."""

from scipy.optimize import minimize

from genphase import Result, solver


@solver(fits=["inversion", "compressed_sensing"])
def lbfgs(problem, start, *, max_iter: int, memory: int = 10):
    """Minimise the objective by L-BFGS, with SciPy's own stopping rules."""
    found = minimize(
        problem.objective,
        start,
        jac=problem.gradient,
        method="L-BFGS-B",
        options={"maxiter": max_iter, "maxcor": memory, "ftol": 0, "gtol": 1e-10},
    )
    # SciPy's status 1 is its cap.
    return Result(found.x, found.nit, "capped" if found.status == 1 else "converged")
