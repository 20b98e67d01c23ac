import numpy as np
import pytest
from scipy.stats import kstest

from genphase.networks import draw_gaussian, weight_scale


@pytest.mark.parametrize(
    ("law", "width", "variance"),
    [("gaussian", 50, 1 / 50), ("he", 50, 2 / 50), ("unit", 50, 1.0), ("gaussian", 1, 1.0)],
)
def test_weight_scale_is_the_standard_deviation(law, width, variance):
    assert weight_scale(law, width) ** 2 == pytest.approx(variance, rel=1e-15)


def test_weights_are_gaussian_in_single_precision():
    weights = np.empty(40_000, dtype=np.float32)
    draw_gaussian(np.random.default_rng(1), 0.3, weights)
    # A p-value this small would be seen once in a thousand seeds.
    assert kstest(weights.astype(float), "norm", args=(0, 0.3)).pvalue > 1e-3
    # Mean and variance within four standard errors.
    assert abs(weights.mean()) < 4 * 0.3 / np.sqrt(weights.size)
    assert abs(weights.var() / 0.3**2 - 1) < 4 * np.sqrt(2 / weights.size)


def test_neighbours_are_uncorrelated():
    weights = np.empty(40_000, dtype=np.float32)
    draw_gaussian(np.random.default_rng(2), 1.0, weights)
    assert abs(np.mean(weights[1:] * weights[:-1])) < 4 / np.sqrt(weights.size)


def test_the_scale_scales_and_the_buffer_is_filled_in_place():
    parts = np.full(30, np.nan, dtype=np.float32)
    draw_gaussian(np.random.default_rng(3), 1.0, parts[:20])
    scaled = np.empty(20, dtype=np.float32)
    draw_gaussian(np.random.default_rng(3), 0.5, scaled)
    np.testing.assert_array_equal(scaled, parts[:20] / 2)
    assert np.isnan(parts[20:]).all()
