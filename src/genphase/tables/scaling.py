"""The table of a figure of sizes: crossings and widths of each, their limits, and the collapse."""

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from scipy.special import expit

from genphase.cells.rows import row_symbols
from genphase.statistics.crossings import crossing, rises_within
from genphase.statistics.portraits import dispersion_of
from genphase.statistics.scaling import Estimate, Scaling, fit_scaling
from genphase.statistics.widths import SPREAD, slopes
from genphase.sweep.kinds import scaling as specs

_NUMBERS = ("x", "y", "low", "high", "fitted", "trials", "recovered")
# What a row is about.
CROSSING, WIDTH, LIMIT, THEORY, OFFSET, CELL = (
    *("crossing", "width", "limit", "theory", "offset", "cell"),
)
OMEGA, NU = "offset_exponent", "width_exponent"
COLLAPSE, LACK, DISPERSION = "collapse", "lack_of_fit", "dispersion"

Row = dict[str, Any]


def scaling_rows(
    cells: pd.DataFrame,
    axes: Sequence[str],
    spec: specs.Scaling,
    overlays: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Return what a figure of sizes shows.

    Parameters
    ----------
    cells
        cells.csv.
    axes
        The sweep's axes.
    spec
        The figure's entry in the sweep file.
    overlays
        Limits in theory, see :func:`genphase.tables.overlays.tabulate_overlays`.

    Returns
    -------
    DataFrame
        The columns that make panels; part, what the row is about; of, the label of a limit in
        theory; size; x, y, low, high, fitted; trials and recovered. By part:

        - crossing, width: of each size alone, in the coordinate; fitted by the power laws;
        - limit: the crossing at infinite size; offset_exponent ω and width_exponent 1/ν;
        - theory: a limit in theory; offset: how far the crossing at infinite size is above it;
        - collapse, lack_of_fit: p-values; dispersion, by which intervals are widened;
        - cell: the scaled coordinate (x - c(L)) L^{1/ν}, the rate, and the master curve.

        Without a fit only sizes and theory have rows.
    """
    names = ["solver", *(name for name in axes if name not in (spec.x, spec.size))]
    rows: list[Row] = []
    for key, panel in cells.groupby(names, sort=False):
        values = dict(zip(names, key, strict=True))
        theory = [] if overlays is None else _theory(overlays, values)
        rows += [{**values, **row} for row in _panel(panel, spec, theory)]
    return pd.DataFrame(rows, columns=[*names, "part", "of", "size", *_NUMBERS])


def _theory(overlays: pd.DataFrame, values: Mapping[str, Any]) -> list[tuple[str, float]]:
    for name, value in values.items():
        overlays = overlays[overlays[name] == value]
    return [(str(row["overlay_label"]), float(row["y"])) for _, row in overlays.iterrows()]


def _panel(
    panel: pd.DataFrame, spec: specs.Scaling, theory: list[tuple[str, float]]
) -> Iterator[Row]:
    place = [float(spec.place(row_symbols(row))) for row in panel.to_dict("records")]
    panel = panel.assign(place=[float(f"{value:.12g}") for value in place])
    panel = panel.sort_values([spec.size, "place"])
    lines = dict(list(panel.groupby(spec.size)))
    way = rises_within((of["place"], of["recovered"], of["trials"]) for of in lines.values())
    t, size, recovered, trials = (
        panel[name].to_numpy(float) for name in ("place", spec.size, "recovered", "trials")
    )
    fit = fit_scaling(way * t, size, recovered, trials, spec.exponents) if way else None
    for one, line in lines.items():
        yield from _of_size(float(str(one)), line, way, fit)
    for label, limit in theory:
        yield {"part": THEORY, "of": label, "size": math.inf, "y": limit}
    if fit is not None:
        yield from _of_fit(fit, way, theory)
        scaled = size**fit.width_exponent.value * (t - way * fit.crossing(size))
        master = expit(way * fit.slope_at(size) * (t - way * fit.crossing(size)))
        for i, (_, row) in enumerate(panel.iterrows()):
            yield {
                "part": CELL,
                "size": size[i],
                "x": scaled[i],
                "y": row["rate"],
                "low": row["rate_low"],
                "high": row["rate_high"],
                "fitted": master[i],
                "trials": int(trials[i]),
                "recovered": int(recovered[i]),
            }


def _of_size(size: float, line: pd.DataFrame, way: int, fit: Scaling | None) -> Iterator[Row]:
    """Yield crossing and width of one size alone, each with the height of the fitted power law."""
    # Cells of rounded sizes can share a place.
    line = line.groupby("place", as_index=False)[["recovered", "trials"]].sum()
    t, recovered, trials = (line[name].to_numpy(float) for name in ("place", "recovered", "trials"))
    counts = {"trials": int(trials.sum()), "recovered": int(recovered.sum())}
    found = crossing(t, recovered, trials, way)
    fitted = math.nan if fit is None else way * float(fit.crossing(size))
    yield {
        "part": CROSSING,
        "size": size,
        "x": 1 / size,
        "y": found.value,
        "low": found.low,
        "high": found.high,
        "fitted": fitted,
        **counts,
    }
    order = slice(None, None, -1 if way < 0 else 1)
    steep = slopes((way or 1) * t[order], recovered[order], trials[order])
    widths = [SPREAD / s if s > 0 else math.inf for s in (steep.best.s, steep.high.s, steep.low.s)]
    fitted = math.nan if fit is None else SPREAD / float(fit.slope_at(size))
    # A line that is all 0 or all 1 has no width.
    value = math.nan if math.isnan(steep.best.s) else widths[0]
    yield {
        "part": WIDTH,
        "size": size,
        "x": 1 / size,
        "y": value,
        "low": widths[1],
        "high": widths[2],
        "fitted": fitted,
        **counts,
    }


def _of_fit(fit: Scaling, way: int, theory: list[tuple[str, float]]) -> Iterator[Row]:
    """Yield what the fit of all sizes says."""
    ends = sorted((way * fit.limit.low, way * fit.limit.high))
    limit = Estimate(way * fit.limit.value, *ends)
    parts = ((LIMIT, limit), (OMEGA, fit.offset_exponent), (NU, fit.width_exponent))
    for part, found in parts:
        numbers = {"y": found.value, "low": found.low, "high": found.high}
        yield {"part": part, "size": math.inf, "x": 0.0, **numbers}
    for label, place in theory:
        y, low, high = (value - place for value in limit)
        yield {"part": OFFSET, "of": label, "size": math.inf, "y": y, "low": low, "high": high}
    tests = (fit.collapse, fit.deviance.chance, dispersion_of(fit.deviance))
    for part, number in zip((COLLAPSE, LACK, DISPERSION), tests, strict=True):
        yield {"part": part, "y": number}


def exponents_open(rows: pd.DataFrame, exponents: tuple[float, float]) -> bool:
    """Return whether trials leave ω open: no exponent within the bounds is ruled out."""
    omega = rows[rows["part"] == OMEGA]
    low, high = exponents
    return bool(len(omega) and np.all((omega["low"] <= low) & (omega["high"] >= high)))
