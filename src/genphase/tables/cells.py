"""What the trials of a sweep say: rates and quantiles of its cells."""

import numpy as np
import pandas as pd

from genphase.cells.sampling import accepted
from genphase.statistics.rates import rate_interval
from genphase.sweep.models import SEED
from genphase.sweep.success import Success
from genphase.tables.files import after_record

# What trials of one instance have in common; the noise and what a run starts from may differ.
_INSTANCE = ("k", "widths", "m", "trial")
_SUMMARISED = ("latent_error", "signal_error", "iterations", "latent_mse", "signal_mse")


def recovered(trials: pd.DataFrame, success: Success) -> pd.Series:
    """Return which trials count as recovered.

    The rule is that of :func:`genphase.cells.sampling.recovers`, for a table of trials.
    """
    accurate: pd.Series = success.accepts(trials[success.column])
    return accurate & trials["status"].isin(accepted(success))


def grid_columns(trials: pd.DataFrame) -> list[str]:
    """Return the columns that say where in the grid a trial lies: those before `trial`."""
    return list(trials.columns[: trials.columns.get_loc("trial")])


def trial_columns(trials: pd.DataFrame) -> list[str]:
    """Return the columns that tell the trials of a grid point and solver apart.

    These are `trial` and, where several seeds are taken together, `seed`, which follows it.
    """
    return ["trial"] if SEED not in trials or SEED in grid_columns(trials) else ["trial", SEED]


def instance_columns(trials: pd.DataFrame) -> list[str]:
    """Return the columns that trials of one instance have in common."""
    return [*_INSTANCE, *([SEED] if SEED in trials else [])]


def with_seeds_together(trials: pd.DataFrame) -> pd.DataFrame:
    """Return trials in which the cells that differ by their seed alone are one.

    Its id is those of all of them, with blanks between. Only seeds that are taken together, in the
    column after `trial`, are meant.
    """
    if trial_columns(trials) == ["trial"]:
        return trials
    place = [name for name in grid_columns(trials) if name != "cell"]
    ids = trials.groupby(place, sort=False)["cell"].agg(lambda cells: " ".join(cells.unique()))
    return trials.drop(columns="cell").merge(ids.reset_index(), on=place, how="left")[
        list(trials.columns)
    ]


def with_squared_errors(trials: pd.DataFrame) -> pd.DataFrame:
    """Return trials with their absolute squared errors: the relative error times the norm, squared.

    latent_mse is ‖x̂ - x*‖², signal_mse ‖G(x̂) - y*‖²: summed over the entries, not their mean.
    """
    squared = {
        f"{name}_mse": (trials[f"{name}_error"] * trials[f"{name}_norm"]) ** 2
        for name in ("latent", "signal")
    }
    return trials.assign(**squared)


def summarise_values(trials: pd.DataFrame) -> pd.DataFrame:
    """Return cells.csv of a sweep that measures: one row per cell with quantiles of its values.

    The value of a cell is a lower bound, `at least`, if one of its trials' is. Where a trial has no
    value (NaN), its cell has none.
    """
    trials = with_seeds_together(trials)
    keys = grid_columns(trials)
    groups = trials.groupby(keys, sort=False)
    cells = groups.agg(trials=("trial", "size"), bound=("bound", "min"))
    values = groups["value"]
    missing = values.agg(lambda found: bool(found.isna().any()))
    found = {"median": values.median(), "mean": values.mean()}
    found |= {
        name: values.quantile(rank, interpolation="nearest")
        for name, rank in (("q25", 0.25), ("q75", 0.75))
    }
    for name, column in found.items():
        cells[f"value_{name}"] = column.mask(missing)
    return cells.reset_index()


def summarise(trials: pd.DataFrame, success: Success) -> pd.DataFrame:
    """Return cells.csv: one row per cell with its recovery rate and quantiles.

    The columns up to ``trial`` of `trials` identify the cell. Cells that differ by their seed alone
    are one, where seeds are taken together, see :func:`with_seeds_together`. The interval is 95 %
    Wilson. A NaN error counts as infinite in means and quantiles.
    """
    trials = with_seeds_together(trials)
    keys = grid_columns(trials)
    table = with_squared_errors(trials).assign(
        recovered=recovered(trials, success).astype(int),
        capped=(trials["status"] == "capped").astype(int),
        diverged=(trials["status"] == "diverged").astype(int),
    )
    groups = table.groupby(keys, sort=False)
    cells = groups.agg(trials=("trial", "size"), recovered=("recovered", "sum"))
    cells["rate"] = cells["recovered"] / cells["trials"]
    cells["rate_low"], cells["rate_high"] = rate_interval(cells["recovered"], cells["trials"])
    cells["capped"] = groups["capped"].sum()
    cells["diverged"] = groups["diverged"].sum()
    for name in (*_SUMMARISED, *after_record(trials)):
        values = table[name].fillna(np.inf).groupby([table[key] for key in keys], sort=False)
        cells[f"{name}_median"] = values.median()
        cells[f"{name}_mean"] = values.mean()
        # "nearest" ranks: infinite errors must not be interpolated.
        cells[f"{name}_q25"] = values.quantile(0.25, interpolation="nearest")
        cells[f"{name}_q75"] = values.quantile(0.75, interpolation="nearest")
    return cells.reset_index()
