"""What makes two cells the same: their parameters, and the numerics that they are computed with."""

import os
from functools import cache
from importlib.metadata import version
from pathlib import Path

from genphase.canonical import canonical, digest
from genphase.parameters import MATRIX, Parameters
from genphase.sources import PACKAGE, closure, code_fingerprint, fingerprint, source_of
from genphase.things import MEASUREMENTS, NOISES, PROBLEMS, SOLVERS, STARTS, TARGETS, WEIGHTS

# What runs every trial.
_TRIAL = "genphase.cells.trial"

# Their random streams and compiled code are theirs to change between minor versions.
_LIBRARIES = ("numpy", "numba")
# Settings of numba's that change how it compiles, and with it the last digits of results; and the
# file in the working folder that can hold them, too.
_NUMBA_FILE = Path(".numba_config.yaml")
_SETTINGS = (
    "NUMBA_CPU_NAME",
    "NUMBA_CPU_FEATURES",
    "NUMBA_OPT",
    "NUMBA_LOOP_VECTORIZE",
    "NUMBA_SLP_VECTORIZE",
    "NUMBA_ENABLE_AVX",
    "NUMBA_DISABLE_INTEL_SVML",
    "NUMBA_BOUNDSCHECK",
)


def numerics_of(parameters: Parameters) -> str:
    """Return the version of the numerics of a cell, which enters its id.

    It names a fingerprint of all sources that the cell runs, and the minor versions of the
    libraries that draw and compile. The sources are the import closures of its trials, its problem,
    its solver and its laws: an edit of one solver makes only that solver's cells new.
    """
    return numerics(
        parameters.problem,
        parameters.solver.name,
        parameters.network.weights,
        parameters.measurements,
        parameters.target,
        parameters.noise.law,
    )


@cache
def numerics(
    problem: str, solver: str, weights: str, measurements: str, target: str, noise: str
) -> str:
    """Return the version of the numerics of cells that name these things."""
    modules = modules_of(problem, solver, weights, measurements, target, noise)
    return "_".join([code_of(modules), *libraries()])


def modules_of(
    problem: str, solver: str, weights: str, measurements: str, target: str, noise: str
) -> tuple[str, ...]:
    """Return the modules whose import closures cells run that name these things."""
    things = [
        PROBLEMS[problem],
        SOLVERS[solver],
        WEIGHTS[weights],
        TARGETS[target],
        STARTS["gaussian"],
        *([MEASUREMENTS[measurements]] if measurements != "identity" else []),
        *([NOISES[noise]] if noise != MATRIX else []),
    ]
    return (_TRIAL, *sorted({thing.module for thing in things}))


@cache
def code_of(modules: tuple[str, ...], package: Path = PACKAGE) -> str:
    """Return a fingerprint of modules and of all that they import."""
    starts = [source_of(module, package) for module in modules]
    return fingerprint(dict(sorted(closure(*starts, package=package).items())))


@cache
def kernels_version() -> str:
    """Return the version of the compiled kernels."""
    return "_".join([code_fingerprint(["kernels/*.py"]), *libraries()])


@cache
def libraries() -> tuple[str, ...]:
    """Return the libraries that draw and compile, with their minor versions and settings."""
    named = [f"{name}-{'.'.join(version(name).split('.')[:2])}" for name in _LIBRARIES]
    return (*named, *_compilation())


def _compilation() -> list[str]:
    """Return what the environment says of how kernels are compiled: their last digits follow it."""
    found = []
    if os.environ.get("NUMBA_DISABLE_JIT", "0") not in ("", "0"):
        found.append("uncompiled")
    if _NUMBA_FILE.is_file():
        found.append(f"config-{digest(_NUMBA_FILE.read_text(encoding='utf-8'), 8)}")
    return found + [
        f"{name.removeprefix('NUMBA_').lower()}-{digest(value, 8)}"
        for name in _SETTINGS
        if (value := os.environ.get(name))
    ]


def cell_id(parameters: Parameters) -> str:
    """Return the id of a cell: a hash of all its parameters and of its numerics."""
    content = {"parameters": parameters.model_dump(), "numerics": numerics_of(parameters)}
    return digest(canonical(content))
