"""Files that are whole or absent, and locks between the processes that write them."""

import hashlib
import os
import re
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO
from uuid import uuid4

if sys.platform == "win32":
    raise SystemExit("genphase runs on Linux and macOS; on Windows, use it in WSL.")
import fcntl

# Names of temporary files, and how long nobody has written to one that is left over.
_TEMPORARY = re.compile(r"\..+\.[0-9a-f]{8}")
_LEFT_SECONDS = 600.0


def cache_base() -> Path:
    """Return the folder of what is made once on a machine: compiled kernels, Vega for explorers.

    ``$GENPHASE_CACHE``, or else ``genphase`` in the user's cache folder, as in kernels/_jit.py.
    """
    base = os.environ.get("GENPHASE_CACHE")
    if base is None:
        base = os.environ.get("XDG_CACHE_HOME", "~/.cache") + "/genphase"
    return Path(base).expanduser()


def write_whole(path: Path, text: str) -> None:
    """Write a text file so that no reader and no interruption ever sees a part of it."""
    temporary = path.with_name(f".{path.name}.{uuid4().hex[:8]}")
    try:
        with open(temporary, "w", encoding="utf-8", newline="") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def clean_up(results: Path) -> None:
    """Remove the temporary files that killed writers have left in a results folder.

    Only where no run is writing there: a claim on the folder is held, see :func:`claim_run`. Files
    of the last minutes stay, which a command that claims nothing may be writing.
    """
    latest = time.time() - _LEFT_SECONDS
    for path in results.rglob(".*"):
        try:
            if _TEMPORARY.fullmatch(path.name) and path.stat().st_mtime < latest:
                path.unlink()
        except OSError:
            # Another one has removed it, or it is no file.
            continue


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Wait until no other process holds the lock `path`, and hold it; its folder is made.

    The system releases it when the process ends, however it ends.

    Raises
    ------
    OSError
        If the file system has no locks.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "a") as lock:
        _lock(lock, fcntl.LOCK_EX)
        yield


def claim_run(results: Path, held: Callable[[], None]) -> TextIO:
    """Claim a results folder, which is made, for one run at a time.

    The claim ends when the returned file is closed, or with the process, however it ends: a killed
    run leaves nothing to unlock.

    Parameters
    ----------
    results
        The folder.
    held
        Called if another run has the claim, before waiting for its end; it may raise instead.

    Raises
    ------
    OSError
        If the file system has no locks.
    """
    results.mkdir(parents=True, exist_ok=True)
    claim = open(results / ".run", "a")  # noqa: SIM115, it outlives this function
    try:
        try:
            _lock(claim, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            held()
            _lock(claim, fcntl.LOCK_EX)
    except BaseException:
        claim.close()
        raise
    return claim


def _lock(lock: TextIO, how: int) -> None:
    try:
        fcntl.flock(lock, how)
    except BlockingIOError:
        raise
    except OSError as error:
        raise OSError(
            error.errno,
            f"{error.strerror}: the file system of {lock.name} has no locks (flock); put the "
            "folder on one that has, or have locks enabled (Lustre: mount option flock)",
        ) from error


def checksum(path: Path) -> str:
    """Return the SHA-256 of a file, in hex digits."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
