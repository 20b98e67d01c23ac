"""What makes two cells the same: canonical JSON, hashes, the fingerprint of the numerics."""

import ast
import hashlib
import json
from collections.abc import Iterable
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

from genphase.sweep.parameters import Parameters

_PACKAGE = Path(__file__).parent

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


def canonical(value: Any) -> str:
    """Return the one JSON text of a value: sorted keys, no spaces, floats that round-trip."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def digest(text: str, length: int = 20) -> str:
    """Return the first `length` hex digits of the SHA-256 of a text."""
    return hashlib.sha256(text.encode()).hexdigest()[:length]


def code_fingerprint(sources: Iterable[str], root: Path = _PACKAGE) -> str:
    """Return a hash of Python sources that comments, docstrings and layout do not change.

    Parameters
    ----------
    sources : glob patterns relative to `root`.
    """
    parts = []
    for pattern in sources:
        paths = sorted(root.glob(pattern))
        if not paths:
            raise FileNotFoundError(f"no source matches {root / pattern}")
        for path in paths:
            tree = ast.parse(path.read_text(encoding="utf-8"))
            parts.append(f"{path.relative_to(root)}\n{ast.unparse(_without_docstrings(tree))}")
    return digest("\n".join(parts), 12)


def _without_docstrings(tree: ast.Module) -> ast.Module:
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef) and ast.get_docstring(
            node, clean=False
        ):
            node.body = node.body[1:] or [ast.Pass()]
    return tree


@cache
def numerics_version() -> str:
    """Return the version of the numerics that enters every cell's id.

    It names the minor versions of the libraries that draw and compile, and a fingerprint of the
    sources in `NUMERICS`.
    """
    libraries = [f"{name}-{'.'.join(version(name).split('.')[:2])}" for name in _LIBRARIES]
    return "_".join([code_fingerprint(NUMERICS), *libraries])


def cell_id(parameters: Parameters) -> str:
    """Return the id of a cell: a hash of all its parameters and of the numerics version."""
    content = {"parameters": parameters.model_dump(), "numerics": numerics_version()}
    return digest(canonical(content))
