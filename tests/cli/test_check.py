"""Results against published numbers, by the command."""

import pytest
from built import build

import genphase
from genphase.cli.check import BEGIN, END

SOLVERS = [
    {"name": "plugin", "step": 3, "max_iter": 300, "stop": {"relative_change": "1e-9"}},
    {"name": "gradient_descent", "step": 1, "max_iter": 20, "stop": {"relative_change": "1e-9"}},
]
AXES = {"k": [2, 3], "n": [12, 40]}


def curve(**overlay):
    paper = {"csv": "paper.csv", "x": "n", "y": "value", "label": "paper", **overlay}
    return {"curve": {"x": "n", "series": ["solver", "k"], "overlays": [paper]}}


def rates(results, change=0):
    """A file with the measured rates of PLUGIn, some of them changed."""
    rows = results.cells[results.cells["solver"] == "plugin"]
    lines = ["# A paper.", "solver,k,n,runs,value"]
    for row in rows.to_dict("records"):
        value = row["rate"] if row["n"] < 40 else abs(row["rate"] - change)
        lines.append(f"plugin,{row['k']},{row['n']},100,{value}")
    return "\n".join([*lines, "plugin,9,12,100,1"]) + "\n"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """The results of three sweeps: a right paper, a wrong one, and none."""
    place = tmp_path_factory.mktemp("check")
    options = {"solvers": SOLVERS, "axes": AXES, "trials": 20}
    figures = {"portrait": {"x": "k", "y": "n"}, "duel": {"kind": "comparison", "x": "k", "y": "n"}}
    none = genphase.load(build(place / "none", figures=figures, **options))
    for name, change in (("right", 0), ("wrong", 1)):
        (place / "paper.csv").write_text(rates(none, change))
        build(place / name, figures=curve(), **options)
    (place / "silent").mkdir()
    return place


def test_right_numbers_agree(folder, run):
    status, out, err = run("check", folder / "right")
    assert (status, err) == (0, "")
    name, head, *rows, more, _, summary = out.splitlines()
    assert name == "right"
    titles = "figure trials published (runs) measured (trials) p verdict"
    assert " ".join(head.split()) == titles
    assert len(rows) == 4
    assert all(row.endswith("agrees within sampling error") for row in rows)
    assert rows[0].startswith("  curve: rate  plugin, k = 2, n = 12  ")
    # Columns are aligned.
    assert len({row.index("plugin") for row in rows} | {head.index("trials")}) == 1
    assert "1 published number more is about no trials" in more
    assert summary.startswith("Of 4 published numbers 4 agree within sampling error (5 %, ")


def test_a_wrong_number_is_found(folder, run):
    status, out, _ = run("check", folder / "right", folder / "wrong")
    assert status == 1
    table = genphase.load(folder / "wrong").check()
    assert set(table.loc[table["verdict"] == "differs", "place"]) == {"n = 40"}
    assert out.count("  differs") == (table["verdict"] == "differs").sum() >= 1
    assert "Of 8 published numbers" in out.splitlines()[-1]


def test_a_folder_of_all_results_is_all_of_them(folder, run):
    status, out, _ = run("check", folder)
    assert status == 1
    assert out.index("right\n") < out.index("wrong\n")
    assert out.splitlines()[-1] == "Nothing is published about none."


def test_tables_for_a_document(folder, run):
    status, out, _ = run("check", folder, "--markdown")
    assert status == 1
    tables = [line for line in out.splitlines() if line.startswith("|")]
    assert tables[0] == "| sweep | what | published (runs) | measured (trials) | verdict |"
    assert all(line.count("|") == 6 for line in tables[:6])
    assert tables[2].startswith("| `right` | curve: rate; plugin, k = 2 | n = 12")
    assert "| agrees, least p" in tables[2]
    assert "Where nothing is published" in out
    (duel,) = [line for line in tables if "| duel |" in line]
    assert "of 80 instances plugin alone recovers" in duel
    assert any(line.startswith("| `none` | plugin |") for line in tables)


def test_tables_in_a_document(folder, run, tmp_path):
    document = tmp_path / "a.md"
    document.write_text(f"# Title\n\n{BEGIN}\n{END}\n\nEnd.\n")
    printed = run("check", folder / "right", "--markdown")[1]
    for _ in range(2):
        assert run("check", folder / "right", "--into", document) == (0, "", "")
        assert document.read_text() == f"# Title\n\n{BEGIN}\n\n{printed}\n{END}\n\nEnd.\n"
    document.write_text(f"{END}\n{BEGIN}\n")
    status, _, err = run("check", folder / "right", "--into", document)
    assert status == 2
    assert "write both where the tables shall be" in err


@pytest.mark.parametrize(
    ("named", "text"),
    [
        ("none", "nothing is published about none"),
        ("silent", "there are no results in"),
        ("nowhere", "there are no results in"),
    ],
)
def test_nothing_to_compare_is_a_mistake(folder, named, text, run):
    status, out, err = run("check", folder / named)
    assert (status, out) == (2, "")
    assert text in err
    assert "remedy:" in err


def test_a_file_that_does_not_say_the_solver_is_a_mistake(folder, run):
    options = {"solvers": SOLVERS, "axes": AXES}
    (folder / "unclear").mkdir()
    (folder / "unclear/paper.csv").write_text("k,n,value\n2,12,1\n")
    place = build(folder / "unclear/sweep", figures=curve(), **options)
    status, _, err = run("check", place)
    assert status == 2
    assert "solver: plugin, gradient_descent" in err
    assert "give the file a column solver" in err


def test_tables_of_an_older_genphase_are_told(folder, run):
    (folder / "older").mkdir()
    (folder / "older/paper.csv").write_text("k,n,value\n2,12,1\n")
    place = build(folder / "older/sweep", figures=curve(), axes=AXES)
    table = place / "overlays/curve.csv"
    kept = [",".join(line.split(",")[:2]) for line in table.read_text().splitlines()]
    table.write_text("\n".join(kept) + "\n")
    status, _, err = run("check", place)
    assert status == 2
    assert "run the sweep again" in err
