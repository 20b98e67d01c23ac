"""The tables of config/README.md are made from the things."""

import re
from pathlib import Path

import pytest

from genphase.cli.catalogue import lines, tables
from genphase.things import KINDS, PROBLEMS

DOCUMENT = Path(__file__).parents[2] / "config/README.md"
TABLES = tables()


def between(name):
    """Return what stands between the marks of a table."""
    text = DOCUMENT.read_text(encoding="utf-8")
    return re.search(f"<!-- {name} -->\n(.*?)\n<!-- end -->", text, flags=re.DOTALL).group(1)


@pytest.mark.parametrize("name", TABLES)
def test_the_tables_of_the_document_are_those_of_the_things(name):
    assert between(name) == TABLES[name], f"write there:\n{TABLES[name]}"


def test_every_thing_is_in_a_table_and_a_line():
    listed = "\n".join(lines())
    for kind in KINDS:
        for thing in kind:
            assert any(f"`{thing.name}" in table for table in TABLES.values())
            assert f"  {thing.name}" in listed
            assert thing.summary in listed


def test_every_problem_says_what_is_observed_and_minimised():
    assert all(problem.observation and problem.objective for problem in PROBLEMS)
