"""Show a cell in the foreground: its trials as a table, their convergence as a figure."""

import math
import re
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.progress import track
from rich.table import Table

from genphase.brought import failures_told
from genphase.cells.grid import Cell
from genphase.cells.kept import kept_of
from genphase.cells.measure import measure
from genphase.cells.quantity import run_quantity
from genphase.cells.trial import run_trial
from genphase.figures.captions import convergence_caption
from genphase.figures.convergence import draw_convergence, drawable
from genphase.figures.style import save
from genphase.jobs.compile import load_kernels_of
from genphase.kernels.status import MEANING
from genphase.records import Measured, Record
from genphase.sweep.models import Sweep

_COLUMNS = (
    "trial",
    "status",
    "iterations",
    "negations",
    "latent",
    "signal",
    "objective",
    "gradient",
    "seconds",
)

_MEASURED = ("latent_error", "signal_error", "objective", "gradient_norm")

_WIDTH = 100
# Iterations that are plotted; longer runs show their beginning.
_MAX_TRACE = 100_000


def show_cell(
    name: str, sweep: Sweep, cells: Sequence[Cell], trials: Sequence[int], figure: Path
) -> None:
    """Run trials of cells, print a table of each, and save the convergence plots.

    Parameters
    ----------
    name
        Of the sweep.
    sweep
        The sweep.
    cells
        Which cells.
    trials
        The indices of their trials.
    figure
        File of the plot; with several cells their solvers' names are added to it.
    """
    load_kernels_of(cell.parameters for cell in cells)
    kept = kept_of(sweep)
    console = _console()
    for cell in cells:
        console.print(f"{name}: {cell.label} (cell {cell.id})")
        table = Table(box=None, padding=(0, 1, 0, 0))
        for column in (*_COLUMNS[:-1], *kept.columns, _COLUMNS[-1]):
            table.add_column(column, justify="right", no_wrap=True)
        traces = {}
        records = []
        for trial in track(trials, "trials", console=console, transient=True):
            length = min(cell.parameters.solved_by.most_updates, _MAX_TRACE)
            trace = np.full((length, 2), np.nan)
            with failures_told(f"cell {cell.label}, trial {trial}"):
                record, timing, further = run_trial(
                    cell.parameters, trial, trace, partial(measure, kept)
                )
            assert isinstance(record, Record)
            # A copy, so that the long buffer is freed.
            traces[trial] = trace[: record.iterations + 1].copy()
            if record.status == "diverged":
                latent = math.inf if cell.parameters.compares_codes else math.nan
                record = record._replace(latent_error=latent, signal_error=math.inf)
            errors = dict(zip(kept.columns, (further[key] for key in kept.keys), strict=False))
            records.append(record._asdict() | errors)
            table.add_row(
                str(record.trial),
                record.status,
                str(record.iterations),
                str(record.negations),
                *(f"{getattr(record, name):.1e}" for name in _MEASURED),
                *(f"{value:.4g}" for value in errors.values()),
                f"{timing.solve_seconds:.3f}",
            )
        console.print(table)
        for status in sorted({record["status"] for record in records}):
            console.print(f"{status}: {MEANING[status]}")
        # A label may hold what a file name cannot.
        solver = re.sub(r"[^\w.-]+", "_", cell.solver)
        path = figure if len(cells) == 1 else figure.with_stem(f"{figure.stem}-{solver}")
        caption = convergence_caption(records, sweep.rule, _MAX_TRACE)
        drawn = drawable(traces)
        if drawn:
            save(draw_convergence(traces, f"{sweep.title}\n{cell.label}", drawn), path, dpi=150)
            console.print(f"convergence plot: {path}", soft_wrap=True)
        for text in _not_drawn(cell, drawn):
            console.print(text)
        console.print(caption)


def _not_drawn(cell: Cell, drawn: Sequence[str]) -> Iterator[str]:
    """Yield what the plot does not show, and why."""
    solver = cell.solver
    if not drawn and not cell.parameters.solved_by.thing.finds_code:
        yield f"no convergence plot: {solver} returns a signal, and no iterates with codes"
    elif not drawn:
        yield f"no convergence plot: of {solver} there are no iterates beside its start and result"
    elif "latent_error" not in drawn:
        why = "an image has no latent code x*"
        if cell.parameters.compares_codes:
            why = "it has less than two positive values"
        yield f"the plot has no latent error: {why}"
    elif "objective" not in drawn:
        yield "the plot has no objective: it has less than two positive values"


def show_values(name: str, cells: Sequence[Cell], trials: Sequence[int]) -> None:
    """Measure instances of cells, and print a table of each.

    Parameters
    ----------
    name
        Of the sweep.
    cells
        Which cells.
    trials
        The indices of their trials.
    """
    load_kernels_of(cell.parameters for cell in cells)
    console = _console()
    for cell in cells:
        console.print(f"{name}: {cell.label} (cell {cell.id})")
        table = Table(box=None, padding=(0, 1, 0, 0))
        for column in ("trial", "value", "bound", "seconds"):
            table.add_column(column, justify="right", no_wrap=True)
        for trial in track(trials, "trials", console=console, transient=True):
            with failures_told(f"cell {cell.label}, trial {trial}"):
                record, timing, _ = run_quantity(cell.parameters, trial)
            assert isinstance(record, Measured)
            value, seconds = f"{record.value:.6g}", f"{timing.solve_seconds:.3f}"
            table.add_row(str(trial), value, record.bound, seconds)
        console.print(table)


def _console() -> Console:
    # A label such as [fast] is text, no markup.
    console = Console(markup=False, highlight=False, emoji=False)
    # In a narrow terminal lines go on below, and no number is cut.
    console.width = max(console.width, _WIDTH)
    return console
