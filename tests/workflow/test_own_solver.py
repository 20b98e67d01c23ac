"""A solver of a user's in a real run: its edits, its errors, beside a built-in one."""

from pathlib import Path

import pytest
from workflow_pipeline import Pipeline, jobs

pytestmark = pytest.mark.workflow

MINE = """
from genphase import solver

@solver
def mine(problem, start, *, step: float):
    x = start.copy()
    while True:
        x = x - step * problem.gradient(x)
        yield x
"""
RULES = {"step": 0.5, "max_iter": 200, "stop": {"relative_change": 1e-6}}
BOTH = [{"name": "gradient_descent", **RULES}, {"use": "mine.py", **RULES}]


@pytest.fixture
def pipeline(tmp_path: Path) -> Pipeline:
    found = Pipeline(tmp_path / "run")
    (found.sweeps / "mine.py").write_text(MINE)
    found.write("own", solvers=BOTH, batch="cell")
    return found


def test_an_edit_reruns_its_cells_only_and_a_comment_nothing(pipeline: Pipeline) -> None:
    pipeline.build("own")
    rows = pipeline.read("own").decode().splitlines()
    assert sum(",gradient_descent," in row for row in rows) == 12
    assert sum(",mine," in row for row in rows) == 12
    file = pipeline.sweeps / "mine.py"
    file.write_text(f"# A comment.\n{MINE}")
    assert "Nothing to be done" in pipeline.build("own")
    pipeline.forget_logs("own")
    file.write_text(MINE.replace("step * problem", "1.5 * step * problem"))
    said = pipeline.build("own")
    assert jobs(said)["run_batch"] == 4
    assert pipeline.trials_run("own") == 12
    after = pipeline.read("own").decode().splitlines()

    def of(name: str, lines: list[str]) -> list[str]:
        return [row for row in lines if f",{name}," in row]

    assert of("gradient_descent", after) == of("gradient_descent", rows)
    assert len(of("mine", after)) == 12
    assert not set(of("mine", after)) & set(of("mine", rows))
    # A move to another folder, with its sweep, changes no identity.
    before = set(pipeline.cell_files())
    moved = pipeline.copy(pipeline.folder.parent / "moved")
    moved.forget_logs("own")
    assert "Nothing to be done" in moved.build("own")
    assert set(moved.cell_files()) == before


def test_an_error_ends_with_its_own_line_and_the_other_cells_go_on(pipeline: Pipeline) -> None:
    text = MINE.replace("        yield x\n", "        yield x if problem.k == 2 else [][0]\n")
    (pipeline.sweeps / "mine.py").write_text(text)
    done = pipeline.snakemake("own", "--keep-going")
    assert done.returncode != 0
    logs = [path.read_text() for path in (pipeline.results / "logs/own").glob("*.log")]
    told = [log for log in logs if "IndexError" in log]
    assert len(told) == 2
    for log in told:
        assert "trial 0: an error in what the sweep uses" in log
        assert "yield x if problem.k == 2 else [][0]" in log
        assert "cell k=3 n=" in log
    assert len(pipeline.cell_files()) == 6
    (pipeline.sweeps / "mine.py").write_text(MINE)
    pipeline.build("own")
    assert len(pipeline.read("own").decode().splitlines()) == 1 + 24


OFF = """
import numpy as np
from genphase import error

@error
def off(estimate, truth):
    return np.max(np.abs(estimate - truth))
"""


def test_an_error_that_is_asked_later_is_measured_of_what_is_kept(pipeline: Pipeline) -> None:
    (pipeline.sweeps / "off.py").write_text(OFF)
    kept: dict[str, object] = {"keep": "latent"}
    pipeline.write("own", **kept)
    pipeline.build("own")
    cells, before = set(pipeline.cell_files()), pipeline.read("own").decode().splitlines()
    rule = {"success": {"use": "off.py", "below": 0.1}, "errors": ["direction"]}
    curve = {"kind": "curve", "x": "k", "y": "off"}
    pipeline.write("own", **kept, **rule, figures={"off": curve})
    assert pipeline.plan("own")["cells_missing"] == 4
    pipeline.forget_logs("own")
    pipeline.build("own")
    assert pipeline.trials_run("own") == 0
    assert set(pipeline.cell_files()) == cells
    rows = pipeline.read("own").decode().splitlines()
    assert rows[0] == f"{before[0]},direction,off"
    assert [row.rsplit(",", 2)[0] for row in rows] == before
    # An edit of it measures again, and runs nothing either.
    (pipeline.sweeps / "off.py").write_text(OFF.replace("np.max", "2 * np.max"))
    pipeline.forget_logs("own")
    pipeline.build("own")
    assert pipeline.trials_run("own") == 0
    twice = pipeline.read("own").decode().splitlines()
    for old, new in zip(rows[1:], twice[1:], strict=True):
        assert float(new.rsplit(",", 1)[1]) == 2 * float(old.rsplit(",", 1)[1])
    # Without what is kept, they are run again, into the same cells.
    pipeline.write("tiny")
    pipeline.build("tiny")
    pipeline.forget_logs("tiny")
    pipeline.write("tiny", errors=["residual"])
    pipeline.build("tiny")
    assert pipeline.read("tiny").decode().splitlines()[0].endswith(",residual")
