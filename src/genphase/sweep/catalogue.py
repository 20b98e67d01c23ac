"""What exists, by name: problems, solvers and laws, and which solver fits which problem.

The names are those of sweep files, result files and figures. The functions behind them are bound
in :mod:`genphase.networks`, :mod:`genphase.measurements`, :mod:`genphase.signals` and
:mod:`genphase.solvers`.
"""

from typing import Literal, get_args

ProblemName = Literal[
    "inversion",
    "compressed_sensing",
    "phase_retrieval",
    "spiked_wigner",
    "spiked_wishart",
    "blind_demodulation",
]
SolverName = Literal[
    "plugin", "subgradient", "gradient_descent", "levenberg_marquardt", "alternating"
]
WeightLaw = Literal["gaussian", "he", "unit", "truncated"]
MeasurementLaw = Literal["gaussian", "unit", "bernoulli", "identity"]
TargetLaw = Literal["sphere", "gaussian", "unit_signal"]
NoiseLaw = Literal["sphere", "gaussian", "relative", "matrix"]

PROBLEMS: tuple[str, ...] = get_args(ProblemName)
SOLVERS: tuple[str, ...] = get_args(SolverName)

# Problems whose observation passes through a measurement matrix, of m rows.
MEASURED: tuple[str, ...] = ("compressed_sensing", "phase_retrieval")
# Problems whose observation is a matrix: a spike y* and noise in every entry.
SPIKED: tuple[str, ...] = ("spiked_wigner", "spiked_wishart")
# Problems in which `m` has a meaning: rows of A, or the number of samples of a Wishart matrix.
WITH_M: tuple[str, ...] = (*MEASURED, "spiked_wishart")

_BY_GRADIENT = ("inversion", *MEASURED, *SPIKED)
FITS: dict[str, tuple[str, ...]] = {
    "plugin": ("inversion", "compressed_sensing"),
    "subgradient": _BY_GRADIENT,
    "gradient_descent": _BY_GRADIENT,
    "levenberg_marquardt": ("inversion", *MEASURED),
    "alternating": ("blind_demodulation",),
}

# Solvers without a step size, which find the length of a step themselves, and those that can be
# run again from other starts.
STEPLESS: tuple[str, ...] = ("levenberg_marquardt",)
RESTARTING: tuple[str, ...] = ("levenberg_marquardt",)


def solvers_for(problem: str) -> tuple[str, ...]:
    """Return the names of the solvers that fit a problem."""
    return tuple(name for name, problems in FITS.items() if problem in problems)
