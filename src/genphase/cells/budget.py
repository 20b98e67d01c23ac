"""Trials by budget: a number of trials in all, spent in rounds where they narrow crossings most.

Every cell gets its first trials. Then each round has as many trials as there are before it, the
last one what is left of the budget, and :mod:`genphase.statistics.design` says which cells get
them, by the fits of `transition.csv` to the trials so far.

What a round gives depends on the trials of the rounds before, on nothing else, and it gives its
trials one portion after the other. So a larger budget has the same rounds, but for the last one,
which goes on: no cell gets fewer trials than before.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from genphase.cells.grid import Cell
from genphase.cells.refinement import LEVEL, Place
from genphase.cells.sampling import Tally
from genphase.cells.shares import Share, Shares
from genphase.language.axes import AxisValue
from genphase.statistics.wilson import wilson
from genphase.sweep.adaptive import ByBudget
from genphase.sweep.models import SEED, Sweep
from genphase.sweep.transitions import across_axis, transition_axis

# A portion is so small a part of the trials before a round.
_PORTIONS = 2000


class Pool(NamedTuple):
    """Cells whose trials are counted together: one, or those of several seeds.

    place : the solver, and the values of the axes that tables show.
    ids : the cells.
    recovered, trials : of all of them.
    """

    place: Place
    ids: tuple[str, ...]
    recovered: int
    trials: int


def budget_of(sweep: Sweep) -> ByBudget | None:
    """Return the budget of a sweep; None where its trials are counted otherwise."""
    return sweep.trials if isinstance(sweep.trials, ByBudget) else None


def totals(sweep: Sweep, cells: Iterable[Cell]) -> list[int]:
    """Return how many trials there are after the first ones of all cells, and after each round.

    None of a sweep without a budget.
    """
    by, count = budget_of(sweep), len({cell.id for cell in cells})
    if by is None or count == 0:
        return []
    found, most = [by.at_least * count], min(by.budget, by.most * count)
    while found[-1] < most:
        found.append(min(2 * found[-1], most))
    return found


def rounds_of(sweep: Sweep, cells: Iterable[Cell]) -> int:
    """Return how many rounds there are after the first trials of all cells."""
    return max(len(totals(sweep, cells)) - 1, 0)


def pooled(sweep: Sweep, cells: Iterable[Cell], tallies: Mapping[str, Tally]) -> list[Pool]:
    """Return the cells whose trials are counted together; a cell of two places is in one."""
    shown = [name != SEED or not sweep.seeds for name in sweep.axes]
    groups: dict[Place, list[str]] = {}
    for cell in cells:
        values = (v for v, seen in zip(cell.point.values(), shown, strict=True) if seen)
        groups.setdefault(Place(cell.solver, tuple(values)), []).append(cell.id)
    first = {tuple(ids): place for place, ids in reversed(groups.items())}
    return [
        Pool(
            place,
            tuple(ids),
            sum(tallies[cell].recovered for cell in ids),
            sum(tallies[cell].trials for cell in ids),
        )
        for place, ids in groups.items()
        if first[tuple(ids)] == place
    ]


def allot(sweep: Sweep, cells: Sequence[Cell], tallies: Mapping[str, Tally], number: int) -> Shares:
    """Return what round `number`, from 1, gives, by the trials of all cells before it.

    Parameters
    ----------
    sweep
        With a budget.
    cells
        All of its cells, in the order of the grid.
    tallies
        Their trials so far, by their ids.
    number
        The round.
    """
    import numpy as np

    from genphase.statistics.design import spend

    by = budget_of(sweep)
    assert by is not None
    total = totals(sweep, cells)
    pools = pooled(sweep, cells, tallies)
    # Each cell of a pool gets as many.
    together = max(len(pool.ids) for pool in pools)
    before = np.array([tallies[pool.ids[0]].trials for pool in pools])
    portion = max(total[number - 1] // (_PORTIONS * together), 1)
    budget = (total[number] - total[number - 1]) // together
    after = spend(list(panels(sweep, pools)), before, budget, portion, by.most)
    return {
        cell: Share(int(first), int(until))
        for pool, first, until in zip(pools, before, after, strict=True)
        for cell in pool.ids
        if until > first
    }


class Line(NamedTuple):
    """A line of the grid: its solver and the values of the other axes, its pools by their place.

    others : by name, but for the axis along the line.
    pools : numbers of the pools, in the order of the axis along the line.
    coordinate : in which crossings are found; t, that of the pools.
    """

    solver: str
    others: Mapping[str, AxisValue]
    pools: Any
    coordinate: Any
    t: Any


def lines_of(sweep: Sweep, pools: Sequence[Pool]) -> list[list[Line]]:
    """Return the lines of a sweep's grid, by panel; see :mod:`genphase.tables.transition`."""
    import numpy as np

    from genphase.statistics.coordinates import Coordinate

    names = sweep.shown_axes
    along, across = transition_axis(sweep), across_axis(sweep)
    assert along is not None
    at = names.index(along)
    grouped: dict[Place, list[int]] = {}
    for i, (place, *_) in enumerate(pools):
        rest = place.values[:at] + place.values[at + 1 :]
        grouped.setdefault(Place(place.solver, rest), []).append(i)
    found: dict[tuple[AxisValue, ...], list[Line]] = {}
    for key, members in grouped.items():
        others = dict(zip(names[:at] + names[at + 1 :], key.values, strict=True))
        members.sort(key=lambda i: pools[i].place.values[at])
        x = np.array([pools[i].place.values[at] for i in members], dtype=float)
        coordinate = Coordinate(sweep.transition.coordinate, along, others, x)  # type: ignore[arg-type]
        line = Line(key.solver, others, np.array(members), coordinate, coordinate.at(x))
        # Without an axis across, each line is by itself.
        fixed = tuple(value for name, value in others.items() if name != across)
        found.setdefault((key.solver, *fixed), []).append(line)
    return list(found.values())


def panels(sweep: Sweep, pools: Sequence[Pool]) -> Iterator[Any]:
    """Yield the :class:`genphase.statistics.design.Panel` of all cells, by the fits that there are.

    A portrait is one where it has a fit, else a line that has one, else a line without.
    """
    for panel, fits in fitted(sweep, pools):
        for lines, fit, _ in fits:
            yield _panel(lines, fit, pools, panel)


def fitted(
    sweep: Sweep, pools: Sequence[Pool]
) -> Iterator[tuple[list[Line], list[tuple[list[Line], Any, int]]]]:
    """Yield the lines of each panel of a sweep, and the fits of them, each with its lines.

    Each with 1 where the rate rises along the lines, -1 where it falls: then t is of the other sign
    in the fit. A fit is None where the trials of a line identify none: where all, or none, recover.
    """
    import numpy as np

    from genphase.statistics.crossings import rises_within
    from genphase.statistics.responses import Response

    recovered = np.array([pool.recovered for pool in pools], dtype=float)
    trials = np.array([pool.trials for pool in pools], dtype=float)
    across, asked = across_axis(sweep), [Response(*r) for r in sweep.transition.responses]

    def direction(lines: Iterable[Line]) -> int:
        return rises_within((li.t, recovered[li.pools], trials[li.pools]) for li in lines)

    all_lines = lines_of(sweep, pools)
    whole = {
        solver: direction(li for panel in all_lines for li in panel if li.solver == solver)
        for solver in {panel[0].solver for panel in all_lines}
    }
    for panel in all_lines:
        way = direction(panel) or whole[panel[0].solver]
        fit = None if across is None else _fit(panel, way, recovered, trials, across, asked)
        if fit is not None:
            yield panel, [(panel, fit, way)]
        else:
            yield (
                panel,
                [([li], _fit([li], way, recovered, trials, None, asked), way) for li in panel],
            )


def _fit(
    lines: Sequence[Line],
    way: int,
    recovered: Any,
    trials: Any,
    across: str | None,
    asked: Sequence[Any],
) -> Any:
    """Return the fit of a portrait, or of one line; None where there is none, or no crossing."""
    import numpy as np

    from genphase.statistics.portraits import likeliest_response

    told = [0 < recovered[li.pools].sum() < trials[li.pools].sum() for li in lines]
    if way == 0 or sum(told) < (1 if across is None else 2) or max(li.t.size for li in lines) < 2:
        return None
    size = np.ones(1)
    if across is not None:
        size = np.array([float(li.others[across]) for li in lines])  # type: ignore[arg-type]
        size = np.log(size) if size.min() > 0 else size
    number = np.repeat(np.arange(len(lines)), [li.t.size for li in lines])
    at = np.concatenate([li.pools for li in lines])
    t = way * np.concatenate([li.t for li in lines])
    if across is None:
        # One line tells nothing of asymptotes: those that are to be estimated are left out.
        floor, lapse = (float(a or 0.0) for a in asked[0][1:3])
        asked = [asked[0]._replace(floor=floor, lapse=lapse)]
    fit, _ = likeliest_response(t, number, size, recovered[at], trials[at], asked)
    return fit if fit.found and fit.inside.any() else None


def _panel(lines: Sequence[Line], fit: Any, pools: Sequence[Pool], whole: Sequence[Line]) -> Any:
    """Return lines with what a trial of each cell of a pool tells of their crossings."""
    import numpy as np

    from genphase.statistics.design import Panel
    from genphase.statistics.logistic import grid_step

    at = np.concatenate([li.pools for li in lines])
    number = np.repeat(np.arange(len(whole)), [li.t.size for li in whole])
    step = grid_step(np.concatenate([li.t for li in whole]), number)
    count = np.array([len(pools[i].ids) for i in at])
    counts = np.array([[pools[i].recovered, pools[i].trials] for i in at])
    low, high = (np.asarray(end) for end in np.transpose([wilson(*map(int, c)) for c in counts]))
    design = None if fit is None else fit.design()
    if design is not None:
        design = design._replace(weights=count * design.weights)
    return Panel(at, design, (low <= LEVEL) & (high >= LEVEL), step)
