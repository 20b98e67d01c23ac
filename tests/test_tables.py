import math

import numpy as np
import pandas as pd
import pytest
from samples import make_sweep

from genphase.grid import expand
from genphase.records import Record, Timing
from genphase.sweep.models import Success
from genphase.tables import (
    collect,
    grid_table,
    read_table,
    read_trials,
    recovered,
    summarise,
    transitions,
    write,
)

RECORD = ["status", "iterations", "negations", "latent_error", "signal_error"]
RECORD += ["objective", "gradient_norm"]
HEADER = ["cell", *Record._fields, *Timing._fields]


def cells_of(**changes):
    return expand(make_sweep(**changes), 0, "sweep.yaml")


def line(cell, trial, record="converged,7,1,0.5,0.25,1.0,2.0", timing="0.1,0.2"):
    return f"{cell},{trial},{record},{timing}"


def batch(path, lines):
    path.write_text("\n".join([",".join(HEADER), *lines]) + "\n")
    return path


def trials_table(rows, **columns):
    """Return trials of one cell, as read_trials would, from (status, error) pairs."""
    return pd.DataFrame(
        [
            {
                "cell": "c",
                "solver": "plugin",
                "k": "5",
                **columns,
                "trial": i,
                "status": status,
                "iterations": 10 * (i + 1),
                "latent_error": 2 * error,
                "signal_error": error,
            }
            for i, (status, error) in enumerate(rows)
        ]
    )


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
    def test_trials_get_their_axes_in_the_order_of_the_grid(self, tmp_path):
        cells = cells_of(trials=2)
        # The batches come in another order than the grid.
        batches = [
            batch(tmp_path / f"{i}.csv", [line(cell.id, 0), line(cell.id, 1)])
            for i, cell in enumerate(reversed(cells))
        ]
        trials, timings = collect(cells, 2, batches)
        assert list(trials) == [
            *("cell", "solver", "k", "n", "widths", "m", "noise", "trial"),
            *RECORD,
        ]
        assert trials["cell"].tolist() == [cell.id for cell in cells for _ in range(2)]
        assert trials["k"].tolist() == list("22223333")
        assert trials["n"].tolist() == ["12", "12", "20", "20"] * 2
        assert trials["trial"].tolist() == ["0", "1"] * 4
        assert list(timings) == ["cell", "solver", "trial", "draw_seconds", "solve_seconds"]
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
            collect(cells, 3, [batch(tmp_path / "b.csv", lines)])

    def test_a_missing_trial_is_not_made_up_for_by_another_cells_surplus(self, tmp_path):
        cells = cells_of(axes={"k": [2], "n": [12, 20]})
        lines = [line(cells[0].id, i) for i in (0, 1, 2, 3)]
        lines += [line(cells[1].id, i) for i in (0, 1)]
        with pytest.raises(ValueError, match="has the trials"):
            collect(cells, 3, [batch(tmp_path / "b.csv", lines)])

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
        trials, _ = collect(cells, 2, [batch(tmp_path / "b.csv", lines)])
        assert trials["cell"].tolist() == [cell for cell in ids for _ in range(2)]
        assert trials["width"].tolist() == ["5"] * 4 + ["9"] * 4
        path = tmp_path / "trials.csv"
        write(trials, path)
        # Summarised at each of its points, not pooled.
        assert summarise(read_trials(path), SUCCESS)["trials"].tolist() == [2] * 4

    def test_numbers_are_copied_digit_by_digit(self, tmp_path):
        cells = cells_of(axes={"k": [2], "n": [12]}, trials=1)
        record = "diverged,007,1,nan,inf,1e-320,0.30000000000000004"
        trials, _ = collect(cells, 1, [batch(tmp_path / "b.csv", [line(cells[0].id, 0, record)])])
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
        trials, _ = collect(cells, 1, [batch(tmp_path / "b.csv", [line(cells[0].id, 0)])])
        write(trials, tmp_path / "trials.csv")
        table = summarise(read_trials(tmp_path / "trials.csv"), SUCCESS)
        write(table, tmp_path / "cells.csv")
        assert read_table(tmp_path / "cells.csv")["solver"].tolist() == ["NA"]


class TestRecovered:
    ROWS = (
        ("converged", 1e-6),
        ("converged", 1e-5),
        ("converged", math.nan),
        ("capped", 1e-6),
        ("capped", 1.0),
        ("diverged", 1e-6),
        ("converged", math.inf),
    )

    def test_only_converged_trials_with_an_error_below_the_threshold(self):
        found = recovered(trials_table(self.ROWS), SUCCESS)
        assert found.tolist() == [True, False, False, False, False, False, False]

    def test_a_capped_trial_counts_where_the_rule_says_so(self):
        success = Success(error="signal", below=1e-5, capped=True)
        found = recovered(trials_table(self.ROWS), success)
        assert found.tolist() == [True, False, False, True, False, False, False]

    def test_the_rule_names_the_error(self):
        success = Success(error="latent", below=1.5e-6)
        # The latent error is twice the signal error here.
        found = recovered(trials_table([("converged", 0.7e-6), ("converged", 0.8e-6)]), success)
        assert found.tolist() == [True, False]


class TestSummarise:
    def test_by_hand(self):
        rows = [("converged", 1e-6), ("capped", 3.0), ("converged", 2.0), ("converged", 1e-7)]
        (row,) = summarise(trials_table(rows), SUCCESS).to_dict("records")
        assert list(row)[:3] == ["cell", "solver", "k"]
        assert (row["trials"], row["recovered"], row["rate"]) == (4, 2, 0.5)
        # Wilson's interval of 2 of 4.
        assert (row["rate_low"], row["rate_high"]) == pytest.approx((0.15004, 0.84996), abs=1e-5)
        assert (row["capped"], row["diverged"]) == (1, 0)
        assert row["signal_error_median"] == pytest.approx((1e-6 + 2) / 2)
        assert row["signal_error_mean"] == pytest.approx((1e-6 + 1e-7 + 5) / 4)
        assert row["iterations_median"] == 25
        assert row["iterations_mean"] == 25
        assert row["iterations_q25"] == 20
        assert row["iterations_q75"] == 30
        assert row["latent_error_median"] == pytest.approx(1e-6 + 2)

    def test_capped_and_diverged_are_counted_and_never_recovered(self):
        rows = [("capped", 0.0)] * 3 + [("diverged", math.inf)] * 2 + [("converged", 0.0)]
        (row,) = summarise(trials_table(rows), SUCCESS).to_dict("records")
        assert (row["trials"], row["recovered"]) == (6, 1)
        assert (row["capped"], row["diverged"]) == (3, 2)

    def test_nan_errors_are_infinite(self):
        rows = [("converged", math.nan), ("converged", 1.0), ("converged", math.nan)]
        (row,) = summarise(trials_table(rows), SUCCESS).to_dict("records")
        assert row["signal_error_median"] == math.inf
        assert row["signal_error_mean"] == math.inf
        assert row["signal_error_q75"] == math.inf
        rows = [("converged", 1.0), ("converged", 2.0), ("converged", 3.0), ("diverged", math.nan)]
        (row,) = summarise(trials_table(rows), SUCCESS).to_dict("records")
        assert row["signal_error_median"] == 2.5
        assert row["signal_error_mean"] == math.inf
        assert row["signal_error_q25"] == 2.0
        assert not any(isinstance(v, float) and math.isnan(v) for v in row.values())

    def test_cells_keep_the_order_of_the_grid(self):
        parts = [
            trials_table([("converged", float(i))] * 2, cell=f"c{i}", k=k)
            for i, k in enumerate(["10", "9", "100"])
        ]
        table = summarise(pd.concat(parts), SUCCESS)
        assert table["k"].tolist() == ["10", "9", "100"]
        assert table["signal_error_median"].tolist() == [0, 1, 2]


def portrait(rates, trials=20, **axes):
    """Return cells.csv of a solver from rates by row of the last axis, with increasing k."""
    rows = [
        {"cell": f"{axes}{k}", "solver": "plugin", "k": k, **axes}
        | {"recovered": round(rate * trials), "trials": trials}
        for k, rate in rates.items()
    ]
    return pd.DataFrame(rows)


RISING = {1: 0.0, 2: 0.25, 3: 0.75, 4: 1.0}


class TestTransitions:
    def test_one_row_per_line_with_the_crossing(self):
        cells = pd.concat(
            [
                portrait(RISING, solver="a", n=10),
                portrait(dict.fromkeys(RISING, 0.0), solver="a", n=20),
                portrait({k + 2: rate for k, rate in RISING.items()}, solver="b", n=10),
            ]
        )
        table = transitions(cells, ["k", "n"], "k")
        assert list(table) == [
            *("solver", "n", "along", "position", "crossing", "crossing_low", "crossing_high"),
            *("method", "points", "trials"),
        ]
        assert table["solver"].tolist() == ["a", "a", "b"]
        assert table["n"].tolist() == [10, 20, 10]
        assert set(table["along"]) == {"k"}
        assert table["crossing"][0] == pytest.approx(2.5)
        assert table["crossing"][2] == pytest.approx(4.5)
        # The first line tells that the rate rises: the empty one crosses above the grid.
        assert table["position"].tolist() == ["inside", "above", "inside"]
        assert table["crossing_low"][1] == 4
        assert table["points"].tolist() == [4, 4, 4]
        assert table["trials"].tolist() == [80, 80, 80]

    def test_solvers_do_not_tell_each_other_the_direction(self):
        empty = portrait(dict.fromkeys(RISING, 0.0), solver="b")
        cells = pd.concat([portrait(RISING, solver="a"), empty])
        assert transitions(cells, ["k"], "k")["position"].tolist() == ["inside", "unknown"]

    def test_rows_may_come_in_any_order(self):
        cells = portrait(RISING)
        shuffled = cells.sample(frac=1, random_state=1)
        pd.testing.assert_frame_equal(
            transitions(shuffled, ["k"], "k"), transitions(cells, ["k"], "k")
        )

    def test_several_other_axes_and_width_lists(self):
        cells = pd.concat(
            [
                portrait(RISING, architecture=architecture, noise=noise)
                for architecture in ("[700,600]", "[150,700,600]")
                for noise in (0.0, 0.1)
            ]
        )
        table = transitions(cells, ["architecture", "k", "noise"], "k")
        assert list(table)[:4] == ["solver", "architecture", "noise", "along"]
        assert table["architecture"].tolist() == ["[700,600]"] * 2 + ["[150,700,600]"] * 2
        assert table["noise"].tolist() == [0.0, 0.1] * 2

    def test_along_nothing_there_is_the_header_only(self, tmp_path):
        table = transitions(portrait(RISING), ["k"], None)
        write(table, tmp_path / "t.csv")
        assert (tmp_path / "t.csv").read_text() == (
            "solver,k,along,position,crossing,crossing_low,crossing_high,method,points,trials\n"
        )
        assert read_table(tmp_path / "t.csv").empty


class TestReadTable:
    def test_numbers_names_and_width_lists(self, tmp_path):
        path = tmp_path / "cells.csv"
        path.write_text(
            "cell,solver,architecture,widths,k,noise,rate,low\n"
            '00012345678901234567,1,"[5,6]","[5,6]",3,0.30000000000000004,nan,-inf\n'
            "1e5,nan,[7],[7],4,1e-320,0.5,inf\n"
        )
        table = read_table(path)
        assert table["cell"].tolist() == ["00012345678901234567", "1e5"]
        assert table["solver"].tolist() == ["1", "nan"]
        assert table["architecture"].tolist() == ["[5,6]", "[7]"]
        assert table["widths"].tolist() == ["[5,6]", "[7]"]
        assert table["k"].tolist() == [3, 4]
        assert table["k"].dtype.kind == "i"
        assert table["noise"].tolist() == [0.1 + 0.2, 1e-320]
        assert math.isnan(table["rate"][0])
        assert table["low"].tolist() == [-math.inf, math.inf]

    def test_what_is_written_is_read(self, tmp_path):
        numbers = np.random.default_rng(0).standard_normal(500)
        numbers *= 10.0 ** np.random.default_rng(1).integers(-300, 300, 500)
        write(pd.DataFrame({"x": numbers}), tmp_path / "t.csv")
        np.testing.assert_array_equal(read_table(tmp_path / "t.csv")["x"], numbers)
