import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_hex
from matplotlib.container import ErrorbarContainer
from matplotlib.figure import Figure

from genphase.figures.overlaid import draw_overlays, overlay_labels

NAN = float("nan")


def table(*rows):
    names = [
        "m",
        "overlay",
        "overlay_label",
        "overlay_kind",
        "overlay_line",
        "x",
        "y",
        "low",
        "high",
    ]
    return pd.DataFrame([(1, *row) for row in rows], columns=names)


def drawn(overlays, panel=None):
    area = Figure().subplots()
    area.set(xlim=(0, 10), ylim=(0, 1))
    draw_overlays(area, overlays, panel or {}, "#0072B2")
    assert (area.get_xlim(), area.get_ylim()) == ((0, 10), (0, 1))
    return area


def labels(area):
    return area.get_legend_handles_labels()[1]


def test_without_overlays_nothing_is_drawn():
    area = drawn(None)
    assert not area.lines
    assert overlay_labels(None) == []


def test_lines_of_one_overlay_are_one_entry_and_look_the_same():
    rows = [(0, "a", "line", j, x, 0.1 * j, NAN, NAN) for j in (0, 1) for x in (1, 2)]
    other = [(1, "b", "line", 0, x, 0.5, NAN, NAN) for x in (1, 2)]
    area = drawn(table(*rows, *other))
    assert labels(area) == ["a", "b"]
    first, second, third = area.lines
    assert first.get_linestyle() == second.get_linestyle() != third.get_linestyle()
    assert first.get_xydata().tolist() == [[1, 0], [2, 0]]
    assert overlay_labels(table(*rows, *other)) == ["a", "b"]


def test_points_are_open_marks_with_their_error_bars():
    rows = [(0, "a", "points", 0, 3, 0.5, 0.4, 0.7), (0, "a", "points", 0, 6, 0.25, 0.26, 0.3)]
    area = drawn(table(*rows))
    (bars,) = [c for c in area.containers if isinstance(c, ErrorbarContainer)]
    assert bars.lines[0].get_xydata().tolist() == [[3, 0.5], [6, 0.25]]
    assert bars.lines[0].get_markerfacecolor() == "none"
    assert to_hex(bars.lines[0].get_color()) == "#0072b2"
    # An end on the wrong side, by rounding, is no bar.
    ends = [segment[:, 1].tolist() for segment in bars.lines[2][0].get_segments()]
    np.testing.assert_allclose(ends, [[0.4, 0.7], [0.25, 0.3]])
    assert labels(area) == ["a"]


def test_points_without_error_bars():
    area = drawn(table((0, "a", "points", 0, 3, 0.5, NAN, NAN)))
    assert labels(area) == ["a"]
    assert len(area.collections) == 0


@pytest.mark.parametrize(
    ("ends", "seen"),
    [
        ([(1, 2), (9, 3)], False),
        ([(11, 0.5), (12, 0.5)], False),
        # It passes through the panel between its points.
        ([(-1, -1), (11, 2)], True),
        ([(5, -1), (5, 2)], True),
    ],
)
def test_what_lies_outside_has_no_entry(ends, seen):
    area = drawn(table(*((0, "a", "line", 0, x, y, NAN, NAN) for x, y in ends)))
    assert labels(area) == ["a"] * seen
    # Points do not pass.
    assert labels(drawn(table(*((0, "a", "points", 0, x, y, NAN, NAN) for x, y in ends)))) == []


def test_a_panel_has_what_is_its_own():
    overlays = table(
        (0, "a", "points", 0, 3, 0.5, NAN, NAN), (0, "a", "points", 0, 4, 0.5, NAN, NAN)
    )
    overlays["m"] = [10, 20]
    area = drawn(overlays, {"m": 20})
    assert area.lines[0].get_xdata().tolist() == [4]


def test_places_have_their_error_bars_along_x():
    area = drawn(table((0, "a", "places", 0, 3, 0.5, 2, 5)))
    (bars,) = [c for c in area.containers if isinstance(c, ErrorbarContainer)]
    (segment,) = bars.lines[2][0].get_segments()
    assert segment.tolist() == [[2, 0.5], [5, 0.5]]


def test_an_exponent_is_neither_drawn_nor_in_the_legend():
    overlays = table((0, "a", "exponent", 0, NAN, 0.5, NAN, NAN))
    assert not drawn(overlays).containers
    assert overlay_labels(overlays) == []
    # Nor is one that says from where on it holds.
    assert labels(drawn(table((0, "a", "exponent", 0, 3, 0.5, NAN, NAN)))) == []
