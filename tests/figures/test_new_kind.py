"""A new kind of figure is two files and a line for each: nothing else of genphase is edited."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from genphase.sources import PACKAGE

OPTIONS = '''
"""The tally: how many trials of each solver were recovered."""

from typing import Literal

from pydantic import Field

from genphase.errors import Mistake
from genphase.sweep.kinds.base import OF_CELLS, FigureSpec
from genphase.sweep.style import Style, StyleOrFile


class Tally(FigureSpec):
    """How many trials of each solver were recovered."""

    said = "how many trials were recovered"
    tables = OF_CELLS

    kind: Literal["tally"] = "tally"
    colour: str = Field("grey", description="of its bars")
    title: str = Field("", description="default: the sweep's title")
    style: StyleOrFile = Field(Style(), description="how it looks: a mapping, or path of a file")

    def mistakes(self, key, sweep):
        if self.colour == "white":
            yield Mistake(f"{key}.colour", "white bars cannot be seen", "use another colour")
'''
DRAWING = '''
"""The tally: how many trials of each solver were recovered, as bars."""

from genphase.figures.style import Picture, new_figure


def draw(spec, given):
    """Return the picture and the numbers that it shows."""
    numbers = given.tables["cells"].groupby("solver", as_index=False)["recovered"].sum()
    figure = new_figure(3, 2, spec.title or given.title, spec.style)
    figure.subplots().bar(numbers["solver"], numbers["recovered"], color=spec.colour)
    return Picture(figure, f"Bars of {given.rule.error}."), numbers
'''
USE = """
import pandas as pd, yaml
import genphase
from samples import SWEEP
from genphase.figures.draw import draw
from genphase.jobs.recipes import Recipes, explored
from genphase.sweep.figures import figure_spec
from genphase.sweep.read import parse_sweep
from genphase.tables.readme import About, describe

def parsed(**spec):
    figures = {**SWEEP["figures"], "tally": spec}
    return parse_sweep(yaml.safe_dump({**SWEEP, "figures": figures}), "sweep.yaml")

def mistake(**spec):
    try:
        parsed(**spec)
    except genphase.errors.SweepError as error:
        return str(error)

sweep = parsed(colour="red")
recipe = Recipes(sweep, 0, None, lambda script: script).figure("tally")
assert set(recipe.content["read"]) == {"tables"}, recipe.content["read"]
assert explored(sweep) == ["portrait"]
spec = figure_spec(recipe.content["figure"])
assert spec == sweep.figures["tally"]
cells = pd.DataFrame({"solver": ["a", "b"], "recovered": [2, 3], "trials": 4})
drawing = draw(spec, {"cells": cells}, ("k", "n"), sweep.success, "A title")
assert drawing.numbers["recovered"].tolist() == [2, 3] and drawing.caption == "Bars of signal."
assert [bar.get_height() for bar in drawing.figure.axes[0].patches] == [2, 3]
assert "figures.tally.colours" in mistake(colours="red")
assert "white bars cannot be seen" in mistake(colour="white")
cells = cells.assign(capped=0, diverged=0)
texts = ["tiny", "A title", "", "", "inversion", "4", sweep.success, [0], {}]
about = About(*texts, {"tally": "tally"}, False, False, "here")
text = describe(about, cells, pd.DataFrame(), {})
assert "how many trials were recovered" in text, text
"""


def test_a_new_kind_is_two_files_and_a_line_for_each(tmp_path):
    package = tmp_path / "genphase"
    shutil.copytree(PACKAGE, package, ignore=shutil.ignore_patterns("__pycache__"))
    (package / "sweep/kinds/tally.py").write_text(OPTIONS, encoding="utf-8")
    (package / "figures/tally.py").write_text(DRAWING, encoding="utf-8")
    for file, lines in {
        "sweep/figures.py": {
            "from genphase.sweep.kinds.trace import Trace\n": (
                "from genphase.sweep.kinds.tally import Tally\n"
            ),
            "    Trace,\n": "    Tally,\n",
        },
        "figures/draw.py": {"import genphase.figures.trace\n": "import genphase.figures.tally\n"},
    }.items():
        text = (package / file).read_text(encoding="utf-8")
        for before, line in lines.items():
            assert text.count(before) == 1
            text = text.replace(before, f"{line}{before}")
        (package / file).write_text(text, encoding="utf-8")
    path = os.pathsep.join([str(tmp_path), str(Path(__file__).parents[1])])
    done = subprocess.run(
        [sys.executable, "-c", USE],
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        cwd=tmp_path,
    )
    assert done.returncode == 0, done.stderr
