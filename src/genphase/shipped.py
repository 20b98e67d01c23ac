"""Where the workflow, the sweeps and the examples are that come with genphase."""

from pathlib import Path

_PACKAGE = Path(__file__).parent
_INSTALLED = _PACKAGE / "_shipped"
# A wheel has them inside the package, a clone beside `src`.
SHIPPED = _INSTALLED if _INSTALLED.is_dir() else _PACKAGE.parents[1]
SNAKEFILE = SHIPPED / "workflow/Snakefile"
SCHEMAS = SHIPPED / "workflow/schemas"
SWEEPS = SHIPPED / "config/sweeps"
EXAMPLES = SHIPPED / "examples"
PROFILES = {
    "default": SHIPPED / "profiles/default",
    "slurm": SHIPPED / "workflow/profiles/slurm",
}
