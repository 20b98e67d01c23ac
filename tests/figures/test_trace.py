import math

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from samples import make_sweep

from genphase.cells.grid import expand
from genphase.errors import SweepError
from genphase.figures.draw import draw
from genphase.sweep.figures import figure_spec
from genphase.sweep.success import Success
from genphase.tables.overlays import tabulate_overlays


def make_traces(ks=(5, 10), solvers=("plugin",), trials=1, last=50):
    """Return traces.csv, as figures read it, in which the error is (trial + 2)**-t."""
    rows = [
        {"cell": f"{k}{solver}", "solver": solver, "k": k, "widths": "[30,20]", "m": 20}
        | {"noise": 0.0, "trial": trial, "iteration": t}
        | {"objective": k * 4.0**-t, "latent_error": (trial + 2.0) ** -t}
        for k in ks
        for solver in solvers
        for trial in range(trials)
        for t in range(last + 1)
    ]
    return pd.DataFrame(rows)


def drawing(traces, title="A title", **spec):
    figure, numbers, figure.said = draw(
        figure_spec({"kind": "trace", **spec}),
        {"traces": traces},
        ["k"],
        Success(error="signal", below=1),
        title,
    )
    FigureCanvasAgg(figure).draw()
    return figure, numbers


def panels(figure):
    return [area for area in figure.axes if area.get_visible()]


def test_one_line_per_series_with_the_error_against_the_iteration():
    figure, numbers = drawing(make_traces())
    assert plt.get_fignums() == []
    (area,) = panels(figure)
    assert [line.get_label() for line in area.lines] == ["k = 5", "k = 10"]
    for line in area.lines:
        t, error = line.get_xydata().T
        assert t.tolist() == list(range(51))
        np.testing.assert_array_equal(error, 2.0**-t)
    assert (area.get_xscale(), area.get_yscale()) == ("linear", "log")
    assert area.get_xlabel() == "iteration $t$"
    assert area.get_ylabel() == "relative latent error"
    assert list(numbers) == ["cell", "solver", "k", "trial", "iteration", "latent_error"]
    assert len(numbers) == 102
    assert figure.get_suptitle() == "A title"


def test_the_objective_with_labels_and_title_of_its_own():
    own = {"x_label": "steps", "y_label": "loss", "title": "Mine"}
    figure, _ = drawing(make_traces(), y="objective", **own)
    (area,) = panels(figure)
    assert area.lines[1].get_ydata()[:3].tolist() == [10, 2.5, 0.625]
    assert (area.get_xlabel(), area.get_ylabel()) == ("steps", "loss")
    assert figure.get_suptitle() == "Mine"
    assert panels(drawing(make_traces(), y="objective")[0])[0].get_ylabel() == "objective $f(x_t)$"


def test_several_trials_are_thin_lines_of_one_colour_and_one_entry():
    figure, _ = drawing(make_traces(trials=3))
    (area,) = panels(figure)
    first, second = area.lines[:3], area.lines[3:]
    for lines, label in ((first, "k = 5"), (second, "k = 10")):
        assert len(lines) == 3
        assert len({line.get_color() for line in lines}) == 1
        assert all(line.get_linewidth() < 1 for line in lines)
        ends = [line.get_ydata()[-1] for line in lines]
        assert ends == pytest.approx([2.0**-50, 3.0**-50, 4.0**-50])
        assert lines[0].get_label() == label
    assert first[0].get_color() != second[0].get_color()
    legend = area.get_legend()
    assert [text.get_text() for text in legend.get_texts()] == ["k = 5", "k = 10"]
    # Thin lines are thick enough in the legend.
    assert all(line.get_linewidth() > 1 for line in legend.get_lines())
    assert all(line.get_linewidth() > 1 for line in drawing(make_traces())[0].axes[0].lines)


def test_cells_that_the_series_do_not_tell_apart_stay_lines_of_their_own():
    figure, _ = drawing(make_traces(solvers=("a", "b")), series="solver")
    (area,) = panels(figure)
    assert len(area.lines) == 4
    assert all(np.all(np.diff(line.get_xdata()) == 1) for line in area.lines)
    legend = [text.get_text() for text in area.get_legend().get_texts()]
    assert legend == ["a", "b"]


def test_panels():
    figure, _ = drawing(make_traces(solvers=("a", "b"), ks=(5, 10, 20)), panels=["k"])
    areas = panels(figure)
    assert [area.get_title() for area in areas] == ["k = 5", "k = 10", "k = 20"]
    for area in areas:
        assert len(area.lines) == 2
        assert area.get_ylim() == areas[0].get_ylim()
    (legend,) = figure.legends
    assert [text.get_text() for text in legend.get_texts()] == ["a", "b"]


def test_a_log_axis_of_iterations_begins_at_1():
    figure, numbers = drawing(make_traces(), x_scale="log")
    (area,) = panels(figure)
    assert area.get_xscale() == "log"
    assert area.lines[0].get_xdata()[0] == 1
    assert numbers["iteration"].min() == 0


@pytest.mark.parametrize("y_scale", ["log", "linear"])
def test_zeros_infinities_and_nan_do_not_warn(y_scale):
    traces = make_traces()
    traces.loc[3, "latent_error"] = 0.0
    traces.loc[4, "latent_error"] = math.inf
    traces.loc[5, "latent_error"] = math.nan
    drawing(traces, y_scale=y_scale)
    drawing(traces.assign(latent_error=math.inf), y_scale=y_scale)
    figure, _ = drawing(traces.assign(latent_error=0.0), y_scale=y_scale)
    # Nothing can be drawn on a log axis.
    assert panels(figure)[0].get_yscale() == "linear"


def test_the_caption_tells_trials_runs_and_iterates():
    figure, _ = drawing(make_traces(trials=3))
    text = figure.said
    assert text.startswith("The first 3 trials of each cell, 6 runs in all, by the plain loop")
    assert "up to 51 iterates" in text
    assert "without an average or an interval; none is counted as a failure" in text
    figure, _ = drawing(make_traces())
    assert figure.said.startswith("The first trial of each cell, 2 runs")


def test_a_run_that_grows_without_end_does_not_flatten_the_others():
    traces = make_traces(solvers=("a", "b"))
    wild = (traces["solver"] == "b") & (traces["k"] == 10)
    traces.loc[wild, "latent_error"] = 10.0 ** traces.loc[wild, "iteration"]
    figure, _ = drawing(traces, series="solver")
    (area,) = panels(figure)
    assert 1 < area.get_ylim()[1] <= 10
    assert "leaves the panel at its top" in figure.said
    assert "leaves the panel" not in drawing(make_traces())[0].said


def test_a_run_that_starts_near_its_end_and_leaves_it_is_seen_whole():
    traces = make_traces(solvers=("a", "b"))
    near = (traces["solver"] == "b") & (traces["k"] == 10)
    traces.loc[near, "latent_error"] = 1e-6 * (1 + 1e4 * traces.loc[near, "iteration"])
    figure, _ = drawing(traces, series="solver")
    assert "leaves the panel" not in figure.said


class TestOverlays:
    """Predicted rates, as lines over the iteration."""

    def sweep(self, overlays, **changes):
        figures = {"trace": {"overlays": overlays}}
        return make_sweep(figures=figures, trace={"trials": 1}, **changes)

    def test_a_line_over_the_iteration(self):
        sweep = self.sweep([{"y": "2*0.5**iteration", "label": "predicted"}])
        grid = pd.DataFrame(
            [
                {"cell": f"c{k}", "solver": "plugin", "k": k, "n": 12, "widths": "[12,12]"}
                | {"m": 12, "noise": 0.0}
                for k in (2, 3)
            ]
        )
        spec = sweep.figures["trace"]
        table = tabulate_overlays(grid, ["k", "n"], spec, sweep, {})
        # From the start to the solver's cap.
        assert (table["x"].min(), table["x"].max()) == (0, 300)
        np.testing.assert_allclose(table["y"], 2 * 0.5 ** table["x"])
        points = pd.DataFrame(
            [
                {"cell": "c2", "solver": "plugin", "k": 2, "n": 12, "trial": 0}
                | {"iteration": t, "latent_error": 0.4**t, "objective": 0.1**t}
                for t in range(20)
            ]
        )
        figure, _, _ = draw(
            spec, {"traces": points, "overlays": table}, ["k", "n"], sweep.success, "T"
        )
        (area,) = figure.axes
        (line,) = [line for line in area.lines if line.get_label() == "predicted"]
        assert line.get_ydata()[0] == 2
        # It does not move the limits, which are those of the runs.
        assert area.get_xlim()[1] < 25

    @pytest.mark.parametrize(
        ("overlay", "words"),
        [
            ({"y": "0.5**iterations"}, "did you mean 'iteration'"),
            ({"x": "iteration"}, "which only portraits have"),
            ({"y": "k*0.5**iteration"}, "'k' in 'k\\*0.5\\*\\*iteration' changes within a panel"),
            ({"theory": "oracle"}, "theory"),
        ],
    )
    def test_mistakes_are_answered(self, overlay, words):
        with pytest.raises(SweepError, match=words):
            expand(self.sweep([overlay]), 0, "sweep.yaml")
