"""Averages of a ReLU unit against a brute-force posterior and against closed forms."""

import numpy as np
import pytest
from scipy.stats import norm

from genphase.theory.relu_channel import layer_averages, noise_of_gain, unit_averages


def brute_force(s, delta):
    """Return gain and loss by Bayes' rule on a grid of z and of reports, in units of √V."""
    z = np.linspace(s - 9, s + 9, 2401)
    prior = norm.pdf(z, s) * (z[1] - z[0])
    h = np.maximum(z, 0)
    top = max(s + 9, 0) + 9 * delta
    # Fine near 0, where silent units report.
    r = np.unique(
        np.concatenate([np.linspace(-9 * delta, 9 * delta, 601), np.linspace(9 * delta, top, 601)])
    )
    likelihood = norm.pdf(r[:, None], h, delta)
    evidence = likelihood @ prior
    mean_z, mean_h, square_h = ((likelihood @ (prior * v)) / evidence for v in (z, h, h**2))
    gain = np.trapezoid(evidence * (mean_z - s) ** 2, r)
    return gain, np.trapezoid(evidence * (square_h - mean_h**2), r)


@pytest.mark.parametrize("s", [-3.0, -0.5, 0.0, 1.0, 4.0])
@pytest.mark.parametrize("delta", [0.05, 0.5, 2.0])
def test_a_unit_against_bayes_rule_on_a_grid(s, delta):
    gain, loss = unit_averages(s, delta)
    expected = brute_force(s, delta)
    assert float(gain) == pytest.approx(expected[0], rel=2e-3, abs=1e-7)
    assert float(loss) == pytest.approx(expected[1], rel=2e-3, abs=1e-7)


def test_units_whose_sign_is_known():
    # Active: z ~ N(s, 1) seen through noise δ. Silent: nothing is seen.
    delta = np.array([0.01, 0.3, 1.0, 10.0])
    gain, loss = unit_averages(11.0, delta)
    np.testing.assert_allclose(gain, 1 / (1 + delta**2), rtol=1e-9)
    np.testing.assert_allclose(loss, delta**2 / (1 + delta**2), rtol=1e-9)
    gain, loss = unit_averages(-11.0, delta)
    np.testing.assert_allclose([gain, loss], 0, atol=1e-20)


def test_an_exact_report_and_none():
    # Exact: z itself, or that it is below 0, with mean -√(2/π). None: E z is known, h is not.
    gain, loss = unit_averages(0.0, 1e-4)
    assert float(gain) == pytest.approx(1 / 2 + 1 / np.pi, rel=1e-3)
    assert float(loss) == pytest.approx(0, abs=1e-7)
    gain, loss = unit_averages(0.0, 1e4)
    assert float(gain) == pytest.approx(0, abs=1e-7)
    assert float(loss) == pytest.approx(1 / 2 - 1 / (2 * np.pi), rel=1e-6)


@pytest.mark.parametrize(
    ("unknown", "precision"), [(0.9, 0.3), (0.5, 5.0), (0.1, 30.0), (0.02, 40.0)]
)
def test_a_layer_against_monte_carlo(unknown, precision):
    """E[g²] and E[Var(h)], by the formulas of the literature at random ω and reports."""
    rng = np.random.default_rng(3)
    n, v, q = 400_000, unknown, precision
    omega = rng.normal(0, np.sqrt(1 - v), n)
    z = omega + rng.normal(0, np.sqrt(v), n)
    b = q * np.maximum(z, 0) + rng.normal(0, np.sqrt(q), n)
    p = 1 / v + q
    m = (omega / v + b) / p
    plus = (v * p) ** -0.5 * np.exp(p * m**2 / 2 - omega**2 / (2 * v)) * norm.cdf(m * np.sqrt(p))
    zero = norm.cdf(-omega / np.sqrt(v))
    share = plus / (plus + zero)
    ratio = norm.pdf(m * np.sqrt(p)) / norm.cdf(m * np.sqrt(p))
    above = m + ratio / np.sqrt(p)
    below = omega - np.sqrt(v) * norm.pdf(omega / np.sqrt(v)) / zero
    g = (share * above + (1 - share) * below - omega) / v
    second = m**2 + 1 / p + m * ratio / np.sqrt(p)
    variance = share * second - (share * above) ** 2
    rho = np.sqrt((1 - v) / v)
    gain, loss = layer_averages(rho, 1 / np.sqrt(q * v))
    for samples, value in ((g**2, gain / v), (variance, v * loss)):
        error = samples.std() / np.sqrt(n)
        assert np.mean(samples) == pytest.approx(float(value), abs=4.5 * error)
        assert error < 0.01 * np.mean(samples)


@pytest.mark.parametrize("rho", [0.1, 1.0, 30.0])
def test_the_noise_that_gives_a_gain(rho):
    delta = np.array([0.03, 0.7, 5.0, 200.0])
    rhos = np.full(4, rho)
    found = noise_of_gain(rhos, layer_averages(rhos, delta).gain)
    # As good as the spline is straight: where the gain no longer changes, the noise is anyone's.
    np.testing.assert_allclose(found[1:], delta[1:], rtol=1e-4)
    assert np.isnan(noise_of_gain(np.array([rho]), np.array([1.0])))[0]
