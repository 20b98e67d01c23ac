"""The sweep files of the repository, and the table that describes them."""

import re
from pathlib import Path

import pytest
from matplotlib.image import imread

from genphase.cells.grid import expand
from genphase.cells.sampling import sampling_of
from genphase.sweep.read import load_sweep

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "config" / "sweeps"
SWEEPS = sorted(path.stem for path in FOLDER.glob("*.yaml"))
TABLE = (FOLDER / "README.md").read_text(encoding="utf-8")
# | [name](name.yaml) | what it shows | source | cells × trials | ...
ROWS = dict(re.findall(r"^\| \[(\w+)\]\(\1\.yaml\) \|(.*)\|$", TABLE, re.MULTILINE))


def test_every_sweep_has_its_row():
    assert set(SWEEPS) == set(ROWS)


@pytest.mark.parametrize("name", SWEEPS)
def test_a_sweep_has_the_cells_and_trials_that_the_table_says(name):
    sweep = load_sweep(name, FOLDER)
    cells = expand(sweep, 0, name)
    assert len({cell.id for cell in cells}) == len(cells)
    assert f" {len(cells)} × {sampling_of(sweep).text()} " in ROWS[name]


@pytest.mark.parametrize("name", SWEEPS)
def test_a_sweep_has_a_small_picture(name):
    (link,) = re.findall(r"!\[[^]]*\]\(([^)]*)\)", ROWS[name])
    path = (FOLDER / link).resolve()
    assert path == ROOT / "docs" / "figures" / f"{name}.png"
    assert path.stat().st_size < 60_000
    assert 400 <= imread(path).shape[1] <= 800


@pytest.mark.parametrize("name", SWEEPS)
def test_a_sweep_names_the_schema_for_editors(name):
    first = (FOLDER / f"{name}.yaml").read_text(encoding="utf-8").splitlines()[0]
    assert first == "# yaml-language-server: $schema=../../workflow/schemas/sweep.schema.json"
