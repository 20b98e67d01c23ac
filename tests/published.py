"""The check of a sweep whose trials are made up: no trial runs."""

import numpy as np

from genphase.cells.grid import expand
from genphase.sweep.transitions import across_axis, transition_axis
from genphase.tables.cells import summarise
from genphase.tables.check import Drawn, check_published
from genphase.tables.files import with_numbers
from genphase.tables.overlays import tabulate_overlays
from genphase.tables.transition import transitions
from genphase.tables.trials import grid_table


def check_made_up(sweep, figures, files, error, trials):
    """Return the check of a sweep.

    `figures` are the names of those that show published numbers, `files` their rows by path, and
    `error` gives both errors of a trial from its columns.
    """
    grid = with_numbers(grid_table(expand(sweep, 0, "sweep.yaml")))
    axes, success = list(sweep.axes), sweep.success
    records = grid.loc[grid.index.repeat(trials)].reset_index(drop=True)
    records["trial"] = np.tile(np.arange(trials), len(grid))
    records["status"], records["iterations"], records["negations"] = "converged", 7, 0
    values = [error(**row) for row in records.to_dict("records")]
    records = records.assign(signal_error=values, latent_error=values)
    records["latent_norm"] = records["signal_norm"] = 1.0
    records["objective"] = records["gradient_norm"] = 0.0
    lines = transitions(
        summarise(records, success), axes, transition_axis(sweep), across_axis(sweep)
    )
    drawn = {}
    for name in figures:
        spec = sweep.figures[name]
        drawn[name] = Drawn(spec, tabulate_overlays(grid, axes, spec, sweep, files))
    return check_published(records, lines, axes, drawn, success)
