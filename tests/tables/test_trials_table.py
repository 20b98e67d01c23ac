import math

import numpy as np
import pytest
from samples import make_sweep

from genphase.brought import look_in
from genphase.cells.grid import expand
from genphase.cells.sampling import fixed
from genphase.records import Record, Timing
from genphase.sweep.success import Success
from genphase.tables.cells import summarise
from genphase.tables.files import read_table, read_trials, write
from genphase.tables.trials import collect, grid_table

RECORD = ["status", "iterations", "negations", "latent_error", "signal_error"]
RECORD += ["latent_norm", "signal_norm", "objective", "gradient_norm"]
HEADER = ["cell", *Record._fields, *Timing._fields]


def cells_of(**changes):
    return expand(make_sweep(**changes), 0, "sweep.yaml")


def line(cell, trial, record="converged,7,1,0.5,0.25,1.0,0.4,1.0,2.0", timing="0.1,0.2,99.0"):
    return f"{cell},{trial},{record},{timing}"


def batch(path, lines):
    path.write_text("\n".join([",".join(HEADER), *lines]) + "\n")
    return path


SUCCESS = Success(error="signal", below=1e-5)


class TestGrid:
    def test_one_row_per_point_and_solver_with_axes_and_parameters(self):
        table = grid_table(
            cells_of(
                axes={"k": [2], "architecture": [[20, 30], [10]], "noise": [0, "1e-3"]},
                network={"widths": "architecture"},
                noise="noise",
                figures=None,
            )
        )
        assert list(table) == ["cell", "solver", "k", "architecture", "noise", "widths", "m"]
        assert table["architecture"].tolist() == ["[20,30]"] * 2 + ["[10]"] * 2
        assert table["widths"].tolist() == table["architecture"].tolist()
        assert table["m"].tolist() == ["30", "30", "10", "10"]
        assert table["noise"].tolist() == ["0", "0.001"] * 2
        assert table["cell"].is_unique

    def test_parameters_that_are_no_axes_have_columns_too(self):
        table = grid_table(cells_of())
        assert list(table) == ["cell", "solver", "k", "n", "widths", "m", "noise"]
        assert table["widths"].tolist() == ["[12,12]", "[20,20]"] * 2
        assert set(table["noise"]) == {"0.0"}


class TestCollect:
    def test_the_errors_of_a_diverged_trial_are_infinite(self, tmp_path):
        cells = cells_of(axes={"k": [2], "n": [12]})
        far = "diverged,90,0,1.5e30,2.5e30,1.0,0.4,1e60,2e30"
        path = batch(tmp_path / "b.csv", [line(cells[0].id, 0), line(cells[0].id, 1, far)])
        trials, _ = collect(cells, fixed(2), [path])
        write(trials, tmp_path / "trials.csv")
        table = read_trials(tmp_path / "trials.csv")
        assert table["latent_error"].tolist() == [0.5, math.inf]
        assert table["signal_error"].tolist() == [0.25, math.inf]
        (cell,) = summarise(table, SUCCESS).to_dict("records")
        for name in ("latent_error", "signal_error", "latent_mse", "signal_mse"):
            assert cell[f"{name}_mean"] == math.inf
        assert cell["diverged"] == 1

    def test_where_there_is_no_code_the_latent_error_is_nan(self, tmp_path):
        look_in(tmp_path)
        np.save(tmp_path / "images.npy", np.random.default_rng(0).random((20, 3, 4)))
        (tmp_path / "own.py").write_text(
            "from genphase import Result, solver\n"
            '@solver(recovers="signal")\n'
            "def own(problem, start):\n"
            "    return Result(None, 1, signal=problem.observation)\n",
            encoding="utf-8",
        )
        solvers = [{"name": "plugin", "step": 3}, {"use": "own.py"}]
        far = "diverged,90,0,nan,2.5e30,1.0,0.4,1e60,2e30"
        for target, expected in (("sphere", "inf"), ({"images": "images.npy", "index": 0}, "nan")):
            axes = {"k": [2], "n": [12]}
            cells = cells_of(axes=axes, solvers=solvers, target=target, figures=None)
            path = batch(tmp_path / "b.csv", [line(cell.id, 0, far) for cell in cells])
            trials, _ = collect(cells, fixed(1), [path])
            assert trials["latent_error"].tolist() == [expected, "nan"]
            assert trials["signal_error"].tolist() == ["inf", "inf"]

    def test_trials_get_their_axes_in_the_order_of_the_grid(self, tmp_path):
        cells = cells_of(trials=2)
        # The batches come in another order than the grid.
        batches = [
            batch(tmp_path / f"{i}.csv", [line(cell.id, 0), line(cell.id, 1)])
            for i, cell in enumerate(reversed(cells))
        ]
        trials, timings = collect(cells, fixed(2), batches)
        assert list(trials) == [
            *("cell", "solver", "k", "n", "widths", "m", "noise", "trial"),
            *RECORD,
        ]
        assert trials["cell"].tolist() == [cell.id for cell in cells for _ in range(2)]
        assert trials["k"].tolist() == list("22223333")
        assert trials["n"].tolist() == ["12", "12", "20", "20"] * 2
        assert trials["trial"].tolist() == ["0", "1"] * 4
        assert list(timings) == ["cell", "solver", "trial", *Timing._fields]
        assert timings["solve_seconds"].tolist() == ["0.2"] * 8

    @pytest.mark.parametrize(
        ("found", "shown"),
        [
            ([0, 1], "0, 1"),
            ([0, 1, 1, 2], "0, 1, 1, 2"),
            ([0, 0, 1], "0, 0, 1"),
            ([], "none"),
            ([1, 2, 3], "1, 2, 3"),
            ([0, 2, 1], "0, 2, 1"),
        ],
    )
    def test_missing_and_repeated_trials_are_refused(self, tmp_path, found, shown):
        cells = cells_of(axes={"k": [2], "n": [12, 20]})
        lines = [line(cells[0].id, i) for i in range(3)] + [line(cells[1].id, i) for i in found]
        with pytest.raises(ValueError, match=f"{cells[1].id} has the trials {shown}, expected 0"):
            collect(cells, fixed(3), [batch(tmp_path / "b.csv", lines)])

    def test_a_missing_trial_is_not_made_up_for_by_another_cells_surplus(self, tmp_path):
        cells = cells_of(axes={"k": [2], "n": [12, 20]})
        lines = [line(cells[0].id, i) for i in (0, 1, 2, 3)]
        lines += [line(cells[1].id, i) for i in (0, 1)]
        with pytest.raises(ValueError, match="has the trials"):
            collect(cells, fixed(3), [batch(tmp_path / "b.csv", lines)])

    def test_a_cell_shared_by_two_grid_points_appears_at_both(self, tmp_path):
        # No width is above `least`: it changes nothing.
        cells = cells_of(
            axes={"k": [2], "width": [5, 9], "least": [9, 12]},
            network={"widths": ["max(width, least)"]},
            figures=None,
            trials=2,
        )
        ids = [cell.id for cell in cells]
        assert ids[0] == ids[2]
        distinct = dict.fromkeys(ids)
        lines = [line(cell, i) for cell in distinct for i in range(2)]
        trials, _ = collect(cells, fixed(2), [batch(tmp_path / "b.csv", lines)])
        assert trials["cell"].tolist() == [cell for cell in ids for _ in range(2)]
        assert trials["width"].tolist() == ["5"] * 4 + ["9"] * 4
        path = tmp_path / "trials.csv"
        write(trials, path)
        # Summarised at each of its points, not pooled.
        assert summarise(read_trials(path), SUCCESS)["trials"].tolist() == [2] * 4

    def test_numbers_are_copied_digit_by_digit(self, tmp_path):
        cells = cells_of(axes={"k": [2], "n": [12]}, trials=1)
        record = "converged,007,1,nan,inf,1,0.0,1e-320,0.30000000000000004"
        trials, _ = collect(
            cells, fixed(1), [batch(tmp_path / "b.csv", [line(cells[0].id, 0, record)])]
        )
        path = tmp_path / "trials.csv"
        write(trials, path)
        assert path.read_text().splitlines()[1].endswith("," + record)
        table = read_trials(path)
        assert math.isnan(table["latent_error"][0])
        assert table["signal_error"][0] == math.inf
        assert table["objective"][0] == 1e-320
        assert table["gradient_norm"][0] == 0.1 + 0.2
        assert table["iterations"][0] == 7
        assert table["k"][0] == "2"

    def test_a_solver_may_be_called_like_a_missing_value(self, tmp_path):
        solver = {"name": "plugin", "label": "NA", "step": 3}
        cells = cells_of(axes={"k": [2], "n": [12]}, trials=1, solvers=[solver])
        trials, _ = collect(cells, fixed(1), [batch(tmp_path / "b.csv", [line(cells[0].id, 0)])])
        write(trials, tmp_path / "trials.csv")
        table = summarise(read_trials(tmp_path / "trials.csv"), SUCCESS)
        write(table, tmp_path / "cells.csv")
        assert read_table(tmp_path / "cells.csv")["solver"].tolist() == ["NA"]
