import pandas as pd
import pytest
from samples import make_sweep

from genphase.tables.cells import summarise
from genphase.tables.comparison import compare
from genphase.tables.readme import TABLES, About, describe
from genphase.tables.transition import transitions

SUCCESS = make_sweep().success


def make_about(**changes):
    about = {
        "name": "tiny",
        "title": "A tiny sweep",
        "reference": "Nobody (2020), Figure 1",
        "description": "",
        "problem": "inversion",
        "trials": "4",
        "success": SUCCESS,
        "seeds": [7],
        "numerics": {"a": "v1", "b": "v1"},
        "figures": {"portrait": "portrait", "duel": "comparison"},
        "traces": False,
        "overlays": True,
        "origin": "genphase 9.9.9, on 2020-01-01",
    }
    return About(**about | changes)


@pytest.fixture
def trials():
    """Solver a recovers from m = 3 on, b never; one trial of b has diverged."""
    rows = []
    for m in (1, 2, 3, 4):
        for solver in "ab":
            for trial in range(4):
                good = solver == "a" and m > 2
                status = "converged" if good else "capped"
                if (m, solver, trial) == (1, "b", 0):
                    status = "diverged"
                rows.append((f"{solver}{m}", solver, m, trial, status, 1e-9 if good else 1.0))
    columns = ["cell", "solver", "m", "trial", "status", "signal_error"]
    table = pd.DataFrame(rows, columns=columns)
    extra = {"k": 2, "widths": "[9]", "noise": 0.0, "iterations": 5, "negations": 0}
    extra |= {"latent_error": 1.0, "latent_norm": 1.0, "signal_norm": 1.0}
    return table.assign(**extra, objective=0.0, gradient_norm=0.0)


def text_of(trials, **changes):
    cells = summarise(trials, SUCCESS)
    found = transitions(cells, axes=["m"], along="m", across=None, levels=[0.5], coordinate=None)
    duel = compare(trials, ["a", "b"], SUCCESS)
    return describe(make_about(**changes), cells, found, {"duel": duel})


def test_it_says_what_the_results_are_of(trials):
    text = text_of(trials)
    for told in ("A tiny sweep", "Nobody (2020)", "seed       7", "a: v1", "genphase 9.9.9"):
        assert told in text
    assert SUCCESS.in_words in text


def test_it_says_how_trials_ended_and_where_rates_cross(trials):
    text = text_of(trials)
    assert "a: 8 of 16 recovered; 8 met the iteration cap, 0 diverged" in text
    assert "b: 0 of 16 recovered; 15 met the iteration cap, 1 diverged" in text
    assert "a: 0.5 at m = 2.5" in text
    assert "b: 0.5 nowhere on the grid" in text
    assert "of 4 grid points, a in 0, b in 0 is better" in text
    assert "recovered by one alone: a 8, b 0" in text


def test_it_names_every_file(trials):
    text = text_of(trials)
    assert "duel.png, .pdf" in text
    assert "duel.html" not in text
    assert "map.html" in text_of(trials, figures={"map": "portrait"})
    assert {name for name in TABLES if name not in text} == {"traces.csv", "images/"}
    assert "traces.csv" in text_of(trials, traces=True)
    assert "images/" in text_of(trials, figures={"digits": "images"})


def test_no_line_is_longer_than_a_terminal(trials):
    long = text_of(trials, description="word " * 80)
    assert max(map(len, long.splitlines())) <= 100
