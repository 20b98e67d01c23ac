"""Where one solver wins: the trials of two solvers, paired by instance, tested cell by cell."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from genphase.statistics.paired import difference_interval, holm, mcnemar, sign_flip
from genphase.sweep.success import Success
from genphase.tables.cells import grid_columns, instance_columns, recovered, trial_columns

SIGNIFICANCE = 0.05
_COUNTS = (
    "pairs", "unpaired", "both", "only_first", "only_second", "neither", "capped_first",
    "capped_second", "diverged_first", "diverged_second",
)  # fmt: skip


def pair_trials(trials: pd.DataFrame, solvers: Sequence[str], success: Success) -> pd.DataFrame:
    """Return the pairs of trials that two solvers made of the same instances.

    Parameters
    ----------
    trials
        trials.csv.
    solvers
        The labels of the first and the second solver.
    success
        The rule of which trials count as recovered.

    Returns
    -------
    DataFrame
        The columns of the grid but cell and solver; trial, and seed where seeds are taken
        together; recovered, capped and diverged of both
        sides, as recovered_first and so on. A trial that only one of them has is left out.
    """
    keys = _keys(trials)
    table = trials.assign(
        recovered=recovered(trials, success),
        capped=trials["status"] == "capped",
        diverged=trials["status"] == "diverged",
    )
    same = [*keys, *trial_columns(trials)]
    columns = [*same, "recovered", "capped", "diverged"]
    first, second = (table.loc[table["solver"] == solver, columns] for solver in solvers)
    return first.merge(second, on=same, suffixes=("_first", "_second"), validate="one_to_one")


def compare(trials: pd.DataFrame, solvers: Sequence[str], success: Success) -> pd.DataFrame:
    """Return the comparison of two solvers: one row per grid point, in the order of the trials.

    Parameters
    ----------
    trials
        trials.csv.
    solvers
        The labels of the first and the second solver.
    success
        The rule of which trials count as recovered.

    Returns
    -------
    DataFrame
        The columns of the grid, round being the later one of both; first and second, the solvers;
        pairs, and unpaired trials, which are left out of all that follows; both, only_first,
        only_second and neither: the pairs by who recovered them; rate_first, rate_second, their
        difference with its 95 % interval (Tango); p_value of the exact McNemar test; p_holm,
        adjusted for all rows by Holm's step-down method; better: the solver that wins where p_holm
        is below 5 %, else empty; capped and diverged trials of each side. A point without pairs has
        numbers that are NaN.
    """
    keys = _keys(trials)
    held = trials[trials["solver"].isin(list(solvers))]
    present = held.groupby(keys, sort=False).size()
    counts = _counts(pair_trials(trials, solvers, success), keys).reindex(present.index)
    counts = counts.fillna(0).astype(int)
    counts["unpaired"] = present - 2 * counts["pairs"]
    table = present.index.to_frame(index=False)
    if "round" in held:
        table["round"] = held.groupby(keys, sort=False)["round"].max().to_numpy()
    table = table.assign(first=solvers[0], second=solvers[1])
    table = table.join(counts[list(_COUNTS[:6])].reset_index(drop=True))
    table = table.join(_tested(table))
    return table.join(counts[list(_COUNTS[6:])].reset_index(drop=True))


def overall(trials: pd.DataFrame, solvers: Sequence[str], success: Success) -> float:
    """Return the p-value of one exact test over all cells: that no solver recovers more often.

    Cells that may share their instances, as levels of noise do, are taken together: instance by
    instance, the difference of the cells that each solver recovers has its sign flipped.
    """
    pairs = pair_trials(trials, solvers, success)
    difference = pairs["recovered_first"].astype(int) - pairs["recovered_second"].astype(int)
    instances = [pairs[name] for name in instance_columns(pairs)]
    return sign_flip(difference.groupby(instances, sort=False).sum())


def _keys(trials: pd.DataFrame) -> list[str]:
    # A refinement may add a point for one solver in another round than for the other.
    return [name for name in grid_columns(trials) if name not in ("cell", "solver", "round")]


def _counts(pairs: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    first, second = pairs["recovered_first"], pairs["recovered_second"]
    table = pairs.assign(
        pairs=1,
        unpaired=0,
        both=first & second,
        only_first=first & ~second,
        only_second=~first & second,
        neither=~first & ~second,
    )
    return table.groupby(keys, sort=False)[list(_COUNTS)].sum()


def _tested(table: pd.DataFrame) -> pd.DataFrame:
    """Return rates, their difference, tests and winners, row by row."""
    paired = table[table["pairs"] > 0]
    b, c, n = (paired[name].to_numpy() for name in ("only_first", "only_second", "pairs"))
    low, high = difference_interval(b, c, n)
    p = mcnemar(b, c)
    adjusted = holm(p)
    better = np.where(b > c, paired["first"], paired["second"])
    found = pd.DataFrame(
        {
            "rate_first": (paired["both"] + b) / n,
            "rate_second": (paired["both"] + c) / n,
            "difference": (b - c) / n,
            "difference_low": low,
            "difference_high": high,
            "p_value": p,
            "p_holm": adjusted,
            "better": np.where(adjusted < SIGNIFICANCE, better, ""),
        },
        index=paired.index,
    ).reindex(table.index)
    return found.assign(better=found["better"].fillna(""))
