"""The landscape in expectation, against drawn networks, identities and values of the paper."""

import numpy as np
import pytest

from genphase.theory.landscape import (
    angle_map,
    angles,
    expected_gradient,
    expected_objective,
    near_stationary,
    rho,
    stationary_balls,
    xi_zeta,
)

ANGLES = np.linspace(0, np.pi, 41)


def wide(rng, k=3, widths=(4000, 4000), variance=1.0):
    """Return the weights of a wide network."""
    sizes = [k, *widths]
    return [
        rng.normal(0, np.sqrt(variance / n), (n, before))
        for before, n in zip(sizes, widths, strict=False)
    ]


def forward(weights, x):
    for matrix in weights:
        x = np.maximum(matrix @ x, 0)
    return x


def gradient(weights, x, target):
    """Return ∇f(x) = Λ_xᵀ(G(x) - y*), layer by layer."""
    path = [x]
    for matrix in weights:
        path.append(np.maximum(matrix @ path[-1], 0))
    back = path[-1] - forward(weights, target)
    for matrix, out in zip(weights[::-1], path[:0:-1], strict=True):
        back = matrix.T @ (back * (out > 0))
    return back


class TestAngles:
    def test_the_map_fixes_0_takes_pi_to_its_half_and_shrinks_in_between(self):
        assert angle_map(0.0) == 0
        np.testing.assert_allclose(angle_map(np.pi), np.pi / 2)
        inner = ANGLES[1:]
        assert np.all(angle_map(inner) < inner)
        assert np.all(np.diff(angle_map(ANGLES)) > 0)

    def test_bounds_of_the_angles_from_pi(self):
        """GG (37) and (38): π/(i+1) ≤ θ_i ≤ 3π/(i+3)."""
        found = angles(np.pi, 50)
        i = np.arange(51)
        assert np.all(found >= np.pi / (i + 1) - 1e-12)
        assert np.all(found <= 3 * np.pi / (i + 3) + 1e-12)

    def test_a_wide_layer_does_it(self):
        rng = np.random.default_rng(0)
        (matrix,) = wide(rng, k=5, widths=(200_000,))
        for theta in (0.3, 1.2, 2.5):
            x, y = np.eye(5)[0], np.cos(theta) * np.eye(5)[0] + np.sin(theta) * np.eye(5)[1]
            u, v = np.maximum(matrix @ x, 0), np.maximum(matrix @ y, 0)
            cosine = u @ v / np.linalg.norm(u) / np.linalg.norm(v)
            assert np.arccos(cosine) == pytest.approx(float(angle_map(theta)), abs=0.01)


class TestWeights:
    @pytest.mark.parametrize("depth", [1, 2, 3, 7])
    def test_they_give_the_cosine_of_the_last_angle(self, depth):
        xi, zeta = xi_zeta(ANGLES, depth)
        cosine = np.cos(angles(ANGLES, depth)[-1])
        np.testing.assert_allclose(xi * np.cos(ANGLES) + zeta, cosine, atol=1e-12)

    def test_rho_has_its_values_rises_and_follows_its_recursion(self):
        values = [rho(depth) for depth in range(1, 30)]
        np.testing.assert_allclose(values[:3], [0, 0.318310, 0.493731], atol=1e-6)
        assert np.all(np.diff(values) > 0)
        assert values[-1] < 1
        for depth in range(1, 10):
            last = angles(np.pi, depth)[-1]
            step = (1 - last / np.pi) * rho(depth) + np.sin(last) / np.pi
            assert rho(depth + 1) == pytest.approx(float(step))

    def test_a_network_without_layers_is_refused(self):
        with pytest.raises(ValueError, match="1 layer or more, not 0"):
            rho(0)


class TestObjective:
    @pytest.mark.parametrize("variance", [1.0, 2.0])
    def test_it_is_that_of_a_wide_network(self, variance):
        rng = np.random.default_rng(1)
        weights = wide(rng, variance=variance)
        truth = rng.standard_normal(3)
        points = rng.standard_normal((6, 3)) * rng.uniform(0.3, 2, (6, 1))
        target = forward(weights, truth)
        found = [np.sum((forward(weights, x) - target) ** 2) / 2 for x in points]
        np.testing.assert_allclose(expected_objective(points, truth, 2, variance), found, rtol=0.1)

    def test_its_slope_is_the_field(self):
        rng = np.random.default_rng(2)
        truth, points = rng.standard_normal(4), rng.standard_normal((5, 4))
        step = 1e-6
        for depth in (1, 2, 4):
            field = expected_gradient(points, truth, depth, 2.0)
            for i in range(4):
                ahead, behind = points.copy(), points.copy()
                ahead[:, i] += step
                behind[:, i] -= step
                rise = expected_objective(ahead, truth, depth, 2.0)
                rise -= expected_objective(behind, truth, depth, 2.0)
                np.testing.assert_allclose(rise / (2 * step), field[:, i], atol=1e-7)


class TestGradient:
    def test_that_of_a_wide_network_comes_nearer_with_the_width(self):
        """As 1/√width: a network 16 times as wide is 4 times as near, on average."""
        truth = np.array([1.0, 0, 0])
        points = np.random.default_rng(3).standard_normal((20, 3))
        apart = []
        for width in (250, 4000):
            rng = np.random.default_rng(4)
            weights = [wide(rng, widths=(width, width)) for _ in range(3)]
            off = [
                np.linalg.norm(gradient(w, x, truth) - expected_gradient(x, truth, 2))
                for w in weights
                for x in points
            ]
            apart.append(np.mean(off))
        assert 2.5 < apart[0] / apart[1] < 6.5

    @pytest.mark.parametrize("depth", [2, 3, 5])
    def test_it_vanishes_at_the_truth_and_at_minus_rho_times_it_only(self, depth):
        truth = np.array([0.0, 2.0])
        for point in (truth, -rho(depth) * truth):
            np.testing.assert_allclose(expected_gradient(point, truth, depth), 0, atol=1e-12)
        around = np.random.default_rng(5).uniform(-4, 4, (4000, 2))
        far = np.min(
            [np.linalg.norm(around - p, axis=1) for p in (truth, -rho(depth) * truth)], axis=0
        )
        field = np.linalg.norm(expected_gradient(around, truth, depth, 2.0), axis=1)
        assert np.all(field[far > 0.3] > 0.005)

    def test_at_0_it_has_no_value(self):
        assert np.isnan(expected_gradient(np.zeros(3), np.ones(3), 2)).all()

    def test_small_angles_are_exact(self):
        truth = np.array([1.0, 0.0])
        near = np.array([1.0, 1e-9])
        field = expected_gradient(near, truth, 3, 2.0)
        assert abs(field[1]) < 2e-9
        assert abs(field[0]) < 1e-15


class TestStationary:
    def test_it_holds_near_the_two_points_and_nowhere_else(self):
        truth = np.array([0.0, 1.0])
        grid = np.stack(np.meshgrid(*[np.linspace(-1.5, 1.5, 301)] * 2), axis=-1)
        found = near_stationary(grid, truth, 3, 0.02)
        assert near_stationary(truth, truth, 3, 0.02)
        apart = [np.linalg.norm(grid - p, axis=-1) for p in (truth, -rho(3) * truth)]
        assert found[apart[0] < 0.01].all()
        assert not found[np.min(apart, axis=0) > 0.3].any()
        assert not near_stationary(np.zeros(2), truth, 3, 0.02)

    def test_the_balls_of_the_paper_hold_it_where_they_say_so(self):
        rng = np.random.default_rng(6)
        truth = np.array([1.0, 0.0, 0.0])
        epsilon = 3e-7
        balls = stationary_balls(2, epsilon)
        assert balls.holds
        assert not stationary_balls(2, 1e-3).holds
        points = truth + rng.standard_normal((20_000, 3)) * 10 ** rng.uniform(-8, 0, (20_000, 1))
        inside = near_stationary(points, truth, 2, epsilon)
        assert inside.any()
        distance = np.linalg.norm(points - truth, axis=1)
        assert np.all(distance[inside] <= balls.near_truth)


def test_the_expected_objective_at_zero_is_that_of_no_signal():
    truth = np.array([3.0, 4.0])
    for depth in (1, 3):
        assert expected_objective(np.zeros(2), truth, depth) == pytest.approx(25 / 2 / 2**depth)
        near = expected_objective(1e-9 * truth[::-1], truth, depth)
        assert near == pytest.approx(25 / 2 / 2**depth)
