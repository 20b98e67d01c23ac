"""Measure the fast iteration against plain loops, NumPy, PyTorch and what the machine can do.

One thread, one process, all sides in turn on the same instances. What counts are ratios of total
times, medians over repeats. README.md says what the columns mean.

    python benchmarks/run.py --cells 20 --repeats 1 --trials 1 --capped-trials 1
"""

import argparse
import os
import platform
from statistics import median

# Before NumPy is imported, which reads them once.
for threads in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[threads] = "1"

import numba  # noqa: E402
import numpy as np  # noqa: E402
from growth import costs, power  # noqa: E402
from limits import streaming_seconds  # noqa: E402
from measure import Repeat, check_first_iterates, measure, sides_of  # noqa: E402
from table import line, milliseconds, number, span, title  # noqa: E402
from workloads import Family, Workload, families, workloads  # noqa: E402

from genphase.jobs.compile import load_kernels  # noqa: E402

# Sides that trials at the cap, where an iteration is long and repeats agree, are measured on once.
ONCE_AT_THE_CAP = {"plain", "paired", "torch"}

# Sides whose iterations differ by more are not compared on the same work, which is said.
SAME_WORK = 0.02


def ratios(repeats: list[Repeat], side: str, other: str, both: str = "") -> list[float]:
    """Return the times of side / other, `both` added to both, of the repeats that have the side."""
    return [
        (r.seconds[side] + r.seconds.get(both, 0.0)) / (r.seconds[other] + r.seconds.get(both, 0.0))
        for r in repeats
        if side in r.seconds
    ]


def middle(values: list[float]) -> float | None:
    """Return the median, or None of nothing."""
    return median(values) if values else None


def measured(workload: Workload, repeats: int, with_torch: bool) -> list[Repeat]:
    """Measure a workload, after the check that the sides agree, and print its line of ratios."""
    sides = sides_of(workload.trials[0].parameters, with_torch)
    check_first_iterates(workload, sides)
    fewer = {name: side for name, side in sides.items() if name not in ONCE_AT_THE_CAP}
    runs = [
        measure(workload, fewer if workload.capped and repeat else sides)
        for repeat in range(repeats)
    ]
    main = ratios(runs, "numpy", "fast")
    converged = sum(answers["fast"].converged for answers in runs[0].answers)
    line(
        workload.name,
        f"{converged}/{len(workload.trials)}",
        number(median(main)),
        span(main),
        number(workload.wanted),
        number(middle(ratios(runs, "numpy", "fast", both="draw"))),
        number(middle(ratios(runs, "paired", "fast"))),
        number(middle(ratios(runs, "plain", "fast"))),
        number(middle(ratios(runs, "torch", "fast"))),
        number(middle(ratios(runs, "fast", "draw"))),
    )
    counts = {name: runs[0].iterations(name) for name in sides}
    if max(counts.values()) > (1 + SAME_WORK) * min(counts.values()):
        shown = ", ".join(f"{name} {count}" for name, count in counts.items())
        print(f"  the sides' iterations differ, by rounding: {shown}", flush=True)
    return runs


def report_limits(workload: Workload, runs: list[Repeat]) -> None:
    """Print how far from the two limits a workload is."""
    seconds = {
        side: median(r.seconds[side] for r in runs if side in r.seconds)
        for side in ("draw", "fast", "plain")
    }
    streaming = sum(
        streaming_seconds(trial.parameters, answers["plain"].iterations)
        for trial, answers in zip(workload.trials, runs[0].answers, strict=True)
    )
    trials = len(workload.trials)
    line(
        workload.name,
        milliseconds(seconds["draw"] / trials),
        milliseconds(streaming / trials),
        milliseconds(seconds["fast"] / trials),
        milliseconds(seconds["plain"] / trials),
        number(middle(ratios(runs, "fast", "draw"))),
        number(seconds["fast"] / streaming),
        number(seconds["plain"] / streaming),
    )


def report_growth(family: Family, trials: int) -> None:
    """Print the cost of a trial along a family, and the powers that fit it."""
    found = costs(family, trials)
    print(family.name)
    for value, cost in zip(family.values, found, strict=True):
        line(
            f"  {family.symbol} = {value}",
            milliseconds(cost.draw),
            milliseconds(cost.solve),
            f"{cost.iterations:.0f}",
            number(1e6 * cost.per_iteration),
        )
    figures = (
        [cost.draw for cost in found],
        [cost.solve for cost in found],
        [cost.iterations for cost in found],
        [cost.per_iteration for cost in found],
    )
    offset = f" - {family.offset}" if family.offset else ""
    powers = (f"{power(family, values):.2f}" for values in figures)
    line(f"  power of {family.symbol}{offset}", *powers)


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(
        description=__doc__.splitlines()[0],
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    parser.add_argument("--cells", type=int, default=150, help="cells of plugin_portrait")
    parser.add_argument("--repeats", type=int, default=3, help="of all ratios")
    parser.add_argument("--trials", type=int, default=5, help="of cells that converge")
    parser.add_argument("--capped-trials", type=int, default=3, help="of cells at the cap")
    parser.add_argument("--growth-trials", type=int, default=7, help="of every size")
    parser.add_argument("--only", default="", metavar="TEXT", help="lines whose name contains it")
    parser.add_argument("--torch", action="store_true", help="also measure PyTorch")
    options = parser.parse_args()
    versions = f"Python {platform.python_version()}, NumPy {np.__version__}"
    print(f"{versions}, numba {numba.__version__}, one thread")
    load_kernels()

    lines = workloads(options.cells, options.trials, options.capped_trials)
    if chosen := [workload for workload in lines if options.only in workload.name]:
        title(
            "Solve times as ratios to the fast iteration",
            f"medians of {options.repeats} repeats; in the cells at the cap, (k, 150, 700, 600),"
            " paired, plain and PyTorch in the first repeat only",
            *("converged", "NumPy/fast", "min-max", "wanted", "with drawing"),
            *("paired/fast", "plain/fast", "PyTorch/fast", "fast/draw"),
        )
        runs = [measured(workload, options.repeats, options.torch) for workload in chosen]
        title(
            "The two limits: drawing the weights, and streaming the active ones once each way",
            "milliseconds of a mean trial, then ratios; below 1, frozen regions save even reading",
            *("draw", "stream", "fast", "plain", "fast/draw", "fast/stream", "plain/stream"),
        )
        for workload, repeats in zip(chosen, runs, strict=True):
            # Levenberg-Marquardt has no loop that streams the weights.
            if "plain" in repeats[0].seconds:
                report_limits(workload, repeats)
    if growing := [family for family in families() if options.only in family.name]:
        title(
            "How a trial grows",
            f"milliseconds, medians of {options.growth_trials} trials, and the powers that fit",
            *("draw", "solve", "iterations", "µs/iteration"),
        )
        for family in growing:
            report_growth(family, options.growth_trials)


if __name__ == "__main__":
    main()
