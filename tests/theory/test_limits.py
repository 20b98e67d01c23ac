"""Margins of limits against what they say in words."""

import math

import numpy as np
import pytest
from samples import make_sweep

from genphase.sweep.overlays import Theory
from genphase.theory.limits import MARGINS
from genphase.theory.sizes import Sizes
from genphase.theory.state_evolution import threshold

SENSING = make_sweep(
    problem="compressed_sensing", m=40, solvers=[{"name": "subgradient", "step": 1}]
)


def margin(name, k, m, widths, sweep=SENSING, **options):
    at = Sizes(*(np.asarray(v, float) for v in (k, m, 0, widths)))
    return float(MARGINS[name](at, Theory(theory=name, **options), sweep))


@pytest.mark.parametrize(
    ("k", "m", "widths", "sign"),
    [(10, 11, [50, 60], 1), (10, 9, [50, 60], -1), (26, 40, [50, 60], -1), (26, 40, [60, 50], -1)],
)
def test_counting(k, m, widths, sign):
    assert np.sign(margin("counting", k, m, widths)) == sign


def test_counting_an_observed_signal_needs_wide_layers_only():
    assert margin("counting", 10, 5, [21, 30], make_sweep()) == 0.5


@pytest.mark.parametrize("constant", [1, 0.1])
def test_the_widths_of_plugin_by_hand(constant):
    k, n1, n2 = 4, 300, 200
    lacks = [
        n1 - constant * 5 * k * math.log(math.e),
        n2 - constant * 25 * k * math.log(math.e * math.e * n1 / k),
    ]
    value = margin("plugin_width", k, n2, [n1, n2], make_sweep(), constant=constant)
    assert value == pytest.approx(min(lacks))


def test_the_example_of_contractive_widths_that_the_paper_gives():
    # Remark 2: n_i = β C_0 5^d k d (2d - i) with β >= 4 + log C_0 satisfies the condition.
    for d in (2, 3, 4):
        k = 3
        widths = [4 * 5**d * k * d * (2 * d - i) for i in range(1, d + 1)]
        assert margin("plugin_width", k, widths[-1], widths, make_sweep()) >= 0


def test_state_evolution_is_zero_at_its_threshold():
    widths = [60, 50]
    least = float(threshold(10.0, np.array(widths, float), "linear"))
    assert margin("state_evolution", 10, least, widths) == pytest.approx(0, abs=1e-9)
    assert margin("state_evolution", 10, least - 1, widths) == pytest.approx(-1)
    # Too narrow a layer.
    assert margin("state_evolution", 26, 1000, widths) == -1
