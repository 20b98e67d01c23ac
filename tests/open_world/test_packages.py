"""Things that installed packages bring, by the entry point group genphase."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

MODULE = """
import numpy as np
from genphase import solver, weights, error

@solver(fits=["inversion"])
def idle(problem, start, *, patience: int = 3):
    "Do nothing, a few times."
    for _ in range(patience):
        yield start

@weights
def {law}(rng, n_out, n_in):
    "Draw ones."
    return np.ones((n_out, n_in))

@error
def always(estimate, truth):
    "Return one."
    return 1.0
"""
SWEEP = """
title: t
problem: inversion
axes: {k: [2], n: [9]}
network: {widths: [n], weights: ones}
solvers: [{name: idle, patience: 2}]
trials: 1
success: {error: always, below: 2}
"""


@pytest.fixture
def package(tmp_path):
    """Installs a package that brings things; returns how to call genphase beside it."""

    def install(law="ones", module="brings", text=MODULE):
        (tmp_path / "brings.py").write_text(text.replace("{law}", law), encoding="utf-8")
        info = tmp_path / "brings-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text("Metadata-Version: 2.1\nName: brings\nVersion: 1.0\n")
        (info / "entry_points.txt").write_text(f"[genphase]\nmethods = {module}\n")

        def call(*arguments):
            path = os.pathsep.join([str(tmp_path), *filter(None, [os.environ.get("PYTHONPATH")])])
            return subprocess.run(
                [sys.executable, "-c", "from genphase.cli import main; main()", *arguments],
                capture_output=True, text=True, check=False, cwd=tmp_path,
                env={**os.environ, "PYTHONPATH": path},
            )  # fmt: skip

        return call

    return install


def test_they_are_listed_with_where_they_are_from(package):
    said = package()("list")
    assert said.returncode == 0, said.stderr
    for line in (
        "idle(patience = 3): Do nothing, a few times. (from brings)",
        "ones: Draw ones. (from brings)",
        "always: Return one. (from brings)",
    ):
        assert f"  {line}\n" in said.stdout
    fits = said.stdout.partition("which solver fits which problem:")[2].splitlines()
    assert "idle" in next(row for row in fits if "  inversion:" in row)
    assert "idle" not in next(row for row in fits if "  compressed_sensing:" in row)


def test_a_sweep_names_them_like_any_other(package, tmp_path: Path):
    call = package()
    (tmp_path / "sweeps").mkdir()
    (tmp_path / "sweeps/own.yaml").write_text(SWEEP)
    said = call("cell", "own", "--sweep-dir=sweeps", "--results=results")
    assert said.returncode == 0, said.stderr
    assert "converged" in said.stdout
    assert "always" in said.stdout


@pytest.mark.parametrize(
    ("change", "text", "remedy"),
    [
        ({"law": "gaussian"}, "'gaussian', a name that genphase.draws.weights has", "rename"),
        ({"module": "nothing"}, "methods = nothing cannot be loaded", "mend the package"),
        ({"text": "1/0"}, "ZeroDivisionError", "mend the package"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_package_is_told_without_a_traceback(package, change, text, remedy):
    said = package(**change)("list")
    assert said.returncode == 2
    assert text in said.stderr
    assert remedy in said.stderr
    assert "Traceback" not in said.stderr
