import sys

import numpy as np
import pytest

from genphase.decoders import activate
from genphase.errors import BadValue
from genphase.images.foreign import read_foreign
from genphase.images.layers import write_network


def forward(layers, inputs):
    for layer in layers:
        inputs = inputs @ layer.weights.T + (0 if layer.bias is None else layer.bias)
        inputs, _ = activate(layer.activation, inputs)
    return inputs


CODES = np.random.default_rng(0).standard_normal((9, 3)).astype(np.float32)


@pytest.fixture
def torch():
    return pytest.importorskip("torch")


def decoder(torch, middle=None):
    """Twelve places, so that their names have two digits, and equal widths: only order tells."""
    nn = torch.nn
    torch.manual_seed(0)
    parts = [nn.Linear(3, 5), nn.ReLU()]
    for _ in range(4):
        parts += [nn.Linear(5, 5, bias=False), nn.LeakyReLU(0.2)]
    parts += [nn.Linear(5, 7), nn.Sigmoid()]
    if middle is not None:
        parts.insert(2, middle)
    return nn.Sequential(*parts)


NAMES = ["relu"] + ["leaky_relu:0.2"] * 4 + ["sigmoid"]


def same(torch, net, layers):
    with torch.no_grad():
        expected = net(torch.from_numpy(CODES)).numpy()
    assert np.allclose(forward(layers, CODES), expected, atol=1e-6)


@pytest.mark.parametrize("form", ["plain", "checkpoint", "half"])
def test_a_state_dict_is_the_network(torch, tmp_path, form):
    net, path = decoder(torch), tmp_path / "net.pt"
    content = net.state_dict()
    if form == "checkpoint":
        optimiser = torch.optim.Adam(net.parameters()).state_dict()
        content = {"epoch": 3, "model_state_dict": content, "optimizer_state_dict": optimiser}
    elif form == "half":
        net = net.bfloat16().float()
        content = net.bfloat16().state_dict()
    torch.save(content, path)
    layers, names = read_foreign(path, NAMES)
    same(torch, net.float(), layers)
    assert names == [str(i) for i in range(0, 12, 2)]
    network = write_network(tmp_path / "net.npz", layers)
    assert network.widths == (5, 5, 5, 5, 5, 7)
    assert network.is_single


def test_safetensors_are_the_network(torch, tmp_path):
    files = pytest.importorskip("safetensors.torch")
    net = decoder(torch)
    files.save_file(net.state_dict(), tmp_path / "net.safetensors")
    layers, names = read_foreign(tmp_path / "net.safetensors", NAMES)
    same(torch, net, layers)
    assert names == ["0", "2", "4", "6", "8", "10"]


def test_a_part_of_a_file_is_chosen_by_its_prefix(torch, tmp_path):
    net, path = decoder(torch), tmp_path / "vae.pt"
    whole = torch.nn.ModuleDict({"encoder": torch.nn.Linear(7, 6), "decoder": net})
    torch.save(whole.state_dict(), path)
    layers, names = read_foreign(path, NAMES, "decoder.")
    same(torch, net, layers)
    assert names[0] == "decoder.0"
    with pytest.raises(BadValue, match=r"decoder.0 has 3 inputs, but encoder before it has 6"):
        read_foreign(path, ["relu", *NAMES])
    with pytest.raises(BadValue, match=r"no tensor whose name begins with 'decode\.'") as error:
        read_foreign(path, NAMES, "decode.")
    assert "encoder.weight" in error.value.remedy


def test_activations_have_to_be_said(torch, tmp_path):
    path = tmp_path / "net.pt"
    torch.save(decoder(torch).state_dict(), path)
    with pytest.raises(BadValue, match="has 6 layers, but does not say") as error:
        read_foreign(path)
    assert "--activations relu,relu,relu,relu,relu,sigmoid" in error.value.remedy
    with pytest.raises(BadValue, match="2 activations are given for 6 layers"):
        read_foreign(path, ["relu", "sigmoid"])


def test_what_is_not_fully_connected_is_named(torch, tmp_path):
    nn, path = torch.nn, tmp_path / "net.pt"
    for middle, text in (
        (nn.ConvTranspose2d(1, 2, 3), r"2.weight is a convolution \(1 x 2 x 3 x 3\)"),
        (nn.BatchNorm1d(5), "2 is a normalisation"),
        (nn.LayerNorm(5), "2 is a normalisation"),
        (nn.GRU(5, 5), "not known what 2.weight_ih_l0 is"),
    ):
        torch.save(decoder(torch, middle).state_dict(), path)
        with pytest.raises(BadValue, match=text):
            read_foreign(path, NAMES)


@pytest.mark.parametrize("content", ["module", "text", "number", "nothing"])
def test_a_file_of_something_else_is_refused(torch, tmp_path, content):
    path = tmp_path / "net.pt"
    if content == "text":
        path.write_text("weights")
    else:
        things = {"module": decoder(torch), "number": {"epoch": 3}, "nothing": {}}
        torch.save(things[content], path)
    with pytest.raises(BadValue, match=r"no state_dict|no tensors") as error:
        read_foreign(path, NAMES)
    assert "net.state_dict()" in error.value.remedy


class Holder:
    """What a checkpoint can hold beside numbers."""


@pytest.mark.parametrize(
    ("made", "words"),
    [
        (lambda nn: nn.Sequential(nn.Linear(2, 3)), "torch.nn.modules.container.Sequential"),
        (lambda nn: {"model": nn.Linear(2, 3).state_dict(), "args": Holder()}, "Holder"),
    ],
)
def test_pickled_objects_are_named_and_nobody_is_told_to_run_them(torch, tmp_path, made, words):
    path = tmp_path / "net.pt"
    torch.save(made(torch.nn), path)
    with pytest.raises(BadValue, match="is no state_dict, but holds pickled objects") as caught:
        read_foreign(path, ["relu"])
    assert words in caught.value.text
    assert "weights_only" not in caught.value.text
    assert "torch.save(net.state_dict(), path)" in caught.value.remedy


@pytest.mark.filterwarnings("ignore")
def test_a_torchscript_archive_is_called_so(torch, tmp_path):
    torch.jit.script(torch.nn.Sequential(torch.nn.Linear(2, 3))).save(str(tmp_path / "net.pt"))
    with pytest.raises(BadValue, match="but a TorchScript archive"):
        read_foreign(tmp_path / "net.pt", ["relu"])


def test_a_damaged_file_of_safetensors_is_refused(tmp_path):
    pytest.importorskip("safetensors")
    (tmp_path / "net.safetensors").write_text("weights")
    with pytest.raises(BadValue, match="cannot be read"):
        read_foreign(tmp_path / "net.safetensors", NAMES)


@pytest.mark.parametrize(
    ("suffix", "package"), [("pt", "torch"), ("safetensors", "safetensors"), ("onnx", "onnx")]
)
def test_a_missing_package_is_told(tmp_path, monkeypatch, suffix, package):
    path = tmp_path / f"net.{suffix}"
    path.touch()
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(BadValue, match=f"read by {package}, which is missing") as error:
        read_foreign(path, NAMES)
    assert f"pip install {package}" in error.value.remedy


def test_files_that_are_not_there_or_of_no_known_kind(tmp_path):
    with pytest.raises(BadValue, match="there is no file"):
        read_foreign(tmp_path / "net.pt")
    (tmp_path / "net.h5").touch()
    with pytest.raises(BadValue, match=r"none of .pt, .pth, .safetensors, .onnx"):
        read_foreign(tmp_path / "net.h5")


class Graph:
    """An ONNX file, written node by node."""

    def __init__(self, path):
        self.onnx = pytest.importorskip("onnx")
        self.path = path
        self.nodes, self.constants, self.at = [], [], "x"
        self.rng = np.random.default_rng(1)

    def constant(self, *shape, value=None):
        name = f"c{len(self.constants)}"
        array = self.rng.standard_normal(shape) if value is None else np.array(value)
        array = array.astype(np.int64 if array.dtype.kind == "i" else np.float32)
        self.constants.append(self.onnx.numpy_helper.from_array(array, name))
        return name

    def add(self, kind, *others, first=True, **attributes):
        inputs = [self.at, *others] if first else [*others, self.at]
        self.at = f"v{len(self.nodes)}"
        node = self.onnx.helper.make_node(kind, inputs, [self.at], **attributes)
        self.nodes.append(node)
        return self

    def write(self, inputs=("x",), output=None):
        helper, kind = self.onnx.helper, self.onnx.TensorProto.FLOAT
        graph = helper.make_graph(
            self.nodes,
            "decoder",
            [helper.make_tensor_value_info(name, kind, [None, 3]) for name in inputs],
            [helper.make_tensor_value_info(output or self.at, kind, None)],
            self.constants,
        )
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)])
        self.onnx.save(model, self.path)
        return model


@pytest.fixture
def graph(tmp_path):
    return Graph(tmp_path / "net.onnx")


def test_an_onnx_graph_is_the_network(graph, tmp_path):
    c = graph.constant
    graph.add("Flatten")
    graph.add("Gemm", c(5, 3), c(5), transB=1).add("Relu")
    graph.add("MatMul", c(5, 6)).add("Add", c(6), first=False).add("LeakyRelu", alpha=0.3)
    graph.add("Gemm", c(6, 6), c(6), alpha=0.5, beta=2.0).add("Tanh").add("Dropout")
    graph.add("Gemm", c(6, 4)).add("Abs")
    graph.add("MatMul", c(4, 4)).add("LeakyRelu")
    # Two matrices without anything between them.
    graph.add("MatMul", c(4, 5)).add("Gemm", c(8, 5), c(8), transB=1).add("Add", c(1))
    graph.add("Sigmoid").add("Reshape", c(value=[-1, 2, 4]))
    model = graph.write()
    layers, names = read_foreign(graph.path)
    assert [layer.activation for layer in layers] == [
        "relu",
        "leaky_relu:0.3",
        "tanh",
        "absolute",
        "leaky_relu:0.01",
        "identity",
        "sigmoid",
    ]
    from onnx.reference import ReferenceEvaluator

    (expected,) = ReferenceEvaluator(model).run(None, {"x": CODES})
    assert np.allclose(forward(layers, CODES), expected.reshape(len(CODES), -1), atol=1e-5)
    assert names[:2] == ["Gemm 1", "MatMul 2"]
    assert write_network(tmp_path / "net.npz", layers).widths == (5, 6, 6, 4, 4, 5, 8)


def test_constants_may_be_nodes(graph):
    helper = graph.onnx.helper
    matrix = np.arange(12, dtype=np.float32).reshape(4, 3)
    value = graph.onnx.numpy_helper.from_array(matrix)
    graph.nodes.append(helper.make_node("Constant", [], ["m"], value=value))
    graph.nodes.append(helper.make_node("Identity", ["m"], ["same"]))
    graph.add("Gemm", "same", transB=1).add("Relu").write()
    (layer,), _ = read_foreign(graph.path)
    assert np.array_equal(layer.weights, matrix)
    assert layer.bias is None


def test_activations_of_a_graph_can_be_replaced(graph):
    graph.add("Gemm", graph.constant(3, 5)).write()
    (layer,), _ = read_foreign(graph.path, ["absolute"])
    assert layer.activation == "absolute"
    with pytest.raises(BadValue, match="no names to choose from"):
        read_foreign(graph.path, None, "decoder.")


def refused(graph, text, **options):
    graph.write(**options)
    with pytest.raises(BadValue, match=text):
        read_foreign(graph.path)


def test_a_convolution_is_named(graph):
    c = graph.constant
    graph.add("Gemm", c(3, 4), name="first").add("Relu")
    graph.add("ConvTranspose", c(1, 1, 3, 3), name="up")
    refused(graph, "the operation ConvTranspose 'up' is not known")


def test_a_branch_is_refused(graph):
    graph.add("Gemm", graph.constant(3, 3))
    graph.add("Add", "x")
    refused(graph, "the operation Add has an input that is no constant")


def test_two_branches_are_refused(graph):
    graph.add("Gemm", graph.constant(3, 3))
    graph.at = "x"
    graph.add("Gemm", graph.constant(3, 3))
    refused(graph, "does not go on from the one before it")


def test_two_inputs_are_refused(graph):
    graph.add("Gemm", graph.constant(3, 3))
    refused(graph, "has the inputs x, z", inputs=("x", "z"))


def test_another_output_is_refused(graph):
    graph.add("Gemm", graph.constant(3, 3)).add("Relu")
    refused(graph, "the last operation is not the output", output="v0")


def test_operations_out_of_place_are_refused(graph):
    graph.add("Relu")
    refused(graph, "Relu follows no matrix")


@pytest.mark.parametrize("size", [2, 3])
def test_a_shift_needs_a_matrix_and_its_size(graph, size):
    graph.add("MatMul", graph.constant(3, 4))
    if size == 3:
        graph.add("Relu")
    graph.add("Add", graph.constant(size))
    refused(graph, "Add follows no matrix" if size == 3 else "Add adds 2 numbers to 4")


def test_a_graph_of_nothing_and_a_damaged_file_are_refused(graph):
    graph.add("Identity")
    refused(graph, "has no layers")
    graph.path.write_bytes(b"\xff\xff\xff")
    with pytest.raises(BadValue, match="is no ONNX file"):
        read_foreign(graph.path)
