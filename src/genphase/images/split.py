"""A split of a set of images, as the signals of a sweep."""

import hashlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from genphase.brought import folder
from genphase.errors import BadValue
from genphase.images.sources import load_images

SPLITS = ("train", "test", "all")


@dataclass(frozen=True)
class Split:
    """The images of a split.

    source : where they are from.
    pixels : (N, h w), grey values from 0 to 1.
    shape : (h, w).
    digest : a hash of all of it.
    """

    source: str
    pixels: NDArray[np.float64]
    shape: tuple[int, int]
    digest: str

    def image(self, index: int) -> NDArray[np.float64]:
        """Return a copy of an image, (h w,).

        Raises
        ------
        BadValue
            If there are not so many.
        """
        if not 0 <= index < len(self.pixels):
            raise BadValue(
                f"image {index} of {self.source}, which has {len(self.pixels)}",
                "use fewer trials, or an index from 0",
            )
        return np.array(self.pixels[index])


def read_split(source: str, split: str, invert: bool = False) -> Split:
    """Return the images of a split.

    Parameters
    ----------
    source
        As for :func:`genphase.images.sources.load_images`; a path is relative to the sweep file's
        folder.
    split
        One of `SPLITS`: what networks are trained on, what they are not, or both.
    invert
        Whether they are the negatives, 1 - pixels.

    Raises
    ------
    BadValue
        If there is no such source, or it holds no images.
    """
    return _read(source, folder(), split, invert, _state(folder() / source))


def _state(path: Path) -> Any:
    """Return what changes where a file, or one in a folder, is edited."""
    files = sorted(path.iterdir()) if path.is_dir() else [path]
    stats = [(file, file.stat()) for file in files if file.is_file()]
    return tuple((file.name, found.st_mtime_ns, found.st_size) for file, found in stats)


@cache
def _read(source: str, place: Path, split: str, invert: bool, state: Any) -> Split:
    found = load_images(source, place)
    if invert:
        found = found.inverted()
    parts = {"train": found.train, "test": found.test, "all": found.pixels}
    pixels = np.ascontiguousarray(parts[split], dtype=np.float64)
    if not len(pixels):
        text = f"{source} has {len(found.pixels)} images, and none in the split {split}"
        raise BadValue(text, "every tenth is for tests: use 10 images or more, or split: all")
    content = hashlib.sha256(repr((pixels.shape, found.shape)).encode())
    content.update(pixels.tobytes())
    return Split(source, pixels, found.shape, content.hexdigest()[:20])
