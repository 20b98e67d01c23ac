"""Labels in plain Unicode: a browser shows no mathematics between dollars."""

import re
import unicodedata

_COMMANDS = {
    "cdot": "·",
    "times": "×",
    "infty": "∞",
    "ell": "ℓ",
    "le": "≤",
    "leq": "≤",
    "ge": "≥",
    "geq": "≥",
    "approx": "≈",
    "pm": "±",
    "|": "‖",
    " ": " ",
    ",": "\u2009",
    ";": " ",
    ":": " ",
    "!": "",
    "quad": "  ",
    "left": "",
    "right": "",
}
_UP = str.maketrans("0123456789+-()dkmnt", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁽⁾ᵈᵏᵐⁿᵗ")
_DOWN = str.maketrans("0123456789+-()hijklmnpt", "₀₁₂₃₄₅₆₇₈₉₊₋₍₎ₕᵢⱼₖₗₘₙₚₜ")
# Innermost groups first: what is in braces has none itself.
_GROUPS = (
    (re.compile(r"\\(?:mathrm|mathbf|mathit|mathsf|operatorname|text)\{([^{}]*)\}"), r"\1"),
    (re.compile(r"\\hat\{(.)\}|\\hat (.)"), lambda found: f"{found[1] or found[2]}\u0302"),
    (re.compile(r"\\sqrt\{([^{}]*)\}"), lambda found: f"√{_bracketed(found[1])}"),
    (
        re.compile(r"\\[dt]?frac\{([^{}]*)\}\{([^{}]*)\}"),
        lambda found: f"{_bracketed(found[1])}/{_bracketed(found[2])}",
    ),
    (re.compile(r"\^\{([^{}]*)\}|\^([^\\{}(])"), lambda found: _shifted(found, "^", _UP)),
    (re.compile(r"_\{([^{}]*)\}|_([^\\{}(])"), lambda found: _shifted(found, "_", _DOWN)),
)


def plain_text(text: str) -> str:
    r"""Return a text in which what is between two dollars is written in Unicode.

    ``$\|G(\hat{x}) - y^*\|^2$`` becomes ``‖G(x̂) - y*‖²``. A command that is not known becomes its
    name.
    """
    parts = re.split(r"(?<!\\)\$", text)
    # With an odd number of dollars, each of them is one.
    if len(parts) % 2 == 0:
        parts = ["$".join(parts)]
    parts[1::2] = map(_mathematics, parts[1::2])
    return "".join(parts).replace(r"\$", "$")


def _mathematics(text: str) -> str:
    before = None
    while text != before:
        before = text
        for group, written in _GROUPS:
            # One at a time: what a group becomes can be within another one.
            text = group.sub(written, text, count=1)
    text = re.sub(r"\\([A-Za-z]+)|\\(.)", lambda found: _command(found[1] or found[2]), text)
    return text.replace("{", "").replace("}", "")


def _command(name: str) -> str:
    if name in _COMMANDS:
        return _COMMANDS[name]
    size = "SMALL" if name.islower() else "CAPITAL"
    letter = name.upper().replace("LAMBDA", "LAMDA")
    try:
        return unicodedata.lookup(f"GREEK {size} LETTER {letter}")
    except KeyError:
        return name


def _bracketed(text: str) -> str:
    """Return what stands for one symbol as it is, and else in brackets."""
    word = re.sub(r"\\[A-Za-z]+", "x", text)
    return text if re.fullmatch(r"\w[₀-₉]*", word) or word.isdigit() else f"({text})"


def _shifted(found: "re.Match[str]", sign: str, letters: dict[int, int]) -> str:
    text = found[1] or found[2] or ""
    if text in "*′":
        return text
    if all(ord(letter) in letters for letter in text):
        return text.translate(letters)
    # Below the line there is no room for a sign: λmax.
    return text if sign == "_" else f"^({text})"
