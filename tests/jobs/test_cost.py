"""The cost model of jobs against what it stands for elsewhere."""

import numpy as np
import pytest
from samples import make_sweep

from genphase.brought import look_in
from genphase.cells.grid import expand
from genphase.jobs.cost import _HINGES, trial_cost
from genphase.kernels.policy import MOST_HINGES


def test_memory_counts_as_many_hinges_as_a_region_may_have():
    assert _HINGES == MOST_HINGES


def test_a_smooth_network_costs_a_pass_for_each_iteration(tmp_path):
    look_in(tmp_path)
    weights = {"W1": np.ones((50, 5)), "W2": np.ones((900, 50))}

    def seconds(output, cap):
        np.savez(tmp_path / f"{output}.npz", **weights, activations=["relu", output])
        sweep = make_sweep(
            problem="inversion",
            axes={"tau": [0]},
            network={"file": f"{output}.npz"},
            noise="tau",
            solvers=[{"name": "plugin", "step": 0.1, "max_iter": cap}],
            figures={"rate": {"kind": "curve", "x": "tau"}},
        )
        (cell,) = expand(sweep, 0, "sweep.yaml")
        return trial_cost(cell.parameters).core_seconds

    assert seconds("relu", 5000) == seconds("relu", 10_000)
    assert seconds("sigmoid", 10_000) == pytest.approx(2 * seconds("sigmoid", 5000), rel=0.1)
    assert seconds("sigmoid", 5000) > 10 * seconds("relu", 5000)


def test_all_restarts_are_made_where_no_objective_can_be_zero(tmp_path):
    look_in(tmp_path)
    weights = {"W1": np.ones((50, 5)), "W2": np.ones((16, 50))}
    np.savez(tmp_path / "net.npz", **weights)
    np.save(tmp_path / "images.npy", np.random.default_rng(0).random((20, 4, 4)))

    def seconds(restarts, **changes):
        given = {
            "problem": "inversion",
            "axes": {"tau": [0]},
            "network": {"file": "net.npz"},
            "noise": "tau",
            "solvers": [{"name": "levenberg_marquardt", "restarts": restarts, "max_iter": 90_000}],
            "figures": {"rate": {"kind": "curve", "x": "tau"}},
        }
        (cell,) = expand(make_sweep(**{**given, **changes}), 0, "sweep.yaml")
        return trial_cost(cell.parameters).core_seconds

    # What drawing takes stands beside the updates.
    one = seconds(1) - seconds(0)
    for changes in ({"axes": {"tau": [0.1]}}, {"target": {"images": "images.npy", "index": 0}}):
        more = seconds(1, **changes) - seconds(0, **changes)
        assert more == pytest.approx(2 * one)
        assert seconds(0, **changes) == pytest.approx(seconds(0))
