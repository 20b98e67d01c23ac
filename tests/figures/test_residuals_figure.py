"""Maps of residuals: where the regression of a portrait does not fit."""

import math

import numpy as np
import pytest
from cells import make_cells
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import QuadMesh

from genphase.figures.draw import draw
from genphase.statistics.portraits import PortraitFit
from genphase.sweep.figures import figure_spec
from genphase.sweep.success import Success

SUCCESS = Success(error="signal", below=1e-5)
GRID = {"k": [1, 2, 4, 8], "n": [4, 8, 12, 16, 24, 32, 48, 64]}
LINES = {"axes": ["k", "n"], "along": "n", "across": "k", "levels": [0.5]}
LINES |= {"coordinate": "log(n/k)", "responses": [["logit", 0.0, 0.0]]}


def rate(k, n, **_):
    return float(1 / (1 + math.exp(-3 * math.log(n / (5 * k)))))


def odd(k, n, **_):
    """As a regression cannot have it: all is lost at a point far above the transition."""
    return 0.0 if (k, n) == (1, 64) else rate(k, n)


def drawn(cells, axes=("k", "n"), **lines):
    spec = figure_spec({"kind": "residuals", "x": "k", "y": "n"})
    found = LINES | {"axes": list(axes)} | lines
    figure, numbers, caption = draw(
        spec, {"cells": cells}, list(axes), SUCCESS, "A title", None, found
    )
    FigureCanvasAgg(figure).draw()
    return figure, numbers, caption


def mesh(figure):
    (found,) = [c for c in figure.axes[0].collections if isinstance(c, QuadMesh)]
    return found


def test_residuals_are_those_of_the_fit():
    cells = make_cells(GRID, rate)
    _, numbers, caption = drawn(cells)
    line = np.repeat(np.arange(4), 8)
    fit = PortraitFit(
        np.log(cells["n"] / cells["k"]),
        line,
        np.log(GRID["k"]),
        cells["recovered"],
        cells["trials"],
    )
    np.testing.assert_allclose(numbers["fitted"], fit.rates)
    assert (numbers["deviance_residual"] ** 2).sum() == pytest.approx(fit.deviance.value)
    assert numbers["deviance"].iloc[0] == pytest.approx(fit.deviance.value)
    above = numbers["recovered"] > numbers["trials"] * numbers["fitted"]
    assert (numbers["deviance_residual"][above] >= 0).all()
    assert (numbers["deviance_residual"][~above] <= 0).all()
    assert "in log(n/k)" in caption
    assert "Logistic link, deviance 0." in caption


def test_colours_are_white_at_zero_and_reach_as_far_to_both_sides():
    figure, numbers, caption = drawn(make_cells(GRID, odd))
    worst = numbers.loc[numbers["deviance_residual"].idxmin()]
    assert (worst["k"], worst["n"]) == (1, 64)
    low, high = mesh(figure).get_clim()
    assert low == -high <= worst["deviance_residual"]
    assert mesh(figure).cmap(0.5)[:3] == pytest.approx((0.97, 0.97, 0.97), abs=0.02)
    assert "p < 0.0001" in caption
    values = mesh(figure).get_array()
    # Rows are n, from below.
    assert values[-1, 0] == pytest.approx(worst["deviance_residual"])


def test_the_link_and_the_floor_are_said():
    cells = make_cells(GRID, lambda k, n, **_: 0.1 + 0.9 * rate(k, n), trials=400)
    links = [[link, None, 0.0] for link in ("logit", "probit", "cloglog")]
    _, numbers, caption = drawn(cells, responses=links)
    assert set(numbers["portrait_link"]) == {"logit"}
    assert numbers["portrait_floor"].iloc[0] == pytest.approx(0.1, abs=0.01)
    assert f"Logistic link, floor {numbers['portrait_floor'].iloc[0]:.2g}, deviance" in caption


def test_a_panel_for_each_solver_and_none_that_has_no_regression():
    cells = make_cells(
        GRID, lambda solver, **at: rate(**at) if solver == "plugin" else 0.0, ("plugin", "other")
    )
    figure, numbers, caption = drawn(cells)
    assert numbers.groupby("solver")["deviance_residual"].count().to_dict() == {
        "plugin": 32,
        "other": 0,
    }
    assert "other: no regression, as too few lines change" in caption
    texts = [t.get_text() for legend in figure.legends for t in legend.get_texts()]
    assert texts == ["no regression"]


def test_cells_that_were_not_run_are_left_out():
    cells = make_cells(GRID, lambda k, n, **_: None if n > 8 * k else rate(k, n))
    _, numbers, _ = drawn(cells)
    assert len(numbers) == len(cells) < 32
    assert numbers["deviance_residual"].notna().all()
