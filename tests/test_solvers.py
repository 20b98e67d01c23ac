from typing import get_args

import dense
import numpy as np
import pytest
from samples import make_parameters

from genphase.instances import draw_instance, draw_trial_start
from genphase.kernels.status import CONVERGED
from genphase.solvers import PLAIN, solve, solve_plainly
from genphase.sweep.catalogue import SolverName
from genphase.sweep.parameters import Solver


def settings(name, step=0.7, max_iter=1, **stop):
    return Solver.model_validate({"name": name, "step": step, "max_iter": max_iter, "stop": stop})


@pytest.fixture(scope="module")
def drawn():
    """An instance whose start has a larger objective than its mirror image."""
    parameters = make_parameters(k=2, network={"widths": (30, 30), "weights": "he", "slope": 0})
    for trial in range(20):
        instance, start = draw_instance(parameters, trial), draw_trial_start(parameters, trial)
        chain, b = instance.chain, instance.observation
        if dense.objective(chain, -start, b) < dense.objective(chain, start, b):
            return instance, start
    raise AssertionError("no start is worse than its mirror image")


def test_every_solver_has_a_kernel():
    assert set(PLAIN) == set(get_args(SolverName))


def test_first_steps(drawn):
    # What tells the three solvers apart shows in the first step.
    instance, start = drawn
    chain, b = instance.chain, instance.observation

    def gradient(x):
        return dense.jacobian(chain, x).T @ (dense.measured(chain, x) - b)

    linear = dense.linear(chain).T @ (dense.measured(chain, start) - b)
    steps = {
        "plugin": start - 0.01 * linear,
        "gradient_descent": start - 0.01 * gradient(start),
        "subgradient": -start - 0.01 * gradient(-start),
    }
    for name, expected in steps.items():
        run = solve(instance, start, settings(name, 0.01))
        np.testing.assert_allclose(run.latent, expected, rtol=1e-12, err_msg=name)
        assert run.negations == (name == "subgradient")


@pytest.mark.parametrize("name", PLAIN)
def test_settings_reach_the_kernel(drawn, name):
    instance, start = drawn
    free = solve(instance, start, settings(name, 0.05, 30))
    assert free.iterations == 30
    change = solve(instance, start, settings(name, 0.05, 30, relative_change=1e9))
    assert (change.status, change.iterations) == (CONVERGED, 1)
    length = solve(instance, start, settings(name, 0.05, 30, gradient_norm=1e9))
    assert (length.status, length.iterations) == (CONVERGED, 0)


@pytest.mark.parametrize("name", PLAIN)
def test_trace_ends_where_the_run_ends(drawn, name):
    instance, start = drawn
    trace = np.empty((6, 2))
    solve_plainly(instance, start, settings(name, 0.05, 6), trace)
    run = solve(instance, start, settings(name, 0.05, 5))
    assert trace[5, 0] == pytest.approx(
        dense.objective(instance.chain, run.latent, instance.observation), rel=1e-10
    )


def test_solvers_agree_on_an_easy_instance():
    # Easy for every draw: wide layers, many measurements, and a start on the side of the target,
    # for descent without negations also settles near the mirror image of the target.
    network = {"widths": (200, 200), "weights": "he", "slope": 0}
    parameters = make_parameters(k=2, network=network, m=200)
    instance, start = draw_instance(parameters, 1), draw_trial_start(parameters, 1)
    start *= np.sign(start @ instance.target)
    for name in PLAIN:
        run = solve(instance, start, settings(name, 0.3, 3000, relative_change=1e-12))
        assert run.status == CONVERGED
        np.testing.assert_allclose(run.latent, instance.target, rtol=1e-7, err_msg=name)
