"""The table of what a curve shows: one row per point, from the trials of a sweep."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from genphase.cells.rows import row_symbols, varying
from genphase.statistics.fits import Fit, fit_line
from genphase.statistics.rates import mean_interval, pooled_rate_interval
from genphase.sweep.kinds.curve import Curve
from genphase.sweep.overlays import InstanceError
from genphase.sweep.success import Success
from genphase.tables.cells import (
    grid_columns,
    instance_columns,
    recovered,
    with_seeds_together,
    with_squared_errors,
)
from genphase.tables.overlays import COLUMNS


def curve_points(
    trials: pd.DataFrame, axes: Sequence[str], spec: Curve, success: Success | None
) -> pd.DataFrame:
    """Return the points of a curve.

    A point holds all trials of its panel and series whose cells have the same x, to twelve digits;
    where these are several cells, their trials are pooled.

    Parameters
    ----------
    trials
        trials.csv.
    axes
        The sweep's axes.
    spec
        The figure's entry in the sweep file.
    success
        The rule of which trials count as recovered; None of a sweep that measures.

    Returns
    -------
    DataFrame
        The columns that make panels and series; x, y, low, high; cells, instances, trials,
        recovered, used (the trials in the statistic), capped and diverged of the point; of what was
        measured `measure` and `bound`, none or at least, instead; where a fit is asked for,
        fit_slope, fit_low, fit_high, fit_intercept and fit_r2 of its series. Points are sorted by x
        within a series. For a rate, low and high are its 95 % Wilson interval; for a median, the
        quartiles; for a mean, its 95 % confidence interval (Student t) or one standard deviation to
        both sides. Trials of one instance, at several levels of noise, say, are dependent: then
        intervals are by instance. A NaN error is infinite.
    """
    table, names = placed(trials, axes, spec, success)
    points = []
    for (series, _), point in table.groupby(["series", "x"]):
        first = point.iloc[0]
        used = point[point["recovered"]] if spec.over == "recovered" else point
        y, low, high = _estimate(used, spec)
        counts: dict[str, float] = {}
        counts |= {"cells": point["cell"].nunique(), "instances": point["instance"].nunique()}
        counts["trials"] = len(point)
        if success is not None:
            counts["recovered"] = point["recovered"].sum()
        counts["used"] = len(used)
        if success is not None:
            counts |= {name: point[name].sum() for name in ("capped", "diverged")}
        points.append(
            {name: first[name] for name in [*names, "x"]}
            | {"y": y, "low": low, "high": high}
            | {name: int(count) for name, count in counts.items()}
            | ({} if success is not None else _measured(point))
            | {"series": series}
        )
    result = pd.DataFrame(points)
    if spec.fit is not None:
        result = _with_fits(result, spec.fit)
    return result.drop(columns="series")


def _measured(point: pd.DataFrame) -> dict[str, str]:
    """Return what the trials of a point measured, and whether it is a lower bound."""
    return {"measure": ", ".join(point["measure"].unique()), "bound": point["bound"].min()}


def placed(
    trials: pd.DataFrame, axes: Sequence[str], spec: Curve, success: Success | None
) -> tuple[pd.DataFrame, list[str]]:
    """Return trials with their place in a curve, and the columns that make panels and series.

    The places are x; per, what y is divided by; series, the number of the line; instance, that of
    the instance; and whether a trial is recovered, capped, diverged.

    Parameters
    ----------
    trials, axes, spec, success
        See :func:`curve_points`.
    """
    trials = with_seeds_together(trials)
    keys = grid_columns(trials)
    cells = trials[keys].drop_duplicates(ignore_index=True)
    names, cells = curve_cells(cells, axes, spec)
    cell = trials.groupby(keys, sort=False).ngroup().to_numpy()
    table = (trials if success is None else _judged(trials, success)).assign(
        cell=cell,
        instance=trials.groupby(instance_columns(trials), sort=False).ngroup().to_numpy(),
        **{name: cells[name].to_numpy()[cell] for name in ("x", "per", "series")},
    )
    return table, names


def _judged(trials: pd.DataFrame, success: Success) -> pd.DataFrame:
    """Return trials with how they ended."""
    return with_squared_errors(trials).assign(
        recovered=recovered(trials, success),
        capped=trials["status"] == "capped",
        diverged=trials["status"] == "diverged",
    )


def curve_cells(
    cells: pd.DataFrame, axes: Sequence[str], spec: Curve
) -> tuple[list[str], pd.DataFrame]:
    """Return where the cells of a grid lie in a curve.

    Parameters
    ----------
    cells
        A table with a row for each cell of the sweep.
    axes
        The sweep's axes.
    spec
        The figure's entry in the sweep file.

    Returns
    -------
    names : the columns that make panels and series.
    cells : the same cells with their x, what y is divided by (``per``), the number of their series
        and that of their point, which is its row among :func:`curve_points`.
    """
    names = _names(cells, axes, spec)
    rows = [row_symbols(row) for row in cells.to_dict("records")]
    placed = cells.assign(
        x=[float(f"{float(spec.x(row)):.12g}") for row in rows],
        per=[float(spec.per(row)) for row in rows],
        series=cells.groupby(names, sort=False).ngroup() if names else 0,
    )
    return names, placed.assign(point=placed.groupby(["series", "x"]).ngroup())


def keys_of(points: pd.DataFrame, names: Sequence[str]) -> list[tuple[Any, ...]]:
    """Return the values of some columns in each row; of no column, nothing in each row."""
    columns = [points[name] for name in names]
    return list(zip(*columns, strict=True)) if columns else [()] * len(points)


def series_names(points: pd.DataFrame) -> list[str]:
    """Return the columns of a curve's points that make its panels and series."""
    return list(points.columns[: points.columns.get_loc("x")])


def with_instance_errors(
    overlays: pd.DataFrame | None,
    trials: pd.DataFrame,
    axes: Sequence[str],
    spec: Curve,
    success: Success | None,
) -> pd.DataFrame | None:
    """Return the overlays of a curve with those that are errors of instances, from their trials.

    Parameters
    ----------
    overlays
        See :func:`genphase.tables.overlays.tabulate_overlays`; None where there are none.
    trials, axes, spec, success
        See :func:`curve_points`, whose statistic these lines have, too.
    """
    rows: list[dict[str, Any]] = []
    # All solvers have the same: the trials of one will do.
    if "solver" not in spec.panels and "solver" in trials:
        series = spec.series or varying(trials, axes, {*spec.x.symbols, *spec.panels})
        trials = trials[trials["solver"] == trials["solver"].iloc[0]]
    else:
        series = spec.series
    for i, overlay in enumerate(spec.overlays):
        if not isinstance(overlay, InstanceError):
            continue
        changes = {"y": overlay.error, "series": series, "over": "all", "fit": None}
        points = curve_points(trials, axes, spec.model_copy(update=changes), success)
        names = series_names(points)
        first = {"overlay": i, "overlay_label": overlay.label or overlay.default_label}
        first |= {"overlay_kind": "line", "overlay_compare": "", "overlay_about": ""}
        lines = points.groupby(names, sort=False) if names else [((), points)]
        for j, (_, line) in enumerate(lines):
            # Without a band, which would lie over those of the solvers.
            columns = [*spec.panels, "x", "y"]
            for point in line[columns].to_dict("records"):
                rows.append({**first, "overlay_line": j, **{str(k): v for k, v in point.items()}})
    if not rows:
        return overlays
    own = pd.DataFrame(rows, columns=[*spec.panels, *COLUMNS])
    return own if overlays is None or overlays.empty else pd.concat([overlays, own])


def _names(cells: pd.DataFrame, axes: Sequence[str], spec: Curve) -> list[str]:
    series = spec.series or varying(cells, axes, {*spec.x.symbols, *spec.panels})
    return [*spec.panels, *series]


def _estimate(used: pd.DataFrame, spec: Curve) -> tuple[float, float, float]:
    if spec.y == "rate":
        low, high = pooled_rate_interval(used["recovered"], used["instance"])
        return float(used["recovered"].mean()), low, high
    values = used[spec.y].fillna(np.inf) / used["per"]
    if values.empty:
        return math.nan, math.nan, math.nan
    if spec.band == "deviation":
        # Of infinite errors there is no deviation.
        with np.errstate(invalid="ignore"):
            mean, deviation = float(values.mean()), float(values.std(ddof=1))
        return mean, mean - deviation, mean + deviation
    if spec.statistic == "mean":
        return mean_interval(values, used["instance"])
    # "nearest" ranks: infinite errors must not be interpolated.
    low, high = values.quantile([0.25, 0.75], interpolation="nearest")
    return float(values.median()), float(low), float(high)


def _with_fits(points: pd.DataFrame, kind: str) -> pd.DataFrame:
    fits = {
        series: fit_line(line["x"], line["y"], kind) for series, line in points.groupby("series")
    }
    columns = {
        f"fit_{name}": [fits[series][i] for series in points["series"]]
        for i, name in enumerate(Fit._fields)
    }
    return points.assign(**columns)
