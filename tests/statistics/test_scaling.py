"""The fit of all sizes: counts with known limits, and what it does not claim."""

import numpy as np
import pytest
from coverages import scaling_coverage
from scipy.special import expit

from genphase.statistics.scaling import ScalingFit, fit_scaling

SIZE = np.repeat([1.0, 2, 4, 8], 9)
T = np.tile(np.arange(9.0), 4)


def counts(limit=4.0, offset=2.0, omega=1.0, width=0.5, trials=10_000):
    """The expected counts, rounded."""
    odds = SIZE**width * (T - limit - offset * SIZE**-omega)
    return np.round(trials * expit(odds)), np.full(T.size, trials)


@pytest.mark.parametrize(("omega", "width"), [(0.5, 0.5), (1, 0.25), (2, 0.7)])
def test_known_exponents(omega, width):
    found = fit_scaling(T, SIZE, *counts(omega=omega, width=width))
    assert found.limit.value == pytest.approx(4, abs=0.01)
    assert found.offset_exponent.value == pytest.approx(omega, abs=0.02)
    assert found.width_exponent.value == pytest.approx(width, abs=0.01)
    assert (found.offset, found.slope) == pytest.approx((2, 1), abs=0.03)
    assert found.crossing(2) == pytest.approx(4 + 2 * 2.0**-omega, abs=0.01)
    assert found.slope_at(4) == pytest.approx(4**width, rel=0.02)
    assert found.identified


def test_the_unit_of_the_coordinate_and_of_the_size_change_nothing():
    recovered, trials = counts(trials=50)
    one, other = (
        fit_scaling(T, SIZE, recovered, trials),
        fit_scaling(0.01 * T, 70 * SIZE, recovered, trials),
    )
    assert np.array(other.limit) == pytest.approx(0.01 * np.array(one.limit), rel=1e-4)
    assert other.offset_exponent == pytest.approx(one.offset_exponent, abs=0.01)
    assert other.width_exponent == pytest.approx(one.width_exponent, abs=1e-3)
    assert other.collapse == pytest.approx(one.collapse, abs=1e-3)


def test_no_offset_leaves_its_exponent_open():
    found = fit_scaling(T, SIZE, *counts(offset=0.0, trials=50))
    assert not found.identified
    assert (found.offset_exponent.low, found.offset_exponent.high) == (0.5, 3.0)
    assert found.limit.low < 4 < found.limit.high < 5


def test_a_narrower_range_of_exponents_gives_a_shorter_interval():
    recovered, trials = counts(trials=50)
    wide = fit_scaling(T, SIZE, recovered, trials).limit
    narrow = fit_scaling(T, SIZE, recovered, trials, (0.9, 1.1)).limit
    assert wide.low <= narrow.low < 4 < narrow.high <= wide.high
    assert narrow.high - narrow.low < 0.8 * (wide.high - wide.low)


def test_fewer_than_three_sizes_that_change_have_no_fit():
    recovered, trials = counts(trials=50)
    assert fit_scaling(T, SIZE, np.where(SIZE > 2, trials, recovered), trials) is None


def test_a_size_off_the_power_law_is_told():
    recovered, trials = counts(trials=50)
    moved = np.where(SIZE == 4, np.round(trials * expit(2 * (T - 6.5))), recovered)
    assert fit_scaling(T, SIZE, moved, trials).collapse < 1e-3
    assert fit_scaling(T, SIZE, recovered, trials).collapse > 0.5


def test_jumps_at_all_sizes_end_in_finite_estimates():
    # Rates of 0 and 1 alone: no slope is too steep.
    found = fit_scaling(T, SIZE, np.where(T > 3.5, 30, 0), np.full(T.size, 30))
    assert 3 <= found.limit.value <= 4
    assert found.limit.low < 3.5 < found.limit.high


def test_the_interval_is_what_the_test_does_not_reject():
    recovered, trials = counts(trials=30)
    fit = ScalingFit(T, SIZE, recovered, trials)
    limit = fit.result().limit
    for end in (limit.low, limit.high):
        assert fit.excess(end) == pytest.approx(0, abs=0.02)
    assert fit.excess(limit.value) < -3


@pytest.mark.parametrize(("trials", "omega"), [(30, 1), (100, 2 / 3)])
def test_intervals_hold_the_truth(trials, omega):
    """By 120 draws: within about 2 %."""
    limit, offset, width, lack = scaling_coverage(1, trials, omega, 2.0, draws=120)
    assert min(limit, offset, width) > 0.9
    assert lack < 0.12
