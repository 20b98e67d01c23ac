import subprocess
import sys
from pathlib import Path

import pytest

# In a fresh process: what was called there already, compiled or loaded, is not called for again.
SCRIPT = """
import sys
from numba.core.dispatcher import Dispatcher
from samples import make_parameters
import genphase.kernels
from genphase.jobs.compile import load_kernels
from genphase.sweep.catalogue import FITS, MEASURED, SPIKED, STEPLESS, WITH_M
from genphase.cells.trial import run_trial

def signatures():
    return {
        (name, str(signature))
        for module, content in list(sys.modules.items()) if module.startswith("genphase.kernels")
        for name, kernel in vars(content).items() if isinstance(kernel, Dispatcher)
        for signature in kernel.signatures
    }

PAIRS = [(problem, name) for name in FITS for problem in FITS[name]]
load_kernels()
before = signatures()
assert before
stopping = {"max_iter": 300, "stop": {"relative_change": 1e-9, "gradient_norm": 1e-9}}
for problem, name in PAIRS:
    measured, spiked = problem in MEASURED, problem in SPIKED
    step = None if name in STEPLESS else 0.3
    for widths in ((20,), (20, 30, 25), (9, 8, 7, 6)):
        for slope in (0, 0.2):
            run_trial(
                make_parameters(
                    problem=problem,
                    network={"widths": widths, "weights": "he", "slope": slope},
                    m=12 if problem in WITH_M else widths[-1],
                    measurements="gaussian" if measured else "identity",
                    noise={"law": "matrix" if spiked else "sphere", "level": 0.1},
                    solver={"name": name, "step": step, **stopping},
                ),
                0,
            )
print("new:", sorted(signatures() - before))
"""


def test_what_is_compiled_ahead_is_all_that_trials_call():
    run = subprocess.run(
        [sys.executable, "-c", SCRIPT],
        capture_output=True,
        text=True,
        cwd=Path(__file__).parent,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    assert run.stdout.strip() == "new: []"


# Stands for a process on a node: it writes down what it ran, as slowly as a compiler.
NODE = """
import sys, time
from pathlib import Path
import genphase.jobs.compile as compile

folder = Path(sys.argv[1])
compile.compiled_mark = lambda: folder / sys.argv[2]

def run(problems):
    with open(folder / "ran", "a") as log:
        log.write(f"begin {len(tuple(problems))}\\n")
        log.flush()
        time.sleep(0.3)
        log.write("end\\n")

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
    assert lines.count("begin 6") == kinds
    assert lines.count("begin 1") == 3 - kinds
    # One after the other, but for those that find everything compiled.
    compiling = [i for i, line in enumerate(lines) if line == "begin 6"]
    assert all(lines[i + 1] == "end" for i in compiling)
