"""Find, and remove, what no sweep refers to any more: cells of the store, tables of batches."""

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from pydantic import ValidationError

from genphase.cells.grid import expand
from genphase.cells.refinement import refined, refinement
from genphase.errors import Mistake, SweepError
from genphase.files import claim_run
from genphase.identity import numerics_of
from genphase.parameters import Parameters
from genphase.store.cells import BadCellFile, CellStore
from genphase.sweep.config import Config
from genphase.sweep.read import load_sweep, sweep_files

_BATCH = re.compile(r"[0-9a-f]{16}\.csv")


class Referred(NamedTuple):
    """What the sweep files of a folder refer to.

    folder : where they are.
    sweeps : their names.
    cells : ids of their cells.
    """

    folder: Path
    sweeps: frozenset[str]
    cells: frozenset[str]


class Group(NamedTuple):
    """Files of one kind, with their size."""

    files: int = 0
    size: int = 0

    def plus(self, path: Path) -> "Group":
        """Return the group with one more file."""
        return Group(self.files + 1, self.size + path.stat().st_size)

    def __str__(self) -> str:
        size = f"{self.size / 1e6:.1f} MB" if self.size >= 1e6 else f"{self.size / 1e3:.0f} kB"
        return f"{_count(self.files, 'file')}, {size}"


@dataclass(frozen=True)
class Waste:
    """What would go, and what stays.

    cells, batches : ids of cells and paths of tables that would go.
    why : the cells by the reason why no sweep has them.
    tables : the tables by whose they are.
    kept : the cells of `sweeps` sweeps.
    damaged, set_aside : numbers of files that are left for a person to look at.
    """

    cells: tuple[str, ...]
    batches: tuple[Path, ...]
    why: dict[str, Group]
    tables: dict[str, Group]
    kept: Group
    sweeps: int
    damaged: int
    set_aside: int

    def __bool__(self) -> bool:
        return bool(self.cells or self.batches)

    def lines(self) -> list[str]:
        """Return what is told to a person."""
        lines = [f"Cells of {_count(self.sweeps, 'sweep')}: {self.kept} stay"]
        lines += [f"Cells {reason}: {group} go" for reason, group in sorted(self.why.items())]
        lines += [
            f"Tables of jobs {whose}, with cells that no sweep has: {group} go"
            for whose, group in sorted(self.tables.items())
        ]
        if self.damaged or self.set_aside:
            damaged = _count(self.damaged, "damaged file")
            lines.append(f"Left alone: {damaged}, {self.set_aside} set aside")
        return lines


@contextmanager
def claimed(results: Path, key: str) -> Iterator[None]:
    """Keep runs out of a results folder.

    Parameters
    ----------
    results
        The folder.
    key
        What a person asked for, for the error.

    Raises
    ------
    SweepError
        If a run is building into it.
    """

    def refuse() -> None:
        text = "a run is building into this folder"
        raise SweepError(str(results), [Mistake(key, text, "wait for its end")])

    if not results.is_dir():
        yield
        return
    with claim_run(results, refuse):
        yield


def referred(config: Config, seeds: Sequence[int]) -> Referred:
    """Return what the sweep files of the configured folder refer to with these master seeds.

    Raises
    ------
    SweepError
        If a sweep file is not valid, for its cells would be lost; or if there is none.
    """
    files = sweep_files(config.sweep_dir)
    if not files:
        text = f"there are no sweep files in {config.sweep_dir}, so every cell would go"
        remedy = "set sweep_dir to the sweeps' folder"
        raise SweepError(str(config.sweep_dir), [Mistake("sweep_dir", text, remedy)])
    cells: set[str] = set()
    for name, path in files.items():
        sweep = load_sweep(name, config.sweep_dir)
        for seed in seeds:
            # Also those that a refinement could add: which ones it does, trials decide.
            finest = refined(sweep, refinement(sweep).rounds)
            cells |= {cell.id for cell in expand(finest, seed, str(path))}
    return Referred(config.sweep_dir, frozenset(files), frozenset(cells))


def find_waste(results: Path, store: CellStore, keep: Referred, seeds: Sequence[int]) -> Waste:
    """Compare the files of a results folder with what is referred to; nothing is written."""
    cells: list[str] = []
    why: dict[str, Group] = {}
    kept, damaged = Group(), 0
    for cell in store.cells():
        path = store.path(cell)
        if cell in keep.cells:
            kept = kept.plus(path)
            continue
        try:
            reason = _reason(store, cell, seeds)
        except BadCellFile:
            damaged += 1
            continue
        cells.append(cell)
        why[reason] = why.get(reason, Group()).plus(path)
    batches: list[Path] = []
    tables: dict[str, Group] = {}
    for path in sorted(results.glob("*/batches/*.csv")):
        name = path.parts[-3]
        if _BATCH.fullmatch(path.name) and not (name in keep.sweeps and _needed(path, keep)):
            batches.append(path)
            whose = f"of {name}"
            if name not in keep.sweeps:
                whose += f", which is no sweep in {keep.folder}"
            tables[whose] = tables.get(whose, Group()).plus(path)
    set_aside = sum(1 for _ in (store.folder / "set-aside").glob("*"))
    sweeps = len(keep.sweeps)
    return Waste(tuple(cells), tuple(batches), why, tables, kept, sweeps, damaged, set_aside)


def _needed(table: Path, keep: Referred) -> bool:
    """Return whether a job's table has cells, and a sweep has each of them."""
    with open(table, encoding="utf-8", errors="replace") as file:
        next(file, "")
        cells = {line.partition(",")[0] for line in file}
    return bool(cells) and cells <= keep.cells


def remove(waste: Waste, store: CellStore) -> None:
    """Delete what would go."""
    for cell in waste.cells:
        store.remove(cell)
    # Nothing is made from them any more, and Snakemake repeats no job for want of such a file.
    for path in waste.batches:
        path.unlink(missing_ok=True)


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _reason(store: CellStore, cell: str, seeds: Sequence[int]) -> str:
    """Return why no sweep has a cell."""
    head = store.head(cell)
    if head["numerics"] != _numerics_now(head["parameters"]):
        return f"of other numerics ({head['numerics']})"
    seed = head["parameters"].get("seed")
    if seed not in seeds:
        return f"of seed {seed}"
    return "of no sweep"


def _numerics_now(parameters: Mapping[str, Any]) -> str | None:
    """Return the numerics of stored parameters; None where this version does not know them."""
    try:
        return numerics_of(Parameters.model_validate(parameters))
    except ValidationError:
        return None
