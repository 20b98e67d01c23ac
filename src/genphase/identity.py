"""What makes two cells the same: their parameters, and the numerics that they are computed with."""

import os
from collections.abc import Iterable
from functools import cache
from importlib.metadata import packages_distributions, version
from pathlib import Path
from typing import Any

from genphase.canonical import canonical, digest
from genphase.parameters import Parameters
from genphase.sources import PACKAGE, closure, code_fingerprint, fingerprint, read_source, source_of

# What runs every trial, and what every one that only measures.
_TRIAL, _MEASURED = "genphase.cells.trial", "genphase.cells.quantity"

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
    return _numerics_of(parameters.named)


@cache
def _numerics_of(named: tuple[tuple[Any, str, str], ...]) -> str:
    return numerics(kind.find(name, use) for kind, name, use in named)


def numerics(things: Iterable[Any]) -> str:
    """Return the version of the numerics of cells that run these things."""
    run = list(things)
    sources = tuple(sorted({path for thing in run for path in thing.run_by}))
    measured = any(thing.kind == "quantity" for thing in run)
    return "_".join([code_of(sources, trial=_MEASURED if measured else _TRIAL), *libraries()])


def facts_of(things: Iterable[Any]) -> str:
    """Return a fingerprint of what things say of themselves, not of what they run."""
    sources = {source for thing in things for source in thing.said_in}
    return fingerprint({source.name: source for source in sorted(sources)})


@cache
def code_of(sources: tuple[Path, ...], package: Path = PACKAGE, trial: str = _TRIAL) -> str:
    """Return a fingerprint of what runs a trial, of sources, and of all that they import."""
    found = closure(source_of(trial, package), *sources, package=package)
    return "_".join([fingerprint(dict(sorted(found.items()))), *_further(found.values(), package)])


@cache
def source_version(source: Path) -> str:
    """Return a fingerprint of a source and of all that it imports."""
    found = closure(source)
    return "_".join([fingerprint(dict(sorted(found.items()))), *_further(found.values(), PACKAGE)])


def _further(sources: Iterable[Path], package: Path) -> list[str]:
    """Return the libraries that sources of a user's import, with their minor versions."""
    names = {
        name.partition(".")[0]
        for source in sources
        if not source.is_relative_to(package)
        for name in read_source(source).imports
    }
    known = packages_distributions() if names else {}
    found = {known[name][0] for name in names if name in known} - {"genphase", *_LIBRARIES}
    return [f"{name}-{_minor(name)}" for name in sorted(found)]


def _minor(name: str) -> str:
    return ".".join(version(name).split(".")[:2])


@cache
def kernels_version() -> str:
    """Return the version of the compiled kernels."""
    return "_".join([code_fingerprint(["kernels/*.py"]), *libraries()])


@cache
def libraries() -> tuple[str, ...]:
    """Return the libraries that draw and compile, with their minor versions and settings."""
    named = [f"{name}-{_minor(name)}" for name in _LIBRARIES]
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
    content = {"parameters": parameters.content, "numerics": numerics_of(parameters)}
    return digest(canonical(content))
