"""Trials of large networks: wall time and memory, against NumPy with all cores.

Each side has a process of its own, so that its memory is its own and NumPy may use all cores, which
it is told before it is imported. genphase uses one, and on the side `threads` all.
"""

import json
import os
import subprocess
import sys
from time import perf_counter, process_time
from typing import Any

SIDES = ("fast", "threads", "numpy")


def measure_large(name: str, cores: int) -> dict[str, dict[str, Any]]:
    """Return what both sides need for the first trial of a line, each in its own process."""
    found = {}
    for side in SIDES:
        threads = str(cores if side == "numpy" else 1)
        names = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")
        done = subprocess.run(
            [sys.executable, __file__, side, name],
            env=os.environ
            | dict.fromkeys(names, threads)
            | {"GENPHASE_THREADS": str(cores if side == "threads" else 1)},
            check=True,
            stdout=subprocess.PIPE,
            text=True,
        )
        found[side] = json.loads(done.stdout)
    return found


def main(side: str, name: str) -> None:
    """Solve the first trial of a line by one side, and print what it took."""
    from measure import draw, sides_of, solve_fast
    from workloads import Trial, large

    from genphase.draws.instance import draw_instance, draw_trial_start
    from genphase.jobs.compile import load_kernels
    from genphase.jobs.run import peak_bytes

    load_kernels()
    trial = Trial(large()[name], 0)
    begun = perf_counter()
    if side != "numpy":
        # Without the loops' matrices.
        from measure import Problem

        instance, start = draw_instance(*trial), draw_trial_start(*trial)
        problem = Problem(instance, start, [], [], trial.parameters.solver)
        run = solve_fast
    else:
        problem, _ = draw(trial)
        run = sides_of(trial.parameters, with_torch=False)["numpy"]
    drawn, used = perf_counter(), process_time()
    answer = run(problem)
    ended = perf_counter()
    print(
        json.dumps(
            {
                "draw": drawn - begun,
                "solve": ended - drawn,
                # Of all threads; that of a busy machine says more than the wall's clock.
                "processor": process_time() - used,
                "peak_bytes": peak_bytes(),
                "iterations": answer.iterations,
                "converged": answer.converged,
                "x": answer.x.tolist(),
            }
        )
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
