import json
import os
import re
import subprocess
import sys

import numpy as np
import pytest
import yaml
from samples import SWEEP, make_sweep

from genphase.cells.grid import expand
from genphase.cells.sampling import fixed
from genphase.cells.trial import run_trial
from genphase.jobs.batches import pack
from genphase.jobs.run import run_cell
from genphase.store.cells import CellStore
from genphase.tables.built import built_text
from genphase.things import KINDS

WIDTHS = {
    **SWEEP,
    "axes": {"k": [2], "net": [[12, 12], [20, 20]]},
    "network": {"widths": "net"},
    "figures": {},
}
SOLVERS = {
    **SWEEP,
    "solvers": [{"name": "plugin", "step": 3}, {"name": "subgradient", "label": "a/b", "step": 1}],
}


@pytest.fixture
def place(tmp_path, monkeypatch):
    """A folder to work in, with sweeps and a configuration."""
    (tmp_path / "config" / "sweeps").mkdir(parents=True)
    config = {"sweeps": ["tiny"], "sweep_dir": "config/sweeps", "results": "results", "seed": 0}
    (tmp_path / "config" / "config.yaml").write_text(yaml.safe_dump(config), encoding="utf-8")
    for name, content in (("tiny", SWEEP), ("widths", WIDTHS), ("solvers", SOLVERS)):
        path = tmp_path / "config" / "sweeps" / f"{name}.yaml"
        path.write_text(yaml.safe_dump(content, sort_keys=False), encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")
    return tmp_path


def files(folder):
    return {path.relative_to(folder) for path in folder.rglob("*") if path.is_file()}


def fill(folder, trials):
    sweep = make_sweep()
    store = CellStore(folder)
    for cell in expand(sweep, 0, "sweep.yaml"):
        run_cell(cell.id, cell.parameters, fixed(trials), store)
    return sweep


def test_a_plan_for_people_says_what_a_run_would_do(place, run):
    status, out, err = run("plan", "tiny")
    assert (status, err) == (0, "")
    lines = [line.split(maxsplit=1) for line in out.splitlines()]
    assert out.splitlines()[0] == "tiny: A tiny sweep"
    assert ["cells", "4, 3 trials each"] in lines
    assert "4 cells, 12 trials" in out
    assert "core seconds" in out
    assert "MB per job" in out


def test_a_plan_for_programs_is_one_json_object(place, run):
    status, out, err = run("plan", "tiny", "--json")
    assert (status, err) == (0, "")
    assert len(out.splitlines()) == 1
    found = json.loads(out)
    expected = {"cells": 4, "cells_stored": 0, "cells_missing": 4, "trials_missing": 12}
    assert {key: found[key] for key in expected} == expected
    assert found["batches"] == 1
    assert found["core_seconds"] >= 0
    assert found["memory_mb"] > 0


def test_a_plan_writes_nothing(place, run):
    before = files(place)
    run("plan", "tiny")
    run("plan", "tiny", "--json")
    assert files(place) == before


def test_a_calibration_corrects_the_plan_and_its_trials_stay(place, run):
    before = json.loads(run("plan", "tiny", "--json")[1])
    assert (before["calibrated"], before["usage"]["trials"]) == (0, 0)
    status, out, err = run("calibrate", "tiny", "--cells", 3)
    assert (status, err) == (0, "")
    assert "k=2 n=12 plugin" in out
    assert "3 took" in out
    factor = json.loads((place / "results/tiny/calibration.json").read_text())["seconds"]
    after = json.loads(run("plan", "tiny", "--json")[1])
    assert (after["calibrated"], after["usage"]["trials"], after["trials_missing"]) == (3, 3, 9)
    assert after["core_seconds"] == pytest.approx(before["core_seconds"] * factor * 9 / 12, rel=0.2)
    assert "3 took" in run("plan", "tiny")[1]


def test_a_bad_calibration_is_named_by_the_plan(place, run):
    (place / "results" / "tiny").mkdir(parents=True)
    (place / "results/tiny/calibration.json").write_text("?")
    status, out, err = run("plan", "tiny")
    assert (status, out) == (2, "")
    assert "results/tiny/calibration.json" in err
    assert "genphase calibrate tiny" in err


def test_a_plan_knows_what_is_stored(place, run):
    fill(place / "results" / "store", 2)
    found = json.loads(run("plan", "tiny", "--json")[1])
    assert (found["cells_stored"], found["trials_missing"]) == (0, 4)
    fill(place / "results" / "store", 3)
    found = json.loads(run("plan", "tiny", "--json")[1])
    assert (found["cells_stored"], found["trials_missing"], found["batches"]) == (4, 0, 0)


def test_a_plan_tells_of_damaged_files(place, run):
    fill(place / "results" / "store", 3)
    path = next((place / "results" / "store").rglob("*.json"))
    path.write_text("damaged", encoding="utf-8")
    status, out, _ = run("plan", "tiny")
    assert status == 0
    assert "1 damaged cell file" in out
    assert path.read_text(encoding="utf-8") == "damaged"


def test_a_plan_tells_why_cells_would_be_run(place, run):
    sweep = fill(place / "results" / "store", 3)
    (place / "results" / "tiny").mkdir()
    built = place / "results" / "tiny" / "built.json"
    built.write_text(built_text("tiny", sweep, 0), encoding="utf-8")
    assert json.loads(run("plan", "tiny", "--json")[1])["reasons"] == {}
    assert "reason" not in run("plan", "tiny")[1]

    content = {**SWEEP, "axes": {"k": [2, 4], "n": [12, 20]}, "trials": 5}
    path = place / "config" / "sweeps" / "tiny.yaml"
    path.write_text(yaml.safe_dump(content, sort_keys=False), encoding="utf-8")
    expected = {"3 of 5 trials are stored": 2, "k = 4 is new": 2}
    found = json.loads(run("plan", "tiny", "--json")[1])
    assert found["reasons"] == expected
    assert "missing" not in found
    status, out, err = run("plan", "tiny")
    assert (status, err) == (0, "")
    assert out.splitlines()[-2:] == ["  2  3 of 5 trials are stored", "  2  k = 4 is new"]

    assert run("plan", "tiny", "--cells")[1].splitlines()[-4:] == [
        "  k=2 n=12 plugin: 2 of 5 trials; 3 of 5 trials are stored",
        "  k=2 n=20 plugin: 2 of 5 trials; 3 of 5 trials are stored",
        "  k=4 n=12 plugin: 5 of 5 trials; k = 4 is new",
        "  k=4 n=20 plugin: 5 of 5 trials; k = 4 is new",
    ]
    missing = json.loads(run("plan", "tiny", "--json", "--cells")[1])["missing"]
    assert len(missing) == 4
    assert missing[3] == {
        "cell": missing[3]["cell"],
        "solver": "plugin",
        "axes": {"k": 4, "n": 20},
        "trials_stored": 0,
        "trials_missing": 5,
        "reason": "k = 4 is new",
    }


def test_a_plan_does_without_a_file_of_what_was_built_that_it_cannot_read(place, run):
    (place / "results" / "tiny").mkdir(parents=True)
    (place / "results" / "tiny" / "built.json").write_text("{", encoding="utf-8")
    status, out, err = run("plan", "tiny", "--json")
    assert status == 0
    assert json.loads(out)["reasons"] == {"not in the store": 4}
    assert "built.json: it is not readable" in err
    assert len(err.splitlines()) == 1


def test_options_go_before_the_configuration(place, run):
    (place / "other").mkdir()
    content = {**SWEEP, "axes": {"k": [2], "n": [12]}}
    (place / "other" / "tiny.yaml").write_text(yaml.safe_dump(content), encoding="utf-8")
    fill(place / "elsewhere" / "store", 3)

    def cells(*options):
        found = json.loads(run("plan", "tiny", "--json", *options)[1])
        return found["cells"], found["cells_stored"]

    assert cells() == (4, 0)
    assert cells("--results", place / "elsewhere") == (4, 4)
    assert cells("--results", "elsewhere", "--seed", 1) == (4, 0)
    assert cells("--sweep-dir", place / "other", "--results", "elsewhere") == (1, 1)


def test_the_batches_of_a_plan_are_those_of_the_configuration(place, run):
    (place / "config" / "config.yaml").write_text("batch_seconds: 1e-9\n", encoding="utf-8")
    sweep = make_sweep()
    expected = len(pack(sweep, expand(sweep, 0, "sweep.yaml"), 1e-9))
    assert json.loads(run("plan", "tiny", "--json")[1])["batches"] == expected == 4


def test_the_batches_of_a_plan_are_those_of_another_length(place, run):
    status, out, _ = run("plan", "tiny", "--json", "--batch-seconds", "1e-5")
    assert (status, json.loads(out)["batches"]) == (0, 4)


def test_a_plan_of_a_refined_grid_tells_its_rounds_and_runs_nothing(place, run):
    content = {**SWEEP, "refine": {"rounds": 2}, "axes": {"k": [2, 3], "n": [12, 20]}}
    path = place / "config/sweeps/tiny.yaml"
    path.write_text(yaml.safe_dump(content, sort_keys=False), encoding="utf-8")
    _, out, _ = run("plan", "tiny")
    assert "rounds           4 cells of the grid; 2 more, whose cells follow from these" in out
    path.write_text(yaml.safe_dump({**content, "axes": {"k": [2, 3], "n": [12, 13]}}))
    status, out, err = run("plan", "tiny")
    assert (status, out) == (2, "")
    assert "no room between the values" in err


def test_a_cell_is_shown_with_its_figure_and_stores_nothing(place, run):
    before = files(place)
    status, out, err = run("cell", "tiny", "--set", "k=2", "--set", "n=20")
    assert (status, err) == (0, "")
    assert files(place) - before == {(place / "tiny-convergence.png").relative_to(place)}
    assert (place / "tiny-convergence.png").read_bytes().startswith(b"\x89PNG")
    cells = expand(make_sweep(), 0, "sweep.yaml")
    (cell,) = (cell for cell in cells if cell.point == {"k": 2, "n": 20})
    assert cell.id in out
    rows = [line.split() for line in out.splitlines() if line.split()[:1] in (["0"], ["1"], ["2"])]
    records = [run_trial(cell.parameters, trial).record for trial in range(3)]
    assert [row[:4] for row in rows] == [
        [str(r.trial), r.status, str(r.iterations), str(r.negations)] for r in records
    ]
    assert [row[5] for row in rows] == [f"{record.signal_error:.1e}" for record in records]


def test_a_cell_may_be_off_the_grid_and_one_trial(place, run):
    picture = place / "one.pdf"
    status, out, _ = run(
        "cell", "tiny", "--set", "k=4", "--set", "n=15", "--trial", 7, "--figure", picture
    )
    assert status == 0
    assert "k=4 n=15" in out
    assert picture.read_bytes().startswith(b"%PDF")
    table = out.partition("convergence plot")[0].splitlines()
    assert [line.split()[0] for line in table if "e-" in line or "e+" in line] == ["7"]


def test_an_axis_of_widths_takes_a_list(place, run):
    status, out, _ = run("cell", "widths", "--set", "net=[9,11]", "--trial", 0)
    assert status == 0
    assert "k=2" in out


OWN = """
from genphase import Result, solver

@solver(recovers="signal")
def own(problem, start):
    return Result(None, 1, signal=problem.observation)

@solver
def result(problem, start):
    return Result(start, 1)
"""


@pytest.mark.parametrize(
    ("solver", "target", "words", "drawn"),
    [
        ({"use": "own.py:own"}, "sphere", "no convergence plot: own returns a signal", False),
        ({"use": "own.py:result"}, "sphere", "no convergence plot: of result there are no", False),
        (SWEEP["solvers"][0], "image", "no latent error: an image has no latent code x*", True),
        (SWEEP["solvers"][0], "sphere", "", True),
    ],
)
def test_what_a_cell_does_not_draw_is_said_in_words(place, run, solver, target, words, drawn):
    folder = place / "config/sweeps"
    (folder / "own.py").write_text(OWN, encoding="utf-8")
    np.save(folder / "images.npy", np.random.default_rng(0).random((20, 3, 4)))
    if target == "image":
        target = {"images": "images.npy", "index": 0}
    content = {**SWEEP, "solvers": [solver], "target": target}
    content |= {"axes": {"k": [2], "n": [12]}, "figures": {"curve": {"x": "k"}}}
    (folder / "tiny.yaml").write_text(yaml.safe_dump(content), encoding="utf-8")
    status, out, err = run("cell", "tiny")
    assert (status, err) == (0, "")
    assert words in out
    assert ("no convergence plot" in out or "has no" in out) == bool(words)
    assert [path.name for path in place.glob("*.png")] == ["tiny-convergence.png"] * drawn
    assert ("convergence plot: tiny" in out) == drawn


def test_every_solver_of_a_cell_has_a_figure(place, run):
    at = ("--set", "k=2", "--set", "n=12", "--trial", 0)
    assert run("cell", "solvers", *at)[0] == 0
    assert {path.name for path in place.glob("*.png")} == {
        "solvers-convergence-plugin.png",
        "solvers-convergence-a_b.png",
    }


def test_one_of_several_solvers_can_be_chosen(place, run):
    at = ("--set", "k=2", "--set", "n=12", "--trial", 0)
    status, out, _ = run("cell", "solvers", *at, "--set", "solver=a/b")
    assert status == 0
    assert "plugin (cell" not in out
    assert [path.name for path in place.glob("*.png")] == ["solvers-convergence.png"]


@pytest.mark.parametrize(
    ("sweep", "arguments", "parts"),
    [
        ("tiny", [], ["the axis k has no value", "--set k="]),
        ("tiny", ["k"], ["'k' is not AXIS=VALUE"]),
        ("tiny", ["=3"], ["'=3' is not AXIS=VALUE"]),
        ("tiny", ["q=3"], ["no axis 'q'", "known: k, n, solver"]),
        ("tiny", ["kk=3"], ["no axis 'kk'", "did you mean 'k'?"]),
        ("tiny", ["k=2", "k=3", "n=12"], ["k is given twice"]),
        ("tiny", ["k=two", "n=12"], ["--set k", "'two'"]),
        ("tiny", ["k=", "n=12"], ["--set k", "null"]),
        ("tiny", ["k=[2", "n=12"], ["--set k", "expected"]),
        ("tiny", ["k=[2,3]", "n=12"], ["'[2,3]'", "--set k=2"]),
        ("tiny", ["k=2.5", "n=12"], ["2.5", "whole number"]),
        ("tiny", ["k=0", "n=12"], ["0 is below 1"]),
        ("tiny", ["k=2", "n=12", "solver=adam"], ["no solver 'adam'", "known: plugin"]),
        ("widths", ["net=12"], ["'12'", "--set net=[12,12]"]),
        ("widths", ["net=[12,0]"], ["[12, 0]"]),
        ("nothing", ["k=2"], ["there is no such sweep", "known: solvers, tiny, widths"]),
    ],
)
def test_a_mistake_in_a_cell_is_one_message_and_status_2(sweep, arguments, parts, place, run):
    before = files(place)
    status, out, err = run("cell", sweep, *(x for a in arguments for x in ("--set", a)))
    assert (status, out) == (2, "")
    assert "remedy: " in err
    assert "Traceback" not in err
    for part in parts:
        assert part in err
    assert files(place) == before


@pytest.mark.parametrize(
    ("figure", "part"), [("plot.doc", "'plot.doc'"), ("missing/plot.png", "'missing'")]
)
def test_a_figure_that_cannot_be_saved_is_refused_before_anything_runs(
    figure, part, place, run, monkeypatch
):
    monkeypatch.setattr("genphase.cli.report.run_trial", None)
    status, out, err = run("cell", "tiny", "--set", "k=2", "--set", "n=12", "--figure", figure)
    assert (status, out) == (2, "")
    assert part in err


@pytest.mark.parametrize(
    ("content", "part"), [("sed: 3", "sed"), ("seed: -1", "seed: -1"), ("seed: [", "line 1")]
)
def test_a_mistake_in_the_configuration_is_one_message(content, part, place, run):
    (place / "config" / "config.yaml").write_text(content, encoding="utf-8")
    status, out, err = run("plan", "tiny")
    assert (status, out) == (2, "")
    assert "config.yaml" in err.splitlines()[0]
    assert part in err
    assert "remedy: " in err


def test_a_negative_seed_is_refused(place, run):
    status, _, err = run("plan", "tiny", "--seed", -1)
    assert status == 2
    assert "-1 is below 0" in err


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ((), ["plan", "cell", "schema"]),
        (("plan",), ["SWEEP", "--json", "--cells", "--sweep-dir", "--results", "--seed"]),
        (("cell",), ["SWEEP", "--set", "--trial", "--figure", "--seed"]),
        (("schema",), ["workflow/schemas"]),
    ],
)
def test_help_names_what_there_is(command, words, place, run):
    status, out, err = run(*command, "--help")
    assert (status, err) == (0, "")
    for word in words:
        assert word in out


def test_an_unknown_option_is_a_usage_error(place, run):
    status, _, err = run("plan", "tiny", "--sed", 3)
    assert status == 2
    assert "--sed" in err


def test_schemas_are_written_to_a_folder_that_need_not_exist(place, run):
    status, out, _ = run("schema", place / "new" / "folder")
    assert status == 0
    names = ["sweep.schema.json", "config.schema.json"]
    assert out.split() == [str(place / "new" / "folder" / name) for name in names]
    for name in names:
        content = json.loads((place / "new" / "folder" / name).read_text(encoding="utf-8"))
        assert content["$schema"].startswith("https://json-schema.org/")
        assert content["additionalProperties"] is False


@pytest.mark.parametrize(
    "terminal",
    [
        {"COLUMNS": "20", "PYTHONIOENCODING": "ascii", "LC_ALL": "C", "TERM": "dumb"},
        {"COLUMNS": "30", "LC_ALL": "C.UTF-8"},
    ],
)
def test_a_cell_is_readable_in_any_terminal(terminal, tmp_path):
    label = "plug [fast] [/b] é"
    content = {**SWEEP, "solvers": [SWEEP["solvers"][0] | {"label": label}]}
    (tmp_path / "tiny.yaml").write_text(yaml.safe_dump(content), encoding="utf-8")
    figure = tmp_path / "out[a].png"
    done = subprocess.run(
        [
            *(sys.executable, "-c", "from genphase.cli import main; main()", "cell", "tiny"),
            *("--set=k=2", "--set=n=12", "--trial=0"),
            *(f"--figure={figure}", f"--sweep-dir={tmp_path}"),
        ],
        env=os.environ | terminal,
        capture_output=True,
        check=False,
    )
    said = done.stdout.decode(terminal.get("PYTHONIOENCODING", "utf-8"))
    assert done.returncode == 0, done.stderr
    assert "plug [fast] [/b] " + ("?" if "PYTHONIOENCODING" in terminal else "é") in said
    assert f"convergence plot: {figure}" in said
    (row,) = re.findall(r"^ *0 +converged .*$", said, flags=re.MULTILINE)
    assert len(row.split()) == 9
    assert figure.exists()


def test_all_that_is_known_is_listed(run):
    status, out, err = run("list")
    assert (status, err) == (0, "")
    for kind in KINDS:
        for thing in kind:
            assert f"  {thing.name}" in out
    assert "  plugin(step): Partially linearised descent" in out
    assert "  levenberg_marquardt(restarts = 0): " in out
    assert "  blind_demodulation: alternating" in out
