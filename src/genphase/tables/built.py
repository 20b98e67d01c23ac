"""What the results of a sweep were made from: its grid, the seeds, the numerics, and by what.

The file lies beside the tables. ``genphase plan`` compares with it, to explain what has changed.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from pydantic import ValidationError

from genphase.cells.grid import Cell, expand, numerics_of_sweep
from genphase.errors import SweepError
from genphase.shipped import this_genphase
from genphase.sweep.models import Sweep, read_grid

FORMAT = 2
FILE = "built.json"


class BadBuilt(ValueError):
    """A file that does not say what results were made from; the message says why."""


@dataclass(frozen=True, slots=True)
class Built:
    """What results were made from.

    sweep : the sweep, as far as it decides trials.
    cells : its cells; their ids are those of the present numerics.
    numerics : the versions of the numerics that ran, by solver.
    seeds : the master seeds.
    files : the hashes that networks and images had, by their files.
    """

    sweep: Sweep
    cells: tuple[Cell, ...]
    numerics: Mapping[str, str]
    seeds: tuple[int, ...]
    files: Mapping[str, str] = field(default_factory=dict)


def built_text(name: str, sweep: Sweep, seed: int, cells: Iterable[Cell] = ()) -> str:
    """Return the content of the file for results of a sweep that are made now of its cells."""
    content = {
        "format": FORMAT,
        "sweep": name,
        "made_by": this_genphase(),
        "made_on": str(date.today()),
        "seeds": sweep.seeds_of(seed),
        "numerics": numerics_of_sweep(sweep),
        "files": {k: v for cell in cells for k, v in cell.parameters.files.items()},
        "grid": sweep.written_grid(),
    }
    return json.dumps(content, indent=1, ensure_ascii=False) + "\n"


def seeds_built(path: Path) -> list[int]:
    """Return the master seeds of results; none where there are none that can be read."""
    try:
        return list(json.loads(path.read_text(encoding="utf-8"))["seeds"])
    except (OSError, ValueError, KeyError, TypeError):
        return []


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
        sweep = read_grid(content["grid"])
        seeds, numerics = content["seeds"], content["numerics"]
        # Older results do not have it.
        files = dict(content.get("files", {}))
        if not all(type(seed) is int for seed in seeds) or type(numerics) is not dict:
            raise BadBuilt("it names no seeds or no numerics")
        return Built(sweep, expand(sweep, seeds[0], str(path)), numerics, tuple(seeds), files)
    except FileNotFoundError:
        return None
    except BadBuilt:
        raise
    except (ValidationError, SweepError):
        raise BadBuilt("it holds a sweep of another version") from None
    except (OSError, ValueError, KeyError, TypeError, IndexError, RecursionError) as error:
        raise BadBuilt(f"it is not readable ({error})") from None
