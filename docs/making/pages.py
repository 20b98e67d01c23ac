"""What stands in a page instead of a mark: a part that is made from code, or a file.

``<!-- made: NAME -->`` is a part, by its name below. ``<!-- file: PATH -->`` is a file of the
repository without its title, ``<!-- file: PATH # HEADING -->`` what one of its sections says.
"""

import re
from collections.abc import Callable

from making import columns, commands, gallery, keys, things
from making.links import DOCS, ROOT, for_the_site

PARTS: dict[str, Callable[[], str]] = {
    "columns": columns.text,
    "commands": commands.text,
    "gallery": gallery.text,
    "keys of sweeps": keys.of_sweeps,
    "keys of the configuration": keys.of_the_configuration,
    "things": things.text,
}
_MARK = re.compile(r"^<!-- (made|file): (.+?) -->$", flags=re.MULTILINE)


def filled(name: str, text: str) -> str:
    """Return a page with what its marks stand for, and with links that work on the site."""
    page = DOCS / f"{name}.md"

    def part(found: re.Match[str]) -> str:
        kind, what = found.groups()
        if kind == "made":
            return for_the_site(PARTS[what](), ROOT / "README.md", page)
        path, _, heading = (word.strip() for word in what.partition("#"))
        file = ROOT / path
        return for_the_site(section(file.read_text(encoding="utf-8"), heading), file, page)

    return _MARK.sub(part, for_the_site(text, page, page))


def section(text: str, heading: str = "") -> str:
    """Return what a Markdown text says below its title, or below a heading of the second level.

    Raises
    ------
    LookupError
        If there is no such heading.
    """
    if not heading:
        return text.partition("\n")[2]
    parts = re.split(r"^## (.+)$", text, flags=re.MULTILINE)
    sections = dict(zip(parts[1::2], parts[2::2], strict=True))
    return sections[heading]
