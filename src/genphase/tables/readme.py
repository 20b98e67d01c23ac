"""README.txt beside the results of a sweep: what they are of, what each file is, what came out."""

import textwrap
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import pandas as pd

from genphase.records import NONE
from genphase.sweep.figures import KINDS
from genphase.sweep.success import Success

# What the tables are that every sweep has, or that some have.
TABLES = {
    "index.html": "these results as a page: what came out, the figures, the tables",
    "trials.csv": "all trials, one row each: axes, status, iterations, errors; none is left out; "
    "of a large one trials.parquet is a copy, which is read faster",
    "timings.csv": "the processor time that each trial took",
    "cells.csv": "cell by cell: recovery rate with its 95 % Wilson interval, capped and diverged "
    "trials, quartiles of errors and iterations",
    "transition.csv": "line by line, where the recovery rate crosses a level, with intervals",
    "traces.csv": "the error of each iterate of the first trials",
    "built.json": "the grid, the seeds and the versions of the numerics that the trials are of",
    "batches/": "the tables of single jobs",
    "overlays/": "what is drawn over figures, as numbers",
    "images/": "the pictures of figures: latent codes and pixels",
    "provenance/": "what each file was made from: it decides what is made again",
}
# Of a sweep that measures, other than of one that solves.
_MEASURED = {
    "trials.csv": "all trials, one row each: axes, what was measured, its value; none is left out; "
    "of a large one trials.parquet is a copy, which is read faster",
    "cells.csv": "cell by cell: median, mean and quartiles of the values",
}
# So many crossings are listed here; all are in transition.csv.
_CROSSINGS = 20


class About(NamedTuple):
    """What results are of.

    name : of the sweep.
    title, reference, description : its texts.
    problem : its problem's name.
    trials : how many trials each cell has, as text.
    success : which trials count as recovered; None of a sweep that measures.
    seeds : the master seeds.
    numerics : the versions of the numerics, by solver.
    figures : the kind of each figure, by name.
    traces : whether there is a table of traces.
    overlays : whether there are tables of overlays.
    origin : which genphase made them, and when.
    """

    name: str
    title: str
    reference: str
    description: str
    problem: str
    trials: str
    success: Success | None
    seeds: Sequence[int]
    numerics: Mapping[str, str]
    figures: Mapping[str, str]
    traces: bool
    overlays: bool
    origin: str


def describe(
    about: About,
    cells: pd.DataFrame,
    transition: pd.DataFrame,
    comparisons: Mapping[str, pd.DataFrame],
) -> str:
    """Return the text.

    Parameters
    ----------
    about
        What the results are of.
    cells, transition
        cells.csv and transition.csv.
    comparisons
        The tables of the figures that compare solvers, by the figure's name.
    """
    parts = [_head(about)]
    parts += [
        "\n".join([title, "-" * len(title), *lines])
        for title, lines in (
            ("What was measured", values(cells)),
            ("How the trials ended", outcome(cells)),
            ("Where the recovery rate crosses", crossings(transition)),
            ("Who wins", winners(comparisons)),
            ("Files", _files(about)),
        )
        if lines
    ]
    return "\n\n".join(parts) + "\n"


def explored_of(about: About) -> list[str]:
    """Return the figures that have an explorer: of trials that were solved."""
    if about.success is None:
        return []
    return [figure for figure, kind in about.figures.items() if KINDS[kind].explorer]


def facts(about: About) -> list[tuple[str, str]]:
    """Return what results are of, as names and values."""
    seeds = ", ".join(map(str, about.seeds))
    return [
        ("sweep", about.name),
        *([("after", about.reference)] if about.reference else []),
        ("problem", about.problem),
        ("trials", f"{about.trials} in each cell"),
        *([] if about.success is None else [("recovered", about.success.in_words)]),
        ("seeds" if len(about.seeds) > 1 else "seed", seeds),
        *(("numerics", f"{solver}: {version}") for solver, version in about.numerics.items()),
        ("made by", about.origin),
    ]


def _head(about: About) -> str:
    lines = [about.title, "=" * len(about.title)]
    if about.description:
        lines += [*textwrap.wrap(about.description, 92), ""]
    return "\n".join([*lines, *(f"{name:<11}{value}" for name, value in facts(about))])


def values(cells: pd.DataFrame) -> list[str]:
    """Return the range of what was measured, by quantity."""
    lines: list[str] = []
    if "measure" not in cells:
        return lines
    for measure, own in cells.groupby("measure", sort=False):
        medians = own["value_median"]
        bound = "" if (own["bound"] == NONE).all() else ", lower bounds (at least)"
        lines.append(
            f"{measure}: cells have medians from {medians.min():.4g} to {medians.max():.4g}{bound}"
        )
    return lines


def outcome(cells: pd.DataFrame) -> list[str]:
    """Return how the trials of each solver ended."""
    lines: list[str] = []
    if "solver" not in cells:
        return lines
    for solver, own in cells.groupby("solver", sort=False):
        trials, recovered, capped, diverged = (
            int(own[name].sum()) for name in ("trials", "recovered", "capped", "diverged")
        )
        lines.append(
            f"{solver}: {recovered} of {trials} recovered; {capped} met the iteration cap, "
            f"{diverged} diverged"
        )
    return lines


def crossings(transition: pd.DataFrame) -> list[str]:
    """Return where the rate of each line crosses a level, of the first lines."""
    if transition.empty:
        return []
    lines = []
    names = list(transition.columns[: transition.columns.get_loc("along")])
    for row in transition.head(_CROSSINGS).to_dict("records"):
        line = ", ".join(_shown(name, row[name]) for name in names)
        at = f"{line}: {row['crossing_level']:g}"
        if row["position"] == "inside":
            low, high = row["crossing_low"], row["crossing_high"]
            at += f" at {row['along']} = {row['crossing']:.4g} ({low:.4g} to {high:.4g})"
        elif row["position"] in ("below", "above"):
            at += f" at {row['along']} {row['position']} the grid"
        else:
            at += " nowhere on the grid"
        lines.append(at)
    if len(transition) > _CROSSINGS:
        lines.append(f"and {len(transition) - _CROSSINGS} more, in transition.csv")
    return lines


def _shown(name: str, value: Any) -> str:
    return str(value) if name == "solver" else f"{name} = {value}"


def winners(comparisons: Mapping[str, pd.DataFrame]) -> list[str]:
    """Return which of two solvers recovers more, where, and alone."""
    lines = []
    for figure, table in comparisons.items():
        first, second = table["first"].iloc[0], table["second"].iloc[0]
        better = table["better"].fillna("")
        won = f"{first} in {(better == first).sum()}, {second} in {(better == second).sum()}"
        only = f"{first} {table['only_first'].sum()}, {second} {table['only_second'].sum()}"
        lines += [
            f"{figure}: of {len(table)} grid points, {won} is better at 5 % (Holm).",
            f"  Of {table['pairs'].sum()} instances, recovered by one alone: {only}.",
        ]
    return lines


def _files(about: About) -> list[str]:
    solved = about.success is not None
    kinds = {figure: KINDS[kind] for figure, kind in about.figures.items()}
    texts = TABLES | ({} if solved else _MEASURED)
    absent = {"traces.csv"} if not about.traces else set()
    absent |= set() if solved else {"transition.csv"}
    absent |= set() if about.overlays else {"overlays/"}
    absent |= set() if any(kind.pictured for kind in kinds.values()) else {"images/"}
    tables = [name for name in texts if name not in absent]
    explored = explored_of(about)
    entries = [
        *(
            (f"{f}.png, .pdf", f"{kind.said}; its numbers in .csv, captions in .txt and .tex")
            for f, kind in kinds.items()
        ),
        *(
            (f"{f}.html", f"{f}, to explore in a browser: the trials of each mark")
            for f in explored
        ),
        *((name, texts[name]) for name in tables),
    ]
    return list(_listed(entries))


def _listed(entries: Sequence[tuple[str, str]]) -> Iterator[str]:
    width = max(len(name) for name, _ in entries) + 2
    for name, text in entries:
        first, *rest = textwrap.wrap(text, 96 - width)
        yield f"{name:<{width}}{first}"
        yield from (f"{'':<{width}}{line}" for line in rest)
