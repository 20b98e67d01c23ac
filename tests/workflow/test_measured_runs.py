"""Sweeps that measure, and a solver that fails, by `genphase run`."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from workflow_pipeline import Pipeline, jobs

pytestmark = pytest.mark.workflow

SPREAD = """
import numpy as np
from genphase import quantity

@quantity
def spread(drawn, *, power: float = 1.0):
    return np.max(np.abs(drawn.weights[0])) ** power
"""
MEASURED: dict[str, Any] = {
    "solvers": None,
    "success": None,
    "measure": [{"name": "r2wdc", "layer": "d", "points": 3, "ascent": 2}, {"use": "spread.py"}],
    "figures": {"curve": {"x": "n", "panels": "k"}},
}


@pytest.fixture
def pipeline(tmp_path: Path) -> Pipeline:
    found = Pipeline(tmp_path / "study")
    (found.sweeps / "spread.py").write_text(SPREAD)
    found.write("measured", **MEASURED)
    return found


def genphase_run(pipeline: Pipeline, name: str) -> subprocess.CompletedProcess[str]:
    words = ["run", name, "--cores=2", "--sweep-dir=sweeps", "--results=results"]
    return subprocess.run(
        [sys.executable, "-c", "from genphase.cli import main; main()", *words],
        cwd=pipeline.folder,
        env=pipeline.environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_sweep_that_measures_is_run_and_run_again(pipeline: Pipeline) -> None:
    done = genphase_run(pipeline, "measured")
    assert done.returncode == 0, done.stderr
    assert "r2wdc: cells have medians from" in done.stdout
    assert "spread: cells have medians from" in done.stdout
    folder = pipeline.results / "measured"
    assert not (folder / "curve.html").exists()
    assert "recover" not in (folder / "README.txt").read_text()
    first = pipeline.read("measured")
    assert first.startswith(b"cell,measure,k,n,")
    assert "Nothing to be done" in pipeline.build("measured")
    # More trials are added to those that there are.
    pipeline.forget_logs("measured")
    pipeline.write("measured", **MEASURED, trials=4)
    assert jobs(pipeline.build("measured"))["run_batch"] > 0
    assert pipeline.trials_run("measured") == 8
    more = set(pipeline.read("measured").splitlines())
    assert set(first.splitlines()) < more
    # An edit of the user's quantity measures that one anew.
    pipeline.forget_logs("measured")
    (pipeline.sweeps / "spread.py").write_text(SPREAD.replace("np.max", "2 * np.max"))
    pipeline.build("measured")
    assert pipeline.trials_run("measured") == 16


BROKEN = """
from genphase import solver

@solver
def broken(problem, start, *, step: float):
    yield start
    raise ArithmeticError("no such step")
"""


@pytest.mark.parametrize("trace", [None, {"trials": 1}])
def test_an_error_of_a_users_is_told_in_its_own_lines_alone(
    trace: dict[str, int] | None, pipeline: Pipeline
) -> None:
    (pipeline.sweeps / "broken.py").write_text(BROKEN)
    solvers = [{"use": "broken.py", "step": 1}]
    pipeline.write("broken", solvers=solvers, axes={"k": [2], "n": [12]}, figures={}, trace=trace)
    done = genphase_run(pipeline, "broken")
    assert done.returncode == 1
    told = done.stderr.splitlines()
    assert "cell k=2 n=12 broken, trial 0: an error in what the sweep uses" in told
    assert "ArithmeticError: no such step" in told
    assert not any("genphase/" in line or "Snakemake" in line for line in told[:-1])
    assert len(told) < 16


def test_a_landscape_is_drawn_and_drawn_anew(pipeline: Pipeline) -> None:
    """With its overlays, from its cells alone; other colours run no trial."""
    plane = {
        **MEASURED,
        "axes": {"a": [-1, 0, 1], "b": [0, 1]},
        "k": 3,
        "network": {"widths": [20, 30]},
        "measure": [{"name": "objective", "along": "a", "across": "b"}],
        "figures": {"landscape": {"x": "a", "y": "b", "overlays": [{"theory": "stationary"}]}},
    }
    pipeline.write("plane", **plane)
    done = genphase_run(pipeline, "plane")
    assert done.returncode == 0, done.stderr
    folder = pipeline.results / "plane"
    assert (folder / "overlays/landscape.csv").exists()
    table = (folder / "landscape.csv").read_text()
    assert table.startswith("measure,a,b,trials,bound,value_median")
    plane["figures"]["landscape"]["value_limits"] = [0, 1]
    pipeline.write("plane", **plane)
    assert set(jobs(pipeline.build("plane"))) == {"draw_figure", "describe_results", "plane"}
