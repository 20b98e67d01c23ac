"""Published numbers against measured ones: a test for each, by the sampling errors of both."""

import json
import math
from collections.abc import Collection, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from scipy.stats import t as student_t

from genphase.cells.rows import row_symbols
from genphase.errors import BadValue
from genphase.statistics.agreement import (
    same_mean,
    same_median,
    same_rate,
    same_spread_error,
    within,
)
from genphase.statistics.fits import Fit, fit_line, jackknife_error
from genphase.statistics.paired import holm
from genphase.statistics.rates import effective_trials, mean_error, pooled_rate_interval
from genphase.statistics.wilson import CONFIDENCE
from genphase.sweep.kinds.base import Lines, Map
from genphase.sweep.kinds.curve import Curve
from genphase.sweep.success import Success
from genphase.tables.cells import grid_columns
from genphase.tables.comparison import SIGNIFICANCE
from genphase.tables.curve import placed
from genphase.tables.overlays import same

AGREES, DIFFERS, UNTOLD, ELSEWHERE = "agrees", "differs", "not told", "no trials"
# Of crossings that are drawn in a portrait; in a curve their height is the level.
_LEVEL = 0.5
OUR_SPREAD = "the error of a published mean without one is our trials' deviation / √runs"
OUR_ERROR = "where no runs and no error are published, only our error counts"

Bools = np.ndarray[Any, np.dtype[np.bool_]]


class Measured(NamedTuple):
    """What trials say where a published number is about them.

    measured : the same number of the trials.
    measured_error : its standard error, of a mean.
    measured_low, measured_high : its interval, of others.
    trials, instances : how many trials and instances it is of.
    published_error : the standard error of the published number that the test took.
    p_value : of the test that both are one.
    note : what the test had to suppose.
    """

    measured: float = math.nan
    measured_error: float = math.nan
    measured_low: float = math.nan
    measured_high: float = math.nan
    trials: int = 0
    instances: int = 0
    published_error: float = math.nan
    p_value: float = math.nan
    note: str = ""


class Drawn(NamedTuple):
    """A figure with published numbers: its entry in the sweep file, and its table of overlays."""

    spec: Map | Lines
    overlays: pd.DataFrame


def check_published(
    trials: pd.DataFrame,
    transition: pd.DataFrame,
    axes: Sequence[str],
    figures: Mapping[str, Drawn],
    success: Success | None,
) -> pd.DataFrame:
    """Hold what trials say against the published numbers that figures show.

    Parameters
    ----------
    trials, transition
        trials.csv and transition.csv.
    axes
        The sweep's axes.
    figures
        The figures with published numbers, by name.
    success
        The rule of which trials count as recovered.

    Returns
    -------
    DataFrame
        A row per published number: figure, label of the overlay; statistic: rate, mean, median,
        crossing or exponent; quantity, in words; line and place, which trials it is about;
        published, published_low, published_high, runs; the fields of :class:`Measured`; p_holm,
        adjusted for all rows by Holm's method; verdict: agrees or, where p_holm is below 5 %,
        differs; not told, where trials have no such number or no error of it; no trials, where
        the sweep has none that the row is about.

    Raises
    ------
    BadValue
        If a row could be about several lines of a figure, an overlay has no row about any trial,
        or a number cannot be what it is said to be.
    """
    grid = _Grid(trials)
    rows = []
    for name, (spec, overlays) in figures.items():
        for _, overlay in _published(overlays).groupby("overlay", sort=True):
            found = [
                _checked(row, spec, grid, transition, axes, success)
                for row in overlay.to_dict("records")
            ]
            if not any(row["trials"] for row in found):
                raise BadValue(
                    f"figure {name}: no row of {overlay['overlay_label'].iloc[0]!r} is about any "
                    f"trial of the sweep, as {overlay['overlay_about'].iloc[0]} is not",
                    "give the columns of the file the sweep's names, labels and values, or the "
                    "overlay `compare: nothing`",
                )
            rows += [{"figure": name} | row for row in found]
    table = pd.DataFrame(rows, columns=[*_COLUMNS])
    told = table["p_value"].notna()
    table["p_holm"] = math.nan
    table.loc[told, "p_holm"] = holm(table.loc[told, "p_value"])
    table["verdict"] = np.select(
        [table["trials"] == 0, ~told, table["p_holm"] < SIGNIFICANCE],
        [ELSEWHERE, UNTOLD, DIFFERS],
        AGREES,
    )
    return table


_COLUMNS = (
    *("figure", "label", "statistic", "quantity", "line", "place"),
    *("published", "published_low", "published_high", "runs", *Measured._fields),
)


class _Grid:
    """The cells of trials, and which of them a published row is about."""

    def __init__(self, trials: pd.DataFrame) -> None:
        self.trials = trials
        keys = grid_columns(trials)
        self.cells = trials[keys].drop_duplicates(ignore_index=True)
        self.cell = trials.groupby(keys, sort=False).ngroup().to_numpy()
        # A text, such as a solver's label or a list of widths, is compared as such.
        self.symbols = [{**row_symbols(row), **row} for row in self.cells.to_dict("records")]

    def holding(self, about: Mapping[str, str]) -> Bools:
        """Return which cells have the values of a row."""
        return np.array(
            [
                all(name in row and same(value, row[name]) for name, value in about.items())
                for row in self.symbols
            ]
        )

    def varies(self, name: str) -> bool:
        """Return whether cells have several values of a symbol."""
        return len({row.get(name) for row in self.symbols}) > 1


def _published(overlays: pd.DataFrame) -> pd.DataFrame:
    """Return the rows to compare, each once: panels repeat what is drawn in all of them."""
    if "overlay_compare" not in overlays:
        raise BadValue(
            "the tables of overlays are of an older genphase", "run the sweep again: no trial runs"
        )
    kept = overlays[~overlays["overlay_compare"].isin(["", "nothing"])]
    first = list(overlays.columns).index("overlay")
    return kept[list(overlays.columns[first:])].drop_duplicates()


def _checked(
    row: Mapping[Any, Any],
    spec: Map | Lines,
    grid: _Grid,
    transition: pd.DataFrame,
    axes: Sequence[str],
    success: Success | None,
) -> dict[str, Any]:
    """Return what comes of one published number."""
    about, compare = json.loads(row["overlay_about"]), row["overlay_compare"]
    published = "y"
    if compare == "crossing":
        # In a curve the place lies along x, and y is the rate that is crossed.
        published = "y" if isinstance(spec, Map) else "x"
        found, words = _crossing(row, about, spec, grid, transition, axes)
    else:
        assert isinstance(spec, Curve)
        of_kind = _exponent if compare == "exponent" else _value
        found, words = of_kind(row, about, spec, grid, axes, success)
    return {
        "label": row["overlay_label"],
        **words,
        "published": float(row[published]),
        "published_low": float(row["low"]),
        "published_high": float(row["high"]),
        "runs": float(row["overlay_runs"]),
        **found._asdict(),
    }


_Told = tuple[Measured, dict[str, str]]


def _value(
    row: Mapping[Any, Any],
    about: Mapping[str, str],
    spec: Curve,
    grid: _Grid,
    axes: Sequence[str],
    success: Success | None,
) -> _Told:
    """Compare a rate, a mean or a median at one place of a curve."""
    table, names = placed(grid.trials, axes, spec, success)
    here = grid.holding(about)[grid.cell] & np.isclose(table["x"], row["x"], rtol=1e-9, atol=0)
    point = table[here]
    used = point[point["recovered"]] if spec.over == "recovered" else point
    statistic = "rate" if spec.y == "rate" else "mean" if _is_mean(spec) else "median"
    per = "" if spec.per.text == 1 else f" / {spec.per.text}"
    across = sorted(spec.x.symbols & set(about))
    place = ", ".join(f"{name} = {about[name]}" for name in across if grid.varies(name))
    words = {
        "statistic": statistic,
        "quantity": "rate" if spec.y == "rate" else f"{statistic} {spec.y}{per}",
        "line": _line(grid, names, point, about, across),
        "place": place or f"{spec.x.text} = {row['x']:.4g}",
    }
    if point.empty:
        return Measured(), words
    _one_line(point, names, words["place"])
    runs = None if math.isnan(row["overlay_runs"]) else int(row["overlay_runs"])
    if used.empty:
        return Measured(trials=len(point)), words
    instances, published = int(used["instance"].nunique()), float(row["y"])
    if statistic == "rate":
        found = _of_rate(used, published, runs)
    else:
        values = used[spec.y].fillna(np.inf) / used["per"]
        if statistic == "mean":
            error = float(row["overlay_se"])
            found = _of_mean(values, used["instance"], published, runs, error)
        elif instances < len(used):
            raise BadValue(
                f"the median at {words['place']} is over trials that share instances",
                "let the file say the noise, or what else differs between them, in a column",
            )
        else:
            found = _of_median(values, published, runs)
    return found._replace(trials=len(used), instances=instances), words


def _of_rate(used: pd.DataFrame, published: float, runs: int | None) -> Measured:
    if not 0 <= published <= 1:
        raise BadValue(f"the published rate {published:g} is not within 0 and 1", "correct it")
    rate = float(used["recovered"].mean())
    low, high = pooled_rate_interval(used["recovered"], used["instance"])
    # Trials that share instances count for as many independent ones as have the same error.
    trials = round(effective_trials(used["recovered"], used["instance"]))
    p = same_rate(round(rate * trials), trials, published, runs)
    note = OUR_ERROR if runs is None else ""
    return Measured(rate, measured_low=low, measured_high=high, p_value=p, note=note)


def _of_mean(
    values: pd.Series, instances: pd.Series, published: float, runs: int | None, se: float
) -> Measured:
    mean = float(values.mean())
    freedom = instances.nunique() - 1
    error = mean_error(values, instances) if freedom > 0 and math.isfinite(mean) else math.nan
    if not math.isnan(se):
        known = math.inf if runs is None or runs < 2 else runs - 1
        p = same_mean(mean, error, freedom, published, se, known)
        return Measured(mean, error, published_error=se, p_value=p)
    if runs is None:
        p = same_mean(mean, error, freedom, published)
        return Measured(mean, error, p_value=p, note=OUR_ERROR)
    if math.isnan(error):
        p = same_mean(mean, error, freedom, published)
        return Measured(mean, error, p_value=p)
    deviation = float(values.std(ddof=1))
    p, taken = same_spread_error(mean, error, freedom, deviation, published, runs)
    return Measured(mean, error, published_error=taken, p_value=p, note=OUR_SPREAD)


def _of_median(values: pd.Series, published: float, runs: int | None) -> Measured:
    below, at_most = int((values < published).sum()), int((values <= published).sum())
    p = same_median(below, at_most, len(values), runs)
    low, high = (float(values.quantile(q, interpolation="nearest")) for q in (0.25, 0.75))
    note = OUR_ERROR if runs is None else ""
    return Measured(
        float(values.median()), measured_low=low, measured_high=high, p_value=p, note=note
    )


def _crossing(
    row: Mapping[Any, Any],
    about: Mapping[str, str],
    spec: Map | Lines,
    grid: _Grid,
    transition: pd.DataFrame,
    axes: Sequence[str],
) -> _Told:
    """Compare where the rate crosses a level along a line."""
    along = str(transition["along"].iloc[0]) if len(transition) else ""
    drawn = spec.y if isinstance(spec, Map) else str(spec.right.text)
    if along != drawn:
        raise BadValue(
            f"published crossings are places of {drawn}, but the sweep's transition is along "
            f"{along or 'nothing'}",
            f"write transition: {{along: {drawn}}}, or compare: nothing",
        )
    level = _LEVEL if isinstance(spec, Map) else float(row["y"])
    lines = [name for name in ("solver", *axes) if name != along]
    # The file may name its places as the axis along which they lie.
    about = {name: value for name, value in about.items() if name != along}
    x = {spec.x: repr(float(row["x"]))} if isinstance(spec, Map) else {}
    cells = grid.cells[grid.holding({**about, **x})]
    place = f"{spec.x} = {row['x']:g}" if isinstance(spec, Map) else ""
    words = {"statistic": "crossing", "quantity": f"{along} where the rate is {level:g}"}
    words |= {"line": _line(grid, lines, cells, about, x), "place": place}
    if cells.empty:
        return Measured(), words
    _one_line(cells, lines, place or row["overlay_label"])
    line = transition
    for name in lines:
        line = line[line[name] == cells[name].iloc[0]]
    line = line[np.isclose(line["crossing_level"], level)]
    if line.empty:
        text = f"a crossing of the rate {level:g} is published, but none was looked for"
        raise BadValue(text, f"add {level:g} to transition.levels")
    at = line.iloc[0]
    interval = float(at["crossing_low"]), float(at["crossing_high"])
    published = float(row["y"] if isinstance(spec, Map) else row["x"])
    p, note = _in_range(float(at["crossing"]), interval, published, row)
    return Measured(
        float(at["crossing"]),
        measured_low=interval[0],
        measured_high=interval[1],
        trials=int(at["trials"]),
        instances=int(at["trials"]),
        published_error=float(row["overlay_se"]),
        p_value=p,
        note=note,
    ), words


def _exponent(
    row: Mapping[Any, Any],
    about: Mapping[str, str],
    spec: Curve,
    grid: _Grid,
    axes: Sequence[str],
    success: Success | None,
) -> _Told:
    """Compare the exponent of a power of x that a line follows."""
    start = float(row["x"])
    table, names = placed(grid.trials, axes, spec, success)
    here = grid.holding(about)[grid.cell]
    if not math.isnan(start):
        here &= (table["x"] >= start * (1 - 1e-9)).to_numpy()
    line = table[here]
    place = "" if math.isnan(start) else f"from {spec.x.text} = {start:.4g}"
    per = "" if spec.per.text == 1 else f" / {spec.per.text}"
    words = {"statistic": "exponent", "quantity": f"exponent of {spec.y}{per} in {spec.x.text}"}
    words |= {"line": _line(grid, names, line, about, ()), "place": place}
    if line.empty:
        return Measured(), words
    _one_line(line, names, words["quantity"])
    used = line[line["recovered"]] if spec.over == "recovered" else line
    used = used.assign(height=used[spec.y].fillna(np.inf) / used["per"])
    slope, interval = _power(used, "mean" if _is_mean(spec) else "median")
    p, note = _in_range(slope, interval, float(row["y"]), row)
    return Measured(
        slope,
        measured_low=interval[0],
        measured_high=interval[1],
        trials=len(line),
        instances=int(line["instance"].nunique()),
        published_error=float(row["overlay_se"]),
        p_value=p,
        note=note,
    ), words


def _power(used: pd.DataFrame, statistic: str) -> tuple[float, tuple[float, float]]:
    """Return the exponent of a power of x, and its interval.

    The interval is by the scatter of the points. Where these share instances, what an instance adds
    to all of them is no scatter: of means the interval is at least that of a jackknife.
    """

    def fitted(rows: pd.DataFrame) -> Fit:
        points = rows.groupby("x")["height"].agg(statistic)
        return fit_line(points.index, points, "power")

    fit = fitted(used)
    half = fit.high - fit.slope
    instances = used["instance"].unique()
    if statistic == "mean" and len(instances) < len(used) and len(instances) > 1:
        left_out = [fitted(used[used["instance"] != instance]).slope for instance in instances]
        error = jackknife_error(left_out)
        half = max(half, float(student_t.ppf((1 + CONFIDENCE) / 2, len(instances) - 1)) * error)
    return fit.slope, (fit.slope - half, fit.slope + half)


def _is_mean(spec: Curve) -> bool:
    return spec.statistic == "mean" or spec.band == "deviation"


def _in_range(
    value: float, interval: tuple[float, float], published: float, row: Mapping[Any, Any]
) -> tuple[float, str]:
    """Return the p-value of a place in a published range, and what the test had to suppose."""
    low, high, error = (float(row[key]) for key in ("low", "high", "overlay_se"))
    given = (published, published) if math.isnan(low) else (min(low, high), max(low, high))
    if not math.isnan(low):
        return within(value, interval, given), ""
    if not math.isnan(error):
        return within(value, interval, given, error), ""
    return within(value, interval, given), OUR_ERROR


def _line(
    grid: _Grid,
    names: Sequence[str],
    held: pd.DataFrame,
    about: Mapping[str, str],
    without: Collection[str],
) -> str:
    """Return which line of a figure a row is about, by what differs between the sweep's cells.

    Parameters
    ----------
    grid
        The cells of the sweep.
    names
        What makes panels and series.
    held
        The trials, or cells, that the row is about.
    about
        What the row says.
    without
        What says the place on the line.
    """
    told = {name: str(held[name].iloc[0]) for name in names} if len(held) else {}
    told = {name: told.get(name, value) for name, value in {**about, **told}.items()}
    texts: list[str] = []
    methods = ("solver", "measure")
    for name in sorted(told, key=lambda name: name not in methods):
        plain = name in methods or told[name].startswith("[")
        text = told[name].replace(" ", "") if plain else f"{name} = {told[name]}"
        # An axis of widths says what the column widths says.
        if name not in without and grid.varies(name) and text not in texts:
            texts.append(text)
    return ", ".join(texts)


def _one_line(held: pd.DataFrame, names: Sequence[str], place: str) -> None:
    """Refuse a row that could be about several lines of a figure."""
    many = [name for name in names if held[name].nunique() > 1]
    if many:
        choices = "; ".join(f"{name}: {', '.join(map(str, held[name].unique()))}" for name in many)
        raise BadValue(
            f"the published number at {place} could be about several lines ({choices})",
            f"give the file a column {' and a column '.join(many)}, or the overlay "
            "`compare: nothing`",
        )
