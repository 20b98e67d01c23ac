"""Where runs begin and end: near the truth, near the spurious point, elsewhere."""

from functools import partial

import numpy as np
import pytest
from samples import make_sweep

from genphase.accuracy.cosine import cosine
from genphase.accuracy.spurious import spurious
from genphase.angles import rho
from genphase.cells.grid import expand
from genphase.cells.kept import kept_of
from genphase.cells.measure import measure
from genphase.cells.trial import run_trial
from genphase.errors import SweepError

TRUTH = np.array([3.0, -4.0, 0.0])


def test_the_cosine_is_that_of_the_angle():
    assert cosine(2 * TRUTH, TRUTH) == pytest.approx(1)
    assert cosine(-0.1 * TRUTH, TRUTH) == pytest.approx(-1)
    assert cosine(np.array([4.0, 3.0, 7.0]), TRUTH) == pytest.approx(0)
    assert np.isnan(cosine(np.zeros(3), TRUTH))


@pytest.mark.parametrize("depth", [1, 2, 5])
def test_the_distance_from_the_spurious_point(depth):
    assert spurious(-rho(depth) * TRUTH, TRUTH, depth) == pytest.approx(0)
    assert spurious(TRUTH, TRUTH, depth) == pytest.approx(1 + rho(depth))
    assert spurious(np.zeros(3), TRUTH, depth) == pytest.approx(rho(depth))


def test_a_success_rule_may_ask_for_the_spurious_point():
    """Of a run that makes no step, what is judged is where it began."""
    changes = {
        "start": {"near_spurious": 0.1},
        "success": {"error": "spurious", "below": 0.11},
        "errors": ["cosine"],
    }
    sweep = make_sweep(**changes)
    cell = expand(sweep, 0, "sweep.yaml")[0]
    solver = cell.parameters.solver.model_copy(update={"max_iter": 0})
    parameters = cell.parameters.model_copy(update={"solver": solver})
    kept = run_trial(parameters, 0, measure=partial(measure, kept_of(sweep))).kept
    (spurious_key,) = (key for key in kept if "spurious" in key)
    (cosine_key,) = (key for key in kept if "cosine" in key)
    assert kept[spurious_key] == pytest.approx(0.1)
    assert kept[cosine_key] < -0.9


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"start": {}}, "the start has no law"),
        ({"start": {"gaussian": 1, "near_target": 1}}, "the laws gaussian and near_target"),
        ({"start": "near_target"}, "start"),
        ({"start": {"near_target": 0}}, "start.near_target"),
        (
            {
                "start": {"near_spurious": 0.1},
                "network": {"widths": [10, 20], "activation": {"leaky_relu": 0.1}},
                "axes": {"k": [2, 3]},
            },
            "another activation than ReLU",
        ),
    ],
)
def test_mistakes_are_answered(changes, words):
    with pytest.raises(SweepError, match=words):
        expand(make_sweep(**changes), 0, "sweep.yaml")


def test_two_networks_have_no_such_point():
    problem = {
        "problem": "blind_demodulation",
        "solvers": [
            {"name": "alternating", "step": 1, "max_iter": 10, "stop": {"relative_change": 1e-9}}
        ],
    }
    with pytest.raises(SweepError, match="missing a single network"):
        make_sweep(**problem, success={"error": "spurious", "below": 0.1})
    with pytest.raises(SweepError, match="has two networks"):
        make_sweep(**problem, start={"near_spurious": 0.1})
