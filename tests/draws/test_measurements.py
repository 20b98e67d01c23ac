import numpy as np
import pytest
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


def test_identity_is_not_drawn():
    with pytest.raises(ValueError, match="identity"):
        drawn("identity", 5, 25)
