"""What is made again follows from what the results folder says, from wherever it is asked."""

import os
import shutil
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from workflow_pipeline import Pipeline, jobs

pytestmark = pytest.mark.workflow

GROWN: dict[str, Any] = {"axes": {"k": [2, 3, 4], "n": [12, 20]}}


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Pipeline:
    pipeline = Pipeline(tmp_path_factory.mktemp("built"))
    pipeline.write("tiny")
    pipeline.build("tiny")
    return pipeline


@pytest.fixture
def copy(built: Pipeline, tmp_path: Path) -> Pipeline:
    return built.copy(tmp_path / "copy")


def absolute(pipeline: Pipeline) -> dict[str, Any]:
    return {"results": pipeline.results}


def linked(pipeline: Pipeline) -> dict[str, Any]:
    (pipeline.folder / "link").symlink_to(pipeline.results, target_is_directory=True)
    return {"results": "link"}


def from_another_folder(pipeline: Pipeline) -> dict[str, Any]:
    config = {"sweep_dir": pipeline.sweeps, "results": pipeline.results}
    pipeline.folder = pipeline.folder / "elsewhere"
    return config


def on_another_machine(pipeline: Pipeline) -> dict[str, Any]:
    shutil.rmtree(pipeline.folder / ".snakemake")
    # A copy that keeps no times: files are as old as they happened to be copied.
    files = sorted(path for path in pipeline.results.rglob("*") if path.is_file())
    for age, path in enumerate(files):
        os.utime(path, (time.time() - 1000 + age,) * 2)
    return {}


def backwards(pipeline: Pipeline) -> dict[str, Any]:
    shutil.rmtree(pipeline.folder / ".snakemake")
    files = sorted(path for path in pipeline.results.rglob("*") if path.is_file())
    for age, path in enumerate(files):
        os.utime(path, (time.time() - 1000 - age,) * 2)
    return {}


def without_metadata(pipeline: Pipeline) -> dict[str, Any]:
    files = [f"results/tiny/{file}" for file in ("trials.csv", "cells.csv", "portrait.png")]
    pipeline.build("--cleanup-metadata", *files)
    return {}


@pytest.mark.parametrize(
    "place",
    [absolute, linked, from_another_folder, on_another_machine, backwards, without_metadata],
)
def test_a_change_is_seen_from_any_place(
    place: Callable[[Pipeline], dict[str, Any]], copy: Pipeline
) -> None:
    results = copy.results
    config = place(copy)
    assert "Nothing to be done" in copy.build("tiny", **config)
    # Of a change that is only asked about, nothing is remembered.
    copy.write("tiny", **GROWN)
    copy.build("tiny", "--dry-run", **config)
    ran = jobs(copy.build("tiny", **config))
    assert ran == {
        "run_batch": 1,
        "collect_trials": 1,
        "summarise_cells": 1,
        "describe_results": 1,
        "draw_figure": 1,
        "explore_figure": 1,
        "tiny": 1,
    }
    cells = (results / "tiny/cells.csv").read_text().splitlines()
    assert len(cells) == 1 + 6
    assert "Nothing to be done" in copy.build("tiny", **config)


def test_folders_that_share_results_never_take_each_others_tables(copy: Pipeline) -> None:
    first = copy.read("tiny")
    figure = copy.read("tiny", "portrait.png")
    other = Pipeline(copy.folder / "other")
    other.write("tiny")
    other.build("tiny", results=copy.results, seed=1)
    assert copy.read("tiny") != first
    ran = jobs(copy.build("tiny"))
    assert ran["collect_trials"] == ran["summarise_cells"] == ran["draw_figure"] == 1
    assert copy.read("tiny") == first
    assert copy.read("tiny", "portrait.png") == figure


def test_a_run_that_waited_does_not_go_on_from_files_that_were_replaced(copy: Pipeline) -> None:
    """The waiting run wants a new figure only, of tables that the other run makes for its seed."""
    from genphase.files import claim_run

    other = Pipeline(copy.folder / "other")
    other.write("tiny")
    waiting = other.folder / "waiting"
    with claim_run(copy.results, lambda: None):
        copy.write("tiny", title="Another title")
        with open(waiting, "w") as said:
            run = subprocess.Popen(copy.command("tiny"), stderr=said, env=copy.environment)
        while "Another run is building" not in waiting.read_text():
            assert run.poll() is None
            time.sleep(0.05)
        # What a run with another seed would leave.
        elsewhere = Pipeline(copy.folder / "elsewhere")
        elsewhere.write("tiny")
        elsewhere.build("tiny", seed=1)
        shutil.copytree(elsewhere.results / "tiny", copy.results / "tiny", dirs_exist_ok=True)
    assert run.wait() != 0
    assert "Another run has replaced files" in waiting.read_text()
    copy.build("tiny")
    assert copy.read("tiny", "portrait.png") != elsewhere.read("tiny", "portrait.png")


def truncated(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:37])


def emptied(path: Path) -> None:
    path.write_bytes(b"")


def garbled(path: Path) -> None:
    path.write_bytes(b"\xff\x00{" + path.read_bytes()[::-1])


def one_digit(path: Path) -> None:
    content = path.read_bytes()
    at = max(content.rfind(digit) for digit in (b"1", b"2", b"3"))
    path.write_bytes(content[:at] + b"7" + content[at + 1 :])


HARMS = (truncated, emptied, garbled, one_digit)
# What is damaged at once: every file in every way, and the record of a job without its files.
AT_ONCE = [
    {file: HARMS[(i + turn) % len(HARMS)] for i, file in enumerate(files)}
    for files in (
        ("trials.csv", "built.json", "cells.csv", "portrait.csv"),
        ("provenance/trials.json",),
    )
    for turn in range(len(HARMS))
]


@pytest.mark.parametrize(
    "harms", AT_ONCE, ids=lambda harms: "-".join(h.__name__ for h in harms.values())
)
def test_damaged_files_are_set_aside_and_made_again(
    harms: dict[str, Callable[[Path], None]], copy: Pipeline
) -> None:
    paths = {file: copy.results / "tiny" / file for file in harms}
    whole = {file: path.read_bytes() for file, path in paths.items()}
    for file, harm in harms.items():
        harm(paths[file])
    damaged = {file: path.read_bytes() for file, path in paths.items()}
    copy.forget_logs("tiny")
    said = copy.build("tiny")
    for file, path in paths.items():
        assert path.read_bytes() == whole[file]
        assert f"results/tiny/{file} is not what was written there" in said
        (aside,) = path.parent.glob(f"{path.name}.damaged-*")
        assert aside.read_bytes() == damaged[file]
    assert copy.trials_run("tiny") == 0
    assert "Nothing to be done" in copy.build("tiny")


@pytest.mark.parametrize("harm", HARMS)
def test_damaged_tables_of_jobs_are_made_again_from_the_store(
    harm: Callable[[Path], None], copy: Pipeline
) -> None:
    whole = copy.read("tiny")
    (batch,) = (copy.results / "tiny/batches").glob("*.csv")
    harm(batch)
    # They are read when the tables are made again.
    (copy.results / "tiny/trials.csv").unlink()
    copy.forget_logs("tiny")
    said = copy.build("tiny")
    assert "is not what was written there" in said
    assert copy.read("tiny") == whole
    assert copy.trials_run("tiny") == 0


@pytest.fixture(scope="module")
def refined(tmp_path_factory: pytest.TempPathFactory) -> Pipeline:
    pipeline = Pipeline(tmp_path_factory.mktemp("refined"))
    pipeline.write("fine", axes={"k": [2, 6], "n": [10, 90, 170]}, refine={"rounds": 1})
    pipeline.build("fine")
    return pipeline


@pytest.mark.parametrize("harm", [truncated, emptied, garbled, one_digit])
def test_a_damaged_round_is_made_again(
    harm: Callable[[Path], None], refined: Pipeline, tmp_path: Path
) -> None:
    copy = refined.copy(tmp_path / "copy")
    whole = copy.read("fine")
    path = copy.results / "fine/rounds/1.json"
    written = path.read_bytes()
    harm(path)
    copy.forget_logs("fine")
    said = copy.build("fine")
    assert "rounds/1.json is not what was written there" in said
    assert path.read_bytes() == written
    assert copy.read("fine") == whole
    assert copy.trials_run("fine") == 0
