"""How many trials a cell gets: a fixed number, or as many as its own interval needs.

The trials of a cell are run in the order of their index. By need, they end with the first of them
at which the interval of the recovery rate is short enough: a prefix of those of a longer run, which
depends on nothing but the trials themselves.
"""

from functools import cache
from typing import Any

from pydantic import BaseModel, ConfigDict

from genphase.statistics.wilson import wilson
from genphase.sweep.adaptive import ByBudget
from genphase.sweep.models import Sweep
from genphase.sweep.success import Success

# Rates over which the expected number of trials is averaged.
_RATES = 50


def trials_for(rate: float, width: float) -> int:
    """Return with how many trials of this rate the interval is no longer than `width`."""
    fewest, most = 1, 1
    while _width(rate, most) > width:
        fewest, most = most + 1, 2 * most
    while fewest < most:
        middle = (fewest + most) // 2
        if _width(rate, middle) > width:
            fewest = middle + 1
        else:
            most = middle
    return most


def _width(rate: float, trials: int) -> float:
    low, high = wilson(rate * trials, trials)
    return high - low


class Sampling(BaseModel):
    """How many trials each cell of a sweep gets.

    at_least, at_most : equal where the number is fixed. Of a budget, the first trials of a cell.
    interval_width : the trials end when the 95 % Wilson interval is no longer than this; 0 never.
    success : which trials count as recovered; needed only where the number is not fixed.
    budget : trials of all cells together, of which rounds give the rest; 0 without a budget.
    first : index of the first trial that a job writes; those before are in tables of other jobs.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    at_least: int
    at_most: int
    interval_width: float = 0.0
    success: Success | None = None
    budget: int = 0
    first: int = 0

    @property
    def fixed(self) -> bool:
        """Return whether all cells have the same number of trials."""
        return self.interval_width == 0 and self.budget == 0

    @property
    def column(self) -> str | None:
        """Return the column of the error that decides how many trials there are, if one does."""
        return None if self.success is None else self.success.column

    @property
    def expected(self) -> float:
        """Return the mean number of trials of cells whose rates are spread evenly over [0, 1]."""
        return self.at_most if self.interval_width == 0 else _mean_wanted(self)

    def wanted(self, rate: float) -> int:
        """Return how many trials a cell with this rate is expected to get."""
        if self.interval_width == 0:
            return self.at_most
        return min(max(trials_for(rate, self.interval_width), self.at_least), self.at_most)

    def tally(self) -> "Tally":
        """Return the count of a cell that has no trials yet."""
        return Tally(self)

    def summary(self, trials: int, cells: int) -> str:
        """Return the rule for the number of trials, and what came of it, as a sentence."""
        if self.budget:
            text = f"Of {trials} trials, each cell has the first {self.at_least}"
            return f"{text}; the others are where they narrow the crossings most."
        return (
            f"Trials of a cell end where its interval is no longer than {self.interval_width:g}: "
            f"{trials} instead of {self.at_most * cells}."
        )

    def text(self) -> str:
        """Return the number as people read it: 20, or 20 to 200."""
        if self.budget:
            return f"{self.at_least} or more, in all {self.budget}"
        return str(self.at_most) if self.fixed else f"{self.at_least} to {self.at_most}"

    def total(self, cells: int) -> int:
        """Return how many trials so many cells have at most."""
        return self.budget or self.at_most * cells

    def written(self) -> Any:
        """Return it as JSON holds it: a number, or a mapping."""
        if self.fixed and self.first == 0:
            return self.at_most
        # What is new here stays out where it says nothing: jobs are known by what is written.
        unsaid = {name for name in ("budget", "first") if not getattr(self, name)}
        return self.model_dump(exclude=unsaid)


@cache
def _mean_wanted(sampling: Sampling) -> float:
    rates = [(i + 0.5) / _RATES for i in range(_RATES)]
    return sum(sampling.wanted(rate) for rate in rates) / _RATES


def sampling_of(sweep: Sweep) -> Sampling:
    """Return how many trials the cells of a sweep get."""
    if isinstance(sweep.trials, int):
        return Sampling(at_least=sweep.trials, at_most=sweep.trials, success=sweep.success)
    if isinstance(sweep.trials, ByBudget):
        least = sweep.trials.at_least
        return Sampling(
            at_least=least, at_most=least, success=sweep.success, budget=sweep.trials.budget
        )
    return Sampling(
        at_least=sweep.trials.at_least,
        at_most=sweep.trials.at_most,
        interval_width=sweep.trials.until.interval_width,
        success=sweep.success,
    )


def fixed(trials: int) -> Sampling:
    """Return the sampling that gives every cell the same number of trials."""
    return Sampling(at_least=trials, at_most=trials)


def read_sampling(written: Any) -> Sampling:
    """Return what :meth:`Sampling.written` wrote."""
    return fixed(written) if isinstance(written, int) else Sampling.model_validate(written)


class Tally:
    """The trials of a cell, counted in the order of their index, until they are enough.

    trials : how many were added.
    recovered : how many of them count as recovered; 0 where the sampling has no rule for it.
    """

    def __init__(self, sampling: Sampling) -> None:
        self.sampling = sampling
        self.trials = 0
        self.recovered = 0

    def add(self, status: str, error: float) -> None:
        """Count the next trial.

        Parameters
        ----------
        status
            How the trial ended: converged, capped or diverged.
        error
            That of the column which decides, see :attr:`Sampling.column`.
        """
        self.trials += 1
        if self.sampling.success is not None:
            self.recovered += recovers(status, error, self.sampling.success)

    @property
    def enough(self) -> bool:
        """Return whether no further trial is wanted."""
        sampling = self.sampling
        if self.trials < sampling.at_least or self.trials >= sampling.at_most:
            return self.trials >= sampling.at_most
        low, high = wilson(self.recovered, self.trials)
        return high - low <= sampling.interval_width

    @property
    def lacking(self) -> int:
        """Return how many further trials are expected, 0 if they are enough."""
        if self.enough:
            return 0
        if self.sampling.interval_width == 0:
            return self.sampling.at_most - self.trials
        if self.trials == 0:
            return round(self.sampling.expected)
        wanted = self.sampling.wanted(self.recovered / self.trials)
        return max(wanted, self.trials + 1) - self.trials


def recovers(status: str, error: float, success: Success) -> bool:
    """Return whether a trial counts as recovered: this is the rule, for all tables and figures.

    Parameters
    ----------
    status
        Converged, capped or diverged; a diverged trial never counts.
    error
        That of the column which decides; NaN never counts.
    success
        The rule of which trials count as recovered.
    """
    return status in accepted(success) and bool(success.accepts(error))


def accepted(success: Success) -> tuple[str, ...]:
    """Return the status that a trial may have and count as recovered."""
    return ("converged",) if success.converged else ("converged", "capped")
