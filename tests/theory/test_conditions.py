"""What conditions compare: expected overlaps, linear maps, pieces of the circle."""

import numpy as np
import pytest

from genphase.theory.conditions import (
    circle_pieces,
    expected_overlap,
    layers_at,
    linear_maps,
    orthonormal,
)

RNG = np.random.default_rng(5)


def drawn(*widths):
    return [RNG.standard_normal((b, a)) / np.sqrt(b) for a, b in zip(widths, widths[1:])]  # noqa: B905


@pytest.mark.parametrize("angle", [0.0, 0.4, 2.0, np.pi])
def test_the_expected_overlap_is_the_mean_over_drawn_layers(angle):
    r, across = np.eye(3)[0], np.eye(3)[1]
    s = np.cos(angle) * r + np.sin(angle) * across
    rows = RNG.standard_normal((400_000, 3))
    both = (rows @ r > 0) & (rows @ s > 0)
    mean = rows[both].T @ rows[both] / len(rows)
    np.testing.assert_allclose(expected_overlap(r, s).dense(), mean, atol=6e-3)


def test_it_maps_one_direction_to_the_other():
    """Of Q, what is not a multiple of I swaps the directions: M r̂ = ŝ."""
    r, s, v = RNG.standard_normal((3, 4))
    found = expected_overlap(r, s)
    swap = found.basis @ found.core @ found.basis.T
    theta = np.arccos(r @ s / np.linalg.norm(r) / np.linalg.norm(s))
    r, s = r / np.linalg.norm(r), s / np.linalg.norm(s)
    np.testing.assert_allclose(swap @ r, np.sin(theta) / (2 * np.pi) * s, atol=1e-14)
    np.testing.assert_allclose(found.times(v), found.dense() @ v)
    np.testing.assert_allclose(expected_overlap(r, r).dense(), np.eye(4) / 2)


def test_linear_maps_are_the_network_near_a_point():
    weights, x = drawn(3, 7, 5), RNG.standard_normal(3)
    for linear, output in zip(linear_maps(weights, x), layers_at(weights, x), strict=True):
        np.testing.assert_allclose(linear @ x, output, atol=1e-14)
    near = x + 1e-9 * RNG.standard_normal(3)
    np.testing.assert_allclose(linear @ near, layers_at(weights, near)[-1], atol=1e-14)


def test_a_basis_spans_the_range_and_no_more():
    matrix = np.outer([1.0, 2, 3], [1.0, 1]) + 0
    basis = orthonormal(matrix)
    assert basis.shape == (3, 1)
    np.testing.assert_allclose(basis @ (basis.T @ matrix), matrix)
    assert orthonormal(np.zeros((4, 2))).shape == (4, 0)


def test_the_pieces_of_a_circle_are_those_that_a_fine_grid_meets():
    weights = drawn(2, 9, 8, 7)
    kinks = circle_pieces(weights)
    angles = np.linspace(0, 2 * np.pi, 200_001)[:-1]
    outputs = layers_at(weights, np.column_stack([np.cos(angles), np.sin(angles)]))[1:]
    patterns = np.column_stack([np.packbits(output > 0, axis=1) for output in outputs])
    changes = np.any(patterns != np.roll(patterns, 1, axis=0), axis=1)
    assert changes.sum() == len(kinks)
    np.testing.assert_allclose(np.sort(angles[changes]), np.sort(kinks), atol=4e-5)


def test_one_layer_has_two_kinks_for_each_unit():
    assert len(circle_pieces(drawn(2, 13))) == 26
