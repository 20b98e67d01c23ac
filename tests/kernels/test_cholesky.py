import numpy as np
import pytest

from genphase.kernels.cholesky import factorise, substitute


def definite(rng, k, condition):
    """Return a random symmetric matrix with eigenvalues from 1 to `condition`."""
    basis, _ = np.linalg.qr(rng.standard_normal((k, k)))
    return basis @ np.diag(np.geomspace(1, condition, k)) @ basis.T


@pytest.mark.parametrize("k", [1, 2, 3, 7, 32, 150])
@pytest.mark.parametrize("shift", [0.0, 0.5])
def test_the_factor_and_the_solution_are_those_of_lapack(k, shift):
    rng = np.random.default_rng(k)
    H, b = definite(rng, k, 1e3), rng.standard_normal(k)
    factor, x = np.full((k, k), np.nan), np.full(k, np.nan)
    # What is above the diagonal is never read.
    assert factorise(np.tril(H) + np.triu(np.full((k, k), np.nan), 1), shift, factor)
    shifted = H + shift * np.eye(k)
    np.testing.assert_allclose(np.tril(factor), np.linalg.cholesky(shifted), rtol=0, atol=1e-12)
    substitute(factor, b, x)
    expected = np.linalg.solve(shifted, b)
    np.testing.assert_allclose(x, expected, rtol=0, atol=1e-10 * np.abs(expected).max())


def test_the_solution_leaves_a_small_residual_whatever_the_condition():
    # Backward stability, which a wrong order of elimination would not have.
    rng = np.random.default_rng(4)
    for condition in (1e6, 1e10, 1e13):
        H, b = definite(rng, 40, condition), rng.standard_normal(40)
        factor, x = np.empty((40, 40)), np.empty(40)
        assert factorise(H, 0.0, factor)
        substitute(factor, b, x)
        size = np.linalg.norm(H) * np.linalg.norm(x) + np.linalg.norm(b)
        assert np.linalg.norm(H @ x - b) < 1e-13 * size


@pytest.mark.parametrize(
    "H",
    [
        np.zeros((2, 2)),
        np.array([[1.0, 0.0], [2.0, 1.0]]),
        np.diag([1.0, -1e-9, 1.0]),
        np.array([[np.nan]]),
        np.array([[1.0, 0.0], [np.nan, 1.0]]),
    ],
    ids=["zero", "indefinite", "negative", "no number", "no number beside"],
)
def test_what_is_not_definite_has_no_factor(H):
    assert not factorise(H, 0.0, np.empty(H.shape))


def test_a_shift_makes_an_indefinite_matrix_definite():
    H = np.array([[1.0, 2.0], [2.0, 1.0]])
    assert not factorise(H, 0.99, np.empty((2, 2)))
    assert factorise(H, 1.01, np.empty((2, 2)))


def test_nothing_but_the_results_is_modified():
    rng = np.random.default_rng(9)
    H, b = definite(rng, 6, 10), rng.standard_normal(6)
    copies = H.copy(), b.copy()
    factor, x = np.empty((6, 6)), np.empty(6)
    factorise(H, 0.1, factor)
    lower = factor.copy()
    substitute(factor, b, x)
    np.testing.assert_array_equal(H, copies[0])
    np.testing.assert_array_equal(b, copies[1])
    np.testing.assert_array_equal(np.tril(factor), np.tril(lower))
