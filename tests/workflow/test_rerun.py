"""What is computed again: one test for each row of the table in the README.

A small sweep is built once. Each test copies it with its results and Snakemake's memory, makes one
change, builds again, and counts the trials and the jobs that ran.
"""

import itertools
import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import yaml
from workflow_pipeline import REPOSITORY, Pipeline, jobs, planned_jobs

import genphase
from genphase.jobs.calibration import Calibration, write_calibration

pytestmark = pytest.mark.workflow

# The rows of the README's table that test_adaptive.py tests.
ADAPTIVE_ROWS = (
    "trials by need: a narrower interval, more at most",
    "one more round of a refined grid",
    "the success rule, with trials by need or a refined grid",
)
PAPER = {"csv": "paper.csv", "x": "k", "y": "n", "label": "a paper"}
# Four cells of three trials in one batch.
TINY: dict[str, Any] = {
    "figures": {
        "portrait": {"x": "k", "y": "n", "overlays": [{"y": "6*k"}, PAPER]},
        "trace": {"series": "k"},
    },
    "trace": {"points": 5},
}
SOLVER = {"name": "plugin", "step": 3, "max_iter": 300, "stop": {"relative_change": 1e-9}}

# A change of a pipeline; it returns options of the build that follows.
Change = Callable[[Pipeline], dict[str, Any] | None]


class Case(NamedTuple):
    """A change, the trials and jobs that run after it, and the reason that the plan gives."""

    row: str
    change: Change
    trials: int
    jobs: dict[str, int]
    reason: str = ""


def keys(**changes: Any) -> Change:
    """Return the change of some keys of the sweep file."""
    return lambda pipeline: pipeline.write("tiny", **{**TINY, **changes})


def solver(**changes: Any) -> Change:
    return keys(solvers=[SOLVER | changes])


def figures(**changes: Any) -> Change:
    return keys(figures=TINY["figures"] | changes)


def edited(file: str, old: str, new: str) -> Change:
    """Return an edit of a source of the library."""

    def change(pipeline: Pipeline) -> None:
        pipeline.own_checkout()
        pipeline.edit(file, old, new)

    return change


def calibrated(seconds: float) -> Change:
    def change(pipeline: Pipeline) -> None:
        write_calibration(pipeline.results / "tiny", Calibration(seconds, 1, 4))

    return change


def another_seed(pipeline: Pipeline) -> dict[str, Any]:
    return {"seed": 1}


def another_number_of_cores(pipeline: Pipeline) -> dict[str, Any]:
    return {"cores": 1}


def another_profile(pipeline: Pipeline) -> dict[str, Any]:
    folder = pipeline.folder / "profile"
    folder.mkdir()
    content = {
        "cores": 1,
        "retries": 2,
        "latency-wait": 10,
        "max-jobs-per-second": 5,
        "default-resources": ["mem_mb=1234", "runtime=7"],
        "set-resources": {"run_batch": {"mem_mb": 4321}},
        "set-threads": {"draw_figure": 2},
        "printshellcmds": True,
    }
    (folder / "config.yaml").write_text(yaml.safe_dump(content))
    return {"arguments": [f"--workflow-profile={folder}"]}


def touch(*patterns: str) -> Change:
    """Return the touching of the files of the pipeline that match patterns, and of no other."""

    def change(pipeline: Pipeline) -> None:
        pipeline.own_checkout()
        for pattern in patterns:
            found = [path for path in pipeline.folder.glob(pattern) if path.is_file()]
            assert found, pattern
            for path in found:
                path.touch()

    return change


def records(pipeline: Pipeline) -> list[Path]:
    """Return Snakemake's records of how the files were made."""
    metadata = pipeline.folder / ".snakemake/metadata"
    return [path for path in metadata.rglob("*") if path.is_file()]


def other_records(pipeline: Pipeline) -> None:
    """Change Snakemake's records of the last run, each in one of the ways of other versions.

    No test runs another version of Snakemake. Older ones said nothing about a rule's code or said
    it otherwise, numbered their format lower, or kept no records.
    """
    ways = itertools.cycle([{"code": None}, {"code": "other"}, {"record_format_version": 5}, None])
    found = records(pipeline)
    assert len(found) > 4
    for path, way in zip(found, ways, strict=False):
        if way is None:
            path.unlink()
            continue
        record = json.loads(path.read_text()) | way
        assert record["rule"] is not None
        kept = {key: value for key, value in record.items() if value is not None}
        path.write_text(json.dumps(kept))


def other_numbers(pipeline: Pipeline) -> None:
    (pipeline.sweeps / "paper.csv").write_text("k,n\n2,14\n")


DESCRIBED = {"describe_results": 1}
TABLES = {"summarise_cells": 1} | DESCRIBED
BATCHES = {"run_batch": 1, "collect_trials": 1} | TABLES
EXPLORED = {"explore_figure": 1}
# A trace has no explorer.
TRACE_DRAWN = {"draw_figure": 1} | DESCRIBED
DRAWN = TRACE_DRAWN | EXPLORED
ALL_DRAWN = {"draw_figure": 2} | EXPLORED | DESCRIBED
TRACES = {"trace_cells": 1}
OVERLAYS = {"tabulate_overlays": 1}
ALL = BATCHES | TRACES | ALL_DRAWN
COMPILED = {"compile_kernels": 1}

MEMORY = "Snakemake's own version, or its memory of the last run"
BATCH_SIZE = "the batch size, or a calibration that finds much else"

CASES = [
    Case(
        "an axis grows",
        keys(axes={"k": [1, 2, 3], "n": [12, 20]}),
        6,
        ALL | OVERLAYS,
        "k = 1 is new",
    ),
    Case("an axis shrinks", keys(axes={"k": [2, 3], "n": [20]}), 0, ALL | OVERLAYS),
    Case(
        "a solver is added",
        keys(solvers=[SOLVER, {"name": "gradient_descent", "step": 1, "max_iter": 20}]),
        12,
        ALL | OVERLAYS,
        "solver gradient_descent is new",
    ),
    Case("more trials", keys(trials=5), 8, BATCHES | DRAWN, "3 of 5 trials are stored"),
    Case("fewer trials", keys(trials=2), 0, BATCHES | DRAWN),
    Case("the seed", another_seed, 12, ALL, "seed 0 -> 1"),
    Case(
        "the step, or another option of a solver",
        solver(step=2),
        12,
        ALL,
        "solver.options.step 3 -> 2",
    ),
    Case(
        "the tolerance",
        solver(stop={"relative_change": 1e-8}),
        12,
        ALL,
        "solver.stop.relative_change 1e-09 -> 1e-08",
    ),
    Case(
        "the network, the noise, or another law",
        keys(noise=0.1),
        12,
        ALL | OVERLAYS,
        "noise.level 0 -> 0.1",
    ),
    Case(
        "the network, the noise, or another law",
        keys(target="gaussian"),
        12,
        ALL | OVERLAYS,
        "target sphere -> gaussian",
    ),
    Case(
        "the success rule",
        keys(success={"error": "signal", "below": 1e-4}),
        0,
        TABLES | ALL_DRAWN,
    ),
    Case("an overlay, a figure", figures(portrait={"x": "k", "y": "n"}), 0, DRAWN),
    Case("an overlay, a figure", figures(trace={"series": "n"}), 0, TRACE_DRAWN),
    Case(
        "an overlay, a figure",
        figures(portrait={"x": "k", "y": "n", "overlays": [{"theory": "counting"}]}),
        0,
        OVERLAYS | DRAWN,
    ),
    Case("a CSV file of an overlay", other_numbers, 0, OVERLAYS | DRAWN),
    Case("the title", keys(title="Another title"), 0, ALL_DRAWN),
    Case("the key `trace`", keys(trace={"points": 6}), 0, TRACES | TRACE_DRAWN),
    Case(
        "the code of the numerics",
        edited("kernels/status.py", "DIVERGENCE_NORM = 1e30", "DIVERGENCE_NORM = 1e29"),
        12,
        COMPILED | ALL,
        "the numerics changed",
    ),
    Case(
        "the code of the tables",
        edited("statistics/crossings.py", "\nLEVEL = 0.5", "\nLEVEL = 0.4"),
        0,
        TABLES | ALL_DRAWN,
    ),
    Case("the code of the figures", edited("figures/style.py", "#D55E00", "#D55E01"), 0, ALL_DRAWN),
    Case(
        "a comment, a docstring, the layout of code",
        edited(
            "kernels/status.py",
            "# An iterate of this norm does not come back",
            "# It does not come back",
        ),
        0,
        {},
    ),
    Case(MEMORY, other_records, 0, {}),
    Case(BATCH_SIZE, keys(batch="cell"), 0, {}),
    Case(BATCH_SIZE, calibrated(1e6), 0, {}),
    Case(BATCH_SIZE, calibrated(1.3), 0, {}),
    Case("the number of cores, the profile", another_number_of_cores, 0, {}),
    Case("the number of cores, the profile", another_profile, 0, {}),
    Case(
        "a file is only touched",
        touch(
            "sweeps/*",
            "checkout/Snakefile",
            "checkout/config/**/*",
            "checkout/src/**/*.py",
            "checkout/scripts/*",
            "checkout/workflow/**/*",
            "results/**/*",
            "results/.run",
        ),
        0,
        {},
    ),
]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Pipeline:
    pipeline = Pipeline(tmp_path_factory.mktemp("built"))
    # As the copies of the repository that some of the tests edit.
    pipeline.without_compilation()
    pipeline.write("tiny", **TINY)
    (pipeline.sweeps / "paper.csv").write_text("k,n\n2,13\n")
    pipeline.build("tiny")
    return pipeline


def changed(case: Case, built: Pipeline, folder: Path) -> tuple[Pipeline, dict[str, Any]]:
    """Return a copy of what is built, with a change, and the options of the build that follows."""
    pipeline = built.copy(folder)
    # Nothing of this hangs on Snakemake's memory of the last run.
    if case.row != MEMORY:
        shutil.rmtree(pipeline.folder / ".snakemake")
    return pipeline, case.change(pipeline) or {}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.row)
def test_what_a_change_makes_run_is_planned(case: Case, built: Pipeline, tmp_path: Path) -> None:
    pipeline, options = changed(case, built, tmp_path)
    plan = pipeline.plan("tiny", f"--seed={options.get('seed', 0)}")
    assert plan["trials_missing"] == case.trials
    assert list(plan["reasons"]) == [case.reason] * bool(case.trials)
    done = pipeline.snakemake("-n", *options.pop("arguments", []), "tiny", **options)
    assert done.returncode == 0, done.stderr
    assert "Job stats:" in done.stdout or "Nothing to be done" in done.stdout
    assert planned_jobs(done.stdout) == case.jobs


# Of every kind of change one, that the plan is what is done.
RUN = {
    *("an axis grows", "a solver is added", "more trials", "fewer trials", "the success rule"),
    *("a CSV file of an overlay", "the key `trace`", "the code of the numerics", MEMORY),
}
FIRST = {case.row: case for case in reversed(CASES) if case.row in RUN}


@pytest.mark.parametrize("case", FIRST.values(), ids=lambda case: case.row)
def test_what_is_planned_runs(case: Case, built: Pipeline, tmp_path: Path) -> None:
    pipeline, options = changed(case, built, tmp_path)
    before = pipeline.cell_files()
    trials = sum(pipeline.stored_trials().values())
    pipeline.forget_logs("tiny")
    seed = f"--seed={options.get('seed', 0)}"
    ran = jobs(pipeline.build(*options.pop("arguments", []), "tiny", **options))
    ran.pop("tiny", None)
    assert ran == case.jobs
    assert pipeline.trials_run("tiny") == case.trials
    assert sum(pipeline.stored_trials().values()) == trials + case.trials
    # What was stored is kept; only a cell that gets more trials is written again.
    after = pipeline.cell_files()
    if case.row != "more trials":
        assert {cell: after[cell] for cell in before} == before
    assert pipeline.plan("tiny", seed)["trials_missing"] == 0


def test_the_readme_has_these_rows() -> None:
    text = (REPOSITORY / "README.md").read_text(encoding="utf-8")
    section = text.split("## What is computed again")[1].split("\n## ")[0]
    rows = re.findall(r"^\| ([^|]+?) +\|", section, flags=re.MULTILINE)
    tested = list(dict.fromkeys(case.row for case in CASES))
    assert [row for row in rows[1:] if row not in ADAPTIVE_ROWS] == tested
    assert set(ADAPTIVE_ROWS) < set(rows)


def test_results_of_another_seed_are_kept_beside_the_new_ones(pipeline: Pipeline) -> None:
    """Tables, figures and records: they can be loaded, and the store runs nothing twice."""
    pipeline.write("tiny")
    pipeline.build("tiny")
    before = {file: pipeline.read("tiny", file) for file in ("trials.csv", "portrait.png")}
    said = pipeline.build("tiny", seed=3)
    assert "the results of seed 0 are kept in results/tiny/seed-0" in said
    assert pipeline.read("tiny") != before["trials.csv"]
    kept = pipeline.results / "tiny" / "seed-0"
    assert {file: (kept / file).read_bytes() for file in before} == before
    assert genphase.load(kept).about["seeds"] == [0]
    assert genphase.load(pipeline.results / "tiny").about["seeds"] == [3]
    stored = pipeline.cell_files()
    # The same again replaces nothing, and a plan copies nothing.
    assert "are kept in" not in pipeline.build("tiny", seed=3)
    pipeline.build("tiny", "--dry-run")
    assert not (pipeline.results / "tiny" / "seed-3").exists()
    # A sweep of both seeds finds all trials in the store.
    pipeline.write("both", seeds=[0, 3])
    pipeline.build("both")
    assert pipeline.cell_files() == stored
    assert set(genphase.load(pipeline.results / "both").cells["trials"]) == {6}
