"""The update and the order of the stopping rules."""

import numpy as np
import pytest

from genphase.kernels.status import CONVERGED, DIVERGED, DIVERGENCE_NORM, RUNNING
from genphase.kernels.stopping import Rules, advance

X = np.array([1.0, -2.0, 2.0])
DIRECTION = np.array([0.3, 0.4, 0.0])
AFTER = np.linalg.norm(X - 0.1 * DIRECTION)


def step(x=X, direction=DIRECTION, alpha=0.1, change=0.0, gradient=0.0):
    """Return the status, the number of updates and where x is then."""
    x, before = x.copy(), direction.copy()
    status, made = advance(x, direction, Rules(alpha, 10, change, gradient))
    np.testing.assert_array_equal(direction, before)
    return status, made, x


def test_a_step_is_made_against_the_direction():
    status, made, x = step()
    assert (status, made) == (RUNNING, 1)
    np.testing.assert_allclose(x, X - 0.1 * DIRECTION, rtol=1e-15)


def test_a_short_direction_ends_the_run_where_it_is():
    status, made, x = step(gradient=0.5 * (1 + 1e-12))
    assert (status, made) == (CONVERGED, 0)
    np.testing.assert_array_equal(x, X)
    # Not by its largest entry, nor by the length of the step.
    status, made, _ = step(gradient=0.5 * (1 - 1e-12))
    assert (status, made) == (RUNNING, 1)


def test_a_small_change_ends_the_run_after_the_step():
    # It is compared with the norm after the step.
    status, made, x = step(change=0.05 / AFTER * (1 + 1e-12))
    assert (status, made) == (CONVERGED, 1)
    np.testing.assert_allclose(x, X - 0.1 * DIRECTION, rtol=1e-15)
    assert step(change=0.05 / AFTER * (1 - 1e-12))[:2] == (RUNNING, 1)
    assert abs(AFTER - 3) > 1e-3


@pytest.mark.parametrize("x", [X, np.zeros(3)])
def test_rules_of_zero_never_apply(x):
    assert step(x=x, direction=np.zeros(3))[:2] == (RUNNING, 1)


def test_the_gradient_rule_comes_first():
    assert step(gradient=1.0, change=1e9)[:2] == (CONVERGED, 0)


def test_divergence_is_a_norm_after_the_step_and_comes_before_the_change():
    for factor, status in ((1 - 1e-9, RUNNING), (1 + 1e-9, DIVERGED)):
        direction = np.array([-6.0, 8.0, 0.0]) * DIVERGENCE_NORM * factor
        assert step(x=np.zeros(3), direction=direction)[:2] == (status, 1)
    far = np.array([0.0, DIVERGENCE_NORM, 0.0])
    assert step(x=far, direction=DIRECTION, change=1.0)[:2] == (DIVERGED, 1)


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_what_is_no_number_is_divergence(bad):
    with np.errstate(invalid="ignore"):
        status, made, _ = step(direction=np.array([0.0, bad, 0.0]), change=1e-3, gradient=1e-3)
    assert (status, made) == (DIVERGED, 1)
