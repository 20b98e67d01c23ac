"""Compile all kernels ahead of the jobs that use them."""

import logging
from functools import cache
from time import perf_counter

from genphase.sweep.catalogue import solvers_for
from genphase.sweep.parameters import Parameters
from genphase.trials import run_trial

_log = logging.getLogger(__name__)


@cache
def load_kernels() -> None:
    """Run a tiny trial with every solver: kernels are loaded, or compiled into the cache folder."""
    begun = perf_counter()
    for problem in ("inversion", "compressed_sensing"):
        for solver in solvers_for(problem):
            run_trial(_tiny(problem, solver), 0)
    _log.info("kernels ready after %.1f s", perf_counter() - begun)


def _tiny(problem: str, solver: str) -> Parameters:
    measured = problem == "compressed_sensing"
    return Parameters.model_validate(
        {
            "problem": problem,
            "k": 2,
            "network": {"widths": (4, 4), "weights": "gaussian", "slope": 0},
            "m": 3 if measured else 4,
            "measurements": "gaussian" if measured else "identity",
            "target": "sphere",
            "noise": {"law": "sphere", "level": 0},
            "start": 1,
            "solver": {"name": solver, "step": 1, "max_iter": 3, "stop": {}},
            "seed": 0,
        }
    )
