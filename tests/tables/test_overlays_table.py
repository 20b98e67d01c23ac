import math
from itertools import islice
from typing import ClassVar

import numpy as np
import pandas as pd
import pytest
from samples import make_sweep

from genphase.cells.grid import expand
from genphase.sweep.figures import figure_spec
from genphase.sweep.success import Success
from genphase.tables.curve import with_instance_errors
from genphase.tables.files import with_numbers
from genphase.tables.overlays import tabulate_overlays
from genphase.tables.trials import grid_table
from genphase.theory.state_evolution import iterates, threshold

SENSING = {
    "problem": "compressed_sensing",
    "axes": {"k": [2, 3, 5], "m": [4, 8, 16]},
    "network": {"widths": [30, 20]},
    "solvers": [{"name": "subgradient", "step": 1}],
}
PORTRAIT = {"x": "k", "y": "m"}
NOISY = {"noise": 0.01, "target": "unit_signal"}
ROWS = ({"k": "2", "rate": "0.5", "a": "0.1"}, {"k": "3", "rate": "1e-1", "a": "0.5"})
PAPER = {"csv": "paper.csv", "x": "k", "y": "10*rate", "label": "paper"}


def tabulated(figure, published=None, **changes):
    """Return the overlays of the only figure of a sweep."""
    sweep = make_sweep(**{**SENSING, "figures": {"figure": figure}, **changes})
    grid = with_numbers(grid_table(expand(sweep.only_places(), 0, "sweep.yaml")))
    spec = sweep.figures["figure"]
    return tabulate_overlays(grid, list(sweep.axes), spec, sweep, published or {})


def portrait(*overlays, published=None, changes=(), **options):
    figure = {"kind": "portrait", **PORTRAIT, "overlays": list(overlays), **options}
    return tabulated(figure, published, **dict(changes))


def curve(*overlays, published=None, changes=(), **options):
    figure = {"kind": "curve", "x": "k", "overlays": list(overlays), **options}
    return tabulated(figure, published, **dict(changes))


MESSAGES = {"name": "ml_amp", "damping": 0, "polish": False, "max_iter": 20}


class TestErrorsOfIterates:
    changes: ClassVar = {
        "axes": {"m": [9, 12, 24]},
        "k": 6,
        "network": {"widths": [40, "2*m"]},
        "solvers": [MESSAGES, {**MESSAGES, "label": "damped", "damping": 0.1}],
        "trace": {"trials": 1},
    }

    def trace(self, changes=(), **options):
        figure = {"kind": "trace", "overlays": [{"theory": "state_evolution"}], **options}
        return tabulated(figure, **{**self.changes, **dict(changes)})

    def test_each_size_has_the_line_of_its_recursion(self):
        table = self.trace(panels=["m"])
        assert table["m"].unique().tolist() == [9, 12, 24]
        for m, line in table.groupby("m"):
            path = iterates(m, 6, (40, 2 * m), "linear")
            # To the solver's cap, at whole iterations, the start among them.
            assert line["x"].tolist() == list(range(21))
            np.testing.assert_allclose(line["y"], np.sqrt(list(islice(path, 21))))
        assert set(table["overlay_kind"]) == {"line"}

    def test_lines_of_one_panel_are_apart_and_equal_ones_are_drawn_once(self):
        assert self.trace()["overlay_line"].unique().tolist() == [0, 1, 2]
        solvers = [{**MESSAGES, "max_iter": "10*a"}]
        alike = {"axes": {"m": [9], "a": [1, 2]}, "solvers": solvers}
        assert self.trace(alike)["overlay_line"].unique().tolist() == [0]

    def test_solvers_that_do_something_else_have_none(self):
        assert set(self.trace(panels=["solver", "m"])["solver"]) == {"ml_amp"}

    def test_a_solver_by_an_axis(self):
        changes = {
            "axes": {"m": [9], "how": ["ml_amp"]},
            "solvers": [{"use": "how", "damping": 0, "polish": False}],
        }
        table = self.trace(changes, panels=["how"])
        assert set(table["how"]) == {"ml_amp"}

    def test_a_run_to_the_end_stops_at_rounding(self):
        solvers = [{**MESSAGES, "max_iter": 5000}]
        table = self.trace({"solvers": solvers, "axes": {"m": [24]}})
        assert 1e-16 < table["y"].min() < 1e-14
        assert table["x"].max() < 5000

    def test_phaseless_measurements_have_their_own(self):
        linear, phaseless = (
            self.trace({"problem": problem})["y"]
            for problem in ("compressed_sensing", "phase_retrieval")
        )
        assert (phaseless[1:21] > linear[1:21]).all()


class TestExpressions:
    def test_a_line_over_the_whole_panel(self):
        table = portrait({"y": "2*k + n1", "label": "a line"})
        assert list(table) == [
            *("solver", "overlay", "overlay_label", "overlay_kind", "overlay_line"),
            *("x", "y", "low", "high"),
            *("overlay_compare", "overlay_about", "overlay_runs", "overlay_se"),
        ]
        np.testing.assert_allclose(table["y"], 2 * table["x"] + 30)
        assert table["x"].iloc[[0, -1]].tolist() == pytest.approx([1.5, 6])
        assert set(table["overlay_label"]) == {"a line"}
        assert table[["low", "high"]].isna().all(axis=None)

    def test_a_line_over_the_y_axis(self):
        table = portrait({"x": "sqrt(m - 8)"})
        np.testing.assert_allclose(table["x"], np.sqrt(table["y"] - 8))
        assert table["y"].max() == pytest.approx(20)
        assert set(table["overlay_label"]) == {"sqrt(m - 8)"}

    def test_a_gap_makes_two_lines(self):
        table = portrait({"y": "1/sqrt((k - 3)**2 - 1)"})
        assert set(table["overlay_line"]) == {0, 1}
        left, right = (part["x"] for _, part in table.groupby("overlay_line"))
        assert left.max() < 2 < 4 < right.min()

    def test_a_log_axis_is_filled_evenly(self):
        x = portrait({"y": "k"}, x_scale="log")["x"]
        np.testing.assert_allclose(np.diff(np.log(x)), np.log(x[1] / x[0]))

    def test_each_panel_has_its_own_line(self):
        changes = {"axes": {**SENSING["axes"], "tau": [0.1, 0.5]}, "noise": "tau"}
        table = portrait({"y": "100*noise"}, changes=changes)
        assert table.groupby("tau")["y"].unique().map(list).to_dict() == {0.1: [10], 0.5: [50]}


class TestPublished:
    def test_points_of_expressions_over_columns(self):
        bars = {"low": "10*rate - 1", "high": "10*rate + 2"}
        table = portrait({**PAPER, **bars}, published={"paper.csv": ROWS})
        assert set(table["overlay_kind"]) == {"points"}
        found = table[["x", "y", "low", "high"]].to_numpy().tolist()
        assert found == [[2, 5, 4, 7], [3, 1, 0, 3]]

    def test_a_column_names_the_panels_of_a_row(self):
        changes = {"axes": {**SENSING["axes"], "a": [0.1, 0.5]}, "noise": "a"}
        published = {"paper.csv": ROWS}
        table = portrait({**PAPER, "panels": ["a"]}, published=published, changes=changes)
        assert table[["a", "x"]].to_numpy().tolist() == [[0.1, 2], [0.5, 3]]
        table = portrait({**PAPER, "kind": "line"}, published=published, changes=changes)
        assert table["a"].tolist() == [0.1, 0.1, 0.5, 0.5]
        assert set(table["overlay_kind"]) == {"line"}

    def test_width_lists_are_compared_without_spaces(self):
        rows = [{"k": "2", "rate": "1", "net": "[30, 20]"}]
        changes = {
            "axes": {**SENSING["axes"], "net": [[30, 20], [20]]},
            "network": {"widths": "net"},
        }
        overlay = {**PAPER, "panels": ["net"]}
        table = portrait(overlay, published={"paper.csv": rows}, changes=changes)
        assert table["net"].tolist() == ["[30,20]"]


class TestLimits:
    def test_counting_is_a_straight_line(self):
        table = portrait({"theory": "counting"})
        np.testing.assert_allclose(table["y"], table["x"])
        assert table["x"].max() == pytest.approx(6)
        assert set(table["overlay_label"]) == {"counting bound"}

    def test_counting_through_points_that_where_left_out_and_on_log_axes(self):
        table = portrait({"theory": "counting"}, changes={"where": "m > k"}, y_scale="log")
        np.testing.assert_allclose(table["y"], table["x"], rtol=5e-3)
        assert table["x"].max() == pytest.approx(6, abs=0.05)

    def test_counting_stands_where_layers_are_too_narrow(self):
        changes = {"axes": {"k": [2, 4, 8], "m": [4, 8, 16]}, "network": {"widths": [12, 20]}}
        table = portrait({"theory": "counting"}, changes=changes)
        upright = table[table["y"] > 7]
        np.testing.assert_allclose(upright["x"], 6)
        assert upright["y"].max() == pytest.approx(20)

    def test_the_same_sides_swapped(self):
        table = portrait({"theory": "counting"}, x="m", y="k")
        np.testing.assert_allclose(table["y"], table["x"])

    def test_state_evolution_is_at_its_threshold(self):
        table = portrait({"theory": "state_evolution"})
        inside = table[table["x"].between(2, 5)]
        assert len(inside) > 3
        for _, point in inside.iterrows():
            least = threshold(point["x"], np.array([30.0, 20.0]), "linear")
            assert point["y"] == pytest.approx(float(least), rel=5e-3)

    def test_all_solvers_have_the_same(self):
        solvers = [*SENSING["solvers"], {"name": "plugin", "step": 1}]
        table = portrait({"theory": "state_evolution"}, changes={"solvers": solvers})
        first, second = (part.reset_index() for _, part in table.groupby("solver"))
        assert first["y"].equals(second["y"])

    def test_the_widths_of_plugin_over_k_and_n(self):
        changes = {
            "problem": "inversion",
            "axes": {"k": [2, 3, 5], "n": [5, 200, 400]},
            "network": {"widths": ["n"]},
            "solvers": [{"name": "plugin", "step": 2}],
        }
        table = portrait({"theory": "plugin_width", "constant": 10}, y="n", changes=changes)
        np.testing.assert_allclose(table["y"], 50 * table["x"])
        assert "$C_0$ = 10" in table["overlay_label"].iloc[0]

    def test_the_measurements_of_a_theorem_over_k_and_m(self):
        theory = {"theory": "nonexpansive_measurements", "constant": 0.3}
        table = portrait(theory)
        k = table["x"].to_numpy()
        needed = 0.3 * k * (2 + np.log(30 / k) + np.log(20 / k))
        np.testing.assert_allclose(table["y"], needed, rtol=2e-3)
        assert "$C$ = 0.3" in table["overlay_label"].iloc[0]
        one_layer = {"axes": SENSING["axes"] | {"layers": [[30], [30, 20]]}}
        table = portrait(theory, changes={**one_layer, "network": {"widths": "layers"}})
        assert set(table["layers"]) == {"[30,20]"}

    def test_in_a_curve_of_the_rate_it_stands_at_its_place(self):
        table = curve({"theory": "counting"}, x="m/k", series="k", changes={"where": "k < 5"})
        # m/k = 1 for every k: one line.
        assert table[["x", "y"]].to_numpy().tolist() == []
        table = curve({"theory": "counting"}, x="m", series="k", changes={"where": "k == 5"})
        assert table[["x", "y"]].to_numpy().tolist() == [[5, 0], [5, 1]]


class TestLevels:
    def test_the_oracle_between_and_at_grid_points(self):
        changes = {**NOISY, "axes": {"k": [2, 3, 5], "m": [40]}}
        table = curve({"theory": "oracle"}, y="signal_error", x="k/m", changes=changes)
        assert len(table) > 100
        assert table["x"].iloc[[0, -1]].tolist() == pytest.approx([2 / 40, 5 / 40])
        k = 40 * table["x"]
        np.testing.assert_allclose(table["y"], 0.01 * np.sqrt(k / (40 - k - 1)))

    def test_lines_of_series_that_coincide_are_one(self):
        changes = {
            **NOISY,
            "axes": {"k": [2, 3], "m": [40], "tau": [0.1, 0.2]},
            "noise": "tau",
        }
        figure = {"y": "signal_error", "series": "tau", "changes": changes}
        assert set(curve({"theory": "omega"}, **figure)["overlay_line"]) == {0, 1}
        table = curve({"theory": "omega"}, per="tau", **figure)
        assert set(table["overlay_line"]) == {0}
        first = table.iloc[0]
        logs = math.log(5) + 2 + math.log(30 / 2) + math.log(20 / 2)
        assert first["y"] == pytest.approx(math.sqrt(13 / 12 * 2 / 40 * logs))

    def test_no_value_no_point(self):
        changes = {**NOISY, "axes": {"k": [2, 3, 5, 8], "m": [6]}}
        table = curve({"theory": "oracle"}, y="signal_error", changes=changes)
        assert table["x"].max() == pytest.approx(5, abs=0.05)
        assert np.isfinite(table["y"]).all()


def test_a_limit_ends_where_sizes_come_to_nothing():
    changes = {
        "problem": "inversion",
        "axes": {"k": [2, 3, 5], "n": [1, 101, 201]},
        "network": {"widths": ["n", "n"]},
        "solvers": [{"name": "plugin", "step": 2}],
    }
    table = portrait({"theory": "counting"}, y="n", changes=changes)
    np.testing.assert_allclose(table["y"], 2 * table["x"])
    # Widths below k are no wide enough ones, however small the constant.
    table = portrait({"theory": "plugin_width", "constant": 0.02}, y="n", changes=changes)
    assert set(table["overlay_line"]) == {0}


def test_a_solver_without_a_step_has_its_places_too():
    solvers = [*SENSING["solvers"], {"name": "levenberg_marquardt", "restarts": 2}]
    table = portrait({"theory": "counting"}, changes={"solvers": solvers})
    assert set(table["solver"]) == {"subgradient", "levenberg_marquardt"}


def test_a_comparison_has_the_limits_of_its_grid_once():
    solvers = [*SENSING["solvers"], {"name": "plugin", "step": 1}]
    for overlay in ({"theory": "counting"}, {"y": "2*k"}):
        figure = {"kind": "comparison", **PORTRAIT, "overlays": [overlay]}
        table = tabulated(figure, solvers=solvers)
        assert "solver" not in table
        one = portrait(overlay)
        np.testing.assert_allclose(table[["x", "y"]], one[["x", "y"]])


def test_a_published_row_of_a_solver_is_in_its_panel_alone():
    solvers = [*SENSING["solvers"], {"name": "levenberg_marquardt", "restarts": 2}]
    rows = (
        {"k": "2", "rate": "0.5", "solver": "subgradient"},
        {"k": "3", "rate": "0.7", "solver": "levenberg_marquardt"},
        {"k": "5", "rate": "0.9", "solver": ""},
    )
    overlay = {"csv": "paper.csv", "x": "k", "y": "10*rate", "label": "paper"}
    table = portrait(overlay, published={"paper.csv": rows}, changes={"solvers": solvers})
    assert table.groupby("solver")["x"].agg(list).to_dict() == {
        "subgradient": [2, 5],
        "levenberg_marquardt": [3, 5],
    }


class TestWhatPublishedRowsAreAbout:
    ROWS: ClassVar = (
        {"k": "2", "rate": "0.5", "runs": "30", "se": "", "solver": "subgradient", "page": "7"},
        {"k": "3", "rate": "0.7", "runs": "", "se": "0.1", "solver": "subgradient", "page": ""},
    )

    def test_columns_of_the_sweep_say_it(self):
        table = curve(
            {"csv": "paper.csv", "x": "k", "y": "rate", "label": "paper"},
            published={"paper.csv": self.ROWS},
        )
        assert table["overlay_about"].tolist() == [
            '{"k": "2", "solver": "subgradient"}',
            '{"k": "3", "solver": "subgradient"}',
        ]
        assert set(table["overlay_compare"]) == {"value"}
        np.testing.assert_array_equal(table["overlay_runs"], [30, math.nan])
        np.testing.assert_array_equal(table["overlay_se"], [math.nan, 0.1])

    def test_a_portrait_shows_crossings_and_a_curve_their_places(self):
        rows = {"paper.csv": self.ROWS}
        places = {"csv": "paper.csv", "x": "k", "y": "10*rate", "label": "paper"}
        table = portrait(places, published=rows)
        assert set(table["overlay_compare"]) == {"crossing"}
        assert set(table["overlay_kind"]) == {"points"}
        along = {**places, "y": 0.5, "low": "k - 1", "high": "k + 1", "compare": "crossing"}
        assert set(curve(along, published=rows)["overlay_kind"]) == {"places"}

    def test_an_exponent_has_no_place(self):
        entry = {"csv": "paper.csv", "y": "rate", "compare": "exponent", "label": "paper"}
        table = curve(entry, published={"paper.csv": self.ROWS}, y="signal_error")
        assert table["x"].isna().all()
        assert set(table["overlay_kind"]) == {"exponent"}


class TestErrorsOfInstances:
    def trials(self):
        """Trials of two solvers at three k and two networks; the least error is k + trial/100."""
        rows = []
        for solver, off in (("one", 1), ("two", 2)):
            for k in (2, 3, 5):
                for net in ("a.npz", "b.npz"):
                    place = {"solver": solver, "k": k, "net": net, "widths": "[9]", "m": 9}
                    place |= {"cell": f"{solver}{k}{net}", "noise": 0.0, "status": "converged"}
                    least = k + 10 * (net == "b.npz")
                    rows += [
                        {**place, "trial": t, "iterations": 1, "negations": 0, "latent_error": 1.0}
                        | {"signal_error": 100.0 * off + t, "latent_norm": 1.0, "signal_norm": 1.0}
                        | {"objective": 0.0, "gradient_norm": 0.0, "least": least + t / 100}
                        for t in range(3)
                    ]
        return pd.DataFrame(rows)

    def lines(self, overlays=None, **options):
        figure = {"kind": "curve", "x": "k", "y": "signal_error", **options}
        figure["overlays"] = [{"y": "7*x"}, {"error": "least", "label": "best"}]
        spec = figure_spec(figure)
        success = Success(error="signal", below=1)
        return with_instance_errors(overlays, self.trials(), ["k", "net"], spec, success)

    @pytest.mark.parametrize(
        ("options", "heights"),
        [
            ({"series": "solver", "panels": "net"}, [[2.01, 3.01, 5.01], [12.01, 13.01, 15.01]]),
            ({"panels": ["solver", "net"]}, 2 * [[2.01, 3.01, 5.01], [12.01, 13.01, 15.01]]),
            # A line for each network, and the same for both solvers.
            ({}, [[2.01, 3.01, 5.01], [12.01, 13.01, 15.01]]),
            # Both networks pooled, as the curve has them; their trials are six numbers at each k.
            ({"series": "solver", "statistic": "mean"}, [[7.01, 8.01, 10.01]]),
            ({"series": "net", "per": 2}, [[1.005, 1.505, 2.505], [6.005, 6.505, 7.505]]),
        ],
    )
    def test_they_are_lines_of_trials_that_solvers_share(self, options, heights):
        table = self.lines(**options)
        panels = options.get("panels", [])
        keys = [*([panels] if isinstance(panels, str) else panels), "overlay_line"]
        found = [line["y"].tolist() for _, line in table.groupby(keys, sort=False)]
        assert [h for line in found for h in line] == pytest.approx(np.ravel(heights).tolist())
        assert table["x"].tolist() == [2, 3, 5] * len(heights)
        assert set(table["overlay"]) == {1}
        assert set(table["overlay_label"]) == {"best"}
        assert set(table["overlay_kind"]) == {"line"}

    def test_they_stand_beside_what_the_grid_says(self):
        spec = {"kind": "curve", "x": "k", "y": "signal_error", "overlays": [{"y": "7*x"}]}
        before = tabulated(spec)
        table = self.lines(before, series="solver")
        assert set(table["overlay"]) == {0, 1}
        assert list(table) == list(before)
        assert with_instance_errors(None, self.trials(), ["k"], figure_spec({**spec}), None) is None


class TestSizes:
    CHANGES: ClassVar = {
        "axes": {"size": [1, 2, 4], "ratio": [0.2, 0.4, 0.6]},
        "k": "round(ratio*20*size)",
        "m": "20*size",
        "network": {"widths": ["100*size", "60*size"]},
    }
    FIGURE: ClassVar = {"kind": "scaling", "x": "ratio", "size": "size"}

    def found(self, theory, **options):
        figure = {**self.FIGURE, "overlays": [{"theory": theory}], **options}
        return tabulated(figure, **self.CHANGES)

    @pytest.mark.parametrize("options", [{}, {"coordinate": "k/m"}])
    def test_a_limit_is_where_it_is_for_the_largest_size(self, options):
        # Beyond the grid: k = m.
        (row,) = self.found("counting", **options).to_dict("records")
        assert (row["x"], row["solver"]) == (4, "subgradient")
        assert row["y"] == pytest.approx(1, abs=1e-6)

    def test_state_evolution_is_the_same_at_all_sizes(self):
        (row,) = self.found("state_evolution", coordinate="k/m").to_dict("records")
        (least,) = threshold([row["y"] * 20], [[100, 60]], "linear")
        assert least == pytest.approx(20, rel=1e-3)
        assert 0.9 < row["y"] < 1
