import numpy as np
import pytest
from scipy.fft import dct
from scipy.stats import binomtest, kstest, norm

from genphase.things import MEASUREMENTS


def drawn(law, m, size=40_000, seed=1):
    out = np.empty((size // m + 1, m), dtype=np.float32)
    MEASUREMENTS[law].function(np.random.default_rng(seed), m, size // m + 1, out=out)
    return out.reshape(-1)[:size]


@pytest.mark.parametrize(("law", "deviation"), [("gaussian", 1 / 5), ("unit", 1.0)])
def test_gaussian_laws(law, deviation):
    entries = drawn(law, 25).astype(float)
    # A p-value this small would be seen once in a thousand seeds.
    assert kstest(entries, norm(0, deviation).cdf).pvalue > 1e-3


@pytest.mark.parametrize("m", [1, 2, 3, 7, 100, 300, 4097])
def test_bernoulli_is_plus_or_minus_one_over_root_m(m):
    entries = drawn("bernoulli", m, 1000)
    entry = np.float32(1 / np.sqrt(m))
    assert set(entries.tolist()) == {float(entry), -float(entry)}


def test_bernoulli_signs_are_fair_and_independent():
    positive = drawn("bernoulli", 10) > 0
    assert binomtest(int(positive.sum()), positive.size).pvalue > 1e-3
    agree = positive[1:] == positive[:-1]
    assert binomtest(int(agree.sum()), agree.size).pvalue > 1e-3


@pytest.mark.parametrize("law", ["gaussian", "bernoulli"])
def test_lengths_are_kept_on_average(law):
    m, n = 50, 40
    signal = np.random.default_rng(5).standard_normal(n)
    matrix = drawn(law, m, m * n).reshape(n, m).T
    ratio = np.sum((matrix @ signal) ** 2) / np.sum(signal**2)
    # ‖A y‖² / ‖y‖² has mean 1 and variance at most 2/m.
    assert abs(ratio - 1) < 4 * np.sqrt(2 / m)


STRUCTURED = ["sphere", "orthogonal", "partial_dct"]


def matrix(law, m, n, seed=1):
    out = np.full((n, m), np.nan, dtype=np.float32)
    MEASUREMENTS[law].function(np.random.default_rng(seed), m, n, out=out)
    return out.T.astype(float)


@pytest.mark.parametrize("law", ["gaussian", "bernoulli", *STRUCTURED])
@pytest.mark.parametrize(("m", "n"), [(3, 8), (8, 3), (1, 4), (5, 5)])
def test_second_moments_are_those_of_gaussian_measurements(law, m, n):
    count = 4000
    drawn = np.array([matrix(law, m, n, seed) for seed in range(count)])
    products = np.einsum("tij,til->jl", drawn, drawn) / count
    # E AᵀA = I and E A = 0; a square has at most the variance of a Gaussian one, about.
    np.testing.assert_allclose(products, np.eye(n), atol=6 * np.sqrt(2 / (m * count)) + 1e-6)
    np.testing.assert_allclose(drawn.mean(axis=0), 0, atol=5 / np.sqrt(count * m))


@pytest.mark.parametrize("law", ["orthogonal", "partial_dct"])
@pytest.mark.parametrize(("m", "n"), [(10, 24), (24, 10), (1, 9), (16, 16)])
def test_rows_or_columns_are_orthogonal(law, m, n):
    values = np.linalg.svd(matrix(law, m, n), compute_uv=False)
    np.testing.assert_allclose(values, max(1, np.sqrt(n / m)), rtol=2e-6)


def test_rows_on_a_sphere_have_one_length():
    lengths = np.linalg.norm(matrix("sphere", 7, 20), axis=1)
    np.testing.assert_allclose(lengths, np.sqrt(20 / 7), rtol=1e-6)


def test_a_partial_dct_has_rows_of_scipys_with_signs():
    m, n = 6, 15
    found = matrix("partial_dct", m, n, seed=4)
    whole = dct(np.eye(n), norm="ortho", axis=0) * np.sqrt(n / m)
    rows = [int(np.argmin(np.abs(np.abs(whole) - np.abs(row)).max(axis=1))) for row in found]
    assert len(set(rows)) == m
    signs = np.sign(np.sum(found * whole[rows], axis=0))
    assert set(signs) == {-1, 1}
    np.testing.assert_allclose(found, whole[rows] * signs, atol=1e-6)


def test_of_more_rows_than_columns_it_has_columns_of_scipys_with_signs():
    m, n = 15, 6
    found = matrix("partial_dct", m, n, seed=4)
    whole = dct(np.eye(m), norm="ortho", axis=0)
    # Columns of an orthonormal matrix: one product is ±1, all others are 0.
    products = np.abs(whole.T @ found)
    np.testing.assert_allclose(np.sort(products, axis=0)[-1], 1, rtol=1e-5)
    assert len(set(products.argmax(axis=0))) == n


def test_identity_is_not_drawn():
    with pytest.raises(ValueError, match="identity"):
        drawn("identity", 5, 25)
