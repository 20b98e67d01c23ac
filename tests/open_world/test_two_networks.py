"""Blind demodulation with a second network of another kind, and with networks from files."""

from types import SimpleNamespace

import numpy as np
import pytest
from small import cells

from genphase.brought import look_in
from genphase.cells.quantity import run_quantity
from genphase.cells.solve import solve
from genphase.cells.trial import run_trial
from genphase.draws.decoder import Decoder, in_double
from genphase.draws.gaussian import draw_gaussian
from genphase.draws.instance import draw_instance, draw_trial_start
from genphase.draws.pair import Pair
from genphase.draws.product import Product
from genphase.draws.streams import SECOND, stream
from genphase.errors import SweepError
from genphase.jobs.cost import trial_cost
from genphase.quantities.joint_wdc import joint_wdc

N = 40
NETWORK = {"widths": [20, N], "weights": "he"}
OTHER = {"k": 5, "widths": [12, 15, N], "weights": "gaussian"}


def demodulated(folder, network, axes=None, **changes):
    given = {
        "problem": "blind_demodulation",
        "network": network,
        "axes": axes or {"k": [3]},
        "noise": 0,
        "solvers": [{"name": "alternating", "step": N / 4, "max_iter": 50}],
        **changes,
    }
    return cells(folder, **given)


def arrays(k, seed=0, biases=False, last="relu"):
    """A network from k through 15 to N numbers."""
    rng = np.random.default_rng(seed)
    found = {
        "W1": rng.standard_normal((15, k)).astype(np.float32) / 2,
        "W2": rng.standard_normal((N, 15)).astype(np.float32) / 4,
        "activations": ["leaky_relu:0.2", last],
    }
    return found | ({"b1": 0.3 * rng.standard_normal(15)} if biases else {})


@pytest.fixture
def folder(tmp_path):
    """Files of networks: a and b without biases, c with biases and a sigmoid, d of another end."""
    np.savez(tmp_path / "a.npz", **arrays(3))
    np.savez(tmp_path / "b.npz", **arrays(5, seed=1))
    np.savez(tmp_path / "c.npz", **arrays(4, seed=2, biases=True, last="sigmoid"))
    np.savez(tmp_path / "d.npz", W1=np.ones((7, 2)))
    look_in(tmp_path)
    return tmp_path


def dense(file, x):
    content = np.load(file)
    z = content["W1"].astype(float) @ x + content.get("b1", 0)
    z = content["W2"].astype(float) @ np.where(z > 0, z, 0.2 * z)
    return np.maximum(z, 0) if content["activations"][1] == "relu" else 1 / (1 + np.exp(-z))


def test_each_network_has_its_own_sizes_law_and_activation(folder):
    leaky = OTHER | {"activation": {"leaky_relu": 0.1}}
    (cell,) = demodulated(folder, NETWORK | {"second": leaky}, target="gaussian")
    instance = draw_instance(cell.parameters, 0)
    assert type(instance) is Product
    assert instance.chain.widths.tolist() == [3, 20, N]
    assert instance.second.widths.tolist() == [5, 12, 15, N]
    assert instance.chain.leaks.tolist() == [0, 0]
    assert instance.second.leaks.tolist() == [0.1] * 3
    sizes = [np.mean(part.seen()[0][-1] ** 2) for part in (instance.chain, instance.second)]
    # Variances 2/n and 1/n, of 800 and 600 entries.
    assert sizes == pytest.approx([2 / N, 1 / N], rel=0.25)
    assert draw_trial_start(cell.parameters, 0).shape == instance.target.shape == (8,)
    h, z = instance.codes(instance.target)
    assert (h.size, z.size) == (3, 5)
    assert np.linalg.norm(h) == pytest.approx(np.linalg.norm(z), rel=1e-14)
    product = instance.chain(h)[0] * instance.second(z)[0]
    np.testing.assert_array_equal(instance.observation, product)
    # The symbols are those of the first network.
    assert (cell.symbols["k"], cell.symbols["n1"], cell.symbols["d"]) == (3, 20, 2)


def test_the_second_network_is_drawn_by_its_own_stream(folder):
    (cell,) = demodulated(folder, NETWORK | {"second": OTHER})
    drawn = np.empty(5 * 12, dtype=np.float32)
    draw_gaussian(stream(cell.parameters, 1, SECOND), 1 / np.sqrt(12), drawn)
    second = draw_instance(cell.parameters, 1).second
    np.testing.assert_array_equal(second.weights[: drawn.size], drawn)


def test_a_second_network_with_the_keys_of_the_first_is_the_same_cell(folder):
    (alone,) = demodulated(folder, NETWORK)
    same = [NETWORK | {"k": "k"}, {"k": 3, "widths": ["n1", "n"], "weights": "he"}]
    for second in same:
        (cell,) = demodulated(folder, NETWORK | {"second": second})
        assert cell.id == alone.id
        assert type(draw_instance(cell.parameters, 0)) is Product
    ids = {alone.id}
    for second in (OTHER, OTHER | {"k": 6}, OTHER | {"weights": "he"}, NETWORK | {"k": 4}):
        ids |= {cell.id for cell in demodulated(folder, NETWORK | {"second": second})}
    assert len(ids) == 5
    (file,) = demodulated(folder, {"file": "a.npz"}, axes={"seed": [0]})
    (twice,) = demodulated(
        folder, {"file": "a.npz", "second": {"file": "a.npz"}}, axes={"seed": [0]}
    )
    assert file.id == twice.id


@pytest.mark.parametrize(
    "network",
    [
        NETWORK | {"second": NETWORK | {"k": 3, "weights": "gaussian"}},
        NETWORK | {"second": OTHER},
        {"file": "a.npz", "second": {"file": "b.npz"}},
        {"file": "b.npz", "second": {"k": 3, "widths": [9, 14, N], "weights": "he"}},
    ],
)
def test_kernels_run_networks_without_biases_whatever_their_shapes_and_laws(folder, network):
    (cell,) = demodulated(folder, network, {"k": [3]} if "widths" in network else {"seed": [0]})
    instance = draw_instance(cell.parameters, 0)
    assert type(instance) is Product
    fast = run_trial(cell.parameters, 0).record
    # The gradient of the kernel, which enters the record, against that of the loop in Python.
    pair = Pair(
        instance.chain,
        instance.target,
        instance.signal,
        instance.observation,
        second=instance.second,
    )
    x = draw_trial_start(cell.parameters, 0)
    for kernel, plain in zip(instance.without_truth()(x), pair.without_truth()(x), strict=True):
        np.testing.assert_allclose(kernel, plain, rtol=1e-10)
    assert fast.status == "capped"
    solver = cell.parameters.solved_by
    runs = [solve(made, x, solver).run for made in (instance, pair)]
    np.testing.assert_allclose(runs[0].latent, runs[1].latent, rtol=1e-8, atol=1e-12)
    assert runs[0][1:] == runs[1][1:]


def test_sizes_of_the_second_network_may_be_axes(folder):
    second = {"k": "q", "widths": "arms", "activation": "sigma"}
    axes = {"k": [3], "q": [2, 4], "arms": [[N], [9, N]], "sigma": ["relu", "leaky_relu:0.3"]}
    found = demodulated(folder, NETWORK | {"second": second}, axes=axes)
    assert len({cell.id for cell in found}) == 8
    for cell in found:
        fixed = cell.parameters.network.second
        assert (fixed.k, fixed.widths) == (cell.point["q"], cell.point["arms"])
        assert fixed.slope == (0.3 if cell.point["sigma"] != "relu" else 0)
    axes = {"net": ["a.npz", "b.npz"], "k": [3]}
    found = demodulated(folder, NETWORK | {"second": {"file": "net"}}, axes=axes)
    assert [cell.parameters.second.k for cell in found] == [3, 5]


PAIRS = {
    "one file": ({"file": "a.npz"}, ("a.npz", "a.npz")),
    "two files": ({"file": "a.npz", "second": {"file": "b.npz"}}, ("a.npz", "b.npz")),
    "with biases": ({"file": "c.npz", "second": {"file": "b.npz"}}, ("c.npz", "b.npz")),
    "one of them drawn": ({"file": "b.npz", "second": OTHER}, ("b.npz", None)),
    "the first drawn": (NETWORK | {"second": {"file": "c.npz"}}, (None, "c.npz")),
    "both drawn": (NETWORK | {"second": OTHER}, (None, None)),
}


def pair(folder, case, **changes):
    network, files = PAIRS[case]
    axes = {"seed": [0]} if files[0] else {"k": [3]}
    (cell,) = demodulated(folder, network, axes=axes, **changes)
    return cell, files


@pytest.mark.parametrize("case", PAIRS)
def test_the_signal_and_the_gradient_are_those_of_the_files(case, folder):
    cell, files = pair(folder, case, noise=0.3)
    instance = draw_instance(cell.parameters, 0)
    assert not in_double(cell.parameters)
    x = draw_trial_start(cell.parameters, 0)
    for network, code, file in zip(
        (instance.chain, instance.second), instance.codes(x), files, strict=True
    ):
        assert isinstance(network, Decoder) == (file is not None)
        if file is not None:
            np.testing.assert_allclose(network(code)[0], dense(folder / file, code), rtol=1e-12)
    gradient, h = instance.without_truth(), 1e-6
    numeric = [(gradient(x + s)[0] - gradient(x - s)[0]) / (2 * h) for s in h * np.eye(x.size)]
    found = gradient(x)[1]
    np.testing.assert_allclose(found, numeric, rtol=0, atol=1e-7 * np.abs(found).max())


@pytest.mark.parametrize("case", PAIRS)
def test_what_the_product_tells_of_scales_is_not_balanced(case, folder):
    tells = "c.npz" in PAIRS[case][1]
    cell, _ = pair(folder, case, target="gaussian")
    instance = draw_instance(cell.parameters, 0)
    h, z = instance.codes(instance.target)
    assert instance.is_scale_free != tells
    assert (np.linalg.norm(h) == pytest.approx(np.linalg.norm(z), rel=1e-12)) != tells
    # Of a run that makes next to no step the signal is that of the start.
    first, second = instance.codes(draw_trial_start(cell.parameters, 0))
    signal = instance.chain(first)[0] * instance.second(second)[0]
    error = np.linalg.norm(signal - instance.signal) / np.linalg.norm(instance.signal)
    for balance in (True, False):
        solver = {"step": 1e-14, "max_iter": 1, "balance": balance, "sign_search": False}
        changes = {"solvers": [{"name": "alternating", **solver}]}
        cell, _ = pair(folder, case, target="gaussian", **changes)
        record = run_trial(cell.parameters, 0).record
        assert record.signal_error == pytest.approx(error, rel=1e-6)


def jacobian(instance):
    """That of the product at the truth, by differences."""
    signal, x, h = instance.signal_at, instance.target, 1e-6
    steps = h * np.eye(x.size)
    return np.array([(signal(x + step) - signal(x - step)) / (2 * h) for step in steps]).T


@pytest.mark.parametrize("case", PAIRS)
def test_aligned_noise_is_in_the_range_of_both_jacobians(case, folder):
    cell, _ = pair(folder, case, noise={"aligned": 0.5})
    instance = draw_instance(cell.parameters, 0)
    noise, J = instance.observation - instance.signal, jacobian(instance)
    assert np.linalg.norm(noise) == pytest.approx(0.5)
    np.testing.assert_allclose(J @ np.linalg.lstsq(J, noise)[0], noise, rtol=0, atol=1e-7)


@pytest.mark.parametrize("case", PAIRS)
def test_from_near_the_truth_the_signal_is_recovered(case, folder):
    cell, _ = pair(folder, case)
    steps = [
        1 / np.linalg.norm(jacobian(draw_instance(cell.parameters, t)), 2) ** 2 for t in (0, 1)
    ]
    solver = {
        "name": "alternating",
        "step": float(0.5 * min(steps)),
        "momentum": 0.9,
        "max_iter": 10_000,
    }
    solver["stop"] = {"relative_change": 1e-11}
    cell, _ = pair(folder, case, solvers=[solver], start={"near_target": 0.01})
    errors = [run_trial(cell.parameters, trial).record.signal_error for trial in (0, 1)]
    # The slowest directions take long: the start's error is about 1e-2.
    assert min(errors) < 1e-8
    assert max(errors) < 1e-4


def test_the_path_of_a_file_is_no_part_of_the_identity(folder):
    cell, _ = pair(folder, "the first drawn")
    (folder / "moved").mkdir()
    (folder / "c.npz").rename(folder / "moved/e.npz")
    (moved,) = demodulated(folder, NETWORK | {"second": {"file": "moved/e.npz"}})
    assert moved.id == cell.id
    np.savez(folder / "moved/e.npz", **arrays(4, seed=9))
    (edited,) = demodulated(folder, NETWORK | {"second": {"file": "moved/e.npz"}})
    assert edited.id != cell.id


def test_each_code_has_the_target_law_of_its_own_size(folder):
    (cell,) = demodulated(folder, NETWORK | {"second": OTHER}, target="unit_signal")
    instance = draw_instance(cell.parameters, 0)
    h, z = instance.codes(instance.target)
    assert np.flatnonzero(h).tolist() == np.flatnonzero(z).tolist() == [1]
    norms = [np.linalg.norm(net(code)[0]) for net, code in zip(
        (instance.chain, instance.second), (h, z), strict=True)]  # fmt: skip
    assert np.prod(norms) == pytest.approx(1, rel=1e-12)
    with pytest.raises(SweepError, match="but k = 1"):
        demodulated(folder, NETWORK | {"second": OTHER | {"k": 1}}, target="unit_signal")


def test_the_cost_is_that_of_both_networks(folder):
    small, large = (
        demodulated(folder, NETWORK | {"second": {"k": 5, "widths": [width, N]}})[0].parameters
        for width in (12, 5000)
    )
    assert trial_cost(small).core_seconds < trial_cost(large).core_seconds
    # The loop in Python takes longer than the kernels: with biases, and in double precision.
    np.savez(folder / "double.npz", **{**arrays(3), "W1": np.pi * arrays(3)["W1"].astype(float)})
    costs = [
        trial_cost(demodulated(folder, {"file": f}, {"seed": [0]})[0].parameters).core_seconds
        for f in ("a.npz", "c.npz", "double.npz")
    ]
    assert 5 * costs[0] < min(costs[1:])


def measured(folder, network, *measure):
    return demodulated(
        folder, network, solvers=None, success=None, measure=list(measure), target="gaussian"
    )


def test_quantities_of_two_networks_take_unlike_ones(folder):
    joint = {"name": "joint_wdc", "points": 3, "ascent": 2}
    objective = {"name": "product_objective", "first": -0.5, "second": 2}
    found = measured(folder, NETWORK | {"second": OTHER}, objective, joint)
    parameters = found[0].parameters
    value = run_quantity(parameters, 0).record.value
    instance = draw_instance(parameters, 0)
    h, z = instance.codes(instance.target)
    moved = instance.chain(-0.5 * h)[0] * instance.second(2 * z)[0]
    f = 0.5 * np.sum((moved - instance.signal) ** 2)
    # d = 2 and s = 3 layers.
    assert value == pytest.approx(2**5 * N * f / ((h @ h) * (z @ z)), rel=1e-9)
    assert 0 < run_quantity(found[1].parameters, 0).record.value < 100


@pytest.mark.parametrize("trial", range(4))
def test_the_joint_wdc_is_the_same_with_both_networks_exchanged(trial):
    """The law of each network decides the constant of its own side, with one input 0.97."""
    rng = np.random.default_rng(trial)
    networks = [rng.standard_normal((N, 1)) for _ in range(2)]
    found = []
    for sides in ((0, 1), (1, 0)):
        (weights, law), (second, second_law) = (
            (networks[side], ("gaussian", "truncated")[side]) for side in sides
        )
        drawn = SimpleNamespace(
            weights=[weights], second=[second], law=law, second_law=second_law,
            rng=np.random.default_rng(0),
        )  # fmt: skip
        # All points are signs: with so many samples all of their choices are met.
        found.append(float(joint_wdc(drawn, points=100, ascent=0)))
    assert found[0] == pytest.approx(found[1], rel=1e-12)


SOLVED = [{"name": "subgradient", "step": 1}]
BAD = {
    "one network alone": (
        {"problem": "inversion", "solvers": SOLVED},
        "network.second: inversion has one network",
    ),
    "no k": (
        {"network": NETWORK | {"second": {"widths": [N]}}},
        "network.second.k: the latent dimension of the second network is not given",
    ),
    "no widths": (
        {"network": NETWORK | {"second": {"k": 2}}}, "network.second.widths: this key is missing"
    ),
    "another key": (
        {"network": NETWORK | {"second": OTHER | {"width": 3}}}, "network.second.width: "
    ),
    "a third network": (
        {"network": NETWORK | {"second": OTHER | {"second": OTHER}}}, "network.second.second: "
    ),
    "other last widths": (
        {"network": NETWORK | {"second": OTHER | {"widths": [12, 41]}}},
        "network.second.widths: its last layer has 41 units, and that of the first network 40",
    ),
    "a file with another end": (
        {"network": NETWORK | {"second": {"file": "d.npz"}}},
        "network.second.file: its last layer has 7 units",
    ),
    "another k than the file's": (
        {"network": NETWORK | {"second": {"file": "b.npz", "k": "k"}}},
        "network.second.file: k = 3, but W1 of b.npz has 5 columns",
    ),
    "a file and widths": (
        {"network": NETWORK | {"second": {"file": "b.npz", "widths": [N]}}},
        "network.second.widths: ",
    ),
    "no file": ({"network": NETWORK | {"second": {"file": "e.npz"}}}, "network.second.file: "),
    "half a unit": (
        {"network": NETWORK | {"second": OTHER | {"widths": ["k/2", N]}}},
        "network.second.widths[0]: the width of layer 1 is 1.5",
    ),
    "half an unknown": (
        {"network": NETWORK | {"second": OTHER | {"k": "k/2"}}}, "network.second.k: "
    ),
    "an unknown symbol": (
        {"network": NETWORK | {"second": OTHER | {"k": "q"}}},
        "network.second.k: unknown symbol 'q'",
    ),
    "an unknown law": (
        {"network": NETWORK | {"second": OTHER | {"weights": "hee"}}}, "network.second.weights: "
    ),
    "an activation that is none": (
        {"network": NETWORK | {"second": OTHER | {"activation": "gelu"}}},
        "network.second.activation: ",
    ),
    "a slope that is none": (
        {"network": NETWORK | {"second": OTHER | {"activation": {"leaky_relu": "k"}}}},
        "network.second.activation.leaky_relu: ",
    ),
    "an error of like networks": (
        {"errors": [{"name": "ends_near_pair", "place": "target"}]},
        "errors[0]: ends_near_pair is about two ReLU networks of one depth",
    ),
    "the same for a file with biases": (
        {
            "network": {"file": "c.npz"},
            "axes": {"seed": [0]},
            "errors": [{"name": "ends_near_pair", "place": "target"}],
        },
        "errors[0]: ends_near_pair is about two ReLU networks of one depth",
    ),
    "theory of like networks": (
        {
            "axes": {"k": [3, 4], "a": [1, 2]},
            "noise": "a/10",
            "network": {"widths": [20, N], "second": OTHER},
            "figures": {
                "portrait": {"x": "k", "y": "a", "overlays": [{"theory": "demodulation_width"}]}
            },
        },
        "demodulation_width is about two networks with the same sizes and law",
    ),
    "a quantity of ReLU layers": (
        {
            "solvers": None,
            "success": None,
            "measure": [{"name": "joint_wdc"}],
            "network": NETWORK | {"second": OTHER | {"activation": "leaky_relu:0.1"}},
        },
        "joint_wdc is about ReLU layers without biases, and the network has leaky_relu:0.1",
    ),
    "a start that asks for one depth": (
        {"start": {"use": "near.py"}}, "start: near asks for the depth of both networks"
    ),
}  # fmt: skip


@pytest.mark.parametrize("mistake", BAD)
def test_what_is_wrong_with_a_second_network_is_told(mistake, folder):
    (folder / "near.py").write_text(
        "from genphase import start\n"
        "@start\n"
        "def near(rng, k, *, depth):\n"
        "    return rng.standard_normal(k) / depth\n"
    )
    changes, part = BAD[mistake]
    with pytest.raises(SweepError) as caught:
        demodulated(folder, **{"network": NETWORK | {"second": OTHER}, **changes})
    assert part in str(caught.value)
    assert "=mapping" not in str(caught.value)


def test_the_start_asks_for_the_depth_where_both_networks_have_one(folder):
    (folder / "near.py").write_text(
        "from genphase import start\n"
        "@start\n"
        "def near(rng, k, *, depth):\n"
        "    return rng.standard_normal(k) / depth\n"
    )
    (cell,) = demodulated(folder, NETWORK, start={"use": "near.py"})
    assert draw_trial_start(cell.parameters, 0).shape == (6,)
