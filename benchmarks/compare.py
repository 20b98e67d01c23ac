"""Compare two runs, and fail where a ratio fell by more than a third.

    python benchmarks/compare.py OLD.json NEW.json

Rows are compared by name. A row that only one of them has is not compared, which is said. Runs of
two processors are compared, but nothing fails: their ratios differ by as much without any change.
"""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from table import line, number

# A ratio that is below this share of the old one has fallen by more than a third.
LEAST_SHARE = 2 / 3


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
    parser.add_argument(
        "--least",
        type=float,
        default=LEAST_SHARE,
        help="fail where a ratio is below this share of the old one; default: two thirds",
    )
    options = parser.parse_args()
    old, new = read(options.old), read(options.new)
    for key in ("processor", "cores", "versions"):
        if old[key] != new[key]:
            print(f"{key}: {old[key]} before, {new[key]} now")
    if not {row["name"] for row in old["rows"]} & {row["name"] for row in new["rows"]}:
        sys.exit("the two have no row in common; measure the same rows")
    if found := fallen(old, new, options.least):
        text = f"fell below {options.least:.2g} of the old ratio: {'; '.join(found)}"
        if old["processor"] == new["processor"]:
            sys.exit(text)
        print(f"{text}; of another processor, which is no failure")
        return
    print(f"no ratio fell below {options.least:.2g} of the old one")


if __name__ == "__main__":
    main()
