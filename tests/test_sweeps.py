"""The sweep files of the repository, and the table that describes them."""

import re
from pathlib import Path

import pytest
from making.pictures import FIGURES, KEY, made_from
from matplotlib.image import imread
from PIL import Image
from published import check_made_up

from genphase.cells.grid import expand
from genphase.cells.sampling import sampling_of
from genphase.cli.check import BEGIN, END
from genphase.cli.measured import grouped
from genphase.sweep.overlays import Published
from genphase.sweep.published import published_path, read_published
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
    assert path.stat().st_size < 80_000
    assert 400 <= imread(path).shape[1] <= 800


@pytest.mark.parametrize("name", SWEEPS)
def test_no_picture_is_of_another_sweep_than_that_of_today(name):
    """Draw them anew with `make gallery` after a change of trials, rule, figure or numbers."""
    with Image.open(FIGURES / f"{name}.png") as picture:
        assert picture.text[KEY] == made_from(load_sweep(name, FOLDER))


@pytest.mark.parametrize("name", SWEEPS)
def test_a_sweep_names_the_schema_for_editors(name):
    first = (FOLDER / f"{name}.yaml").read_text(encoding="utf-8").splitlines()[0]
    assert first == "# yaml-language-server: $schema=../../workflow/schemas/sweep.schema.json"


# What `genphase check` wrote into the table: | `sweep` | what | published | measured | verdict |
CHECKED = TABLE.partition(BEGIN)[2].partition(END)[0]
LISTED = re.findall(
    r"^\| `(\w+)` \| ([^|]*) \| ([^|]*) \| [^|]* \| [^|]* \|$", CHECKED, re.MULTILINE
)


def values(cell):
    """Return the numbers of `k = 5 to 80: 1; k = 90: 0.967 (30)`, without their places."""
    return {entry.rpartition(": ")[2] for entry in cell.partition(" (")[0].split("; ")}


@pytest.mark.parametrize("name", SWEEPS)
def test_what_is_published_about_a_sweep_is_in_the_table_of_genphase_check(name):
    sweep = load_sweep(name, FOLDER)
    files = {
        figure: [o.csv for o in getattr(spec, "overlays", []) if isinstance(o, Published)]
        for figure, spec in sweep.figures.items()
    }
    files = {figure: names for figure, names in files.items() if names}
    listed = [(what, published) for sweep_name, what, published in LISTED if sweep_name == name]
    if not files:
        assert not listed
        return
    rows = {f: read_published(published_path(FOLDER, f)) for names in files.values() for f in names}
    # What is listed does not depend on what trials say.
    made_up = check_made_up(sweep, files, rows, lambda trial, k, **_: 1e-9 * k * (1 + trial), 2)
    expected = list(grouped(name, made_up))
    found = {what: values(published) for what, published in listed}
    wanted = {what: values(published) for _, what, published, *_ in expected}
    assert len(found) == len(listed)
    assert found.keys() == wanted.keys()
    # A refinement adds places.
    assert all(found[what] >= wanted[what] for what in wanted)
    assert found == wanted or sweep.refine is not None
