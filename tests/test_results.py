"""Results as frames and figures, of a sweep that the scripts have built."""

import numpy as np
import pandas as pd
import pytest
from built import build

import genphase
from genphase.errors import SweepError
from genphase.tables.files import read_table
from genphase.tables.parquet import copy_in_parquet, read_large

SOLVERS = [
    {"name": "plugin", "step": 3, "max_iter": 300, "stop": {"relative_change": "1e-9"}},
    {"name": "gradient_descent", "step": 1, "max_iter": 20, "stop": {"relative_change": "1e-9"}},
]
FIGURES = {
    "portrait": {"x": "k", "y": "n", "overlays": [{"label": "n = 5 k", "y": "5*k"}]},
    "duel": {"kind": "comparison", "x": "k", "y": "n"},
    "errors": {"kind": "curve", "x": "k", "y": "signal_error", "series": "solver"},
    "seconds": {"kind": "curve", "x": "k", "y": "solve_seconds", "series": "solver"},
    "profile": {"series": "solver"},
    "images": {"x": "k", "only": {"n": 12}, "shape": [3, 4]},
    "budget": {"kind": "profile", "x": "solve_seconds", "series": "solver"},
}


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    """The results of a small sweep."""
    folder = tmp_path_factory.mktemp("results") / "tiny"
    return genphase.load(build(folder, solvers=SOLVERS, figures=FIGURES))


def test_tables_are_typed_and_say_what_their_columns_are(results):
    trials, cells = results.trials, results.cells
    assert len(trials) == 2 * 4 * 3
    assert trials["trial"].dtype == np.int64
    assert trials["latent_error"].dtype == np.float64
    assert cells.attrs["title"] == "A tiny sweep"
    assert cells.attrs["descriptions"]["rate"] == "recovery rate"
    assert results.timings.attrs["units"]["solve_seconds"] == "s"
    # Of what genphase itself writes, every column is described; axes are the sweep's.
    for table in (trials, cells, results.timings):
        assert set(table.columns) - set(table.attrs["descriptions"]) <= {"n"}


def test_axes_are_those_of_the_sweep(results):
    assert results.axes == {"k": [2, 3], "n": [12, 20]}


def test_a_portrait_is_a_table_over_two_axes(results):
    rates = results.portrait(solver="plugin")
    assert rates.columns.tolist() == [2, 3]
    assert rates.index.tolist() == [12, 20]
    cells = results.cells
    for k, n in ((2, 20), (3, 12)):
        here = cells[(cells["solver"] == "plugin") & (cells["k"] == k) & (cells["n"] == n)]
        assert rates.loc[n, k] == here["rate"].item()
    turned = results.portrait("n", "k", "trials", solver="plugin")
    assert (turned.T.to_numpy() == 3).all()


@pytest.mark.parametrize(
    ("ask", "error", "told"),
    [
        (lambda r: r.portrait(), ValueError, "choose one value of solver"),
        (lambda r: r.portrait(solver="plugn"), LookupError, "there are plugin, gradient_descent"),
        (lambda r: r.portrait("k", "m", "rat"), LookupError, "did you mean 'rate'"),
        (lambda r: r.figure("portait"), LookupError, "did you mean 'portrait'"),
        (lambda r: r.numbers("duell"), LookupError, "did you mean 'duel'"),
        (lambda r: r.traces, LookupError, "add `trace:` to its file"),
        (lambda r: genphase.load(r.folder.parent), FileNotFoundError, "results/SWEEP"),
    ],
)
def test_mistakes_are_told(ask, error, told, results):
    with pytest.raises(error, match=told):
        ask(results)


@pytest.mark.parametrize("name", FIGURES)
def test_figures_are_drawn_as_the_sweep_has_them(name, results):
    figure = results.figure(name)
    texts = [text.get_text() for text in figure.findobj(lambda a: hasattr(a, "get_text"))]
    assert "A tiny sweep" in texts
    if name == "portrait":
        assert "n = 5 k" in texts


def test_the_numbers_of_a_figure_are_a_table(results):
    duel = results.numbers("duel")
    assert duel["first"].tolist() == ["plugin"] * 4
    assert (duel["pairs"] == 3).all()


def test_without_published_numbers_a_check_is_an_empty_table(results):
    assert results.check().empty
    assert "verdict" in results.check()


def test_it_shows_what_it_is(results):
    assert repr(results).endswith("tiny'): A tiny sweep")
    assert results.success.below == 1e-5


def test_a_figure_looks_as_it_is_asked_to(results, tmp_path):
    """By keys or by a file; the rest is as in the sweep."""
    file = tmp_path / "journal.yaml"
    file.write_text("width: single\ntitle: false\n")
    for style in ({"width": "single", "title": False}, file, str(file)):
        figure = results.figure("portrait", style=style)
        assert figure.get_figwidth() == 3.35
        assert not figure.get_suptitle()
    with pytest.raises(SweepError, match=r"(?s)widt: unknown key.*did you mean 'width'"):
        results.figure("portrait", style={"widt": "single"})


def test_a_dataset_has_axes_units_and_descriptions(results):
    """The numbers of cells.csv, by the values of their axes."""
    found = results.dataset()
    assert dict(found.sizes) == {"solver": 2, "k": 2, "n": 2}
    for row in results.cells.to_dict("records"):
        here = found.sel(solver=row["solver"], k=row["k"], n=row["n"])
        assert float(here["rate"]) == row["rate"]
        assert float(here["signal_error_median"]) == row["signal_error_median"]
    assert found["rate"].attrs["description"] == "recovery rate"
    assert found.attrs["title"] == "A tiny sweep"


def test_a_dataset_without_xarray_says_what_to_install(results, monkeypatch):
    monkeypatch.setattr("genphase.results.find_spec", lambda name: None)
    with pytest.raises(ModuleNotFoundError, match="pip install xarray"):
        results.dataset()


class TestParquet:
    @pytest.fixture
    def table(self, results, tmp_path, monkeypatch):
        """A trials.csv that is large."""
        monkeypatch.setattr("genphase.tables.parquet.LARGE", 3)
        csv = tmp_path / "trials.csv"
        csv.write_bytes((results.folder / "trials.csv").read_bytes())
        return csv

    def test_a_large_table_has_a_copy_with_the_same_numbers(self, table):
        assert copy_in_parquet(table) == table.with_suffix(".parquet")
        pd.testing.assert_frame_equal(read_large(table), read_table(table), check_like=False)

    def test_a_copy_of_another_table_is_not_read(self, table):
        copy_in_parquet(table)
        text = table.read_text().replace("plugin", "other")
        table.write_text(text)
        assert set(read_large(table)["solver"]) == {"other", "gradient_descent"}

    def test_an_older_copy_goes_where_there_is_none_to_make(self, table, monkeypatch):
        copy = copy_in_parquet(table)
        assert copy is not None
        monkeypatch.setattr("genphase.tables.parquet.LARGE", 10_000)
        assert copy_in_parquet(table) is None
        assert not copy.exists()

    def test_nothing_is_copied_without_pyarrow(self, table, monkeypatch):
        monkeypatch.setattr("genphase.tables.parquet.find_spec", lambda name: None)
        assert copy_in_parquet(table) is None
        pd.testing.assert_frame_equal(read_large(table), read_table(table))
