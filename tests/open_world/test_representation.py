"""How near the range of a network comes to an image: the least that a solver can be off."""

import json
import math
from functools import partial

import numpy as np
import pytest
from small import cells

from genphase.brought import look_in
from genphase.cells import measure as measuring
from genphase.cells.kept import Kept, worst_errors
from genphase.cells.measure import measure
from genphase.cells.trial import run_trial
from genphase.draws.instance import draw_instance
from genphase.errors import SweepError
from genphase.sweep.overlays import InstanceError
from genphase.sweep.read import parse_sweep

K, N = 2, 12
SOLVERS = [{"name": "levenberg_marquardt", "restarts": 5, "max_iter": 200}]


@pytest.fixture
def folder(tmp_path):
    """A folder with images, and networks: linear, linear with biases, and with ReLUs."""
    rng = np.random.default_rng(0)
    np.save(tmp_path / "images.npy", rng.random((50, 3, 4)))
    W1, W2 = rng.standard_normal((6, K)), rng.standard_normal((N, 6))
    last = {"W1": W1, "W2": W2}
    np.savez(tmp_path / "linear.npz", **last, activations=["identity", "identity"])
    biases = {"b1": rng.standard_normal(6), "b2": rng.standard_normal(N)}
    np.savez(tmp_path / "shifted.npz", **last, **biases, activations=["identity", "identity"])
    np.savez(tmp_path / "relu.npz", **last, activations=["relu", "relu"])
    np.savez(tmp_path / "inside.npz", **last, activations=["absolute", "relu"])
    look_in(tmp_path)
    measuring._of_instances.clear()
    return tmp_path


def made(folder, network, **changes):
    given = {
        "problem": "inversion", "axes": {"a": [1]}, "noise": "0*a", "solvers": SOLVERS,
        "network": {"file": network} if isinstance(network, str) else network,
        "k": None, "trials": 2,
        "success": {"error": "signal", "below": 0.5}, "errors": ["representation"],
        "target": {"images": "images.npy"}, **changes,
    }  # fmt: skip
    return cells(folder, **given)


def kept_with(**options):
    error = {"name": "representation", "options": options}
    return Kept.model_validate({"errors": [{"label": "r", "error": error}]})


def value(cell, trial=0, **options):
    kept = kept_with(**options)
    return kept.values(run_trial(cell.parameters, trial, measure=partial(measure, kept)))[0]


@pytest.mark.parametrize("name", ["linear", "shifted"])
def test_of_a_linear_network_it_is_the_distance_from_a_plane(folder, name):
    net = np.load(folder / f"{name}.npz")
    product = net["W2"] @ net["W1"]
    shift = net["W2"] @ net["b1"] + net["b2"] if name == "shifted" else 0
    (cell,) = made(folder, f"{name}.npz")
    for trial in (0, 1):
        y = draw_instance(cell.parameters, trial).signal
        _, squared, *_ = np.linalg.lstsq(product, y - shift)
        expected = math.sqrt(squared[0]) / np.linalg.norm(y)
        assert value(cell, trial, starts=1) == pytest.approx(expected, rel=1e-6)


def test_of_a_relu_network_it_is_the_least_of_a_fine_grid(folder):
    net = np.load(folder / "relu.npz")
    (cell,) = made(folder, "relu.npz")
    y = draw_instance(cell.parameters, 0).signal
    # G(c u) = c G(u), and the best c is known.
    angles = np.linspace(0, 2 * np.pi, 20001)
    rays = np.array([np.cos(angles), np.sin(angles)])
    signals = np.maximum(net["W2"] @ np.maximum(net["W1"] @ rays, 0), 0)
    sizes = np.maximum((signals**2).sum(axis=0), 1e-300)
    found = np.maximum(y @ signals, 0) / sizes * signals - y[:, None]
    expected = np.linalg.norm(found, axis=0).min() / np.linalg.norm(y)
    assert value(cell, starts=20) == pytest.approx(expected, rel=1e-5)
    # The best of some starts is that of one of them, and more are never worse.
    several = [value(cell, starts=i) for i in range(1, 8)]
    assert several == sorted(several, reverse=True)


def test_neither_measurements_noise_nor_the_solver_decide_it(folder):
    clean, noisy = made(folder, "relu.npz", noise="0.5*a - 0.5", axes={"a": [1, 3]})
    assert clean.parameters.noise != noisy.parameters.noise
    assert value(clean) == value(noisy)
    (measured,) = made(folder, "relu.npz", problem="compressed_sensing", axes={"m": [3]}, noise=0.5)
    # Its starts are others, and twenty of them find the same.
    assert value(measured, starts=20) == pytest.approx(value(clean, starts=20), rel=1e-6)
    record = run_trial(measured.parameters, 0).record
    assert record.signal_error > value(measured, starts=20)


def test_it_is_0_of_a_signal_in_the_range_without_a_search(folder, monkeypatch):
    (cell,) = made(folder, "relu.npz", target="sphere")

    def draw(*asked):
        raise AssertionError("a start is drawn")

    monkeypatch.setattr(measuring._Ended, "draw_code", draw)
    assert value(cell) == 0


def test_solvers_of_an_instance_share_it(folder, monkeypatch):
    both = [*SOLVERS, {"name": "subgradient", "step": 0.001, "max_iter": 5}]
    one, two = made(folder, "relu.npz", solvers=both)
    seen = []
    draw = measuring._Ended.draw_code
    monkeypatch.setattr(
        measuring._Ended, "draw_code", lambda ended, i: seen.append(i) or draw(ended, i)
    )
    first = value(one, starts=3)
    assert seen == [0, 1, 2]
    assert value(two, starts=3) == first
    assert seen == [0, 1, 2]
    # In a job of its own it is the same.
    measuring._of_instances.clear()
    assert value(two, starts=3) == first
    # Another trial and other options are others.
    value(two, trial=1, starts=3)
    value(two, starts=4)
    assert seen == [*3 * [0, 1, 2], 0, 1, 2, 3]


def test_a_diverged_trial_has_it_all_the_same(folder):
    text = {
        "title": "t", "problem": "inversion", "axes": {"a": [1]}, "network": {"file": "relu.npz"},
        "noise": "0*a", "target": {"images": "images.npy"}, "trials": 1, "solvers": SOLVERS,
        "success": {"error": "signal", "below": 0.5}, "errors": ["residual", "representation"],
    }  # fmt: skip
    # What is written in place of the errors of a run that has diverged.
    assert worst_errors(parse_sweep(json.dumps(text), "s.yaml")) == {"residual": "inf"}


@pytest.mark.parametrize(
    ("network", "changes", "words"),
    [
        ("inside.npz", {"solvers": [{"name": "subgradient", "step": 1}]},
         r"errors\[0\]: representation does not know such networks"),
        ("relu.npz", {"errors": [{"name": "representation", "starts": 0}]}, "starts"),
        ({"widths": [N]}, {"problem": "blind_demodulation", "target": "sphere", "k": 2,
                           "solvers": [{"name": "alternating", "step": 1}]},
         "missing a single network"),
    ],
)  # fmt: skip
def test_where_it_cannot_be_found_it_is_refused(folder, network, changes, words):
    with pytest.raises(SweepError, match=words):
        made(folder, network, **changes)


CURVE = {"kind": "curve", "x": "a", "y": "signal_error"}


@pytest.mark.parametrize(
    ("figure", "words"),
    [
        ({**CURVE, "overlays": [{"error": "representation"}]}, ""),
        ({**CURVE, "overlays": [{"error": "residual"}]}, "'residual' is not recorded"),
        ({**CURVE, "overlays": [{"error": "psnr"}]}, "another one for each solver"),
        ({**CURVE, "overlays": [{"error": "representaton"}]}, "did you mean 'representation'"),
        ({**CURVE, "y": "rate", "overlays": [{"error": "representation"}]}, "shows none"),
    ],
)
def test_it_is_drawn_over_a_curve_of_an_error(folder, figure, words):
    asked = {"errors": ["psnr", "representation"], "figures": {"f": figure}}
    if not words:
        made(folder, "relu.npz", **asked)
        assert "range" in InstanceError(error="representation").default_label
        return
    with pytest.raises(SweepError, match=words):
        made(folder, "relu.npz", **asked)
