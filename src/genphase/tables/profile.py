"""The table of what a profile shows: the share of trials that are recovered within each budget."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from genphase.cells.rows import varying
from genphase.statistics.rates import pooled_rate_interval
from genphase.sweep.kinds.profile import Profile
from genphase.sweep.success import Success
from genphase.tables.cells import grid_columns, instance_columns, recovered, with_seeds_together

# Steps of a line. Of more, as many are kept, at even shares of the recovered trials.
MOST_STEPS = 400


def profile_points(
    trials: pd.DataFrame, axes: Sequence[str], spec: Profile, success: Success
) -> pd.DataFrame:
    """Return the steps of a profile.

    The height of a series at the budget b is |{p : t_p <= b}| / |{p}|, p its trials, where t_p is
    what trial p took if it is recovered, and infinite if not. This is the data profile of Moré and
    Wild, "Benchmarking derivative-free optimization algorithms" (SIAM Journal on Optimization 20,
    2009, 172-191), with the budget as it is, not in units of k + 1 evaluations.

    Parameters
    ----------
    trials
        trials.csv; with the column solve_seconds, where that is the budget, see
        :func:`genphase.tables.timings.trials_of`.
    axes
        The sweep's axes.
    spec
        The figure's entry in the sweep file.
    success
        The rule of which trials count as recovered.

    Returns
    -------
    DataFrame
        The columns that make panels and series; x, the budget; y, the share of the trials that are
        recovered within it; low and high, its 95 % Wilson interval, by instance where trials share
        these; cells, instances and trials of the series, recovered, how many of them within the
        budget; capped and diverged of all. Rows of a series are sorted by x. Between two rows the
        share is that of the first, or, of more than `MOST_STEPS` steps, higher by about
        1/`MOST_STEPS` at most. All series begin at the least above 0 that any trial took, and end
        at the most.
    """
    trials = with_seeds_together(trials)
    names = [*spec.panels, *(spec.series or varying(trials, axes, spec.panels))]
    spent = trials[spec.x].astype(float)
    positive = spent[spent > 0]
    first, last = (positive.min(), positive.max()) if len(positive) else (1.0, 1.0)
    needed = spent.where(recovered(trials, success), np.inf).to_numpy()
    cells = trials.groupby(grid_columns(trials), sort=False).ngroup().to_numpy()
    instances = trials.groupby(instance_columns(trials), sort=False).ngroup().to_numpy()
    lines = (
        trials.groupby(names, sort=False).ngroup().to_numpy() if names else np.zeros(len(trials))
    )
    rows = []
    for number in np.unique(lines):
        here = np.flatnonzero(lines == number)
        line, own = trials.iloc[here], instances[here]
        shared = {"cells": len(np.unique(cells[here])), "instances": len(np.unique(own))}
        ends = {name: int((line["status"] == name).sum()) for name in ("capped", "diverged")}
        for budget in _budgets(needed[here], first, last):
            within = needed[here] <= budget
            low, high = pooled_rate_interval(within, own)
            rows.append(
                {name: line[name].iloc[0] for name in names}
                | {"x": budget, "y": float(within.mean()), "low": low, "high": high}
                | shared
                | {"trials": len(here), "recovered": int(within.sum())}
                | ends
            )
    return pd.DataFrame(rows)


def _budgets(needed: np.ndarray, first: float, last: float) -> np.ndarray:
    """Return where a line is told: at both ends, and where it rises between them."""
    rises = np.sort(needed[(needed > first) & np.isfinite(needed)])
    if len(np.unique(rises)) > MOST_STEPS:
        rises = rises[np.linspace(0, len(rises) - 1, MOST_STEPS).round().astype(int)]
    return np.unique([first, *rises, last])
