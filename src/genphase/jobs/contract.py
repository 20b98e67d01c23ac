"""What a run has planned, which its jobs on a cluster find again or refuse.

Cluster jobs read the sweep file again. If it was edited after submission, their results would be
recorded under the old plan.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from genphase.canonical import canonical, digest
from genphase.files import write_whole

_FILE = ".planned"


class StalePlan(RuntimeError):
    """What a job would make is no longer what was planned."""


def planned(*parts: Any) -> str:
    """Return a fingerprint of what decides the results of a sweep: its file, the seed, the code."""
    return digest(canonical(parts))


def write_planned(results: Path, sweeps: Mapping[str, str]) -> None:
    """Keep the fingerprints of the sweeps that a run builds, for its jobs."""
    write_whole(results / _FILE, json.dumps(sweeps) + "\n")


def check_planned(results: Path, name: str, found: str) -> None:
    """Compare what a job finds with what its run has planned.

    Raises
    ------
    StalePlan
        If it is something else, or the run has planned nothing of this sweep.
    """
    try:
        sweeps = json.loads((results / _FILE).read_text(encoding="utf-8"))
    except FileNotFoundError:
        sweeps = {}
    if sweeps.get(name) != found:
        raise StalePlan(
            f"sweep {name}: its file, the seed, the configuration, its calibration or the code "
            "changed since this job was planned. Run snakemake again: it plans anew and keeps "
            "everything that is stored."
        )
