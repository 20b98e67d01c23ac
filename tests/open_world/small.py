"""A small sweep that tests of the open world change."""

from pathlib import Path

import yaml

from genphase.brought import look_in
from genphase.cells.grid import expand
from genphase.sweep.read import parse_sweep

EXAMPLES = Path(__file__).parents[2] / "examples"

SMALL = {
    "title": "t",
    "problem": "compressed_sensing",
    "axes": {"k": [3], "m": [40]},
    "network": {"widths": [60, 50]},
    "solvers": [{"name": "levenberg_marquardt", "max_iter": 200}],
    "trials": 2,
    "success": {"error": "latent", "below": 1e-4},
}


def cells(folder=EXAMPLES, seed=0, **changes):
    """The cells of a small sweep, which may use files of a folder."""
    look_in(folder)
    content = {key: value for key, value in {**SMALL, **changes}.items() if value is not None}
    return expand(parse_sweep(yaml.safe_dump(content), "sweep.yaml"), seed, "sweep.yaml")
