"""Convergence: objective and relative latent error against the iteration, one line per trial."""

from collections.abc import Mapping, Sequence

import matplotlib as mpl
import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from genphase.figures.style import COLOURS, RC, axis_label, new_figure

# The columns of a trace.
COLUMNS = ("objective", "latent_error")


def drawable(traces: Mapping[int, NDArray[np.float64]]) -> list[str]:
    """Return the columns of which a trial has two numbers or more that a log axis can show."""
    return [
        name
        for column, name in enumerate(COLUMNS)
        if any(
            np.count_nonzero(np.isfinite(trace[:, column]) & (trace[:, column] > 0)) > 1
            for trace in traces.values()
        )
    ]


def draw_convergence(
    traces: Mapping[int, NDArray[np.float64]], title: str, names: Sequence[str] = COLUMNS
) -> Figure:
    """Draw the traces of trials.

    Parameters
    ----------
    traces
        By trial index, (iterations, 2): objective and relative latent error.
    title
        The sweep's title.
    names
        The columns that are drawn, a panel for each.
    """
    with mpl.rc_context(RC):
        figure = new_figure(0.5 + 3.25 * len(names), 3.2, title)
        areas = figure.subplots(1, len(names), squeeze=False)[0]
        for area, name in zip(areas, names, strict=True):
            column = COLUMNS.index(name)
            for i, (trial, trace) in enumerate(traces.items()):
                colour = COLOURS[i % len(COLOURS)]
                area.plot(trace[:, column], color=colour, linewidth=1.0, label=f"trial {trial}")
            area.set_yscale("log")
            area.set_xlabel(axis_label("iteration"))
            area.set_ylabel(axis_label(name))
        if len(traces) <= len(COLOURS):
            areas[0].legend(frameon=False)
    return figure
