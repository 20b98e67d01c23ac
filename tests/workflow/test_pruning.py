"""After a prune, what is built is built: no job runs, and plans say what they said."""

import time

import pytest
from workflow_pipeline import Pipeline, jobs

pytestmark = pytest.mark.workflow

# Trials that take long enough for a command to meet them.
SLOW = {
    "axes": {"k": [10, 11, 12, 13], "n": [60]},
    "solvers": [{"name": "gradient_descent", "step": 1e-3, "max_iter": 20_000}],
    "trials": 4,
    "batch": "cell",
}


def test_after_a_prune_nothing_that_is_built_runs_again(pipeline: Pipeline) -> None:
    # Built with other parameters first, then as it is now; another sweep is built and taken away.
    pipeline.write("tiny", noise=0.1)
    pipeline.write("part", axes={"n": [20], "k": [2, 3]}, figures=None)
    pipeline.write("gone", noise=0.2, figures=None)
    pipeline.build("tiny", "part", "gone")
    pipeline.write("tiny")
    pipeline.build("tiny")
    (pipeline.sweeps / "gone.yaml").unlink()
    plans = {name: pipeline.plan(name) for name in ("tiny", "part")}
    tables = list(pipeline.results.glob("*/batches/*.csv"))
    cells = pipeline.cell_files()
    assert (len(cells), len(tables)) == (12, 4)

    pipeline.genphase("prune")
    assert pipeline.cell_files() == cells

    said = pipeline.genphase("prune", "--delete")
    assert "of no sweep: 8 files" in said
    left = pipeline.cell_files()
    assert len(left) == 4
    assert {cell: cells[cell] for cell in left} == left
    assert len(list(pipeline.results.glob("*/batches/*.csv"))) == 2
    assert {name: pipeline.plan(name) for name in ("tiny", "part")} == plans
    assert jobs(pipeline.build("tiny", "part")) == {}

    # Not even the tables of present jobs are missed, nor the store, until trials are asked for.
    for path in pipeline.results.glob("*/batches/*.csv"):
        path.unlink()
    assert jobs(pipeline.build("tiny", "part")) == {}
    before = pipeline.read("tiny")
    pipeline.write("tiny", trials=2)
    pipeline.forget_logs("tiny")
    assert jobs(pipeline.build("tiny"))["run_batch"] == 1
    assert pipeline.trials_run("tiny") == 0
    assert set(pipeline.read("tiny").splitlines()) < set(before.splitlines())


def test_a_deletion_is_refused_while_snakemake_runs(pipeline: Pipeline) -> None:
    pipeline.write("slow", figures=None, **SLOW)
    run = pipeline.start("slow")
    while not pipeline.cell_files():
        assert run.poll() is None, "the run ended before it could be met"
        time.sleep(0.01)
    pipeline.write("slow", figures=None, **{**SLOW, "noise": 0.1})
    assert "a run is building" in pipeline.genphase("prune", "--delete", status=2)
    assert pipeline.cell_files()
    assert run.wait() == 0
    assert "4 files" in pipeline.genphase("prune", "--delete")
    assert not pipeline.cell_files()
