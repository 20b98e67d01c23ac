"""Distribution functions, beside those of scipy.stats, which sums and inverts in other ways."""

import numpy as np
import pytest
from scipy import stats

from genphase.statistics.distributions import (
    binomial,
    binomial_at_most,
    chi2_above,
    chi2_quantile,
    normal_below,
    normal_quantile,
    t_quantile,
)


@pytest.mark.parametrize("z", [-38.0, -1.96, 0.0, 0.3, 9.0])
def test_normal(z):
    assert normal_below(z) == pytest.approx(stats.norm.cdf(z), rel=1e-12)


@pytest.mark.parametrize("p", [1e-12, 0.025, 0.5, 0.975])
def test_quantiles(p):
    assert normal_quantile(p) == pytest.approx(stats.norm.ppf(p), rel=1e-12)
    for freedom in (1, 2, 7, 1000, 2.5):
        assert t_quantile(p, freedom) == pytest.approx(stats.t.ppf(p, freedom), rel=1e-9, abs=1e-9)
        assert chi2_quantile(p, freedom) == pytest.approx(stats.chi2.ppf(p, freedom), rel=1e-9)


@pytest.mark.parametrize("freedom", [1, 3.7, 400])
def test_chi_squared_tails(freedom):
    for value in (0.0, 1e-3, 3.84, 700.0):
        expected = stats.chi2.sf(value, freedom)
        assert chi2_above(value, freedom) == pytest.approx(expected, rel=1e-10)


@pytest.mark.parametrize("trials", [1, 20, 10_000])
@pytest.mark.parametrize("rate", [1e-12, 0.3, 0.5, 1 - 1e-12])
def test_binomial_law(trials, rate):
    outcomes = np.arange(trials + 1)
    law = binomial(outcomes, trials, rate)
    np.testing.assert_allclose(law, stats.binom.pmf(outcomes, trials, rate), rtol=1e-9, atol=1e-300)
    assert law.sum() == pytest.approx(1.0, rel=1e-10)
    below = stats.binom.cdf(outcomes, trials, rate)
    np.testing.assert_allclose(
        binomial_at_most(outcomes, trials, rate), below, rtol=1e-10, atol=1e-300
    )


def test_binomial_law_at_its_ends():
    assert binomial([0, 1, 2, 3], 2, 0.0).tolist() == [1.0, 0.0, 0.0, 0.0]
    assert binomial([0, 1, 2, 3], 2, 1.0).tolist() == [0.0, 0.0, 1.0, 0.0]
