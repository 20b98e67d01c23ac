"""Figures of sizes, from counts with known limits and exponents."""

import itertools

import numpy as np
import pandas as pd
import pytest
from cells import make_cells
from matplotlib.backends.backend_agg import FigureCanvasAgg
from scipy.special import expit

from genphase.figures.draw import draw
from genphase.sweep.figures import figure_spec
from genphase.sweep.success import Success

SUCCESS = Success(error="latent", below=1e-3)
AXES = {"size": [1, 2, 4, 8], "ratio": [0.3, 0.35, 0.4, 0.45, 0.5, 0.55, 0.6, 0.65]}
LIMIT = {"subgradient": 0.4, "levenberg_marquardt": 0.55}
OVERLAYS = pd.DataFrame(
    [{"solver": name, "overlay_label": "a limit", "x": 8.0, "y": 0.6} for name in LIMIT]
)


def rate(size, ratio, solver):
    """Return the rate of a transition whose exponents are ω = 1 and 1/ν = 1/2."""
    return float(expit(-60 * size**0.5 * (ratio - LIMIT[solver] - 0.05 / size)))


def drawing(cells, overlays=None, **spec):
    entry = figure_spec({"kind": "scaling", "x": "ratio", "size": "size", **spec})
    tables = {"cells": cells} | ({} if overlays is None else {"overlays": overlays})
    found = draw(entry, tables, list(AXES), SUCCESS, "A title")
    FigureCanvasAgg(found.figure).draw()
    return found


@pytest.fixture(scope="module")
def cells():
    return make_cells(AXES, rate, solvers=tuple(LIMIT), trials=400)


def number(numbers, solver, part):
    (found,) = numbers[(numbers["solver"] == solver) & (numbers["part"] == part)].to_dict("records")
    return found


def test_the_limit_and_how_far_it_is_from_theory(cells):
    figure, numbers, caption = drawing(cells, OVERLAYS)
    for solver, limit in LIMIT.items():
        found = number(numbers, solver, "limit")
        assert found["y"] == pytest.approx(limit, abs=0.005)
        assert found["low"] < limit < found["high"]
        offset = number(numbers, solver, "offset")
        for side in ("y", "low", "high"):
            assert offset[side] == pytest.approx(found[side] - 0.6)
        # Counts are the expected ones, but for rounding.
        assert number(numbers, solver, "width_exponent")["y"] == pytest.approx(0.5, abs=0.03)
        assert number(numbers, solver, "offset_exponent")["y"] == pytest.approx(1, abs=0.2)
        assert number(numbers, solver, "collapse")["y"] > 0.9
    assert "Levenberg-Marquardt: c∞ = 0.55" in caption
    assert "c∞ less that of a limit, 0.600, is -0.2" in caption
    assert len(figure.axes) == 4
    left, right = figure.axes[:2]
    assert (left.get_xlabel(), right.get_ylabel()) == ("", "recovery rate")
    assert figure.axes[2].get_xlabel() == "1/size"
    # The limit of theory, and the curve that ends at that of the trials.
    curves = [line for line in left.lines if len(line.get_xdata()) > 10]
    assert curves[0].get_ydata()[0] == pytest.approx(LIMIT["subgradient"], abs=0.005)
    assert any(np.allclose(line.get_ydata(), 0.6) for line in left.lines)


def test_all_rates_lie_on_the_master_curve(cells):
    _, numbers, _ = drawing(cells)
    held = numbers[numbers["part"] == "cell"]
    assert len(held) == len(cells)
    assert np.abs(held["y"] - held["fitted"]).max() < 0.02
    one = held[held["solver"] == "subgradient"].sort_values("x")
    assert np.all(np.diff(one["fitted"]) <= 0)
    # (x - c(L)) L^{1/ν}, of the largest size.
    last = one[one["size"] == 8]
    wide = 8 ** number(numbers, "subgradient", "width_exponent")["y"]
    assert np.ptp(last["x"]) == pytest.approx(0.35 * wide)


def test_a_coordinate_of_derived_symbols_takes_rounded_sizes_as_they_are():
    # k is rounded to multiples of a tenth of m: its own rate, at its own place.
    def of_k(size, ratio, solver):
        return rate(size, round(10 * ratio) / 10, solver)

    rows = make_cells(AXES, of_k, solvers=("subgradient",), trials=400)
    rows["m"] = 10 * rows["size"]
    rows["k"] = (10 * rows["ratio"]).round() * rows["size"]
    _, numbers, _ = drawing(rows, coordinate="k/m")
    assert number(numbers, "subgradient", "limit")["y"] == pytest.approx(0.4, abs=0.01)
    assert number(numbers, "subgradient", "lack_of_fit")["y"] > 0.5
    _, numbers, _ = drawing(rows)
    assert number(numbers, "subgradient", "lack_of_fit")["y"] < 0.01


def test_without_offset_the_exponent_is_not_identified():
    def same(size, ratio, solver):
        return float(expit(-60 * size**0.5 * (ratio - 0.45)))

    _, numbers, caption = drawing(make_cells(AXES, same, solvers=("subgradient",), trials=100))
    assert "ω is not identified" in caption
    assert number(numbers, "subgradient", "limit")["y"] == pytest.approx(0.45, abs=0.01)


def test_an_exponent_at_its_lower_bound_is_told():
    def slow(size, ratio, solver):
        return float(expit(-60 * size**0.5 * (ratio - 0.6 + 0.2 * size**-0.4)))

    _, _, caption = drawing(make_cells(AXES, slow, solvers=("subgradient",), trials=400))
    assert "ω = 0.5 [0.5, " in caption
    assert "], at its lower bound" in caption


def test_sizes_that_all_fail_have_no_fit():
    figure, numbers, caption = drawing(make_cells(AXES, lambda **_: 0.0, solvers=("subgradient",)))
    assert "No fit, which needs three sizes" in caption
    assert set(numbers["part"]) == {"crossing", "width"}
    assert [text.get_text() for text in figure.axes[1].texts] == ["no fit"]


def test_a_rate_that_does_not_scale_is_told():
    # The third size is far from where the others put it.
    def off(size, ratio, solver):
        return float(expit(-100 * (ratio - 0.45 - (0.08 if size == 4 else 0))))

    _, numbers, _ = drawing(make_cells(AXES, off, solvers=("subgradient",), trials=50))
    assert number(numbers, "subgradient", "collapse")["y"] < 1e-3
    assert number(numbers, "subgradient", "dispersion")["y"] > 1


def test_one_panel_for_each_other_axis():
    axes = {**AXES, "depth": [1, 2]}
    rows = [
        make_cells(AXES, rate, solvers=("subgradient",)).assign(depth=depth)
        for depth in axes["depth"]
    ]
    entry = figure_spec({"kind": "scaling", "x": "ratio", "size": "size"})
    found = draw(entry, {"cells": pd.concat(rows)}, list(axes), SUCCESS, "A title")
    assert [area.get_title() for area in found.figure.axes[::2]] == ["depth = 1", "depth = 2"]
    assert len(list(itertools.chain(found.figure.axes))) == 4
