"""What a figure of pictures shows, from the table of its pictures and from trials.csv."""

import json
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from genphase.sweep.kinds.gallery import Gallery

# What a picture shows, in the order of the rows of a figure.
TRUTH, OBSERVATION, ESTIMATE = "truth", "observation", "estimate"
# Of a product, both factors too, which come before it.
TRUE_FACTORS = "first_truth", "second_truth"
FOUND_FACTORS = "first_estimate", "second_estimate"
FACTOR_ERROR = "factor_error"


def gallery_tiles(
    images: pd.DataFrame, trials: pd.DataFrame, axes: Sequence[str], spec: Gallery
) -> pd.DataFrame:
    """Return what a figure of pictures shows: a row per picture, without its pixels.

    Parameters
    ----------
    images
        See :func:`genphase.tables.images.tabulate_images`.
    trials
        trials.csv, which has the errors.
    axes
        The sweep's axes.
    spec
        The figure's entry in the sweep file.

    Returns
    -------
    DataFrame
        cell, picture and solver (the row; solvers are of estimates alone), the axes (column and
        panel), trial; status and error of an estimate; that of a factor, of products; shape and
        latent.
    """
    keys = ["cell", "solver", "trial"]
    known = trials[[*keys, "status", spec.y]].drop_duplicates(keys)
    tiles = images.merge(known, on=keys, how="left", sort=False, validate="many_to_one")
    tiles["status"] = tiles["status"].fillna("")
    of_factors = [FACTOR_ERROR] if FACTOR_ERROR in tiles else []
    columns = ["cell", "picture", "solver", *axes, "trial", "status", spec.y, *of_factors]
    columns += ["shape", "latent"]
    return tiles[list(dict.fromkeys(columns))]


def pixels_of(row: Any) -> NDArray[np.float64]:
    """Return the picture of a row of images/NAME.csv, (height, width)."""
    return np.array(json.loads(row["pixels"]), dtype=float).reshape(json.loads(row["shape"]))
