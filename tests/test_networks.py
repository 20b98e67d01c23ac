import numpy as np
import pytest
from scipy.stats import kstest

from genphase import networks
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


def draw(size, seed=4):
    rng = np.random.Generator(np.random.SFC64(seed))
    out = np.full(size, np.nan, dtype=np.float32)
    draw_gaussian(rng, 0.3, out)
    return out, rng


@pytest.mark.parametrize("at_once", [1, 3, networks._WORDS_AT_ONCE])
def test_a_longer_draw_begins_with_a_shorter_one_however_it_is_made(monkeypatch, at_once):
    chunk = 2 * networks._WORDS_AT_ONCE
    longest, _ = draw(2 * chunk + 7)
    assert np.all(np.isfinite(longest))
    monkeypatch.setattr(networks, "_WORDS_AT_ONCE", at_once)
    for size in (0, 1, 2, 3, 5, 6, 7, 12, chunk - 1, chunk, chunk + 1, chunk + 2, 2 * chunk + 1):
        np.testing.assert_array_equal(draw(size)[0], longest[:size])


@pytest.mark.parametrize("size", [0, 1, 2, 7, 8])
def test_a_draw_takes_one_word_for_two_numbers(size):
    _, rng = draw(size)
    fresh = np.random.SFC64(4)
    fresh.random_raw((size + 1) // 2)
    assert rng.bit_generator.random_raw() == fresh.random_raw()


def test_two_draws_are_one_after_the_other():
    whole, _ = draw(20)
    first, rng = draw(8)
    second = np.empty(12, dtype=np.float32)
    draw_gaussian(rng, 0.3, second)
    np.testing.assert_array_equal(np.concatenate([first, second]), whole)
