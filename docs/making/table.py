"""Tables in Markdown."""

from collections.abc import Iterable, Sequence


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table; a line break in a cell is a space, a bar is no border."""
    cells = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(map(_plain, row))} |" for row in cells) + "\n"


def _plain(text: str) -> str:
    return " ".join(text.split()).replace("|", r"\|")
