"""Compile all kernels ahead of the jobs that use them."""

import logging
from functools import cache
from time import perf_counter

from genphase.sweep.catalogue import MEASURED, PROBLEMS, SPIKED, solvers_for
from genphase.sweep.parameters import Parameters
from genphase.trials import run_trial

_log = logging.getLogger(__name__)


@cache
def load_kernels(problems: tuple[str, ...] = PROBLEMS) -> None:
    """Run a tiny trial of problems with every solver that fits.

    Kernels are loaded, or compiled into the cache folder. They are compiled together, in one
    process and one order: the last bits of a kernel can depend on whether those that it calls were
    compiled with it or loaded.
    """
    begun = perf_counter()
    for problem in problems:
        for solver in solvers_for(problem):
            run_trial(_tiny(problem, solver), 0)
    _log.info("kernels ready after %.1f s", perf_counter() - begun)


def _tiny(problem: str, solver: str) -> Parameters:
    measured = problem in MEASURED
    return Parameters.model_validate(
        {
            "problem": problem,
            "k": 2,
            "network": {"widths": (4, 4), "weights": "gaussian", "slope": 0},
            "m": 3 if measured or problem == "spiked_wishart" else 4,
            "measurements": "gaussian" if measured else "identity",
            "target": "sphere",
            "noise": {"law": "matrix" if problem in SPIKED else "sphere", "level": 0},
            "start": 1,
            "solver": {"name": solver, "step": 1, "max_iter": 3, "stop": {}},
            "seed": 0,
        }
    )
