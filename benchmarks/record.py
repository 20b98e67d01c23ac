"""What a run measured, as JSON: the machine, the versions, the commit, and a row for each line."""

import json
import os
import platform
import subprocess
from collections.abc import Mapping
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from statistics import median
from typing import Any

ROOT = Path(__file__).parents[1]
LIBRARIES = ("numpy", "numba", "scipy", "torch")


def header(options: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a measurement depends on."""
    return {
        "processor": processor(),
        "model": model(),
        "cores": os.cpu_count(),
        "load": [round(value, 1) for value in os.getloadavg()],
        "versions": {"python": platform.python_version()} | {n: installed(n) for n in LIBRARIES},
        "commit": commit(),
        "date": datetime.now(UTC).date().isoformat(),
        "options": dict(options),
    }


def processor() -> str:
    """Return the processor's name."""
    return _described().get("model name") or platform.processor() or platform.machine()


def model() -> str | None:
    """Return which model it is of those with its name; None where Linux does not say."""
    found = _described()
    numbers = [f"{key} {found[key]}" for key in ("cpu family", "model") if key in found]
    return ", ".join(numbers).removeprefix("cpu ") or None


def _described() -> dict[str, str]:
    """Return what Linux says of the first core."""
    path = Path("/proc/cpuinfo")
    text = path.read_text(encoding="utf-8") if path.exists() else ""
    lines = text.split("\n\n")[0].splitlines()
    return {key.strip(): value.strip() for key, _, value in (x.partition(":") for x in lines)}


def installed(library: str) -> str | None:
    """Return a library's version, None where it is not installed."""
    try:
        return version(library)
    except PackageNotFoundError:
        return None


def commit() -> str | None:
    """Return the commit, with a + where sources or benchmarks differ from it; None without git."""
    try:
        found = _git("rev-parse", "HEAD")
        return f"{found}+" if _git("status", "--porcelain", "src", "benchmarks/*.py") else found
    except (OSError, subprocess.CalledProcessError):
        return None


def _git(*arguments: str) -> str:
    return subprocess.run(
        ["git", *arguments], cwd=ROOT, check=True, capture_output=True, text=True
    ).stdout.strip()


def row(
    name: str, seconds: Mapping[str, list[float]], against: str, **facts: Any
) -> dict[str, Any]:
    """Return a row.

    Parameters
    ----------
    name
        Of the line, the same in every run.
    seconds
        Of each side, repeat by repeat.
    against
        The side whose time is divided by that of the side `fast`, repeat by repeat.
    facts
        What else is known.
    """
    pairs = zip(seconds[against], seconds["fast"], strict=False)
    ratios = [theirs / ours for theirs, ours in pairs]
    return {
        "name": name,
        "against": against,
        "ratio": figure(median(ratios)),
        "spread": [figure(min(ratios)), figure(max(ratios))],
        "repetitions": len(ratios),
        "seconds": {side: [figure(value) for value in values] for side, values in seconds.items()},
        **facts,
    }


def figure(value: float) -> float:
    """Return a number with four digits."""
    return float(f"{value:.4g}")


class Record:
    """The rows so far; each new one is written at once, if there is a path."""

    def __init__(self, path: Path | None, options: Mapping[str, Any]) -> None:
        self.path, self.content = path, {**header(options), "rows": []}

    def add(self, found: dict[str, Any]) -> None:
        """Add a row."""
        self.content["rows"].append(found)
        if self.path is not None:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self.path.write_text(
                json.dumps(self.content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8"
            )
