import math

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from cells import make_trials
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import PolyCollection
from matplotlib.figure import Figure
from samples import make_sweep

from genphase.figures.draw import draw
from genphase.sweep.figures import figure_spec
from genphase.sweep.success import Success
from genphase.tables.cells import grid_columns
from genphase.tables.overlays import tabulate_overlays

SUCCESS = Success(error="latent", below=1e-3)
GRID = {"k": [5, 10, 20, 40]}
TAU = [1e-4, 1e-3, 1e-2, 1e-1]


def level(k, trial, **_):
    """Errors k/1000 times 1, ..., 5."""
    return k * (trial + 1) * 1e-3


def half(k, trial, **_):
    """Recovered are the first k/10 trials: the latent error is twice this."""
    return 1e-6 if trial < k / 10 else 1.0


def drawing(trials, axes=("k",), title="A title", **spec):
    content = {"kind": "curve", "x": "k", **spec}
    entry, tables = figure_spec(content), {"trials": trials}
    if entry.overlays:
        grid = trials[grid_columns(trials)].drop_duplicates()
        tables["overlays"] = tabulate_overlays(grid, axes, entry, make_sweep(), {})
    figure, numbers, figure.said = draw(entry, tables, axes, SUCCESS, title)
    FigureCanvasAgg(figure).draw()
    return figure, numbers


def drawn(trials, axes=("k",), title="A title", **spec):
    return drawing(trials, axes, title, **spec)[0]


def panels(figure):
    return [area for area in figure.axes if area.get_visible()]


def area_of(figure):
    (area,) = figure.axes
    return area


def lines(area):
    """Return the points of every line by its label, but for the line at 50 %."""
    return {a.get_label(): a.get_xydata() for a in area.lines if a.get_color() != "0.8"}


def series(figure):
    return lines(area_of(figure))


def bands(area):
    return [c for c in area.collections if isinstance(c, PolyCollection)]


def band_at(band, x):
    """Return the lowest and highest corner of a band at one of its x values."""
    corners = np.concatenate([path.vertices for path in band.get_paths()])
    y = corners[np.isclose(corners[:, 0], x), 1]
    return y.min(), y.max()


def caption(figure):
    return figure.said


def texts(legend):
    return [text.get_text() for text in legend.get_texts()]


def of_two(second):
    """Return a drawing of solver a, whose errors are k/1000, and of b, whose are `second` of k."""
    trials = make_trials(
        GRID,
        lambda k, solver, **_: k * 1e-3 if solver == "a" else second(k),
        solvers=("a", "b"),
    )
    (area,) = drawn(trials, y="latent_error", series="solver").axes
    return {line.get_label(): line for line in area.lines}


class TestCoinciding:
    def test_a_line_under_another_is_wider_and_paler(self):
        found = of_two(lambda k: k * 1e-3)
        assert found["a"].get_linewidth() > found["b"].get_linewidth() + 1
        assert found["a"].get_markersize() > found["b"].get_markersize() + 1
        assert found["a"].get_alpha() < 1

    def test_one_that_it_only_crosses_is_not(self):
        found = of_two(lambda k: 0.03 - k * 1e-3)
        assert found["a"].get_linewidth() == found["b"].get_linewidth()

    def test_one_that_is_seen_elsewhere_is_not(self):
        found = of_two(lambda k: k * 1e-3 if k <= 20 else 1.0)
        assert found["a"].get_linewidth() == found["b"].get_linewidth()


class TestLines:
    def test_it_is_a_figure_that_pyplot_does_not_know(self):
        assert isinstance(drawn(make_trials(GRID, level)), Figure)
        assert plt.get_fignums() == []

    def test_the_rate_with_its_interval(self):
        figure, numbers = drawing(make_trials(GRID, half, trials=10))
        ((_, points),) = series(figure).items()
        assert points.tolist() == [[5, 0.1], [10, 0.1], [20, 0.2], [40, 0.4]]
        (band,) = bands(area_of(figure))
        # Wilson's interval of 4 of 10, as textbooks have it.
        assert band_at(band, 40) == pytest.approx((0.1682, 0.6873), abs=1e-4)
        assert numbers[["x", "y"]].to_numpy().tolist() == points.tolist()
        low, high = area_of(figure).get_ylim()
        assert -0.1 < low < 0 < 1 < high < 1.1
        assert area_of(figure).get_xlabel() == "latent dimension $k$"
        assert area_of(figure).get_ylabel() == "recovery rate"
        # One line needs no legend.
        assert area_of(figure).get_legend() is None
        assert not figure.legends

    @pytest.mark.parametrize(
        ("y", "unit"),
        [("signal_error", 1), ("latent_error", 2), ("signal_mse", 3), ("latent_mse", 4)],
    )
    def test_errors_are_medians_with_quartiles(self, y, unit):
        figure = drawn(make_trials(GRID, level), y=y, y_scale="log")
        ((_, points),) = series(figure).items()
        power = 2 if y.endswith("mse") else 1
        k = np.array(GRID["k"])
        # Of 1, ..., 5 the quartiles are 2, 3, 4; ‖x*‖ = 2, ‖y*‖ = 3.
        np.testing.assert_allclose(points[:, 1], (unit * 3e-3 * k) ** power)
        ends = [(unit * error * 1e-3 * 20) ** power for error in (2, 4)]
        assert band_at(bands(area_of(figure))[0], 20) == pytest.approx(ends)
        assert area_of(figure).get_yscale() == "log"
        assert "line: median of all trials, band: quartiles; no trial is counted" in caption(figure)

    def test_means_with_the_band_of_student(self):
        figure = drawn(make_trials(GRID, level), y="signal_error", statistic="mean")
        assert series(figure)["_child0"][:, 1] == pytest.approx(3e-3 * np.array(GRID["k"]))
        # Of 1, ..., 5: s = sqrt(5/2), t(0.975, 4) = 2.7764, by a table.
        reach = 2.7764 * math.sqrt(2.5 / 5) * 10e-3
        low, high = band_at(bands(area_of(figure))[0], 10)
        assert (low, high) == pytest.approx((0.03 - reach, 0.03 + reach), rel=1e-4)
        text = caption(figure)
        assert "mean of all trials, band: 95 % confidence interval of the mean (Student" in text

    def test_infinite_errors_leave_a_gap_and_are_told(self):
        trials = make_trials(GRID, lambda k, **_: math.inf if k == 10 else k * 1e-3)
        figure = drawn(trials, y="signal_error", y_scale="log", x_scale="log")
        ((_, points),) = series(figure).items()
        assert np.isnan(points[:, 1]).tolist() == [False, True, False, False]
        assert area_of(figure).get_ylim()[1] < 1
        corners = np.concatenate([p.vertices for p in bands(area_of(figure))[0].get_paths()])
        assert np.isfinite(corners).all()
        assert not np.isclose(corners[:, 0], 10).any()
        assert "Triangles at the upper edge: 1 of 4 points are infinite" in caption(figure)
        assert [text.get_position()[0] for text in area_of(figure).texts] == [10]
        assert "0 capped, 5 diverged" in caption(figure)

    @pytest.mark.parametrize("error", [0.0, math.inf])
    def test_what_a_log_axis_cannot_show_at_all_is_drawn_empty(self, error):
        trials = make_trials(GRID, lambda **_: error)
        figure = drawn(trials, y="signal_error", y_scale="log")
        told = "Not drawn: 4 of 4 points" if error == 0 else "edge: 4 of 4 points are infinite"
        assert told in caption(figure)

    def test_a_band_that_reaches_below_zero_ends_below_all_points_of_a_log_axis(self):
        trials = make_trials(GRID, lambda k, trial, **_: k * 10.0**-trial)
        figure = drawn(trials, y="signal_error", y_scale="log", statistic="mean")
        area = area_of(figure)
        low, high = area.get_ylim()
        assert band_at(bands(area)[0], 10)[0] == low > 0
        y = series(figure)["_child0"][:, 1]
        assert low < y.min()
        assert max(band_at(bands(area)[0], k)[1] for k in GRID["k"]) < high

    def test_points_are_sorted_along_x(self):
        ((_, points),) = series(drawn(make_trials({"k": [40, 5, 20, 10]}, half))).items()
        assert points[:, 0].tolist() == [5, 10, 20, 40]


class TestSeries:
    def test_all_axes_but_x_and_several_solvers_make_series(self):
        grid = {**GRID, "architecture": ["[700,600]", "[150,700,600]"]}
        factor = {("[700,600]", "a"): 1, ("[700,600]", "b"): 2}
        factor |= {("[150,700,600]", "a"): 3, ("[150,700,600]", "b"): 4}
        trials = make_trials(
            grid, lambda k, architecture, solver, **_: k * factor[architecture, solver], "ab"
        )
        figure = drawn(trials, ("k", "architecture"), y="signal_error")
        found = series(figure)
        labels = ["[700, 600], a", "[700, 600], b", "[150, 700, 600], a", "[150, 700, 600], b"]
        assert list(found) == labels
        for i, points in enumerate(found.values(), start=1):
            assert points.tolist() == [[k, k * i] for k in GRID["k"]]
        assert texts(area_of(figure).get_legend()) == labels

    def test_series_that_are_named(self):
        trials = make_trials({**GRID, "m": [100, 200]}, half, "ab")
        assert list(series(drawn(trials, ("k", "m"), series=["m", "solver"]))) == [
            "m = 100, a",
            "m = 100, b",
            "m = 200, a",
            "m = 200, b",
        ]

    @pytest.mark.parametrize("names", [["m"], ["m", "solver"]])
    def test_no_two_of_many_series_look_the_same(self, names):
        trials = make_trials({**GRID, "m": list(range(10, 160, 10))}, half)
        figure = drawn(trials, ("k", "m"), series=names)
        found = [line for line in area_of(figure).lines if len(line.get_xydata()) == 4]
        strokes = {(a.get_color(), a.get_linestyle(), a.get_marker()) for a in found}
        assert len(strokes) == len(found) == 15

    def test_many_values_of_one_axis_run_from_dark_to_bright(self):
        trials = make_trials({**GRID, "m": [30, 10, 20, 40, 60, 50, 80, 70]}, half)
        found = {a.get_label(): a for a in area_of(drawn(trials, ("k", "m"))).lines}
        colours = [
            plt.matplotlib.colors.to_rgb(found[f"m = {m}"].get_color()) for m in range(10, 90, 10)
        ]
        light = [0.2126 * r + 0.7152 * g + 0.0722 * b for r, g, b in colours]
        assert np.all(np.diff(light) > 0.02)

    @pytest.mark.parametrize("count", [2, 8])
    def test_the_legend_stands_beside_the_curves_and_below_the_title(self, count):
        trials = make_trials({**GRID, "m": [10 * i for i in range(1, count + 1)]}, half)
        long = "A title that says in many words what the figure shows and how"
        figure = drawn(trials, ("k", "m"), title=long)
        legend = area_of(figure).get_legend()
        assert len(legend.get_texts()) == count
        box, area = legend.get_window_extent(), area_of(figure).get_window_extent()
        assert box.x0 > area.x1
        assert box.x1 <= figure.bbox.x1
        assert box.y0 >= area.y0
        (title,) = [t for t in figure.texts if t.get_text().startswith("A title")]
        assert title.get_window_extent().y0 >= box.y1

    def test_x_may_be_an_expression_and_cells_of_the_same_x_are_pooled(self):
        trials = make_trials({"k": [5, 10], "m": [50, 100]}, lambda k, m, **_: k + m)
        figure, numbers = drawing(trials, ("k", "m"), x="k/m", y="signal_error")
        # Both axes are used up: there is one line.
        ((_, points),) = series(figure).items()
        # 5/50 and 10/100 are one point, with the trials of both: five of 55 and five of 110.
        assert points.tolist() == [[0.05, 105], [0.1, (55 + 110) / 2], [0.2, 60]]
        assert numbers["cells"].tolist() == [1, 2, 1]
        assert numbers["trials"].tolist() == [5, 10, 5]
        assert area_of(figure).get_xlabel() == "latent dimensions per measurement $k/m$"
        assert "5 to 10 trials per point" in caption(figure)
        assert "Trials of up to 2 cells with the same x are pooled" in caption(figure)
        figure = drawn(trials, ("k", "m"), x="n1*k/n")
        # Widths are [30,20].
        assert set(series(figure)["m = 50"][:, 0]) == {7.5, 15}
        assert "pooled" not in caption(figure)


class TestOverlays:
    def test_overlays_follow_x_and_constants(self):
        trials = make_trials({"noise": TAU, "k": [5]}, lambda noise, **_: noise)
        figure = drawn(
            trials,
            ("noise", "k"),
            x="noise",
            y="signal_error",
            x_scale="log",
            y_scale="log",
            overlays=[{"y": "noise*sqrt(k/m)", "label": "oracle"}, {"y": "x/n"}],
        )
        found = series(figure)
        x, y = found["oracle"].T
        np.testing.assert_allclose(y, x * 0.5)
        x, y = found["x/n"].T
        np.testing.assert_allclose(y, x / 20)
        assert x[0] < 1e-4
        assert x[-1] > 1e-1
        # Even on a log axis.
        np.testing.assert_allclose(np.diff(np.log(x)), np.log(x[1] / x[0]), rtol=1e-6)

    def test_overlays_do_not_move_the_limits_and_may_have_gaps(self):
        trials = make_trials(GRID, level)
        plain = area_of(drawn(trials, y="signal_error"))
        figure = drawn(trials, y="signal_error", overlays=[{"y": "0.01*sqrt(x - 10)"}])
        assert area_of(figure).get_ylim() == plain.get_ylim()
        assert area_of(figure).get_xlim() == plain.get_xlim()
        x, y = series(figure)["0.01*sqrt(x - 10)"].T
        assert x.min() == pytest.approx(10, abs=0.2)
        np.testing.assert_allclose(y, 0.01 * np.sqrt(x - 10))
        # What lies outside is not drawn.
        figure = drawn(trials, y="signal_error", overlays=[{"y": "1e9 + x"}])
        assert "1e9 + x" not in series(figure)
        assert area_of(figure).get_ylim() == plain.get_ylim()

    def test_an_overlay_is_evaluated_panel_by_panel(self):
        trials = make_trials({**GRID, "m": [20, 40]}, lambda k, m, **_: k / m)
        figure = drawn(
            trials, ("k", "m"), y="signal_error", panels="m", overlays=[{"y": "k/m", "label": "o"}]
        )
        for area, m in zip(panels(figure), (20, 40), strict=True):
            x, y = lines(area)["o"].T
            np.testing.assert_allclose(y, x / m)
            assert (x[0], x[-1]) == pytest.approx(area.get_xlim())
        # The two panels' overlays are one entry.
        (legend,) = figure.legends
        assert texts(legend) == ["o"]


PANELS = {"k": [5, 10], "m": [10, 20, 30], "tau": [0.1, 0.2]}


class TestPanels:
    def test_each_panel_has_its_series_with_common_axes_and_looks(self):
        trials = make_trials(PANELS, lambda k, m, tau, **_: k + m + tau)
        figure, numbers = drawing(trials, tuple(PANELS), y="signal_error", panels=["m"])
        areas = panels(figure)
        assert [area.get_title() for area in areas] == ["m = 10", "m = 20", "m = 30"]
        for area, m in zip(areas, PANELS["m"], strict=True):
            found = lines(area)
            assert list(found) == [r"$\tau$ = 0.1", r"$\tau$ = 0.2"]
            for points, tau in zip(found.values(), PANELS["tau"], strict=True):
                assert points[:, 1] == pytest.approx([5 + m + tau, 10 + m + tau])
            assert area.get_ylim() == areas[0].get_ylim()
            assert area.get_xlim() == areas[0].get_xlim()
        strokes = [[(a.get_color(), a.get_marker()) for a in area.lines] for area in areas]
        assert strokes[0] == strokes[1] == strokes[2]
        (legend,) = figure.legends
        assert texts(legend) == [r"$\tau$ = 0.1", r"$\tau$ = 0.2"]
        assert legend.get_window_extent().y1 < areas[0].get_window_extent().y0
        assert list(numbers.columns[:4]) == ["m", "tau", "x", "y"]
        assert len(numbers) == 12

    def test_solver_and_axes_make_panels_of_at_most_three_columns(self):
        trials = make_trials(PANELS, half, "ab")
        figure = drawn(trials, tuple(PANELS), panels=["m", "solver"])
        areas = panels(figure)
        assert [area.get_title() for area in areas][:2] == ["m = 10, a", "m = 10, b"]
        lefts = {round(area.get_window_extent().x0) for area in areas}
        assert (len(areas), len(lefts)) == (6, 3)
        # Axes are labelled at the left and at the bottom only.
        assert [bool(area.get_ylabel()) for area in areas] == [True, False, False] * 2
        assert [bool(area.get_xlabel()) for area in areas] == [False] * 3 + [True] * 3

    def test_nothing_overlaps_or_is_cut_off(self):
        trials = make_trials(PANELS, level, "ab")
        figure = drawn(trials, tuple(PANELS), y="signal_mse", panels=["m", "solver"], y_scale="log")
        boxes = [area.get_tightbbox() for area in panels(figure)]
        boxes += [legend.get_window_extent() for legend in figure.legends]
        for i, box in enumerate(boxes):
            assert not any(box.overlaps(other) for other in boxes[:i])
            assert box.x0 >= -1
            assert box.y0 >= -1
            assert box.x1 <= figure.bbox.x1 + 1
            assert box.y1 <= figure.bbox.y1 + 1


class TestFit:
    def test_the_slope_of_a_power_law_in_the_legend_and_as_a_line(self):
        # An error of exactly sqrt(tau).
        trials = make_trials({"tau": TAU}, lambda tau, **_: math.sqrt(tau))
        scales = {"x_scale": "log", "y_scale": "log"}
        figure, numbers = drawing(
            trials, ("tau",), x="tau", y="signal_error", fit="power", **scales
        )
        assert texts(area_of(figure).get_legend()) == ["slope 0.50 [0.50, 0.50]"]
        fit, points = area_of(figure).lines
        x, y = fit.get_xydata().T
        np.testing.assert_allclose(y, np.sqrt(x), rtol=1e-9)
        assert (x[0], x[-1]) == pytest.approx((1e-4, 1e-1))
        assert fit.get_linewidth() < 1 < points.get_linewidth()
        # The points are markers without a line, in the same colour.
        assert points.get_linestyle() == "None"
        assert points.get_color() == fit.get_color()
        assert numbers["fit_slope"].tolist() == pytest.approx([0.5] * 4)
        assert "Fit: least squares of log y on log x, 95 % t-interval" in caption(figure)

    def test_every_series_has_its_straight_line(self):
        trials = make_trials({**GRID, "m": [10, 20]}, lambda k, m, **_: 1 + k / m)
        figure = drawn(trials, ("k", "m"), y="signal_error", fit="linear")
        (legend,) = figure.legends
        assert texts(legend) == [
            "m = 10: slope 0.100 [0.100, 0.100], $R^2$ = 1.0000",
            "m = 20: slope 0.0500 [0.0500, 0.0500], $R^2$ = 1.0000",
        ]

    def test_in_panels_the_slopes_stand_above_all_points(self):
        grid = {**GRID, "m": [10, 20, 40], "tau": [1, 2, 3]}
        trials = make_trials(grid, lambda k, m, tau, **_: tau * k / m)
        figure = drawn(trials, tuple(grid), y="signal_error", fit="linear", panels="m")
        for area, m in zip(panels(figure), grid["m"], strict=True):
            slopes = [f"{float(text.split()[1]):g}" for text in texts(area.get_legend())]
            assert slopes == [f"{tau / m:g}" for tau in grid["tau"]]
            box = area.get_legend().get_window_extent()
            frame = area.get_window_extent()
            assert box.x1 <= frame.x1
            # The highest point of all is 3·40/10.
            assert area.transData.transform((0, 12))[1] < box.y0
        (legend,) = figure.legends
        assert texts(legend) == [rf"$\tau$ = {tau}" for tau in grid["tau"]]

    def test_too_few_points_have_no_fit_and_keep_their_line(self):
        trials = make_trials({"k": [5, 10]}, level)
        figure, numbers = drawing(trials, y="signal_error", fit="power")
        assert numbers["fit_slope"].isna().all()
        (line,) = area_of(figure).lines
        assert line.get_linestyle() == "-"
        assert texts(area_of(figure).get_legend()) == ["no fit"]


class TestWords:
    def test_the_caption_of_a_rate_names_trials_rule_and_failures(self):
        trials = make_trials(GRID, half, trials=1)
        trials.loc[0, "status"] = "capped"
        text = caption(drawn(trials))
        assert "1 trial per point; recovered: relative latent error below 0.001" in text
        assert "diverged trials counted as failures" in text
        assert "band: 95 % Wilson interval" in text
        assert "Of 4 trials 1 capped, 0 diverged." in text

    def test_the_caption_tells_how_many_are_left_out(self):
        trials = make_trials(GRID, half, trials=10)
        text = caption(drawn(trials, y="signal_error", over="recovered"))
        assert "median of the recovered trials, band: quartiles" in text
        # 1, 1, 2 and 4 of ten are recovered.
        assert "; 32 of 40 trials were not recovered and are left out." in text
        assert "relative latent error below 0.001" in text
        assert "no trial is counted as a failure" not in text

    def test_the_caption_tells_what_capped_and_diverged_trials_have(self):
        trials = make_trials(GRID, half)
        errors, iterations = (caption(drawn(trials, y=y)) for y in ("signal_mse", "iterations"))
        assert "capped and diverged ones have their last errors, infinite where" in errors
        assert "capped and diverged ones have the iterations that they made" in iterations

    def test_labels(self):
        trials = make_trials({"tau": TAU, "k": [5, 10]}, lambda tau, k, **_: tau * k)
        axes = ("tau", "k")
        figure, numbers = drawing(trials, axes, x="tau", y="signal_error", per="tau*k")
        assert area_of(figure).get_ylabel() == r"relative signal error / ($\tau\,k$)"
        assert area_of(figure).get_xlabel() == r"noise level $\tau$"
        assert numbers["y"].tolist() == pytest.approx([1] * 8)
        own = {"x_label": "noise-to-signal ratio", "y_label": "what it is"}
        area = area_of(drawn(trials, axes, x="tau", y="signal_error", **own))
        assert (area.get_xlabel(), area.get_ylabel()) == ("noise-to-signal ratio", "what it is")

    def test_title(self):
        trials = make_trials(GRID, half)
        assert drawn(trials, title="The sweep").get_suptitle() == "The sweep"
        spec = figure_spec({"kind": "curve", "x": "k", "title": "Mine"})
        figure, _, figure.said = draw(spec, {"trials": trials}, ["k"], SUCCESS, "The sweep")
        assert figure.get_suptitle() == "Mine"

    def test_numbers_are_a_plain_table(self):
        _, numbers = drawing(make_trials(GRID, half))
        assert isinstance(numbers, pd.DataFrame)
        assert list(numbers) == [
            *(
                "x",
                "y",
                "low",
                "high",
                "cells",
                "instances",
                "trials",
                "recovered",
                "used",
                "capped",
            ),
            "diverged",
        ]
