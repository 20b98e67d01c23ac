"""What the results of a sweep were made from: its grid, the master seed and the numerics.

The file lies beside the tables. ``genphase plan`` compares with it, to explain what has changed.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from genphase.canonical import canonical
from genphase.cells.grid import Cell, expand, numerics_of_sweep
from genphase.errors import SweepError
from genphase.sweep.models import Sweep

FORMAT = 1
FILE = "built.json"


class BadBuilt(ValueError):
    """A file that does not say what results were made from; the message says why."""


@dataclass(frozen=True, slots=True)
class Built:
    """What results were made from.

    sweep : the sweep, as far as it decides trials.
    cells : its cells; their ids are those of the present numerics.
    numerics : the versions of the numerics that ran, by solver.
    """

    sweep: Sweep
    cells: tuple[Cell, ...]
    numerics: Mapping[str, str]


def built_text(sweep: Sweep, seed: int) -> str:
    """Return the content of the file for results that are made now."""
    content = {
        "format": FORMAT,
        "grid": sweep.only_grid().model_dump(mode="json"),
        "seed": seed,
        "numerics": numerics_of_sweep(sweep),
    }
    return canonical(content) + "\n"


def read_built(path: Path) -> Built | None:
    """Read what results were made from; None where there are no results.

    Raises
    ------
    BadBuilt
        If the file is damaged, or of a version with another format or other keys of sweeps.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        if content["format"] != FORMAT:
            raise BadBuilt("it is written in another format")
        sweep = Sweep.model_validate(content["grid"])
        seed, numerics = content["seed"], content["numerics"]
        if type(seed) is not int or type(numerics) is not dict:
            raise BadBuilt("it names no seed or no numerics")
        return Built(sweep, expand(sweep, seed, str(path)), numerics)
    except FileNotFoundError:
        return None
    except BadBuilt:
        raise
    except (ValidationError, SweepError):
        raise BadBuilt("it holds a sweep of another version") from None
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise BadBuilt(f"it is not readable ({error})") from None
