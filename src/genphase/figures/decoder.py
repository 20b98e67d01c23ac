"""A trained decoder: images that it makes, images that it reconstructs, and its training."""

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from genphase.figures.style import COLOURS, LINES, RC, new_figure

# Pictures in a row.
_ROW = 6


def draw_decoder(
    shape: tuple[int, int],
    samples: NDArray[np.floating],
    images: NDArray[np.floating],
    reconstructed: NDArray[np.floating],
    losses: NDArray[np.float64],
    title: str,
) -> Figure:
    """Draw what a decoder makes, and how it was trained.

    Parameters
    ----------
    shape
        (h, w) of an image.
    samples
        Images of random codes, (N, h w).
    images
        Images for tests, (M, h w).
    reconstructed
        What the decoder makes of their codes, (M, h w).
    losses
        (epochs, 2): those of training, and those of the images for tests.
    title
        The decoder.
    """
    pairs = np.stack([_rows(images), _rows(reconstructed)], axis=1)
    with mpl.rc_context(RC):
        figure = new_figure(9.0, 3.2, title)
        left, middle, right = figure.subplots(1, 3)
        _show(left, shape, samples, "samples")
        _show(middle, shape, pairs.reshape(-1, images.shape[1]), "test images, reconstructions")
        epochs = np.arange(1, len(losses) + 1)
        for column, name in enumerate(("training", "test images")):
            style = {"color": COLOURS[column], "linestyle": LINES[column]}
            marker = "o" if len(losses) == 1 else None
            right.plot(epochs, losses[:, column], label=name, marker=marker, **style)
        right.set_xlabel("epoch")
        right.set_ylabel("loss")
        right.legend(frameon=False)
    return figure


def _rows(images: NDArray[np.floating]) -> NDArray[np.floating]:
    """Return images in rows, (rows, _ROW, h w); what fills no row is left out."""
    count = len(images) // _ROW * _ROW
    return images[:count].reshape(-1, _ROW, images.shape[1])


def _show(area: Axes, shape: tuple[int, int], images: NDArray[np.floating], name: str) -> None:
    """Show images as one picture of rows, with a line of grey between them."""
    height, width = shape
    cells = _rows(images).reshape(-1, _ROW, height, width)
    framed = np.pad(cells, ((0, 0), (0, 0), (0, 1), (0, 1)), constant_values=0.5)
    whole = framed.transpose(0, 2, 1, 3).reshape(-1, _ROW * (width + 1))
    area.imshow(whole[:-1, :-1], cmap="gray", vmin=0, vmax=1, interpolation="nearest")
    area.set_title(name)
    area.set_axis_off()
