"""Paths as a user writes them: ~ and $VARIABLES stand for what a shell puts there."""

import os
import re

from genphase.errors import BadValue, shown


def expanded(text: str) -> str:
    """Return a path with ~ and $VARIABLES replaced, in a configuration and a sweep alike.

    Raises
    ------
    BadValue
        If it is empty, names a variable that is not set or a user that there is not, or has braces,
        which are wildcards for Snakemake.
    """
    if not text.strip() or "\0" in text:
        raise BadValue(f"{shown(text)} is no path", "write the path of a folder or a file")
    # Unlike that of pathlib, it leaves an unknown user as it is.
    found = os.path.expanduser(os.path.expandvars(text))  # noqa: PTH111
    if unset := re.search(r"\$(\w+|\{\w+\})", found):
        name = unset.group(1).strip("{}")
        raise BadValue(
            f"{shown(text)}: the variable {name} is not set", f"set {name}, or write it out"
        )
    if found.startswith("~"):
        raise BadValue(f"{shown(text)}: there is no such user", "write the path out, or ./~ for ~")
    if set("{}") & set(found):
        raise BadValue(
            f"{shown(text)} has braces, which are wildcards for Snakemake", "choose another name"
        )
    return found
