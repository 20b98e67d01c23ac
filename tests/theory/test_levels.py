"""Levels of errors against least squares on random matrices and against typed formulas."""

import math

import numpy as np
import pytest
from samples import make_sweep

from genphase.cells.grid import expand
from genphase.cells.trial import run_trial
from genphase.draws.gaussian import uniform_on_sphere
from genphase.theory.levels import level, signal_norm
from genphase.theory.sizes import Sizes

SENSING = {
    "problem": "compressed_sensing",
    "m": 40,
    "solvers": [{"name": "subgradient", "step": 1}],
}


def sizes(k, m, noise, widths):
    return Sizes(*(np.asarray(v, float) for v in (k, m, noise, widths)))


def sweep(**changes):
    return make_sweep(**{**SENSING, "noise": 0.1, **changes})


@pytest.mark.parametrize(
    ("measurements", "spread"), [("gaussian", 1 / math.sqrt(40)), ("unit", 1.0)]
)
def test_the_oracle_is_least_squares(measurements, spread):
    rng = np.random.default_rng(1)
    k, m, tau = 7, 40, 0.3
    squares = []
    for _ in range(3000):
        noise = rng.normal(size=m)
        noise *= tau / np.linalg.norm(noise)
        # A on an orthonormal basis of the active piece is Gaussian.
        found = np.linalg.lstsq(spread * rng.normal(size=(m, k)), noise)[0]
        squares.append(found @ found)
    error = np.std(squares) / math.sqrt(len(squares))
    at = sizes(k, m, tau, [30, 20])
    value = level("oracle", "signal_mse", at, sweep(measurements=measurements))
    assert np.mean(squares) == pytest.approx(float(value), abs=4 * error)


@pytest.mark.parametrize(
    ("measurements", "spread"), [("gaussian", 1 / math.sqrt(40)), ("unit", 1.0)]
)
def test_the_oracle_under_aligned_noise_is_least_squares(measurements, spread):
    rng = np.random.default_rng(3)
    k, m, tau = 7, 40, 0.3
    squares = []
    for _ in range(3000):
        matrix = spread * rng.normal(size=(m, k))
        noise = tau * np.linalg.qr(matrix)[0] @ uniform_on_sphere(rng, k)
        found = np.linalg.lstsq(matrix, noise)[0]
        squares.append(found @ found)
    error = np.std(squares) / math.sqrt(len(squares))
    aligned = sweep(measurements=measurements, noise={"aligned": 0.1})
    value = level("oracle", "signal_mse", sizes(k, m, tau, [30, 20]), aligned)
    assert np.mean(squares) == pytest.approx(float(value), abs=4 * error)


def test_the_oracle_takes_all_aligned_noise_of_an_observed_signal():
    inversion = make_sweep(noise={"aligned": "n/10"})
    value = level("oracle", "signal_mse", sizes(5, 20, 0.2, [30, 20]), inversion)
    assert float(value) == pytest.approx(0.2**2)


@pytest.mark.parametrize("law", ["sphere", "aligned"])
def test_runs_under_noise_are_at_the_level_of_the_oracle(law):
    solver = {"name": "levenberg_marquardt", "max_iter": 300, "restarts": 20}
    (cell,) = expand(
        make_sweep(
            axes={"tau": ["1e-4"]},
            k=10,
            network={"widths": [150, 300]},
            noise={law: "tau"},
            solvers=[solver | {"stop": {"gradient_norm": "1e-12"}}],
            figures=None,
        ),
        0,
        "sweep.yaml",
    )
    found = [run_trial(cell.parameters, trial).record.signal_error for trial in range(15)]
    at = sizes(10, 300, 1e-4, [150, 300])
    expected = level("oracle", "signal_error", at, make_sweep(noise={law: "n/10"}))
    # ‖y*‖ differs by a tenth from one network to the next.
    assert np.sqrt(np.mean(np.square(found))) == pytest.approx(float(expected), rel=0.15)


def test_the_oracle_has_no_value_without_enough_measurements():
    assert np.isnan(level("oracle", "signal_error", sizes(7, 8, 0.1, [30, 20]), sweep()))


def test_the_oracle_of_an_observed_signal_is_a_projection():
    inversion = make_sweep(noise={"gaussian": "n/10"})
    value = level("oracle", "signal_mse", sizes(5, 20, 0.2, [30, 20]), inversion)
    assert float(value) == pytest.approx(0.2**2 * 5 / 20)


def test_the_oracle_of_a_spike():
    spiked = make_sweep(
        problem="spiked_wigner",
        noise=0.1,
        target="unit_signal",
        solvers=[{"name": "subgradient", "step": 1}],
    )
    value = level("oracle", "signal_error", sizes(5, 20, 0.1, [30, 20]), spiked)
    assert float(value) == pytest.approx(0.1 * math.sqrt(5 / 20))


def test_omega_as_it_was_typed_before():
    k, m, n, d = 10, 160, 300, 3
    value = level("omega", "signal_error", sizes(k, m, 0.1, [n] * d), sweep(target="unit_signal"))
    product = 5 * (math.e * n / k) ** d
    expected = 2 / 2 ** (d / 2) * math.sqrt(13 / 12) * math.sqrt(k / m * math.log(product))
    assert float(value) == pytest.approx(0.1 * expected)


@pytest.mark.parametrize("weights", ["gaussian", "he", "unit"])
def test_norms_are_those_of_wide_networks(weights):
    rng = np.random.default_rng(2)
    k, widths = 20, [2000, 1500]
    variance = {"gaussian": 1, "he": 2, "unit": None}[weights]
    x = rng.normal(size=k)
    y, before = x / np.linalg.norm(x), k
    for n in widths:
        spread = 1 if variance is None else math.sqrt(variance / n)
        y, before = np.maximum(spread * rng.normal(size=(n, before)) @ y, 0), n
    network = {"widths": ["n", "n"], "weights": weights}
    value = signal_norm(sizes(k, 40, 0, widths), sweep(network=network))
    assert np.linalg.norm(y) == pytest.approx(float(value), rel=0.1)


@pytest.mark.parametrize(
    ("target", "norm"), [("sphere", 1), ("gaussian", math.sqrt(7)), ("unit_signal", 2)]
)
def test_relative_errors_are_over_the_norms_of_the_target(target, norm):
    at = sizes(7, 40, 0.3, [30, 20])
    values = {
        y: float(level("oracle", y, at, sweep(target=target)))
        for y in ("signal_error", "latent_error", "signal_mse", "latent_mse")
    }
    absolute = 0.3 * math.sqrt(7 / 32)
    # Two layers of N(0, 1/n_i) halve norms: ‖y*‖ = ‖x*‖/2.
    assert values["signal_error"] == pytest.approx(absolute / (norm / 2))
    assert values["latent_error"] == values["signal_error"]
    assert values["signal_mse"] == pytest.approx(absolute**2)
    assert values["latent_mse"] == pytest.approx((2 * absolute) ** 2)


def test_noise_relative_to_the_observation():
    relative = sweep(noise={"relative": 0.1})
    value = level("oracle", "latent_error", sizes(7, 40, 0.1, [30, 20]), relative)
    assert float(value) == pytest.approx(0.1 * math.sqrt(7 / 32))
