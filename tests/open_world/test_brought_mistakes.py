"""What a user's file does wrong is told like any other mistake: file, key, value, remedy."""

import pytest
import yaml
from small import SMALL

from genphase.brought import Failed, failures_told, look_in
from genphase.cells.grid import expand
from genphase.cells.trial import run_trial
from genphase.errors import SweepError
from genphase.sweep.read import parse_sweep

GOOD = """
import numpy as np
from genphase import solver

@solver
def mine(problem, start, *, step: float, power: int = 1, fast: bool = False, kind: str = "a"):
    x = start.copy()
    while True:
        x = x - step * problem.gradient(x)
        yield x

@solver(fits=["inversion"])
def other(problem, start, *, step: float):
    yield start

def plain(problem, start):
    yield start
"""
TWO = {"use": "mine.py:mine", "step": 0.1}


def parse(folder, text=GOOD, **changes):
    if text is not None:
        (folder / "mine.py").write_text(text, encoding="utf-8")
    look_in(folder)
    content = {**SMALL, "solvers": [TWO], **changes}
    return expand(parse_sweep(yaml.safe_dump(content), "sweep.yaml"), 0, "sweep.yaml")


def test_the_good_one_is_good(tmp_path):
    assert len(parse(tmp_path)) == 1


MISTAKES = {
    "no such file": (
        {"use": "his.py", "step": 1}, "use", ["no file", "his.py"], "folder of the sweep file"
    ),
    "no such name": (
        {"use": "mine.py:mime", "step": 1}, "use", ["'mime'", "mine.py"], "did you mean 'mine'?"
    ),
    "several and no name": (
        {"use": "mine.py", "step": 1}, "use", ["several", "mine, other"], "mine.py:mine"
    ),
    "not decorated": (
        {"use": "mine.py:plain"}, "use", ["'plain'", "not decorated with @solver"], "@solver"
    ),
    "no such module": (
        {"use": "no.such.module:f"}, "use", ["'no.such.module'"], "install it"
    ),
    "an unknown option": (
        TWO | {"stepp": 1}, "stepp", ["stepp: 1"], "did you mean 'step'?"
    ),
    "a missing option": ({"use": "mine.py:mine"}, "step", ["missing"], "add `step: ...`"),
    "an expression that is none": (TWO | {"step": "1 +"}, "step", ["'1 +'"], "arithmetic"),
    "an unknown symbol": (TWO | {"step": "1/q"}, "step", ["unknown symbol 'q'"], "known"),
    "a broken whole number": (TWO | {"power": 1.5}, "power", ["1.5"], "whole numbers"),
    "a text for a truth value": (TWO | {"fast": "perhaps"}, "fast", ["'perhaps'"], "true or false"),
    "a list": (TWO | {"step": [1, 2]}, "step", ["[1, 2]"], "number"),
    "both name and use": (TWO | {"name": "plugin"}, "name", ["both name and use"], "one of"),
    "it does not fit": (
        {"use": "mine.py:other", "step": 1}, "use", ["'other' does not fit", "inversion"], "fit"
    ),
}  # fmt: skip


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_about_a_solver_names_key_value_and_remedy(mistake, tmp_path):
    solver, key, parts, remedy = MISTAKES[mistake]
    with pytest.raises(SweepError) as caught:
        parse(tmp_path, solvers=[solver])
    message = str(caught.value)
    assert message.startswith("sweep.yaml: a mistake\n"), message
    assert f"solvers[0].{key}: " in message
    for part in parts:
        assert part in message, message
    assert remedy in message.partition("remedy: ")[2], message


FILES = {
    "a syntax error": ("def f(:\n", ["line 1", "SyntaxError"]),
    "an error when it is imported": (
        "from genphase import solver\nx = 1/0\n", ["ZeroDivisionError", "mine.py, line 2: x = 1/0"]
    ),
    "a missing library": ("import no_such_library\n", ["no_such_library", "line 1"]),
    "nothing decorated": ("def mine(problem, start):\n    yield start\n", ["@solver"]),
    "an option that no YAML can hold": (
        GOOD.replace("step: float", "step: np.ndarray"), ["step", "ndarray", "float, int"]
    ),
}  # fmt: skip


@pytest.mark.parametrize("mistake", FILES)
def test_a_file_that_cannot_be_used_is_told(mistake, tmp_path):
    text, parts = FILES[mistake]
    with pytest.raises(SweepError) as caught:
        parse(tmp_path, text)
    message = str(caught.value)
    assert "solvers[0].use: " in message
    for part in parts:
        assert part in message, message


LAWS = {
    "an unknown law": ({"network": {"widths": [9], "weights": "gausian"}}, "'gaussian'"),
    "a law without a file": ({"measurements": {"use": "a.py"}}, "measurements.use"),
    "an option of none": ({"target": {"use": "mine.py:draw", "p": 1}}, "target.p"),
    "a law of an axis": (
        {"axes": {"k": [3], "m": [9], "law": ["he", "hee"]}, "network": {"widths": [9],
         "weights": "law"}}, "axes.law[1]"
    ),
    "a number from names": (
        {"axes": {"k": [3], "m": [9], "law": ["he"]}, "noise": "law"}, "axis of names"
    ),
    "a problem without a loss": ({"problem": {"use": "mine.py:Half"}}, "no loss and no gradient"),
}  # fmt: skip


@pytest.mark.parametrize("mistake", LAWS)
def test_a_mistake_about_a_law_or_a_problem_is_told(mistake, tmp_path):
    changes, part = LAWS[mistake]
    text = GOOD + (
        "from genphase import problem, target\n"
        "@target\ndef draw(rng, k):\n    return np.ones(k)\n"
        "@problem\nclass Half:\n    def observe(self, rng, clean):\n        return clean\n"
    )
    with pytest.raises(SweepError) as caught:
        parse(tmp_path, text, **changes)
    assert part in str(caught.value)


RUNS = {
    "an exception": ("        yield x / 0 if False else [][0]", ["IndexError", "mine.py", "[][0]"]),
    "a wrong shape": ("        yield x[:2]", ["solver mine", "shape (2,), not (3,)"]),
    "no numbers": ("        yield 'here'", ["solver mine", "str, not numbers"]),
}


@pytest.mark.parametrize("mistake", RUNS)
def test_what_goes_wrong_in_a_run_names_the_cell_the_trial_and_the_users_line(mistake, tmp_path):
    line, parts = RUNS[mistake]
    (cell,) = parse(tmp_path, GOOD.replace("        yield x\n", f"{line}\n", 1))
    with (
        pytest.raises(Failed) as caught,
        failures_told("cell k=3 m=40 mine"),
        failures_told("trial 7"),
    ):
        run_trial(cell.parameters, 7)
    message = str(caught.value)
    assert message.startswith("cell k=3 m=40 mine, trial 7: ")
    for part in parts:
        assert part in message, message
    assert "genphase/cells" not in message


def returning(value):
    return GOOD.partition("@solver")[0] + (
        f"from genphase import Result\n@solver\ndef mine(problem, start):\n    return {value}\n"
    )


@pytest.mark.parametrize("value", ["start", "None", "Result(start, 1, 'done')", "(start, 1)"])
def test_a_solver_that_returns_something_else_is_told(value, tmp_path):
    (cell,) = parse(tmp_path, returning(value), solvers=[{"use": "mine.py"}])
    said = r"solver mine returned .*Result\(latent, iterations, status"
    with pytest.raises(Failed, match=said), failures_told("cell"):
        run_trial(cell.parameters, 0)


def test_a_nan_is_divergence_and_an_endless_run_is_capped(tmp_path):
    (cell,) = parse(tmp_path, GOOD.replace("        yield x\n", "        yield x * np.nan\n", 1))
    record = run_trial(cell.parameters, 0).record
    assert (record.status, record.iterations) == ("diverged", 1)
    solvers = [TWO | {"max_iter": 7, "step": 1e-9}]
    (cell,) = parse(tmp_path, GOOD, solvers=solvers)
    record = run_trial(cell.parameters, 0).record
    assert (record.status, record.iterations) == ("capped", 7)


def test_a_solver_that_ends_by_itself_has_converged(tmp_path):
    text = GOOD.replace("    while True:\n", "    for _ in range(5):\n", 1)
    (cell,) = parse(tmp_path, text)
    record = run_trial(cell.parameters, 0).record
    assert (record.status, record.iterations) == ("converged", 5)


@pytest.mark.parametrize(
    ("text", "taken"),
    [
        ("@solver\ndef mine(problem, *, step: float):\n    yield problem\n", "problem, start"),
        ("@solver\ndef mine(a, b, c, *, step: float):\n    yield a\n", "problem, start"),
    ],
)
def test_a_function_that_does_not_take_what_it_is_handed_is_told_before_a_run(
    text, taken, tmp_path
):
    with pytest.raises(SweepError) as caught:
        parse(tmp_path, f"from genphase import solver\n\n{text}", solvers=[TWO])
    (mistake,) = caught.value.mistakes
    assert f"the solver mine in mine.py does not take {taken}" in mistake.text
    assert f"write def mine({taken}, *, ...)" in mistake.remedy
