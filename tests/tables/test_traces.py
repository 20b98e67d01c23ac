import math

import numpy as np
import pytest
from samples import make_sweep

from genphase.cells.grid import expand
from genphase.cells.trial import run_trial
from genphase.sweep.models import Tracing
from genphase.tables import traces
from genphase.tables.files import read_table, write
from genphase.tables.traces import log_spaced, trace_cells
from genphase.tables.trials import grid_table

SWEEP = make_sweep(
    axes={"k": [2, 3], "n": [12]},
    solvers=[
        {"name": "plugin", "step": 3, "max_iter": 300, "stop": {"relative_change": 1e-6}},
        {"name": "subgradient", "step": 1, "max_iter": 7},
    ],
    figures=None,
)
CELLS = expand(SWEEP, 0, "sweep.yaml")


@pytest.fixture(scope="module")
def table():
    return trace_cells(CELLS, Tracing(trials=2, points=40))


class TestLogSpaced:
    @pytest.mark.parametrize(("last", "points"), [(0, 2), (1, 2), (5, 9), (8, 9)])
    def test_a_short_run_is_kept_whole(self, last, points):
        assert log_spaced(last, points).tolist() == list(range(last + 1))

    @pytest.mark.parametrize(("last", "points"), [(10, 2), (10, 3), (1000, 400), (10**9, 100)])
    def test_a_long_run_keeps_its_ends_and_no_more_than_asked(self, last, points):
        kept = log_spaced(last, points)
        assert (kept[0], kept[-1]) == (0, last)
        assert len(kept) <= points
        assert np.all(np.diff(kept) > 0)

    def test_by_hand(self):
        assert log_spaced(1000, 5).tolist() == [0, 1, 10, 100, 1000]
        # Powers of 2**(1/2), rounded, each once.
        assert log_spaced(8, 8).tolist() == [0, 1, 2, 3, 4, 6, 8]


class TestTraceCells:
    def test_columns_are_those_of_trials_and_the_iterates(self, table):
        grid = list(grid_table(CELLS))
        assert list(table) == [*grid, "trial", "iteration", "objective", "latent_error"]
        assert list(dict.fromkeys(zip(table["cell"], table["trial"], strict=True))) == [
            (cell.id, trial) for cell in CELLS for trial in (0, 1)
        ]

    def test_iterates_are_those_of_the_plain_loop_and_the_last_is_the_trials(self, table):
        for cell in CELLS:
            for trial in (0, 1):
                found = table[(table["cell"] == cell.id) & (table["trial"] == trial)]
                trace = np.full((400, 2), np.nan)
                record = run_trial(cell.parameters, trial, trace).record
                assert found["iteration"].tolist() == log_spaced(record.iterations, 40).tolist()
                values = found[["objective", "latent_error"]].to_numpy()
                np.testing.assert_array_equal(values[:-1], trace[found["iteration"][:-1]])
                assert values[-1].tolist() == [record.objective, record.latent_error]
                # The first is the start.
                assert found["iteration"].iloc[0] == 0
                assert np.isfinite(values).all()

    def test_runs_from_several_starts_are_one_behind_the_other(self):
        solver = {"name": "levenberg_marquardt", "max_iter": 3, "restarts": 2}
        sweep = make_sweep(axes={"k": [3], "n": [12]}, solvers=[solver], noise=0.3, figures=None)
        (cell,) = expand(sweep, 0, "sweep.yaml")
        found = trace_cells([cell], Tracing(trials=1, points=40))
        record = run_trial(cell.parameters, 0).record
        assert 3 < record.iterations <= 9
        assert found["iteration"].tolist() == list(range(record.iterations + 1))
        assert np.isfinite(found["objective"]).all()
        last = found.iloc[-1]
        assert [last["objective"], last["latent_error"]] == [record.objective, record.latent_error]
        assert record.objective <= found["objective"].min()
        # A fresh start lets the objective rise, which no step does.
        assert (np.diff(found["objective"][:-1]) > 0).any()

    def test_a_capped_run_ends_at_the_cap(self, table):
        capped = table[table["solver"] == "subgradient"]
        assert set(capped.groupby(["cell", "trial"])["iteration"].max()) == {7}

    def test_repeated_it_is_the_same_to_the_byte(self, table, tmp_path):
        write(table, tmp_path / "first.csv")
        write(trace_cells(CELLS, Tracing(trials=2, points=40)), tmp_path / "second.csv")
        first = (tmp_path / "first.csv").read_bytes()
        assert first == (tmp_path / "second.csv").read_bytes()
        # More trials add rows, and change none.
        write(trace_cells(CELLS, Tracing(trials=3, points=40)), tmp_path / "third.csv")
        assert set(first.splitlines()) < set((tmp_path / "third.csv").read_bytes().splitlines())

    def test_it_can_be_read_for_figures(self, table, tmp_path):
        write(table, tmp_path / "traces.csv")
        read = read_table(tmp_path / "traces.csv")
        np.testing.assert_array_equal(read["latent_error"], table["latent_error"])
        assert read["k"].dtype.kind == "i"

    def test_of_a_very_long_run_the_beginning_and_the_last_iterate_are_kept(self, monkeypatch):
        whole = trace_cells(CELLS[:1], Tracing(points=1000))
        monkeypatch.setattr(traces, "LONGEST", 10)
        cut = trace_cells(CELLS[:1], Tracing(points=1000))
        assert cut["iteration"].tolist() == [*range(10), whole["iteration"].iloc[-1]]
        assert cut["latent_error"].iloc[-1] == whole["latent_error"].iloc[-1]

    def test_a_diverged_run_is_traced_to_its_end(self):
        sweep = make_sweep(
            solvers=[{"name": "gradient_descent", "step": 1e9, "max_iter": 300}], figures=None
        )
        (cell, *_) = expand(sweep, 0, "sweep.yaml")
        found = trace_cells([cell], Tracing())
        record = run_trial(cell.parameters, 0).record
        assert record.status == "diverged"
        assert found["iteration"].iloc[-1] == record.iterations
        assert found["latent_error"].iloc[-1] == record.latent_error
        assert not math.isnan(found["objective"].iloc[0])
