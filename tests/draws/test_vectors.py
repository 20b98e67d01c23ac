import math

import dense
import numpy as np
import pytest
from scipy.stats import kstest, norm

from genphase.draws.gaussian import uniform_on_sphere
from genphase.things import NOISES, STARTS, TARGETS


def rng(seed=0):
    return np.random.default_rng(seed)


def draw_target(source, law, k, generate):
    given = {"generate": generate} if TARGETS[law].asks_for else {}
    return TARGETS[law].function(source, k, **given)


def draw_noise(source, law, level, clean):
    return NOISES[law].function(source, clean, level=level)


def draw_start(source, scale, k):
    return STARTS["gaussian"].function(source, k, scale=scale)


@pytest.mark.parametrize("size", [1, 2, 3, 50])
def test_sphere_has_unit_norm(size):
    for seed in range(20):
        norm = np.linalg.norm(uniform_on_sphere(rng(seed), size))
        assert norm == pytest.approx(1, abs=4e-16)


def test_sphere_is_uniform():
    # On the sphere of R^3 every coordinate is uniform in [-1, 1] (Archimedes).
    source = rng(1)
    points = np.array([uniform_on_sphere(source, 3) for _ in range(2000)])
    for coordinate in points.T:
        assert kstest(coordinate, "uniform", args=(-1, 2)).pvalue > 1e-3
    # The mean has standard error 1/sqrt(3 · 2000) in every coordinate.
    assert np.all(np.abs(points.mean(axis=0)) < 4 / math.sqrt(6000))


def test_sphere_in_one_dimension_is_a_fair_sign():
    source = rng(2)
    signs = [uniform_on_sphere(source, 1)[0] for _ in range(400)]
    assert set(signs) == {-1.0, 1.0}
    assert abs(sum(signs)) < 4 * math.sqrt(400)


def never(latent):
    raise AssertionError("this law does not need the network")


def test_target_laws():
    assert np.linalg.norm(draw_target(rng(), "sphere", 7, never)) == pytest.approx(1, abs=4e-16)
    source = rng(3)
    entries = np.concatenate([draw_target(source, "gaussian", 5, never) for _ in range(400)])
    assert kstest(entries, "norm").pvalue > 1e-3


@pytest.mark.parametrize("seed", range(5))
def test_unit_signal_is_along_e2_and_its_signal_has_norm_one(seed):
    chain = dense.random_chain(rng(seed), (4, 20, 15), slope=0.1)
    target = draw_target(rng(), "unit_signal", 4, lambda x: dense.signal(chain, x))
    assert target[1] > 0
    assert not target[[0, 2, 3]].any()
    assert np.linalg.norm(dense.signal(chain, target)) == pytest.approx(1, rel=1e-14)


def test_unit_signal_of_a_dead_network_is_e2():
    target = draw_target(rng(), "unit_signal", 3, lambda x: np.zeros(6))
    assert target.tolist() == [0, 1, 0]


@pytest.mark.parametrize("level", [0.0, 1e-8, 2.5])
def test_sphere_noise_has_the_norm_asked_for(level):
    for seed in range(5):
        noise = draw_noise(rng(seed), "sphere", level, np.ones(30))
        assert np.linalg.norm(noise) == pytest.approx(level, rel=1e-15, abs=0)


@pytest.mark.parametrize("level", [0.0, 1e-8, 2.5])
def test_relative_noise_is_sphere_noise_scaled_by_the_observation(level):
    clean = 3.0 * rng(6).standard_normal(30)
    noise = draw_noise(rng(7), "relative", level, clean)
    assert np.linalg.norm(noise) == pytest.approx(level * np.linalg.norm(clean), rel=1e-14, abs=0)
    direction = draw_noise(rng(7), "sphere", 1.0, clean)
    np.testing.assert_allclose(noise, level * np.linalg.norm(clean) * direction, rtol=1e-14)


@pytest.mark.parametrize("law", ["sphere", "gaussian"])
def test_only_relative_noise_looks_at_the_observation(law):
    first, second = (draw_noise(rng(8), law, 0.5, clean) for clean in (np.ones(9), np.zeros(9)))
    np.testing.assert_array_equal(first, second)


def test_relative_noise_on_nothing_is_nothing():
    assert not draw_noise(rng(), "relative", 0.5, np.zeros(9)).any()


def test_gaussian_noise_has_the_norm_asked_for_on_average():
    source = rng(4)
    noises = np.array([draw_noise(source, "gaussian", 2.5, np.ones(16)) for _ in range(1000)])
    assert kstest(noises.ravel(), norm(0, 2.5 / 4).cdf).pvalue > 1e-3
    # ‖η‖²/level² is chi-square with 16 degrees of freedom over 16: variance 2/16.
    mean = np.mean(np.sum(noises**2, axis=1)) / 2.5**2
    assert abs(mean - 1) < 4 * math.sqrt(2 / 16 / 1000)
    assert not draw_noise(rng(), "gaussian", 0.0, np.ones(5)).any()


def test_start_is_gaussian_of_the_scale_asked_for():
    source = rng(5)
    starts = np.concatenate([draw_start(source, 0.01, 5) for _ in range(400)])
    assert kstest(starts, norm(0, 0.01).cdf).pvalue > 1e-3
