import math

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from cells import make_cells
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import PolyCollection
from matplotlib.figure import Figure

from genphase.figures.draw import draw, figure_spec
from genphase.sweep.models import Success

SUCCESS = Success(error="latent", below=1e-3)
GRID = {"k": [5, 10, 20, 40]}


def falling(k, **_):
    return 1 - k / 50


def drawn(cells, axes=("k",), title="A title", **spec):
    content = {"kind": "curve", "x": "k", **spec}
    figure = draw(figure_spec(content), cells, pd.DataFrame(), axes, SUCCESS, title)
    FigureCanvasAgg(figure).draw()
    return figure


def area_of(figure):
    (area,) = figure.axes
    return area


def series(figure):
    """Return the points of every line by its label, but for the line at 50 %."""
    lines = [line for line in area_of(figure).lines if line.get_color() != "0.8"]
    return {line.get_label(): line.get_xydata() for line in lines}


def bands(figure):
    return [c for c in area_of(figure).collections if isinstance(c, PolyCollection)]


def band_at(band, x):
    """Return the lowest and highest corner of a band at one of its x values."""
    corners = np.concatenate([path.vertices for path in band.get_paths()])
    y = corners[np.isclose(corners[:, 0], x), 1]
    return y.min(), y.max()


def caption(figure):
    return figure.subfigs[1].texts[0].get_text().replace("\n", " ")


def test_it_is_a_figure_that_pyplot_does_not_know():
    assert isinstance(drawn(make_cells(GRID, falling)), Figure)
    assert plt.get_fignums() == []


def test_the_rate_with_its_interval():
    cells = make_cells(GRID, falling)
    figure = drawn(cells)
    ((_, points),) = series(figure).items()
    np.testing.assert_allclose(points, cells[["k", "rate"]])
    (band,) = bands(figure)
    for _, row in cells.iterrows():
        assert band_at(band, row["k"]) == pytest.approx((row["rate_low"], row["rate_high"]))
    low, high = area_of(figure).get_ylim()
    assert -0.1 < low < 0 < 1 < high < 1.1
    assert area_of(figure).get_xlabel() == "latent dimension $k$"
    assert area_of(figure).get_ylabel() == "recovery rate"
    # One line needs no legend.
    assert area_of(figure).get_legend() is None


@pytest.mark.parametrize("height", ["signal_error", "latent_error", "iterations"])
def test_errors_are_medians_with_quartiles(height):
    cells = make_cells(GRID)
    cells[f"{height}_median"] = [1.0, 2.0, 3.0, 4.0]
    cells[f"{height}_q25"] = [0.5, 1.5, 2.5, 3.5]
    cells[f"{height}_q75"] = [2.0, 4.0, 6.0, 8.0]
    figure = drawn(cells, y=height, y_scale="log")
    ((_, points),) = series(figure).items()
    assert points[:, 1].tolist() == [1, 2, 3, 4]
    assert band_at(bands(figure)[0], 20) == (2.5, 6)
    assert area_of(figure).get_yscale() == "log"
    assert "median of all trials, band: quartiles" in caption(figure)


def test_infinite_errors_leave_a_gap():
    cells = make_cells(GRID)
    cells["signal_error_median"] = [1e-3, math.inf, 2e-3, 3e-3]
    cells["signal_error_q75"] = [2e-3, math.inf, math.inf, 4e-3]
    figure = drawn(cells, y="signal_error", y_scale="log", x_scale="log")
    ((_, points),) = series(figure).items()
    assert np.isnan(points[:, 1]).tolist() == [False, True, False, False]
    assert area_of(figure).get_ylim()[1] < 1
    corners = np.concatenate([path.vertices for path in bands(figure)[0].get_paths()])
    assert np.isfinite(corners).all()
    assert not np.isclose(corners[:, 0], 10).any()


def test_an_error_that_is_infinite_everywhere_is_drawn_empty():
    cells = make_cells(GRID)
    for column in ("median", "q25", "q75"):
        cells[f"signal_error_{column}"] = math.inf
    figure = drawn(cells, y="signal_error", y_scale="log")
    assert all(np.isnan(points[:, 1]).all() for points in series(figure).values())


def test_all_axes_but_x_and_several_solvers_make_series():
    grid = {**GRID, "architecture": ["[700,600]", "[150,700,600]"]}
    cells = make_cells(
        grid,
        lambda k, architecture, solver: falling(k) - (solver == "b") / 10 - len(architecture) / 100,
        solvers=("a", "b"),
    )
    figure = drawn(cells, ("k", "architecture"))
    found = series(figure)
    assert list(found) == [
        "[700, 600], a",
        "[700, 600], b",
        "[150, 700, 600], a",
        "[150, 700, 600], b",
    ]
    for label, points in found.items():
        own = cells[
            (cells["solver"] == label[-1])
            & (cells["architecture"] == label[:-3].replace(", ", ","))
        ]
        np.testing.assert_allclose(points, own[["k", "rate"]])
    legend = [t.get_text() for t in area_of(figure).get_legend().get_texts()]
    assert legend == list(found)


def test_series_that_are_named():
    cells = make_cells({**GRID, "m": [100, 200]}, falling, solvers=("a", "b"))
    assert list(series(drawn(cells, ("k", "m"), series=["m", "solver"]))) == [
        "m = 100, a",
        "m = 100, b",
        "m = 200, a",
        "m = 200, b",
    ]


def test_no_two_of_many_series_look_the_same():
    cells = make_cells({**GRID, "m": list(range(10, 160, 10))}, falling)
    figure = drawn(cells, ("k", "m"))
    lines = [line for line in area_of(figure).lines if len(line.get_xydata()) == 4]
    looks = {(a.get_color(), a.get_linestyle(), a.get_marker()) for a in lines}
    assert len(looks) == len(lines) == 15


def test_a_long_legend_stands_beside_the_curves():
    cells = make_cells({**GRID, "m": list(range(10, 90, 10))}, falling)
    figure = drawn(cells, ("k", "m"))
    (legend,) = figure.subfigs[0].legends
    assert len(legend.get_texts()) == 8
    assert legend.get_window_extent().x0 > area_of(figure).get_window_extent().x1


def test_points_are_sorted_along_x():
    cells = make_cells({"k": [40, 5, 20, 10]}, falling)
    ((_, points),) = series(drawn(cells)).items()
    assert points[:, 0].tolist() == [5, 10, 20, 40]


def test_x_may_be_an_expression_over_axes_and_symbols():
    cells = make_cells({"k": [5, 10], "m": [20, 50, 100]}, falling)
    figure = drawn(cells, ("k", "m"), x="k/m")
    # Both axes are used up: there is one line.
    ((_, points),) = series(figure).items()
    assert points[:, 0].tolist() == [0.05, 0.1, 0.1, 0.2, 0.25, 0.5]
    assert area_of(figure).get_xlabel() == "latent dimensions per measurement $k/m$"
    figure = drawn(cells, ("k", "m"), x="n1*k/n")
    # Widths are [30,20].
    assert set(series(figure)["m = 20"][:, 0]) == {7.5, 15}
    assert area_of(figure).get_xlabel() == "n1*k/n"


def test_overlays_follow_x_and_constants():
    cells = make_cells({"noise": [1e-8, 1e-4, 1e-2], "k": [5]})
    figure = drawn(
        cells,
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
    assert x[0] < 1e-8
    assert x[-1] > 1e-2
    # Even on a log axis.
    np.testing.assert_allclose(np.diff(np.log(x)), np.log(x[1] / x[0]), rtol=1e-6)


def test_overlays_do_not_move_the_limits_and_may_have_gaps():
    plain = area_of(drawn(make_cells(GRID), y="signal_error"))
    figure = drawn(make_cells(GRID), y="signal_error", overlays=[{"y": "1e9*sqrt(x - 10)"}])
    assert area_of(figure).get_ylim() == plain.get_ylim()
    assert area_of(figure).get_xlim() == plain.get_xlim()
    x, y = series(figure)["1e9*sqrt(x - 10)"].T
    assert np.array_equal(np.isnan(y), x < 10)


def test_caption_names_trials_rule_and_failures():
    cells = make_cells(GRID, falling, trials=1)
    cells.loc[0, ["capped", "diverged"]] = [1, 0]
    text = caption(drawn(cells))
    assert "1 trial per cell; recovered: relative latent error below 0.001" in text
    assert "band: 95 % Wilson interval" in text
    assert "Of 4 trials 1 capped, 0 diverged." in text


def test_title():
    cells = make_cells(GRID)
    assert drawn(cells, title="The sweep").subfigs[0].get_suptitle() == "The sweep"
    spec = figure_spec({"kind": "curve", "x": "k", "title": "Mine"})
    figure = draw(spec, cells, pd.DataFrame(), ["k"], SUCCESS, "The sweep")
    assert figure.subfigs[0].get_suptitle() == "Mine"
