"""Benchmarks: their tables are those of the committed run, and a ratio that fell is found."""

import copy
import importlib.util
import json
import subprocess
import sys
from pathlib import Path

import pytest

BENCHMARKS = Path(__file__).parents[1] / "benchmarks"
REFERENCE = json.loads((BENCHMARKS / "reference.json").read_text(encoding="utf-8"))


def script(name, *arguments):
    return subprocess.run(
        [sys.executable, BENCHMARKS / name, *arguments], capture_output=True, text=True
    )


def compared(tmp_path, new):
    path = tmp_path / "new.json"
    path.write_text(json.dumps(new), encoding="utf-8")
    return script("compare.py", BENCHMARKS / "reference.json", path)


def test_tables_of_the_page_are_made_from_the_committed_run(monkeypatch):
    monkeypatch.syspath_prepend(BENCHMARKS)
    document = importlib.import_module("document")
    text = (BENCHMARKS / "README.md").read_text(encoding="utf-8")
    assert document.documented(text, REFERENCE) == text, "run benchmarks/document.py"
    faster = copy.deepcopy(REFERENCE)
    faster["rows"][0]["ratio"] *= 2
    assert document.documented(text, faster) != text


@pytest.mark.parametrize(("share", "fails"), [(0.65, True), (0.68, False), (2.0, False)])
def test_a_ratio_that_fell_by_more_than_a_third_fails(tmp_path, share, fails):
    new = copy.deepcopy(REFERENCE)
    row = new["rows"][1]
    row["ratio"] *= share
    done = compared(tmp_path, new)
    assert bool(done.returncode) == fails
    assert (row["name"] in done.stderr) == fails


@pytest.mark.parametrize(("share", "fails"), [(0.49, True), (0.51, False)])
def test_on_another_model_of_the_processor_a_ratio_may_fall_by_half(tmp_path, share, fails):
    new = copy.deepcopy(REFERENCE) | {"model": "family 1"}
    new["rows"][1]["ratio"] *= share
    done = compared(tmp_path, new)
    assert bool(done.returncode) == fails
    assert "family 1 now" in done.stdout


def test_ratios_of_another_processor_are_told_and_fail_nothing(tmp_path):
    new = copy.deepcopy(REFERENCE) | {"processor": "an abacus"}
    new["rows"][0]["ratio"] /= 10
    done = compared(tmp_path, new)
    assert done.returncode == 0
    assert "fell below 0.67" in done.stdout


def test_runs_of_different_rows_cannot_be_compared(tmp_path):
    done = compared(tmp_path, REFERENCE | {"rows": []})
    assert done.returncode
    assert "no row in common" in done.stderr


def test_another_machine_and_rows_of_one_run_only_are_told(tmp_path):
    new = copy.deepcopy(REFERENCE) | {"processor": "an abacus"}
    new["rows"] = new["rows"][:2]
    done = compared(tmp_path, new)
    assert done.returncode == 0
    assert "an abacus now" in done.stdout
    assert f"only in the old one, not compared: {len(REFERENCE['rows']) - 2} rows" in done.stdout


def test_continuous_integration_compares_rows_that_the_reference_has(monkeypatch):
    monkeypatch.syspath_prepend(BENCHMARKS)
    small = {workload.name for workload in importlib.import_module("workloads").small_workloads()}
    assert small <= {row["name"] for row in REFERENCE["rows"]}


@pytest.mark.parametrize(
    ("only", "more", "least"),
    [("small: ml_amp", ("--small",), 1), ("at once", ("--torch", "--batch", "3"), 2)],
)
def test_the_sides_agree_and_rows_are_written(tmp_path, only, more, least):
    """The benchmark itself ends with an error where its sides are not at the same point."""
    if "--torch" in more and importlib.util.find_spec("torch") is None:
        pytest.skip("PyTorch is not installed")
    path = tmp_path / "run.json"
    done = script("run.py", "--only", only, *more, "--repeats", "1", "--json", path)
    assert done.returncode == 0, done.stderr
    written = json.loads(path.read_text(encoding="utf-8"))
    assert {"processor", "cores", "versions", "commit", "date"} <= written.keys()
    assert len(written["rows"]) >= least
    for row in written["rows"]:
        assert row["spread"][0] <= row["ratio"] <= row["spread"][1]
        assert row["converged"] == row["trials"]
