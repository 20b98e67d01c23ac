"""The style of figures: from a figure, its sweep, or a file, to what is drawn."""

from pathlib import Path
from shutil import which

import pytest
import yaml
from cells import make_cells, make_trials
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import QuadMesh
from matplotlib.text import Text
from samples import SWEEP, make_sweep

from genphase.errors import SweepError
from genphase.figures.draw import draw
from genphase.figures.style import save
from genphase.jobs.recipes import Recipes
from genphase.jobs.workflow import Workflow
from genphase.sweep.config import parse_config
from genphase.sweep.figures import figure_spec
from genphase.sweep.read import load_sweep, parse_sweep
from genphase.sweep.success import Success
from genphase.tables.transition import transitions

GRID = {"k": [1, 2, 3], "m": [10, 20, 30]}
SUCCESS = Success(error="signal", below=1e-5)


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


def test_the_style_of_a_study_is_under_those_of_its_sweeps(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("journal.yaml").write_text("width: single\nfont_size: 7\n")
    Path("sweeps").mkdir()
    sweep = SWEEP | {"style": {"font_size": 8}}
    Path("sweeps/tiny.yaml").write_text(yaml.safe_dump(sweep))
    for style in ("journal.yaml", {"width": "single", "font_size": 7}):
        config = parse_config({"sweep_dir": "sweeps", "style": style}, "config.yaml")
        found = Workflow(config, {}).sweep("tiny").figures["portrait"].style
        assert (found.width, found.font_size) == ("single", 8)


@pytest.mark.parametrize(
    ("style", "told"),
    [
        ({"widht": "single"}, ["style.widht", "width"]),
        ({"width": "narrow"}, ["style.width", "write single, double, or inches"]),
        ("none.yaml", ["style", "there is no file none.yaml", "from the working folder"]),
    ],
)
def test_mistakes_in_the_style_of_a_study_are_told(style, told, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SweepError) as caught:
        parse_config({"style": style}, "config.yaml")
    for part in told:
        assert part in str(caught.value)


@pytest.mark.skipif(not (which("latex") and which("dvipng")), reason="there is no LaTeX here")
def test_latex_sets_the_texts_of_all_figures(tmp_path):
    """Signs that LaTeX has for itself, and symbols that it lacks, among them."""
    trials = make_trials(GRID, lambda **_: 1e-7, solvers=("50 % of a_b & c", "σ²"))
    spec = figure_spec({"kind": "curve", "x": "k", "y": "rate", "style": {"latex": True}})
    title = "95 % of ‖x‖ & {y} in a_b"
    figure, *_ = draw(spec, {"trials": trials}, ["k", "m"], SUCCESS, title)
    save(figure, tmp_path / "a.png", spec.style)
    save(figure, tmp_path / "a.pdf", spec.style)
    assert b"CMR" in (tmp_path / "a.pdf").read_bytes()


def test_latex_is_refused_where_there_is_none(monkeypatch):
    monkeypatch.setattr("shutil.which", lambda name: None)
    with pytest.raises(SweepError, match="there is no program latex and no dvipng") as caught:
        make_sweep(style={"latex": True})
    assert "install TeX Live" in str(caught.value)
    make_sweep(style={"latex": False})


def test_panels_find_rows_where_a_column_has_no_room_for_them():
    """Three solvers in one column of a journal: panels of an inch and more, not of a tenth."""
    cells = make_cells(GRID, rate, solvers=("a", "b", "c"))
    for width, rows in (("single", 2), ("double", 1)):
        spec = figure_spec({"kind": "portrait", "x": "k", "y": "m", "style": {"width": width}})
        tables = {"cells": cells, "transition": transitions(cells, ("k", "m"), "m")}
        figure, *_ = draw(spec, tables, ["k", "m"], SUCCESS, "A title")
        FigureCanvasAgg(figure).draw()
        areas = [area for area in figure.axes if area.get_title()]
        assert len({area.get_subplotspec().rowspan.start for area in areas}) == rows
        for area in areas:
            assert area.get_window_extent().height / figure.dpi > 0.6


def texts(figure):
    """The boxes of all texts that are drawn, beside what they say."""
    drawn = [t for t in figure.findobj(Text) if t.get_visible() and t.get_text().strip()]
    shown = [t for t in drawn if t.axes is None or t.axes.get_visible()]
    return [(t.get_text(), t.get_window_extent().shrunk(0.9, 0.7)) for t in shown]


def two_solvers(kind):
    """A figure of two solvers with long names, in two panels, or four."""
    solvers = ("levenberg_marquardt", "subgradient")
    style = {"width": "single"}
    if kind == "portrait":
        spec = figure_spec({"kind": "portrait", "x": "k", "y": "m", "style": style})
        cells = make_cells(GRID, rate, solvers=solvers)
        tables = {"cells": cells, "transition": transitions(cells, ("k", "m"), "m")}
    else:
        content = {"kind": "curve", "x": "k", "y": "signal_error", "panels": "m", "style": style}
        spec = figure_spec(content)
        grid = {"k": GRID["k"], "m": list(GRID["m"])[:4]}
        trials = make_trials(grid, lambda k, m, trial, **_: k * m * (trial + 1) * 1e-3, solvers)
        tables = {"trials": trials}
    return draw(
        spec, tables, ["k", "m"], SUCCESS, "A title that takes two lines of a narrow column"
    )


@pytest.mark.parametrize("kind", ["portrait", "curve"])
def test_in_one_column_no_text_touches_another_and_no_panel_is_a_sliver(kind):
    figure, *_ = two_solvers(kind)
    FigureCanvasAgg(figure).draw()
    boxes = texts(figure)
    for i, (text, box) in enumerate(boxes):
        # Ticks beyond the ends of an axis are not drawn.
        if box.width and box.height:
            for other, another in boxes[i + 1 :]:
                if another.width and another.height and text != other:
                    assert not box.overlaps(another), f"{text!r} touches {other!r}"
    for area in figure.axes:
        if area.get_title():
            assert area.get_window_extent().height / figure.dpi > 0.95
    (legend,) = figure.legends
    box = legend.get_window_extent()
    assert box.x0 >= -1
    assert box.x1 <= figure.bbox.x1 + 1
