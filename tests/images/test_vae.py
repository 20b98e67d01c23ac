import numpy as np
import pytest
from scipy.stats import norm

from genphase.decoders import activate
from genphase.errors import BadValue
from genphase.images.adam import NumpyEngine
from genphase.images.vae import VARIANCE, Vae, loss_and_gradient, mean_loss

MODELS = [
    Vae(6, 2, (5, 4), "relu", "sigmoid", False),
    Vae(6, 2, (5, 4), "relu", "relu", True),
    Vae(6, 3, (4,), "leaky_relu:0.2", "relu", False),
    Vae(6, 1, (), "tanh", "sigmoid", True),
    Vae(6, 2, (3, 3, 3), "tanh", "relu", False),
]


def drawn(model, seed=0):
    """Parameters in double precision, images with black and white pixels, noise."""
    rng = np.random.default_rng(seed)
    parameters = [0.6 * rng.standard_normal(shape) for shape in model.shapes()]
    images = np.clip(rng.normal(0.5, 0.5, (7, model.pixels)), 0, 1)
    return parameters, images, rng.standard_normal((7, model.k))


@pytest.mark.parametrize("model", MODELS, ids=repr)
def test_gradients_are_finite_differences(model):
    parameters, images, noise = drawn(model)
    loss, gradient = loss_and_gradient(model, parameters, images, noise)
    assert loss == pytest.approx(mean_loss(model, parameters, images, noise), rel=1e-14)
    assert [g.shape for g in gradient] == model.shapes()
    step = 1e-6
    for array, own in zip(parameters, gradient, strict=True):
        for index in np.ndindex(array.shape):
            before = array[index]
            ends = []
            for sign in (1, -1):
                array[index] = before + sign * step
                ends.append(mean_loss(model, parameters, images, noise))
            array[index] = before
            assert own[index] == pytest.approx((ends[0] - ends[1]) / (2 * step), rel=1e-5, abs=1e-7)


def plain_decode(layers, code):
    for layer in layers:
        bias = 0 if layer.bias is None else layer.bias
        code, _ = activate(layer.activation, layer.weights @ code + bias)
    return code


@pytest.mark.parametrize("model", MODELS, ids=repr)
def test_the_decoder_is_the_network_of_its_layers(model):
    parameters, _, noise = drawn(model)
    layers = model.layers(parameters)
    assert [layer.bias is None for layer in layers] == [not model.biases] * len(layers)
    expected = [plain_decode(layers, code) for code in noise]
    assert np.allclose(model.decode(parameters, noise), expected, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("output", ["sigmoid", "relu"])
def test_the_loss_is_the_evidence_bound(output):
    model = Vae(6, 2, (5,), "relu", output, False)
    parameters, images, noise = drawn(model, 1)
    images = np.round(images) if output == "sigmoid" else images
    encoder, _ = model.split(parameters)
    (W1, b1), (W2, b2) = encoder
    expected = []
    for y, epsilon in zip(images, noise, strict=True):
        mean, log_variance = np.split(W2 @ np.maximum(W1 @ y + b1, 0) + b2, 2)
        std = np.exp(log_variance / 2)
        code = mean + std * epsilon
        signal = plain_decode(model.layers(parameters), code)
        if output == "sigmoid":
            misfit = -np.log(np.where(y == 1, signal, 1 - signal)).sum()
        else:
            misfit = -norm.logpdf(y, signal, VARIANCE**0.5).sum()
            misfit += len(y) * norm.logpdf(0, 0, VARIANCE**0.5)
        # KL by quadrature: the mean of log q - log p under q, of each entry alone.
        nodes, weights = np.polynomial.hermite_e.hermegauss(20)
        points = mean[:, None] + std[:, None] * nodes
        ratio = norm.logpdf(points, mean[:, None], std[:, None]) - norm.logpdf(points)
        expected.append(misfit + np.sum(ratio @ weights) / np.sqrt(2 * np.pi))
    for y, epsilon, value in zip(images, noise, expected, strict=True):
        found = mean_loss(model, parameters, y[None], epsilon[None])
        signal = plain_decode(model.layers(parameters), _code(model, parameters, y, epsilon))
        if output == "relu" and np.any((signal == 0) & (y > 0)):
            # Convex there, and larger.
            assert found > value
        else:
            assert found == pytest.approx(value, rel=1e-10)


def _code(model, parameters, y, epsilon):
    (W1, b1), (W2, b2) = model.split(parameters)[0]
    mean, log_variance = np.split(W2 @ np.maximum(W1 @ y + b1, 0) + b2, 2)
    return mean + np.exp(log_variance / 2) * epsilon


def test_a_unit_that_is_zero_where_the_image_is_not_is_brought_back():
    model = Vae(1, 1, (), "relu", "relu", True)
    # Encoder: W (2, 1), b (2,); decoder: W (1, 1), b (1,), whose output is -1 before the ReLU.
    parameters = [np.zeros((2, 1)), np.zeros(2), np.zeros((1, 1)), np.array([-1.0])]
    _, gradient = loss_and_gradient(model, parameters, np.array([[0.5]]), np.zeros((1, 1)))
    assert gradient[-1] == pytest.approx([-1.5 / VARIANCE])
    _, gradient = loss_and_gradient(model, parameters, np.array([[0.0]]), np.zeros((1, 1)))
    assert gradient[-1] == [0]


def test_large_inputs_do_not_overflow():
    model = Vae(2, 1, (), "relu", "sigmoid", True)
    parameters = [np.zeros((2, 2)), np.zeros(2), np.zeros((2, 1)), np.array([500.0, -500.0])]
    images = np.array([[1.0, 1.0]])
    assert mean_loss(model, parameters, images, np.zeros((1, 1))) == pytest.approx(500)


def test_adam_is_that_of_the_paper():
    model = Vae(6, 2, (5,), "relu", "sigmoid", True)
    start, images, noise = drawn(model)
    start = [array.astype(np.float32) for array in start]
    images, noise = images.astype(np.float32), noise.astype(np.float32)
    engine = NumpyEngine(model, start)
    own = [array.astype(float) for array in start]
    first, second = ([np.zeros_like(array) for array in own] for _ in range(2))
    for t in range(1, 6):
        _, gradient = loss_and_gradient(model, own, images, noise)
        for p, m, v, g in zip(own, first, second, gradient, strict=True):
            m[...] = 0.9 * m + 0.1 * g
            v[...] = 0.999 * v + 0.001 * g**2
            p -= 1e-3 * (m / (1 - 0.9**t)) / (np.sqrt(v / (1 - 0.999**t)) + 1e-8)
        engine.step(images, noise)
    for found, before, expected in zip(engine.parameters(), start, own, strict=True):
        assert found.dtype == np.float32
        assert np.allclose(found, expected, atol=2e-6)
        assert not np.allclose(found, before, atol=1e-3)


@pytest.mark.parametrize("model", MODELS, ids=repr)
def test_pytorch_makes_the_same_steps(model):
    pytest.importorskip("torch")
    from genphase.images.torch_engine import TorchEngine

    start, images, noise = drawn(model)
    start = [array.astype(np.float32) for array in start]
    images, noise = images.astype(np.float32), noise.astype(np.float32)
    one, two = NumpyEngine(model, start), TorchEngine(model, start)
    for _ in range(5):
        assert one.step(images, noise) == pytest.approx(two.step(images, noise), rel=1e-5)
    for a, b in zip(one.parameters(), two.parameters(), strict=True):
        assert np.allclose(a, b, atol=1e-5)


def test_initial_weights_have_the_variance_of_he():
    model = Vae(400, 20, (300,), biases=True)
    parameters = model.initial(np.random.default_rng(0))
    assert [array.shape for array in parameters] == model.shapes()
    scales = [array.std() * np.sqrt(array.shape[-1] / 2) for array in parameters[::2]]
    assert scales == pytest.approx([1, 0.1, 1, 0.1], rel=0.03)
    assert not any(np.any(array) for array in parameters[1::2])
    bare = Vae(400, 20, (300,)).initial(np.random.default_rng(0))
    assert [array.ndim for array in bare] == [2, 1, 2, 1, 2, 2]
    assert bare[-1].std() * np.sqrt(300 / 2) == pytest.approx(0.1, rel=0.03)


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"k": 0}, "no units"),
        ({"widths": (5, 0)}, "no units"),
        ({"output": "tanh"}, "the output 'tanh' cannot be trained"),
        ({"hidden": "absolute"}, "the activation 'absolute' cannot be trained"),
        ({"hidden": "leaky_relu"}, "cannot be trained"),
        ({"hidden": "leaky_relu:1.5"}, "cannot be trained"),
        ({"hidden": "leaky_relu:x"}, "cannot be trained"),
    ],
)
def test_what_cannot_be_trained_is_refused(change, text):
    with pytest.raises(BadValue, match=text):
        Vae(**({"pixels": 6, "k": 2, "widths": (5,)} | change))
