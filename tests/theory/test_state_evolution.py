"""Thresholds of state evolution against known limits and against iterating it."""

import numpy as np
import pytest

from genphase.errors import BadValue
from genphase.theory.state_evolution import (
    fixed_point,
    required,
    sign_averages,
    threshold,
)


def test_an_unknown_channel_is_answered():
    with pytest.raises(BadValue, match="no channel 'lin'"):
        threshold(10, [200], "lin")


NO_LAYERS = np.empty(0)
LINEAR, PHASELESS = "linear", "phaseless"
# The networks of published experiments.
NETWORKS = [
    (135, (700, 600)),
    (60, (150, 700, 600)),
    (80, (250, 600)),
    (10, (500, 1000)),
    (30, (600, 300)),
]


def ratio(k, widths, problem):
    return float(threshold(float(k), np.array(widths, dtype=float), problem)) / k


def test_a_gaussian_code_needs_as_many_linear_measurements_as_unknowns():
    assert ratio(100, NO_LAYERS, LINEAR) == pytest.approx(1, abs=1e-4)
    # Fewer leave the part of it that is not in the range of Aᵀ.
    assert required(0.3, 100.0, NO_LAYERS, LINEAR) == pytest.approx(70)


def test_a_gaussian_code_needs_1_13_phaseless_measurements_per_unknown():
    # 1.128: Barbier, Krzakala, Macris, Miolane, Zdeborová, PNAS 2019, real phase retrieval.
    assert ratio(100, NO_LAYERS, PHASELESS) == pytest.approx(1.128, abs=1e-3)
    # Weak recovery begins at one half: Mondelli and Montanari, 2019.
    assert required(0.9999, 100.0, NO_LAYERS, PHASELESS) == pytest.approx(50, rel=1e-3)


@pytest.mark.parametrize(("k", "widths"), NETWORKS)
def test_networks_need_little_more(k, widths):
    linear, phaseless = ratio(k, widths, LINEAR), ratio(k, widths, PHASELESS)
    assert 1.0 < linear < 1.06
    assert 1.04 < phaseless < 1.3


@pytest.mark.parametrize("problem", [LINEAR, PHASELESS])
def test_iteration_without_information_recovers_above_the_threshold_only(problem):
    k, widths = 30, (1200, 600, 300)
    least = ratio(k, widths, problem) * k
    assert fixed_point(0.99 * least, k, widths, problem) > 1e-3
    assert fixed_point(1.01 * least, k, widths, problem) < 1e-7


@pytest.mark.parametrize("problem", [LINEAR, PHASELESS])
def test_iteration_from_full_information_stays_from_m_equal_to_k_on(problem):
    k, widths = 30, (1200, 600, 300)
    # Between the two is the hard phase.
    assert 1.01 * k < 0.99 * ratio(k, widths, problem) * k
    assert fixed_point(1.01 * k, k, widths, problem, informed=True) < 1e-7
    assert fixed_point(0.95 * k, k, widths, problem, informed=True, steps=2000) > 1e-6


@pytest.mark.parametrize("unknown", [0.9, 0.4, 0.05])
def test_a_stuck_iteration_stops_where_the_curve_says(unknown):
    k, widths = 30, np.array([600.0, 300.0])
    m = float(required(unknown, k, widths, LINEAR))
    found = fixed_point(m, k, widths, LINEAR)
    # The first fixed point: the curve rises to it from no information.
    grid = np.linspace(found, 0.999, 50)
    assert found >= unknown * (1 - 1e-3)
    assert np.all(required(grid, k, widths, LINEAR) <= m * (1 + 1e-3))


def test_thresholds_scale_with_the_network():
    small, large = ratio(20, (300, 200), PHASELESS), ratio(200, (3000, 2000), PHASELESS)
    assert small == pytest.approx(large, rel=1e-6)
    many = threshold(np.array([20.0, 30.0]), np.array([300.0, 200.0]), PHASELESS)
    assert many[0] == pytest.approx(20 * small, rel=1e-9)


def test_too_narrow_a_layer_cannot_be_seen_through():
    assert np.isinf(threshold(40.0, np.array([75.0, 300.0]), LINEAR))
    assert np.isfinite(threshold(37.0, np.array([75.0, 300.0]), LINEAR))


def test_a_measurement_without_sign_against_monte_carlo():
    rng = np.random.default_rng(5)
    for s in (0.2, 1.0, 3.0):
        z = rng.normal(s, 1, 400_000)
        # The posterior mean by Bayes' rule for the two signs.
        plus, minus = np.exp(-((np.abs(z) - s) ** 2) / 2), np.exp(-((np.abs(z) + s) ** 2) / 2)
        squares = (np.abs(z) * (plus - minus) / (plus + minus) - s) ** 2
        error = squares.std() / np.sqrt(z.size)
        assert squares.mean() == pytest.approx(float(sign_averages(s)), abs=4.5 * error)
