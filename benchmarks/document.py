"""Make the tables of README.md from the committed run, between their marks.

python benchmarks/document.py           # from reference.json
"""

import json
from pathlib import Path
from statistics import median
from typing import Any

from table import milliseconds, number, span

HERE = Path(__file__).parent
README, REFERENCE = HERE / "README.md", HERE / "reference.json"

# What reads the weights of a batch: the memory of an H100, in bytes a second, as its maker says.
GPU_BANDWIDTH = 3.35e12


def markdown(head: list[str], rows: list[list[str]]) -> str:
    """Return a table; all columns but the first are numbers."""
    rule = ["---", *["---:"] * (len(head) - 1)]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in (head, rule, *rows))


def machine(content: dict[str, Any]) -> str:
    """Return what was measured, where and with what."""
    versions = (f"{name} {found}" for name, found in content["versions"].items() if found)
    load = ", ".join(map(str, content["load"]))
    return (
        f"Measured on {content['date']} on {content['processor']}, {content['cores']} cores, load"
        f" {load} when it began; {', '.join(versions)}; commit {content['commit'][:10]}."
    )


def ratios(content: dict[str, Any]) -> str:
    """Return the table of ratios."""
    rows = []
    for row in content["rows"]:
        seconds = row["seconds"]
        one = {side: median(values) / row["trials"] for side, values in seconds.items()}
        rows.append(
            [
                row["name"],
                f"{row['converged']}/{row['trials']}",
                number(row["ratio"]),
                span(row["spread"]),
                number(row.get("wanted")).replace("-", ""),
                str(row["repetitions"]),
                milliseconds(one["fast"]),
                milliseconds(one[row["against"]]),
                "PyTorch" if row["against"] == "torch" else "NumPy",
            ]
        )
    head = ["row", "converged", "ratio", "min-max", "wanted", "repetitions"]
    return markdown([*head, "genphase, ms a trial", "the other, ms a trial", "the other"], rows)


def gpu(content: dict[str, Any]) -> str:
    """Return the arithmetic of a GPU that does nothing but read the weights."""
    rows = []
    for row in content["rows"]:
        if not row.get("dense_bytes") or row["name"].startswith("small"):
            continue
        read = row["dense_bytes"] / row["trials"]
        ours, least = median(row["seconds"]["fast"]) / row["trials"], read / GPU_BANDWIDTH
        rows.append(
            [
                row["name"],
                number(row["iterations"] / row["trials"]),
                number(read / 1e9),
                milliseconds(least),
                milliseconds(ours),
                number(ours / least),
            ]
        )
    head = ["row", "iterations", "GB read a trial", "GPU, ms at least", "one core, ms"]
    return markdown([*head, "cores that it is worth at most"], rows)


def memory(content: dict[str, Any]) -> str:
    """Return what large trials take."""
    rows = []
    for row in content["rows"]:
        if "peak_bytes" not in row:
            continue
        seconds = {side: values[0] for side, values in row["seconds"].items()}
        peak = row["peak_bytes"]
        rows.append(
            [
                row["name"],
                str(row["iterations"]),
                *(number(seconds[side]) for side in ("draw", "fast", "threads", "numpy")),
                *(number(row["processor_seconds"][side]) for side in ("fast", "threads", "numpy")),
                str(row["threads"]),
                number(row["ratio"]),
                *(number(peak[side] / 1e9) for side in ("fast", "numpy")),
            ]
        )
    head = ["row", "iterations", "draw, s", "solve, s", "with threads, s", "NumPy, s"]
    head += ["solve, processor's s", "with threads, processor's s", "NumPy, processor's s"]
    head += ["cores", "ratio"]
    return markdown([*head, "most GB", "NumPy's most GB"], rows)


def documented(text: str, content: dict[str, Any]) -> str:
    """Return the page with its tables made anew."""
    for name, make in (
        ("machine", machine),
        ("ratios", ratios),
        ("gpu", gpu),
        ("memory", memory),
    ):
        before, begin, rest = text.partition(f"<!-- made: {name} -->\n")
        _, end, after = rest.partition("<!-- end -->")
        if not end:
            raise SystemExit(f"the page has no mark {name}, or no end of it")
        text = f"{before}{begin}{make(content)}\n{end}{after}"
    return text


def main() -> None:
    """Write the page."""
    content = json.loads(REFERENCE.read_text(encoding="utf-8"))
    text = README.read_text(encoding="utf-8")
    README.write_text(documented(text, content), encoding="utf-8")


if __name__ == "__main__":
    main()
