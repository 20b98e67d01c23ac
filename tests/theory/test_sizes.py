import numpy as np
import pytest

from genphase.figures.maps import cell_edges
from genphase.theory.sizes import between, ends, refined


@pytest.mark.parametrize("values", [[10, 20, 40, 50], [7], [1, 100, 10_000]])
@pytest.mark.parametrize("scale", ["linear", "log"])
def test_ends_are_those_of_a_portrait(values, scale):
    edges = cell_edges(values, scale)
    np.testing.assert_allclose(ends(values, scale), (edges[0], edges[-1]), rtol=1e-12)


def test_between_is_straight_and_goes_on():
    places, wanted = np.array([1.0, 2.0, 4.0]), np.array([0.5, 1.0, 3.0, 5.0])
    values = np.array([[10.0, 1], [20, 1], [60, 1]])
    found = between(values, places, wanted, "linear")
    np.testing.assert_allclose(found, [[5, 1], [10, 1], [40, 1], [80, 1]])


def test_between_on_a_log_scale_is_straight_in_logarithms():
    places = np.log([1.0, 100.0])
    found = between(np.array([3.0, 300.0]), places, np.log([10.0]), "log")
    np.testing.assert_allclose(found, [30])
    # Not where a value has no logarithm.
    found = between(np.array([0.0, 2.0]), places, np.log([10.0]), "log")
    np.testing.assert_allclose(found, [1])


def test_a_gap_spoils_only_what_is_beside_it():
    places = np.arange(3.0)
    found = between(np.array([1.0, 2.0, np.nan]), places, np.array([0, 0.5, 1, 1.5]), "linear")
    np.testing.assert_array_equal(found, [1, 1.5, 2, np.nan])


def test_refined():
    np.testing.assert_allclose(refined(np.array([1.0, 2, 4]), 2), [1, 1.5, 2, 3, 4])
    np.testing.assert_allclose(refined(np.array([3.0]), 4), [3])
