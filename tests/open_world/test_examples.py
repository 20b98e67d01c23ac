"""The examples of docs/extending.md run, and do what they say."""

import math

import numpy as np
import pytest
from small import EXAMPLES, cells

from genphase.cells.grid import expand
from genphase.cells.quantity import run_quantity
from genphase.cells.trial import run_trial
from genphase.draws.instance import draw_instance
from genphase.errors import SweepError
from genphase.sources import closure
from genphase.sweep.models import Sweep
from genphase.sweep.read import load_sweep, sweep_files


def solver(file, **options):
    return [{"use": f"methods/{file}", "max_iter": 20_000, **options}]


# The folder, and one for an example that is larger.
SWEEPS = [
    (path.parent, name)
    for folder in (EXAMPLES, EXAMPLES / "vector_amp")
    for name, path in sorted(sweep_files(folder).items())
]


@pytest.mark.parametrize(("folder", "name"), SWEEPS, ids=[name for _, name in SWEEPS])
def test_the_sweeps_of_the_examples_are_valid_and_run(folder, name):
    sweep = load_sweep(name, folder)
    # As it is handed to jobs.
    assert Sweep.model_validate(sweep.model_dump(mode="json")) == sweep
    for part in (sweep.only_grid(), sweep.only_places()):
        assert Sweep.model_validate(part.model_dump(mode="json")) == part
    found = expand(sweep, 0, name)
    ran = (run_quantity if sweep.measure else run_trial)(found[-1].parameters, 0)
    assert ran.record.status in ("converged", "capped", "measured")


STOP = {"relative_change": 1e-12}


@pytest.mark.parametrize(
    ("solvers", "problem"),
    [
        (solver("heavy_ball.py", step=0.3, momentum=0.8, stop=STOP), "compressed_sensing"),
        (solver("heavy_ball.py:heavy_ball", step=0.3, stop=STOP), "inversion"),
        (solver("lbfgs.py"), "compressed_sensing"),
        (solver("coordinates.py", stop=STOP), "compressed_sensing"),
        (solver("compiled.py", step=0.3), "inversion"),
    ],
)
def test_a_solver_of_ones_own_recovers_what_built_in_ones_do(solvers, problem):
    inversion = {"problem": problem, "axes": {"k": [3]}} if problem == "inversion" else {}
    widths = {"network": {"widths": [60]}} if "compiled" in solvers[0]["use"] else {}
    (cell,) = cells(solvers=solvers, **inversion, **widths)
    errors = [run_trial(cell.parameters, trial).record.latent_error for trial in range(6)]
    assert np.sum(np.array(errors) < 1e-4) >= 3


def test_solvers_of_both_kinds_meet_the_same_instances_and_starts():
    both = [{"name": "gradient_descent", "step": 0.3}, *solver("heavy_ball.py", step=0.3)]
    plain, momentum = cells(solvers=both)
    assert plain.solver, momentum.solver == ("gradient_descent", "heavy_ball")
    first, second = (draw_instance(cell.parameters, 3) for cell in (plain, momentum))
    assert first.observation.tobytes() == second.observation.tobytes()
    assert plain.id != momentum.id


def test_without_momentum_it_is_gradient_descent():
    rules = {"step": 0.3, "max_iter": 400, "stop": {"relative_change": 1e-9}}
    plain, own = cells(
        solvers=[
            {"name": "gradient_descent", **rules},
            {"use": "methods/heavy_ball.py", "momentum": 0, **rules},
        ]
    )
    for trial in range(5):
        a, b = (run_trial(cell.parameters, trial).record for cell in (plain, own))
        assert (a.status, a.iterations) == (b.status, b.iterations)
        assert a.latent_error == pytest.approx(b.latent_error, rel=1e-6)


def test_a_trace_has_the_iterates():
    (cell,) = cells(solvers=solver("heavy_ball.py", step=0.3, stop=STOP))
    trace = np.full((30_000, 2), np.nan)
    record = run_trial(cell.parameters, 0, trace).record
    assert record == run_trial(cell.parameters, 0).record
    kept = trace[: record.iterations]
    assert np.all(np.isfinite(kept))
    assert kept[-1, 1] == pytest.approx(record.latent_error, rel=1)
    assert np.isnan(trace[record.iterations :]).all()


def test_options_are_expressions_over_axes():
    axes = {"k": [3], "m": [40], "beta": [0, 0.5]}
    first, second = cells(axes=axes, solvers=solver("heavy_ball.py", step="1/m", momentum="beta"))
    assert first.parameters.solver.options == {"step": 1 / 40, "momentum": 0.0}
    assert second.parameters.solver.options["momentum"] == 0.5
    assert first.parameters.instance_entropy == second.parameters.instance_entropy


def test_a_randomised_solver_has_its_own_numbers_and_the_same_in_each_run():
    (cell,) = cells(solvers=solver("coordinates.py", stop=STOP))
    first, again, other = (run_trial(cell.parameters, trial).record for trial in (0, 0, 1))
    assert first == again
    assert first.latent_error != other.latent_error


LAWS = {
    "weights": ({"network": {"widths": [60, 50], "weights": {"use": "laws/rademacher.py"}}}),
    "measurements": {"measurements": {"use": "laws/dct.py"}},
    "target": {"target": {"use": "laws/sparse.py", "entries": 2}},
    "noise": {"noise": {"use": "laws/poisson.py", "peak": 1e6}},
}


@pytest.mark.parametrize("law", LAWS)
def test_a_law_of_ones_own_draws_its_part_and_no_other(law):
    (plain,), (own,) = cells(), cells(**LAWS[law])
    a, b = (draw_instance(cell.parameters, 0) for cell in (plain, own))
    assert run_trial(own.parameters, 0).record.status == "converged"
    if law == "weights":
        assert set(np.abs(b.chain.weights[:180]).tolist()) == {np.float32(60**-0.5)}
    if law == "measurements":
        A = b.chain.weights[-50 * 40 :].reshape(50, 40).T
        np.testing.assert_allclose(A @ A.T, 50 / 40 * np.eye(40), atol=1e-6)
    if law == "target":
        assert np.sum(b.target != 0) == 2
    if law == "noise":
        assert math.isnan(own.symbols["noise"])
        assert 0 < np.abs(b.observation - a.observation).max() < 1e-2
    changed = {"weights", "measurements", "target"}
    same_seed = plain.parameters.instance_entropy == own.parameters.instance_entropy
    assert same_seed == (law not in changed)


def test_an_axis_over_laws_has_a_cell_for_each():
    found = cells(
        axes={"law": ["gaussian", "he", "laws/rademacher.py"], "k": [3], "m": [40]},
        network={"widths": [60, 50], "weights": "law"},
    )
    assert [cell.point["law"] for cell in found] == ["gaussian", "he", "laws/rademacher.py"]
    assert len({cell.id for cell in found}) == 3
    assert {run_trial(cell.parameters, 0).record.status for cell in found} == {"converged"}
    # The same as where the law is named without an axis.
    (alone,) = cells(network={"widths": [60, 50], "weights": "he"})
    assert alone.id == found[1].id


def test_a_problem_of_ones_own_is_solved_by_built_in_and_own_solvers():
    rules = {"step": 2.0, "max_iter": 3000, "stop": {"gradient_norm": 1e-6}}
    plain, own = cells(
        problem={"use": "losses/one_bit.py"},
        axes={"k": [3], "m": [400]},
        network={"widths": [60, 50], "weights": "he"},
        solvers=[{"name": "subgradient", **rules}, {"name": "gradient_descent", **rules}],
    )
    for cell in (plain, own):
        instance = draw_instance(cell.parameters, 0)
        assert set(instance.observation) == {-1.0, 1.0}
        # The chain rule, by differences.
        f, x = instance.without_truth(), np.array([0.3, -0.2, 0.5])
        step = 1e-6
        numeric = [(f(x + step * e)[0] - f(x - step * e)[0]) / (2 * step) for e in np.eye(3)]
        np.testing.assert_allclose(f(x)[1], numeric, rtol=1e-5, atol=1e-9)
    record = run_trial(plain.parameters, 0).record
    start = draw_instance(plain.parameters, 0).without_truth()(np.zeros(3))[0]
    assert record.objective < 0.5 * start
    with pytest.raises(SweepError, match="missing an observation that is linear"):
        cells(problem={"use": "losses/one_bit.py"}, solvers=[{"name": "plugin", "step": 1}])


def test_the_truth_is_not_among_what_a_solver_is_given(tmp_path):
    (tmp_path / "peek.py").write_text(
        "from genphase import Result, solver\n"
        "@solver\n"
        "def peek(problem, start):\n"
        "    print(sorted(name for name in dir(problem) if not name.startswith('__')))\n"
        "    return Result(start, 0)\n"
    )
    (cell,) = cells(tmp_path, solvers=[{"use": "peek.py"}])
    run_trial(cell.parameters, 0)
    problem = __import__("genphase.cells.problem", fromlist=["Problem"]).Problem(
        draw_instance(cell.parameters, 0), 0.0, np.random.default_rng(0)
    )
    truth = draw_instance(cell.parameters, 0)
    reachable = [value for value in vars(problem).values() if isinstance(value, np.ndarray)]
    assert not any(np.array_equal(value, truth.target) for value in reachable)
    cell_contents = [c.cell_contents for c in problem._gradient.__closure__]
    assert not any(isinstance(value, type(truth)) for value in cell_contents)


def test_what_a_solver_sees_is_the_problem():
    (cell,) = cells(noise=0.1)
    instance = draw_instance(cell.parameters, 0)
    from genphase.cells.problem import Problem

    problem = Problem(instance, 0.1, np.random.default_rng(0))
    W1, W2 = problem.weights
    A = problem.measurement_matrix
    assert (W1.shape, W2.shape, A.shape) == ((60, 3), (50, 60), (40, 50))
    x = np.array([0.4, -1.0, 0.2])
    signal = np.maximum(W2 @ np.maximum(W1 @ x, 0), 0)
    np.testing.assert_allclose(problem.signal(x), signal, rtol=1e-6)
    np.testing.assert_allclose(problem.observe(x), A @ signal, rtol=1e-6)
    residual = A @ signal - problem.observation
    assert problem.objective(x) == pytest.approx(residual @ residual / 2)
    J = problem.jacobian(x)
    np.testing.assert_allclose(problem.gradient(x), J.T @ residual, rtol=1e-6)
    np.testing.assert_allclose(J @ x, A @ signal, rtol=1e-6)
    assert problem.activations == ["relu", "relu"]
    assert [b.shape for b in problem.biases] == [(60,), (50,)]
    assert (problem.k, problem.noise_level) == (3, 0.1)


def test_what_runs_a_problem_of_ones_own_is_in_its_identity():
    sources = problem_sources()
    assert {"one_bit.py", "brought.py"} == {path.name for path in sources}
    files = {path.name for path in closure(*sources).values()}
    assert {"custom.py", "chain.py", "passes.py"} <= files


def problem_sources():
    (cell,) = cells(
        problem={"use": "losses/one_bit.py"}, solvers=[{"name": "subgradient", "step": 1}]
    )
    return cell.parameters.things[0].run_by
