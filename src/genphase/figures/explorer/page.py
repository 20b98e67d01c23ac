"""The page of an explorer: one file that needs no other, and no network."""

import json
import re
from collections.abc import Mapping, Sequence
from html import escape
from string import Template
from typing import Any, NamedTuple

import pandas as pd

from genphase.cells.sampling import Sampling
from genphase.figures.explorer.charts import compiled, vega_library
from genphase.figures.explorer.marks import Shown, show_curve, show_portrait
from genphase.figures.explorer.packed import MOST_TRIALS, command, pack_cells, pack_trials
from genphase.figures.explorer.plain import plain_text
from genphase.figures.style import rule_text
from genphase.shipped import PAGE
from genphase.sweep.figures import Figure
from genphase.sweep.success import Success
from genphase.tables.curve import with_instance_errors
from genphase.tables.timings import trials_of


class About(NamedTuple):
    """What a figure is of.

    sweep : its name.
    figure : the figure's name.
    title : of the figure, or else of the sweep.
    axes : the sweep's axes.
    success : the rule of which trials count as recovered.
    seeds : the master seeds.
    numerics : the versions of the numerics, by solver.
    origin : which genphase made the page.
    """

    sweep: str
    figure: str
    title: str
    axes: list[str]
    success: Success
    seeds: Sequence[int]
    numerics: Mapping[str, str]
    origin: str


def explorer_page(
    spec: Figure,
    tables: Mapping[str, pd.DataFrame],
    about: About,
    sampling: Sampling | None = None,
) -> str:
    """Return the page of a figure that has one, as HTML.

    Parameters
    ----------
    spec
        The figure's entry in the sweep file.
    tables
        By name: trials and cells; transition for a portrait; timings and overlays, where it has
        some.
    about
        What the figure is of.
    sampling
        How many trials each cell got, where that was decided by need.
    """
    trials, cells = trials_of(tables), tables["cells"]
    axes, success = about.axes, about.success
    shown = _SHOWN[spec.explorer](spec, tables, about, sampling)
    content = {
        **shown.content,
        "command": command(about.sweep, about.seeds),
        "cells": pack_cells(cells, axes),
        "trials": pack_trials(trials, cells, success),
        "most_trials": MOST_TRIALS,
        "chart": compiled(shown.chart),
    }
    numerics = ", ".join(f"{solver} {version}" for solver, version in about.numerics.items())
    facts = {
        "Sweep": f"{about.sweep}, figure {about.figure}",
        "Recovered": plain_text(rule_text(success)),
        "Seed": ", ".join(map(str, about.seeds)),
        "Numerics": numerics,
        "Made by": about.origin,
    }
    return Template(_read("page.html")).substitute(
        title=escape(plain_text(about.title)),
        # A number and its sign stay in one line.
        caption=escape(plain_text(shown.caption).replace(" %", "\u00a0%")),
        facts="".join(f"<dt>{escape(k)}</dt><dd>{escape(v)}</dd>" for k, v in facts.items()),
        style=_read("page.css"),
        content=_in_script(json.dumps(content, ensure_ascii=False, separators=(",", ":"))),
        vega=re.sub("</(script)", r"<\\/\1", vega_library(), flags=re.IGNORECASE),
        script=_read("page.js"),
    )


def _of_cells(
    spec: Any, tables: Mapping[str, pd.DataFrame], about: About, sampling: Sampling | None
) -> Shown:
    cells, transition, overlays = tables["cells"], tables["transition"], tables.get("overlays")
    return show_portrait(cells, transition, about.axes, spec, about.success, overlays, sampling)


def _of_points(
    spec: Any, tables: Mapping[str, pd.DataFrame], about: About, sampling: Sampling | None
) -> Shown:
    trials, axes, success = trials_of(tables), about.axes, about.success
    overlays = with_instance_errors(tables.get("overlays"), trials, axes, spec, success)
    return show_curve(trials, tables["cells"], axes, spec, success, overlays)


# By what a mark is, see `FigureSpec.explorer`.
_SHOWN = {"cell": _of_cells, "point": _of_points}


def _in_script(content: str) -> str:
    """Return JSON so that no text in it ends the element of the page that it is in."""
    return content.replace("<", r"\u003c")


def _read(name: str) -> str:
    return (PAGE / name).read_text(encoding="utf-8")
