"""Records of what files were made from."""

import json

import pytest

from genphase.store.provenance import Recipe, examine, record_file, set_aside, write_record

RECIPE = Recipe("figures/portrait", {"title": "a title", "code": "abc", "trials": 3})


@pytest.fixture
def made(tmp_path):
    """The record of two files, in their folder."""
    (tmp_path / "portrait.csv").write_text("k,rate\n1,0.5\n")
    (tmp_path / "portrait.png").write_bytes(b"a picture")
    record = record_file(tmp_path, RECIPE.job)
    write_record(
        record, RECIPE.text, [tmp_path / "portrait.csv", tmp_path / "portrait.png", record]
    )
    return record


def test_files_of_a_recipe_are_current(made):
    assert examine(made, RECIPE) == ("current", (), ())


def test_they_are_current_wherever_the_folder_is_moved(made, tmp_path):
    moved = tmp_path.rename(tmp_path.with_name("moved"))
    assert examine(record_file(moved, RECIPE.job), RECIPE).state == "current"


def test_another_recipe_is_told_by_its_parts(made):
    other = Recipe(RECIPE.job, {"title": "another", "code": "abc", "trials": 4})
    assert examine(made, other) == ("outdated", (), ("title", "trials"))
    further = Recipe(RECIPE.job, {**RECIPE.content, "fit": "power"})
    assert examine(made, further) == ("outdated", (), ("fit",))


def test_no_record_and_no_file_are_missing(made, tmp_path):
    assert examine(record_file(tmp_path, "figures/other"), RECIPE).state == "missing"
    (tmp_path / "portrait.png").unlink()
    assert examine(made, RECIPE).state == "missing"


def test_a_file_that_was_changed_is_damaged(made, tmp_path):
    path = tmp_path / "portrait.csv"
    path.write_text("k,rate\n1,0.6\n")
    assert examine(made, RECIPE) == ("damaged", (path,), ())
    aside = set_aside(path)
    assert aside.read_text() == "k,rate\n1,0.6\n"
    assert examine(made, RECIPE).state == "missing"


@pytest.mark.parametrize("key", ["format", "key", "recipe", "files", "checksum"])
def test_a_record_that_was_changed_is_damaged(made, key):
    content = json.loads(made.read_text())
    del content[key]
    made.write_text(json.dumps(content))
    assert examine(made, RECIPE) == ("damaged", (made,), ())


@pytest.mark.parametrize("text", ["", "{", "[]", "null", "3", '{"format": 1}', "[" * 100_000])
def test_a_record_that_is_none_is_damaged(made, text):
    made.write_text(text)
    assert examine(made, RECIPE).state == "damaged"


def test_the_same_content_has_one_key_whatever_its_order():
    first = Recipe("trials", {"seed": 0, "grid": {"a": 1, "b": 2}})
    again = Recipe("trials", {"grid": {"b": 2, "a": 1}, "seed": 0})
    assert first.key == again.key
    assert first.key != Recipe("tables", again.content).key
