"""How a run of a solver ended: the codes that kernels return, their names and their meaning."""

RUNNING = -1
CONVERGED = 0
CAPPED = 1
DIVERGED = 2

NAMES = ("converged", "capped", "diverged")

MEANING = {
    "converged": "a stopping rule was met",
    "capped": "the iteration cap was met before a stopping rule",
    "diverged": "the iterate or the objective became infinite, or longer than 1e30",
}

# An iterate of this norm does not come back; stopping here keeps its square finite.
DIVERGENCE_NORM = 1e30
