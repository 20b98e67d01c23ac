"""The pictures of a figure: truth, observation and estimates of one trial of each cell."""

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from genphase.accuracy.relative import relative_error
from genphase.brought import failures_told
from genphase.cells.grid import Cell
from genphase.cells.kept import LATENT
from genphase.cells.solve import Solved
from genphase.cells.trial import run_trial
from genphase.draws.instance import Instance, draw_instance
from genphase.draws.pair import Pair
from genphase.parameters import Parameters
from genphase.store.cells import CellStore
from genphase.sweep.kinds.gallery import Gallery
from genphase.sweep.models import Sweep
from genphase.tables.gallery import (
    ESTIMATE,
    FACTOR_ERROR,
    FOUND_FACTORS,
    OBSERVATION,
    TRUE_FACTORS,
    TRUTH,
)
from genphase.tables.trials import grid_table
from genphase.things import PROBLEMS, name_of

Floats = NDArray[np.float64]


def tabulate_images(
    cells: Sequence[Cell], sweep: Sweep, spec: Gallery, store: CellStore | None = None
) -> pd.DataFrame:
    """Return images/NAME.csv: one row per picture.

    Parameters
    ----------
    cells
        Of the sweep's own grid, in its order.
    sweep
        The sweep, of which only the grid counts.
    spec
        The figure's entry in the sweep file.
    store
        Where x̂ is taken from if it is kept there; without it the trial is run again, which gives
        the same.

    Returns
    -------
    DataFrame
        The columns of trials.csv up to ``trial``; ``picture``: truth, observation or estimate, of
        which only the last is of a solver; ``shape``, height and width; ``latent``, the code x* or
        x̂ to the last digit, empty where there is none; ``pixels``, row by row, in six digits. Of
        products, there are first_truth, second_truth, first_estimate and second_estimate, too,
        estimates scaled as the error `factor` does it; their codes are as they were found, and
        ``factor_error`` is their relative error.
    """
    places = grid_table(cells).to_dict("records")
    found = [
        (cell, place)
        for cell, place in zip(cells, places, strict=True)
        if spec.is_shown(sweep, cell.point)
    ]
    rows = []
    for _, together in groupby(found, key=lambda item: list(item[0].point.items())):
        at_point = list(together)
        cell, place = at_point[0]
        shape = spec.picture_shape(sweep, cell.point, cell.parameters.network.widths[-1])
        pictures = [(place | {"solver": ""}, *given) for given in _given(cell, spec.trial)]
        for c, own in at_point:
            pictures += [(own, *found) for found in _found(c, spec.trial, store)]
        for own, picture, latent, pixels, error in pictures:
            row = {**own, "trial": spec.trial, "picture": picture}
            row |= {"shape": json.dumps(shape), "latent": _code(latent), "pixels": _grey(pixels)}
            if PROBLEMS.of(cell.parameters.problem).codes > 1:
                row[FACTOR_ERROR] = error
            rows.append(row)
    return pd.DataFrame(rows)


# What a picture shows, its code, its pixels, and the error of a factor that was found.
_Shown = tuple[str, Floats, Floats, float]


def _given(cell: Cell, trial: int) -> Iterator[_Shown]:
    """Yield the truth of a trial, and what is observed of it where that is a picture too."""
    parameters = cell.parameters
    with failures_told(f"cell {cell.label}, trial {trial}"):
        instance = draw_instance(parameters, trial)
    if isinstance(instance, Pair):
        codes = instance.codes(instance.target)
        for picture, code, pixels in zip(TRUE_FACTORS, codes, instance.factors, strict=True):
            yield picture, code, pixels, math.nan
    yield TRUTH, instance.target, instance.signal, math.nan
    if not PROBLEMS.of(parameters.problem).has_matrix(name_of(parameters.measurements)):
        yield OBSERVATION, np.empty(0), instance.observation, math.nan


def _found(cell: Cell, trial: int, store: CellStore | None) -> Iterator[_Shown]:
    """Yield what a solver recovers in a trial, of a product both factors first."""
    instance, latent, signal = _solved(cell, trial, store)
    # A method without the network finds no factors.
    if isinstance(instance, Pair) and not np.isnan(latent).all():
        found, wanted = instance.factors_at(latent), instance.factors
        for i, code in enumerate(instance.codes(latent)):
            yield FOUND_FACTORS[i], code, found[i], relative_error(found[i], wanted[i])
    yield ESTIMATE, latent, signal, math.nan


def _solved(cell: Cell, trial: int, store: CellStore | None) -> tuple[Instance, Floats, Floats]:
    """Return a trial's instance, x̂ and G(x̂); of a method without the network, NaN, its signal."""
    parameters = cell.parameters
    stored = {} if store is None else store.load(cell.id, parameters)
    with failures_told(f"cell {cell.label}, trial {trial}"):
        done = stored.get(trial)
        if done is not None and done.kept.get(LATENT):
            latent = np.array(done.kept[LATENT], dtype=float)
            instance = draw_instance(parameters, trial)
            return instance, latent, instance.signal_at(latent)
        found: list[tuple[Instance, Floats, Floats]] = []

        def take(
            parameters: Parameters, trial: int, instance: Instance, solved: Solved
        ) -> Mapping[str, Any]:
            latent, signal = solved.run.latent, solved.signal
            signal = instance.signal_at(latent) if signal is None else signal
            found.append((instance, latent, signal))
            return {}

        run_trial(parameters, trial, measure=take)
        return found[0]


def _code(latent: Floats) -> str:
    """Return a code as text that round-trips; of an image there is none."""
    return "" if latent.size == 0 or np.isnan(latent).all() else json.dumps(latent.tolist())


def _grey(pixels: Floats) -> str:
    # As many digits as an eye, and any format of pictures, tells apart, and some more.
    return json.dumps([float(f"{value:.6g}") for value in pixels])
