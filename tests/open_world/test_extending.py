"""docs/extending.md shows the examples as they are."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs/extending.md").read_text(encoding="utf-8")


def test_the_code_of_the_document_is_that_of_the_examples():
    blocks = re.findall(r"```python\n# (examples/\S+)\n(.*?)```", TEXT, flags=re.S)
    assert len(blocks) == 6
    for file, code in blocks:
        assert code == (ROOT / file).read_text(encoding="utf-8"), file


def test_the_links_of_the_document_lead_somewhere():
    links = re.findall(r"\]\((\.\./[^)]+)\)", TEXT)
    assert links
    for link in links:
        assert (ROOT / "docs" / link.partition("#")[0]).exists(), link
