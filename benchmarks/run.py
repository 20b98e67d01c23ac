"""Measure the fast iteration against NumPy, PyTorch and the plain loop, on the same instances.

One thread, one process, all sides in turn; what is printed are ratios of total times,
medians over repeats. PyTorch takes part where --torch is given.

    OPENBLAS_NUM_THREADS=1 python benchmarks/run.py --cells 150 --repeats 3
"""

import argparse
import os
import random
import statistics
from collections.abc import Callable
from pathlib import Path
from time import perf_counter
from typing import Any

for threads in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(threads, "1")

import loops  # noqa: E402  (the environment first)

from genphase.grid import expand  # noqa: E402
from genphase.instances import draw_instance, draw_trial_start  # noqa: E402
from genphase.solvers import solve, solve_plainly  # noqa: E402
from genphase.sweep.parameters import Parameters  # noqa: E402
from genphase.sweep.read import load_sweep  # noqa: E402

SWEEPS = Path(__file__).parents[1] / "config/sweeps"

Trial = tuple[Parameters, int]


def cells_of(sweep: str) -> list[Any]:
    """Return the cells of a sweep of the repository."""
    return list(expand(load_sweep(sweep, SWEEPS), 0, sweep))


def clock(totals: dict[str, float], side: str, run: Callable[..., Any], *arguments: Any) -> Any:
    """Add the seconds of a call to a side's total and return its answer."""
    begun = perf_counter()
    answer = run(*arguments)
    totals[side] = totals.get(side, 0.0) + perf_counter() - begun
    return answer


def measure(trials: list[Trial], torch: Any) -> dict[str, float]:
    """Return the total seconds of each side over the same trials."""
    totals: dict[str, float] = {}
    for parameters, trial in trials:
        solver = parameters.solver
        instance = clock(totals, "draw", draw_instance, parameters, trial)
        start = draw_trial_start(parameters, trial)
        weights = loops.matrices(instance.chain)
        plain = (weights, instance.chain.depth, instance.observation, start, solver)
        plugin = solver.name == "plugin"
        clock(totals, "fast", solve, instance, start, solver)
        clock(totals, "plain", solve_plainly, instance, start, solver)
        clock(totals, "numpy", loops.numpy_plugin if plugin else loops.numpy_subgradient, *plain)
        if torch:
            side = loops.torch_plugin if plugin else loops.torch_subgradient
            clock(totals, "torch", side, torch, *plain)
    return totals


def report(name: str, trials: list[Trial], repeats: int, torch: Any) -> None:
    """Print one line of the table."""
    # The first trial compiles, or loads, the kernels.
    measure(trials[:1], None)
    runs = [measure(trials, torch) for _ in range(repeats)]

    def median(ratio: Callable[[dict[str, float]], float]) -> float:
        return statistics.median(map(ratio, runs))

    columns = [
        median(lambda t: t["numpy"] / t["fast"]),
        median(lambda t: (t["numpy"] + t["draw"]) / (t["fast"] + t["draw"])),
        median(lambda t: t["plain"] / t["fast"]),
        median(lambda t: t["torch"] / t["fast"]) if torch else float("nan"),
        median(lambda t: t["fast"] / t["draw"]),
    ]
    print(f"{name:42}" + "".join(f"{value:12.1f}" for value in columns), flush=True)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cells", type=int, default=150, help="cells of plugin_portrait")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--torch", action="store_true", help="also measure PyTorch")
    options = parser.parse_args()
    torch = None
    if options.torch:
        import torch

        torch.set_num_threads(1)

    titles = ("numpy/fast", "with draw", "plain/fast", "torch/fast", "fast/draw")
    print(" " * 42 + "".join(f"{title:>12}" for title in titles))
    sample = random.Random(0).sample(cells_of("plugin_portrait"), options.cells)
    portrait = [(cell.parameters, 0) for cell in sample]
    report(f"plugin_portrait, {options.cells} cells", portrait, options.repeats, torch)
    success = {
        (cell.parameters.network.widths, cell.parameters.k): cell.parameters
        for cell in cells_of("nonexpansive_success")
    }
    for widths, dimensions in (((700, 600), (10, 50, 100)), ((150, 700, 600), (50, 60, 80))):
        for k in dimensions:
            name = f"nonexpansive_success ({k}, {', '.join(map(str, widths))})"
            report(name, [(success[widths, k], 0)], options.repeats, torch)


if __name__ == "__main__":
    main()
