"""A wheel, unpacked as an installation has it, in folders with nothing of the repository."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from hatchling.builders.wheel import WheelBuilder
from workflow_pipeline import REPOSITORY

pytestmark = pytest.mark.workflow


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """Return the folder of an unpacked wheel."""
    folder = tmp_path_factory.mktemp("wheel")
    (wheel,) = WheelBuilder(str(REPOSITORY)).build(directory=str(folder), versions=["standard"])
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder / "site")
    return folder / "site"


@pytest.fixture
def genphase(installed, tmp_path):
    """Runs a command of the installed genphase in a new folder."""

    def command(*words, folder=tmp_path):
        return subprocess.run(
            [sys.executable, "-c", "from genphase.cli import main; main()", *words],
            cwd=folder,
            env=dict(os.environ) | {"PYTHONPATH": str(installed), "COLUMNS": "200"},
            capture_output=True,
            text=True,
        )

    return command


def test_a_wheel_has_all_of_the_workflow(installed):
    shipped = installed / "genphase/_shipped"
    for part in ("workflow", "scripts", "profiles", "config", "examples"):
        here = {p.relative_to(REPOSITORY) for p in (REPOSITORY / part).rglob("*") if p.is_file()}
        here = {path for path in here if "__pycache__" not in path.parts}
        there = {p.relative_to(shipped) for p in (shipped / part).rglob("*") if p.is_file()}
        assert here == there


def test_a_study_is_made_run_and_run_again(genphase, tmp_path):
    assert genphase("init", "study").returncode == 0
    study = tmp_path / "study"
    done = genphase("run", "--cores", "2", folder=study)
    assert done.returncode == 0, done.stderr
    assert "to run 600 trials in 60 cells" in done.stdout
    assert "600 of 600 trials; tables and figures are made" in done.stdout
    assert "figures results/momentum/portrait.png" in done.stdout
    assert "met the iteration cap" in done.stdout
    for name in ("portrait.png", "comparison.pdf", "trials.csv"):
        assert (study / "results/momentum" / name).is_file()
    # Which genphase has run is the one of the wheel.
    scripts = (study / "results/logs").glob("run-*.log")
    assert any("Run batch" in log.read_text() for log in scripts)
    again = genphase("run", folder=study)
    assert "to run 0 trials" in again.stdout
    table = Path(study / "results/momentum/cells.csv").read_bytes()
    # A solver of one's own fails: what it said is shown, and the log is named.
    method = study / "config/sweeps/methods/heavy_ball.py"
    method.write_text(method.read_text().replace("yield x", "yield [][0]"))
    failed = genphase("run", folder=study)
    assert failed.returncode == 1
    assert "IndexError" in failed.stderr
    assert "all that was said is in results/logs/run-" in failed.stderr
    assert Path(study / "results/momentum/cells.csv").read_bytes() == table


def test_a_dry_run_writes_nothing(genphase, tmp_path):
    done = genphase("run", "nonexpansive_quick", "--dry-run")
    assert done.returncode == 0, done.stderr
    assert "to run 100 trials" in done.stdout
    assert not (tmp_path / "results").exists()
