"""Find, and remove, what no sweep refers to any more: cells of the store, tables of batches."""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from genphase.batches import pack
from genphase.calibration import read_calibration
from genphase.files import claim_run
from genphase.grid import expand
from genphase.identity import numerics_version
from genphase.refinement import cells_at, known_rounds, refined, refinement
from genphase.store import BadCellFile, CellStore
from genphase.sweep.config import Config
from genphase.sweep.errors import Mistake, SweepError
from genphase.sweep.models import Sweep
from genphase.sweep.read import load_sweep, sweep_files

_BATCH = re.compile(r"[0-9a-f]{16}\.csv")


class Referred(NamedTuple):
    """What the sweep files of a folder refer to.

    sweeps : how many there are.
    cells : ids of their cells.
    batches : ids of their batches, by the sweep's name.
    """

    sweeps: int
    cells: frozenset[str]
    batches: dict[str, frozenset[str]]


class Group(NamedTuple):
    """Files of one kind, with their size."""

    files: int = 0
    size: int = 0

    def plus(self, path: Path) -> "Group":
        """Return the group with one more file."""
        return Group(self.files + 1, self.size + path.stat().st_size)

    def __str__(self) -> str:
        return f"{_count(self.files, 'file')}, {self.size / 1e6:.1f} MB"


@dataclass(frozen=True)
class Waste:
    """What would go, and what stays.

    cells, batches : ids of cells and paths of tables that would go.
    why : the cells by the reason why no sweep has them.
    tables : the tables by the name of their sweep.
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
            f"Tables of jobs that {name} no longer has: {group} go"
            for name, group in sorted(self.tables.items())
        ]
        if self.damaged or self.set_aside:
            damaged = _count(self.damaged, "damaged file")
            lines.append(f"Left alone: {damaged}, {self.set_aside} set aside")
        return lines


@contextmanager
def claimed(results: Path) -> Iterator[None]:
    """Keep runs out of a results folder.

    Raises
    ------
    SweepError
        If a run is building into it.
    """

    def refuse() -> None:
        text = "a run is building into this folder"
        raise SweepError(str(results), [Mistake("--delete", text, "wait for its end")])

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
    batches: dict[str, frozenset[str]] = {}
    for name, path in files.items():
        sweep = load_sweep(name, config.sweep_dir)
        here: set[str] = set()
        for seed in seeds:
            # Also those that a refinement could add: which ones it does, trials decide.
            finest = refined(sweep, refinement(sweep).rounds)
            cells |= {cell.id for cell in expand(finest, seed, str(path))}
            here |= _batches(config, name, sweep, seed, str(path))
        batches[name] = frozenset(here)
    return Referred(len(files), frozenset(cells), batches)


def _batches(config: Config, name: str, sweep: Sweep, seed: int, source: str) -> set[str]:
    """Return the ids of a sweep's batches, of all rounds that are known."""
    folder = config.results / name
    calibration = read_calibration(folder)
    rounds = [expand(sweep, seed, source)]
    for number, places in enumerate(known_rounds(sweep, folder), start=1):
        rounds.append(cells_at(sweep, number, seed, source, places))
    return {
        batch
        for number, cells in enumerate(rounds)
        for batch in pack(refined(sweep, number), cells, config.batch_seconds, calibration)
    }


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
        if _BATCH.fullmatch(path.name) and path.stem not in keep.batches.get(name, ()):
            batches.append(path)
            tables[name] = tables.get(name, Group()).plus(path)
    set_aside = sum(1 for _ in (store.folder / "set-aside").glob("*"))
    return Waste(tuple(cells), tuple(batches), why, tables, kept, keep.sweeps, damaged, set_aside)


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
    if head["numerics"] != numerics_version():
        return f"of other numerics ({head['numerics']})"
    seed = head["parameters"].get("seed")
    if seed not in seeds:
        return f"of seed {seed}"
    return "of no sweep"
