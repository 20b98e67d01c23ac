from pathlib import Path

import pytest
import yaml
from samples import SWEEP

from genphase.errors import BadValue, SweepError
from genphase.sweep.overlays import Published
from genphase.sweep.published import published_points, read_published
from genphase.sweep.read import load_sweep

FOLDER = Path(__file__).parents[2] / "config" / "sweeps" / "published"


def overlay(**changes):
    content = {"csv": "a.csv", "x": "k", "y": "rate", "label": "a", **changes}
    return Published.model_validate(content)


def test_comments_spaces_and_quotes(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text('# From a paper, p. 3.\n\nk, rate, net\n  # more\n5, 0.5, "[7,6]"\n')
    assert read_published(path) == [{"k": "5", "rate": "0.5", "net": "[7,6]"}]


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (b"k,rate\n5,0.5,1\n", "row 1 of"),
        (b"k,rate\n", "no rows"),
        (b"# nothing\n", "no rows"),
        (b"k,\xe9\n1,2\n", "not UTF-8"),
        (b"k,rate,k\n1,2,3\n", "the column 'k' of .* is given 2 times"),
        (b'k,"rate\n1,2\n', "is no CSV file"),
    ],
)
def test_what_is_no_table(tmp_path, content, text):
    (tmp_path / "a.csv").write_bytes(content)
    with pytest.raises(BadValue, match=text):
        read_published(tmp_path / "a.csv")


def test_a_missing_file_and_a_folder(tmp_path):
    (tmp_path / "rates.csv").mkdir()
    with pytest.raises(BadValue, match="there is no file") as caught:
        read_published(tmp_path / "rate.csv")
    assert "did you mean 'rates.csv'?" in caught.value.remedy
    with pytest.raises(BadValue, match="cannot be read"):
        read_published(tmp_path / "rates.csv")


def test_values_are_computed_from_columns():
    rows = [{"k": "5", "rate": "1e-1", "note": "x"}]
    points = published_points(overlay(x="2*k", low="rate/2", high=1), rows)
    assert points == [{"x": 10, "y": 0.1, "low": 0.05, "high": 1}]


@pytest.mark.parametrize(("value", "text"), [("many", "'many' is not a number"), ("", "''")])
def test_a_value_that_is_no_number_is_named_with_its_row(value, text):
    rows = [{"k": "5", "rate": "1"}, {"k": "6", "rate": value}]
    with pytest.raises(BadValue, match=text) as caught:
        published_points(overlay(), rows)
    assert "row 2 of a.csv" in caught.value.text


def test_every_file_of_the_repository_is_a_table_with_its_source():
    files = sorted(FOLDER.glob("*.csv"))
    readme = (FOLDER / "README.md").read_text(encoding="utf-8")
    assert len(files) >= 3
    for path in files:
        assert path.read_text(encoding="utf-8").startswith("# ")
        assert read_published(path)
        assert f"]({path.name})" in readme


@pytest.mark.parametrize(
    ("changes", "content", "key", "text"),
    [
        ({}, "k,rat\n1,1\n", "y", "no column 'rate'"),
        ({"low": "rate - s", "high": 1}, "k,rate\n1,1\n", "low", "no column 's'"),
        ({"panels": ["solver"]}, "k,rate\n1,1\n", "panels[0]", "no column 'solver'"),
        ({}, "k,rate\n1,1\n2,n/a\n", "csv", "'n/a' is not a number (row 2 of a.csv)"),
        ({"y": "1/rate"}, "k,rate\n1,0\n", "csv", "(row 1 of a.csv)"),
    ],
)
def test_a_mistake_in_a_file_is_one_of_the_sweep(tmp_path, changes, content, key, text):
    entry = {"csv": "a.csv", "x": "k", "y": "rate", "label": "a", **changes}
    figures = {"portrait": {"x": "k", "y": "n", "overlays": [entry]}}
    (tmp_path / "a.csv").write_text(content)
    (tmp_path / "sweep.yaml").write_text(yaml.safe_dump({**SWEEP, "figures": figures}))
    with pytest.raises(SweepError) as caught:
        load_sweep("sweep", tmp_path)
    (mistake,) = caught.value.mistakes
    assert mistake.key == f"figures.portrait.overlays[0].{key}"
    assert text in mistake.text
    assert mistake.remedy


def test_a_file_over_any_kind_of_figure_is_looked_at(tmp_path):
    entry = {"csv": "a.csv", "x": "k", "y": "n", "label": "a"}
    figure = {"kind": "comparison", "x": "k", "y": "n", "overlays": [entry]}
    solvers = [SWEEP["solvers"][0], {**SWEEP["solvers"][0], "label": "other"}]
    content = {**SWEEP, "solvers": solvers, "figures": {"duel": figure}}
    (tmp_path / "sweep.yaml").write_text(yaml.safe_dump(content))
    with pytest.raises(SweepError) as caught:
        load_sweep("sweep", tmp_path)
    (mistake,) = caught.value.mistakes
    assert mistake.key == "figures.duel.overlays[0].csv"
    (tmp_path / "a.csv").write_text("k,n\n2,12\n")
    assert load_sweep("sweep", tmp_path).figures


@pytest.mark.parametrize(
    "content",
    [
        b"\xef\xbb\xbfk,rate,note\n5,0.5,x\n",
        b"\xef\xbb\xbf# a mark, then a comment\nk,rate,note\n5,0.5,x\n",
        b" k , rate ,note\n 5 ,0.5 , x\n",
        b"k;rate;note\n5;0,5;x\n",
        b"k\trate\tnote\r\n5\t0.5\tx\r\n",
        b"\n\n# c\nk,rate,note\n# c\n\n5,0.5,x",
    ],
)
def test_a_table_is_read_as_spreadsheets_write_it(content, tmp_path):
    (tmp_path / "a.csv").write_bytes(content)
    assert read_published(tmp_path / "a.csv") == [{"k": "5", "rate": "0.5", "note": "x"}]


def test_a_quoted_value_may_have_lines_and_marks(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text('k,note\n5,"two\n# lines; ""quoted"""\n6,x\n')
    assert read_published(path) == [
        {"k": "5", "note": 'two\n# lines; "quoted"'},
        {"k": "6", "note": "x"},
    ]


def test_decimal_commas_are_those_of_numbers_only(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("k;rate;net\n1,5;-2,5e-3;[7,6]\n")
    assert read_published(path) == [{"k": "1.5", "rate": "-2.5e-3", "net": "[7,6]"}]
