"""What makes two cells the same: canonical JSON, hashes, the fingerprint of the numerics."""

import ast
import hashlib
import json
import os
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any, NamedTuple

from genphase.sweep.parameters import Parameters

PACKAGE = Path(__file__).parent

# The sources that decide what a trial's record holds. Everything else may change freely.
NUMERICS = (
    "kernels/*.py",
    "networks.py",
    "measurements.py",
    "signals.py",
    "spikes.py",
    "instances.py",
    "solvers.py",
    "trials.py",
)
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


def canonical(value: Any) -> str:
    """Return the one JSON text of a value: sorted keys, no spaces, floats that round-trip."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def digest(text: str, length: int = 20) -> str:
    """Return the first `length` hex digits of the SHA-256 of a text."""
    return hashlib.sha256(text.encode()).hexdigest()[:length]


def code_fingerprint(sources: Iterable[str], root: Path = PACKAGE) -> str:
    """Return a hash of Python sources that comments, docstrings and layout do not change.

    Parameters
    ----------
    sources : glob patterns relative to `root`.
    """
    files: dict[str, Path] = {}
    for pattern in sources:
        paths = sorted(root.glob(pattern))
        if not paths:
            raise FileNotFoundError(f"no source matches {root / pattern}")
        files |= {str(path.relative_to(root)): path for path in paths}
    return fingerprint(files)


def fingerprint(files: Mapping[str, Path]) -> str:
    """Return a hash of Python sources by their names; comments and docstrings do not change it."""
    parts = [f"{name}\n{read_source(path).code}" for name, path in files.items()]
    return digest("\n".join(parts), 12)


class Source(NamedTuple):
    """What is asked of a Python file.

    code : its statements, which comments, docstrings and layout do not change.
    imports : the modules that it imports and the names that it takes from them, with dots.
    """

    code: str
    imports: tuple[str, ...]


def read_source(path: Path) -> Source:
    """Read a Python file."""
    return _source(path.read_text(encoding="utf-8"))


@cache
def _source(text: str) -> Source:
    tree = ast.parse(text)
    imports: dict[str, None] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            imports |= {alias.name: None for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            module = "." * node.level + (node.module or "")
            imports |= {module: None} | {f"{module}.{alias.name}": None for alias in node.names}
        elif isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef) and ast.get_docstring(
            node, clean=False
        ):
            node.body = node.body[1:] or [ast.Pass()]
    return Source(ast.unparse(tree), tuple(imports))


@cache
def numerics_version() -> str:
    """Return the version of the numerics that enters every cell's id.

    It names the minor versions of the libraries that draw and compile, and a fingerprint of the
    sources in `NUMERICS`.
    """
    libraries = [f"{name}-{'.'.join(version(name).split('.')[:2])}" for name in _LIBRARIES]
    return "_".join([code_fingerprint(NUMERICS), *libraries, *_compilation()])


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
    """Return the id of a cell: a hash of all its parameters and of the numerics version."""
    content = {"parameters": parameters.model_dump(), "numerics": numerics_version()}
    return digest(canonical(content))
