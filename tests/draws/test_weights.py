import numpy as np
import pytest
from scipy.stats import chi2, kstest, norm

from genphase.draws import gaussian
from genphase.draws.gaussian import draw_gaussian
from genphase.draws.weights import sphere, truncate
from genphase.things import WEIGHTS


def drawn(law, n_out, n_in, seed=4, last=True, alike=None):
    """A layer by its law, (n_out, n_in)."""
    out = np.full((n_in, n_out), np.nan, dtype=np.float32)
    given = {"out": out, "last": last, "alike": alike}
    thing = WEIGHTS[law]
    known = {name: given[name] for name in thing.asks_for}
    thing.function(np.random.Generator(np.random.SFC64(seed)), n_out, n_in, **known)
    return out.T


@pytest.mark.parametrize(
    ("law", "variance"), [("gaussian", 1 / 500), ("he", 2 / 500), ("unit", 1.0)]
)
def test_the_entries_of_a_layer_have_the_variance_of_their_law(law, variance):
    layer = drawn(law, 500, 400)
    assert abs(layer.var() / variance - 1) < 4 * np.sqrt(2 / layer.size)
    assert WEIGHTS[law].facts["variance"](500) == variance


def test_weights_are_gaussian_in_single_precision():
    weights = np.empty(40_000, dtype=np.float32)
    draw_gaussian(np.random.default_rng(1), 0.3, weights)
    # A p-value this small would be seen once in a thousand seeds.
    assert kstest(weights.astype(float), norm(0, 0.3).cdf).pvalue > 1e-3
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


@pytest.mark.parametrize("at_once", [1, 3, gaussian._WORDS_AT_ONCE])
def test_a_longer_draw_begins_with_a_shorter_one_however_it_is_made(monkeypatch, at_once):
    chunk = 2 * gaussian._WORDS_AT_ONCE
    longest, _ = draw(2 * chunk + 7)
    assert np.all(np.isfinite(longest))
    monkeypatch.setattr(gaussian, "_WORDS_AT_ONCE", at_once)
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


def test_truncation_sets_long_rows_to_zero_and_leaves_the_others():
    # Two inputs, eight outputs: the bound is 3 sqrt(2/8) = 1.5.
    layer = np.zeros((2, 8), dtype=np.float32)
    layer[:, 0] = 1.5, 0.0
    layer[:, 1] = 0.9, 1.2
    layer[:, 2] = 1.51, 0.0
    layer[:, 3] = -1.2, 1.2
    layer[:, 4] = 0.1, -0.2
    kept = layer.copy()
    kept[:, [2, 3]] = 0
    # 0.9² + 1.2² in single precision may be on either side of 2.25.
    layer[:, 1] *= 0.999
    kept[:, 1] = layer[:, 1]
    truncate(layer)
    np.testing.assert_array_equal(layer, kept)


def test_truncation_is_that_of_the_long_rows_of_the_law():
    inputs, outputs = 3, 50_000
    layer = np.empty((inputs, outputs), dtype=np.float32)
    draw_gaussian(np.random.default_rng(5), outputs**-0.5, layer.reshape(-1))
    before = layer.copy()
    truncate(layer)
    # outputs ‖w‖² is chi-square; its part above 9 inputs is set to zero. Five standard deviations.
    expected = outputs * chi2.sf(9 * inputs, inputs)
    dropped = np.all(layer == 0, axis=0)
    assert abs(dropped.sum() - expected) < 5 * np.sqrt(expected) + 1
    np.testing.assert_array_equal(layer[:, ~dropped], before[:, ~dropped])


def test_the_truncated_law_is_the_gaussian_one_without_long_rows_of_the_last_layer():
    gauss, whole = drawn("gaussian", 50_000, 2), drawn("truncated", 50_000, 2, last=False)
    np.testing.assert_array_equal(whole, gauss)
    last = gauss.T.copy()
    truncate(last)
    assert not np.array_equal(last.T, gauss)
    np.testing.assert_array_equal(drawn("truncated", 50_000, 2), last.T)


def test_rows_on_a_sphere_have_one_length_and_no_direction():
    inputs, outputs = 4, 20_000
    layer = np.empty((inputs, outputs), dtype=np.float32)
    sphere(np.random.default_rng(5), outputs, inputs, out=layer)
    lengths = np.linalg.norm(layer.astype(float), axis=0)
    np.testing.assert_allclose(lengths, np.sqrt(inputs / outputs), rtol=1e-6)
    # Entries have mean 0 and the variance 1/n_i, without correlation.
    covariance = layer.astype(float) @ layer.T
    np.testing.assert_allclose(covariance, np.eye(inputs), atol=0.03)
    np.testing.assert_allclose(layer.mean(axis=1) * np.sqrt(outputs), 0, atol=0.03)


def test_bernoulli_weights_are_fair_signs():
    layer = drawn("bernoulli", 300, 200)
    entry = float(np.float32(1 / np.sqrt(300)))
    assert set(np.unique(layer).tolist()) == {-entry, entry}
    assert abs((layer > 0).mean() - 0.5) < 4 * 0.5 / np.sqrt(layer.size)


@pytest.mark.parametrize(("n_out", "n_in"), [(40, 12), (12, 40), (20, 20)])
def test_orthogonal_weights_have_one_singular_value(n_out, n_in):
    values = np.linalg.svd(drawn("orthogonal", n_out, n_in).astype(float), compute_uv=False)
    # Entries have the variance 1/n_i: ‖W‖² = n_{i-1} on average, and here always.
    np.testing.assert_allclose(values, max(1, np.sqrt(n_in / n_out)), rtol=1e-5)


@pytest.mark.parametrize("law", ["bernoulli", "sphere", "orthogonal"])
@pytest.mark.parametrize(("n_out", "n_in"), [(8, 3), (3, 8)])
def test_moments_are_those_of_gaussian_weights(law, n_out, n_in):
    count = 4000
    layers = np.array([drawn(law, n_out, n_in, seed) for seed in range(count)], dtype=float)
    products = np.einsum("tij,til->jl", layers, layers) / count
    # E WᵀW = I and E W = 0; an entry's square has at most the variance of a Gaussian one.
    error = 5 * np.sqrt(2 * n_out / count) / n_out
    np.testing.assert_allclose(products, np.eye(n_in), atol=error)
    np.testing.assert_allclose(layers.mean(axis=0), 0, atol=5 / np.sqrt(count * n_out))
    # Each entry alone has the variance 1/n_i.
    np.testing.assert_allclose(n_out * layers.var(axis=0), 1, atol=5 * np.sqrt(2 / count))


def test_the_haar_law_knows_no_direction():
    # The first entry of a column uniform on the sphere of R³ is uniform on [-1, 1].
    first = [float(drawn("orthogonal", 3, 2, seed)[0, 0]) for seed in range(1500)]
    assert kstest(first, "uniform", args=(-1, 2)).pvalue > 1e-3


def test_a_tied_layer_is_gaussian_or_the_one_of_its_shape():
    np.testing.assert_array_equal(drawn("tied", 60, 40), drawn("gaussian", 60, 40))
    before = drawn("gaussian", 60, 40, seed=5)
    np.testing.assert_array_equal(drawn("tied", 60, 40, alike=before.T), before)
