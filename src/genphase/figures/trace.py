"""The trace: how trials converge, an error against the iteration, one line per trial."""

from collections.abc import Sequence

import matplotlib as mpl
import numpy as np
import pandas as pd

from genphase.cells.rows import varying
from genphase.figures.given import Given
from genphase.figures.lines import draw_legend, find_place, looks
from genphase.figures.overlaid import draw_overlays, overlay_labels
from genphase.figures.panels import fit_to_width, keep_limits, lay_out
from genphase.figures.style import Picture, axis_label, described, new_figure, set_limits, settings
from genphase.sweep.kinds.trace import Trace
from genphase.tables.curve import keys_of

# A run that is so many times as high as any is at its start diverges.
_WILD = 1e3
_OVERLAY = "0.45"


def draw(spec: Trace, given: Given) -> tuple[Picture, pd.DataFrame]:
    """Return the picture and the numbers that it shows."""
    numbers = trace_points(given.tables["traces"], given.axes, spec)
    return draw_trace(numbers, given.axes, spec, given.title, given.overlays), numbers


def trace_points(traces: pd.DataFrame, axes: Sequence[str], spec: Trace) -> pd.DataFrame:
    """Return what a trace shows: the cells with their axes, trial, iteration, and the height."""
    return traces[["cell", "solver", *axes, "trial", "iteration", spec.y]]


def draw_trace(
    points: pd.DataFrame,
    axes: Sequence[str],
    spec: Trace,
    title: str,
    overlays: pd.DataFrame | None = None,
) -> Picture:
    """Draw a trace.

    Parameters
    ----------
    points
        See :func:`trace_points`.
    axes
        The sweep's axes.
    spec
        The figure's entry in the sweep file.
    title
        The sweep's title.
    overlays
        What is drawn over it, see :func:`genphase.tables.overlays.tabulate_overlays`.

    Returns
    -------
    Picture
        A line for every trial of every cell, in the colour of its series; thin where a series has
        several. A log axis shows neither iteration 0 nor a height of 0.
    """
    names = spec.series or varying(points, axes, spec.panels)
    panels = list(points.groupby(spec.panels, sort=False)) if spec.panels else [((), points)]
    look = looks(list(dict.fromkeys(keys_of(points, names))))
    texts = described(names, look)
    labels = dict(zip(look, texts, strict=True))
    size = (4.5, 2.9) if len(panels) == 1 else (2.6, 2.2)
    shown = [*labels.values(), *overlay_labels(overlays)]
    place = find_place(shown, len(panels), *size, spec.style)
    runs = ["cell", "trial"]
    with mpl.rc_context(settings(spec.style)):
        figure = new_figure(place.width, place.height, spec.title or title, spec.style)
        areas = lay_out(
            figure,
            len(panels),
            spec.x_label or axis_label("iteration"),
            spec.y_label or axis_label(spec.y),
        )
        heads = described(spec.panels, [panel for panel, _ in panels])
        for area, head, (_, held) in zip(areas, heads, panels, strict=True):
            for key, series in held.groupby(names, sort=False) if names else [((), held)]:
                style = {**look[key], "marker": "", "linewidth": 1.2}
                lines = list(series.groupby(runs, sort=False))
                if len(lines) > 1:
                    style |= {"linewidth": 0.6, "alpha": 0.7}
                for i, (_, line) in enumerate(lines):
                    label = labels[key] if i == 0 else ""
                    if spec.x_scale == "log":
                        line = line[line["iteration"] > 0]
                    height = line[spec.y].replace([np.inf], np.nan)
                    area.plot(line["iteration"], height, label=label or None, **style)
            area.set_title(head)
            area.margins(x=0.02)
        areas[0].set_xscale(spec.x_scale)
        if spec.y_scale == "log" and (np.isfinite(points[spec.y]) & (points[spec.y] > 0)).any():
            areas[0].set_yscale("log", nonpositive="mask")
        top = _top(points, runs, spec.y)
        if top is not None:
            areas[0].set_ylim(top=top)
        keep_limits(areas)
        for area, (panel, _) in zip(areas, panels, strict=True):
            draw_overlays(area, overlays, dict(zip(spec.panels, panel, strict=True)), _OVERLAY)
        set_limits(areas, spec.style)
        draw_legend(figure, areas, place)
        fit_to_width(figure, areas, spec.style)
    caption = _caption(points, runs)
    if top is not None:
        caption += " A line that leaves the panel at its top grows without end."
    return Picture(figure, caption)


def _top(points: pd.DataFrame, runs: Sequence[str], height: str) -> float | None:
    """Return where the panels end above, if a run grows so far that the others were flat."""
    groups = points.replace([np.inf], np.nan).groupby(list(runs), sort=False)[height]
    start, most = groups.first().max(), groups.max()
    wild = most > _WILD * start
    if not (wild.any() and start > 0):
        return None
    return float(10 * most[~wild].max()) if (~wild).any() else float(10 * start)


def _caption(points: pd.DataFrame, runs: Sequence[str]) -> str:
    lengths = points.groupby(list(runs), sort=False).size()
    trials = points["trial"].nunique()
    which = "the first trial" if trials == 1 else f"the first {trials} trials"
    return (
        f"{which.capitalize()} of each cell, {len(lengths)} runs in all, by the plain loop; "
        f"up to {lengths.max()} iterates of each are drawn, the first and the last among them. A "
        "line is one run, without an average or an interval; none is counted as a failure, capped "
        "and diverged ones are drawn to their last finite value."
    )
