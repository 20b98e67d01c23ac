import math
from typing import ClassVar

import matplotlib.pyplot as plt
import numpy as np
import pytest
from cells import make_cells
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import PathCollection, PolyCollection, QuadMesh
from matplotlib.colors import to_hex, to_rgb
from matplotlib.container import ErrorbarContainer
from matplotlib.figure import Figure
from samples import make_sweep

from genphase.cells.sampling import Sampling
from genphase.figures.draw import draw
from genphase.figures.maps import cell_edges
from genphase.sweep.figures import figure_spec
from genphase.sweep.success import Success
from genphase.tables.overlays import tabulate_overlays
from genphase.tables.transition import transitions

SUCCESS = Success(error="signal", below=1e-5)
GRID = {"k": [1, 2, 3], "m": [10, 20, 40, 50]}


def rising(k, m, **_):
    """Recovered above m = 10 k + 5."""
    return float(1 / (1 + math.exp(-(m - 10 * k - 5) / 4)))


def drawn(cells, axes=("k", "m"), along="m", success=SUCCESS, title="A title", **spec):
    table = transitions(cells, axes, along)
    content = {"kind": "portrait", "x": "k", "y": "m", **spec}
    entry = figure_spec(content)
    tables = {"cells": cells, "transition": table}
    if entry.overlays:
        tables["overlays"] = tabulate_overlays(cells, axes, entry, make_sweep(), {})
    figure, _, figure.said = draw(entry, tables, axes, success, title)
    # Laying it out finds what only drawing shows.
    FigureCanvasAgg(figure).draw()
    return figure


def panels(figure):
    return [a for a in figure.axes if a.get_visible() and a.get_label() != "<colorbar>"]


def mesh(area):
    (found,) = [c for c in area.collections if isinstance(c, QuadMesh)]
    return found


def colour_at(figure, area, x, y):
    """Return the colour that a reader sees at a point of a panel."""
    image = np.asarray(figure.canvas.buffer_rgba())
    column, row = area.transData.transform((x, y))
    return image[image.shape[0] - 1 - int(row), int(column), :3] / 255


def texts(figure):
    return " ".join(t.get_text() for t in figure.findobj(lambda a: hasattr(a, "get_text")))


def caption(figure):
    return figure.said


def marks(area, label):
    return [
        tuple(p)
        for c in area.collections
        if isinstance(c, PathCollection) and c.get_label() == label
        for p in c.get_offsets().tolist()
    ]


class TestCells:
    def test_it_is_a_figure_that_pyplot_does_not_know(self):
        assert isinstance(drawn(make_cells(GRID)), Figure)
        assert plt.get_fignums() == []

    def test_each_cell_shows_its_rate_in_grey(self):
        rates = {(k, m): (k + m / 10) / 8 for k in GRID["k"] for m in GRID["m"]}
        figure = drawn(make_cells(GRID, lambda k, m, **_: rates[k, m]), along=None)
        (area,) = panels(figure)
        for (k, m), rate in rates.items():
            np.testing.assert_allclose(colour_at(figure, area, k, m), rate, atol=0.005)

    @pytest.mark.parametrize("rate", [0.0, 0.3, 1.0])
    def test_the_scale_is_fixed_from_black_at_0_to_white_at_1(self, rate):
        figure = drawn(make_cells(GRID, lambda **_: rate), along=None)
        (area,) = panels(figure)
        assert mesh(area).get_clim() == (0, 1)
        np.testing.assert_allclose(colour_at(figure, area, 2, 20), rate, atol=0.005)

    def test_points_left_out_are_no_shade_of_grey(self):
        cells = make_cells(GRID, lambda k, m, **_: None if m < 10 * k + 5 else 0.4)
        figure = drawn(cells, along=None)
        (area,) = panels(figure)
        assert np.ptp(colour_at(figure, area, 3, 20)) > 0.05
        assert np.ptp(colour_at(figure, area, 1, 20)) == 0

    def test_rows_of_the_table_may_come_in_any_order(self):
        cells = make_cells(GRID, rising)
        shuffled = cells.sample(frac=1, random_state=1)
        first, second = (mesh(panels(drawn(c))[0]).get_array() for c in (cells, shuffled))
        np.testing.assert_array_equal(first, second)

    def test_edges_lie_half_way_between_grid_values(self):
        assert cell_edges([10, 20, 40, 50]).tolist() == [5, 15, 30, 45, 55]
        assert cell_edges([7]).tolist() == [6.5, 7.5]
        assert cell_edges([0.5, 1.5]).tolist() == [0, 1, 2]

    def test_edges_on_a_log_scale(self):
        np.testing.assert_allclose(
            cell_edges([1, 100, 10_000], "log"), [0.1, 10, 1000, 100_000], rtol=1e-12
        )
        # A factor of two for a single value.
        np.testing.assert_allclose(cell_edges([8], "log"), np.array([8, 16]) / math.sqrt(2))

    def test_the_panel_ends_at_the_outer_edges(self):
        (area,) = panels(drawn(make_cells(GRID, rising), overlays=[{"y": "1000*k"}]))
        assert area.get_xlim() == (0.5, 3.5)
        assert area.get_ylim() == (5, 55)

    @pytest.mark.parametrize("grid", [{"k": [5], "m": [10, 20]}, {"k": [5], "m": [7]}])
    def test_single_values(self, grid):
        figure = drawn(make_cells(grid), along="m")
        (area,) = panels(figure)
        assert area.get_xlim() == (4.5, 5.5)
        assert list(area.get_xticks()) == [5]
        np.testing.assert_allclose(colour_at(figure, area, 5, grid["m"][0]), 0.5, atol=0.005)

    def test_log_scales(self):
        grid = {"k": [2, 8, 32], "m": [10, 100, 1000]}
        rate = {2: 0.2, 8: 0.4, 32: 0.9}
        figure = drawn(
            make_cells(grid, lambda k, **_: rate[k]), along=None, x_scale="log", y_scale="log"
        )
        (area,) = panels(figure)
        assert (area.get_xscale(), area.get_yscale()) == ("log", "log")
        for k, value in rate.items():
            np.testing.assert_allclose(colour_at(figure, area, k, 100), value, atol=0.005)
        assert [t.get_text() for t in area.get_xticklabels()] == ["2", "8", "32"]


class TestRounds:
    """Of a refined grid, the finer cells are drawn over the coarser ones."""

    CELLS = make_cells({"k": [2, 3, 4], "m": [10, 20, 30, 40]}, lambda k, m, **_: 0.25)

    def make(self):
        # The grid is k = 2, 4 and m = 10, 40; a round adds k = 3 and m = 20, at the lower left.
        cells = self.CELLS.assign(round=0)
        cells.loc[cells["k"].eq(3) | cells["m"].isin([20, 30]), "round"] = 1
        cells = cells[~(cells["k"].eq(4) & cells["m"].eq(20)) & ~cells["m"].eq(30)]
        cells.loc[cells["round"] == 1, "rate"] = 0.75
        return cells

    def test_the_finer_cells_lie_over_the_coarser(self):
        cells = self.make()
        figure = drawn(cells)
        (area,) = panels(figure)
        for row in cells.itertuples():
            np.testing.assert_allclose(colour_at(figure, area, row.k, row.m), row.rate, atol=0.01)
        # Where the round added nothing, the coarse cell reaches half way to its neighbour.
        np.testing.assert_allclose(colour_at(figure, area, 4.4, 26), 0.25, atol=0.01)
        assert area.get_xlim() == (1, 5)

    def test_the_table_names_the_round(self):
        cells = self.make()
        entry = figure_spec({"kind": "portrait", "x": "k", "y": "m"})
        tables = {"cells": cells, "transition": transitions(cells, ("k", "m"), "m")}
        numbers = draw(entry, tables, ("k", "m"), SUCCESS, "A title").numbers
        assert list(numbers["round"]) == list(cells["round"])


class TestPanels:
    AXES = ("k", "m", "architecture")

    def test_one_panel_for_each_solver_and_value_of_other_axes(self):
        grid = {**GRID, "architecture": ["[700,600]", "[150,700,600]"]}
        shade = {
            ("[700,600]", "plugin"): 0.1,
            ("[700,600]", "descent"): 0.4,
            ("[150,700,600]", "plugin"): 0.7,
            ("[150,700,600]", "descent"): 0.9,
        }
        cells = make_cells(
            grid,
            lambda architecture, solver, **_: shade[architecture, solver],
            solvers=("plugin", "descent"),
        )
        figure = drawn(cells, self.AXES, None)
        found = {area.get_title(): colour_at(figure, area, 2, 20)[0] for area in panels(figure)}
        assert found == pytest.approx(
            {
                "PLUGIn, [700, 600]": 0.1,
                "descent, [700, 600]": 0.4,
                "PLUGIn, [150, 700, 600]": 0.7,
                "descent, [150, 700, 600]": 0.9,
            },
            abs=0.005,
        )

    def test_titles_name_only_what_differs(self):
        cells = make_cells({**GRID, "noise": [0.0, 1e-5]})
        figure = drawn(cells, ("k", "m", "noise"))
        assert [a.get_title() for a in panels(figure)] == ["noise = 0", r"noise = $10^{-5}$"]
        assert [a.get_title() for a in panels(drawn(make_cells(GRID)))] == [""]

    @pytest.mark.parametrize("count", [1, 2, 3, 4, 5, 7])
    def test_every_column_has_a_label_below_and_every_row_one_at_the_left(self, count):
        cells = make_cells({**GRID, "noise": [0.1 * i for i in range(count)]})
        areas = panels(drawn(cells, ("k", "m", "noise")))
        assert len(areas) == count
        boxes = [area.get_window_extent() for area in areas]
        for area, box in zip(areas, boxes, strict=True):
            lowest = not any(b.x0 == pytest.approx(box.x0) and b.y1 < box.y0 for b in boxes)
            assert bool(area.get_xlabel()) == lowest
            ticks = [t for t in area.get_xticklabels() if t.get_visible() and t.get_text()]
            assert bool(ticks) == lowest
            leftmost = not any(b.y0 == pytest.approx(box.y0) and b.x1 < box.x0 for b in boxes)
            assert bool(area.get_ylabel()) == leftmost

    def test_panels_do_not_overlap(self):
        cells = make_cells({**GRID, "noise": [0.0, 0.1, 0.2, 0.3, 0.4]})
        figure = drawn(cells, ("k", "m", "noise"))
        boxes = [a.get_tightbbox() for a in panels(figure)]
        for i, box in enumerate(boxes):
            assert not any(box.overlaps(other) for other in boxes[:i])


class TestTransition:
    @staticmethod
    def bars(area):
        (found,) = [c for c in area.containers if isinstance(c, ErrorbarContainer)]
        points = found.lines[0].get_xydata()
        segments = found.lines[2][0].get_segments()
        return points, segments

    def test_crossings_are_drawn_with_their_intervals(self):
        cells = make_cells(GRID, rising)
        table = transitions(cells, ["k", "m"], "m")
        assert set(table["position"]) == {"inside"}
        (area,) = panels(drawn(cells))
        points, segments = self.bars(area)
        np.testing.assert_allclose(points, table[["k", "crossing"]])
        # Bars end where the panel ends.
        low = table["crossing_low"].clip(lower=5)
        high = table["crossing_high"].clip(upper=55)
        np.testing.assert_allclose([s[:, 1] for s in segments], np.column_stack([low, high]))

    def test_crossings_along_x(self):
        cells = make_cells(GRID, lambda k, m, **_: 0.5 - 0.4 * np.sign(k - m / 20))
        table = transitions(cells, ["k", "m"], "k")
        inside = table[table["position"] == "inside"]
        assert len(inside) > 1
        (area,) = panels(drawn(cells, along="k"))
        points, _ = self.bars(area)
        np.testing.assert_allclose(points, inside[["crossing", "m"]])

    def test_each_panel_has_its_own(self):
        cells = make_cells(GRID, lambda k, m, solver: rising(k, m - 10 * (solver == "b")), "ab")
        first, second = panels(drawn(cells))
        assert np.all(self.bars(first)[0][:2, 1] + 5 < self.bars(second)[0][:2, 1])

    def test_crossings_along_another_axis_are_not_drawn_and_not_explained(self):
        cells = make_cells(
            {**GRID, "noise": [0.1, 0.2, 0.3]}, lambda noise, **_: 0.5 + 4 * (0.2 - noise)
        )
        figure = drawn(cells, ("k", "m", "noise"), along="noise")
        assert not any(area.containers for area in panels(figure))
        assert "crossing" not in caption(figure)

    def test_a_portrait_without_a_crossing_has_none(self):
        figure = drawn(make_cells(GRID, lambda **_: 1.0))
        assert not panels(figure)[0].containers
        assert "crossing" not in texts(figure)


class TestCurves:
    GRID: ClassVar = {"k": [1, 2, 3, 4], "m": [10, 20, 30, 40, 50]}

    def drawn(self, cells=None, levels=(0.5,), along="m", **spec):
        cells = make_cells(self.GRID, rising) if cells is None else cells
        across = "k" if along == "m" else "m"
        table = transitions(cells, ["k", "m"], along, across, levels)
        content = figure_spec({"kind": "portrait", "x": "k", "y": "m", **spec})
        tables = {"cells": cells, "transition": table}
        figure, _, figure.said = draw(content, tables, ["k", "m"], SUCCESS, "A title")
        FigureCanvasAgg(figure).draw()
        return figure, table

    @staticmethod
    def curves(area):
        return {line.get_label(): line for line in area.lines if "curve" in str(line.get_label())}

    def test_the_curve_of_the_portrait_with_its_band(self):
        figure, table = self.drawn()
        (area,) = panels(figure)
        (line,) = self.curves(area).values()
        inside = table[table["portrait_position"] == "inside"]
        np.testing.assert_allclose(line.get_xydata(), inside[["k", "portrait_crossing"]])
        (band,) = [c for c in area.collections if isinstance(c, PolyCollection)]
        (path,) = band.get_paths()
        for side in ("low", "high"):
            heights = inside[f"portrait_{side}"].clip(5, 55)
            for point in zip(inside["k"], heights, strict=True):
                assert np.isclose(path.vertices, point).all(axis=1).any()
        # The crossings of the lines are points beside it.
        (bars,) = [c for c in area.containers if isinstance(c, ErrorbarContainer)]
        assert bars.lines[0].get_linestyle() == "None"

    def test_along_x(self):
        cells = make_cells(self.GRID, lambda k, m, **_: 1 - rising(k, m))
        figure, table = self.drawn(cells, along="k")
        (line,) = self.curves(panels(figure)[0]).values()
        inside = table[table["portrait_position"] == "inside"]
        np.testing.assert_allclose(line.get_xydata(), inside[["portrait_crossing", "m"]])

    def test_other_levels_are_thinner_and_have_no_band(self):
        figure, _ = self.drawn(levels=(0.2, 0.5, 0.8))
        (area,) = panels(figure)
        widths = {name: line.get_linewidth() for name, line in self.curves(area).items()}
        assert set(widths) == {"20 % curve", "50 % curve, 95 % band", "80 % curve"}
        assert widths["20 % curve"] == widths["80 % curve"] < widths["50 % curve, 95 % band"]
        assert len([c for c in area.collections if isinstance(c, PolyCollection)]) == 1
        assert "Curves of 20 %, 50 %, 80 %" in caption(figure)

    def test_the_level_nearest_to_one_half_has_the_points(self):
        figure, table = self.drawn(levels=(0.1, 0.6))
        (area,) = panels(figure)
        (bars,) = [c for c in area.containers if isinstance(c, ErrorbarContainer)]
        rows = table[(table["crossing_level"] == 0.6) & (table["position"] == "inside")]
        np.testing.assert_allclose(bars.lines[0].get_xydata(), rows[["k", "crossing"]])
        assert "60 % crossing of each line" in caption(figure)

    def test_nothing_is_drawn_beyond_the_grid(self):
        cells = make_cells({**self.GRID, "k": [1, 2, 3, 4, 9]}, rising)
        figure, table = self.drawn(cells)
        assert table["portrait_position"].tolist()[-1] == "above"
        (line,) = self.curves(panels(figure)[0]).values()
        assert line.get_xdata().max() == 4

    def test_a_portrait_that_does_not_change_has_no_curve(self):
        figure, _ = self.drawn(make_cells(self.GRID, lambda **_: 1.0))
        assert not self.curves(panels(figure)[0])
        assert "curve" not in texts(figure)

    def test_a_curve_of_one_point_is_not_drawn_and_not_explained(self):
        rough = make_cells(self.GRID, lambda k, m, **_: rising(k, m) * (0.2 if m == 50 else 1))
        figure, table = self.drawn(rough)
        assert (table["portrait_position"] == "inside").sum() == 1
        assert not self.curves(panels(figure)[0])
        assert "Curves of" not in caption(figure)
        assert "crossing of each line" in caption(figure)

    def test_lack_of_fit_is_in_the_caption(self):
        rough = make_cells(self.GRID, lambda k, m, **_: rising(k, m) * (0.6 if m == 50 else 1))
        figure, table = self.drawn(rough)
        assert (table["portrait_lack_of_fit"] < 0.05).all()
        assert "does not fit" in caption(figure)
        assert "does not fit" not in caption(self.drawn()[0])


class TestMarks:
    def test_cells_with_capped_and_diverged_trials_are_marked(self):
        cells = make_cells(GRID)
        cells.loc[(cells.k == 1) & (cells.m == 10), "capped"] = 3
        cells.loc[(cells.k == 2) & (cells.m == 40), "diverged"] = 20
        cells.loc[(cells.k == 3) & (cells.m == 40), "diverged"] = 5
        (area,) = panels(drawn(cells, marks=True))
        assert marks(area, "capped trials, by their share") == [(1, 10)]
        assert marks(area, "diverged trials, by their share") == [(2, 40), (3, 40)]
        (crosses,) = [c for c in area.collections if c.get_label().startswith("diverged")]
        assert crosses.get_sizes()[0] == 4 * crosses.get_sizes()[1]
        # They are off where they are not asked for: the table has them.
        assert "by their share" not in texts(drawn(cells))

    def test_without_them_nothing_is_marked_and_nothing_explained(self):
        figure = drawn(make_cells(GRID), marks=True)
        assert "by their share" not in texts(figure)

    def test_what_was_not_run_is_explained(self):
        cells = make_cells(GRID, lambda k, m, **_: None if m < 10 * k + 5 else 0.4)
        assert "not run" in texts(drawn(cells, along=None))
        assert "not run" not in texts(drawn(make_cells(GRID)))

    def test_overlays(self):
        figure = drawn(
            make_cells(GRID, rising),
            overlays=[{"y": "10*k", "label": "m = 10 k"}, {"y": "n + k"}],
        )
        (area,) = panels(figure)
        lines = {line.get_label(): line.get_xydata() for line in area.lines}
        np.testing.assert_allclose(lines["m = 10 k"][:, 1], 10 * lines["m = 10 k"][:, 0])
        # n = 20 in all of the panel; without a label the expression is shown.
        np.testing.assert_allclose(lines["n + k"][:, 1], 20 + lines["n + k"][:, 0])
        assert lines["m = 10 k"][0, 0] == pytest.approx(0.5)
        assert lines["m = 10 k"][-1, 0] == pytest.approx(3.5)
        legend = figure.legends[0]
        assert {t.get_text() for t in legend.get_texts()} >= {"m = 10 k", "n + k"}

    def test_an_overlay_has_a_gap_where_it_has_no_value(self):
        (area,) = panels(drawn(make_cells(GRID, rising), overlays=[{"y": "20*sqrt(k - 2)"}]))
        (line,) = [line for line in area.lines if line.get_label() == "20*sqrt(k - 2)"]
        x, y = line.get_xydata().T
        assert x.min() == pytest.approx(2, abs=0.02)
        assert x.max() == pytest.approx(3.5)
        np.testing.assert_allclose(y, 20 * np.sqrt(x - 2))

    def test_an_overlay_may_differ_from_panel_to_panel(self):
        cells = make_cells({**GRID, "noise": [0.0, 0.5]})
        figure = drawn(cells, ("k", "m", "noise"), None, overlays=[{"y": "10*k + 20*noise"}])
        ends = [area.lines[0].get_ydata()[0] for area in panels(figure)]
        assert ends == pytest.approx([5, 15])


class TestWords:
    def test_caption_names_trials_rule_and_failures(self):
        cells = make_cells(GRID, trials=7)
        cells.loc[0, ["capped", "diverged"]] = [2, 1]
        text = caption(drawn(cells))
        assert "7 trials per cell" in text
        assert "95 % Wilson intervals of the rates" in text
        assert "relative signal error below 1e-5" in text
        assert "below 1e-5, diverged trials counted as failures" in text
        assert "Of 84 trials 2 capped, 1 diverged." in text

    def test_caption_tells_what_trials_by_need_saved(self):
        sampling = Sampling(at_least=20, at_most=200, interval_width=0.2, success=SUCCESS)
        cells = make_cells(GRID, rising, trials=25)
        tables = {"cells": cells, "transition": transitions(cells, ("k", "m"), "m")}
        entry = figure_spec({"kind": "portrait", "x": "k", "y": "m"})
        figure, _, figure.said = draw(entry, tables, ("k", "m"), SUCCESS, "A title", sampling)
        FigureCanvasAgg(figure).draw()
        assert "no longer than 0.2: 300 instead of 2400." in caption(figure).replace("\n", " ")

    def test_caption_of_a_rule_that_asks_for_convergence(self):
        success = Success(error="latent", below=0.001, converged=True)
        text = caption(drawn(make_cells(GRID), success=success))
        rule = "relative latent error below 0.001, capped and diverged trials counted as failures"
        assert rule in text

    def test_labels_and_titles(self):
        figure = drawn(make_cells(GRID), title="The sweep")
        (area,) = panels(figure)
        assert (area.get_xlabel(), area.get_ylabel()) == (
            "latent dimension $k$",
            "measurements $m$",
        )
        assert figure.get_suptitle() == "The sweep"
        assert "recovery rate" in texts(figure)

    def test_labels_of_its_own(self):
        (area,) = panels(drawn(make_cells(GRID), x_label="right", y_label="up"))
        assert (area.get_xlabel(), area.get_ylabel()) == ("right", "up")

    def test_the_numbers_that_it_shows(self):
        cells = make_cells(GRID, rising, solvers=("a", "b"))
        tables = {"cells": cells, "transition": transitions(cells, ["k", "m"], "m")}
        spec = figure_spec({"kind": "portrait", "x": "k", "y": "m"})
        _, numbers, _ = draw(spec, tables, ["k", "m"], SUCCESS, "A title")
        assert list(numbers) == [
            *("solver", "k", "m", "trials", "recovered", "rate", "rate_low", "rate_high"),
            *("capped", "diverged"),
        ]
        assert numbers["rate"].tolist() == [rising(k, m) for k, m in numbers[["k", "m"]].to_numpy()]
        assert len(numbers) == len(cells)

    def test_a_figure_may_have_its_own_title(self):
        cells = make_cells(GRID)
        spec = figure_spec({"kind": "portrait", "x": "k", "y": "m", "title": "Mine"})
        tables = {"cells": cells, "transition": transitions(cells, ["k", "m"], "m")}
        figure, _, figure.said = draw(spec, tables, ["k", "m"], SUCCESS, "No")
        assert figure.get_suptitle() == "Mine"

    def test_no_text_is_cut_off(self):
        long = "A title that says in many words what the figure shows and how it was computed, " * 2
        figure = drawn(make_cells(GRID, rising), title=long, overlays=[{"y": "10*k"}])
        page = figure.bbox
        for text in figure.findobj(lambda a: hasattr(a, "get_text") and a.get_text()):
            if text.get_visible():
                box = text.get_window_extent()
                assert box.x0 >= page.x0 - 1
                assert box.x1 <= page.x1 + 1
                assert box.y0 >= page.y0 - 1
                assert box.y1 <= page.y1 + 1

    def test_marks_lines_and_unrun_cells_differ_for_the_colour_blind(self):
        # In grey, too: the crossing and an overlay are drawn with different strokes.
        figure = drawn(make_cells(GRID, rising), overlays=[{"y": "10*k"}])
        (area,) = panels(figure)
        strokes = {(to_hex(to_rgb(a.get_color())), a.get_linestyle()) for a in area.lines}
        assert len({colour for colour, _ in strokes}) == len(strokes) == 2
        assert len({stroke for _, stroke in strokes}) == 2
