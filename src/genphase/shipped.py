"""What comes with genphase: workflow, sweeps, examples; and which genphase this is."""

import subprocess
from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from pathlib import Path

VERSION = "0.2.0"

_PACKAGE = Path(__file__).parent
_INSTALLED = _PACKAGE / "_shipped"
# A wheel has them inside the package, a clone beside `src`.
SHIPPED = _INSTALLED if _INSTALLED.is_dir() else _PACKAGE.parents[1]
SNAKEFILE = SHIPPED / "workflow/Snakefile"
SCHEMAS = SHIPPED / "workflow/schemas"
SWEEPS = SHIPPED / "config/sweeps"
EXAMPLES = SHIPPED / "examples"
# The pages of explorers and of results, which Python's modules fill in.
PAGE = files("genphase") / "figures" / "page"
PROFILES = {
    "default": SHIPPED / "profiles/default",
    "slurm": SHIPPED / "workflow/profiles/slurm",
}


def seeds_text(seeds: Sequence[int]) -> str:
    """Return the master seeds of trials, as results name them beside their genphase."""
    return f"seed{'s' * (len(seeds) > 1)} {', '.join(map(str, seeds))}"


@cache
def this_genphase() -> str:
    """Return name and version of this genphase, and in a clone the commit and whether it is edited.

    For example ``genphase 0.2.0, commit 1a2b3c4d with changes``.
    """
    name = f"genphase {VERSION}"
    if not (SHIPPED / ".git").exists():
        return name
    try:
        commit = _git("rev-parse", "--short=8", "HEAD")
        edited = _git("status", "--porcelain", "--untracked-files=no")
    except (OSError, subprocess.CalledProcessError):
        # No git here, or a repository of another user's.
        return name
    return f"{name}, commit {commit}{' with changes' if edited else ''}"


def _git(*words: str) -> str:
    done = subprocess.run(
        ["git", "-C", str(SHIPPED), *words], check=True, capture_output=True, text=True
    )
    return done.stdout.strip()
