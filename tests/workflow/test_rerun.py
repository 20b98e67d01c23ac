"""What is run again after a change, and what is not: by a real Snakemake and by the plan."""

import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from workflow_pipeline import REPOSITORY, Pipeline, jobs

pytestmark = pytest.mark.workflow


def test_nothing_runs_twice_and_a_touched_file_runs_nothing(pipeline: Pipeline) -> None:
    pipeline.write("tiny")
    pipeline.build("tiny")
    (pipeline.sweeps / "tiny.yaml").touch()
    assert jobs(pipeline.build("tiny")) == {}


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


def test_a_grown_grid_and_more_trials_run_only_what_is_new(pipeline: Pipeline) -> None:
    pipeline.write("tiny")
    pipeline.build("tiny")
    before = pipeline.cell_files()
    rows = set(pipeline.read("tiny").splitlines())

    pipeline.write("tiny", axes={"k": [1, 2, 3], "n": [12, 20]})
    plan = pipeline.plan("tiny")
    assert (plan["cells"], plan["cells_missing"], plan["trials_missing"]) == (6, 2, 6)
    pipeline.forget_logs("tiny")
    pipeline.build("tiny")
    assert pipeline.trials_run("tiny") == 6
    after = pipeline.cell_files()
    assert {cell: after[cell] for cell in before} == before
    assert rows <= set(pipeline.read("tiny").splitlines())

    pipeline.write("tiny", trials=5)
    plan = pipeline.plan("tiny")
    assert (plan["cells_missing"], plan["trials_missing"]) == (4, 8)
    pipeline.forget_logs("tiny")
    pipeline.build("tiny")
    assert pipeline.trials_run("tiny") == 8
    assert rows <= set(pipeline.read("tiny").splitlines())

    # Fewer trials than are stored: the first ones, and nothing is run.
    pipeline.write("tiny")
    pipeline.forget_logs("tiny")
    pipeline.build("tiny")
    assert pipeline.trials_run("tiny") == 0
    assert set(pipeline.read("tiny").splitlines()) == rows


def test_success_rule_title_and_figures_run_no_trial(pipeline: Pipeline) -> None:
    pipeline.write("tiny")
    pipeline.build("tiny")
    pipeline.write("tiny", success={"error": "signal", "below": 1e-4})
    assert pipeline.plan("tiny")["trials_missing"] == 0
    assert jobs(pipeline.build("tiny")) == {
        "summarise_cells": 1,
        "draw_figure": 1,
        "tiny": 1,
    }
    pipeline.write("tiny", title="Another title", success={"error": "signal", "below": 1e-4})
    assert jobs(pipeline.build("tiny")) == {"draw_figure": 1, "tiny": 1}


def test_traces_run_again_only_with_what_they_are_made_of(pipeline: Pipeline) -> None:
    figures = {"trace": {"series": "k"}, "curve": {"x": "k", "y": "signal_mse"}}
    tiny: dict[str, Any] = {"trace": {"points": 5}, "figures": figures}
    pipeline.write("tiny", **tiny)
    pipeline.build("tiny")
    before = pipeline.read("tiny", "traces.csv")

    # A figure's entry draws that figure only.
    tiny["figures"] = figures | {"trace": {"series": "k", "panels": "n"}}
    pipeline.write("tiny", **tiny)
    assert jobs(pipeline.build("tiny")) == {"draw_figure": 1, "tiny": 1}

    # Trials and the success rule do not decide the traces.
    tiny |= {"trials": 4, "success": {"error": "signal", "below": 1e-4}}
    pipeline.write("tiny", **tiny)
    ran = jobs(pipeline.build("tiny"))
    assert "trace_cells" not in ran
    assert ran["draw_figure"] == 2
    assert pipeline.read("tiny", "traces.csv") == before

    tiny["trace"] = {"points": 6}
    pipeline.write("tiny", **tiny)
    assert jobs(pipeline.build("tiny")) == {"trace_cells": 1, "draw_figure": 1, "tiny": 1}

    # Computed anew, they are the same to the byte.
    tiny["trace"] = {"points": 5}
    pipeline.write("tiny", **tiny)
    pipeline.build("tiny")
    assert pipeline.read("tiny", "traces.csv") == before


def test_sweeps_share_cells_and_another_seed_shares_none(pipeline: Pipeline) -> None:
    pipeline.write("tiny")
    pipeline.build("tiny")
    pipeline.write("part", axes={"n": [20], "k": [2, 3]}, figures=None)
    assert pipeline.plan("part")["trials_missing"] == 0
    pipeline.build("part")
    assert pipeline.trials_run("part") == 0
    assert pipeline.plan("tiny", "--seed=1")["cells_missing"] == 4


def edited_plan(pipeline: Pipeline, file: str, old: str, new: str) -> int:
    """Return how many trials the plan misses when a source file is edited."""
    copy = pipeline.folder / "src"
    shutil.copytree(REPOSITORY / "src", copy, dirs_exist_ok=True)
    source = copy / "genphase" / file
    text = source.read_text()
    assert old in text
    source.write_text(text.replace(old, new, 1))
    pipeline.environment["PYTHONPATH"] = str(copy)
    missing = int(pipeline.plan("tiny")["trials_missing"])
    del pipeline.environment["PYTHONPATH"]
    shutil.rmtree(copy)
    return missing


def test_an_edit_of_the_numerics_recomputes_and_of_anything_else_does_not(
    pipeline: Pipeline,
) -> None:
    pipeline.write("tiny")
    pipeline.build("tiny")
    comment = "# An iterate of this norm does not come back"
    numerics = "kernels/status.py"
    assert edited_plan(pipeline, numerics, comment, "# It does not come back") == 0
    assert edited_plan(pipeline, numerics, "DIVERGENCE_NORM = 1e30", "DIVERGENCE_NORM = 1e29") == 12
    assert edited_plan(pipeline, "kernels/descent.py", "x - step * gradient", "x + step * gradient")
    assert edited_plan(pipeline, "figures/style.py", "#D55E00", "#D55E01") == 0
    assert edited_plan(pipeline, "statistics.py", "CONFIDENCE = 0.95", "CONFIDENCE = 0.9") == 0


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
    imports = "\n".join(line for line in common.splitlines() if line.startswith("from genphase"))
    assert imports.count("from genphase") >= 5
    heavy = ["numba", "pandas", "matplotlib", "statsmodels", "scipy", "numpy"]
    check = f"import sys\n{imports}\nprint([name for name in {heavy} if name in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", check], capture_output=True, text=True, check=True, cwd=Path("/")
    )
    assert done.stdout.strip() == "[]"
