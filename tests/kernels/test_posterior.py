import numpy as np
import pytest
from scipy.integrate import quad
from scipy.special import erfcx

from genphase.kernels.posterior import moments_of, scaled_tail, side_of

# ω, V, q̂, B: from no report to one that is far surer than the layers below.
CASES = [
    (0.3, 1.0, 0.0, 0.0),
    (-1.5, 0.4, 2.0, 0.7),
    (2.0, 0.09, 30.0, -5.0),
    (-0.2, 1e-4, 1e3, 4.0),
    (-0.7, 2.0, 50.0, 60.0),
    (0.01, 0.5, 1e4, 1e4),
]


def by_quadrature(omega, V, precision, field, leak):
    """Integrate the moments of z and h over the density, on both sides of 0."""

    def log_density(z):
        h = max(z, 0) + leak * min(z, 0)
        return -((z - omega) ** 2) / (2 * V) - precision * h**2 / 2 + field * h

    def output(z):
        return max(z, 0) + leak * min(z, 0)

    width = V**0.5
    grid = np.linspace(omega - 15 * width, omega + 15 * width, 200_001)
    logs = np.array([log_density(z) for z in grid])
    top = logs.max()
    wide = grid[logs > top - 60]
    low, high = wide[0], wide[-1]

    def integrate(power_z, power_h):
        def integrand(z):
            return (z - omega) ** power_z * output(z) ** power_h * np.exp(log_density(z) - top)

        parts = np.unique([low, *np.clip([0, grid[logs.argmax()]], low, high), high])
        return sum(
            quad(integrand, a, b, limit=400, epsabs=0, epsrel=1e-11)[0]
            for a, b in zip(parts, parts[1:], strict=False)
        )

    mass = integrate(0, 0)
    shift, output_mean = integrate(1, 0) / mass, integrate(0, 1) / mass
    return (
        shift,
        integrate(2, 0) / mass - shift**2,
        output_mean,
        integrate(0, 2) / mass - output_mean**2,
    )


@pytest.mark.parametrize("leak", [0.0, 0.2, 1.0, -1.0])
@pytest.mark.parametrize("case", CASES, ids=str)
def test_moments_are_those_of_the_density(case, leak):
    expected = by_quadrature(*case, leak)
    # The quadrature takes variances as differences, which cost digits.
    scale = np.array([case[1] ** 0.5, case[1], case[1] ** 0.5, case[1]])
    np.testing.assert_allclose(
        moments_of(*case, leak), expected, rtol=1e-6, atol=1e-8 * scale.max()
    )


def test_a_unit_without_a_report_keeps_what_is_known_of_its_input():
    for omega in (-3.0, -0.1, 0.0, 2.0):
        found = moments_of(omega, 0.7, 0.0, 0.0, 0.0)
        assert found.shift == pytest.approx(0, abs=1e-15)
        assert found.variance == pytest.approx(0.7, rel=1e-13)


def test_a_linear_unit_is_the_gaussian_that_both_reports_make():
    omega, V, precision, field = 0.4, 0.3, 5.0, 2.5
    found = moments_of(omega, V, precision, field, 1.0)
    variance = 1 / (1 / V + precision)
    assert found.variance == pytest.approx(variance, rel=1e-12)
    assert found.shift == pytest.approx(variance * (omega / V + field) - omega, rel=1e-11)
    assert found.output == pytest.approx(omega + found.shift, rel=1e-12)


def test_scaled_tails_agree_with_scipy():
    x = np.concatenate([np.linspace(0, 30, 3001), np.geomspace(30, 1e8, 50)])
    np.testing.assert_allclose([scaled_tail(value) for value in x], erfcx(x), rtol=5e-14)


@pytest.mark.parametrize("t", [-10.0, -49.9, -50.1, -1e3, -1e6])
def test_deep_tails_lose_no_digits(t):
    # N(t, 1) cut off below 0 is nearly exponential, with the rate -t.
    found = side_of(t, 1.0, 0.0, 0.0, 1.0)
    mean = t + found.shift
    s = 1 / t**2
    assert mean == pytest.approx(-(1 - 2 * s + 10 * s**2 - 74 * s**3) / t, rel=1e-5 + 3e-16 * t**2)
    assert found.variance == pytest.approx(s * (1 - 6 * s + 50 * s**2 - 518 * s**3), rel=1e-4)


def test_a_sure_report_decides_the_sign():
    # abs(z) = 2 is observed, and z is believed to be at -0.5 ± 0.3.
    found = moments_of(-0.5, 0.09, 1e9, 2e9, -1.0)
    assert -0.5 + found.shift == pytest.approx(-2, rel=1e-6)
    assert found.output == pytest.approx(2, rel=1e-6)
