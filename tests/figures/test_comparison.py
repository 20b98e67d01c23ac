import math

import matplotlib.pyplot as plt
import numpy as np
import pytest
from cells import make_trials
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import PathCollection, QuadMesh
from matplotlib.colors import to_hex
from samples import make_sweep

from genphase.figures.draw import draw
from genphase.sweep.figures import figure_spec
from genphase.sweep.success import Success
from genphase.tables.cells import grid_columns
from genphase.tables.overlays import tabulate_overlays

SUCCESS = Success(error="signal", below=1e-5)
GRID = {"k": [1, 2, 3], "m": [10, 20, 40]}
# Of 20 trials, those that each solver recovers where.
ONLY_A, ONLY_B, SAME, PART = (1, 40), (3, 10), (2, 20), (1, 10)
RECOVERED = {
    ONLY_A: {"a": range(20), "b": range(0)},
    ONLY_B: {"a": range(0), "b": range(20)},
    PART: {"a": range(10), "b": range(5)},
}


def outcome(k, m, trial, solver, **_):
    return 1e-7 if trial in RECOVERED.get((k, m), {}).get(solver, range(10)) else 1.0


def make(grid=GRID, error=outcome, solvers=("a", "b"), trials=20, **options):
    return make_trials(grid, error, solvers=solvers, trials=trials, **options)


def drawing(trials, axes=("k", "m"), success=SUCCESS, title="A title", **spec):
    content = {"kind": "comparison", "x": "k", "y": "m", **spec}
    entry, tables = figure_spec(content), {"trials": trials}
    if entry.overlays:
        grid = trials[grid_columns(trials)].drop_duplicates()
        tables["overlays"] = tabulate_overlays(grid, axes, entry, make_sweep(), {})
    figure, numbers, figure.said = draw(entry, tables, axes, success, title)
    # Laying it out finds what only drawing shows.
    FigureCanvasAgg(figure).draw()
    return figure, numbers


def panels(figure):
    return [a for a in figure.axes if a.get_visible() and a.get_label() != "<colorbar>"]


def mesh(area):
    (found,) = [c for c in area.collections if isinstance(c, QuadMesh)]
    return found


def colours_around(figure, area, x, y):
    """Return the colours that a reader sees near a point of a panel, off its mark."""
    image = np.asarray(figure.canvas.buffer_rgba())
    column, row = (int(v) for v in area.transData.transform((x, y)))
    row = image.shape[0] - 1 - row
    return {tuple(image[row + 14, column + i, :3]) for i in range(-8, 9)}


def marks(area):
    return {
        collection.get_label(): [tuple(p) for p in collection.get_offsets().tolist()]
        for collection in area.collections
        if isinstance(collection, PathCollection)
    }


def caption(figure):
    return figure.said


class TestMap:
    def test_each_cell_shows_the_difference_of_the_rates(self):
        figure, numbers = drawing(make())
        assert plt.get_fignums() == []
        (area,) = panels(figure)
        # Rows are m, columns k.
        expected = [[0.25, 0, -1], [0, 0, 0], [1, 0, 0]]
        np.testing.assert_array_equal(mesh(area).get_array(), expected)
        assert area.get_xlim() == (0.5, 3.5)
        assert area.get_ylim() == (5, 50)
        found = {(row.k, row.m): row.difference for row in numbers.itertuples()}
        assert (found[ONLY_A], found[ONLY_B], found[PART]) == (1, -1, 0.25)

    @pytest.mark.parametrize("error", [outcome, lambda **_: 1.0])
    def test_the_scale_is_fixed_and_symmetric(self, error):
        figure, _ = drawing(make(error=error))
        (area,) = panels(figure)
        assert mesh(area).get_clim() == (-1, 1)

    def test_colours_get_darker_to_both_sides(self):
        figure, _ = drawing(make())
        values = np.linspace(-1, 1, 21)
        rgb = mesh(panels(figure)[0]).to_rgba(values)[:, :3]
        grey = rgb @ [0.299, 0.587, 0.114]
        assert np.all(np.diff(grey[:11]) > 0)
        assert np.all(np.diff(grey[10:]) < 0)
        assert grey[10] > 0.95
        # The two sides differ in what the red-green blind see, too: blue against yellow.
        yellow = rgb[:, :2].mean(axis=1) - rgb[:, 2]
        assert np.all(yellow[1:10] > 0.05)
        assert np.all(yellow[11:-1] < -0.02)

    def test_points_that_were_not_run_are_hatched(self):
        trials = make(keep=lambda k, m, **_: (k, m) not in [(2, 10), (2, 40)])
        gone = (trials.k == 1) & (trials.m == 20) & (trials.solver == "a")
        figure, numbers = drawing(trials[~gone])
        (area,) = panels(figure)
        assert len(colours_around(figure, area, 2, 10)) > 1
        # Where only one of the solvers was run, there is nothing to compare.
        assert len(colours_around(figure, area, 1, 20)) > 1
        assert len(colours_around(figure, area, 2, 20)) == 1
        assert math.isnan(numbers[(numbers.k == 1) & (numbers.m == 20)]["difference"].item())

    def test_log_scales_overlays_and_labels(self):
        figure, _ = drawing(
            make(),
            x_scale="log",
            y_scale="log",
            y_label="up",
            title="Mine",
            overlays=[{"y": "10*k", "label": "m = 10 k"}],
        )
        (area,) = panels(figure)
        assert (area.get_xscale(), area.get_yscale()) == ("log", "log")
        assert (area.get_xlabel(), area.get_ylabel()) == ("latent dimension $k$", "up")
        assert figure.get_suptitle() == "Mine"
        x, y = next(li for li in area.lines if li.get_label() == "m = 10 k").get_xydata().T
        np.testing.assert_allclose(y, 10 * x)

    def test_a_panel_for_each_value_of_the_other_axes(self):
        figure, _ = drawing(
            make({**GRID, "architecture": ["[30,20]", "[40]"]}), ("k", "m", "architecture")
        )
        assert [area.get_title() for area in panels(figure)] == ["[30, 20]", "[40]"]
        bar = next(a for a in figure.axes if a.get_label() == "<colorbar>")
        assert bar.get_ylabel() == "difference of recovery rates\na − b"


class TestMarks:
    def test_each_side_has_a_mark_of_its_own(self):
        figure, numbers = drawing(make())
        (area,) = panels(figure)
        first, second = "a is better, $p_{Holm}$ < 0.05", "b is better, $p_{Holm}$ < 0.05"
        assert marks(area) == {first: [ONLY_A], second: [ONLY_B]}
        up, down = (c for c in area.collections if isinstance(c, PathCollection))
        assert [to_hex(c.get_facecolor()[0]) for c in (up, down)] == ["#000000", "#ffffff"]
        # The triangles point to different sides: more corners are below, or above.
        heights = [np.median(c.get_paths()[0].vertices[:3, 1]) for c in (up, down)]
        assert heights[0] < 0 < heights[1]
        legend = figure.legends[0]
        assert [text.get_text() for text in legend.get_texts()] == [first, second]
        assert numbers["better"].tolist().count("a") == 1

    def test_nothing_is_marked_where_nothing_differs(self):
        figure, _ = drawing(make(error=lambda **_: 1e-7))
        assert marks(panels(figure)[0]) == {}
        assert not figure.legends


class TestSolvers:
    def test_the_order_of_the_named_solvers_is_that_of_the_difference(self):
        trials = make(solvers=("a", "c", "b"))
        figure, numbers = drawing(trials, solvers=["b", "a"])
        assert mesh(panels(figure)[0]).get_array()[2].tolist() == [-1, 0, 0]
        assert (set(numbers["first"]), set(numbers["second"])) == ({"b"}, {"a"})

    def test_the_default_is_the_order_of_the_sweep(self):
        _, numbers = drawing(make(solvers=("b", "a")))
        assert (set(numbers["first"]), set(numbers["second"])) == ({"b"}, {"a"})


class TestWords:
    def test_the_caption_tells_trials_test_correction_rule_and_failures(self):
        trials = make()
        trials.loc[[0, 1, 2, 3], "status"] = ["diverged"] * 3 + ["capped"]
        assert set(trials.loc[[0, 1, 2, 3], "solver"]) == {"a"}
        text = caption(drawing(trials)[0])
        for words in (
            "20 trials per cell and solver, paired on the same instances;",
            "recovered: relative signal error below 1e-5, diverged trials counted as",
            "exact McNemar test at 5 %, Holm's correction for 9 cells: a in 1, b in 1.",
            # Of PART, a has lost its first three trials, which b recovers now alone.
            "a alone recovered 25 instances and b alone 23, exact sign-flip test p = 0.89.",
            "95 % intervals of the differences (Tango's score interval)",
            "Of 180 trials of a 1 capped, 3 diverged.",
            "Of 180 trials of b 0 capped, 0 diverged.",
        ):
            assert words in text
        assert "left out" not in text

    def test_trials_without_a_partner_are_told(self):
        trials = make()
        gone = (trials.solver == "b") & (trials.k == 2) & (trials.trial >= 15)
        text = caption(drawing(trials[~gone])[0])
        assert "15 to 20 trials per cell and solver" in text
        assert "(15 trials that only one solver has are left out)" in text

    def test_too_few_trials_for_so_many_cells_are_told(self):
        eight = caption(drawing(make(trials=8))[0])
        assert "a in 0, b in 0" in eight
        # 9 · 2/2^8 = 0.07 and 9 · 2/2^9 = 0.035.
        assert "at least 9 instances that the same solver alone recovers" in eight
        assert "instances that the same" not in caption(drawing(make(trials=10))[0])

    def test_two_solvers_that_have_no_pair(self):
        trials = make()
        apart = (trials.solver == "a") == (trials.k == 1)
        figure, numbers = drawing(trials[apart], solvers=["a", "b"])
        assert mesh(panels(figure)[0]).get_array().mask.all()
        assert numbers["difference"].isna().all()
        assert "Holm's correction for 0 cells" in caption(figure)

    def test_the_numbers_that_it_shows(self):
        _, numbers = drawing(make())
        assert list(numbers) == [
            *("k", "m", "first", "second", "pairs", "unpaired", "both", "only_first"),
            *("only_second", "neither", "rate_first", "rate_second", "difference"),
            *("difference_low", "difference_high", "p_value", "p_holm", "better"),
            *("capped_first", "capped_second", "diverged_first", "diverged_second"),
        ]
        assert len(numbers) == 9

    @pytest.mark.parametrize("solvers", [("a", "b"), ("levenberg_marquardt", "subgradient")])
    def test_no_text_is_cut_off(self, solvers):
        trials = make().replace({"solver": dict(zip("ab", solvers, strict=True))})
        figure, _ = drawing(trials)
        page = figure.bbox
        for text in figure.findobj(lambda a: hasattr(a, "get_text") and a.get_text()):
            if text.get_visible():
                box = text.get_window_extent()
                assert page.x0 - 1 <= box.x0 <= box.x1 <= page.x1 + 1
                assert page.y0 - 1 <= box.y0 <= box.y1 <= page.y1 + 1
