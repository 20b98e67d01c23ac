import numpy as np
import pytest

from genphase.decoders import read_network
from genphase.errors import BadValue
from genphase.images import training
from genphase.images.layers import Layer, text_of, write_network
from genphase.images.sources import Images
from genphase.images.training import train
from genphase.images.vae import Vae


def bars(count=400, size=6):
    """Images of one bright row or column each, of some brightness."""
    rng = np.random.default_rng(3)
    pixels = np.zeros((count, size, size), np.float32)
    for image in pixels:
        at, upright = rng.integers(size), rng.random() < 0.5
        image[(slice(None), at) if upright else at] = rng.uniform(0.5, 1)
    is_test = np.arange(count) % 10 == 9
    return Images("bars", pixels.reshape(count, -1), (size, size), is_test)


IMAGES = bars()


@pytest.mark.parametrize("output", ["sigmoid", "relu"])
def test_training_lowers_the_loss_and_learns_the_images(output):
    model = Vae(36, 6, (40,), output=output)
    seen = []
    found = train(IMAGES, model, 400, 0, follow=lambda *told: seen.append(told))
    assert [epoch for epoch, _, _ in seen] == list(range(1, 401))
    assert np.array_equal([told[1:] for told in seen], found.losses)
    assert found.losses[-1, 0] < 0.6 * found.losses[0, 0]
    assert found.losses[-1, 1] < 0.6 * found.losses[0, 1]
    # The mean image is no match: its error is what a decoder that has learnt nothing has.
    test = IMAGES.test
    mean = IMAGES.train.mean(axis=0)
    nothing = np.linalg.norm(test - mean, axis=1) / np.linalg.norm(test, axis=1)
    errors = found.errors(test)
    assert np.median(errors) < 0.5 * np.median(nothing)
    expected = [
        np.linalg.norm(model.decode(found.parameters, model.encode(found.parameters, y[None])) - y)
        / np.linalg.norm(y)
        for y in test
    ]
    assert np.allclose(errors, expected, rtol=1e-4)


@pytest.mark.parametrize("engine", ["numpy", "torch"])
def test_a_seed_gives_the_same_file_and_another_one_does_not(tmp_path, engine):
    pytest.importorskip(engine)
    model = Vae(36, 3, (10,), biases=True)
    contents = []
    for i, seed in enumerate((5, 5, 6)):
        found = train(IMAGES, model, 2, seed, engine)
        path = tmp_path / f"{i}.npz"
        network = write_network(path, found.layers())
        contents.append(path.read_bytes())
        assert (network.k, network.widths) == (3, (10, 36))
        assert network.activations == ("relu", "sigmoid")
        assert network.is_single
        # The network that is read is the decoder that was trained.
        x = np.array([0.3, -1.2, 0.7])
        hidden = np.maximum(network.weights[0] @ x + network.biases[0], 0)
        signal = 1 / (1 + np.exp(-(network.weights[1] @ hidden + network.biases[1])))
        assert np.allclose(found.model.decode(found.parameters, x[None])[0], signal)
    assert contents[0] == contents[1] != contents[2]


def test_engines_train_the_same_decoder():
    pytest.importorskip("torch")
    model = Vae(36, 3, (10, 10), output="relu")
    one, two = (train(IMAGES, model, 5, 1, engine) for engine in ("numpy", "torch"))
    assert np.allclose(one.losses, two.losses, rtol=1e-4)
    codes = np.random.default_rng(0).standard_normal((5, 3)).astype(np.float32)
    assert np.allclose(
        model.decode(one.parameters, codes), model.decode(two.parameters, codes), atol=1e-3
    )


def test_every_image_for_training_is_met_once_in_an_epoch_and_no_other(monkeypatch):
    met = []

    class Engine:
        def __init__(self, model, parameters):
            self.own = parameters

        def step(self, images, noise):
            met.append(images.copy())
            assert noise.shape == (len(images), 3)
            return 1.0

        def parameters(self):
            return self.own

    monkeypatch.setitem(training.ENGINES, "numpy", Engine)
    rng = np.random.default_rng(0)
    images = Images("noise", rng.random((250, 4), np.float32), (2, 2), np.arange(250) % 10 == 9)
    train(images, Vae(4, 3, (5,)), 2)
    assert [len(batch) for batch in met] == [100, 100, 25] * 2
    first, second = np.concatenate(met[:3]), np.concatenate(met[3:])
    for epoch in (first, second):
        assert np.array_equal(epoch[np.argsort(epoch[:, 0])], _sorted(images.train))
    assert not np.array_equal(first, second)


def _sorted(rows):
    return rows[np.argsort(rows[:, 0])]


def test_a_loss_without_end_is_told(monkeypatch):
    class Engine(training.ENGINES["numpy"]):
        def step(self, images, noise):
            return float("nan")

    monkeypatch.setitem(training.ENGINES, "numpy", Engine)
    with pytest.raises(BadValue, match="not finite in epoch 1"):
        train(IMAGES, Vae(36, 3, (5,)), 2)


def test_what_trains_nothing_is_refused(monkeypatch):
    with pytest.raises(BadValue, match="no engine 'jax'"):
        train(IMAGES, Vae(36, 3, (5,)), 1, engine="jax")
    with pytest.raises(BadValue, match="0 epochs"):
        train(IMAGES, Vae(36, 3, (5,)), 0)
    monkeypatch.setitem(__import__("sys").modules, "torch", None)
    with pytest.raises(BadValue, match="PyTorch, which is missing") as error:
        train(IMAGES, Vae(36, 3, (5,)), 1, engine="torch")
    assert "pip install 'genphase[torch]'" in error.value.remedy


def test_half_precision_is_that_of_the_file(tmp_path):
    found = train(IMAGES, Vae(36, 3, (10,)), 1).halved()
    path = tmp_path / "half.npz"
    network = write_network(path, found.layers(), half=True)
    with np.load(path) as content:
        assert content["W1"].dtype == np.float16
    for matrix, layer in zip(network.weights, found.layers(), strict=True):
        assert np.array_equal(matrix, layer.weights)


def test_a_file_that_would_be_no_network_is_not_left_behind(tmp_path):
    layers = [Layer(np.ones((3, 2)), None, "relu"), Layer(np.ones((4, 5)), None, "relu")]
    with pytest.raises(BadValue, match="W2 has 5 columns"):
        write_network(tmp_path / "a.npz", layers)
    assert not list(tmp_path.iterdir())
    with pytest.raises(BadValue, match=r"'a.txt' is no .npz"):
        write_network(tmp_path.relative_to(tmp_path) / "a.txt", layers[:1])
    with pytest.raises(BadValue, match="there is no folder"):
        write_network(tmp_path / "no" / "a.npz", layers[:1])


def test_a_network_as_text(tmp_path):
    layers = [Layer(np.ones((3, 2)), np.ones(3), "relu"), Layer(np.ones((4, 3)), None, "tanh")]
    network = write_network(tmp_path / "a.npz", layers)
    assert text_of(network) == "2-3-4, relu, tanh, with biases"
    assert read_network(str(tmp_path / "a.npz")).digest == network.digest
