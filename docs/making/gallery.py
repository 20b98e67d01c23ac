"""The shipped sweeps with their pictures, from the sweep files and the table that lists them."""

import re
from pathlib import Path
from typing import NamedTuple

from genphase.sweep.models import Sweep
from genphase.sweep.read import load_sweep
from making.links import ROOT

FOLDER = ROOT / "config/sweeps"
# | [name](name.yaml) | picture | shows | source | cells × trials | time | choices |
_ROW = re.compile(r"^\| \[(\w+)\]\(\1\.yaml\) \|(.*)\|$", flags=re.MULTILINE)


class Row(NamedTuple):
    """What the table says of a sweep."""

    picture: str
    shows: str
    source: str
    size: str
    time: str
    choices: str


def text() -> str:
    """Return a section for each problem, and in it one for each sweep."""
    listed = (FOLDER / "README.md").read_text(encoding="utf-8")
    sections: dict[str, list[str]] = {}
    for name, cells in _ROW.findall(listed):
        sweep = load_sweep(name, FOLDER)
        row = Row(*(cell.strip() for cell in cells.split(" | ")))
        sections.setdefault(str(sweep.problem), []).append(_entry(name, sweep, row))
    return "\n".join(
        f"## {problem.replace('_', ' ').capitalize()}\n\n" + "\n".join(entries)
        for problem, entries in sections.items()
    )


def _entry(name: str, sweep: Sweep, row: Row) -> str:
    picture = Path("docs/figures", f"{name}.png").as_posix()
    facts = {
        "Shows": row.shows,
        "Source": sweep.reference,
        "Cells × trials": row.size,
        "Time on two cores": row.time,
        "Our choices": row.choices,
    }
    lines = [f"- {fact}: {text}." for fact, text in facts.items() if text]
    return "\n".join(
        [
            f"### {name}\n",
            f"**{sweep.title}**\n",
            f"![{row.shows}]({picture})\n",
            f"{sweep.description}\n",
            *lines,
            f"- File: [{name}.yaml](config/sweeps/{name}.yaml).\n",
            f"```\ngenphase run {name}\n```\n",
        ]
    )
