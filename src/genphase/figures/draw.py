"""From the specification of a figure to the figure and the numbers that it shows."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import pandas as pd
from matplotlib.figure import Figure as Drawn

from genphase.cells.sampling import Sampling
from genphase.figures.comparison import comparison_cells, draw_comparison
from genphase.figures.curve import draw_curve
from genphase.figures.gallery import draw_gallery
from genphase.figures.landscape import draw_landscape, landscape_cells
from genphase.figures.portrait import draw_portrait, portrait_cells
from genphase.figures.profile import draw_profile
from genphase.figures.residuals import draw_residuals
from genphase.figures.scaling import draw_scaling
from genphase.figures.shift import draw_shift
from genphase.figures.style import set_in_latex
from genphase.figures.trace import draw_trace, trace_points
from genphase.sweep.figures import (
    Comparison,
    Curve,
    Figure,
    Gallery,
    Landscape,
    Portrait,
    Profile,
    Residuals,
    Scaling,
    Shift,
    Trace,
)
from genphase.sweep.success import Success
from genphase.tables.comparison import compare, overall
from genphase.tables.curve import curve_points
from genphase.tables.gallery import gallery_tiles
from genphase.tables.overlays import with_instance_errors
from genphase.tables.profile import profile_points
from genphase.tables.residuals import tabulate_residuals
from genphase.tables.scaling import scaling_rows
from genphase.tables.shifts import Along, shifts, shown_level
from genphase.tables.timings import trials_of


class Drawing(NamedTuple):
    """A figure, the table of the numbers that it shows, and its caption."""

    figure: Drawn
    numbers: pd.DataFrame
    caption: str


def draw(
    spec: Figure,
    tables: Mapping[str, pd.DataFrame],
    axes: Sequence[str],
    success: Success | None,
    title: str,
    sampling: Sampling | None = None,
    lines: Mapping[str, Any] | None = None,
) -> Drawing:
    """Draw a figure of a sweep.

    Parameters
    ----------
    spec
        The figure's entry in the sweep file.
    tables
        By name, the tables that it is drawn from: cells and transition for a portrait, cells for a
        landscape, residuals, shifts and a figure of sizes, trials for a curve, a comparison and a
        profile, with timings where these are shown, traces for a trace, trials and images for
        pictures; overlays, where it has some.
    axes
        The sweep's axes.
    success
        The rule of which trials count as recovered; None of a sweep that measures, whose figures
        are curves and landscapes.
    title
        The sweep's title, for a figure that has none of its own.
    sampling
        How many trials each cell got, where that was decided by need.
    lines
        Of residuals and shifts, which lines are regressed and how: the arguments of
        :func:`genphase.tables.transition.transitions`.
    """
    overlays = tables.get("overlays")
    match spec:
        case Landscape():
            numbers = landscape_cells(tables["cells"], axes, spec)
            picture = draw_landscape(numbers, axes, spec, title, overlays)
        case Curve():
            trials = trials_of(tables)
            numbers = curve_points(trials, axes, spec, success)
            overlays = with_instance_errors(overlays, trials, axes, spec, success)
            picture = draw_curve(numbers, spec, success, title, overlays)
        case _ if success is None:
            raise ValueError(f"a {spec.kind} is of solvers, and this sweep measures")
        case Portrait():
            cells, transition = tables["cells"], tables["transition"]
            picture = draw_portrait(
                cells, transition, axes, spec, success, title, overlays, sampling
            )
            numbers = portrait_cells(cells, axes)
        case Residuals():
            assert lines is not None
            numbers = tabulate_residuals(tables["cells"], lines)
            picture = draw_residuals(numbers, axes, spec, success, title, lines["coordinate"])
        case Trace():
            numbers = trace_points(tables["traces"], axes, spec)
            picture = draw_trace(numbers, axes, spec, title, overlays)
        case Profile():
            numbers = profile_points(trials_of(tables), axes, spec, success)
            picture = draw_profile(numbers, spec, success, title)
        case Gallery():
            images = tables["images"]
            numbers = gallery_tiles(images, tables["trials"], axes, spec)
            picture = draw_gallery(numbers.assign(pixels=images["pixels"]), spec, title)
        case Scaling():
            numbers = scaling_rows(tables["cells"], axes, spec, overlays)
            picture = draw_scaling(numbers, spec, success, title)
        case Shift():
            assert lines is not None
            along = Along(lines["along"], shown_level(lines["levels"]), lines["coordinate"])
            numbers = shifts(tables["cells"], axes, along, spec)
            picture = draw_shift(numbers, spec, success, title)
        case Comparison():
            trials = tables["trials"]
            # Without names, the sweep has just two solvers, which every grid point lists in turn.
            solvers = spec.solvers or list(trials["solver"].unique())
            cells, p = compare(trials, solvers, success), overall(trials, solvers, success)
            picture = draw_comparison(cells, p, axes, spec, success, title, overlays)
            numbers = comparison_cells(cells, axes)
    set_in_latex(picture.figure, spec.style)
    return Drawing(picture.figure, numbers, picture.caption)
