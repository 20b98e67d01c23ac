"""Images as signals: they need not be in the range of a network, and have no latent code."""

import math
from functools import partial

import numpy as np
import pytest
from small import cells

from genphase.accuracy.factor import factor
from genphase.brought import BadReturn, look_in
from genphase.cells.kept import LATENT, Asked, Kept
from genphase.cells.measure import measure
from genphase.cells.trial import run_trial
from genphase.draws.instance import draw_instance
from genphase.errors import SweepError
from genphase.images.split import read_split

K, N = 2, 12
SOLVERS = [{"name": "subgradient", "step": 0.5, "max_iter": 4000}]
RULE = {"error": "signal", "below": 0.5}


@pytest.fixture
def images(tmp_path):
    """Write a file of images beside the sweep; return those for tests, every tenth."""
    found = np.random.default_rng(0).integers(0, 256, (50, 3, 4), dtype=np.uint8)
    np.save(tmp_path / "images.npy", found)
    look_in(tmp_path)
    return (found[9::10] / np.float32(255)).astype(np.float32).reshape(5, N)


def made(folder, target, **changes):
    given = {
        "problem": "inversion", "axes": {"a": [1]}, "noise": "0*a", "solvers": SOLVERS,
        "network": {"widths": [8, N]}, "k": K, "success": RULE, "trials": 3, **changes,
    }  # fmt: skip
    return cells(folder, target=target, **given)


def numbers_of(images, signal):
    """Return which of the images a signal is."""
    (found,) = np.flatnonzero((images == signal).all(axis=1))
    return int(found)


def test_a_split_of_a_file(images, tmp_path):
    test = read_split("images.npy", "test")
    assert test.shape == (3, 4)
    np.testing.assert_array_equal(test.pixels, images)
    train, both = (read_split("images.npy", name) for name in ("train", "all"))
    assert (len(train.pixels), len(both.pixels)) == (45, 50)
    np.testing.assert_array_equal(read_split("images.npy", "test", True).pixels, 1 - images)
    assert len({test.digest, train.digest, both.digest}) == 3
    # An edited file is another one.
    np.save(tmp_path / "images.npy", np.zeros((20, 2, 2)))
    assert read_split("images.npy", "test").pixels.shape == (2, 4)


def test_each_trial_has_an_image_of_its_own(images, tmp_path):
    (cell,) = made(tmp_path, {"images": "images.npy"})
    seen = [draw_instance(cell.parameters, trial) for trial in range(3)]
    for instance in seen:
        np.testing.assert_array_equal(instance.observation, instance.signal)
    which = [numbers_of(images, instance.signal) for instance in seen]
    assert len(set(which)) == 3
    # The same ones in other cells, others with another seed.
    (other,) = made(tmp_path, {"images": "images.npy"}, network={"widths": [9, N]})
    again = [draw_instance(other.parameters, trial).signal for trial in range(3)]
    assert [numbers_of(images, signal) for signal in again] == which
    orders = set()
    for seed in range(5):
        (cell_of_seed,) = made(tmp_path, {"images": "images.npy"}, seed=seed, trials=5)
        signals = [draw_instance(cell_of_seed.parameters, trial).signal for trial in range(5)]
        orders.add(tuple(numbers_of(images, signal) for signal in signals))
    assert all(sorted(order) == [0, 1, 2, 3, 4] for order in orders)
    assert len(orders) > 1
    record = run_trial(cell.parameters, 0).record
    assert math.isnan(record.latent_error)
    assert math.isnan(record.latent_norm)
    assert 0 < record.signal_error < 1.5
    # The objective is that of the image, not of a point of the range.
    assert record.objective == pytest.approx(
        0.5 * (record.signal_error * record.signal_norm) ** 2, rel=1e-6
    )


def test_an_axis_of_images(images, tmp_path):
    found = made(
        tmp_path, {"images": "images.npy", "index": "a"}, noise=0,
        axes={"a": [0, 4]},
    )  # fmt: skip
    for cell, index in zip(found, (0, 4), strict=True):
        for trial in (0, 1):
            signal = draw_instance(cell.parameters, trial).signal
            np.testing.assert_array_equal(signal, images[index])
    assert found[0].id != found[1].id


@pytest.mark.parametrize("problem", ["compressed_sensing", "phase_retrieval"])
@pytest.mark.parametrize("random", [True, False])
def test_measurements_of_an_image(images, tmp_path, problem, random):
    rng = np.random.default_rng(1)
    np.savez(tmp_path / "net.npz", W1=rng.random((6, K)), W2=rng.random((N, 6)))
    network = {"widths": [8, N]} if random else {"file": "net.npz"}
    (cell,) = made(
        tmp_path, {"images": "images.npy"}, problem=problem, noise=0,
        network=network, axes={"m": [7]}, k=K if random else None,
    )  # fmt: skip
    instance = draw_instance(cell.parameters, 2)
    A = instance.chain.seen()[-1]
    measured = A.astype(float) @ instance.signal
    expected = np.abs(measured) if problem == "phase_retrieval" else measured
    np.testing.assert_allclose(instance.observation, expected, rtol=1e-12)


def test_the_spike_of_an_image(images, tmp_path):
    (cell,) = made(
        tmp_path, {"images": "images.npy"}, problem="spiked_wigner", noise="0*a",
        solvers=[{"name": "subgradient", "step": 0.01}],
    )  # fmt: skip
    instance = draw_instance(cell.parameters, 1)
    y = instance.signal
    f, _ = instance.stationarity(np.zeros(K))
    assert f == pytest.approx(0.25 * (y @ y) ** 2, rel=1e-5)


def test_a_cell_is_of_the_images_and_not_of_their_path(images, tmp_path):
    target = {"images": "images.npy"}
    (cell,) = made(tmp_path, target)
    all_of_them = np.load(tmp_path / "images.npy")
    np.savez(tmp_path / "copy.npz", images=all_of_them)
    assert made(tmp_path, {"images": "copy.npz"})[0].id == cell.id
    assert made(tmp_path, {"images": "copy.npz", "invert": True})[0].id != cell.id
    np.save(tmp_path / "images.npy", all_of_them[::-1])
    assert made(tmp_path, target)[0].id != cell.id
    with pytest.raises(BadReturn, match="has changed since"):
        draw_instance(cell.parameters, 0)


@pytest.mark.parametrize(
    ("target", "changes", "words"),
    [
        ({"images": "none.npz"}, {}, "there are no images 'none.npz'"),
        ({"images": "images.npy", "split": "tset"}, {}, "did you mean 'test'"),
        (
            {"images": "images.npy"},
            {"trials": 6},
            "6 trials, but .* has 5 images of the split test, 50 in all",
        ),
        ({"images": "images.npy", "index": 5}, {}, "index 5 of images.npy"),
        ({"images": "images.npy", "index": "b"}, {}, "'b'"),
        (
            {"images": "images.npy"},
            {"network": {"widths": [8, 11]}},
            "have 12 pixels, but n = 11",
        ),
        (
            {"images": "images.npy"},
            {"success": {"error": "latent", "below": 1e-3}},
            "latent compares with x",
        ),
        ({"images": "images.npy"}, {"errors": ["contraction"]}, "use signal"),
        (
            {"images": "images.npy"},
            {"start": {"near_target": 0.1}},
            "no latent code",
        ),
        ({"images": "images.npy"}, {"noise": {"aligned": "0*a"}}, "use sphere"),
        (
            {"images": "images.npy"},
            {"figures": {"curve": {"x": "a", "y": "latent_error"}}},
            "write y: signal_error",
        ),
        (
            {"images": "images.npy"},
            {
                "problem": "blind_demodulation",
                "solvers": [{"name": "alternating", "step": 0.1}],
            },
            "product of two signals",
        ),
    ],
)
def test_what_an_image_cannot_be_is_told(images, tmp_path, target, changes, words):
    with pytest.raises(SweepError, match=words):
        made(tmp_path, target, **changes)


OWN = """
import numpy as np
from genphase import Result, solver

@solver(recovers="signal")
def mean(problem, start):
    \\"\\"\\"Return the mean of what is observed, without the network.\\"\\"\\"
    n = problem.signal(start).size
    return Result(None, 3, "converged", signal=np.full(n, problem.observation.mean()))

@solver
def both(problem, start):
    return Result(start, 1, "converged", signal=problem.signal(start))

@solver(recovers="signal")
def neither(problem, start):
    return Result(None, 1)

@solver
def undeclared(problem, start):
    return Result(None, 1, signal=problem.signal(start))

@solver(recovers="signal")
def declared(problem, start):
    return Result(start, 1)

@solver(recovers="signal")
def far(problem, start):
    return Result(None, 1, signal=np.full(problem.signal(start).size, np.inf))
"""


def own(folder, name, **changes):
    (folder / "own.py").write_text(OWN.replace("\\", ""), encoding="utf-8")
    (cell,) = made(folder, {"images": "images.npy"}, solvers=[{"use": f"own.py:{name}"}], **changes)
    return cell


def test_a_method_without_the_network_is_judged_by_its_signal(images, tmp_path):
    cell = own(tmp_path, "mean")
    kept = Kept.model_validate(
        {"errors": [{"label": "psnr", "error": "psnr"}, {"label": "r", "error": "residual"}],
         "latent": True}
    )  # fmt: skip
    trial = run_trial(cell.parameters, 1, measure=partial(measure, kept))
    record, y = trial.record, draw_instance(cell.parameters, 1).signal
    off = np.linalg.norm(y.mean() - y) / np.linalg.norm(y)
    assert record.signal_error == pytest.approx(off)
    assert (record.status, record.iterations) == ("converged", 3)
    assert math.isnan(record.latent_error)
    values = dict(zip(("psnr", "r"), kept.values(trial), strict=True))
    assert values["r"] == pytest.approx(off)
    assert values["psnr"] == pytest.approx(
        10 * np.log10(y.max() ** 2 / np.mean((y.mean() - y) ** 2)), rel=0.3
    )
    assert math.isnan(record.objective)
    assert math.isnan(record.gradient_norm)
    # No code is kept, so that later errors run it again.
    assert trial.kept[LATENT] == []


@pytest.mark.parametrize(
    ("name", "words"),
    [("undeclared", 'write @solver.recovers="signal"'), ("declared", "remove @solver")],
)
def test_a_method_says_that_it_recovers_a_signal(images, tmp_path, name, words):
    with pytest.raises(BadReturn, match=words):
        run_trial(own(tmp_path, name).parameters, 0)


@pytest.mark.parametrize("error", [{"error": "latent"}, {"error": "contraction"}])
def test_a_method_without_the_network_is_not_judged_by_a_code(images, tmp_path, error):
    (tmp_path / "own.py").write_text(OWN.replace("\\", ""), encoding="utf-8")
    both = [{"use": "own.py:mean"}, *SOLVERS]
    with pytest.raises(SweepError, match=r"success.error.*code x̂, and mean recovers") as caught:
        made(tmp_path, "sphere", solvers=both, success={**error, "below": 0.5})
    (mistake,) = caught.value.mistakes
    assert "use signal" in mistake.remedy
    # What is recorded beside the rule has other solvers.
    made(tmp_path, "sphere", solvers=both, errors=["contraction"])


@pytest.mark.parametrize("name", ["both", "neither"])
def test_a_result_has_a_code_or_a_signal(images, tmp_path, name):
    cell = own(tmp_path, name)
    with pytest.raises(BadReturn, match=r"signal=\.\.\."):
        run_trial(cell.parameters, 0)


def test_a_signal_that_is_not_finite_has_diverged(images, tmp_path):
    assert run_trial(own(tmp_path, "far").parameters, 0).record.status == "diverged"


def test_errors_of_the_code_are_nan_of_a_method_without_one(images, tmp_path):
    cell = own(tmp_path, "mean", trials=5)
    places = [{"label": "e", "error": {"name": "ends_near", "options": {"place": "elsewhere"}}}]
    kept = Kept.model_validate({"errors": [*places, {"label": "c", "error": "cosine"}]})
    trial = run_trial(cell.parameters, 0, measure=partial(measure, kept))
    assert all(math.isnan(value) for value in kept.values(trial))


DEMODULATED = {
    "problem": "blind_demodulation",
    "solvers": [{"name": "alternating", "step": 1, "max_iter": 30}],
    "errors": [
        {"name": "factor", "which": which, "label": f"{which}_error"}
        for which in ("first", "second")
    ],
}


@pytest.fixture
def others(images, tmp_path):
    """Write a second file of images; return those for tests."""
    found = np.random.default_rng(1).integers(1, 256, (60, 3, 4), dtype=np.uint8)
    np.save(tmp_path / "others.npy", found)
    return (found[9::10] / np.float32(255)).astype(np.float32).reshape(6, N)


def test_the_signal_is_a_product_of_two_images(images, others, tmp_path):
    target = {"images": "images.npy", "index": "a"}
    target["second"] = {"images": "others.npy", "index": 5, "invert": True}
    changes = DEMODULATED | {"network": {"widths": [8, N], "second": {"k": 3, "widths": [9, N]}}}
    (cell,) = made(tmp_path, target, **changes)
    for trial in (0, 1):
        instance = draw_instance(cell.parameters, trial)
        wanted = np.array([images[1], 1 - others[5]])
        np.testing.assert_array_equal(instance.factors, wanted)
        np.testing.assert_array_equal(instance.signal, wanted[0].astype(float) * wanted[1])
        np.testing.assert_array_equal(instance.observation, instance.signal)
        assert instance.target.shape == (5,)
        assert np.isnan(instance.target).all()
    record = run_trial(cell.parameters, 0).record
    assert math.isnan(record.latent_error)
    assert 0 < record.signal_error < 1.5
    ids = {cell.id}
    for other in ({"index": 4}, {"invert": False}, {"split": "train"}):
        changed = target | {"second": target["second"] | other}
        ids |= {found.id for found in made(tmp_path, changed, **changes)}
    assert len(ids) == 4


def test_each_factor_has_an_order_of_its_own(images, tmp_path):
    target = {"images": "images.npy", "second": {"images": "images.npy"}}
    pairs = []
    for seed in range(4):
        (cell,) = made(tmp_path, target, seed=seed, trials=5, **DEMODULATED)
        factors = [draw_instance(cell.parameters, trial).factors for trial in range(5)]
        first, second = ([numbers_of(images, pair[i]) for pair in factors] for i in (0, 1))
        assert sorted(first) == sorted(second) == [0, 1, 2, 3, 4]
        pairs += zip(first, second, strict=True)
    assert 0 < sum(one == two for one, two in pairs) < 12


@pytest.mark.parametrize("of_images", [True, False])
def test_the_errors_of_factors_are_up_to_their_scale(images, others, tmp_path, of_images):
    target = {"images": "images.npy", "index": 1, "second": {"images": "others.npy", "index": 2}}
    (cell,) = made(tmp_path, target if of_images else "gaussian", **DEMODULATED)
    instance = draw_instance(cell.parameters, 0)
    x = np.array([1.0, 0.5, -0.3, 2.0])
    if not of_images:
        # Exact, but for the scale that the product does not tell.
        h, z = instance.codes(instance.target)
        exact = instance.factors_at(np.concatenate([7 * h, z / 7]))
        np.testing.assert_allclose(exact, instance.factors, rtol=1e-12, atol=1e-15)
    found = instance.factors_at(x)
    generated = instance.chain(x[:2])[0], instance.second(x[2:])[0]
    for truth, estimate, free, which in zip(
        instance.factors, found, generated, ("first", "second"), strict=True
    ):
        # The best scale by a fine search.
        scales = np.linspace(0, 2 * np.linalg.norm(truth) / np.linalg.norm(free), 20001)
        gaps = np.linalg.norm(scales[:, None] * free - truth, axis=1)
        best = gaps.min() / np.linalg.norm(truth)
        assert np.linalg.norm(estimate - truth) / np.linalg.norm(truth) == pytest.approx(best)
        asked = factor(found, instance.factors, which=which)
        assert asked == pytest.approx(best)


def test_errors_of_factors_are_recorded(images, others, tmp_path):
    target = {"images": "images.npy", "index": 1, "second": {"images": "others.npy", "index": 2}}
    (cell,) = made(tmp_path, target, **DEMODULATED)
    errors = [{"name": "factor", "options": {"which": which}} for which in ("first", "second")]
    asked = Kept(errors=[Asked(label="e", error=error) for error in errors], latent=True)
    kept = run_trial(cell.parameters, 1, measure=partial(measure, asked)).kept
    instance = draw_instance(cell.parameters, 1)
    found, wanted = instance.factors_at(np.array(kept[LATENT])), instance.factors
    expected = np.linalg.norm(found - wanted, axis=1) / np.linalg.norm(wanted, axis=1)
    assert [kept[error.key] for error in asked.errors] == pytest.approx(expected.tolist())


@pytest.mark.parametrize(
    ("target", "changes", "words"),
    [
        ({"images": "images.npy"}, {}, "target: blind_demodulation is about a product"),
        ({}, {"problem": "inversion", "solvers": SOLVERS, "errors": []}, "target.second: inver"),
        ({"second": {"images": "images.np"}}, {}, "target.second.images: there are no images"),
        ({"second": {"images": "others.npy", "index": 6}}, {}, "target.second.index: index 6"),
        ({"second": {"images": "others.npy"}}, {"trials": 7}, "or target.second.split: all"),
        ({"second": {"images": "wide.npy", "index": 0}}, {}, "have 2 × 6 pixels, the first ones 3"),
        ({}, {"start": {"near_target": 0.1}}, "an image has no latent code"),
        ({}, {"errors": [{"name": "factor", "which": "third"}]}, "errors\\[0\\].which"),
    ],
)  # fmt: skip
def test_impossible_products_are_told(images, others, tmp_path, target, changes, words):
    np.save(tmp_path / "wide.npy", np.zeros((10, 2, 6)))
    given = {"images": "images.npy", "index": 0, "second": {"images": "others.npy", "index": 0}}
    if list(target) == ["images"]:
        given.pop("second")
    with pytest.raises(SweepError, match=words):
        made(tmp_path, given | target, **DEMODULATED | changes)


def test_the_errors_of_factors_are_about_two_networks(images, tmp_path):
    with pytest.raises(SweepError, match="missing a second network"):
        made(tmp_path, {"images": "images.npy"}, errors=DEMODULATED["errors"])
