"""The import closure of a script: all sources of genphase that can decide what it makes.

Imports are read from the source, also those inside functions; nothing is imported. What a script
runs in another process, without importing it, is not seen.
"""

from collections.abc import Iterator
from pathlib import Path

from genphase.identity import PACKAGE, fingerprint, read_source


def closure(script: Path, package: Path = PACKAGE) -> dict[str, Path]:
    """Return a script and the modules of a package that it imports, directly or through others.

    Parameters
    ----------
    script : a Python file.
    package : the folder of the package.

    Returns
    -------
    dict
        Files by a name that does not depend on where they lie, such as ``genphase/grid.py``.

    Raises
    ------
    ValueError
        If a module is imported by a relative name.
    """
    found = {f"{script.parent.name}/{script.name}": script}
    known: set[str] = set()
    waiting = [script]
    while waiting:
        source = waiting.pop()
        for name in read_source(source).imports:
            if name.startswith("."):
                raise ValueError(f"{source} imports {name}: write genphase and the whole name")
            if name in known:
                continue
            known.add(name)
            first, *parts = name.split(".")
            for path in _files(package, parts) if first == package.name else ():
                place = path.relative_to(package.parent).as_posix()
                if place not in found:
                    found[place] = path
                    waiting.append(path)
    return found


def closure_fingerprint(script: Path, package: Path = PACKAGE) -> str:
    """Return a hash of a script and of all that it imports; comments do not change it."""
    return fingerprint(dict(sorted(closure(script, package).items())))


def _files(package: Path, parts: list[str]) -> Iterator[Path]:
    """Return the files that the import of a module runs: its own, and those of its packages.

    The last part can also be a name within a module; then that is where it is looked for.
    """
    for depth in range(len(parts) + 1):
        place = package.joinpath(*parts[:depth])
        candidates = [place / "__init__.py"] + ([place.with_suffix(".py")] if depth else [])
        yield from filter(Path.is_file, candidates)
