"""A small sweep and small parameters that tests change."""

from typing import Any

import numpy as np
import yaml

from genphase.cells import solve as solving
from genphase.kernels.passes import Run
from genphase.parameters import Parameters, Solver
from genphase.sweep.models import Sweep
from genphase.sweep.read import parse_sweep

# A small valid sweep in the form a user writes it; tests change what they are about.
SWEEP: dict[str, Any] = {
    "title": "A tiny sweep",
    "problem": "inversion",
    "axes": {"k": [2, 3], "n": [12, 20]},
    "network": {"widths": ["n", "n"]},
    "solvers": [
        {"name": "plugin", "step": 3, "max_iter": 300, "stop": {"relative_change": "1e-9"}}
    ],
    "trials": 3,
    "success": {"error": "signal", "below": "1e-5"},
    "figures": {"portrait": {"x": "k", "y": "n"}},
}

PARAMETERS: dict[str, Any] = {
    "problem": "compressed_sensing",
    "k": 3,
    "network": {"widths": (20, 15), "weights": "gaussian", "slope": 0},
    "m": 10,
    "measurements": "gaussian",
    "target": "sphere",
    "noise": {"law": "sphere", "level": 0},
    "start": 1,
    "solver": {
        "name": "subgradient",
        "step": 0.7,
        "max_iter": 500,
        "stop": {"gradient_norm": 1e-10},
    },
    "seed": 0,
}


def make_sweep(**changes: Any) -> Sweep:
    """Return the small sweep with some keys changed; None removes a key."""
    content = {key: value for key, value in {**SWEEP, **changes}.items() if value is not None}
    return parse_sweep(yaml.safe_dump(content, sort_keys=False), "sweep.yaml")


def make_solver(**fields: Any) -> Solver:
    """Return a solver whose options are given beside the fields of all solvers."""
    return Solver.model_validate(_with_options(fields))


def _with_options(solver: dict[str, Any]) -> dict[str, Any]:
    own = {key: value for key, value in solver.items() if key not in Solver.model_fields}
    rest = {key: value for key, value in solver.items() if key in Solver.model_fields}
    return {**rest, "options": {**own, **rest.get("options", {})}}


def make_parameters(**changes: Any) -> Parameters:
    """Return small parameters with some fields changed."""
    content = {**PARAMETERS, **changes}
    if content["solver"] is not None:
        content["solver"] = _with_options(content["solver"])
    return Parameters.model_validate(content)


def solve(*given: Any, **named: Any) -> Run:
    """Run a solver; return how it ended."""
    return solving.solve(*given, **named).run


def solve_plainly(instance, start, solver, trace=None, further=()):
    """Run a solver by its plain loop, the reference."""
    trace = np.empty((0, 2)) if trace is None else trace
    return solve(instance, start, solver, further, trace)
