"""The laws of matrices that hide a spike."""

import dense
import numpy as np
import pytest

from genphase.draws.chain import Chain
from genphase.draws.spikes import draw_wigner, draw_wishart
from genphase.kernels.forms import WIGNER, WISHART, Form


def generator(seed):
    return np.random.Generator(np.random.SFC64(seed))


def wigner(n, level, signal=None, seed=0):
    out = np.full((n, n), 7.7, dtype=np.float32)
    form, squared = draw_wigner(
        generator(seed), level, np.zeros(n) if signal is None else signal, out
    )
    return out, form, squared


def wishart(n, samples, level, signal=None, seed=0):
    out = np.full((n, samples), 7.7, dtype=np.float32)
    signal = np.zeros(n) if signal is None else signal
    form, squared = draw_wishart(generator(seed), level, signal, out)
    return out, form, squared


def hidden(out, form):
    """Return M, of the dense helper."""
    chain = Chain(out.ravel(), np.array(out.shape), np.ones(1), 0)
    return dense.hidden(chain, form)


@pytest.mark.parametrize("n", [1, 2, 7, 300])
def test_a_wigner_matrix_is_symmetric_with_the_variances_of_the_ensemble(n):
    level = 0.3
    draws = [
        wigner(n, level, seed=seed)[0].astype(float)
        for seed in range(min(max(60_000 // n**2, 2), 4000))
    ]
    matrices = np.array(draws)
    np.testing.assert_array_equal(matrices, matrices.transpose(0, 2, 1))
    diagonal = np.einsum("tii->ti", matrices).ravel()
    above = matrices[:, *np.triu_indices(n, 1)].ravel()
    for entries, variance in ((diagonal, 2 * level**2 / n), (above, level**2 / n)):
        if entries.size:
            # Five standard errors of the mean and of the mean square.
            assert abs(entries.mean()) < 5 * np.sqrt(variance / entries.size)
            error = 5 * np.sqrt(2 / entries.size)
            assert np.mean(entries**2) == pytest.approx(variance, rel=error)


def test_the_entries_of_a_wigner_matrix_are_independent():
    draws = np.array([wigner(3, 1.0, seed=seed)[0] for seed in range(4000)], dtype=float)
    free = draws[:, *np.triu_indices(3)]
    correlations = np.corrcoef(free.T) - np.eye(6)
    assert np.abs(correlations).max() < 5 / np.sqrt(4000)


def test_the_spectrum_of_wigner_noise_is_the_semicircle():
    out, *_ = wigner(400, 0.5)
    assert np.abs(np.linalg.eigvalsh(out.astype(float))).max() == pytest.approx(1.0, abs=0.06)


def test_the_spike_stands_in_the_matrix():
    signal = np.linspace(-1, 2, 9)
    (quiet, *_), (noise, *_), (noisy, *_) = (
        wigner(9, level, spike) for level, spike in ((0, signal), (0.4, None), (0.4, signal))
    )
    np.testing.assert_allclose(quiet, np.outer(signal, signal), rtol=1e-6)
    np.testing.assert_allclose(noisy, quiet + noise, atol=1e-6)


@pytest.mark.parametrize(("n", "samples"), [(4, 3), (3, 5), (1, 1), (1, 6), (6, 1)])
def test_the_mean_of_a_wishart_matrix_is_the_spike(n, samples):
    # E YᵀY/N = σ² I + y* y*ᵀ, and M is that without the noise.
    signal, level, draws = np.linspace(0.5, 1.5, n), 0.7, 2000
    matrices = np.array([hidden(*wishart(n, samples, level, signal, s)[:2]) for s in range(draws)])
    spread = matrices.std(axis=0) / np.sqrt(draws)
    assert (np.abs(matrices.mean(axis=0) - np.outer(signal, signal)) < 5 * spread).all()


def test_the_samples_of_a_wishart_matrix_are_rows_of_normal_numbers():
    n, samples, level = 40, 2000, 0.5
    out, *_ = wishart(n, samples, level)
    noise = np.sqrt(samples) * out.astype(float)
    assert np.mean(noise**2) == pytest.approx(level**2, rel=5 * np.sqrt(2 / noise.size))
    # The largest eigenvalue of YᵀY/N is at σ² (1 + √(n/N))².
    largest = np.linalg.eigvalsh(out.astype(float) @ out.T)[-1]
    assert largest == pytest.approx(level**2 * (1 + np.sqrt(n / samples)) ** 2, rel=0.05)


def test_without_noise_samples_are_multiples_of_the_spike():
    signal = np.array([1.0, -2.0, 0.0, 3.0])
    out, *_ = wishart(4, 5000, 0.0, signal)
    factors = out[0] * np.sqrt(5000)
    np.testing.assert_allclose(out, np.outer(signal, factors) / np.sqrt(5000), rtol=1e-5)
    assert factors.mean() == pytest.approx(0, abs=5 / np.sqrt(5000))
    assert np.mean(factors**2) == pytest.approx(1, rel=5 * np.sqrt(2 / 5000))


def test_spike_and_noise_of_the_samples_are_independent():
    signal = np.array([1.0, 0.0])
    quiet, noisy = (wishart(2, 4000, level, signal)[0].astype(float) for level in (0.0, 1.0))
    factors, noise = quiet[0], noisy - quiet
    for row in noise:
        assert abs(np.corrcoef(factors, row)[0, 1]) < 5 / np.sqrt(4000)


@pytest.mark.parametrize("level", [0.0, 0.3, 2.0])
@pytest.mark.parametrize("n", [1, 2, 11, 64])
def test_the_form_and_the_squared_norm_of_a_wigner_matrix(n, level):
    signal = np.random.default_rng(n).standard_normal(n)
    out, form, squared = wigner(n, level, signal)
    assert form == Form(WIGNER, 0.0)
    assert squared == pytest.approx(np.sum(out.astype(float) ** 2), rel=1e-12)


@pytest.mark.parametrize("level", [0.0, 0.3, 2.0])
@pytest.mark.parametrize(
    ("n", "samples"), [(1, 1), (12, 5), (5, 12), (8, 8), (9, 8), (1, 7), (7, 1), (60, 200)]
)
def test_the_form_and_the_squared_norm_of_a_wishart_matrix(n, samples, level):
    signal = np.random.default_rng(n).standard_normal(n)
    out, form, squared = wishart(n, samples, level, signal)
    assert form == Form(WISHART, level**2)
    assert squared == pytest.approx(np.sum(hidden(out, form) ** 2), rel=1e-10, abs=1e-12)


@pytest.mark.parametrize("draw", [draw_wigner, draw_wishart])
def test_a_matrix_is_a_function_of_its_generator(draw):
    def drawn(seed):
        out = np.empty((6, 6), dtype=np.float32)
        squared = draw(generator(seed), 0.5, np.ones(6), out)[1]
        return out.tobytes(), squared

    assert drawn(1) == drawn(1)
    assert drawn(1) != drawn(2)
