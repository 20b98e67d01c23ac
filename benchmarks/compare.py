"""Compare two runs, and fail where a ratio fell by more than a third.

    python benchmarks/compare.py OLD.json NEW.json

Rows are compared by name. A row that only one of them has is not compared, which is said. Without
any change, ratios of two models of one processor's name can differ by more than a third: then those
fail that fell by half. Those of two processors are compared, but none fails.
"""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from table import line, number

# The least share of the old ratio: on the same model of processor, and on another one of its name.
LEAST, OF_ANOTHER_MODEL = 2 / 3, 1 / 2


def read(path: Path) -> dict[str, Any]:
    """Return what a run wrote."""
    content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return content


def fallen(old: dict[str, Any], new: dict[str, Any], least: float) -> list[str]:
    """Print the rows that both have; return the names of those that fell below a share."""
    before = {row["name"]: row["ratio"] for row in old["rows"]}
    after = {row["name"]: row["ratio"] for row in new["rows"]}
    line("", "old", "new", "new/old")
    found = []
    for name in [name for name in before if name in after]:
        share = after[name] / before[name]
        if share < least:
            found.append(name)
        line(name, number(before[name]), number(after[name]), number(share))
    for text, names in (("old", before.keys() - after), ("new", after.keys() - before)):
        if names:
            print(f"only in the {text} one, not compared: {len(names)} rows")
    return found


def main() -> None:
    """Compare two runs."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("old", type=Path, metavar="OLD")
    parser.add_argument("new", type=Path, metavar="NEW")
    options = parser.parse_args()
    old, new = read(options.old), read(options.new)
    for key in ("processor", "model", "cores", "versions"):
        if old.get(key) != new.get(key):
            print(f"{key}: {old.get(key)} before, {new.get(key)} now")
    least = LEAST if old.get("model") == new.get("model") else OF_ANOTHER_MODEL
    if not {row["name"] for row in old["rows"]} & {row["name"] for row in new["rows"]}:
        sys.exit("the two have no row in common; measure the same rows")
    if found := fallen(old, new, least):
        text = f"fell below {least:.2g} of the old ratio: {'; '.join(found)}"
        if old["processor"] == new["processor"]:
            sys.exit(text)
        print(f"{text}; of another processor, which is no failure")
        return
    print(f"no ratio fell below {least:.2g} of the old one")


if __name__ == "__main__":
    main()
