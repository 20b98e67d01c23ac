"""Small samples of published figures, recomputed."""

from functools import cache
from pathlib import Path

import numba
import numpy as np
import pytest
from samples import make_parameters
from scipy.stats import fisher_exact

from genphase.cells.grid import expand
from genphase.cells.trial import run_trial
from genphase.sweep.read import load_sweep

SWEEPS = Path(__file__).parents[1] / "config" / "sweeps"

pytestmark = pytest.mark.skipif(numba.config.DISABLE_JIT, reason="needs compiled kernels")


def parameters_at(sweep, solver=None, **point):
    """Return the parameters of the only cell of a sweep, or of its solver, at a grid point."""
    cells = expand(load_sweep(sweep, SWEEPS), 0, sweep)
    cells = [cell for cell in cells if solver in (None, cell.solver)]
    (found,) = [cell for cell in cells if dict(cell.point) == point]
    return found.parameters


# Figure 1 of "PLUGIn: a simple algorithm for inverting generative models with recovery
# guarantees" at five points, by another program in double precision with other random numbers.
PLUGIN = [(5, 61, 7), (5, 101, 9), (5, 141, 10), (10, 161, 9), (10, 221, 10)]


@pytest.mark.parametrize(("k", "n", "of_ten"), PLUGIN)
def test_plugin_recovers_as_often_as_an_independent_program(k, n, of_ten):
    parameters = parameters_at("plugin_portrait", k=k, n=n)
    records = [run_trial(parameters, trial).record for trial in range(20)]
    recovered = sum(r.status == "converged" and r.signal_error < 1e-5 for r in records)
    table = [[recovered, 20 - recovered], [of_ten, 10 - of_ten]]
    assert fisher_exact(table).pvalue > 0.01, f"{recovered} of 20 against {of_ten} of 10"


def test_plugin_recovers_nearly_always_beyond_20_k_and_never_far_below():
    rates = {}
    for n in (21, 241):
        parameters = parameters_at("plugin_portrait", k=10, n=n)
        records = [run_trial(parameters, trial).record for trial in range(10)]
        rates[n] = np.mean([r.signal_error < 1e-5 for r in records])
    assert rates[21] <= 0.1
    assert rates[241] >= 0.9


# "Signal recovery with non-expansive generative network priors", Appendix H,
# experiment 1: median iterations for the network (700, 600) with 300 measurements.
@pytest.mark.parametrize(("k", "published"), [(10, 208), (50, 640)])
def test_nonexpansive_recovery_takes_the_published_number_of_iterations(k, published):
    parameters = parameters_at("nonexpansive_success", "subgradient", k=k, architecture=(700, 600))
    records = [run_trial(parameters, trial).record for trial in range(5)]
    assert all(r.status == "converged" and r.latent_error < 1e-3 for r in records)
    assert np.median([r.iterations for r in records]) == pytest.approx(published, rel=0.25)


def test_levenberg_marquardt_recovers_where_the_published_method_does_for_half_of_the_instances():
    rates = {}
    for solver in ("subgradient", "levenberg_marquardt"):
        point = {"k": 135, "architecture": (700, 600)}
        parameters = parameters_at("nonexpansive_success", solver, **point)
        records = [run_trial(parameters, trial).record for trial in range(8)]
        rates[solver] = np.mean(
            [r.status == "converged" and r.latent_error < 1e-3 for r in records]
        )
    assert rates["levenberg_marquardt"] >= 7 / 8
    assert rates["subgradient"] < 7 / 8


def test_error_under_noise_is_that_of_least_squares():
    # Once the activation pattern is right, the error is that of least squares with k unknowns and
    # m equations: ‖A(G(x) - y)‖ has mean square τ² k/m for noise of norm τ.
    k, m, level = 8, 80, 1e-4
    parameters = make_parameters(
        k=k,
        m=m,
        network={"widths": (200, 150), "weights": "he", "slope": 0},
        noise={"law": "sphere", "level": level},
        solver={
            "name": "subgradient",
            "step": 0.3,
            "max_iter": 5000,
            "stop": {"gradient_norm": 1e-9},
        },
    )
    fits = []
    for trial in range(12):
        record = run_trial(parameters, trial).record
        assert record.latent_error < 1e-3
        # ½‖A G(x̂) - b‖² is what projecting the noise on m - k dimensions leaves.
        fits.append(2 * record.objective / level**2)
    # Each is Beta((m - k)/2, k/2) with mean 1 - k/m; four standard errors of the mean of twelve.
    mean = 1 - k / m
    deviation = np.sqrt(mean * (k / m) / (m / 2 + 1) / len(fits))
    assert np.mean(fits) == pytest.approx(mean, abs=4 * deviation)


def signal_errors(sweep, trials, **point):
    """Return ‖G(x̂) - y*‖ of the first trials of a cell."""
    parameters = parameters_at(sweep, **point)
    records = [run_trial(parameters, trial).record for trial in range(trials)]
    assert all(r.latent_error < 1 for r in records)
    return np.array([r.signal_error * r.signal_norm for r in records])


# The same paper, experiment 2: mean errors of the signal over the noise's norm, 1e-4.
@pytest.mark.parametrize(
    ("k", "published"), [(5, 0.1347), (15, 0.2284), (25, 0.2956), (35, 0.3540), (45, 0.4249)]
)
def test_nonexpansive_error_under_noise_is_the_published_one(k, published):
    errors = signal_errors("nonexpansive_noise", 10, k=k, tau=1e-4) / 1e-4
    # The noise in k dimensions is chi with k degrees of freedom, of relative deviation √(1/2k).
    # Four standard errors of the difference to a mean of 30, as many runs as experiment 1 has.
    deviation = published * np.sqrt(1 / (2 * k)) * np.sqrt(1 / 10 + 1 / 30)
    assert errors.mean() == pytest.approx(published, abs=4 * deviation)


@pytest.mark.parametrize("depth", [1, 2, 3])
def test_error_of_noisy_measurements_is_that_of_the_oracle(depth):
    # Least squares with the right activation pattern: E ‖G(x̂) - y*‖² = τ² k/(m - k - 1).
    k, level, ratios = 10, 1e-4, []
    for m in (141, 283, 566):
        errors = signal_errors("measurement_noise", 12, d=depth, tau=level, m=m)
        ratios += [*(errors / level) ** 2 / (k / (m - k - 1))]
    # Of relative variance 2/k + 2/(m - k), as an F distribution; four standard errors.
    deviation = np.sqrt((2 / k + 2 / (141 - k)) / len(ratios))
    assert np.mean(ratios) == pytest.approx(1, abs=4 * deviation)


def test_plugin_denoises_as_the_last_layer_grows():
    # Where the layers are wide: 2^d α √(k/n), Corollary 1 with constant 1, relative to ‖x*‖ = 1.
    k, level, trials, means = 20, 0.1, 10, {}
    for n in (1000, 5000):
        errors = signal_errors("plugin_expansion_last", trials, n=n, solver="plugin")
        # ‖G(x)‖² is about ‖x‖²/2^d.
        means[n] = np.mean(errors) * 2**1.5 / level
    deviation = np.sqrt(1 / (2 * k) / trials)
    exponent = np.log(means[1000] / means[5000]) / np.log(5)
    assert exponent == pytest.approx(0.5, abs=4 * np.sqrt(2) * deviation / np.log(5))
    assert means[5000] == pytest.approx(8 * np.sqrt(k / 5000), rel=4 * deviation)


# Heckel, Huang, Hand, Voroninski: the mean squared error σ² k/n is linear in k and in σ².
@pytest.mark.parametrize(
    ("sweep", "point", "k", "variance"),
    [
        ("denoising_k", {"k": 15}, 15, 0.25),
        ("denoising_k", {"k": 55}, 55, 0.25),
        ("denoising_sigma", {"sigma": 1}, 50, 1),
        ("denoising_sigma", {"sigma": 2}, 50, 4),
    ],
)
def test_denoising_leaves_the_noise_in_k_dimensions(sweep, point, k, variance):
    errors = signal_errors(sweep, 10, **point)
    # Chi-square with k degrees of freedom, of relative variance 2/k; four standard errors.
    expected, deviation = variance * k / 1500, np.sqrt(2 / k / errors.size)
    assert np.mean(errors**2) == pytest.approx(expected, rel=4 * deviation)


def test_convergent_scheme_recovers_below_its_transition_and_not_above():
    # Published transitions of subgradient descent lie at k/m of 0.45 to 0.55; m = 150.
    found = {}
    for k in (50, 100):
        parameters = parameters_at("convergent_success", k=k)
        records = [run_trial(parameters, trial).record for trial in range(5)]
        found[k] = sum(r.latent_error < 1e-3 for r in records)
    assert found[50] >= 4
    assert found[100] <= 1


def test_convergent_scheme_has_errors_proportional_to_the_noise_on_one_instance():
    scaled = [
        run_trial(parameters_at("convergent_trace", tau=tau), 0).record.latent_error / tau
        for tau in (1e-4, 1e-8)
    ]
    assert scaled[0] == pytest.approx(scaled[1], rel=1e-3)
    assert scaled[0] == pytest.approx(np.sqrt(10 / 139), rel=4 * np.sqrt(1 / 20))
    quiet = run_trial(parameters_at("convergent_trace", tau=0), 0).record
    assert quiet.latent_error < 1e-14


# Spiked Wigner experiment of Cocola, Hand, Voroninski (2020): the first, second and fourth of the
# eight θ, for k = 30.
THETA = {0: 0.01, 1: 0.287142857143, 3: 0.841428571429}


@cache
def spiked_errors(index):
    return signal_errors("spiked_wigner", 12, k=30, theta=THETA[index])


@pytest.mark.parametrize(("index", "published"), [(1, 0.0667), (3, 0.213)])
def test_a_spike_is_found_with_the_published_error(index, published):
    errors = spiked_errors(index)
    # A published mean is of 50 runs at least, which scatter as these do; four standard errors.
    deviation = errors.std(ddof=1) * np.sqrt(1 / errors.size + 1 / 50)
    assert errors.mean() == pytest.approx(published, abs=4 * deviation)


def test_the_error_of_a_spike_is_linear_in_theta_and_near_the_oracle():
    k, n, means = 30, 1700, {}
    for index in (0, 1):
        nu = parameters_at("spiked_wigner", k=k, theta=THETA[index]).noise.level
        assert nu == pytest.approx(THETA[index] / np.sqrt(k * np.log(250**2 * n) / n), rel=1e-12)
        ratios = spiked_errors(index) / (nu * np.sqrt(k / n))
        means[index] = ratios.mean()
        # The noise in k dimensions is chi with k degrees of freedom; four standard errors, and 5 %
        # for what is not linear.
        deviation = np.sqrt(1 / (2 * k) / ratios.size)
        assert means[index] == pytest.approx(1, abs=0.05 + 4 * deviation)
    # These are the same networks, targets and directions of the noise.
    assert means[1] == pytest.approx(means[0], rel=0.12)


def rate(sweep, trials, **point):
    """Return how many of the first trials of a cell recover, by the sweep's rule."""
    success = load_sweep(sweep, SWEEPS).success
    parameters = parameters_at(sweep, **point)
    records = [run_trial(parameters, trial).record for trial in range(trials)]
    return np.mean([r.status == "converged" and r.latent_error < success.below for r in records])


# Hand, Leong, Voroninski (2018): k = 10, n = 1000.
def test_phase_retrieval_recovers_nearly_always_from_many_measurements_and_never_from_few():
    assert rate("phase_retrieval_curve", 20, m=400) >= 0.9
    assert rate("phase_retrieval_curve", 10, m=20) == 0


def test_blind_demodulation_recovers_from_many_entries_and_not_from_few():
    assert rate("blind_demodulation_portrait", 20, k=6, ell=400) >= 0.9
    assert rate("blind_demodulation_portrait", 10, k=6, ell=40) <= 0.1
