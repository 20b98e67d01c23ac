"""Checks of the budget of a sweep's trials."""

from collections.abc import Iterator

from genphase.errors import Mistake
from genphase.sweep.adaptive import ByBudget
from genphase.sweep.models import Sweep
from genphase.sweep.symbols import number_axes
from genphase.sweep.transitions import transition_axis


def budget_mistakes(sweep: Sweep) -> Iterator[Mistake]:
    """Yield what is wrong with a budget beside the other keys."""
    if not isinstance(sweep.trials, ByBudget):
        return
    if sweep.refine is not None:
        text = "a budget is of a grid that is known, and refine adds points to it"
        remedy = "remove refine, or count the trials of each cell: trials: 20"
        yield Mistake("trials.budget", text, remedy)
    if transition_axis(sweep) is None:
        text = "it is not clear along which axis the rate crosses"
        names = ", ".join(number_axes(sweep)) or "add an axis of numbers"
        yield Mistake("trials.budget", text, f"name one: transition: {{along: ...}}: {names}")


def small_budget_mistakes(sweep: Sweep, cells: int) -> Iterator[Mistake]:
    """Yield that a budget is less than the first trials of so many cells."""
    by = sweep.trials
    if isinstance(by, ByBudget) and by.budget < by.at_least * cells:
        text = f"{by.budget} is less than at_least: {by.at_least} for each of {cells} cells"
        least = f"budget: {by.at_least * cells}"
        lower = by.budget // cells
        remedy = f"write at least {least}" + (f", or at_least: {lower}" if lower else "")
        yield Mistake("trials.budget", text, remedy)
