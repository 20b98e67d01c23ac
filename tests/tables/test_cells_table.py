import json
import math
import runpy
from pathlib import Path
from types import SimpleNamespace

import pandas as pd
import pytest
from snakemake.iocontainers import OutputFiles

from genphase.sweep.success import Success
from genphase.tables.cells import recovered, summarise
from genphase.tables.files import read_table, write
from genphase.tables.transition import transitions


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
                "latent_norm": 0.5,
                "signal_norm": 3.0,
            }
            for i, (status, error) in enumerate(rows)
        ]
    )


SUCCESS = Success(error="signal", below=1e-5)


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

    def test_trials_with_an_error_below_the_threshold_unless_they_diverged(self):
        found = recovered(trials_table(self.ROWS), SUCCESS)
        assert found.tolist() == [True, False, False, True, False, False, False]

    def test_only_converged_trials_where_the_rule_asks_for_it(self):
        success = Success(error="signal", below=1e-5, converged=True)
        found = recovered(trials_table(self.ROWS), success)
        assert found.tolist() == [True, False, False, False, False, False, False]

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

    def test_squared_errors_by_hand(self):
        rows = [("converged", 1.0), ("capped", 3.0), ("converged", 2.0), ("diverged", 10.0)]
        (row,) = summarise(trials_table(rows), SUCCESS).to_dict("records")
        # ‖G(x̂) - y*‖ is 3, 9, 6, 30; ‖x̂ - x*‖, with an error twice as large, 1, 3, 2, 10.
        assert row["signal_mse_median"] == pytest.approx((36 + 81) / 2)
        assert row["signal_mse_mean"] == pytest.approx((9 + 81 + 36 + 900) / 4)
        assert (row["signal_mse_q25"], row["signal_mse_q75"]) == pytest.approx((36, 81))
        assert row["latent_mse_median"] == pytest.approx((4 + 9) / 2)
        assert row["latent_mse_mean"] == pytest.approx((1 + 9 + 4 + 100) / 4)
        assert (row["latent_mse_q25"], row["latent_mse_q75"]) == pytest.approx((4, 9))

    def test_columns(self):
        table = summarise(trials_table([("converged", 1.0)]), SUCCESS)
        names = ("latent_error", "signal_error", "iterations", "latent_mse", "signal_mse")
        assert list(table)[3:] == [
            *("trials", "recovered", "rate", "rate_low", "rate_high", "capped", "diverged"),
            *(f"{name}_{part}" for name in names for part in ("median", "mean", "q25", "q75")),
        ]

    def test_a_squared_error_of_an_infinite_or_unknown_error_is_infinite(self):
        trials = trials_table([("diverged", math.inf), ("converged", math.nan)])
        trials["latent_norm"] = 0.0
        (row,) = summarise(trials, SUCCESS).to_dict("records")
        assert row["signal_mse_median"] == math.inf
        assert row["latent_mse_mean"] == math.inf

    def test_capped_and_diverged_are_counted_and_only_small_errors_recovered(self):
        rows = [("capped", 0.0)] * 3 + [("diverged", math.inf)] * 2 + [("converged", 0.0)]
        (row,) = summarise(trials_table(rows), SUCCESS).to_dict("records")
        assert (row["trials"], row["recovered"]) == (6, 4)
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
            *("solver", "n", "along", "crossing_level", "position", "crossing", "crossing_low"),
            *("crossing_high", "method", "points", "trials", "transition_width"),
            *("transition_width_low", "transition_width_high"),
            *("lack_of_fit", "portrait_position", "portrait_crossing", "portrait_low"),
            *("portrait_high", "portrait_order", "portrait_lack_of_fit", "portrait_dispersion"),
            *("width_exponent", "width_exponent_low", "width_exponent_high", "portrait_link"),
            *("portrait_floor", "portrait_floor_low", "portrait_floor_high", "portrait_lapse"),
            *("portrait_lapse_low", "portrait_lapse_high", "aic_logit", "aic_probit"),
            "aic_cloglog",
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
            "solver,k,along,crossing_level,position,crossing,crossing_low,crossing_high,method,points,"
            "trials,transition_width,transition_width_low,transition_width_high,lack_of_fit,"
            "portrait_position,portrait_crossing,"
            "portrait_low,portrait_high,portrait_order,portrait_lack_of_fit,portrait_dispersion,"
            "width_exponent,width_exponent_low,width_exponent_high,portrait_link,portrait_floor,"
            "portrait_floor_low,portrait_floor_high,portrait_lapse,portrait_lapse_low,"
            "portrait_lapse_high,aic_logit,aic_probit,aic_cloglog\n"
        )
        assert read_table(tmp_path / "t.csv").empty


def summarised(folder, trials, axes, along):
    """Write trials.csv and return cells.csv and transition.csv as the rule's script makes them."""
    write(trials, folder / "trials.csv")
    cells, transition = folder / "cells.csv", folder / "transition.csv"
    lines = {"axes": axes, "along": along}
    recipe = {"success": SUCCESS.model_dump(mode="json"), "lines": lines}
    record = folder / "provenance/tables.json"
    made = {"cells": str(cells), "transition": str(transition), "record": str(record)}
    job = SimpleNamespace(
        log=[str(folder / "log")],
        input=[str(folder / "trials.csv")],
        output=OutputFiles(fromdict=made),
        params=SimpleNamespace(recipe=json.dumps(recipe), sweeps="."),
    )
    script = Path(__file__).parents[2] / "scripts" / "summarise_cells.py"
    runpy.run_path(str(script), {"snakemake": job}, "__main__")
    return read_table(cells), read_table(transition)


def line_of_trials(recovered, of, **columns):
    """Return trials of the cells of a line, of which some recover, by n."""
    parts = [
        trials_table(
            [("converged", 0.0)] * count + [("converged", 1.0)] * (of - count),
            cell=f"{columns}{n}",
            n=n,
            **columns,
        )
        for n, count in recovered.items()
    ]
    return pd.concat(parts)


class TestScript:
    # As text, 100 < 20 < 8 and 1e-3 < 2e-4.
    @pytest.mark.parametrize(
        "grid", [["8", "20", "100"], ["100", "8", "20"], ["0.0002", "1e-3", "0.9"]]
    )
    def test_a_crossing_lies_between_numbers_not_texts(self, tmp_path, grid):
        low, middle, high = sorted(grid, key=float)
        counts = {low: 0, middle: 0, high: 4}
        trials = line_of_trials({n: counts[n] for n in grid}, 4)
        cells, table = summarised(tmp_path, trials, ["n"], "n")
        (row,) = table.to_dict("records")
        assert (row["position"], row["method"]) == ("inside", "separated")
        assert row["crossing"] == pytest.approx((float(middle) + float(high)) / 2)
        assert cells["n"].tolist() == [float(n) for n in grid]

    def test_a_line_is_fitted_to_numbers(self, tmp_path):
        counts = {8: 1, 9: 2, 10: 5, 20: 12, 100: 20, 101: 20}
        numbers = portrait({n: count / 20 for n, count in counts.items()})
        expected = transitions(numbers.rename(columns={"k": "n"}), ["n"], "n")
        trials = line_of_trials({str(n): count for n, count in counts.items()}, 20)
        _, table = summarised(tmp_path, trials, ["n"], "n")
        assert table["method"].tolist() == ["logistic"]
        assert 10 < table["crossing"][0] < 20
        for name in ("crossing", "crossing_low", "crossing_high"):
            assert table[name][0] == pytest.approx(expected[name][0], rel=1e-12)

    def test_lines_are_in_the_order_of_their_numbers(self, tmp_path):
        # A line of all 0 crosses above the largest number.
        lines = [
            line_of_trials({"8": 0, "20": 4 * (k == "9"), "100": 4 * (k != "100")}, 4, k=k)
            for k in ("9", "10", "100")
        ]
        _, table = summarised(tmp_path, pd.concat(lines), ["k", "n"], "n")
        assert table["k"].tolist() == [9, 10, 100]
        assert table["position"].tolist() == ["inside", "inside", "above"]
        assert table["crossing"].tolist()[:2] == [14, 60]
        assert table["crossing_low"][2] == 100
