import os
import subprocess
import sys
from pathlib import Path

import pytest

from genphase.jobs.compile import groups
from genphase.things import SOLVERS

# In a fresh process, which has loaded nothing before.
SCRIPT = """
import sys
import numpy as np
from numba.core.dispatcher import Dispatcher
from samples import make_parameters
import genphase.kernels
from genphase.jobs.compile import load_kernels
from known import FITS, MEASURED, SPIKED, STEPLESS, WITH_M
from genphase.cells.trial import run_trial

def compiled():
    return {
        (name, str(signature))
        for module, content in list(sys.modules.items()) if module.startswith("genphase.kernels")
        for name, kernel in vars(content).items() if isinstance(kernel, Dispatcher)
        for signature in kernel.stats.cache_misses
    }

PAIRS = [(problem, name) for name in FITS for problem in FITS[name]]
load_kernels()
stopping = {"max_iter": 300, "stop": {"relative_change": 1e-9, "gradient_norm": 1e-9}}
for problem, name in PAIRS:
    measured, spiked = problem in MEASURED, problem in SPIKED
    step = {} if name in STEPLESS else {"step": 0.3}
    for widths in ((20,), (20, 30, 25), (9, 8, 7, 6)):
        for slope in (0, 0.2):
            parameters = make_parameters(
                problem=problem,
                network={"widths": widths, "weights": "he", "slope": slope},
                m=12 if problem in WITH_M else widths[-1],
                measurements="gaussian" if measured else "identity",
                noise={"law": "matrix" if spiked else "sphere", "level": 0.1},
                solver={"name": name, **step, **stopping},
            )
            run_trial(parameters, 0)
            run_trial(parameters, 0, np.empty((9, 2)))
print("compiled:", sorted(compiled()))
"""


def test_what_is_compiled_ahead_is_all_that_trials_call():
    run = subprocess.run(
        [sys.executable, "-c", SCRIPT],
        capture_output=True,
        text=True,
        cwd=Path(__file__).parents[1],
        check=False,
    )
    assert run.returncode == 0, run.stderr
    assert run.stdout.strip() == "compiled: []"


# Stands for a process on a node: it writes down what it ran, as slowly as a compiler.
NODE = """
import sys, time
from pathlib import Path
import genphase.jobs.compile as compile

folder = Path(sys.argv[1])
compile.compiled_mark = lambda double: folder / sys.argv[2]

def run(what, double=False):
    with open(folder / "ran", "a") as log:
        log.write(f"begin {what}\\n")
        log.flush()
        time.sleep(0.3)
        log.write(f"end {what}\\n")

compile._compile_apart = lambda double, workers: run("to compile")
compile._run = run
compile.load_kernels(("inversion",))
"""


@pytest.mark.parametrize("processors", ["aaa", "aba"])
def test_kernels_are_compiled_once_for_each_processor_and_by_one_process(tmp_path, processors):
    nodes = [
        subprocess.Popen([sys.executable, "-c", NODE, str(tmp_path), f"{kind}.compiled"])
        for kind in processors
    ]
    assert [node.wait() for node in nodes] == [0, 0, 0]
    lines = (tmp_path / "ran").read_text().splitlines()
    kinds = len(set(processors))
    assert lines.count("begin to compile") == kinds
    assert lines.count("begin ('inversion',)") == 3
    # One after the other, beside those that find everything compiled.
    compiling = [line for line in lines if line.endswith("to compile")]
    assert compiling == ["begin to compile", "end to compile"] * kinds


TRIALS = """
import sys
import numpy as np
from samples import make_parameters
from genphase.jobs.compile import load_kernels
from genphase.cells.trial import run_trial

load_kernels(workers=int(sys.argv[1]))
for name in ("subgradient", "gradient_descent", "levenberg_marquardt", "ml_amp"):
    step = {"step": 0.7} if name.endswith("gradient") or name.endswith("descent") else {}
    solver = {"name": name, **step, "max_iter": 500, "stop": {"gradient_norm": 1e-10}}
    parameters = make_parameters(
        k=5, m=40, network={"widths": (60, 70), "weights": "he", "slope": 0}, solver=solver
    )
    trace = np.full((20, 2), np.nan)
    for trial in range(3):
        print(run_trial(parameters, trial).record)
        print(run_trial(parameters, trial, trace).record, trace.tolist())
"""


def test_digits_do_not_depend_on_who_compiles_the_kernels(tmp_path):
    def run(cache, workers):
        return subprocess.run(
            [sys.executable, "-c", TRIALS, str(workers)],
            capture_output=True,
            text=True,
            cwd=Path(__file__).parents[1],
            env={**os.environ, "GENPHASE_CACHE": str(tmp_path / cache)},
            check=True,
        ).stdout

    # Who has them compiled by two processes, who loads them, and who has one process compile all.
    said = [run("a", 2), run("a", 2), run("b", 1)]
    assert said[0].count("Record(") == 24
    assert said[0] == said[1] == said[2]


def test_solvers_that_run_the_same_kernels_are_compiled_together():
    found = groups()
    assert sorted(name for group in found for name in group) == sorted(SOLVERS.names)
    together = {name: group for group in found for name in group}
    assert together["plugin"] == together["subgradient"]
    # A part of another's.
    assert together["levenberg_marquardt"] == together["ml_amp"]
    assert together["alternating"] == ("alternating",)
    # What takes longest begins first.
    assert "subgradient" in found[0]
