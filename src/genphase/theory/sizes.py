"""The sizes that theory depends on, at the points of a grid and, interpolated, between them."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


class Sizes(NamedTuple):
    """Sizes as real numbers.

    Attributes
    ----------
    k, m, noise : (...), latent dimension, entries of the observation, level of the noise.
    widths : (..., d), n_1, ..., n_d.
    """

    k: Floats
    m: Floats
    noise: Floats
    widths: Floats


def sizes_of(symbols: Mapping[str, Any], depth: int) -> Sizes:
    """Return sizes from arrays by symbol."""
    widths = np.stack([np.asarray(symbols[f"n{i}"], float) for i in range(1, depth + 1)], axis=-1)
    k, m, noise = (np.asarray(symbols[name], float) for name in ("k", "m", "noise"))
    return Sizes(k, m, noise, widths)


def ends(values: Sequence[float], scale: str) -> tuple[float, float]:
    """Return where cells that are centred on sorted values begin and end.

    A single value has a cell of width one, on a log scale of a factor of two.
    """
    places = to_place(np.asarray(values, float), scale)
    if len(places) == 1:
        half = np.log(2) / 2 if scale == "log" else 0.5
        low, high = places[0] - half, places[0] + half
    else:
        low = places[0] - (places[1] - places[0]) / 2
        high = places[-1] + (places[-1] - places[-2]) / 2
    return float(from_place(low, scale)), float(from_place(high, scale))


def to_place(values: Any, scale: str) -> Any:
    """Return values as they are spaced along an axis."""
    return np.log(values) if scale == "log" else values


def from_place(places: Any, scale: str) -> Any:
    """Return the values at places along an axis."""
    return np.exp(places) if scale == "log" else places


def between(values: Floats, places: Floats, wanted: Floats, scale: str) -> Floats:
    """Return values (points, ...) at other places along their first axis, by straight lines.

    On a log scale they are straight in the logarithms of the values, where all are positive. Beyond
    the ends they go on.
    """
    if len(places) == 1:
        return np.repeat(values, len(wanted), axis=0)
    # NaN is a gap.
    straight = scale == "linear" or not np.all((values > 0) | np.isnan(values))
    known = values if straight else np.log(values)
    left = np.searchsorted(places, wanted).clip(1, len(places) - 1) - 1
    share = (wanted - places[left]) / (places[left + 1] - places[left])
    share = share.reshape(-1, *[1] * (values.ndim - 1))
    # A product with a share of 0 must not let a gap through.
    found = np.where(share == 0, known[left], known[left] * (1 - share) + known[left + 1] * share)
    found = np.where(share == 1, known[left + 1], found)
    result: Floats = found if straight else np.exp(found)
    return result


def refined(places: Floats, pieces: int) -> Floats:
    """Return sorted places with each interval cut into pieces."""
    steps = np.linspace(0, len(places) - 1, (len(places) - 1) * pieces + 1)
    return np.interp(steps, np.arange(len(places)), places)
