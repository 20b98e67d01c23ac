"""Trials by need and refined grids: the same on any way, resumed, and cheap to change."""

import subprocess
import time
from typing import Any

import pandas as pd
import pytest
from workflow_pipeline import Pipeline, jobs, kill_tree

from genphase.statistics.wilson import wilson
from genphase.tables.files import read_table

pytestmark = pytest.mark.workflow

ADAPTIVE: dict[str, Any] = {
    "axes": {"k": [2, 6], "n": [10, 90, 170, 250]},
    "trials": {"at_least": 5, "at_most": 30, "until": {"interval_width": 0.5}},
    "refine": {"rounds": 2},
}


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Pipeline:
    pipeline = Pipeline(tmp_path_factory.mktemp("adaptive"))
    pipeline.write("fine", **ADAPTIVE)
    assert jobs(pipeline.build("fine"))["refine_grid"] == 2
    return pipeline


@pytest.fixture
def copy(built: Pipeline, tmp_path: Any) -> Pipeline:
    return built.copy(tmp_path / "copy")


def cells_of(pipeline: Pipeline) -> pd.DataFrame:
    return read_table(pipeline.results / "fine" / "cells.csv")


def test_each_cell_has_the_trials_that_its_interval_needs(built: Pipeline) -> None:
    cells = cells_of(built)
    for cell in cells.itertuples():
        low, high = wilson(cell.recovered, cell.trials)
        assert 5 <= cell.trials <= 30
        assert high - low <= 0.5 or cell.trials == 30
    assert cells["trials"].nunique() > 2
    assert built.plan("fine")["trials_saved"] == (30 - cells["trials"]).sum()


def test_the_grid_is_finer_where_the_rate_turns(built: Pipeline) -> None:
    cells = cells_of(built)
    rounds = cells.groupby("round").size()
    assert list(rounds.index) == [0, 1, 2]
    assert rounds[0] == 8
    found = built.plan("fine")
    assert (found["rounds"], found["rounds_open"]) == (list(rounds), 0)
    assert found["trials_missing"] == 0
    # Of 5 x 13 points of the finest grid.
    assert len(cells) < 50
    # Sorted by the axes, whatever round added them.
    assert list(zip(cells["k"], cells["n"], strict=True)) == sorted(
        zip(cells["k"], cells["n"], strict=True)
    )


def test_a_second_run_does_nothing(copy: Pipeline) -> None:
    assert "Nothing to be done" in copy.build("fine")


def test_neither_cores_nor_batches_nor_the_store_change_a_byte(
    built: Pipeline, copy: Pipeline
) -> None:
    # More trials than any cell needs are there already, of more points than the rounds add.
    fixed = {"axes": {"k": [2, 4, 6], "n": [10, 50, 90, 130, 170]}, "trials": 40, "refine": None}
    copy.write("filled", **{**ADAPTIVE, **fixed})
    copy.build("filled", results="other")
    copy.write("fine", **ADAPTIVE, batch="cell")
    copy.build("fine", cores=1, results="other")
    assert built.read("fine") == (copy.folder / "other/fine/trials.csv").read_bytes()


def test_a_killed_run_is_resumed(built: Pipeline, tmp_path: Any) -> None:
    pipeline = Pipeline(tmp_path / "killed")
    pipeline.write("fine", **ADAPTIVE, batch="cell")
    process = subprocess.Popen(
        pipeline.command("fine", cores=1), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    # In the middle of the first round that the trials decide.
    while not (pipeline.results / "fine/rounds/1.json").exists():
        assert process.poll() is None, "the run ended before it could be killed"
        time.sleep(0.01)
    kill_tree(process)
    process.wait()
    kept = pipeline.stored()
    pipeline.build("fine", "--rerun-incomplete")
    after = pipeline.stored()
    assert {trial: after[trial] for trial in kept} == kept
    assert pipeline.read("fine") == built.read("fine")


def test_more_trials_are_added_to_those_that_are_stored(copy: Pipeline) -> None:
    before = copy.stored_trials()
    narrower = {"at_least": 5, "at_most": 40, "until": {"interval_width": 0.4}}
    copy.write("fine", **{**ADAPTIVE, "trials": narrower})
    copy.forget_logs("fine")
    copy.build("fine")
    after = copy.stored_trials()
    assert copy.trials_run("fine") == sum(after.values()) - sum(before.values())
    assert all(after[cell] >= before[cell] for cell in before)


def test_another_success_rule_runs_only_what_it_asks_for(copy: Pipeline) -> None:
    before = copy.stored_trials()
    copy.write("fine", **ADAPTIVE, success={"error": "latent", "below": "1e-3"})
    copy.forget_logs("fine")
    copy.build("fine")
    after = copy.stored_trials()
    assert copy.trials_run("fine") == sum(after.values()) - sum(before.values())
    copy.build("fine", results="fresh")
    assert copy.read("fine") == (copy.folder / "fresh/fine/trials.csv").read_bytes()


def test_one_more_round_runs_only_its_own_cells(copy: Pipeline) -> None:
    before = copy.stored_trials()
    copy.write("fine", **{**ADAPTIVE, "refine": {"rounds": 3}})
    found = copy.plan("fine")
    assert len(found["rounds"]) == 4
    assert found["reasons"] == {"round 3 of the refinement adds it": found["cells_missing"]}
    copy.build("fine")
    after = copy.stored_trials()
    assert {cell: after[cell] for cell in before} == before
    assert len(after) == len(before) + found["cells_missing"]


def test_pruning_keeps_the_cells_of_all_rounds(copy: Pipeline) -> None:
    assert "Nothing to remove" in copy.genphase("prune", "--delete")
    copy.write("fine", **{**ADAPTIVE, "refine": {"rounds": 1}})
    copy.genphase("prune", "--delete")
    cells = cells_of(copy)
    on_the_grid = (cells["k"] % 2 == 0) & (cells["n"] % 40 == 10)
    assert len(copy.cell_files()) == on_the_grid.sum()


def test_an_impossible_point_of_a_round_stops_the_run_before_it_begins(copy: Pipeline) -> None:
    copy.write("bad", **ADAPTIVE, where="k < 9", network={"widths": ["n", "n if k != 4 else 0"]})
    done = copy.snakemake("bad")
    assert done.returncode != 0
    assert "a point that `refine` could add" in done.stderr
    assert not copy.results.joinpath("bad/batches").exists()
