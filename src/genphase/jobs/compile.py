"""Compile all kernels ahead of the jobs that use them.

Compiled code is kept for each kind of processor. Where there is none, all kernels are compiled in
processes of their own, for which others of whatever processor wait, as they would write the same
files. Which kernel is compiled first, and by which of these processes, changes no digit.

No process that compiles runs trials. It calls other machine code than the processes that load
what it has written, and the last digits of its results would be others: a kernel is compiled with
those that it calls, and in the process that does so, others of the same name can take their place.
"""

import logging
import subprocess
import sys
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import cache
from pathlib import Path
from time import perf_counter
from typing import Any

import numba
import numpy as np
from numba.core.registry import cpu_target

from genphase.jobs.cache import check_cache, check_threads

# Before any kernel is imported: numba asks for its cache where a kernel is declared.
check_cache()
check_threads()

import genphase.kernels  # noqa: E402
from genphase.canonical import canonical, digest  # noqa: E402
from genphase.cells.solve import solve  # noqa: E402
from genphase.cells.trial import run_trial  # noqa: E402
from genphase.draws.decoder import in_double  # noqa: E402
from genphase.draws.instance import (  # noqa: E402
    draw_further_starts,
    draw_instance,
    draw_trial_start,
)
from genphase.files import locked, write_whole  # noqa: E402
from genphase.kernels._jit import cache_folder  # noqa: E402
from genphase.parameters import Parameters  # noqa: E402
from genphase.sources import closure  # noqa: E402
from genphase.things import PROBLEMS, SOLVERS, Solver  # noqa: E402

_SOURCES = Path(genphase.kernels.__file__).parent

_log = logging.getLogger(__name__)


@cache
def load_kernels(
    problems: tuple[str, ...] = PROBLEMS.names, double: bool = False, workers: int | None = None
) -> None:
    """Load the kernels of problems; compile all of them where this processor has none yet.

    Parameters
    ----------
    problems
        The names of problems.
    double
        Whether those for weights in double precision, of networks from files, are meant.
    workers
        How many processes compile at once at most; None for one on each core.

    Raises
    ------
    CalledProcessError
        If they cannot be compiled; that process has said why.
    """
    begun = perf_counter()
    mark = compiled_mark(double)
    settings: Any = numba.config
    if not (settings.DISABLE_JIT or mark.exists()):
        with locked(mark.with_name(".lock")):
            if not mark.exists():
                _compile_apart(double, workers or settings.NUMBA_DEFAULT_NUM_THREADS)
                write_whole(mark, "")
    _run(problems, double=double)
    _log.info("kernels ready after %.1f s", perf_counter() - begun)


def load_kernels_of(cells: Iterable[Parameters]) -> None:
    """Load the kernels of all problems, for single and double precision as cells need them."""
    for double in sorted({in_double(parameters) for parameters in cells}):
        load_kernels(double=double)


def _compile_apart(double: bool, workers: int) -> None:
    """Compile all kernels in other processes, which find the same modules as this one."""

    def compile_in_process(solvers: tuple[str, ...]) -> None:
        call = f"import {__name__} as c; c.compile_solvers({solvers!r}, {double})"
        code = f"import sys; sys.path[:] = {sys.path!r}; {call}"
        subprocess.run([sys.executable, "-c", code], check=True)

    if workers > 1:
        with ThreadPoolExecutor(workers) as pool:
            list(pool.map(compile_in_process, groups()))
    # Of two versions of one kernel that two processes write at once, for arrays of two kinds, its
    # index keeps one. What is lost is compiled here.
    compile_in_process(SOLVERS.names)


def groups() -> list[tuple[str, ...]]:
    """Return the names of solvers, those together of which one runs the kernels of all others.

    The group with the most sources is the first, as it takes longest.
    """
    kernels = {
        solver.name: frozenset(
            path for path in closure(*solver.run_by).values() if path.parent == _SOURCES
        )
        for solver in SOLVERS
    }
    found: dict[frozenset[Path], list[str]] = {}
    for name, files in sorted(kernels.items()):
        most = max((other for other in kernels.values() if files <= other), key=_size)
        found.setdefault(most, []).append(name)
    return [tuple(found[files]) for files in sorted(found, key=_size, reverse=True)]


def _size(files: Iterable[Path]) -> int:
    return sum(path.stat().st_size for path in files)


def compile_solvers(solvers: tuple[str, ...], double: bool = False) -> None:
    """Compile what trials of solvers call, and what their traces call."""
    _run(PROBLEMS.names, solvers, traced=True, double=double)


def compiled_mark(double: bool = False) -> Path:
    """Return the file that says that all kernels are compiled for this processor.

    It is named by what numba looks at: its version, the processor, and place, time and size of the
    sources.
    """
    processor = list(map(str, cpu_target.target_context.codegen().magic_tuple()))
    files = [(str(path), path.stat()) for path in sorted(_SOURCES.glob("*.py"))]
    sources = [[path, found.st_mtime, found.st_size] for path, found in files]
    name = digest(canonical([numba.__version__, processor, sources]), 16)
    return cache_folder() / f"{name}{'.double' if double else ''}.compiled"


def _run(
    problems: Iterable[str],
    solvers: Iterable[str] = SOLVERS.names,
    traced: bool = False,
    double: bool = False,
) -> None:
    """Run a tiny trial of problems with every solver that fits; and again, traced."""
    run = _run_in_double if double else run_trial
    for problem in (name for name in problems if name in PROBLEMS.names):
        for solver in (SOLVERS[name] for name in solvers):
            lacks = solver.lacks(PROBLEMS[problem]) or not solver.of_instance
            # Two networks in double precision are run by plain passes.
            of_files = PROBLEMS[problem].from_file and PROBLEMS[problem].codes == 1
            if not lacks and (of_files or not double):
                run(_tiny(problem, solver), 0)
                if traced:
                    run(_tiny(problem, solver), 0, np.empty((3, 2)))


def _run_in_double(parameters: Parameters, trial: int, trace: Any = None) -> None:
    """Run a trial with the same weights in double precision."""
    instance = draw_instance(parameters, trial)
    weights = instance.chain.weights.astype(np.float64)
    instance = replace(instance, chain=instance.chain._replace(weights=weights))
    further = draw_further_starts(parameters, trial)
    start = draw_trial_start(parameters, trial)
    solve(instance, start, parameters.solved_by, further, trace)


def _tiny(problem: str, solver: Solver) -> Parameters:
    required = [name for name, found in solver.options.model_fields.items() if found.is_required()]
    return Parameters.model_validate(
        {
            "problem": problem,
            "k": 2,
            "network": {"widths": (4, 4), "weights": "gaussian", "slope": 0},
            "target": "sphere",
            "start": 1,
            "solver": {
                "name": solver.name,
                "options": dict.fromkeys(required, 1),
                "max_iter": 3,
                "stop": {},
            },
            "seed": 0,
            **PROBLEMS[problem].tiny(),
        }
    )
