"""The decorators that compile kernels, and where the compiled code is kept.

Numba's disk cache looks only at the file that holds a function, so an edit of ``passes.py`` would
leave a stale ``descent.py`` behind. The cache folder is therefore named by a hash of all kernel
sources: an edit anywhere in this folder means a fresh cache, and old and new never meet.
"""

import hashlib
import os
from collections.abc import Callable, Collection
from pathlib import Path
from typing import Any, Literal

import numba

# Sums may be reassociated, so that they run in vector lanes. Nothing else is relaxed: non-finite
# numbers keep their meaning, by which a solver recognises divergence, and products and sums are
# rounded one by one.
#
# A loop that sums must not store: before a loop that does both, compiled code compares the
# addresses of its arrays and takes a scalar path where they are close. The order of the sum, and
# with it the last bit of a result, would depend on where the arrays happen to lie in memory.
FASTMATH = {"reassoc", "nsz"}

# How many threads share the largest loops of a trial. Code is compiled, and kept, for each number.
THREADS = max(int(os.environ.get("GENPHASE_THREADS", "1")), 1)


def source_key() -> str:
    """Return a short hash of the sources of all kernels."""
    digest = hashlib.sha256()
    for path in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(path.name.encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def cache_folder() -> Path:
    """Return the folder of the compiled kernels.

    ``$GENPHASE_CACHE``, or else ``genphase`` in the user's cache folder, holds one subfolder for
    each version of the kernels. On a cluster it must lie on a file system that all nodes share.
    """
    base = os.environ.get("GENPHASE_CACHE")
    if base is None:
        base = os.environ.get("XDG_CACHE_HOME", "~/.cache") + "/genphase"
    suffix = f"-{THREADS}" if THREADS > 1 else ""
    return Path(base).expanduser() / f"kernels-{source_key()}{suffix}"


_CACHE_FOLDER = str(cache_folder())


def jit(
    function: Callable[..., Any],
    inline: Literal["never", "always"] = "never",
    fastmath: Collection[str] = FASTMATH,
    parallel: bool = False,
) -> Any:
    """Compile a kernel on its first call, or load it from the cache folder."""
    # The folder is a process-wide setting of numba's; other users of numba keep theirs.
    settings: Any = numba.config
    before = settings.CACHE_DIR
    settings.CACHE_DIR = _CACHE_FOLDER
    try:
        return numba.njit(
            cache=True,
            fastmath=set(fastmath),
            error_model="numpy",
            inline=inline,
            parallel=parallel,
        )(function)
    finally:
        settings.CACHE_DIR = before


def inlined(function: Callable[..., Any]) -> Any:
    """Compile a kernel as a part of the kernels that call it.

    For what is called at every step: a function that calls another counts the references of its
    arrays, each an atomic operation, which takes longer than a loop over a few dozen numbers.
    """
    return jit(function, inline="always")


def as_written(function: Callable[..., Any]) -> Any:
    """Compile a kernel whose sums are rounded as they are written, whatever it becomes a part of.

    For sums of few terms for each entry of an array, which run in vector lanes as they are. Two
    copies of others can differ in the last bit.
    """
    return jit(function, fastmath={"nsz"})


def shared(function: Callable[..., Any]) -> Any:
    """Compile a kernel whose loops over `prange` are shared by the threads of a trial."""
    return jit(function, parallel=THREADS > 1)
