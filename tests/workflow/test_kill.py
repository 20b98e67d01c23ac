"""A run whose whole process tree is killed is resumed by the same command, and loses little."""

import os
import subprocess
import time

import pytest
from workflow_pipeline import Pipeline, kill_tree

pytestmark = pytest.mark.workflow

# Trials that are slow enough to be killed in the middle of, and never stop early.
SLOW = {
    "axes": {"k": [10, 11, 12, 13], "n": [60]},
    "solvers": [{"name": "gradient_descent", "step": 1e-3, "max_iter": 20_000}],
    "trials": 4,
    "figures": None,
    "batch": "cell",
}


def test_a_killed_run_is_resumed_without_losing_a_finished_cell(pipeline: Pipeline) -> None:
    pipeline.write("slow", **SLOW)
    # Kernels are compiled beforehand, so that the kill meets running cells.
    pipeline.write("warm", figures=None, trials=1)
    pipeline.build("warm")
    process = subprocess.Popen(
        pipeline.command("slow"), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    warm = len(pipeline.cell_files())
    while len(pipeline.cell_files()) < warm + 2:
        assert process.poll() is None, "the run ended before it could be killed"
        time.sleep(0.01)
    kill_tree(process)
    process.wait()
    finished = pipeline.stored()
    missing = pipeline.plan("slow")["trials_missing"]
    assert 0 < missing < 16

    pipeline.forget_logs("slow")
    pipeline.build("slow")
    assert pipeline.trials_run("slow") == missing
    # The rows hold the times that the trials took: none was run again.
    after = pipeline.stored()
    assert {trial: after[trial] for trial in finished} == finished
    # What writers may have left is removed once nobody can be writing it.
    left = [*pipeline.results.glob("store/??/.*.json.*"), pipeline.results / ".a.json.0123abcd"]
    left[-1].write_text("{")
    for path in left:
        os.utime(path, (time.time() - 3600,) * 2)
    recent = pipeline.results / ".b.json.0123abcd"
    recent.write_text("{")
    (pipeline.results / "slow/trials.csv").unlink()
    pipeline.build("slow")
    assert not any(path.exists() for path in left)
    assert recent.exists()
    pipeline.build("slow", results=pipeline.folder / "undisturbed")
    assert pipeline.read("slow") == (pipeline.folder / "undisturbed/slow/trials.csv").read_bytes()
