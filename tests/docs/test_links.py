"""Relative links of Markdown files lead to files and headings, on a forge and on the site."""

import pytest
from making.links import DOCS, FORGE, ROOT, anchors, changed, for_the_site, is_relative, targets

FILES = sorted(
    [*ROOT.glob("*.md"), *(ROOT / "config").rglob("*.md"), *DOCS.rglob("*.md")],
    key=lambda path: path.relative_to(ROOT),
)


def test_files_with_links_are_found():
    names = {file.relative_to(ROOT).as_posix() for file in FILES}
    assert names >= {"README.md", "config/README.md", "config/sweeps/README.md", "docs/index.md"}


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(ROOT)))
def test_links_lead_to_files_and_headings(file):
    for target in targets(file.read_text(encoding="utf-8")):
        path, _, anchor = target.partition("#")
        if target.startswith("#") or is_relative(target):
            place = (file.parent / path).resolve() if path else file
            assert place.exists(), target
            if anchor:
                assert anchor in anchors(place.read_text(encoding="utf-8")), target


@pytest.mark.parametrize(
    ("target", "found"),
    [
        ("slurm.md", "slurm.md"),
        ("slurm.md#array-jobs", "slurm.md#array-jobs"),
        ("figures/cs_portrait.png", "figures/cs_portrait.png"),
        ("../config/README.md#errors", "reference/sweep-files.md#errors"),
        ("../config/sweeps/README.md", "gallery.md"),
        ("../examples", f"{FORGE}/tree/main/examples"),
        ("../examples/one_bit.yaml", f"{FORGE}/blob/main/examples/one_bit.yaml"),
        ("https://example.org/a.md", "https://example.org/a.md"),
        ("#words", "#words"),
    ],
)
def test_a_link_leads_to_a_page_or_to_the_forge(target, found):
    page = DOCS / "extending.md"
    assert for_the_site(f"[a]({target})", page, page) == f"[a]({found})"


def test_a_file_in_a_page_of_another_folder_has_its_links_moved():
    source, page = ROOT / "config/README.md", DOCS / "reference/sweep-files.md"
    text = "[a](../docs/theory.md), ![b](../docs/figures/cs_portrait.png)"
    assert for_the_site(text, source, page) == (
        "[a](../theory.md), ![b](../figures/cs_portrait.png)"
    )


def test_a_link_that_leads_nowhere_ends_the_build():
    page = DOCS / "index.md"
    with pytest.raises(
        FileNotFoundError, match=r"index\.md: the link no_such\.md leads to no file"
    ):
        for_the_site("[a](no_such.md)", page, page)


def test_code_is_no_link():
    text = "`[a](b)` and [`c`](d)\n```python\nx[0](y)\n```\n~~~\n[e](f)\n~~~\n[g](h)"
    assert list(targets(text)) == ["d", "h"]
    assert changed(text, str.upper).split("\n")[0] == "`[a](b)` and [`c`](D)"
