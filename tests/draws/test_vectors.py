import math

import dense
import numpy as np
import pytest
from scipy.stats import kstest, norm

from genphase.draws.gaussian import orthonormal_rows, uniform_on_sphere
from genphase.things import NOISES, STARTS, TARGETS


def rng(seed=0):
    return np.random.default_rng(seed)


def draw_target(source, law, k, generate):
    given = {"generate": generate} if TARGETS[law].asks_for else {}
    return TARGETS[law].function(source, k, **given)


def draw_noise(source, law, level, clean, **known):
    return NOISES[law].function(source, clean, level=level, **known)


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


@pytest.mark.parametrize("level", [0.0, 1e-8, 2.5])
def test_aligned_noise_is_in_the_range_and_has_the_norm_asked_for(level):
    jacobian = rng(9).standard_normal((30, 4))
    noise = draw_noise(rng(10), "aligned", level, np.ones(30), jacobian=jacobian)
    assert np.linalg.norm(noise) == pytest.approx(level, rel=1e-14, abs=0)
    explained = jacobian @ np.linalg.lstsq(jacobian, noise)[0]
    np.testing.assert_allclose(explained, noise, rtol=0, atol=1e-14 * level)


def test_aligned_noise_is_uniform_however_skew_the_columns_are():
    # Three directions of lengths 1, 100 and 1, two of them nearly parallel.
    basis = np.linalg.qr(rng(11).standard_normal((12, 3)))[0]
    jacobian = basis @ np.array([[1, 100, 1], [0, 0.1, 0], [0, 0, 1e-3]])
    source = rng(12)
    points = [
        draw_noise(source, "aligned", 1.0, np.ones(12), jacobian=jacobian) for _ in range(500)
    ]
    for coordinate in (np.array(points) @ basis).T:
        assert kstest(coordinate, "uniform", args=(-1, 2)).pvalue > 1e-3


@pytest.mark.parametrize("shape", [(6, 9), (6, 6), (9, 6), (3, 1), (1, 3)])
def test_aligned_noise_of_any_shape(shape):
    jacobian = rng(13).standard_normal(shape)
    noise = draw_noise(rng(), "aligned", 0.5, np.ones(shape[0]), jacobian=jacobian)
    assert np.linalg.norm(noise) == pytest.approx(0.5)


def test_where_nothing_moves_there_is_no_aligned_noise():
    assert not draw_noise(rng(), "aligned", 0.5, np.ones(9), jacobian=np.zeros((9, 2))).any()


@pytest.mark.parametrize(("rows", "size", "rank"), [(5, 8, 5), (8, 5, 5), (6, 8, 3), (3, 4, 0)])
def test_orthonormal_rows(rows, size, rank):
    source = rng(14)
    vectors = source.standard_normal((rows, rank)) @ source.standard_normal((rank, size))
    basis = orthonormal_rows(vectors)
    assert basis.shape == (rank, size)
    np.testing.assert_allclose(basis @ basis.T, np.eye(rank), rtol=0, atol=1e-14)
    np.testing.assert_allclose(vectors @ basis.T @ basis, vectors, rtol=0, atol=1e-13)


def test_start_is_gaussian_of_the_scale_asked_for():
    source = rng(5)
    starts = np.concatenate([draw_start(source, 0.01, 5) for _ in range(400)])
    assert kstest(starts, norm(0, 0.01).cdf).pvalue > 1e-3
