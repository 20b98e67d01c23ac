"""Images from files, as signals: an .npz with an array for each split, or an .npy."""

import hashlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from genphase.brought import path_of
from genphase.errors import BadValue, did_you_mean

Floats = NDArray[np.float64]

# The split of an .npy, which has no names.
ALL = "all"


@dataclass(frozen=True)
class ImageSet:
    """The images of a split.

    images : (N, n), their grey values, those of whole numbers up to 255 divided by 255.
    shape : height and width, whose product is n; None where the file has rows of numbers.
    digest : a hash of all of it.
    """

    images: Floats
    shape: tuple[int, int] | None
    digest: str


def read_images(file: str, split: str = "") -> ImageSet:
    """Return the images of a file, whose path is relative to the sweep file's folder.

    Parameters
    ----------
    file
        An .npz with an array for each split, such as `train` and `test`, or an .npy; of shape
        (N, n) or (N, height, width).
    split
        The name of the array; it may be left out where there is one.

    Raises
    ------
    BadValue
        If there is no such file, or it holds no such images.
    """
    path = path_of(file)
    found = path.stat()
    return _read(path, split, found.st_mtime_ns, found.st_size)


@cache
def _read(path: Path, split: str, modified: int, size: int) -> ImageSet:
    try:
        content = np.load(path, allow_pickle=False)
        arrays = {ALL: content} if isinstance(content, np.ndarray) else dict(content)
    except (OSError, ValueError, EOFError) as error:
        raise BadValue(
            f"{path} is no file of arrays ({error})",
            "write it by numpy.savez(path, train=..., test=...), or numpy.save",
        ) from None
    if not split and len(arrays) == 1:
        (split,) = arrays
    if split not in arrays:
        text = f"{path} has no split {split!r}" if split else f"{path} has {len(arrays)} splits"
        raise BadValue(text, did_you_mean(split, sorted(arrays)))
    array = arrays[split]
    if array.ndim not in (2, 3) or array.dtype.kind not in "fiu" or 0 in array.shape:
        raise BadValue(
            f"{path}: {split} is an array of shape {array.shape} of {array.dtype}",
            "let it be (images, pixels) or (images, height, width), of grey values",
        )
    shape = (int(array.shape[1]), int(array.shape[2])) if array.ndim == 3 else None
    images = np.ascontiguousarray(array.reshape(len(array), -1), dtype=np.float64)
    if array.dtype == np.uint8:
        images /= 255
    if not np.all(np.isfinite(images)):
        raise BadValue(f"{path}: {split} has numbers that are not finite", "mend the file")
    content = hashlib.sha256(repr((images.shape, shape)).encode())
    content.update(images.tobytes())
    return ImageSet(images, shape, content.hexdigest()[:20])


def image_of(images: Any, file: str, index: int) -> Floats:
    """Return a copy of one image.

    Raises
    ------
    BadValue
        If there are not so many.
    """
    if not 0 <= index < len(images.images):
        raise BadValue(
            f"image {index} of {file}, which has {len(images.images)} images, from 0",
            "use fewer trials, or an index among them",
        )
    return np.array(images.images[index])
