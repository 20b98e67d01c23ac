"""What runs share and repeat: the same trials in any order, a store that mends itself, turns."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from workflow_pipeline import REPOSITORY, Pipeline

pytestmark = pytest.mark.workflow


def test_trials_are_identical_for_any_cores_batches_and_order(pipeline: Pipeline) -> None:
    pipeline.write("tiny")
    pipeline.build("tiny", cores=1)
    pipeline.write("tiny", batch="cell")
    pipeline.build("tiny", cores=2, results=pipeline.folder / "other")
    other = (pipeline.folder / "other/tiny/trials.csv").read_bytes()
    assert pipeline.read("tiny") == other
    # Another order of the grid and of the solvers, and one job for all cells: the same rows.
    pipeline.write("tiny", axes={"k": [3, 2], "n": [20, 12]}, batch={"seconds": 1000})
    pipeline.build("tiny", cores=2, results=pipeline.folder / "reversed")
    reordered = (pipeline.folder / "reversed/tiny/trials.csv").read_bytes()
    assert reordered != other
    assert sorted(reordered.splitlines()) == sorted(other.splitlines())


def test_changes_there_and_back_give_the_same_files(pipeline: Pipeline) -> None:
    tiny = {"trace": {"points": 5}, "figures": {"trace": {"series": "k"}}}
    pipeline.write("tiny", **tiny)
    pipeline.build("tiny")
    files = ("trials.csv", "cells.csv", "transition.csv", "traces.csv")
    before = {file: pipeline.read("tiny", file) for file in files}
    rows = set(before["trials.csv"].splitlines())

    grown = tiny | {"axes": {"k": [1, 2, 3], "n": [12, 20]}, "trials": 5, "trace": {"points": 6}}
    pipeline.write("tiny", **grown)
    pipeline.build("tiny")
    assert rows <= set(pipeline.read("tiny").splitlines())

    pipeline.write("tiny", **tiny)
    pipeline.forget_logs("tiny")
    pipeline.build("tiny")
    assert pipeline.trials_run("tiny") == 0
    assert {file: pipeline.read("tiny", file) for file in files} == before


def test_sweeps_share_cells_and_another_seed_shares_none(pipeline: Pipeline) -> None:
    pipeline.write("tiny")
    pipeline.build("tiny")
    pipeline.write("part", axes={"n": [20], "k": [2, 3]}, figures=None)
    assert pipeline.plan("part")["trials_missing"] == 0
    pipeline.build("part")
    assert pipeline.trials_run("part") == 0
    assert pipeline.plan("tiny", "--seed=1")["cells_missing"] == 4


def test_a_damaged_store_is_set_aside_and_computed_again(pipeline: Pipeline) -> None:
    pipeline.write("tiny")
    pipeline.build("tiny")
    undisturbed = pipeline.read("tiny")
    store = pipeline.results / "store"
    files = sorted(store.glob("??/*.json"))
    tampered = next(path for path in files if "converged" in path.read_text())
    truncated = next(path for path in files if path != tampered)
    truncated.write_bytes(truncated.read_bytes()[:200])
    tampered.write_text(tampered.read_text().replace("converged", "diverged ", 1))
    whole = {
        cell: file
        for cell, file in pipeline.cell_files().items()
        if cell not in (truncated.stem, tampered.stem)
    }
    assert pipeline.plan("tiny")["trials_missing"] == 6
    shutil.rmtree(pipeline.results / "tiny")
    pipeline.forget_logs("tiny")
    pipeline.build("tiny")
    assert pipeline.trials_run("tiny") == 6
    assert pipeline.read("tiny") == undisturbed
    assert {cell: pipeline.cell_files()[cell] for cell in whole} == whole
    assert len(list((store / "set-aside").iterdir())) == 2
    logs = "".join(p.read_text() for p in (pipeline.results / "logs/tiny").glob("*.log"))
    assert logs.count("set aside") == 2


def test_two_runs_at_once_take_turns(pipeline: Pipeline) -> None:
    pipeline.write("tiny")
    runs = [
        subprocess.Popen(pipeline.command("tiny"), stderr=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    said = [run.communicate()[1] for run in runs]
    assert [run.returncode for run in runs] == [0, 0], said
    pipeline.build("tiny", results=pipeline.folder / "alone")
    assert pipeline.read("tiny") == (pipeline.folder / "alone/tiny/trials.csv").read_bytes()


def test_importing_what_the_snakefile_needs_loads_no_heavy_library() -> None:
    common = (REPOSITORY / "workflow/rules/common.smk").read_text()
    # Also those that run over several lines.
    found = re.findall(r"^from genphase[^\n(]*(?:\([^)]*\))?", common, flags=re.MULTILINE)
    imports = "\n".join(found)
    assert imports.count("from genphase") >= 5
    # NumPy is what laws and problems are written in, and loads in less than a tenth of a second.
    heavy = ["numba", "pandas", "matplotlib", "statsmodels", "scipy"]
    check = f"import sys\n{imports}\nprint([name for name in {heavy} if name in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", check], capture_output=True, text=True, check=True, cwd=Path("/")
    )
    assert done.stdout.strip() == "[]"
