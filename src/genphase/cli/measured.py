"""What `genphase check` prints: aligned lines for a terminal, tables for a document."""

import math
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any

import pandas as pd

from genphase.results import Results
from genphase.sweep.figures import KINDS
from genphase.tables.check import AGREES, DIFFERS, ELSEWHERE, UNTOLD
from genphase.tables.comparison import SIGNIFICANCE

_WORDS = {
    AGREES: "agrees within sampling error",
    DIFFERS: "differs",
    UNTOLD: "no number, or no error of it, to compare",
}
_HEAD = ("figure", "trials", "published (runs)", "measured (trials)", "p", "verdict")


def lines(checked: Mapping[str, pd.DataFrame]) -> Iterator[str]:
    """Yield the comparison of sweeps, by name, as aligned lines, and what came of all of them."""
    for name, table in checked.items():
        yield f"{name}"
        about = table[table["verdict"] != ELSEWHERE]
        rows = [_row(row) for row in about.to_dict("records")]
        widths = [max(map(len, column)) for column in zip(_HEAD, *rows, strict=True)]
        for row in (_HEAD, *rows):
            cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
            yield ("  " + "  ".join(cells)).rstrip()
        elsewhere = int((table["verdict"] == ELSEWHERE).sum())
        if elsewhere:
            several = "number more is" if elsewhere == 1 else "numbers more are"
            yield f"  {elsewhere} published {several} about no trials of this sweep."
        for note in dict.fromkeys(filter(None, about["note"])):
            yield f"  Note: {note}."
        yield ""
    yield summary(checked)


def summary(checked: Mapping[str, pd.DataFrame]) -> str:
    """Return one sentence about all comparisons."""
    verdicts = pd.concat([table["verdict"] for table in checked.values()])
    agree, differ, untold = (int((verdicts == v).sum()) for v in (AGREES, DIFFERS, UNTOLD))
    text = f"Of {agree + differ + untold} published numbers {agree} agree within sampling error"
    if differ:
        text += f", {differ} differ{'s' if differ == 1 else ''}"
    if untold:
        text += f", {untold} cannot be compared"
    return f"{text} ({100 * SIGNIFICANCE:g} %, p adjusted for all numbers of a sweep by Holm)."


def _row(row: Mapping[Any, Any]) -> tuple[str, ...]:
    which = ", ".join(filter(None, (row["line"], row["place"]))) or "all"
    quantity = f"{row['figure']}: {row['quantity']}"
    published, measured = _published(row), _measured(row)
    runs = "not known" if math.isnan(row["runs"]) else f"{row['runs']:g}"
    if row["statistic"] not in ("crossing", "exponent"):
        published = f"{published} ({runs})"
    p = "" if math.isnan(row["p_holm"]) else _p(row["p_holm"])
    return quantity, which, published, f"{measured} ({row['trials']})", p, _WORDS[row["verdict"]]


def _published(row: Mapping[Any, Any]) -> str:
    if not math.isnan(row["published_low"]) and row["statistic"] in ("crossing", "exponent"):
        return f"{row['published_low']:.4g} to {row['published_high']:.4g}"
    return f"{row['published']:.4g}"


def _measured(row: Mapping[Any, Any]) -> str:
    value, low, high = (row[key] for key in ("measured", "measured_low", "measured_high"))
    if row["statistic"] == "mean":
        error = row["measured_error"]
        return f"{value:.4g}" if math.isnan(error) else f"{_rounded(value, error)}"
    if math.isnan(value):
        return f"none in the grid, {low:.4g} to {high:.4g}"
    digits = ".3g" if row["statistic"] in ("rate", "exponent") else ".4g"
    return f"{value:{digits}} [{low:{digits}}, {high:{digits}}]"


def _rounded(value: float, error: float) -> str:
    """Return a value with its standard error, both to the error's second digit."""
    if not (0 < error < math.inf):
        return f"{value:.4g} ± {error:.2g}"
    digits = max(0, 1 - math.floor(math.log10(error)))
    if digits > 6:
        return f"{value:.4g} ± {error:.2g}"
    return f"{value:.{digits}f} ± {error:.{digits}f}"


def _p(value: float) -> str:
    return "< 0.001" if value < 0.001 else f"{value:.2g}"


def document(checked: Mapping[str, tuple[Results, pd.DataFrame]]) -> str:
    """Return two tables in Markdown: measured against published, and what has no such numbers."""
    compared = {name: table for name, (_, table) in checked.items() if len(table)}
    rows = [row for name, table in compared.items() for row in grouped(name, table)]
    head = ["sweep", "what", "published (runs)", "measured (trials)", "verdict"]
    notes = dict.fromkeys(note for t in compared.values() for note in t["note"] if note)
    text = [_table(head, rows), "", summary(compared)]
    text += [f"{note[0].upper()}{note[1:]}." for note in notes]
    others = [
        row for name, (results, t) in checked.items() if t.empty for row in _alone(name, results)
    ]
    if others:
        head = ["sweep", "which", "where half is recovered, or who wins"]
        text += ["", "Where nothing is published:", "", _table(head, others)]
    return "\n".join(text)


def grouped(name: str, table: pd.DataFrame) -> Iterator[tuple[str, ...]]:
    """Yield a row for each line of each figure, with the numbers of its places in a list."""
    about = table[table["verdict"] != ELSEWHERE]
    for keys, group in about.groupby(["figure", "quantity", "line"], sort=False):
        figure, quantity, line = map(str, keys)
        what = f"{figure}: {quantity}" + (f"; {line}" if line else "")
        numbers = group.to_dict("records")
        shown = [(row["place"], _published(row), _measured(row)) for row in numbers]
        published: list[str] = []
        measured: list[str] = []
        axis = ""
        # Neighbours with the same numbers are one entry.
        for (given, found), same in groupby(shown, key=lambda entry: entry[1:]):
            places = [place for place, *_ in same]
            where = _span(places)
            # The name of the axis stands once.
            name_of, _, value = where.rpartition(" = ")
            where = value if published and name_of == axis else where
            axis = name_of
            published.append(f"{where}: {given}" if where else given)
            measured.append(f"{where}: {found}" if where else found)
        runs = {"" if math.isnan(row["runs"]) else f" ({row['runs']:g})" for row in numbers}
        trials = {row["trials"] for row in numbers}
        least, most = min(trials), max(trials)
        size = f" ({least})" if least == most else f" ({least} to {most})"
        yield (
            f"`{name}`",
            what,
            "; ".join(published) + (runs.pop() if len(runs) == 1 else ""),
            "; ".join(measured) + size,
            _verdict(group),
        )


def _span(places: Sequence[str]) -> str:
    return places[0] if len(places) == 1 else f"{places[0]} to {places[-1].rpartition(' = ')[2]}"


def _verdict(group: pd.DataFrame) -> str:
    counts = [(v, int((group["verdict"] == v).sum())) for v in (AGREES, DIFFERS, UNTOLD)]
    told = [(v, count) for v, count in counts if count]
    least = group["p_holm"].min()
    p = f", {'p' if len(group) == 1 else 'least p'} {_p(least)}"
    p = "" if math.isnan(least) else p
    if len(told) == 1:
        return f"{told[0][0]}{p}"
    differ = ", ".join(group.loc[group["verdict"] == DIFFERS, "place"])
    return ", ".join(f"{count} {v}" for v, count in told) + p + (f" ({differ})" if differ else "")


def _alone(name: str, results: Results) -> Iterator[tuple[str, ...]]:
    """Yield what came out of a sweep that has nothing published: crossings, and who wins."""
    transition = results.transition
    if len(transition):
        first = list(transition.columns).index("along")
        names = list(transition.columns[:first])
        half = transition[transition["crossing_level"] == 0.5]
        others = [n for n in names[1:] if half[n].nunique() > 1]
        # Lines of one panel differ in the last axis of numbers.
        numbers = [n for n in others if pd.api.types.is_numeric_dtype(half[n])]
        across = numbers[-1:]
        panels = [n for n in ("solver", *others) if n not in across]
        for key, panel in half.groupby(panels, sort=False):
            inside = panel[panel["position"] == "inside"]
            if inside.empty:
                continue
            chosen = inside.iloc[sorted({0, len(inside) // 2, len(inside) - 1})]
            which = ", ".join(_named(n, v) for n, v in zip(panels, key, strict=True))
            text = "; ".join(_at(row, across) for row in chosen.to_dict("records"))
            if len(inside) > len(chosen):
                text += f"; {len(chosen)} of {len(inside)} lines"
            yield f"`{name}`", which, f"{panel['along'].iloc[0]} = {text}"
    for figure, kind in results.about["figures"].items():
        if not KINDS[kind].compares_solvers:
            continue
        table = results.numbers(figure)
        first, second = table["first"].iloc[0], table["second"].iloc[0]
        better = table["better"].fillna("")
        text = (
            f"of {table['pairs'].sum()} instances {first} alone recovers "
            f"{table['only_first'].sum()}, {second} alone {table['only_second'].sum()}; better "
            f"(Holm) in {(better == first).sum()} and {(better == second).sum()} of "
            f"{len(table)} cells"
        )
        yield f"`{name}`", figure, text


def _named(name: str, value: Any) -> str:
    text = str(value).replace(" ", "") if str(value).startswith("[") else str(value)
    return text if name == "solver" or text.startswith("[") else f"{name} = {text}"


def _at(row: Mapping[Any, Any], across: Sequence[str]) -> str:
    where = "".join(f" at {name} = {row[name]:g}" for name in across)
    low, high = row["crossing_low"], row["crossing_high"]
    return f"{row['crossing']:.4g} ({low:.4g} to {high:.4g}){where}"


def _table(head: Sequence[str], rows: Sequence[tuple[str, ...]]) -> str:
    cells = [list(head), ["---"] * len(head), *map(list, rows)]
    return "\n".join(f"| {' | '.join(row)} |" for row in cells)
