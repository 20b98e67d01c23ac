"""Landscapes: maps of what was measured, with lines of equal values and places of theory."""

import itertools

import numpy as np
import pandas as pd
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from samples import make_sweep

from genphase.figures.draw import draw
from genphase.sweep.figures import figure_spec
from genphase.tables.overlays import tabulate_overlays
from genphase.theory.landscape import near_stationarity, rho

PLACES = [round(0.25 * i, 2) for i in range(-6, 7)]
SPEC = {"kind": "landscape", "x": "a", "y": "b"}


def make_cells(value, measures=("objective", "expected_objective"), trials=1, bound="none"):
    rows = []
    for a, b, measure in itertools.product(PLACES, PLACES, measures):
        found = value(a, b)
        row = {"cell": f"c{len(rows)}", "measure": measure, "a": a, "b": b, "k": 3}
        row |= {"widths": "[40,60]", "m": 60, "noise": 0.0, "trials": trials, "bound": bound}
        row |= {f"value_{name}": found for name in ("median", "mean", "q25", "q75")}
        rows.append(row)
    return pd.DataFrame(rows)


def bowl(a, b):
    return (a - 1) ** 2 + b**2


def drawn(cells, overlays=None, **spec):
    tables = {"cells": cells}
    content = figure_spec(SPEC | spec)
    if overlays is not None:
        content = content.model_copy(
            update={"overlays": figure_spec(SPEC | {"overlays": overlays}).overlays}
        )
        tables["overlays"] = tabulate_overlays(cells, ["a", "b"], content, make_sweep(), {})
    figure, numbers, caption = draw(content, tables, ["a", "b"], None, "A title")
    FigureCanvasAgg(figure).draw()
    return figure, numbers, caption


def panels(figure):
    return [area for area in figure.axes if area.get_label() != "<colorbar>"]


def test_a_panel_for_each_quantity_with_common_colours():
    figure, numbers, caption = drawn(make_cells(bowl))
    first, second = panels(figure)
    assert [first.get_title(), second.get_title()] == ["objective", "objective, expected"]
    limits = {area.collections[0].get_clim() for area in (first, second)}
    assert limits == {(0.0, bowl(-1.5, 1.5))}
    assert len(numbers) == 2 * len(PLACES) ** 2
    assert "1 trial per cell" in caption
    assert "Lines of equal values at" in caption


def test_the_map_has_the_values_at_their_places():
    figure, _, _ = drawn(make_cells(bowl, ["objective"]))
    (area,) = panels(figure)
    values = area.collections[0].get_array().reshape(len(PLACES), len(PLACES))
    # Rows go upwards.
    assert values[PLACES.index(0.5), PLACES.index(-1.0)] == bowl(-1.0, 0.5)


def test_quantities_can_be_chosen():
    figure, numbers, _ = drawn(make_cells(bowl), measures=["expected_objective"])
    assert len(panels(figure)) == 1
    assert set(numbers["measure"]) == {"expected_objective"}
    assert figure.axes[-1].get_ylabel() == "objective, expected"


@pytest.mark.parametrize("scale", ["linear", "log"])
def test_values_beyond_the_colours_are_told(scale):
    figure, _, caption = drawn(make_cells(bowl), value_limits=[0.2, 2], value_scale=scale)
    beyond = 2 * sum(not 0.2 <= bowl(a, b) <= 2 for a in PLACES for b in PLACES)
    assert f"{beyond} of {2 * len(PLACES) ** 2} values are beyond" in caption
    assert panels(figure)[0].collections[0].get_clim() == (0.2, 2.0)


def test_cells_without_a_value_are_told():
    cells = make_cells(lambda a, b: float("nan") if a == b == 0 else bowl(a, b))
    figure, _, caption = drawn(cells)
    assert "Hatched: 2 cells that have no value" in caption
    (text,) = [t.get_text() for legend in figure.legends for t in legend.get_texts()]
    assert text == "no value"


def test_without_lines_none_are_told():
    assert "Lines" not in drawn(make_cells(bowl), contours=0)[2]


def test_medians_of_several_networks_are_called_so():
    figure, _, caption = drawn(make_cells(bowl, ["objective"], trials=5, bound="at least"))
    assert "median of the trials" in caption
    assert "lower bounds (at least)" in caption
    assert figure.axes[-1].get_ylabel() == "median of objective (at least)"


def test_stationary_points_and_their_surroundings():
    overlays = [{"theory": "stationary"}, {"theory": "near_stationary", "constant": 0.2}]
    content = figure_spec(SPEC | {"overlays": overlays})
    table = tabulate_overlays(make_cells(bowl), ["a", "b"], content, make_sweep(), {})
    for _, own in table.groupby("measure"):
        points = own[own["overlay_kind"] == "points"]
        expected = [[1, 0], [0, 0], [-rho(2), 0]]
        np.testing.assert_allclose(points[["x", "y"]], expected)
        lines = own[own["overlay_kind"] == "line"]
        # One around x*, one around -ρ_d x*.
        assert lines["overlay_line"].nunique() == 2
        found = near_stationarity(lines[["x", "y"]].to_numpy(), [1.0, 0.0], 2)
        np.testing.assert_allclose(found, 0.2, atol=2e-3)


def test_overlays_do_not_move_the_limits_of_any_panel():
    limits = [(area.get_xlim(), area.get_ylim()) for area in panels(drawn(make_cells(bowl))[0])]
    figure, _, _ = drawn(make_cells(bowl), overlays=[{"y": "100*a", "label": "steep"}])
    assert [(area.get_xlim(), area.get_ylim()) for area in panels(figure)] == limits
