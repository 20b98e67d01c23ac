import dense
import numpy as np
import pytest
from known import FITS, PROBLEMS, SOLVERS, SPIKED, STEPLESS, solvers_for
from samples import make_parameters, make_solver, make_sweep, solve, solve_plainly

from genphase.draws.chain import Chain
from genphase.draws.instance import draw_instance, draw_trial_start
from genphase.draws.spikes import Spike
from genphase.errors import SweepError
from genphase.kernels.status import CONVERGED, DIVERGED


def settings(name, step=0.7, max_iter=1, **stop):
    return make_solver(name=name, step=step, max_iter=max_iter, stop=stop)


# The solvers of one latent code that have a step size; test_restarts.py has the other.
NAMES = tuple(name for name in solvers_for("inversion") if name not in STEPLESS)
# Where kernels are not compiled, NumPy warns of a run that diverges.
DIVERGES = pytest.mark.filterwarnings("ignore:(overflow|invalid value):RuntimeWarning")
NETWORK = {"widths": (30, 30), "weights": "he", "slope": 0}


@pytest.fixture(scope="module")
def drawn():
    """An instance whose start has a larger objective than its mirror image."""
    parameters = make_parameters(k=2, network=NETWORK)
    for trial in range(20):
        instance, start = draw_instance(parameters, trial), draw_trial_start(parameters, trial)
        chain, b = instance.chain, instance.observation
        if dense.objective(chain, -start, b) < dense.objective(chain, start, b):
            return instance, start
    raise AssertionError("no start is worse than its mirror image")


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


@pytest.mark.parametrize("name", NAMES)
def test_settings_reach_the_kernel(drawn, name):
    instance, start = drawn
    free = solve(instance, start, settings(name, 0.05, 30))
    assert free.iterations == 30
    change = solve(instance, start, settings(name, 0.05, 30, relative_change=1e9))
    assert (change.status, change.iterations) == (CONVERGED, 1)
    length = solve(instance, start, settings(name, 0.05, 30, gradient_norm=1e9))
    assert (length.status, length.iterations) == (CONVERGED, 0)


@pytest.mark.parametrize("name", NAMES)
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
    for name in NAMES:
        run = solve(instance, start, settings(name, 0.3, 3000, relative_change=1e-12))
        assert run.status == CONVERGED
        np.testing.assert_allclose(run.latent, instance.target, rtol=1e-7, err_msg=name)


def hidden(problem, trial=0, level=0.3, m=30, **changes):
    """Return the instance of a spiked matrix and its start."""
    parameters = make_parameters(
        problem=problem,
        k=3,
        network={**NETWORK, **changes},
        m=m,
        measurements="identity",
        noise={"law": "matrix", "level": level},
    )
    return draw_instance(parameters, trial), draw_trial_start(parameters, trial)


def objective(instance, x):
    return dense.objective(instance.chain, x, instance.observation, instance.form)


@pytest.mark.parametrize("slope", [0, 0.2])
@pytest.mark.parametrize(
    ("problem", "m"),
    [("spiked_wigner", 30), *(("spiked_wishart", samples) for samples in (8, 30, 70))],
)
def test_stationarity_is_that_of_the_dense_objective(problem, slope, m):
    instance, start = hidden(problem, slope=slope, m=m)
    for x in (start, instance.target):
        value, length = instance.stationarity(x)
        assert value == pytest.approx(objective(instance, x), rel=1e-9)
        gradient = dense.direction(instance.chain, x, instance.observation, instance.form)
        assert length == pytest.approx(np.linalg.norm(gradient), rel=1e-9)


def test_stationarity_is_that_of_phaseless_measurements():
    parameters = make_parameters(problem="phase_retrieval", noise={"law": "sphere", "level": 0.2})
    instance, start = draw_instance(parameters, 0), draw_trial_start(parameters, 0)
    chain, b = instance.chain, instance.observation
    value, length = instance.stationarity(start)
    signed = dense.matrices(chain)[-1] @ dense.signal(chain, start)
    assert value == pytest.approx(0.5 * np.sum((np.abs(signed) - b) ** 2), rel=1e-12)
    expected = dense.direction(chain, start, b, instance.form)
    assert length == pytest.approx(np.linalg.norm(expected), rel=1e-12)


def product(trial=0, **changes):
    """Return the instance of a product of two signals and its start."""
    parameters = make_parameters(
        problem="blind_demodulation",
        k=2,
        network={"widths": (15, 40), "weights": "truncated", "slope": 0, **changes},
        m=40,
        measurements="identity",
        noise={"law": "relative", "level": 0.1},
        solver={"name": "alternating", "step": 1, "max_iter": 1, "stop": {}},
    )
    return draw_instance(parameters, trial), draw_trial_start(parameters, trial)


def gradients_of_product(instance, x):
    """Return the objective at x and the gradients in h and z."""
    h, z = np.split(x, 2)
    one, two = dense.signal(instance.chain, h), dense.signal(instance.second, z)
    difference = one * two - instance.observation
    return 0.5 * difference @ difference, [
        dense.jacobian(instance.chain, h).T @ (two * difference),
        dense.jacobian(instance.second, z).T @ (one * difference),
    ]


@pytest.mark.parametrize("slope", [0, 0.2])
def test_stationarity_of_a_product_is_that_of_the_dense_objective(slope):
    for trial in range(3):
        instance, start = product(trial, slope=slope)
        for x in (start, instance.target):
            value, length = instance.stationarity(x)
            expected, gradients = gradients_of_product(instance, x)
            assert value == pytest.approx(expected, rel=1e-10)
            assert length == pytest.approx(np.linalg.norm(gradients), rel=1e-10)


def test_alternating_takes_its_first_step_and_settings_reach_the_kernel():
    instance, start = product()
    h, z = np.split(start, 2)
    pairs = [np.concatenate([p * h, q * z]) for q in (1, -1) for p in (1, -1)]
    values = [gradients_of_product(instance, x)[0] for x in pairs]
    x = pairs[int(np.argmin(values))]
    c = np.sqrt(np.linalg.norm(x[2:]) / np.linalg.norm(x[:2]))
    x = np.concatenate([c * x[:2], x[2:] / c])
    x[:2] -= 3.0 * gradients_of_product(instance, x)[1][0]
    x[2:] -= 3.0 * gradients_of_product(instance, x)[1][1]
    c = np.sqrt(np.linalg.norm(x[2:]) / np.linalg.norm(x[:2]))
    for run in (solve, solve_plainly):
        found = run(instance, start, settings("alternating", 3.0))
        np.testing.assert_allclose(found.latent, [*(c * x[:2]), *(x[2:] / c)], rtol=1e-11)
        assert found.negations == (np.argmin(values) > 0)
        assert run(instance, start, settings("alternating", 3.0, 30)).iterations == 30
        for rule in ("relative_change", "gradient_norm"):
            early = run(instance, start, settings("alternating", 3.0, 30, **{rule: 1e9}))
            assert (early.status, early.iterations) == (CONVERGED, 1)


def test_phase_retrieval_takes_its_first_steps_by_the_signs_of_the_measurements():
    parameters = make_parameters(problem="phase_retrieval", k=2, network=NETWORK, m=25)
    instance, start = draw_instance(parameters, 3), draw_trial_start(parameters, 3)
    chain, b = instance.chain, instance.observation
    better = -start if objective(instance, -start) < objective(instance, start) else start
    for name, x in (("gradient_descent", start), ("subgradient", better)):
        network, A = chain.network(), dense.matrices(chain)[-1]
        signed = A @ dense.signal(chain, x)
        back = (np.sign(signed)[:, None] * A) @ dense.jacobian(network, x)
        expected = x - 0.01 * back.T @ (np.abs(signed) - b)
        for run in (solve, solve_plainly):
            found = run(instance, start, settings(name, 0.01))
            np.testing.assert_allclose(found.latent, expected, rtol=1e-11)
            assert found.negations == (x is not start)


@DIVERGES
@pytest.mark.parametrize("problem", SPIKED)
def test_of_two_starts_the_run_with_the_smaller_objective_is_kept(problem):
    kept = set()
    for trial in range(12):
        instance, start = hidden(problem, trial)
        rules = settings("subgradient", 0.1, 2000, gradient_norm=1e-9)
        descent = settings("gradient_descent", 0.1, 2000, gradient_norm=1e-9)
        runs = [solve(instance, sign * start, descent) for sign in (1, -1)]
        values = [objective(instance, run.latent) for run in runs]
        if values[0] == pytest.approx(values[1], rel=1e-6):
            # Both lead to the same point: rounding decides.
            continue
        other = bool(values[1] < values[0])
        for run in (solve, solve_plainly):
            found = run(instance, start, rules)
            assert found.negations == other
            assert (found.status, found.iterations) == runs[other][1:3]
            np.testing.assert_allclose(found.latent, runs[other].latent, rtol=1e-7)
        assert all(run.negations == 0 for run in runs)
        kept.add(other)
    assert kept == {False, True}


@DIVERGES
@pytest.mark.parametrize("problem", SPIKED)
def test_the_trace_of_a_spiked_matrix_is_that_of_the_kept_run(problem):
    kept = set()
    for trial in range(8):
        instance, start = hidden(problem, trial)
        trace, alone = np.full((30, 2), -1.0), np.full((30, 2), -1.0)
        run = solve_plainly(instance, start, settings("subgradient", 0.1, 20), trace)
        sign = -1 if run.negations else 1
        solve_plainly(instance, sign * start, settings("gradient_descent", 0.1, 20), alone)
        np.testing.assert_array_equal(trace[:20], alone[:20])
        # The constant is in it.
        assert trace[0, 0] == pytest.approx(objective(instance, start * sign), rel=1e-9)
        kept.add(sign)
    assert kept == {1, -1}


def test_a_start_that_diverges_loses_against_one_that_does_not():
    # f = (x² - 1)²/4 for x > 0, where the step is too long, and (x²/4 - 1)²/4 for x < 0.
    chain = Chain(np.ones(2, np.float32), np.ones(3, int), np.array([0.5, 1.0]), 1)
    instance = Spike(chain, np.ones(1), np.ones(1), np.empty(0), dense.WIGNER_FORM, constant=0.25)
    alone = solve(instance, np.array([2.5]), settings("gradient_descent", 0.9, 500))
    assert alone.status == DIVERGED
    for start, negations in ((2.5, 1), (-2.5, 0)):
        found = solve(instance, np.array([start]), settings("subgradient", 0.9, 500))
        assert found.negations == negations
        np.testing.assert_allclose(found.latent, [-2.0], rtol=1e-9)


@pytest.mark.parametrize("name", SOLVERS)
@pytest.mark.parametrize("problem", PROBLEMS)
def test_parameters_refuse_a_solver_that_does_not_fit(problem, name):
    spiked = problem in SPIKED
    changes = {
        "problem": problem,
        "noise": {"law": "matrix" if spiked else "sphere", "level": 0},
        "solver": {
            "name": name,
            **({} if name in STEPLESS else {"step": 1}),
            "max_iter": 1,
            "stop": {},
        },
    }
    if problem not in ("compressed_sensing", "phase_retrieval"):
        changes |= {"measurements": "identity", "m": 15}
    if problem in FITS[name]:
        assert make_parameters(**changes).solver.name == name
    else:
        with pytest.raises(ValueError, match=f"{name} does not fit {problem}"):
            make_parameters(**changes)


@pytest.mark.parametrize(
    ("problem", "name", "fitting"),
    [
        ("spiked_wigner", "plugin", "gradient_descent, negation_descent, subgradient"),
        (
            "inversion",
            "alternating",
            "gradient_descent, levenberg_marquardt, ml_amp, plugin, subgradient",
        ),
        ("blind_demodulation", "plugin", "alternating"),
        ("blind_demodulation", "subgradient", "alternating"),
        ("blind_demodulation", "gradient_descent", "alternating"),
    ],
)
def test_a_sweep_refuses_a_solver_that_does_not_fit_and_names_those_that_do(problem, name, fitting):
    with pytest.raises(SweepError) as error:
        make_sweep(problem=problem, solvers=[{"name": name, "step": 1}])
    assert f"'{name}' does not fit problem '{problem}'" in str(error.value)
    assert f"solvers that fit: {fitting}" in str(error.value)


@pytest.mark.parametrize("problem", SPIKED)
def test_negations_of_a_spiked_matrix_are_tested_before_each_step(problem):
    """Algorithm 1, written out: another sign is taken wherever its objective is smaller."""
    parameters = make_parameters(
        problem=problem,
        measurements="identity",
        network=NETWORK,
        m=30 if problem == "spiked_wigner" else 12,
        noise={"law": "matrix", "level": 0.1},
        start=0.3,
        solver={"name": "negation_descent", "step": 0.1, "max_iter": 40, "stop": {}},
    )
    negations = 0
    for trial in range(20):
        instance, start = draw_instance(parameters, trial), draw_trial_start(parameters, trial)
        found = solve(instance, start, parameters.solver)
        objective_at, x, expected = instance.without_truth(), start, 0
        for _ in range(40):
            if objective_at(-x)[0] < objective_at(x)[0]:
                x, expected = -x, expected + 1
            x = x - 0.1 * objective_at(x)[1]
        np.testing.assert_allclose(found.latent, x, rtol=1e-9)
        assert found.negations == expected
        negations += expected
    assert negations > 0
