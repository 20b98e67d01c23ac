"""Texts of a sweep that figures show: what is between two $ is mathematics, and is checked here."""

import re
from collections.abc import Iterator

from genphase.errors import Mistake, shown
from genphase.sweep.models import Sweep

_DOLLAR = re.compile(r"(?<!\\)\$")


def text_mistakes(sweep: Sweep) -> Iterator[Mistake]:
    """Yield the texts whose mathematics cannot be set, and those that no file can hold."""
    for key, text in _texts(sweep):
        if any("\ud800" <= character <= "\udfff" for character in text):
            yield Mistake(key, f"{shown(text)} has a character that is none", "remove it")
        elif problem := _problem(text):
            remedy = "mend what is between the $ signs, or write \\$ for a dollar"
            yield Mistake(key, f"{shown(text)} cannot be set: {problem}", remedy)


def _texts(sweep: Sweep) -> Iterator[tuple[str, str]]:
    yield "title", sweep.title
    for i, method in enumerate(sweep.methods):
        yield f"{sweep.methods_key}[{i}].label", method.label
    for name, figure in sweep.figures.items():
        for part in ("title", "x_label", "y_label", "value_label"):
            yield f"figures.{name}.{part}", getattr(figure, part, "") or ""
        for i, overlay in enumerate(figure.drawn_over):
            yield f"figures.{name}.overlays[{i}].label", overlay.label


def _problem(text: str) -> str:
    """Return what is wrong with the mathematics of a text; empty where nothing is."""
    dollars = len(_DOLLAR.findall(text))
    if dollars == 0 or dollars % 2:
        return ""
    # Only here, where a text has mathematics: it takes a while to load.
    import genphase.backend  # noqa: F401

    # isort: split
    from matplotlib.mathtext import MathTextParser

    try:
        for line in text.splitlines():
            MathTextParser("path").parse(line)
    except ValueError as error:
        # After the text and a mark below its place: the parser's name, what is wrong, where.
        said = str(error).strip().splitlines()[-1]
        return said.partition(": ")[2].partition(", found")[0] or said
    return ""
