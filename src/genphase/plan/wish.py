"""How many further trials the crossings of a sweep need for intervals of a wished length."""

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from genphase.cells.budget import Line, budget_of, fitted, pooled
from genphase.cells.grid import Cell, show
from genphase.cells.sampling import Tally
from genphase.statistics.crossings import ALLOWED
from genphase.statistics.design import Design, Panel, Whole, spend
from genphase.statistics.likelihood import Floats
from genphase.statistics.portraits import PortraitFit
from genphase.sweep.adaptive import MAX_TRIALS
from genphase.sweep.models import Sweep

# Trials are given in steps of this part of those that there are, and each step in portions.
_STEP, _PORTIONS = 50, 20
_MOST_STEPS = 700


class Told(NamedTuple):
    """A line of the grid, and what its crossing needs.

    solver : its label.
    others : the values of the other axes.
    crossing : at 50 %; NaN where the trials tell none within the grid.
    interval : the length of its 95 % interval now, as a part of the crossing; infinite without one.
    trials : so far.
    further : trials of this line, of those that all lines need together; NaN without a crossing.
    """

    solver: str
    others: Mapping[str, Any]
    crossing: float
    interval: float
    trials: int
    further: float


class Wish(NamedTuple):
    """What intervals of a wished length need.

    interval : the length, as a part of each crossing.
    further : trials in all, where they narrow the crossings most.
    everywhere : as many trials of every cell would do it, too.
    everywhere_further : those are so many more.
    reached : whether these are enough: not where the limit of a cell's trials is met before.
    lines : line by line.
    counts : trials of each cell then; of seeds that are taken together, of each of theirs.
    """

    interval: float
    further: int
    everywhere: int
    everywhere_further: int
    reached: bool
    lines: tuple[Told, ...]
    counts: Whole


def wish(
    sweep: Sweep, cells: Iterable[Cell], tallies: Mapping[str, Tally], interval: float
) -> Wish:
    """Return how many further trials give all crossings intervals of a length.

    By the expected information of the fits of `transition.csv`, the portrait's where there is one:
    an interval is as long as that of a normal law.

    Parameters
    ----------
    sweep
        With an axis along which the rate crosses.
    cells, tallies
        Its cells and their trials so far, by their ids.
    interval
        The wished length, as a part of the crossing.
    """
    known = [cell for cell in cells if cell.id in tallies and tallies[cell.id].trials > 0]
    pools = pooled(sweep, known, tallies)
    by = budget_of(sweep)
    most = by.at_most if by is not None and by.at_most is not None else MAX_TRIALS
    together = np.array([len(pool.ids) for pool in pools])
    before = np.array([pool.trials // len(pool.ids) for pool in pools])
    counts, everywhere, reached = before.copy(), 1, True
    told: list[Told] = []
    for whole, fits in fitted(sweep, pools):
        for lines, fit, way in fits:
            if fit is not None:
                single = len(lines) < len(whole) or len(lines) == 1
                needed = _Needed(lines, fit, way, single, together, interval)
                counts = needed.spent(counts, most)
                reached &= needed.reached(counts)
                everywhere = max(everywhere, needed.everywhere(before))
            for i, line in enumerate(lines):
                values = {name: show(value) for name, value in line.others.items()}
                trials = int((before * together)[line.pools].sum())
                further = int(((counts - before) * together)[line.pools].sum())
                at, length = needed.of(i, before) if fit is not None else (math.nan, math.inf)
                more = math.nan if math.isnan(at) else further
                told.append(Told(line.solver, values, at, length, trials, more))
    uniform = np.maximum(everywhere - before, 0) * together
    further = int(((counts - before) * together).sum())
    return Wish(interval, further, everywhere, int(uniform.sum()), reached, tuple(told), counts)


class _Needed:
    """The trials that the lines of one fit need."""

    def __init__(
        self,
        lines: Sequence[Line],
        fit: PortraitFit,
        way: int,
        single: bool,
        together: Whole,
        wished: float,
    ) -> None:
        self.lines, self.wished = lines, wished
        self.pools = np.concatenate([line.pools for line in lines])
        count = together[self.pools]

        def pooled_design(highest: bool) -> Design:
            design = fit.design(highest)
            return design._replace(weights=count * design.weights)

        # Trials go where a budget puts them; the interval is that of the curve that is drawn.
        closed = np.zeros(self.pools.size, dtype=np.bool_)
        self.panel = Panel(self.pools, pooled_design(True), closed, 1.0)
        self.design = pooled_design(False)
        self.inside: list[int] = np.flatnonzero(fit.inside).tolist()
        self.at = way * fit.crossings()
        # Intervals of single lines are never widened.
        self.widened = 1.0 if single else fit.dispersion

    def _lengths(self, counts: Whole) -> Floats:
        """Return the lengths of the intervals of the lines inside, as parts of the crossings."""
        variances = self.design.variances(counts[self.pools].astype(float))
        found = []
        for i, reach in zip(self.inside, np.sqrt(ALLOWED * self.widened * variances), strict=True):
            line = self.lines[i]
            low, middle, high = (
                line.coordinate.back(float(self.at[i] + d)) for d in (-reach, 0.0, reach)
            )
            found.append(abs(high - low) / abs(middle) if middle else math.inf)
        return np.array(found)

    def reached(self, counts: Whole) -> bool:
        """Return whether all intervals have the wished length."""
        return bool(np.all(self._lengths(counts) <= self.wished))

    def spent(self, counts: Whole, most: int) -> Whole:
        """Return the counts after the trials that bring all intervals to the wished length."""
        for _ in range(_MOST_STEPS):
            if self.reached(counts):
                break
            step = max(int(counts[self.pools].sum()) // _STEP, 1)
            after = spend([self.panel], counts, step, max(step // _PORTIONS, 1), most)
            if np.array_equal(after, counts):
                break
            counts = after
        return counts

    def everywhere(self, counts: Whole) -> int:
        """Return how many trials of every cell do the same."""
        low, high = 0, 1
        while high < MAX_TRIALS and not self.reached(np.maximum(counts, high)):
            low, high = high, 2 * high
        while high - low > 1:
            middle = (low + high) // 2
            enough = self.reached(np.maximum(counts, middle))
            low, high = (low, middle) if enough else (middle, high)
        return high

    def of(self, line: int, counts: Whole) -> tuple[float, float]:
        """Return the crossing of a line and the length of its interval."""
        if line not in self.inside:
            return math.nan, math.inf
        own = self.lines[line]
        length = float(self._lengths(counts)[self.inside.index(line)])
        return own.coordinate.back(float(self.at[line])), length


def wish_lines(found: Wish) -> list[str]:
    """Return what is told to a person."""
    told = [line for line in found.lines if not math.isnan(line.crossing)]
    text = f"intervals of {found.interval:g} of the crossing"
    if not told:
        return [f"For {text}: no line crosses 50 % on the grid, by the trials so far"]
    total = sum(line.trials for line in found.lines)
    lines = [
        f"For {text}:",
        f"  {found.further} more trials where they narrow it most: "
        f"trials: {{budget: {total + found.further}}}",
        f"  {found.everywhere_further} more trials for the same number in every cell: "
        f"trials: {found.everywhere}",
    ]
    if not found.reached:
        lines[1:] = ["  more trials of a cell than its limit, at_most"]
    for line in found.lines:
        values = "".join(f" {name}={value}" for name, value in line.others.items())
        if math.isnan(line.crossing):
            lines.append(f"  {line.solver}{values}: no crossing on the grid")
            continue
        lines.append(
            f"  {line.solver}{values}: {line.crossing:.4g}, interval {line.interval:.2g} "
            f"with {line.trials} trials, {line.further:.0f} more"
        )
    return lines


def wish_json(found: Wish) -> dict[str, Any]:
    """Return it as JSON holds it: what is no finite number is null."""

    def plain(value: Any) -> Any:
        return None if isinstance(value, float) and not math.isfinite(value) else value

    lines = [{k: plain(v) for k, v in line._asdict().items()} for line in found.lines]
    content = found._asdict() | {"lines": lines}
    del content["counts"]
    return content
