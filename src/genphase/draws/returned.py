"""What things of a user's return, checked."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from genphase.brought import BadReturn


def as_array(thing: Any, value: Any, shape: tuple[int, ...]) -> NDArray[np.float64]:
    """Return what a thing returned as numbers of a shape.

    Raises
    ------
    BadReturn
        If it is something else.
    """
    try:
        found = np.asarray(value, dtype=np.float64)
    except (TypeError, ValueError):
        raise BadReturn(
            f"{thing.kind} {thing.name} returned {type(value).__name__}, not numbers"
        ) from None
    if found.shape != shape:
        raise BadReturn(
            f"{thing.kind} {thing.name} returned an array of shape {found.shape}, not {shape}"
        )
    return found
