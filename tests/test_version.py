"""One version, everywhere."""

import re
from importlib.metadata import version
from pathlib import Path

import yaml

from genphase.shipped import VERSION, this_genphase

ROOT = Path(__file__).parents[1]


def test_version_changelog_and_citation_agree():
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text())
    changelog = (ROOT / "CHANGELOG.md").read_text()
    (newest, day), *_ = re.findall(r"^## (\S+) - (\S+)$", changelog, flags=re.MULTILINE)
    assert VERSION == citation["version"] == newest
    assert str(citation["date-released"]) == day


def test_the_installed_package_has_it():
    assert version("genphase") == VERSION


def test_a_clone_says_its_commit():
    assert re.fullmatch(
        rf"genphase {re.escape(VERSION)}(, commit [0-9a-f]{{8}}( with changes)?)?", this_genphase()
    )


def test_precommit_has_the_versions_of_the_constraints():
    constraints = dict(
        line.split("==")
        for line in (ROOT / "constraints.txt").read_text().splitlines()
        if "==" in line
    )
    hooks = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text())["repos"]
    found = {repo["repo"].rpartition("/")[2]: repo["rev"].lstrip("v") for repo in hooks}
    assert found["ruff-pre-commit"] == constraints["ruff"]
    assert found["snakefmt"] == constraints["snakefmt"]
