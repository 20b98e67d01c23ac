"""What pages have from code: nothing is missing in it."""

import re

import pytest
import typer
from making import pages
from making.links import DOCS, ROOT
from making.pages import PARTS, filled, section
from making.table import table

from genphase.cli import app
from genphase.sweep.config import Config
from genphase.sweep.models import MODELS_BY_KEY
from genphase.tables.columns import COLUMNS
from genphase.things import KINDS


def test_every_part_stands_in_one_page():
    marks = [
        mark
        for file in DOCS.rglob("*.md")
        for mark in re.findall("^<!-- made: (.+) -->$", file.read_text(encoding="utf-8"), re.M)
    ]
    assert sorted(marks) == sorted(PARTS)


def test_the_gallery_has_every_sweep_with_its_picture_and_command():
    text = PARTS["gallery"]()
    for file in (ROOT / "config/sweeps").glob("*.yaml"):
        entry = text.partition(f"### {file.stem}\n")[2].partition("\n###")[0]
        assert f"](docs/figures/{file.stem}.png)" in entry
        assert f"genphase run {file.stem}\n" in entry


def test_every_key_is_listed():
    text = PARTS["keys of sweeps"]()
    for key, model in MODELS_BY_KEY.items():
        for name in model.model_fields:
            assert f"| `{name}` |" in text, (key, name)
    for name in Config.model_fields:
        assert f"| `{name}` |" in PARTS["keys of the configuration"]()


def test_values_and_defaults_of_keys():
    text = PARTS["keys of sweeps"]()
    assert "| `title` | a text | what the sweep shows, one line | required |" in text
    assert "| `statistic` | `median`, `mean` |" in text
    assert (
        "| `max_iter` | a number or an expression | iteration cap, of each run | `10000` |" in text
    )
    assert "| `font_size` | a number | points | 9 |" in text


def test_every_command_and_option_is_listed():
    # Types of options have this form from here on; the package itself does without.
    pytest.importorskip("typer", minversion="0.29")
    text = PARTS["commands"]()
    for name, command in typer.main.get_command(app).commands.items():
        part = text.partition(f"## genphase {name}\n")[2].partition("\n## ")[0]
        assert command.help in part
        for parameter in command.params:
            names = [*parameter.opts, parameter.metavar, parameter.name.upper()]
            assert any(f"`{name}" in part for name in names)
    assert "| `--cores NUMBER` |" in text


def test_every_column_and_thing_is_listed():
    assert all(f"| `{name}` |" in PARTS["columns"]() for name in COLUMNS)
    listed = PARTS["things"]()
    assert all(thing.summary in listed for kind in KINDS for thing in kind)


def test_a_page_is_filled_with_a_part_and_a_section_of_a_file(monkeypatch):
    monkeypatch.setitem(pages.PARTS, "small", lambda: "[a](config/README.md)")
    text = "# T\n\n<!-- made: small -->\n\n<!-- file: config/README.md # config.yaml -->\n"
    page = filled("reference/api", text)
    assert page.startswith("# T\n\n[a](sweep-files.md)\n\n")
    assert "| `batch_seconds` |" in page
    assert "Sweep files" not in page


def test_sections():
    text = "# T\na\n## B\nb\n### C\nc\n## D\nd\n"
    assert section(text) == "a\n## B\nb\n### C\nc\n## D\nd\n"
    assert section(text, "B") == "\nb\n### C\nc\n"
    with pytest.raises(KeyError):
        section(text, "E")


def test_a_cell_of_a_table_is_one_line_without_borders():
    assert table(["a"], [["b | c\n d"]]) == "| a |\n| --- |\n| b \\| c d |\n"
