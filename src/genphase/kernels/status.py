"""How a run of a solver ended: the codes that kernels return, their names and their meaning."""

RUNNING = -1
CONVERGED = 0
CAPPED = 1
DIVERGED = 2
FELL_BACK = 3

NAMES = ("converged", "capped", "diverged", "fell back")

MEANING = {
    "converged": "a stopping rule was met",
    "capped": "the iteration cap was met before a stopping rule",
    "diverged": "the iterate or the objective became infinite, or longer than 1e30",
    "fell back": "the solver found nothing its own way, and the result is that of what it falls "
    "back on",
}

# An iterate of this norm does not come back; stopping here keeps its square finite.
DIVERGENCE_NORM = 1e30
