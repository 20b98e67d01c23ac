"""Relative links of Markdown files, which lead to files on a forge and to pages on the site.

Files link to each other as they lie in the repository, which is what a forge follows. On the site

- a link to another page of ``docs`` stays,
- one to a file that a page is made of leads to that page,
- one to any other file of the repository leads to the forge.
"""

import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
FORGE = "https://github.com/genphase/genphase"
# Files that stand whole, or nearly so, in a page.
PAGES = {
    "README.md": "index.md",
    "config/README.md": "reference/sweep-files.md",
    "config/sweeps/README.md": "gallery.md",
    "CHANGELOG.md": "changelog.md",
}
_TARGET = re.compile(r"(?<=\]\()[^)\s]+(?=\))")
_CODE = re.compile(r"(`+)(?!`).*?(?<!`)\1(?!`)")


def changed(text: str, change: Callable[[str], str]) -> str:
    """Return a Markdown text with the targets of its links changed, but for those in code."""
    lines, fence = [], ""
    for line in text.split("\n"):
        mark = re.match(r"\s*(```+|~~~+)", line)
        if mark and not fence:
            fence = mark[1]
        elif mark and mark[1].startswith(fence):
            fence = ""
        elif not fence:
            # A link's text may be code, so that code which holds a whole link is what is left out.
            code = [found.span() for found in _CODE.finditer(line)]

            def within(found: re.Match[str], code: list[tuple[int, int]] = code) -> str:
                inside = any(low < found.start() < high for low, high in code)
                return found[0] if inside else change(found[0])

            line = _TARGET.sub(within, line)
        lines.append(line)
    return "\n".join(lines)


def targets(text: str) -> Iterator[str]:
    """Yield the targets of the links of a Markdown text."""
    found: list[str] = []
    changed(text, lambda target: found.append(target) or target)
    return iter(found)


def is_relative(target: str) -> bool:
    """Return whether a link leads to a file of the repository."""
    return not re.match(r"[a-z]+:|#", target)


def anchors(text: str) -> set[str]:
    """Return the anchors that a forge gives to the headings of a Markdown text."""
    outside = re.sub(r"^(```+).*?^\1", "", text, flags=re.DOTALL | re.MULTILINE)
    headings = re.findall(r"^#+ (.*)$", outside, flags=re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


def for_the_site(text: str, source: Path, page: Path) -> str:
    """Return a Markdown text with links that work on the site.

    Parameters
    ----------
    text
        Of a file, or of a part of one.
    source
        That file, which its links start from.
    page
        The file of the page that it stands in.

    Raises
    ------
    FileNotFoundError
        If a link leads nowhere.
    """

    def leads(target: str) -> str:
        if not is_relative(target):
            return target
        path, mark, anchor = target.partition("#")
        file = (source.parent / path).resolve()
        if not file.exists():
            raise FileNotFoundError(f"{source}: the link {target} leads to no file")
        name = file.relative_to(ROOT).as_posix()
        place = DOCS / PAGES[name] if name in PAGES else file
        if place.is_relative_to(DOCS) and place.is_file():
            return Path(os.path.relpath(place, page.parent)).as_posix() + mark + anchor
        return f"{FORGE}/{'tree' if file.is_dir() else 'blob'}/main/{name}{mark}{anchor}"

    return changed(text, leads)
