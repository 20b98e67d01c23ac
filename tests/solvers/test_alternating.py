"""The options of alternating descent: from a sweep file to what is recorded."""

from itertools import product

import numba
import numpy as np
import pytest
from samples import make_parameters, make_solver, make_sweep, solve, solve_plainly

from genphase.cells.grid import expand
from genphase.cells.trial import run_trial
from genphase.draws.instance import draw_instance, draw_trial_start
from genphase.errors import SweepError
from genphase.kernels.status import CAPPED, DIVERGED

STEP = 160  # 2^{2d} ℓ/4
PRODUCT = {
    "problem": "blind_demodulation",
    "k": 2,
    "network": {"widths": (15, 40), "weights": "truncated", "slope": 0},
    "m": 40,
    "measurements": "identity",
    "noise": {"law": "relative", "level": 0.1},
}
# Of three trials after 200 iterations, by the release that had no options.
BEFORE = [
    [-0.10366856516537316, -1.1695812198769662, 0.4520874976759547, 1.0836439893883196],
    [0.5261514662884014, 0.8724116621264303, -0.17651371200934754, -1.003384464282917],
    [1.0586302094975153, 0.5212658011323023, 0.04506054574102418, -1.1791460906555962],
]


def settings(max_iter=200, **options):
    return {
        "name": "alternating",
        "step": STEP,
        "max_iter": max_iter,
        "stop": {"relative_change": 0},
    } | options


def drawn(trial=0, **changes):
    parameters = make_parameters(**PRODUCT, solver=settings(), **changes)
    return draw_instance(parameters, trial), draw_trial_start(parameters, trial)


def run(trial=0, by=solve, **options):
    """Return what a run ends with, as a comparable value of all bits."""
    found = by(*drawn(trial), make_solver(**settings(**options)))
    return found.latent.tobytes(), *found[1:]


@pytest.mark.parametrize("by", [solve, solve_plainly])
@pytest.mark.parametrize("trial", range(3))
def test_the_defaults_are_what_was_done_before_there_were_options(trial, by):
    found = by(*drawn(trial), make_solver(**settings()))
    # Other processors sum in another order.
    np.testing.assert_allclose(found.latent, BEFORE[trial], rtol=1e-11)
    assert found[1:] == (CAPPED, 200, trial > 0)
    everything = {"sign_search": True, "balance": True, "momentum": 0}
    assert run(trial, by) == run(trial, by, **everything)


@pytest.mark.parametrize("by", [solve, solve_plainly])
def test_each_option_reaches_the_kernel(by):
    choices = product((True, False), (True, False), (0, 0.3, 0.9))
    runs = [
        run(1, by, max_iter=7, sign_search=signs, balance=balance, momentum=momentum)
        for signs, balance, momentum in choices
    ]
    assert len(set(runs)) == len(runs) == 12
    negations = [found[-1] for found in runs]
    assert min(negations[:6]) > 0
    assert negations[6:] == [0] * 6


@pytest.mark.parametrize("momentum", [0, 0.9])
@pytest.mark.parametrize("by", [solve, solve_plainly])
def test_what_is_found_without_balancing_is_balanced_once(by, momentum):
    instance, start = drawn()
    # The step is next to none: the product is that of the start.
    start = start * [30, 30, 1, 1]
    options = {"step": 1e-14, "sign_search": False, "balance": False, "momentum": momentum}
    solver = make_solver(**settings(1, **options))
    found = by(instance, start, solver)
    h, z = np.split(found.latent, 2)
    assert np.linalg.norm(h) == pytest.approx(np.linalg.norm(z), rel=1e-14)
    np.testing.assert_allclose(np.outer(h, z), np.outer(*np.split(start, 2)), rtol=1e-9)


def test_without_balancing_the_truth_is_recovered_and_errors_are_of_the_balanced_pair():
    if numba.config.DISABLE_JIT:
        pytest.skip("needs compiled kernels")
    quiet = PRODUCT | {"noise": {"law": "relative", "level": 0}}
    options = settings(20000, balance=False, stop={"relative_change": 1e-12})
    parameters = make_parameters(**quiet, solver=options)
    records = [run_trial(parameters, trial).record for trial in range(8)]
    recovered = [record for record in records if record.signal_error < 1e-8]
    assert len(recovered) >= 3
    assert max(record.latent_error for record in recovered) < 1e-7


def test_a_diverged_run_without_balancing_is_recorded():
    with np.errstate(over="ignore"):
        found = solve(*drawn(), make_solver(**settings(step=1e6, balance=False)))
    assert found.status == DIVERGED
    assert not np.linalg.norm(found.latent / 1e30) < 1


def solvers(**options):
    return {
        "problem": "blind_demodulation",
        "axes": {"beta": [0.0, 0.5], "k": [2], "n": [12]},
        "noise": "beta",
        "figures": {"curve": {"x": "beta", "y": "rate"}},
        "solvers": [{"name": "alternating", "step": 1, **options}],
    }


def test_a_sweep_says_the_options_and_an_axis_may_be_the_momentum():
    given = {"sign_search": False, "balance": False, "momentum": "beta"}
    cells = expand(make_sweep(**solvers(**given)), 0, "sweep.yaml")
    found = [cell.parameters.solved_by.options for cell in cells]
    assert [options["momentum"] for options in found] == [0, 0.5]
    assert all(options["sign_search"] is options["balance"] is False for options in found)


@pytest.mark.parametrize(
    ("option", "value"),
    [("momentum", 1), ("momentum", -0.1), ("sign_search", "seldom"), ("balance", 2)],
)
def test_an_impossible_option_is_refused_by_its_key(option, value):
    with pytest.raises(SweepError) as error:
        expand(make_sweep(**solvers(**{option: value})), 0, "sweep.yaml")
    assert f"solvers[0].{option}" in str(error.value)
