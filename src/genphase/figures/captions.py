"""What stands below figures of lines: trials, statistic, band, and what counted as failure."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from genphase.figures.style import rule_text
from genphase.sweep.success import Success
from genphase.tables.cells import recovered

MACHINE = (
    "Processor time is of the machine that the trials ran on: the same trials take other times on "
    "another, and on the same one again."
)


def convergence_caption(
    records: Sequence[Mapping[str, Any]], success: Success, longest: int
) -> str:
    """Return the caption of the convergence of a cell's trials.

    Parameters
    ----------
    records
        Of the trials, with their further errors.
    success
        The rule of which trials count as recovered.
    longest
        The most iterations that are drawn of a trial.
    """
    trials = pd.DataFrame(records)
    failed = [f"{(trials['status'] == status).sum()} {status}" for status in ("capped", "diverged")]
    several = len(trials) > 1
    parts = [
        f"{len(trials)} trial{'s' if several else ''} by the plain loop"
        f"{', one line each, without an average or an interval' if several else ''}: "
        f"{', '.join(failed)}; {recovered(trials, success).sum()} recovered, {rule_text(success)}."
    ]
    if (trials["iterations"] > longest).any():
        parts.append(f"Of longer trials the first {longest} iterations are drawn.")
    return " ".join(parts)


def shared_text(points: pd.DataFrame) -> str:
    """Return that pooled trials share instances, where they do."""
    if (points["instances"] == points["trials"]).all():
        return ""
    return "; some of them share instances, and intervals are by instance"
