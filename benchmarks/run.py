"""Measure the fast iteration against plain loops, NumPy, PyTorch and what the machine can do.

One thread, one process, all sides in turn on the same instances. What counts are ratios of total
times, medians over repeats. README.md says what the columns mean.

    python benchmarks/run.py --cells 20 --repeats 1 --trials 1 --capped-trials 1
"""

import argparse
import importlib
import os
import platform
from pathlib import Path
from statistics import median
from time import perf_counter, process_time

# Before NumPy is imported, which reads them once.
for threads in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[threads] = "1"

import numba  # noqa: E402
import numpy as np  # noqa: E402
from growth import costs, power  # noqa: E402
from large import measure_large  # noqa: E402
from limits import dense_bytes, streaming_seconds  # noqa: E402
from measure import (  # noqa: E402
    CONVERGED_TOLERANCE,
    Answer,
    Disagreement,
    Repeat,
    check_first_iterates,
    compare,
    draw,
    measure,
    sides_of,
    solve_fast,
)
from record import Record, installed, row  # noqa: E402
from table import line, milliseconds, number, span, title  # noqa: E402
from workloads import (  # noqa: E402
    SMALL_CAP,
    Family,
    Workload,
    batches,
    families,
    large,
    small_workloads,
    workloads,
)

from genphase.jobs.compile import load_kernels  # noqa: E402

# Sides that trials at the cap, where an iteration is long and repeats agree, are measured on once.
ONCE_AT_THE_CAP = {"plain", "paired", "torch"}

# Columns of ratios.
RATIOS = (
    *("converged", "NumPy/fast", "min-max", "wanted", "with drawing"),
    *("paired/fast", "plain/fast", "PyTorch/fast", "fast/draw"),
)

# So many, since continuous integration fails by their median.
SMALL_REPEATS = 5

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


def measured(
    workload: Workload,
    repeats: int,
    record: Record,
    with_torch: bool = False,
    only_numpy: bool = False,
) -> list[Repeat]:
    """Measure a workload, after the check that the sides agree; print and record its ratios."""
    sides = sides_of(workload.trials[0].parameters, with_torch)
    if only_numpy:
        sides = {name: sides[name] for name in ("fast", "numpy")}
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
    names = ("draw", *sides)
    record.add(
        row(
            workload.name,
            {name: [r.seconds[name] for r in runs if name in r.seconds] for name in names},
            "numpy",
            trials=len(workload.trials),
            converged=converged,
            iterations=runs[0].iterations("fast"),
            wanted=workload.wanted,
            dense_bytes=sum(
                dense_bytes(trial.parameters) * answers["fast"].iterations
                for trial, answers in zip(workload.trials, runs[0].answers, strict=True)
            ),
        )
    )
    counts = {name: runs[0].iterations(name) for name in sides}
    if max(counts.values()) > (1 + SAME_WORK) * min(counts.values()):
        shown = ", ".join(f"{name} {count}" for name, count in counts.items())
        print(f"  the sides' iterations differ, by rounding: {shown}", flush=True)
    return runs


def report_batch(workload: Workload, repeats: int, record: Record) -> None:
    """Solve all trials of a cell by PyTorch at once, and one after the other; print and record.

    On the processor both have one thread, and its clock; a GPU is measured by the wall's.
    """
    batched = importlib.import_module("torch_batched")
    importlib.import_module("torch").set_num_threads(1)
    problems = [draw(trial)[0] for trial in workload.trials]
    for device in batched.devices():
        clock = process_time if device == "cpu" else perf_counter
        begun = clock()
        batch = batched.prepare(problems, device)
        prepared = clock() - begun
        # The first products of a device load libraries.
        short = problems[0].solver.model_copy(update={"max_iter": 2})
        batched.solve_batch([p._replace(solver=short) for p in problems], batch)
        seconds: dict[str, list[float]] = {"fast": [], "torch": []}
        for _ in range(repeats):
            begun = clock()
            ours = [solve_fast(p) for p in problems]
            seconds["fast"].append(clock() - begun)
            begun = clock()
            theirs = batched.solve_batch(problems, batch)
            batched.wait(device)
            seconds["torch"].append(clock() - begun)
        check_batch(workload, ours, theirs)
        found = row(
            f"{workload.name}, {device}",
            seconds,
            "torch",
            trials=len(problems),
            converged=sum(answer.converged for answer in ours),
            iterations=sum(answer.iterations for answer in ours),
            prepare_seconds=prepared,
        )
        record.add(found)
        one, all_at_once = (median(seconds[side]) / len(problems) for side in ("fast", "torch"))
        line(
            found["name"],
            f"{found['converged']}/{len(problems)}",
            number(found["ratio"]),
            span(found["spread"]),
            milliseconds(one),
            milliseconds(all_at_once),
            f"{max(answer.iterations for answer in theirs)}",
        )


def check_batch(workload: Workload, ours: list[Answer], theirs: list[Answer]) -> None:
    """Check that both converge to the same points, where both converge."""
    for i, (one, other) in enumerate(zip(ours, theirs, strict=True)):
        if one.converged and other.converged:
            where = f"{workload.name}, trial {i}"
            compare({"numpy": one, "torch": other}, CONVERGED_TOLERANCE, where)


def report_large(name: str, record: Record) -> None:
    """Measure all sides of a large trial, each in its process; print and record."""
    cores = os.cpu_count() or 1
    found = measure_large(name, cores)
    ours, theirs, shared = found["fast"], found["numpy"], found["threads"]
    if shared["x"] != ours["x"]:
        raise Disagreement(f"{name}: threads change digits")
    if ours["converged"] and theirs["converged"]:
        points = {
            side: Answer(np.array(found[side]["x"]), True, found[side]["iterations"])
            for side in found
        }
        compare(points, CONVERGED_TOLERANCE, name)
    measured = row(
        name,
        {"draw": [ours["draw"]], **{side: [found[side]["solve"]] for side in found}},
        "numpy",
        trials=1,
        converged=int(ours["converged"]),
        iterations=ours["iterations"],
        threads=cores,
        processor_seconds={side: found[side]["processor"] for side in found},
        peak_bytes={side: found[side]["peak_bytes"] for side in found},
    )
    record.add(measured)
    line(
        name,
        f"{ours['iterations']}",
        number(measured["ratio"]),
        number(ours["draw"]),
        number(ours["solve"]),
        number(shared["solve"]),
        number(theirs["solve"]),
        number(ours["peak_bytes"] / 1e9),
        number(theirs["peak_bytes"] / 1e9),
    )


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
    parser.add_argument("--growth-trials", type=int, default=7, help="of every size; 0: none")
    parser.add_argument("--only", default="", metavar="TEXT", help="lines whose name contains it")
    parser.add_argument("--torch", action="store_true", help="also measure PyTorch")
    parser.add_argument("--batch", type=int, default=64, help="trials at once, of PyTorch")
    parser.add_argument("--large", action="store_true", help="also networks of gigabytes")
    parser.add_argument("--small", action="store_true", help="only the small lines, with 5 repeats")
    parser.add_argument("--json", type=Path, metavar="PATH", help="write what was measured there")
    options = parser.parse_args()
    if options.torch and installed("torch") is None:
        print("PyTorch is not installed, so its rows are left out: pip install torch==2.13.0")
        options.torch = False
    shown = {name: value for name, value in vars(options).items() if name != "json"}
    record = Record(options.json, shown)
    versions = f"Python {platform.python_version()}, NumPy {np.__version__}"
    print(f"{versions}, numba {numba.__version__}, one thread")
    load_kernels()

    small = [workload for workload in small_workloads() if options.only in workload.name]
    lines = workloads(options.cells, options.trials, options.capped_trials)
    chosen = [workload for workload in lines if options.only in workload.name]
    if small:
        title(
            "Small lines, which continuous integration compares",
            f"medians of {SMALL_REPEATS} repeats; at most {SMALL_CAP} iterations",
            *RATIOS,
        )
        for workload in small:
            measured(workload, SMALL_REPEATS, record, only_numpy=True)
    if options.small:
        return
    cells = [workload for workload in batches(options.batch) if options.only in workload.name]
    if options.torch and cells:
        if importlib.import_module("torch_batched").devices() == ["cpu"]:
            print("\nPyTorch finds no GPU here; its rows are left out")
        title(
            f"PyTorch with {options.batch} trials at once, against one after the other",
            "milliseconds of a mean trial, one thread; iterations of the longest trial",
            *("converged", "PyTorch/fast", "min-max", "fast", "PyTorch", "iterations"),
        )
        for workload in cells:
            report_batch(workload, options.repeats, record)
    if options.large and (names := [name for name in large() if options.only in name]):
        title(
            "Large networks, against NumPy with all cores",
            "seconds by the wall's clock, and the most gigabytes",
            *(
                "iterations",
                "NumPy/fast",
                "draw",
                "fast",
                "threads",
                "NumPy",
                "fast GB",
                "NumPy GB",
            ),
        )
        for name in names:
            report_large(name, record)
    if chosen:
        title(
            "Solve times as ratios to the fast iteration",
            f"medians of {options.repeats} repeats; in the cells at the cap, (k, 150, 700, 600),"
            " paired, plain and PyTorch in the first repeat only",
            *RATIOS,
        )
        runs = [measured(workload, options.repeats, record, options.torch) for workload in chosen]
        title(
            "The two limits: drawing the weights, and streaming the active ones once each way",
            "milliseconds of a mean trial, then ratios; below 1, frozen regions save even reading",
            *("draw", "stream", "fast", "plain", "fast/draw", "fast/stream", "plain/stream"),
        )
        for workload, repeats in zip(chosen, runs, strict=True):
            # Levenberg-Marquardt and messages have one loop, which is fast.
            if "plain" in repeats[0].seconds:
                report_limits(workload, repeats)
    growing = families() if options.growth_trials else ()
    if growing := [family for family in growing if options.only in family.name]:
        title(
            "How a trial grows",
            f"milliseconds, medians of {options.growth_trials} trials, and the powers that fit",
            *("draw", "solve", "iterations", "µs/iteration"),
        )
        for family in growing:
            report_growth(family, options.growth_trials)


if __name__ == "__main__":
    main()
