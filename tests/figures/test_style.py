import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_rgb

from genphase.cells.rows import constant_symbols, row_symbols
from genphase.figures.style import (
    COLOURS,
    axis_label,
    describe,
    described,
    divided,
    plain,
    power,
    solver_text,
    success_text,
    trials_text,
)
from genphase.language.expressions import Expression
from genphase.sweep.success import Success


@pytest.mark.parametrize(
    ("value", "text"),
    [(1e-5, "1e-5"), (0.001, "0.001"), (5, "5"), (0.0, "0"), (1e12, "1e12"), (2.5e-10, "2.5e-10")],
)
def test_plain(value, text):
    assert plain(value) == text
    assert float(text) == value


def test_describe():
    names = {"k": 5, "noise": 1e-5, "architecture": "[700,600]", "solver": "mine,too"}
    assert describe(names) == r"k = 5, noise = $10^{-5}$, [700, 600], mine,too"
    assert describe({"k": np.int64(5), "noise": np.float64(0)}) == "k = 5, noise = 0"
    assert describe({"tau": 0.1, "n1": 5}) == r"$\tau$ = 0.1, $n_{1}$ = 5"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("networks/mnist.npz", "mnist"),
        ("mnist_inverted.npz", "mnist_inverted"),
        ("images/faces.npy", "faces"),
        ("data/faces", "faces"),
        ("trained.py:shuffled", "shuffled"),
        ("methods/own.py", "own"),
        # Names of laws, and of what has options.
        ("gaussian", "gaussian"),
        ("leaky_relu:0.1", "leaky_relu:0.1"),
    ],
)
def test_a_file_is_called_by_its_stem(value, text):
    assert describe({"net": value}) == text


def test_files_of_one_name_have_their_paths():
    assert described(["net"], [("a/net.npz",), ("b/other.npz",)]) == ["net", "other"]
    assert described(["net"], [("a/net.npz",), ("b/net.npz",)]) == ["a/net.npz", "b/net.npz"]


def test_trials_text():
    assert trials_text([20, 20]) == "20 trials per cell"
    assert trials_text([5, 20]) == "5 to 20 trials per cell"
    assert trials_text([1]) == "1 trial per cell"


def test_success_text_says_what_counts_as_failure():
    strict = success_text(Success(error="signal", below=1e-5, converged=True))
    assert strict == (
        "recovered: relative signal error below 1e-5, capped and diverged trials counted as "
        "failures"
    )
    assert "capped" not in success_text(Success(error="signal", below=1e-5))


@pytest.mark.parametrize(
    ("name", "label"),
    [
        ("k", "latent dimension $k$"),
        ("k / m", "latent dimensions per measurement $k/m$"),
        ("m/n", "measurements per signal entry $m/n$"),
        ("sqrt(k/m)", r"$\sqrt{k/m}$"),
        ("sqrt(n3/k)", r"$\sqrt{n_{3}/k}$"),
        ("tau", r"noise level $\tau$"),
        ("nu", r"noise level $\nu$"),
        ("sigma**2", r"noise variance $\sigma^{2}$"),
        ("theta", r"$\theta$"),
        ("ell", r"$\ell$"),
        ("snr", "signal-to-noise ratio"),
        ("noise_to_signal", "noise-to-signal ratio"),
        ("my_axis", "my_axis"),
        ("signal_mse", "squared signal error\n$\\|G(\\hat{x}) - y^*\\|^2$"),
    ],
)
def test_axis_labels(name, label):
    assert axis_label(name) == label


@pytest.mark.parametrize(
    ("per", "label"),
    [
        (1, "error"),
        ("tau", r"error / $\tau$"),
        ("noise", "error / noise level"),
        ("sqrt(k/m)", r"error / $\sqrt{k/m}$"),
        ("k*tau", r"error / ($k\,\tau$)"),
    ],
)
def test_what_is_divided_says_by_what(per, label):
    assert divided("error", Expression(per)) == label


def test_series_differ_in_luminance_or_hue():
    colours = np.array([to_rgb(colour) for colour in COLOURS])
    for i, colour in enumerate(colours):
        for other in colours[:i]:
            assert np.linalg.norm(colour - other) > 0.25


def test_row_symbols_are_numbers_and_layer_widths():
    row = {"cell": "c", "solver": "plugin", "widths": "[30,20]", "k": 5, "architecture": "[30,20]"}
    assert row_symbols(row) == {"k": 5, "n1": 30, "n2": 20, "n": 20, "d": 2}


def test_constant_symbols():
    cells = pd.DataFrame({"k": [1, 1], "m": [5, 6], "widths": ["[3,4]", "[7,4]"]})
    assert constant_symbols(cells) == {"k": 1, "n2": 4, "n": 4, "d": 2}


@pytest.mark.parametrize(
    ("label", "text"),
    [
        ("levenberg_marquardt", "Levenberg-Marquardt"),
        ("plugin", "PLUGIn"),
        ("heavy_ball", "heavy ball"),
        ("Mine_2", "Mine_2"),
        ("LM, 3 restarts", "LM, 3 restarts"),
    ],
)
def test_solvers_are_named_as_people_write_them(label, text):
    assert solver_text(label) == text
    assert describe({"solver": label}) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [(1e-5, "$10^{-5}$"), (2.5e-8, r"$2.5 \times 10^{-8}$"), (0.25, "0.25"), (1e20, "$10^{20}$")],
)
def test_small_numbers_are_powers_of_ten(value, text):
    assert power(value) == text
