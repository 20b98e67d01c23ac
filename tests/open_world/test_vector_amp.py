"""The example of a whole algorithm: what it believes, what it recovers, and what it refuses."""

import numpy as np
import pytest
from small import EXAMPLES, cells

from genphase.cells.trial import run_trial
from genphase.things import SOLVERS

FOLDER = EXAMPLES / "vector_amp"
OWN = {"use": "vector_amp.py", "max_iter": 1000}


def own(**changes):
    return cells(FOLDER, solvers=[OWN], **changes)


@pytest.fixture
def parts():
    (cell,) = own()
    return SOLVERS.find("vector_amp", cell.parameters.solver.use).function.__globals__


def recovered(solver, weights, trials=10):
    (cell,) = cells(
        FOLDER,
        axes={"k": [26], "m": [30]},
        network={"widths": [75, 60], "weights": weights},
        target="unit_signal",
        solvers=[solver],
    )
    records = [run_trial(cell.parameters, trial).record for trial in range(trials)]
    return sum(record.latent_error < 1e-4 for record in records)


def test_it_recovers_codes_behind_orthogonal_weights_where_built_in_messages_do_not():
    assert recovered(OWN, "orthogonal") >= 7
    assert recovered({"name": "ml_amp", "max_iter": 1000}, "orthogonal") <= 4


def test_the_belief_of_a_relu_is_that_of_its_posterior(parts):
    rng = np.random.default_rng(5)
    Message = parts["Message"]
    for V, q, w in ((1.0, 2.0, 0.0), (0.3, 5.0, -3.0), (4.0, 0.01, 1.0), (1e-2, 1e-2, -1.0)):
        B = 3 * rng.standard_normal()
        z, h = parts["_relu"](Message(1 / V, np.full(1, w / V)), Message(q, np.full(1, B)))
        grid = np.linspace(w - 12 * V**0.5, w + 12 * V**0.5, 400_001)
        # The largest of these comes where w is far below 0: there the grid has to reach.
        grid = np.union1d(grid, np.linspace(-1, 8, 400_001))
        out = np.maximum(grid, 0)
        log = -((grid - w) ** 2) / (2 * V) + B * out - q * out**2 / 2
        mass = np.exp(log - log.max())
        mass /= np.trapezoid(mass, grid)
        for belief, value in ((z, grid), (h, out)):
            mean = np.trapezoid(mass * value, grid)
            variance = np.trapezoid(mass * (value - mean) ** 2, grid)
            assert belief.mean[0] == pytest.approx(mean, rel=1e-5, abs=1e-9)
            assert belief.variance == pytest.approx(variance, rel=1e-4, abs=1e-9)


def test_beliefs_far_from_a_kink_are_finite_and_positive(parts):
    w = np.array([-1e6, -60.0, -49.0, 0.0, 60.0, 1e6])
    for part in (1.0, 1e-8):
        message = parts["Message"](1 / part, w / part)
        for belief in parts["_relu"](message, parts["Message"](0.1, np.zeros(6))):
            assert np.all(np.isfinite(belief.mean))
            assert belief.variance > 0


@pytest.mark.parametrize("shape", [(7, 4), (4, 7)])
def test_the_belief_of_a_matrix_is_that_of_gaussians(parts, shape):
    rng = np.random.default_rng(6)
    W = rng.standard_normal(shape)
    below = parts["Message"](0.7, rng.standard_normal(shape[1]))
    above = parts["Message"](2.5, rng.standard_normal(shape[0]))
    h, z = parts["_linear"](np.linalg.svd(W, full_matrices=False), below, above)
    covariance = np.linalg.inv(0.7 * np.eye(shape[1]) + 2.5 * W.T @ W)
    mean = covariance @ (below.field + W.T @ above.field)
    np.testing.assert_allclose(h.mean, mean)
    np.testing.assert_allclose(z.mean, W @ mean)
    assert h.variance == pytest.approx(np.trace(covariance) / shape[1])
    assert z.variance == pytest.approx(np.trace(W @ covariance @ W.T) / shape[0])


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"noise": 0.1}, "without noise"),
        ({"network": {"widths": [60, 50], "activation": "leaky_relu:0.2"}}, "for relu layers"),
        ({"solvers": [{**OWN, "damping": 1.0}]}, "choose 0 <= damping < 1"),
    ],
)
def test_what_the_messages_are_not_made_for_is_refused(changes, told):
    (cell,) = cells(FOLDER, **{"solvers": [OWN], **changes})
    with pytest.raises(Exception, match=told):
        run_trial(cell.parameters, 0)


def test_the_cap_is_of_messages_and_updates_together():
    changes = {"axes": {"k": [29], "m": [30]}, "network": {"widths": [75, 60]}}
    for cap in (7, 55):
        (cell,) = cells(FOLDER, solvers=[{**OWN, "max_iter": cap}], **changes)
        record = run_trial(cell.parameters, 0).record
        assert (record.status, record.iterations) == ("capped", cap)
