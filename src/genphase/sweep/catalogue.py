"""What exists, by name: problems, solvers and laws, and which solver fits which problem.

The names are those of sweep files, result files and figures. The functions behind them are bound
in :mod:`genphase.networks`, :mod:`genphase.measurements`, :mod:`genphase.signals` and
:mod:`genphase.solvers`.
"""

from typing import Literal, get_args

ProblemName = Literal["inversion", "compressed_sensing"]
SolverName = Literal["plugin", "subgradient", "gradient_descent"]
WeightLaw = Literal["gaussian", "he", "unit"]
MeasurementLaw = Literal["gaussian", "unit", "bernoulli", "identity"]
TargetLaw = Literal["sphere", "gaussian", "unit_signal"]
NoiseLaw = Literal["sphere", "gaussian"]

PROBLEMS: tuple[str, ...] = get_args(ProblemName)
SOLVERS: tuple[str, ...] = get_args(SolverName)

# Problems whose observation passes through a measurement matrix, so that `m` has a meaning.
MEASURED: tuple[str, ...] = ("compressed_sensing",)

FITS: dict[str, tuple[str, ...]] = {
    "plugin": ("inversion", "compressed_sensing"),
    "subgradient": ("inversion", "compressed_sensing"),
    "gradient_descent": ("inversion", "compressed_sensing"),
}


def solvers_for(problem: str) -> tuple[str, ...]:
    """Return the names of the solvers that fit a problem."""
    return tuple(name for name, problems in FITS.items() if problem in problems)
