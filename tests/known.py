"""What genphase has, by name, for tests that are about all of it."""

from genphase.things import PROBLEMS as _PROBLEMS
from genphase.things import SOLVERS as _SOLVERS

PROBLEMS, SOLVERS = _PROBLEMS.names, _SOLVERS.names
SPIKED = tuple(problem.name for problem in _PROBLEMS if problem.matrix_noise)
MEASURED = tuple(problem.name for problem in _PROBLEMS if problem.measured)
WITH_M = tuple(problem.name for problem in _PROBLEMS if problem.m_counts)
STEPLESS = tuple(s.name for s in _SOLVERS if "step" not in s.options.model_fields)
FITS = {solver.name: tuple(p.name for p in _PROBLEMS if not solver.lacks(p)) for solver in _SOLVERS}


def solvers_for(problem: str) -> tuple[str, ...]:
    """Return the names of the solvers that fit a problem."""
    return tuple(name for name, problems in FITS.items() if problem in problems)
