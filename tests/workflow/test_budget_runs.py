"""Trials by budget: the same on any way, resumed, and a larger budget goes on."""

import subprocess
import time
from typing import Any

import pytest
from workflow_pipeline import Pipeline, jobs, kill_tree

from genphase.tables.files import read_table

pytestmark = pytest.mark.workflow

BUDGET: dict[str, Any] = {
    "axes": {"k": [2, 4, 6], "n": [10, 50, 90, 130]},
    "trials": {"budget": 200, "at_least": 5},
}


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Pipeline:
    pipeline = Pipeline(tmp_path_factory.mktemp("budget"))
    pipeline.write("fine", **BUDGET)
    assert jobs(pipeline.build("fine"))["allot_trials"] == 2
    return pipeline


@pytest.fixture
def copy(built: Pipeline, tmp_path: Any) -> Pipeline:
    return built.copy(tmp_path / "copy")


def test_the_budget_is_spent_and_no_cell_starves(built: Pipeline) -> None:
    cells = read_table(built.results / "fine" / "cells.csv")
    assert cells["trials"].sum() == 200
    assert cells["trials"].min() == 5
    assert cells["trials"].max() > 20
    found = built.plan("fine")
    assert (found["trials_missing"], found["rounds_open"], found["cells_stored"]) == (0, 0, 12)
    assert found["usage"]["trials"] == 200
    caption = (built.results / "fine/portrait.txt").read_text()
    assert "Of 200 trials, each cell has the first 5" in " ".join(caption.split())


def test_a_second_run_does_nothing(copy: Pipeline) -> None:
    assert "Nothing to be done" in copy.build("fine")


def test_neither_cores_nor_batches_change_a_byte(built: Pipeline, tmp_path: Any) -> None:
    pipeline = Pipeline(tmp_path / "other")
    pipeline.write("fine", **BUDGET, batch="cell")
    pipeline.build("fine", cores=1)
    assert built.read("fine") == pipeline.read("fine")


def test_a_killed_run_is_resumed(built: Pipeline, tmp_path: Any) -> None:
    pipeline = Pipeline(tmp_path / "killed")
    pipeline.write("fine", **BUDGET, batch="cell")
    process = subprocess.Popen(
        pipeline.command("fine", cores=1), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    # In the middle of the first round that the trials decide.
    while not (pipeline.results / "fine/budget/1.json").exists():
        assert process.poll() is None, "the run ended before it could be killed"
        time.sleep(0.01)
    kill_tree(process)
    process.wait()
    kept = pipeline.stored()
    pipeline.build("fine", "--rerun-incomplete")
    after = pipeline.stored()
    assert {trial: after[trial] for trial in kept} == kept
    assert pipeline.read("fine") == built.read("fine")


def test_a_larger_budget_keeps_all_trials_and_all_rounds_before(copy: Pipeline) -> None:
    before, round_one = copy.stored(), copy.read("fine", "budget/1.json")
    copy.write("fine", **{**BUDGET, "trials": {"budget": 300, "at_least": 5}})
    found = copy.plan("fine")
    copy.forget_logs("fine")
    # The last round goes on to 240 trials, and there is one more.
    assert jobs(copy.build("fine"))["allot_trials"] == 2
    assert copy.read("fine", "budget/1.json") == round_one
    assert copy.trials_run("fine") == 100 == found["trials_missing"]
    cells = read_table(copy.results / "fine" / "cells.csv")
    assert cells["trials"].sum() == 300
    after = copy.stored()
    assert {trial: after[trial] for trial in before} == before
    assert len(after) == 300
    # As if it had been the budget from the beginning.
    fresh = Pipeline(copy.folder / "fresh")
    fresh.write("fine", **{**BUDGET, "trials": {"budget": 300, "at_least": 5}})
    fresh.build("fine")
    assert copy.read("fine") == fresh.read("fine")


def test_a_smaller_budget_runs_nothing_and_loses_nothing(copy: Pipeline) -> None:
    before = copy.stored()
    copy.write("fine", **{**BUDGET, "trials": {"budget": 150, "at_least": 5}})
    copy.forget_logs("fine")
    copy.build("fine")
    assert copy.trials_run("fine") == 0
    assert copy.stored() == before
    assert read_table(copy.results / "fine" / "cells.csv")["trials"].sum() == 150


def test_a_budget_goes_on_from_a_fixed_number_of_trials(built: Pipeline, tmp_path: Any) -> None:
    pipeline = Pipeline(tmp_path / "fixed")
    pipeline.write("fine", **{**BUDGET, "trials": 5})
    pipeline.build("fine")
    batches = {path.name for path in (pipeline.results / "fine/batches").glob("*.csv")}
    pipeline.write("fine", **BUDGET)
    pipeline.forget_logs("fine")
    pipeline.build("fine")
    assert pipeline.trials_run("fine") == 140
    assert batches < {path.name for path in (pipeline.results / "fine/batches").glob("*.csv")}
    assert pipeline.read("fine") == built.read("fine")


def test_the_trials_for_a_wished_interval_are_told(built: Pipeline) -> None:
    said = built.genphase("plan", "fine", "--crossing-interval", "0.05")
    assert "For intervals of 0.05 of the crossing:" in said
    assert "more trials where they narrow it most: trials: {budget: " in said
    said = built.genphase("plan", "fine", "--crossing-interval", "0", status=2)
    assert "0 is no length of an interval" in said
