"""The style of figures: from a figure, its sweep, or a file, to what is drawn."""

import pytest
import yaml
from cells import make_cells, make_trials
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import QuadMesh
from samples import SWEEP, make_sweep

from genphase.errors import SweepError
from genphase.figures.draw import draw
from genphase.jobs.recipes import Recipes
from genphase.sweep.read import load_sweep, parse_sweep
from genphase.tables.transition import transitions

GRID = {"k": [1, 2, 3], "m": [10, 20, 30]}


def rate(k, m, **_):
    return min(1.0, m / 30 / k)


def portrait(**style):
    sweep = make_sweep(
        axes=GRID,
        problem="compressed_sensing",
        network={"widths": [40]},
        figures={"portrait": {"x": "k", "y": "m", "style": style}},
    )
    cells = make_cells(GRID, rate)
    tables = {"cells": cells, "transition": transitions(cells, ("k", "m"), "m")}
    drawing = draw(sweep.figures["portrait"], tables, ("k", "m"), sweep.success, "A title")
    FigureCanvasAgg(drawing.figure).draw()
    return drawing.figure


def curve(**style):
    content = {"x": "k", "y": "signal_error", "style": style}
    sweep = make_sweep(figures={"curve": content})
    trials = make_trials(GRID, lambda k, m, trial, **_: k * m * (trial + 1) * 1e-3)
    drawing = draw(sweep.figures["curve"], {"trials": trials}, ("k", "m"), sweep.success, "A title")
    FigureCanvasAgg(drawing.figure).draw()
    return drawing.figure


@pytest.mark.parametrize(("width", "inches"), [("single", 3.35), ("double", 6.9), (5, 5.0)])
@pytest.mark.parametrize("drawn", [portrait, curve])
def test_a_figure_has_the_width_of_its_style_and_nothing_is_cut_off(drawn, width, inches):
    figure = drawn(width=width, font_size=8)
    assert figure.get_figwidth() == pytest.approx(inches)
    for area in figure.axes:
        box = area.get_tightbbox()
        assert box.x0 >= -1
        assert box.y0 >= -1
        assert box.x1 <= figure.bbox.x1 + 1
        assert box.y1 <= figure.bbox.y1 + 1


def test_text_has_the_size_and_font_of_the_style():
    label = curve(font_size=7, font="serif").axes[0].xaxis.label
    assert label.get_fontsize() == pytest.approx(7 * 10 / 9)
    assert label.get_fontfamily() == ["serif"]
    assert curve().axes[0].xaxis.label.get_fontsize() == 10


def test_title_legend_limits_and_colours():
    assert curve().get_suptitle() == "A title"
    figure = curve(title=False, legend="none", x_limits=[0, 9], y_limits=[1e-3, 2])
    assert figure.get_suptitle() == ""
    assert figure.axes[0].get_legend() is None
    assert not figure.legends
    assert figure.axes[0].get_xlim() == (0, 9)
    assert figure.axes[0].get_ylim() == (1e-3, 2)
    assert curve(legend="below").legends
    mesh = next(
        c for c in portrait(colour_map="viridis").axes[0].collections if isinstance(c, QuadMesh)
    )
    assert mesh.get_cmap().name == "viridis"
    assert not portrait(legend="none").legends
    assert portrait().legends


def test_a_figure_says_more_than_its_sweep_and_both_more_than_nothing():
    figures = {
        "portrait": {"x": "k", "y": "n", "style": {"font_size": 7}},
        "curve": {"x": "k"},
    }
    sweep = make_sweep(figures=figures, style={"font_size": 11, "width": "single"})
    assert sweep.figures["portrait"].style.font_size == 7
    assert sweep.figures["portrait"].style.width == "single"
    assert sweep.figures["curve"].style.font_size == 11


def test_a_style_can_be_a_file(tmp_path):
    (tmp_path / "journal.yaml").write_text("width: single\nfont: serif\n")
    content = {**SWEEP, "style": "journal.yaml"}
    sweep_file = tmp_path / "tiny.yaml"
    sweep_file.write_text(yaml.safe_dump(content))
    style = load_sweep("tiny", tmp_path).figures["portrait"].style
    assert (style.width, style.font) == ("single", "serif")
    (tmp_path / "journal.yaml").write_text("width: wide\n")
    with pytest.raises(SweepError, match=r"'wide' is no width"):
        load_sweep("tiny", tmp_path)
    sweep_file.write_text(yaml.safe_dump(SWEEP | {"style": "none.yaml"}))
    with pytest.raises(SweepError, match=r"there is no file .*none\.yaml"):
        load_sweep("tiny", tmp_path)


@pytest.mark.parametrize(
    ("style", "told"),
    [
        ({"widht": 3}, "did you mean 'width'"),
        ({"width": 0.2}, "inches from 1.5 to 40"),
        ({"x_limits": [3, 1]}, "write [low, high]"),
        ({"font": "comic"}, "style.font"),
        ({"font_size": 90}, "style.font_size"),
    ],
)
@pytest.mark.parametrize("place", ["sweep", "figure"])
def test_mistakes_in_a_style_are_told(style, told, place):
    if place == "sweep":
        changes = {"style": style}
    else:
        changes = {"figures": {"portrait": {"x": "k", "y": "n", "style": style}}}
    with pytest.raises(SweepError) as error:
        parse_sweep(yaml.safe_dump({**SWEEP, **changes}), "sweep.yaml")
    assert told in str(error.value)


def test_another_style_makes_figures_anew_and_nothing_else(tmp_path):
    def keys(**changes):
        recipes = Recipes(make_sweep(**changes), 0, tmp_path, lambda script: "code")
        return recipes.trials().key, recipes.tables().key, recipes.figure("portrait").key

    plain, styled = keys(), keys(style={"width": "single"})
    assert plain[:2] == styled[:2]
    assert plain[2] != styled[2]
