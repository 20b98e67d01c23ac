import numpy as np
import pytest

from genphase.kernels.tiles import LANES, padded_rows, products_of_rows


@pytest.fixture
def rng():
    return np.random.default_rng(3)


@pytest.mark.parametrize("p", [1, 2, 5, 6, 7, 13])
@pytest.mark.parametrize("q", [1, 2, 3, 6, 9])
@pytest.mark.parametrize("n", [0, 1, 7, 8, 50])
def test_they_are_the_products_for_any_numbers_of_rows(p, q, n, rng):
    left, right = rng.standard_normal((p, n)), rng.standard_normal((q, n))
    out = np.full((p + 1, q + 2), 7.7)
    products_of_rows(left, right, False, out)
    np.testing.assert_allclose(out[:p, :q], left @ right.T, rtol=1e-13, atol=1e-13)
    assert (out[p:] == 7.7).all()
    assert (out[:, q:] == 7.7).all()


@pytest.mark.parametrize("k", [1, 5, 6, 7, 13, 20])
def test_with_itself_the_lower_triangle_is_enough_and_has_the_same_bits(k, rng):
    rows = rng.standard_normal((k, 30))
    whole, lower = np.full((2, k, k), np.nan)
    products_of_rows(rows, rows, False, whole)
    products_of_rows(rows, rows, True, lower)
    np.testing.assert_array_equal(whole, whole.T)
    np.testing.assert_array_equal(np.tril(whole), np.tril(lower))


def test_no_bit_depends_on_where_arrays_lie(rng):
    # Neighbours in one buffer, from close to far apart and at all offsets from a line of a cache.
    left, right = rng.standard_normal((2, 9, 45))
    found = []
    for gap in (0, 1, 2, 3, 5, 8, 13, 64, 1001):
        buffer = np.empty(2 * 9 * 45 + 81 + 3 * gap)
        at = gap
        places = []
        for shape in ((9, 45), (9, 9), (9, 45)):
            size = shape[0] * shape[1]
            places.append(buffer[at : at + size].reshape(shape))
            at += size + gap
        places[0][:], places[2][:] = left, right
        products_of_rows(places[0], places[2], False, places[1])
        found.append(places[1].copy())
    for other in found[1:]:
        np.testing.assert_array_equal(other, found[0])


def test_zeros_reach_from_the_entries_to_a_multiple_of_the_lanes():
    for length in range(20):
        rows = padded_rows(3, length)
        assert rows.shape[0] == 3
        assert rows.shape[1] % LANES == 0
        assert 0 <= rows.shape[1] - length < LANES
        assert not rows[:, length:].any()
