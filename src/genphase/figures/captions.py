"""What stands below figures of lines: trials, statistic, band, and what counted as failure."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from genphase.figures.style import failures_text, rule_text, trials_text
from genphase.records import AT_LEAST
from genphase.sweep.kinds.base import ENDS, SECONDS
from genphase.sweep.kinds.curve import Curve
from genphase.sweep.kinds.profile import Profile
from genphase.sweep.success import Success
from genphase.tables.cells import recovered
from genphase.tables.curve import series_names

_BANDS = {
    "median": "quartiles",
    "mean": "95 % confidence interval of the mean (Student t)",
    "deviation": "one standard deviation of the trials to both sides",
}
_MACHINE = (
    "Processor time is of the machine that the trials ran on: the same trials take other times on "
    "another, and on the same one again."
)
_FITS = {"power": "log y on log x", "linear": "y on x"}


def curve_caption(
    points: pd.DataFrame, spec: Curve, success: Success | None, interval: str = "band"
) -> str:
    """Return the caption of a curve, from the points that it shows.

    Parameters
    ----------
    points
        See :func:`genphase.tables.curve.curve_points`.
    spec
        The figure's entry in the sweep file.
    success
        The rule of which trials count as recovered.
    interval
        As what intervals are drawn: a band, or bars.
    """
    parts = [f"{trials_text(points['trials'], 'point')}; {_band(spec, success, interval)}."]
    trials, used = int(points["trials"].sum()), int(points["used"].sum())
    if spec.over == "recovered" and success is not None:
        parts.append(
            f"Recovered: {rule_text(success)}; {trials - used} of {trials} trials were not "
            "recovered and are left out."
        )
    if spec.fit is not None:
        parts.append(f"Fit: least squares of {_FITS[spec.fit]}, 95 % t-interval of the slope.")
    cells = int(points["cells"].max())
    if cells > 1:
        parts.append(f"Trials of up to {cells} cells with the same x are pooled{_shared(points)}.")
    if success is not None:
        parts.append(failures_text(points))
    elif AT_LEAST in set(points["bound"]):
        which = "Values" if set(points["bound"]) == {AT_LEAST} else "Some of the values"
        parts.append(
            f"{which} are lower bounds (at least) of suprema: random points and a local ascent do "
            "not find all of them."
        )
    beyond = np.isposinf(points["y"].astype(float))
    if beyond.any():
        why = {"mean": "a mean over diverged trials", "median": "where at least half diverged"}
        parts.append(
            f"Triangles at the upper edge: {beyond.sum()} of {len(points)} points are infinite, "
            f"{why.get(spec.statistic, 'with diverged trials')}."
        )
    hidden = np.isnan(points["y"].astype(float))
    hidden |= (points["y"] <= 0) & (spec.y_scale == "log")
    if hidden.any():
        parts.append(
            f"Not drawn: {hidden.sum()} of {len(points)} points, which have no value that the axis "
            "can show."
        )
    if spec.is_timed:
        parts.append(_MACHINE)
    return " ".join(parts)


def profile_caption(points: pd.DataFrame, spec: Profile, success: Success) -> str:
    """Return the caption of a profile, from the steps that it shows.

    Parameters
    ----------
    points
        See :func:`genphase.tables.profile.profile_points`.
    spec
        The figure's entry in the sweep file.
    success
        The rule of which trials count as recovered.
    """
    names = series_names(points)
    lines = points.drop_duplicates(names) if names else points.head(1)
    budget = "processor time" if spec.is_timed else "iterations"
    parts = [
        f"{trials_text(lines['trials'], 'line')}; line: share of all of them that are recovered "
        f"within a budget of {budget}; recovered: {rule_text(success)}; band: 95 % Wilson interval "
        "at each budget on its own.",
        "What a trial takes is all of it until it stops; one that is not recovered is within no "
        "budget.",
    ]
    cells = int(lines["cells"].max())
    if cells > 1:
        parts.append(f"Trials of up to {cells} cells are pooled in a line{_shared(lines)}.")
    parts.append(failures_text(lines))
    if spec.is_timed:
        parts.append(_MACHINE)
    return " ".join(parts)


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


def _shared(points: pd.DataFrame) -> str:
    """Return that pooled trials share instances, where they do."""
    if (points["instances"] == points["trials"]).all():
        return ""
    return "; some of them share instances, and intervals are by instance"


def _band(spec: Curve, success: Success | None, interval: str) -> str:
    if spec.y == "rate" and success is not None:
        return f"recovered: {rule_text(success)}; {interval}: 95 % Wilson interval"
    held = "all" if spec.over == "all" else "the recovered"
    of = "deviation" if spec.band == "deviation" else spec.statistic
    band = f"line: {spec.statistic} of {held} trials, {interval}: {_BANDS[of]}"
    if spec.over == "recovered" or success is None:
        return band
    own = "their last errors, infinite where these are not finite"
    if spec.y in (*ENDS, SECONDS):
        own = {
            "iterations": "the iterations that they made",
            "negations": "the negations that they made",
            SECONDS: "the time that they took",
        }.get(spec.y, "those of their last iterates")
    return f"{band}; no trial is counted as a failure, capped and diverged ones have {own}"
