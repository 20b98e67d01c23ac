"""Errors a person can act on: the file, the key, the value, what is wrong, and the remedy."""

from collections.abc import Callable, Iterable, Sequence
from difflib import get_close_matches
from typing import Any, NamedTuple

from pydantic import ValidationError


class Mistake(NamedTuple):
    """One thing wrong in a file.

    key : dotted path of the key, such as ``solvers[0].step``.
    text : what is wrong with which value.
    remedy : what to do about it.
    """

    key: str
    text: str
    remedy: str


class SweepError(ValueError):
    """A sweep file, a configuration or a command line that cannot be used."""

    def __init__(self, source: str, mistakes: Sequence[Mistake]) -> None:
        self.source = source
        self.mistakes = tuple(mistakes)
        count = f"{len(self.mistakes)} mistakes" if len(self.mistakes) > 1 else "a mistake"
        lines = [f"{source}: {count}"]
        for mistake in self.mistakes:
            lines.append(f"  {mistake.key}: {mistake.text}")
            lines.append(f"    remedy: {mistake.remedy}")
        super().__init__("\n".join(lines))


class BadValue(ValueError):
    """Raised inside a validator: what is wrong with a value, and the remedy."""

    def __init__(self, text: str, remedy: str) -> None:
        super().__init__(text)
        self.text = text
        self.remedy = remedy


class BadValues(ValueError):
    """Raised inside a validator: what is wrong at several keys, which are relative to its own."""

    def __init__(self, mistakes: Sequence[Mistake]) -> None:
        super().__init__("; ".join(f"{m.key}: {m.text}" for m in mistakes))
        self.mistakes = tuple(mistakes)


def shown(value: Any, limit: int = 80) -> str:
    """Return a value as it is shown in a message: short, on one line, constants as in YAML."""
    text = {"None": "null", "True": "true", "False": "false"}.get(repr(value), repr(value))
    return text if len(text) <= limit else text[: limit - 3] + "..."


def did_you_mean(name: Any, known: Iterable[str]) -> str:
    """Return a remedy for an unknown name: the nearest known one, and all of them."""
    known = list(known)
    close = get_close_matches(str(name), known, n=1)
    hint = f"did you mean {close[0]!r}? " if close else ""
    return f"{hint}known: {', '.join(known) or 'none'}"


def dotted(location: Sequence[int | str]) -> str:
    """Return a pydantic location as a dotted key, ``solvers[0].step``; form tags are left out."""
    key = ""
    for part in location:
        if isinstance(part, int):
            key += f"[{part}]"
        elif not part.startswith("="):
            key += f".{part}" if key else part
    return key or "(the whole file)"


# What pydantic's kinds of error say here, and the remedy.
_WHOLE = ("is not a whole number", "write a whole number without quotes, such as 20")
_SAYINGS = {
    "int_type": _WHOLE,
    "int_parsing": _WHOLE,
    "int_from_float": (
        "is not a whole number",
        "use whole numbers; in an expression round(...), floor(...) and ceil(...) give them",
    ),
    "finite_number": ("is not finite", "use finite numbers"),
    "greater_than": ("is not above {gt:.12g}", "use numbers > {gt:.12g}"),
    "greater_than_equal": ("is below {ge:.12g}", "use numbers >= {ge:.12g}"),
    "less_than": ("is not below {lt:.12g}", "use numbers < {lt:.12g}"),
    "less_than_equal": ("is above {le:.12g}", "use numbers <= {le:.12g}"),
    "bool_type": ("is neither true nor false", "write true or false"),
    "bool_parsing": ("is neither true nor false", "write true or false"),
    "string_type": ("is not text", "write text, in quotes"),
    "string_too_short": ("is empty", "write some text"),
    "path_type": ("is not a path", "write the path of a folder"),
    "list_type": ("is not a list", "write a list: [...]"),
    "too_short": ("is empty", "give at least one entry"),
    "dict_type": ("is not a mapping", "write names with their values: {{name: ...}}"),
}

KeysOf = Callable[[Sequence[int | str]], Iterable[str]]


def mistakes_of(error: ValidationError, keys_of: KeysOf) -> list[Mistake]:
    """Translate pydantic's errors into mistakes.

    `keys_of` gives the keys that are allowed at a location, for the remedy of an unknown key.
    """
    return [mistake for item in error.errors() for mistake in _mistakes(item, keys_of)]


def _mistakes(item: Any, keys_of: KeysOf) -> list[Mistake]:
    """Translate one of pydantic's errors, or those that a validator has found within a value."""
    found = item.get("ctx", {}).get("error")
    if isinstance(found, ValidationError):
        inner = mistakes_of(found, keys_of)
    elif isinstance(found, BadValues):
        inner = list(found.mistakes)
    else:
        return [_mistake(item, keys_of)]
    # What spans several keys is found in the whole file, and names its keys itself.
    within = f"{dotted(item['loc'])}." if item["loc"] else ""
    return [mistake._replace(key=f"{within}{mistake.key}") for mistake in inner]


def _mistake(item: Any, keys_of: KeysOf) -> Mistake:
    location, value, kind = item["loc"], item["input"], item["type"]
    context = item.get("ctx", {})
    key = dotted(location)
    match kind:
        case "missing":
            return Mistake(key, "this key is missing", f"add `{location[-1]}: ...`")
        case "extra_forbidden":
            known = did_you_mean(location[-1], keys_of(location[:-1]))
            return Mistake(key, f"unknown key (its value is {shown(value)})", known)
        case "invalid_key":
            return _bad_name(location[:-1], value)
        case "string_type" if location[-1] == "[key]":
            return _bad_name(location[:-2], value)
        case _ if value is None:
            return Mistake(key, "null is no value", "give it a value, or leave the key out")
        case "value_error" if isinstance(context.get("error"), BadValue):
            return Mistake(key, context["error"].text, context["error"].remedy)
        case "literal_error":
            names = context["expected"].replace(" or ", ", ").replace("'", "").split(", ")
            remedy = did_you_mean(value, names)
            if location[-1] == "=value":
                remedy += f", or {{{', '.join(f'{name}: ...' for name in keys_of(location))}}}"
            return Mistake(key, f"{shown(value)} is not known here", remedy)
        case "union_tag_invalid" if location[0] == "figures":
            return _bad_figure(key, value)
        case "union_tag_invalid":
            forms = context["expected_tags"].replace("'=", "a ").replace("'", "").split(", ")
            return Mistake(key, f"{shown(value)} has the wrong form", f"write {' or '.join(forms)}")
        case "model_type":
            keys = ", ".join(keys_of(location))
            return Mistake(
                key, f"{shown(value)} is not a mapping", f"write it with the keys {keys}"
            )
    text, remedy = _SAYINGS.get(kind, (item["msg"], "use a value of another kind"))
    return Mistake(key, f"{shown(value)} {text.format(**context)}", remedy.format(**context))


def _bad_name(location: Sequence[int | str], name: Any) -> Mistake:
    return Mistake(dotted(location), f"the name {shown(name)} is not text", "use a name of letters")


def _bad_figure(key: str, value: Any) -> Mistake:
    remedy = (
        "write {kind: portrait, x: ..., y: ...}, {kind: comparison, x: ..., y: ...}, "
        "{kind: curve, x: ...}, {kind: trace}, {kind: profile}, {kind: images, x: ...} "
        "or {kind: shift, axis: ..., margin: ...}"
    )
    if not isinstance(value, dict):
        return Mistake(key, f"{shown(value)} is not a mapping", remedy)
    if "kind" not in value:
        return Mistake(key, f"{shown(value)} has no kind", remedy)
    return Mistake(f"{key}.kind", f"{shown(value['kind'])} is not known here", remedy)
