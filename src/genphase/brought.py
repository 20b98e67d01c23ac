"""Modules that a user brings: Python files beside the sweeps, and modules that are installed."""

import importlib.util
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from hashlib import sha256
from importlib import import_module
from pathlib import Path
from types import ModuleType

from genphase.errors import BadValue

# Modules from files are named by this and a hash of their path.
PREFIX = "genphase_brought_"

_folder: Path | None = None


def look_in(folder: Path) -> None:
    """Let the paths of files that sweeps name be relative to a folder: that of the sweep files."""
    global _folder
    _folder = folder


def brought(place: str) -> ModuleType:
    """Return a module of the user's.

    Parameters
    ----------
    place
        A file, ``methods/heavy_ball.py``, or an installed module, ``package.module``.

    Raises
    ------
    BadValue
        If there is none, or if it cannot be imported.
    """
    if not place.endswith(".py"):
        return _installed(place)
    path = path_of(place)
    found = path.stat()
    return _from_file(path, found.st_mtime_ns, found.st_size)


def folder() -> Path:
    """Return the folder of the sweep file, which paths in it are relative to."""
    return _folder or Path()


def path_of(file: str) -> Path:
    """Return the whole path of a file that a sweep names.

    Raises
    ------
    BadValue
        If there is none.
    """
    path = folder() / file
    if not path.is_file():
        raise BadValue(
            f"there is no file {path}", "write its path from the folder of the sweep file"
        )
    return path.resolve()


@cache
def _from_file(path: Path, modified: int, size: int) -> ModuleType:
    # An edited file is another one.
    name = PREFIX + sha256(f"{path} {modified} {size}".encode()).hexdigest()[:12]
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    # Numba and pickle look for a function's module there.
    sys.modules[name] = module
    try:
        with _beside(path.parent):
            spec.loader.exec_module(module)
    except BaseException as error:
        del sys.modules[name]
        if not isinstance(error, Exception):
            raise
        raise BadValue(f"{path} cannot be imported: {told(error)}", "mend the file") from None
    return module


@contextmanager
def _beside(folder: Path) -> Iterator[None]:
    """Let a file import others of its folder."""
    sys.path.insert(0, str(folder))
    try:
        yield
    finally:
        sys.path.remove(str(folder))


@cache
def _installed(name: str) -> ModuleType:
    try:
        return import_module(name)
    except Exception as error:
        raise BadValue(
            f"the module {name!r} cannot be imported: {told(error)}",
            "install it, or write the path of a file, which ends in .py",
        ) from None


def told(error: BaseException) -> str:
    """Return an exception with the line of the user's file that it comes from."""
    text = "".join(traceback.format_exception_only(error)).strip().splitlines()[-1]
    if isinstance(error, SyntaxError):
        return f"line {error.lineno}: {text}"
    for frame in reversed(traceback.extract_tb(error.__traceback__)):
        module = Path(frame.filename)
        if module.suffix == ".py" and "importlib" not in module.parts:
            return f"{text} ({module.name}, line {frame.lineno}: {frame.line})"
    return text


class Failed(RuntimeError):
    """What a user has brought raised an error, or returned something else than it should.

    Its message has all that a person needs: no traceback of genphase's follows it.
    """

    told = True


class BadReturn(ValueError):
    """A thing of a user's returned something else than it should."""


@contextmanager
def failures_told(where: str) -> Iterator[None]:
    """Say where in a run the code of a user's failed, with its own lines of the traceback.

    Raises
    ------
    Failed
        If it did; other errors stay what they are.
    """
    try:
        yield
    except Failed as failure:
        raise Failed(f"{where}, {failure}") from None
    except BadReturn as failure:
        raise Failed(f"{where}: {failure}") from None
    except Exception as error:
        frames = traceback.extract_tb(error.__traceback__)
        first = next((i for i, frame in enumerate(frames) if _is_brought(frame.filename)), None)
        if first is None:
            raise
        lines = traceback.format_list(frames[first:]) + traceback.format_exception_only(error)
        raise Failed(f"{where}: an error in what the sweep uses\n{''.join(lines)}") from None


def _is_brought(file: str) -> bool:
    modules = (m for name, m in sys.modules.items() if name.startswith(PREFIX))
    return any(getattr(module, "__file__", None) == file for module in modules)
