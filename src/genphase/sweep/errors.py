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


def shown(value: Any, limit: int = 80) -> str:
    """Return a value as it is shown in a message: short, on one line."""
    text = repr(value)
    return text if len(text) <= limit else text[: limit - 3] + "..."


def did_you_mean(name: Any, known: Iterable[str]) -> str:
    """Return a remedy for an unknown name: the nearest known one, and all of them."""
    known = list(known)
    close = get_close_matches(str(name), known, n=1)
    hint = f"did you mean {close[0]!r}? " if close else ""
    return f"{hint}known: {', '.join(known)}"


def dotted(location: Sequence[int | str]) -> str:
    """Return a pydantic location as a dotted key, ``solvers[0].step``; form tags are left out."""
    key = ""
    for part in location:
        if isinstance(part, int):
            key += f"[{part}]"
        elif not part.startswith("="):
            key += f".{part}" if key else part
    return key


KeysOf = Callable[[Sequence[int | str]], Iterable[str]]


def mistakes_of(error: ValidationError, keys_of: KeysOf) -> list[Mistake]:
    """Translate pydantic's errors into mistakes.

    `keys_of` gives the keys that are allowed at a location, for the remedy of an unknown key.
    """
    return [_mistake(item, keys_of) for item in error.errors()]


def _mistake(item: Any, keys_of: KeysOf) -> Mistake:
    location, value, kind = item["loc"], item["input"], item["type"]
    context = item.get("ctx", {})
    key = dotted(location) or "(the whole file)"
    match kind:
        case "value_error" if isinstance(context.get("error"), BadValue):
            return Mistake(key, context["error"].text, context["error"].remedy)
        case "extra_forbidden":
            known = did_you_mean(location[-1], keys_of(location[:-1]))
            return Mistake(key, f"unknown key (its value is {shown(value)})", known)
        case "missing":
            return Mistake(key, "this key is missing", f"add `{location[-1]}: ...`")
        case "literal_error":
            names = context["expected"].replace(" or ", ", ").replace("'", "").split(", ")
            return Mistake(key, f"{shown(value)} is not known here", did_you_mean(value, names))
        case "union_tag_invalid" | "union_tag_not_found" if location[0] == "figures":
            return Mistake(
                key, f"{shown(value)} is no figure", "add `kind: portrait` or `kind: curve`"
            )
        case "union_tag_invalid":
            return Mistake(key, f"{shown(value)} has the wrong form", "see config/README.md")
    text = item["msg"].removeprefix("Input ")
    return Mistake(key, f"{shown(value)} {text}", "see this key in config/README.md")
