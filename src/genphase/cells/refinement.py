"""Refine a grid where recovery turns: add points near the 50 % crossing, in rounds.

The grid is taken as boxes between neighbouring values. A box is refined if the interval of one of
its corners holds 50 %, or if its corners lie on both sides: its edges and its middle get points,
and so does a corner that has none. Each round works on the boxes of the grid that is twice as fine,
and follows the crossing where it leads.

Which points are added depends on the trials of the points before, on nothing else.
"""

import itertools
import json
import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from genphase.canonical import canonical
from genphase.cells.grid import Cell, expand
from genphase.cells.sampling import Tally
from genphase.errors import Mistake, SweepError
from genphase.language.axes import AxisValue, AxisValues, clean
from genphase.statistics.wilson import wilson
from genphase.sweep.adaptive import Refine
from genphase.sweep.models import Sweep

LEVEL = 0.5
FORMAT = 1


class BadRound(ValueError):
    """A round's file that is not what was written; the message says why."""


class Place(NamedTuple):
    """A cell of a sweep: its solver, and the values of the axes, in their order."""

    solver: str
    values: tuple[AxisValue, ...]


def place_of(cell: Cell) -> Place:
    """Return the place of a cell."""
    return Place(cell.solver, tuple(cell.point.values()))


def refinement(sweep: Sweep) -> Refine:
    """Return how a sweep is refined; one without the key is not."""
    return sweep.refinement() or Refine.model_construct(rounds=0, along=[], log=[])


def refined(sweep: Sweep, rounds: int) -> Sweep:
    """Return a sweep with the axes of its whole grid after a number of rounds."""
    how = refinement(sweep)
    axes = dict(sweep.axes)
    for _ in range(rounds):
        for name in how.along or []:
            axes[name] = _finer(axes[name], name in (how.log or []))
    return sweep.model_copy(update={"axes": axes})


def _finer(values: AxisValues, log: bool) -> AxisValues:
    """Return an axis with a value between each two neighbours, where there is room for one."""
    parts = _intervals(values, log)
    return (*(value for part in parts for value in part[:-1]), parts[-1][-1])


def _intervals(values: AxisValues, log: bool) -> list[tuple[AxisValue, ...]]:
    """Return neighbours, with the value between them; an axis of one value is one interval."""
    ordered = sorted(map(_as_number, values))
    if len(ordered) == 1:
        return [(ordered[0],)]
    whole = all(isinstance(value, int) for value in ordered)
    found: list[tuple[AxisValue, ...]] = []
    for low, high in itertools.pairwise(ordered):
        middle = math.sqrt(low * high) if log else (low + high) / 2
        value = round(middle) if whole else clean(middle)
        found.append((low, value, high) if low < value < high else (low, high))
    return found


def _as_number(value: AxisValue) -> int | float:
    assert not isinstance(value, tuple | str)
    return value


def further(sweep: Sweep, number: int, tallies: Mapping[Place, Tally]) -> list[Place]:
    """Return the places that round `number`, from 1, adds.

    Parameters
    ----------
    sweep
        The sweep.
    number
        The round, from 1.
    tallies
        The trials of all cells of the rounds before.

    Returns
    -------
    list of Place
        Sorted by solver, then by their values; some may be dropped by the sweep's condition.
    """
    how, axes = refinement(sweep), refined(sweep, number - 1).axes
    names = list(axes)
    along = [names.index(name) for name in how.along or []]
    boxes = [_intervals(axes[names[axis]], names[axis] in (how.log or [])) for axis in along]
    sides: dict[Place, dict[tuple[AxisValue, ...], int]] = defaultdict(dict)
    for place, tally in tallies.items():
        line = Place(place.solver, tuple(v for i, v in enumerate(place.values) if i not in along))
        sides[line][tuple(place.values[axis] for axis in along)] = _side(tally)
    added = []
    for line, known in sides.items():
        new = {
            point
            for box in itertools.product(*boxes)
            if _turns(known.get(corner) for corner in _corners(box))
            for point in itertools.product(*box)
            if point not in known
        }
        added += [Place(line.solver, _merged(line.values, along, point)) for point in new]
    return sorted(added)


def _side(tally: Tally) -> int:
    """Return on which side of 50 % a rate lies, 0 if its interval holds 50 %."""
    low, high = wilson(tally.recovered, tally.trials)
    return int(low > LEVEL) - int(high < LEVEL)


def _corners(box: Iterable[tuple[AxisValue, ...]]) -> Iterator[tuple[AxisValue, ...]]:
    return itertools.product(*((part[0], part[-1]) for part in box))


def _turns(sides: Iterable[int | None]) -> bool:
    known = {side for side in sides if side is not None}
    return 0 in known or len(known) > 1


def _merged(
    others: Sequence[AxisValue], along: Sequence[int], point: Sequence[AxisValue]
) -> tuple[AxisValue, ...]:
    """Return the values of all axes from those of the refined and of the other axes."""
    values = list(others)
    for axis, value in sorted(zip(along, point, strict=True)):
        values.insert(axis, value)
    return tuple(values)


def cells_at(
    sweep: Sweep, number: int, seed: int, source: str, places: Sequence[Place]
) -> tuple[Cell, ...]:
    """Return the cells of round `number` at the places that it adds, in the order of the grid."""
    wanted = set(places)
    axes = list(sweep.axes)
    points = [
        dict(zip(axes, values, strict=True)) for values in {place.values: 0 for place in places}
    ]
    found = expand(sweep, seed, source, points) if points else ()
    kept = [replace(cell, round=number) for cell in found if place_of(cell) in wanted]
    return in_order(sweep, number, kept)


def cells_of_rounds(
    sweep: Sweep, seed: int, source: str, rounds: Iterable[Path]
) -> tuple[Cell, ...]:
    """Return the cells of a sweep's grid and of the rounds in these files, in the order of all."""
    cells = expand(sweep, seed, source)
    number = 0
    for number, path in enumerate(rounds, start=1):
        places = read_round(round_as_written(path), sweep)
        cells += cells_at(sweep, number, seed, source, places)
    return in_order(sweep, number, cells) if number else cells


def in_order(sweep: Sweep, rounds: int, cells: Iterable[Cell]) -> tuple[Cell, ...]:
    """Return cells of several rounds in the order of the whole grid after these rounds."""
    axes = refined(sweep, rounds).axes
    rank = [{value: i for i, value in enumerate(values)} for values in axes.values()]
    solvers = {solver.called: i for i, solver in enumerate(sweep.methods)}

    def key(cell: Cell) -> tuple[int, ...]:
        return *map(dict.__getitem__, rank, cell.point.values()), solvers[cell.solver]

    return tuple(sorted(cells, key=key))


def check_refinement(sweep: Sweep, seed: int, source: str) -> None:
    """Look at every point that rounds could add, before anything runs.

    Raises
    ------
    SweepError
        If one of them has an impossible parameter, or there is no room for any.
    """
    rounds = refinement(sweep).rounds
    if not rounds:
        return
    finest = refined(sweep, rounds)
    if all(len(finest.axes[name]) == len(values) for name, values in sweep.axes.items()):
        text = "there is no room between the values of its axes"
        raise SweepError(source, [Mistake("refine", text, "choose other axes, or wider steps")])
    try:
        expand(finest, seed, source)
    except SweepError as error:
        mistakes = [
            m._replace(text=f"{m.text}, a point that `refine` could add") for m in error.mistakes
        ]
        raise SweepError(source, mistakes) from None


def round_file(results: Path, number: int) -> Path:
    """Return the file in the results folder of a sweep that holds what a round adds."""
    return results / "rounds" / f"{number}.json"


def round_text(places: Sequence[Place]) -> str:
    """Return the content of a round's file."""
    return canonical({"format": FORMAT, "places": places}) + "\n"


def round_as_written(path: Path) -> str:
    """Return what is in a round's file, also where it is damaged; :func:`read_round` judges it."""
    return path.read_text(encoding="utf-8", errors="replace")


def read_round(text: str, sweep: Sweep) -> list[Place]:
    """Return the places in a round's file, without those of an older form of the sweep.

    Raises
    ------
    BadRound
        If the file is damaged.
    """
    try:
        content = json.loads(text)
        if content["format"] != FORMAT:
            raise BadRound("it is written in another format")
        found = [(solver, list(values)) for solver, values in content["places"]]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise BadRound(f"a round of the refinement is not readable ({error})") from None
    axes = refined(sweep, refinement(sweep).rounds).axes.values()
    solvers = {solver.called for solver in sweep.methods}
    places = [
        Place(solver, tuple(tuple(v) if isinstance(v, list) else v for v in values))
        for solver, values in found
    ]
    return [
        place
        for place in places
        if place.solver in solvers
        and len(place.values) == len(axes)
        and all(value in axis for value, axis in zip(place.values, axes, strict=True))
    ]
