"""Figures do not depend on the matplotlib of their surroundings, and show texts as they are."""

import logging
import os
import subprocess
import sys
from pathlib import Path

import matplotlib as mpl
import pytest
from cells import make_cells

from genphase.figures.draw import draw
from genphase.figures.style import as_text, new_figure, save
from genphase.sweep.figures import figure_spec
from genphase.sweep.success import Success
from genphase.tables.transition import transitions

SUCCESS = Success(error="signal", below=1e-5)
DRAW = """
import sys
import genphase.figures
sys.path.insert(0, sys.argv[1])
from test_surroundings import draw_to
draw_to(sys.argv[2])
"""
HOSTILE = (
    "text.usetex: True\nfont.size: 30\naxes.facecolor: red\nsavefig.dpi: 20\nlines.color: blue\n"
)


def draw_to(path):
    """Draw a small portrait."""
    cells = make_cells({"k": [1, 2], "m": [5, 10]}, lambda k, m, **_: 0.2 * k if m == 5 else 1.0)
    tables = {"cells": cells, "transition": transitions(cells, ("k", "m"), "m")}
    spec = figure_spec({"kind": "portrait", "x": "k", "y": "m"})
    figure, _, figure.said = draw(spec, tables, ("k", "m"), SUCCESS, "a $title$ of $k$ cells")
    save(figure, Path(path), dpi=100)


def drawn_elsewhere(folder, **settings):
    path = folder / "figure.png"
    subprocess.run(
        [sys.executable, "-c", DRAW, Path(__file__).parent, path],
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)} | settings,
        cwd=folder,
        check=True,
    )
    return path.read_bytes()


@pytest.fixture(scope="module")
def expected(tmp_path_factory):
    folder = tmp_path_factory.mktemp("expected")
    draw_to(folder / "figure.png")
    return (folder / "figure.png").read_bytes()


def test_a_backend_of_the_terminal_is_not_asked(expected, tmp_path):
    assert drawn_elsewhere(tmp_path, MPLBACKEND="no such backend") == expected
    assert drawn_elsewhere(tmp_path, MPLBACKEND="TkAgg") == expected


def test_a_matplotlibrc_does_not_change_a_pixel(expected, tmp_path):
    (tmp_path / "matplotlibrc").write_text(HOSTILE)
    assert drawn_elsewhere(tmp_path) == expected
    elsewhere = tmp_path / "other"
    elsewhere.mkdir()
    assert drawn_elsewhere(elsewhere, MATPLOTLIBRC=str(tmp_path / "matplotlibrc")) == expected


def test_the_style_of_a_session_does_not_change_a_pixel(expected, tmp_path):
    with mpl.rc_context({"font.size": 25, "axes.grid": True, "savefig.facecolor": "green"}):
        draw_to(tmp_path / "figure.png")
        assert mpl.rcParams["font.size"] == 25
    assert (tmp_path / "figure.png").read_bytes() == expected


def test_a_pdf_has_fonts_that_journals_take(tmp_path):
    figure = new_figure(3, 2, "a title")
    save(figure, tmp_path / "a.pdf")
    content = (tmp_path / "a.pdf").read_bytes()
    assert b"/Type3" not in content.replace(b" ", b"")
    assert b"TrueType" in content or b"CIDFontType2" in content


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("5 $", r"5 \$"),
        ("a $k$ b", "a $k$ b"),
        (r"10 \$ and 20 \$", r"10 \$ and 20 \$"),
        ("$k$ for 3 $", r"\$k\$ for 3 \$"),
        ("_hidden", r"$\_$hidden"),
        ("plain", "plain"),
    ],
)
def test_a_text_is_shown_as_it_is(text, shown):
    assert as_text(text) == shown


def test_a_label_that_begins_with_an_underscore_is_in_the_legend(tmp_path):
    cells = make_cells({"k": [1, 2, 3], "m": [5, 10]}, lambda k, m, **_: 0.3 * k)
    tables = {"cells": cells, "transition": transitions(cells, ("k", "m"), "m")}
    overlays = [{"y": "3*k", "label": "_mine"}, {"y": "2*k", "label": "2 $"}]
    import pandas as pd

    rows = [
        {"solver": "plugin", "overlay": i, "overlay_label": o["label"], "overlay_kind": "line",
         "overlay_line": 0, "x": x, "y": 5.0 * x, "low": float("nan"), "high": float("nan")}
        for i, o in enumerate(overlays)
        for x in (1.0, 2.0)
    ]  # fmt: skip
    tables["overlays"] = pd.DataFrame(rows)
    spec = figure_spec({"kind": "portrait", "x": "k", "y": "m", "overlays": overlays})
    figure, _, figure.said = draw(spec, tables, ("k", "m"), SUCCESS, "a title")
    (legend,) = figure.legends
    texts = [text.get_text() for text in legend.get_texts()]
    assert r"$\_$mine" in texts
    assert r"2 \$" in texts
    save(figure, tmp_path / "a.png")


def test_a_character_that_the_font_lacks_is_logged_once_and_fails_nothing(tmp_path, caplog):
    figure = new_figure(4, 3, "恢复 recovery 恢复")
    with caplog.at_level(logging.WARNING, "genphase"):
        save(figure, tmp_path / "a.png")
    messages = [record.getMessage() for record in caplog.records]
    assert len(messages) == len(set(messages)) > 0
    assert "missing from" in messages[0]


def test_a_long_title_does_not_break_within_mathematics(tmp_path):
    title = "a title of many words with $a + b + c + d + e + f + g + h = i$ and more words " * 2
    figure = new_figure(3, 2, title)
    for line in figure._suptitle.get_text().splitlines():
        assert line.count("$") % 2 == 0
    save(figure, tmp_path / "a.png")
