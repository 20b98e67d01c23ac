"""Phase portraits of signal recovery with generative-network priors.

What a researcher brings is decorated with a name of its kind: ``from genphase import solver``, also
``problem``, ``weights``, ``measurements``, ``target``, ``start``, ``noise``, ``error``,
``quantity``. A solver that keeps its own time returns a ``Result``; a quantity that is a lower
bound, an ``AtLeast``. What a run has made is read by ``genphase.load("results/SWEEP")``.
"""

import os
from importlib import import_module
from typing import Any

# A variable that is empty is one that is not set. Numba and the kernels take it otherwise.
for _name in ("GENPHASE_CACHE", "GENPHASE_THREADS", "XDG_CACHE_HOME", "NUMBA_CACHE_DIR"):
    if os.environ.get(_name) == "":
        del os.environ[_name]

__all__ = [
    "AtLeast",
    "Result",
    "error",
    "load",
    "measurements",
    "noise",
    "problem",
    "quantity",
    "solver",
    "start",
    "target",
    "weights",
]


def __getattr__(name: str) -> Any:
    # Only where it is asked for: most of genphase does without.
    if name in __all__:
        place = "results" if name == "load" else "things"
        return getattr(import_module(f"genphase.{place}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
