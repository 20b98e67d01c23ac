import subprocess
import sys

import dense
import numba
import numpy as np
import pytest
from samples import PARAMETERS, make_parameters, solve, solve_plainly

from genphase.cells.trial import relative_error, run_trial
from genphase.draws.instance import draw_instance, draw_trial_start


def solver(**changes):
    return {**PARAMETERS["solver"], **changes}


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"noise": {"law": "sphere", "level": 0.2}},
        {"network": {**PARAMETERS["network"], "slope": 0.2}},
        {"problem": "inversion", "measurements": "identity", "m": 15},
        {"solver": solver(name="plugin", step=3, max_iter=40)},
        {"solver": solver(name="gradient_descent", max_iter=20, stop={})},
    ],
)
def test_the_record_says_what_the_run_did(changes):
    parameters = make_parameters(**changes)
    record = run_trial(parameters, 4).record
    instance = draw_instance(parameters, 4)
    chain, target, b = instance.chain, instance.target, instance.observation
    run = solve(instance, draw_trial_start(parameters, 4), parameters.solver)
    x = run.latent
    gradient = dense.jacobian(chain, x).T @ (dense.measured(chain, x) - b)
    signal, truth = dense.signal(chain, x), dense.signal(chain, target)
    assert record.trial == 4
    assert record.status == ["converged", "capped", "diverged"][run.status]
    assert (record.iterations, record.negations) == (run.iterations, run.negations)
    expected = (
        np.linalg.norm(x - target) / np.linalg.norm(target),
        np.linalg.norm(signal - truth) / np.linalg.norm(truth),
        np.linalg.norm(target),
        np.linalg.norm(truth),
        dense.objective(chain, x, b),
        # Also for PLUGIn, whose own direction is another.
        np.linalg.norm(gradient),
    )
    # Absolute where a run that recovers leaves nothing but rounding.
    np.testing.assert_allclose(record[4:], expected, rtol=1e-10, atol=1e-14)


PRODUCT = {
    "problem": "blind_demodulation",
    "measurements": "identity",
    "k": 2,
    "m": 60,
    "network": {"widths": (20, 60), "weights": "truncated", "slope": 0},
    # 2^{2d} ℓ/4.
    "solver": solver(name="alternating", step=240, stop={"relative_change": 1e-10}),
}


@pytest.mark.parametrize("level", [0.0, 0.2])
@pytest.mark.parametrize("cap", [5, 3000])
def test_the_record_of_a_product_says_what_the_run_did(level, cap):
    changes = PRODUCT | {"solver": {**PRODUCT["solver"], "max_iter": cap}}
    parameters = make_parameters(**changes, noise={"law": "relative", "level": level})
    statuses = set()
    for trial in range(4):
        record = run_trial(parameters, trial).record
        instance = draw_instance(parameters, trial)
        first, second, b = instance.chain, instance.second, instance.observation
        run = solve(instance, draw_trial_start(parameters, trial), parameters.solver)
        (h, z), (true_h, true_z) = np.split(run.latent, 2), np.split(instance.target, 2)
        one, two = dense.signal(first, h), dense.signal(second, z)
        truth = dense.signal(first, true_h) * dense.signal(second, true_z)
        gradient = [
            dense.jacobian(first, h).T @ (two * (one * two - b)),
            dense.jacobian(second, z).T @ (one * (one * two - b)),
        ]
        assert record.status == ["converged", "capped", "diverged"][run.status]
        assert (record.iterations, record.negations) == (run.iterations, run.negations)
        expected = (
            np.linalg.norm(run.latent - instance.target) / np.linalg.norm(instance.target),
            np.linalg.norm(one * two - truth) / np.linalg.norm(truth),
            np.linalg.norm(instance.target),
            np.linalg.norm(truth),
            0.5 * np.sum((one * two - b) ** 2),
            np.linalg.norm(gradient),
        )
        np.testing.assert_allclose(record[4:], expected, rtol=1e-8, atol=1e-14)
        statuses.add(record.status)
    assert ("converged" in statuses) == (cap > 5)


def test_the_latent_error_of_a_product_does_not_see_how_it_is_scaled():
    # G_1(c h) ∘ G_2(z/c) is the same for all c > 0: what is found is balanced, as the target is.
    parameters = make_parameters(**PRODUCT)
    instance, start = draw_instance(parameters, 1), draw_trial_start(parameters, 1)
    errors = []
    for c in (1e-3, 1.0, 40.0):
        h, z = np.split(start, 2)
        for run in (solve, solve_plainly):
            found = run(instance, np.concatenate([c * h, z / c]), parameters.solver)
            errors.append(relative_error(found.latent, instance.target))
            halves = [np.linalg.norm(code) for code in np.split(found.latent, 2)]
            assert halves[0] == pytest.approx(halves[1], rel=1e-14)
            unscaled = instance.signal_at(found.latent)
            h_, z_ = np.split(found.latent, 2)
            scaled = instance.signal_at(np.concatenate([7 * h_, z_ / 7]))
            np.testing.assert_allclose(scaled, unscaled, rtol=1e-12)
    assert max(errors) < 1e-8


def test_a_traced_product_ends_as_the_same_trial_without_a_trace():
    trace = np.full((4000, 2), np.nan)
    traced = run_trial(make_parameters(**PRODUCT), 1, trace).record
    record = run_trial(make_parameters(**PRODUCT), 1).record
    assert traced[:2] == record[:2]
    assert abs(traced.iterations - record.iterations) <= 1
    assert traced.latent_error == pytest.approx(record.latent_error, abs=1e-8)
    assert np.isfinite(trace[: traced.iterations]).all()
    # The last entry is that before the last step.
    last, latent_error = trace[traced.iterations - 1]
    assert last == pytest.approx(traced.objective, abs=1e-15)
    assert latent_error == pytest.approx(traced.latent_error, abs=1e-8)


def test_records_are_plain_numbers_and_texts():
    kinds = [type(value) for value in run_trial(make_parameters(), 0).record]
    assert kinds == [int, str, int, int, *[float] * 6]


def test_a_traced_trial_ends_as_the_same_trial_without_a_trace():
    trace = np.full((20, 2), np.nan)
    traced = run_trial(make_parameters(), 1, trace).record
    record = run_trial(make_parameters(), 1).record
    assert traced[:4] == record[:4]
    assert traced[4:] == pytest.approx(record[4:], rel=1e-6, abs=1e-12)
    assert traced != run_trial(make_parameters(), 2).record
    assert np.isfinite(trace).all()


def test_status_names():
    easy = {"k": 1, "network": {"widths": (30, 30), "weights": "he", "slope": 0.5}}
    names = {
        name: run_trial(make_parameters(**easy, solver=solver(**how)), 0).record.status
        for name, how in {
            "converged": {"step": 0.3, "stop": {"gradient_norm": 1e-3}},
            "capped": {"step": 0.3, "max_iter": 3},
            "diverged": {"step": 1e6},
        }.items()
    }
    assert names == {name: name for name in names}


def test_divergence_is_recorded_with_its_size():
    parameters = make_parameters(
        network={**PARAMETERS["network"], "slope": 0.5}, solver=solver(step=1e6)
    )
    record = run_trial(parameters, 0).record
    assert record.status == "diverged"
    assert record.latent_error > 1e29
    assert record.iterations < 50


def test_a_network_that_outputs_zero_has_no_signal_error():
    # One unit in every layer: the signal is 0 unless all weights on the way are positive.
    dead = make_parameters(k=1, network={"widths": (1, 1, 1), "weights": "gaussian", "slope": 0})
    records = [run_trial(dead, trial).record for trial in range(20)]
    zero = [not draw_instance(dead, trial).signal.any() for trial in range(20)]
    assert 0 < sum(zero) < 20
    assert [np.isnan(record.signal_error) for record in records] == [
        is_zero and record.objective == 0 for is_zero, record in zip(zero, records, strict=True)
    ]


def test_relative_error():
    truth = np.array([3.0, 4.0])
    assert relative_error(np.array([3.0, 4.5]), truth) == pytest.approx(0.1, rel=1e-15)
    assert relative_error(truth, truth) == 0
    assert np.isnan(relative_error(np.zeros(2), np.zeros(2)))
    assert relative_error(np.ones(2), np.zeros(2)) == np.inf
    assert np.isnan(relative_error(np.array([np.nan, 0]), truth))


def test_stationarity_vanishes_at_a_noiseless_target():
    instance = draw_instance(make_parameters(), 0)
    objective, gradient_norm = instance.stationarity(instance.target)
    assert objective < 1e-28
    assert gradient_norm < 1e-14


def test_timings_are_seconds():
    timing = run_trial(make_parameters(), 0).timing
    assert timing.draw_seconds >= 0
    assert timing.solve_seconds >= 0


@pytest.mark.skipif(numba.config.DISABLE_JIT, reason="rounding differs where it is not compiled")
def test_a_record_does_not_depend_on_the_process():
    program = (
        "from samples import make_parameters, solve_plainly\n"
        "from genphase.cells.trial import run_trial\n"
        "print(repr(tuple(run_trial(make_parameters(), 7).record)))"
    )
    other = subprocess.run(
        [sys.executable, "-c", f"import sys; sys.path[:] = {sys.path!r}\n{program}"],
        check=True,
        capture_output=True,
        text=True,
    )
    assert other.stdout.strip() == repr(tuple(run_trial(make_parameters(), 7).record))
