"""What is said of a figure, beside it: a caption in plain text and one for LaTeX."""

import re
import textwrap
import unicodedata

_SPECIAL = re.compile(r"[&%#_{}]")
_SYMBOLS = {
    "²": "^2",
    "×": r"\times",
    "−": "-",
    "√": r"\surd",
    "≤": r"\le",
    "≥": r"\ge",
    "‖": r"\|",
    "½": r"\tfrac12",
    "∞": r"\infty",
    "ℓ": r"\ell",
    "△": r"\triangle",
}
_HAT = "\u0302"


def plain_caption(title: str, caption: str, source: str) -> str:
    """Return title, caption and source as text for people; dollars of mathematics are left out."""
    parts = [title, *textwrap.wrap(caption, 92), "", *textwrap.wrap(source, 92)]
    return re.sub(r"(?<!\\)\$", "", "\n".join(parts)).replace(r"\$", "$") + "\n"


def latex_caption(title: str, caption: str, source: str) -> str:
    r"""Return a ``\caption{...}``, with the source in a comment.

    What is between two dollars is mathematics already. Symbols become commands; other letters
    stay, which LaTeX reads as UTF-8.
    """
    text = latex(f"{title.rstrip('.')}. {caption}")
    lines = textwrap.wrap(text, 92, break_long_words=False, break_on_hyphens=False)
    return "\n".join([f"% {source}", r"\caption{%", *lines, "}", ""])


def latex(text: str) -> str:
    """Return a text as LaTeX has it."""
    parts = re.split(r"(?<!\\)\$", text)
    # With an odd number of dollars, each of them is one.
    if len(parts) % 2 == 0:
        parts = [text.replace("$", r"\$")]
    parts[::2] = map(_outside, parts[::2])
    return "$".join(parts)


def _outside(text: str) -> str:
    """Return what is outside of mathematics."""
    text = _SPECIAL.sub(lambda found: "\\" + found[0], text)
    text = re.sub(f"(.){_HAT}", r"$\\hat{\1}$", text)
    return "".join(f"${_symbol(c)}$" if _symbol(c) else c for c in text)


def _symbol(character: str) -> str:
    """Return the command of a symbol; empty where it has none."""
    if character in _SYMBOLS:
        return _SYMBOLS[character]
    found = re.fullmatch("GREEK (SMALL|CAPITAL) LETTER ([A-Z]+)", unicodedata.name(character, ""))
    if not found:
        return ""
    size, name = found.groups()
    name = name.replace("LAMDA", "LAMBDA")
    return f"\\{name.lower() if size == 'SMALL' else name.capitalize()}"
