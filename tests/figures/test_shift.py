import math

import numpy as np
import pytest
from cells import make_cells
from matplotlib.backends.backend_agg import FigureCanvasAgg
from scipy.special import expit

from genphase.figures.draw import draw
from genphase.figures.shift import draw_shift
from genphase.sweep.figures import figure_spec
from genphase.sweep.success import Success

SUCCESS = Success(error="signal", below=1e-5)
LINES = {"along": "m", "levels": [0.5], "coordinate": None}
CROSSINGS = {"gaussian": 10.0, "same": 10.0, "near": 10.4, "far": 12.0}


def drawing(crossings=CROSSINGS, trials=1000, sizes=(1, 2), **spec):
    axes = {"law": list(crossings), "k": list(sizes), "m": [4, 6, 8, 10, 12, 14, 16]}
    cells = make_cells(
        axes, lambda law, k, m, **_: float(expit((m - crossings[law]) / k)), trials=trials
    )
    content = {"kind": "shift", "axis": "law", "margin": 0.1, **spec}
    found = draw(
        figure_spec(content), {"cells": cells}, list(axes), SUCCESS, "A title", None, LINES
    )
    # Laying it out finds what only drawing shows.
    FigureCanvasAgg(found.figure).draw()
    return found


def labels(figure):
    return [text.get_text() for text in figure.axes[0].get_yticklabels()]


def marks(figure):
    """Return the places of marks by what the legend, or the first of a kind, calls them."""
    lines = [line for line in figure.axes[0].lines if line.get_marker() not in ("None", "", None)]
    return [(line.get_marker(), float(line.get_xdata()[0])) for line in lines]


def test_rows_of_a_value_stand_together_and_name_what_varies():
    assert labels(drawing().figure) == [
        f"{law}, k = {k}" for law in ("same", "near", "far") for k in (1, 2)
    ]
    assert labels(drawing(sizes=(1,)).figure) == ["same", "near", "far"]


def test_shifts_are_drawn_in_per_cent_and_verdicts_told_apart():
    found = drawing(sizes=(1,))
    assert [mark for mark, _ in marks(found.figure)] == ["o", "s", "D"]
    np.testing.assert_allclose([x for _, x in marks(found.figure)], 100 * found.numbers["shift"])
    legend = found.figure.legends[0].get_texts()
    assert {text.get_text() for text in legend} == {
        "equivalent",
        "different",
        "different, but within the margin",
    }


def test_the_margin_is_a_band():
    area = drawing(margin=0.2, relative=False).figure.axes[0]
    assert area.patches[0].get_extents().transformed(area.transData.inverted()).x1 == (
        pytest.approx(0.2)
    )


def test_the_caption_counts_verdicts_and_names_tests():
    said = drawing(sizes=(1,)).caption
    assert "within ±10 %" in said
    assert "Equivalent 1, different 1, different but within the margin 1, undecided 0." in said
    assert "Holm's correction for 3 rows" in said
    assert "7000 trials per line" in said


def test_a_row_without_a_crossing_says_so():
    found = drawing({"gaussian": 10.0, "off": 90.0}, sizes=(1,))
    texts = [text.get_text() for text in found.figure.axes[0].texts]
    assert texts == ["no crossing on the grid"]
    assert "1 row has a line that does not cross on the grid" in found.caption
    assert math.isnan(found.numbers["shift"][0])


def test_an_interval_without_end_is_cut_at_the_figures():
    spec = figure_spec({"kind": "shift", "axis": "law", "margin": 0.1})
    numbers = drawing({"gaussian": 10.0, "near": 10.2}, sizes=(2,)).numbers
    figure, _ = draw_shift(numbers.assign(shift_low=-math.inf), spec, SUCCESS, "A title")
    FigureCanvasAgg(figure).draw()
    area = figure.axes[0]
    ends = [x for line in area.lines[1:] for x in line.get_xdata()]
    assert min(ends) == area.get_xlim()[0]
    assert max(ends) < area.get_xlim()[1]
