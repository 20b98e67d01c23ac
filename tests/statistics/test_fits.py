import math

import numpy as np
import pytest
import statsmodels.api as sm

from genphase.statistics.fits import fit_line, jackknife_error, on_line

X = np.array([1.0, 2.0, 4.0, 7.0, 11.0])
Y = np.array([2.1, 2.9, 5.2, 7.4, 12.5])


def ordinary(x, y):
    """Least squares by statsmodels: slope, its interval, intercept, R²."""
    found = sm.OLS(y, sm.add_constant(x)).fit()
    low, high = found.conf_int(0.05)[1]
    return [found.params[1], low, high, found.params[0], found.rsquared]


def test_a_straight_line_against_statsmodels():
    assert list(fit_line(X, Y, "linear")) == pytest.approx(ordinary(X, Y))


def test_a_power_law_against_statsmodels():
    assert list(fit_line(X, Y, "power")) == pytest.approx(ordinary(np.log(X), np.log(Y)))


def test_by_hand():
    # Slope 1/2, residuals -1/6, 1/3, -1/6: s² = 1/6, s_slope = sqrt(1/12), t(0.975, 1) = 12.706.
    fit = fit_line([0, 1, 2], [0, 1, 1], "linear")
    reach = 12.7062 * math.sqrt(1 / 12)
    assert list(fit) == pytest.approx([0.5, 0.5 - reach, 0.5 + reach, 1 / 6, 0.75], rel=1e-5)


def test_an_exact_power_is_found_and_drawn():
    fit = fit_line(X, 3 * X**-1.5, "power")
    assert fit[:3] == pytest.approx((-1.5, -1.5, -1.5))
    assert fit.r2 == pytest.approx(1)
    np.testing.assert_allclose(on_line(fit, X, "power"), 3 * X**-1.5)
    fit = fit_line(X, 3 - 2 * X, "linear")
    np.testing.assert_allclose(on_line(fit, np.array([0.0, 5.0]), "linear"), [3, -7])


def test_what_has_no_logarithm_or_is_not_finite_is_left_out():
    x = [*X, 12, 13, 0, 14]
    y = [*Y, math.inf, math.nan, 3, 0]
    assert fit_line(x, y, "power") == pytest.approx(fit_line(X, Y, "power"))
    with_zeros = fit_line([*X, 0, 14], [*Y, 3, 0], "linear")
    assert fit_line(x, y, "linear") == pytest.approx(with_zeros)


@pytest.mark.parametrize(
    ("x", "y"), [([1, 2], [3, 4]), ([2, 2, 2], [1, 2, 3]), ([1, 2, 3], [0, 1, 2]), ([], [])]
)
def test_too_few_points_have_no_fit(x, y):
    assert all(math.isnan(value) for value in fit_line(x, y, "power"))


def test_the_jackknife_of_a_mean_is_its_standard_error():
    values = np.array([1.0, 4.0, 2.0, 8.0, 5.0])
    left_out = [np.delete(values, i).mean() for i in range(5)]
    assert jackknife_error(left_out) == pytest.approx(values.std(ddof=1) / np.sqrt(5))
