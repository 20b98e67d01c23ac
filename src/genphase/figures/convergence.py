"""Convergence: objective and relative latent error against the iteration, one line per trial."""

from collections.abc import Mapping

import matplotlib as mpl
import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from genphase.figures.style import COLOURS, RC, axis_label, new_figure


def draw_convergence(traces: Mapping[int, NDArray[np.float64]], title: str) -> Figure:
    """Draw the traces of trials.

    Parameters
    ----------
    traces
        By trial index, (iterations, 2): objective and relative latent error.
    title
        The sweep's title.
    """
    with mpl.rc_context(RC):
        figure = new_figure(7.0, 3.2, title)
        areas = figure.subplots(1, 2)
        for column, (area, name) in enumerate(
            zip(areas, ("objective", "latent_error"), strict=True)
        ):
            for i, (trial, trace) in enumerate(traces.items()):
                colour = COLOURS[i % len(COLOURS)]
                area.plot(trace[:, column], color=colour, linewidth=1.0, label=f"trial {trial}")
            area.set_yscale("log")
            area.set_xlabel(axis_label("iteration"))
            area.set_ylabel(axis_label(name))
        if len(traces) <= len(COLOURS):
            areas[0].legend(frameon=False)
    return figure
