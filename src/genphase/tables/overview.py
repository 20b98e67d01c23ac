"""index.html beside the results of a sweep: what they are, what came out, pictures and tables."""

import base64
from collections.abc import Mapping
from html import escape
from string import Template
from typing import NamedTuple

import pandas as pd

from genphase.shipped import PAGE
from genphase.tables.readme import About, crossings, explored_of, facts, outcome, values, winners

# Rows of a table that a page has.
_ROWS = 1000
# Of the PNG of a figure; a page shows it somewhat larger than in print.
_DPI = 130


class Shown(NamedTuple):
    """A figure: the bytes of its PNG, and its caption as text."""

    png: bytes
    caption: str


def overview(
    about: About,
    cells: pd.DataFrame,
    transition: pd.DataFrame,
    comparisons: Mapping[str, pd.DataFrame],
    figures: Mapping[str, Shown],
) -> str:
    """Return the page, which loads nothing from anywhere.

    Parameters
    ----------
    about
        What the results are of.
    cells, transition
        cells.csv and transition.csv.
    comparisons
        The tables of the figures that compare solvers, by the figure's name.
    figures
        The sweep's figures, by name.
    """
    texts = [about.description, f"After: {about.reference}." if about.reference else ""]
    lines = [*values(cells), *outcome(cells), *crossings(transition), *winners(comparisons)]
    tables = {"transition.csv": transition} if about.success is not None else {}
    tables["cells.csv"] = cells
    tables |= {f"{name}.csv": table for name, table in comparisons.items()}
    explored = explored_of(about)
    pictures = [_figure(name, name in explored, shown) for name, shown in figures.items()]
    page = (PAGE / "overview.html").read_text(encoding="utf-8")
    return Template(page).substitute(
        name=escape(about.name),
        title=escape(about.title),
        about="".join(f"<p>{escape(text)}</p>" for text in texts if text),
        facts="".join(f"<dt>{escape(k)}</dt><dd>{escape(v)}</dd>" for k, v in facts(about)),
        outcome=f"<ul>{''.join(f'<li>{escape(line)}</li>' for line in lines)}</ul>",
        figures="".join(pictures) or "<p>The sweep draws none.</p>",
        tables="".join(_table(name, table) for name, table in tables.items()),
    )


def _figure(name: str, explored: bool, shown: Shown) -> str:
    picture = base64.b64encode(shown.png).decode()
    # Its size in inches: the header of a PNG has pixels.
    width = int.from_bytes(shown.png[16:20]) * 96 // _DPI
    _, _, text = shown.caption.partition("\n")
    parts = "".join(f"<p>{escape(part)}</p>" for part in text.strip().split("\n\n"))
    ends = ["pdf", "png", "csv", "tex", *(["html"] if explored else [])]
    links = "".join(
        f'<a href="{name}.{end}">{"explorer" if end == "html" else end}</a>' for end in ends
    )
    return (
        f'<figure id="{name}">'
        f'<img alt="{escape(name)}" width="{width}" src="data:image/png;base64,{picture}">'
        f"<figcaption>{parts}</figcaption><nav hidden>{links}</nav></figure>"
    )


def _table(name: str, table: pd.DataFrame) -> str:
    shown = table.head(_ROWS)
    more = f", the first {_ROWS} of {len(table)} rows" if len(table) > _ROWS else ""
    body = shown.to_html(index=False, border=0, float_format="{:.6g}".format, na_rep="")
    return (
        f"<details><summary>{escape(name)}{more}</summary>"
        f'<input type="search" placeholder="rows with …" aria-label="Rows of {escape(name)} with">'
        f'<div class="scroll">{body}</div></details>'
    )
