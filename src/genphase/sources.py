"""Fingerprints of Python sources, and which sources a script or module consists of.

The import closure of a script is all code of genphase that can decide what it makes. Imports are
read from the source, also those inside functions; nothing is imported. What a script runs in
another process, without importing it, is not seen.
"""

import ast
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from genphase.canonical import digest

PACKAGE = Path(__file__).parent


def code_fingerprint(sources: Iterable[str], root: Path = PACKAGE) -> str:
    """Return a hash of Python sources that comments, docstrings and layout do not change.

    Parameters
    ----------
    sources
        Glob patterns relative to `root`.
    root
        The folder.
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
            stem = module if module.endswith(".") else f"{module}."
            imports |= {module: None} | {f"{stem}{alias.name}": None for alias in node.names}
        elif isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef) and ast.get_docstring(
            node, clean=False
        ):
            node.body = node.body[1:] or [ast.Pass()]
    return Source(_written(tree), tuple(imports))


def _written(node: Any) -> str:
    """Return a syntax tree as text that is the same in all versions of Python.

    What a version has added to a kind of node is empty in code that does without it.
    """
    if isinstance(node, list):
        return f"[{','.join(map(_written, node))}]"
    if not isinstance(node, ast.AST):
        return ascii(node)
    if isinstance(node, ast.JoinedStr):
        # Some versions have empty texts between the parts of an f-string.
        node.values = [part for part in node.values if getattr(part, "value", None) != ""]
    fields = [
        f"{name}={_written(value)}"
        for name, value in ast.iter_fields(node)
        if isinstance(node, ast.Constant) or not (value is None or value == [])
    ]
    return f"{type(node).__name__}({','.join(fields)})"


def closure(*starts: Path, package: Path = PACKAGE) -> dict[str, Path]:
    """Return Python files and the modules of a package that they import, or that those do.

    Parameters
    ----------
    starts
        Python files, of the package or not.
    package
        The folder of the package.

    Returns
    -------
    dict
        Files by a name that does not depend on where they lie, such as ``genphase/cells/grid.py``.

    Raises
    ------
    ValueError
        If a module is imported by a relative name.
    """
    found: dict[str, Path] = {}
    known: set[tuple[Path | None, str]] = set()
    waiting = list(starts)
    for start in starts:
        found[_named(start, package)] = start
    while waiting:
        source = waiting.pop()
        inside = source.is_relative_to(package)
        for name in read_source(source).imports:
            first, *parts = name.split(".")
            if inside and not first:
                raise ValueError(f"{source} imports {name}: write genphase and the whole name")
            ours = first == package.name
            if (key := (None if ours else source.parent, name)) in known:
                continue
            known.add(key)
            files = _files(package, tuple(parts)) if ours else _beside(source, name, package)
            for place, path in files:
                if place not in found:
                    found[place] = path
                    waiting.append(path)
    return found


def _named(path: Path, package: Path) -> str:
    """Return a name for a file that does not depend on where it lies."""
    if path.is_relative_to(package):
        return path.relative_to(package.parent).as_posix()
    return f"{path.name} {digest(read_source(path).code, 8)}"


def _beside(source: Path, name: str, package: Path) -> Iterator[tuple[str, Path]]:
    """Return the files that an import runs which are of the same folder or package as its source.

    Those of installed libraries are not: their versions stand for them.
    """
    if source.is_relative_to(package):
        return
    dots = len(name) - len(name.lstrip("."))
    root = source.parent
    if dots:
        root = source.parents[dots - 1]
    else:
        while (root / "__init__.py").is_file():
            root = root.parent
    first, *parts = name.lstrip(".").split(".")
    if (single := root / f"{first}.py").is_file():
        yield _named(single, package), single
    elif (root / first).is_dir():
        for _, path in _files(root / first, tuple(parts)):
            yield _named(path, package), path


def source_of(module: str, package: Path = PACKAGE) -> Path:
    """Return the file of a module of the package."""
    *_, (_, found) = _files(package, tuple(module.split(".")[1:]))
    return found


def closure_fingerprint(script: Path, package: Path = PACKAGE) -> str:
    """Return a hash of a script and of all that it imports; comments do not change it."""
    return fingerprint(dict(sorted(closure(script, package=package).items())))


@cache
def _files(package: Path, parts: tuple[str, ...]) -> tuple[tuple[str, Path], ...]:
    """Return the files that the import of a module runs: its own, and those of its packages.

    Each comes with its name. The last part can also be a name within a module; then that is where
    it is looked for. Which files there are is looked at once in a process.
    """
    found = []
    for depth in range(len(parts) + 1):
        place = package.joinpath(*parts[:depth])
        candidates = [place / "__init__.py"] + ([place.with_suffix(".py")] if depth else [])
        found += [(_named(path, package), path) for path in candidates if path.is_file()]
    return tuple(found)
