"""Images as signals: they need not be in the range of a network, and have no latent code."""

import math

import numpy as np
import pytest
from small import cells

from genphase.brought import BadReturn, look_in
from genphase.cells.trial import run_trial
from genphase.draws.instance import draw_instance
from genphase.errors import BadValue, SweepError
from genphase.imagesets import read_images

K, N = 2, 12
SOLVERS = [{"name": "subgradient", "step": 0.5, "max_iter": 4000}]
RULE = {"error": "signal", "below": 0.5}


@pytest.fixture
def images(tmp_path):
    """Write a file of images beside the sweep; return its arrays."""
    rng = np.random.default_rng(0)
    found = {"train": rng.random((9, 3, 4)), "test": rng.integers(0, 256, (5, N), dtype=np.uint8)}
    np.savez(tmp_path / "images.npz", **found)
    look_in(tmp_path)
    return found


def made(folder, target, **changes):
    given = {
        "problem": "inversion", "axes": {"a": [1]}, "noise": "0*a", "solvers": SOLVERS,
        "network": {"widths": [8, N]}, "k": K, "success": RULE, "trials": 3, **changes,
    }  # fmt: skip
    return cells(folder, target=target, **given)


def test_a_split_of_a_file(images, tmp_path):
    train, test = (read_images("images.npz", name) for name in ("train", "test"))
    assert train.shape == (3, 4)
    assert test.shape is None
    np.testing.assert_array_equal(train.images, images["train"].reshape(9, N))
    np.testing.assert_array_equal(test.images, images["test"] / 255)
    np.save(tmp_path / "one.npy", images["train"])
    one = read_images("one.npy")
    assert (one.digest, one.shape) == (train.digest, (3, 4))
    np.save(tmp_path / "rows.npy", images["train"].reshape(9, N))
    assert read_images("rows.npy").digest != one.digest


def test_each_trial_has_an_image_of_its_own(images, tmp_path):
    (cell,) = made(tmp_path, {"images": "images.npz", "split": "test"})
    for trial in range(3):
        instance = draw_instance(cell.parameters, trial)
        np.testing.assert_array_equal(instance.signal, images["test"][trial] / 255)
        np.testing.assert_array_equal(instance.observation, instance.signal)
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
        tmp_path, {"images": "images.npz", "split": "test", "index": "a"}, noise=0,
        axes={"a": [0, 4]},
    )  # fmt: skip
    for cell, index in zip(found, (0, 4), strict=True):
        for trial in (0, 1):
            signal = draw_instance(cell.parameters, trial).signal
            np.testing.assert_array_equal(signal, images["test"][index] / 255)
    assert found[0].id != found[1].id


@pytest.mark.parametrize("problem", ["compressed_sensing", "phase_retrieval"])
@pytest.mark.parametrize("random", [True, False])
def test_measurements_of_an_image(images, tmp_path, problem, random):
    rng = np.random.default_rng(1)
    np.savez(tmp_path / "net.npz", W1=rng.random((6, K)), W2=rng.random((N, 6)))
    network = {"widths": [8, N]} if random else {"file": "net.npz"}
    (cell,) = made(
        tmp_path, {"images": "images.npz", "split": "test"}, problem=problem, noise=0,
        network=network, axes={"m": [7]}, k=K if random else None,
    )  # fmt: skip
    instance = draw_instance(cell.parameters, 2)
    A = instance.chain.seen()[-1]
    measured = A.astype(float) @ (images["test"][2] / 255)
    expected = np.abs(measured) if problem == "phase_retrieval" else measured
    np.testing.assert_allclose(instance.observation, expected, rtol=1e-12)


def test_the_spike_of_an_image(images, tmp_path):
    (cell,) = made(
        tmp_path, {"images": "images.npz", "split": "test"}, problem="spiked_wigner", noise="0*a",
        solvers=[{"name": "subgradient", "step": 0.01}],
    )  # fmt: skip
    instance = draw_instance(cell.parameters, 1)
    y = images["test"][1] / 255
    f, _ = instance.stationarity(np.zeros(K))
    assert f == pytest.approx(0.25 * (y @ y) ** 2, rel=1e-5)


def test_a_cell_is_of_the_images_and_not_of_their_path(images, tmp_path):
    target = {"images": "images.npz", "split": "test"}
    (cell,) = made(tmp_path, target)
    np.savez(tmp_path / "copy.npz", **images)
    assert made(tmp_path, {**target, "images": "copy.npz"})[0].id == cell.id
    np.savez(tmp_path / "copy.npz", test=images["test"][::-1])
    assert made(tmp_path, {**target, "images": "copy.npz"})[0].id != cell.id
    np.savez(tmp_path / "images.npz", test=images["test"][:, ::-1])
    with pytest.raises(BadReturn, match="has changed since"):
        draw_instance(cell.parameters, 0)


@pytest.mark.parametrize(
    ("target", "changes", "words"),
    [
        ({"images": "none.npz"}, {}, "there is no file"),
        ({"images": "images.npz"}, {}, "has 2 splits"),
        ({"images": "images.npz", "split": "tset"}, {}, "did you mean 'test'"),
        ({"images": "images.npz", "split": "test"}, {"trials": 6}, "6 trials, but .* has 5 images"),
        ({"images": "images.npz", "split": "test", "index": 5}, {}, "index 5 of images.npz"),
        ({"images": "images.npz", "split": "test", "index": "b"}, {}, "'b'"),
        (
            {"images": "images.npz", "split": "test"},
            {"network": {"widths": [8, 11]}},
            "have 12 pixels, but n = 11",
        ),
        (
            {"images": "images.npz", "split": "test"},
            {"success": {"error": "latent", "below": 1e-3}},
            "latent compares with x",
        ),
        ({"images": "images.npz", "split": "test"}, {"errors": ["contraction"]}, "use signal"),
        (
            {"images": "images.npz", "split": "test"},
            {"start": {"near_target": 0.1}},
            "no latent code",
        ),
        ({"images": "images.npz", "split": "test"}, {"noise": {"aligned": "0*a"}}, "use sphere"),
        (
            {"images": "images.npz", "split": "test"},
            {"figures": {"curve": {"x": "a", "y": "latent_error"}}},
            "write y: signal_error",
        ),
        (
            {"images": "images.npz", "split": "test"},
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


@pytest.mark.parametrize(
    ("array", "words"),
    [
        (np.ones(4), r"shape \(4,\)"),
        (np.array([["a"]]), "dtype|<U1"),
        (np.array([[np.nan, 1.0]]), "not finite"),
    ],
)
def test_a_file_without_images_is_told(tmp_path, array, words):
    np.save(tmp_path / "bad.npy", array)
    look_in(tmp_path)
    with pytest.raises(BadValue, match=words):
        read_images("bad.npy")
