"""The cells and trials behind a figure, packed into columns, and the commands that run them."""

import json
import math
import shlex
from collections.abc import Iterable, Sequence
from typing import Any

import pandas as pd

from genphase.errors import SweepError
from genphase.figures.explorer.plain import plain_text
from genphase.figures.style import error_text, solver_text
from genphase.language.formulas import formula
from genphase.sweep.mapping import parse_mapping
from genphase.sweep.success import Success
from genphase.tables.cells import grid_columns, recovered, trial_columns, with_seeds_together

# Of more trials than these, a page has none: it would be too large to open. About 4 MB.
MOST_TRIALS = 150_000
_COUNTS = ("trials", "recovered", "capped", "diverged")
_ERRORS = ("latent_error", "signal_error")


def pack_cells(cells: pd.DataFrame, axes: Sequence[str]) -> dict[str, Any]:
    """Return cells in columns, in the order of their table.

    Parameters
    ----------
    cells
        cells.csv.
    axes
        The sweep's axes.

    Returns
    -------
    dict
        Counts, medians, and for each axis, and the solver where there are several, how its values
        are shown (``values``), what of a command sets them (``words``), and which a cell has
        (``of``).
    """
    names = list(axes) + (["solver"] if cells["solver"].nunique() > 1 else [])
    packed: dict[str, Any] = {name: cells[name].tolist() for name in _COUNTS}
    packed |= {f"{name}_median": numbers(cells[f"{name}_median"]) for name in _ERRORS}
    packed["iterations_median"] = cells["iterations_median"].tolist()
    packed["axes"] = []
    for name in names:
        of, values = pd.factorize(cells[name])
        texts = list(map(_written, values))
        shown = [plain_text(solver_text(text)) if name == "solver" else text for text in texts]
        packed["axes"].append(
            {
                "label": "" if name == "solver" else plain_text(formula(name)),
                "values": [text.replace(",", ", ") for text in shown],
                "words": [
                    shlex.quote(f"{name}={text if name == 'solver' else _yaml(name, text)}")
                    for text in texts
                ],
                "of": of.tolist(),
            }
        )
    return packed


def pack_trials(
    trials: pd.DataFrame, cells: pd.DataFrame, success: Success
) -> dict[str, Any] | None:
    """Return the trials of all cells, one cell after the other, by seed, from trial 0 on.

    Parameters
    ----------
    trials, cells
        trials.csv and cells.csv.
    success
        The rule of which trials count as recovered.

    Returns
    -------
    dict or None
        Index and, where several are taken together, seed of each trial; a digit of its status, 0 or
        1 whether it is recovered, iterations, and errors to three digits; None of more than
        `MOST_TRIALS`.

    Raises
    ------
    ValueError
        If trials are not those of the cells.
    """
    trials = with_seeds_together(trials)
    own = [name for name in trial_columns(trials) if name != "trial"]
    cell = trials.groupby(grid_columns(trials), sort=False).ngroup()
    order = ["cell_number", *own, "trial"]
    numbered = trials.assign(cell_number=cell).sort_values(order, kind="stable")
    counts = numbered.groupby("cell_number").size()
    in_place = numbered.groupby(order[:-1]).cumcount() == numbered["trial"]
    if list(counts) != list(cells["trials"]) or not in_place.all():
        raise ValueError("the trials are not those of the cells: make both tables again")
    if len(trials) > MOST_TRIALS:
        return None
    statuses = ["converged", "capped", "diverged", "fell back"]
    further = [] if success.column in _ERRORS else [success.column]
    return {
        "trial": numbered["trial"].tolist(),
        **{name: numbered[name].tolist() for name in own},
        "statuses": statuses,
        "status": "".join(str(statuses.index(status)) for status in numbered["status"]),
        "recovered": "".join("01"[good] for good in recovered(numbered, success).astype(int)),
        "iterations": numbered["iterations"].tolist(),
        "errors": [
            {"label": plain_text(error_text(name) or name), "values": numbers(numbered[name])}
            for name in (*_ERRORS, *further)
        ],
    }


def command(sweep: str, seeds: Sequence[int]) -> str:
    """Return the command that runs a cell, but for the values of its axes.

    It names the master seed, which the study's configuration may have changed since. Of several
    seeds, each cell or trial has its own.
    """
    seed = f" --seed {seeds[0]}" if len(seeds) == 1 else ""
    return f"genphase cell {shlex.quote(sweep)}{seed}"


def numbers(values: Iterable[float], digits: int = 3) -> list[Any]:
    """Return numbers as JSON has them, rounded; infinite ones and NaN as text."""
    return [number(value, digits) for value in values]


def number(value: float, digits: int = 3) -> Any:
    """Return a number as JSON has it, rounded; an infinite one or NaN as text."""
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "∞" if value > 0 else "-∞"
    rounded = float(f"{value:.{digits}g}")
    return int(rounded) if rounded.is_integer() and abs(rounded) < 1e15 else rounded


def _written(value: Any) -> str:
    """Return a value of an axis as text; 5.0 is 5, which a table has where others are no whole."""
    if isinstance(value, str):
        return value
    return repr(int(value) if float(value).is_integer() else float(value))


def _yaml(name: str, text: str) -> str:
    """Return a value as `genphase cell` reads it, as YAML, in quotes where it needs some."""
    try:
        read = parse_mapping(f"{name}: {text}", name)[name]
    except SweepError:
        read = None
    as_it_is = read == text or (isinstance(read, int | float | list) and not isinstance(read, bool))
    return text if as_it_is else json.dumps(text, ensure_ascii=False)
