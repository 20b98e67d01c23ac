"""Small samples of published figures, recomputed."""

from pathlib import Path

import numba
import numpy as np
import pytest
from samples import make_parameters
from scipy.stats import fisher_exact

from genphase.grid import expand
from genphase.sweep.read import load_sweep
from genphase.trials import run_trial

SWEEPS = Path(__file__).parents[1] / "config" / "sweeps"

pytestmark = pytest.mark.skipif(numba.config.DISABLE_JIT, reason="needs compiled kernels")


def parameters_at(sweep, **point):
    """Return the parameters of the only cell of a sweep at a grid point."""
    cells = expand(load_sweep(sweep, SWEEPS), 0, sweep)
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


# "Compressive phase retrieval and sensing under non-expansive generative priors", Appendix H,
# experiment 1: median iterations for the network (700, 600) with 300 measurements.
@pytest.mark.parametrize(("k", "published"), [(10, 208), (50, 640)])
def test_nonexpansive_recovery_takes_the_published_number_of_iterations(k, published):
    parameters = parameters_at("nonexpansive_success", k=k, architecture=(700, 600))
    records = [run_trial(parameters, trial).record for trial in range(5)]
    assert all(r.status == "converged" and r.latent_error < 1e-3 for r in records)
    assert np.median([r.iterations for r in records]) == pytest.approx(published, rel=0.25)


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
