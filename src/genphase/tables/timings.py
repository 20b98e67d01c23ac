"""The processor time of trials, beside their records."""

from collections.abc import Mapping

import pandas as pd

from genphase.sweep.kinds.base import SECONDS

_TRIAL = ["cell", "trial"]


def trials_of(tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Return the trials that a figure is drawn from; with their processor time, where it is shown.

    Parameters
    ----------
    tables
        By name: trials, and timings where the figure shows them. A trial of both is found by its
        cell and its number; of several seeds, each has cells of its own.

    Raises
    ------
    ValueError
        If a trial has no time.
    """
    trials = tables["trials"]
    if "timings" not in tables:
        return trials
    seconds = tables["timings"][[*_TRIAL, SECONDS]].drop_duplicates(_TRIAL)
    timed = trials.merge(seconds, on=_TRIAL, how="left", validate="many_to_one")
    if timed[SECONDS].isna().any():
        raise ValueError("the timings are not those of the trials: make both tables again")
    return timed
