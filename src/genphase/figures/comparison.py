"""The comparison: a map of the difference of two solvers' recovery rates over two axes."""

import math
from collections.abc import Sequence
from typing import Any

import matplotlib as mpl
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.collections import QuadMesh

from genphase.figures.given import Given
from genphase.figures.maps import draw_map
from genphase.figures.overlaid import draw_overlays
from genphase.figures.panels import (
    draw_legend_below,
    fit_to_width,
    keep_limits,
    lay_out,
    rows_and_columns,
)
from genphase.figures.style import (
    Picture,
    axis_label,
    described,
    new_figure,
    set_limits,
    settings,
    solver_text,
    success_text,
    tidy,
    trials_text,
)
from genphase.sweep.kinds.comparison import Comparison
from genphase.sweep.success import Success
from genphase.tables.comparison import SIGNIFICANCE, compare, overall

# White at 0, darker to both sides; the colour-blind can tell its two hues apart.
_COLOURS = "PuOr"
_OVERLAY = "0.25"
# Of who wins a cell: their shapes, face and edge can be told apart without colour.
_FIRST: Any = {"marker": "^", "facecolor": "black", "edgecolor": "white"}
_SECOND: Any = {"marker": "v", "facecolor": "white", "edgecolor": "black"}
# Smaller p-values are told as below this.
_SMALLEST = 1e-12


def draw(spec: Comparison, given: Given) -> tuple[Picture, pd.DataFrame]:
    """Return the picture and the numbers that it shows."""
    trials, success = given.tables["trials"], given.rule
    # Without names, the sweep has just two solvers, which every grid point lists in turn.
    solvers = spec.solvers or list(trials["solver"].unique())
    cells, p = compare(trials, solvers, success), overall(trials, solvers, success)
    picture = draw_comparison(cells, p, given.axes, spec, success, given.title, given.overlays)
    return picture, comparison_cells(cells, given.axes)


def draw_comparison(
    cells: pd.DataFrame,
    p: float,
    axes: Sequence[str],
    spec: Comparison,
    success: Success,
    title: str,
    overlays: pd.DataFrame | None = None,
) -> Picture:
    """Draw a comparison with one panel per value of the other axes.

    Parameters
    ----------
    cells
        See :func:`genphase.tables.comparison.compare`.
    p
        Of the test over all cells, see :func:`genphase.tables.comparison.overall`.
    axes
        The sweep's axes.
    spec
        The figure's entry in the sweep file.
    success
        The rule of which trials count as recovered.
    title
        The sweep's title.
    overlays
        What is drawn over it, see :func:`genphase.tables.overlays.tabulate_overlays`.

    Returns
    -------
    Picture
        Rate of the first solver less that of the second, from -1 to 1; a mark where one of them is
        better; hatched where nothing was run.
    """
    others = [name for name in axes if name not in (spec.x, spec.y)]
    panels = list(cells.groupby(others, sort=False)) if others else [((), cells)]
    varying = [name for name in others if cells[name].nunique() > 1]
    first, second = cells["first"].iloc[0], cells["second"].iloc[0]
    rows, columns = rows_and_columns(len(panels), 1, spec.style.inches)
    with mpl.rc_context(settings(spec.style)):
        figure = new_figure(
            1.2 + 3.4 * columns + (1.0 if columns == 1 else 0),
            1.0 + 3.2 * rows,
            spec.title or title,
            spec.style,
        )
        areas = lay_out(
            figure,
            len(panels),
            spec.x_label or axis_label(spec.x),
            spec.y_label or axis_label(spec.y),
        )
        values = [dict(zip(others, key, strict=True)) for key, _ in panels]
        heads = described(varying, [[at[name] for name in varying] for at in values])
        for area, head, (_, panel) in zip(areas, heads, panels, strict=True):
            mesh = _draw_panel(area, panel, spec)
            area.set_title(head)
        keep_limits(areas)
        for area, (key, _) in zip(areas, panels, strict=True):
            draw_overlays(area, overlays, dict(zip(others, key, strict=True)), _OVERLAY)
        label = f"difference of recovery rates\n{solver_text(first)} − {solver_text(second)}"
        figure.colorbar(mesh, ax=areas, label=label, fraction=0.05, pad=0.02)
        if spec.style.legend != "none":
            draw_legend_below(figure, areas)
        set_limits(areas, spec.style)
        fit_to_width(figure, areas, spec.style)
    return Picture(figure, _caption(cells, p, success))


def comparison_cells(cells: pd.DataFrame, axes: Sequence[str]) -> pd.DataFrame:
    """Return what a comparison shows: its axes, and all columns from the solvers' names on."""
    rounds = ["round"] if "round" in cells else []
    return cells[[*axes, *rounds, *cells.columns[cells.columns.get_loc("first") :]]]


def _draw_panel(area: Axes, panel: pd.DataFrame, spec: Comparison) -> QuadMesh:
    mesh, longest = draw_map(area, panel, spec, "difference", cmap=_COLOURS, vmin=-1, vmax=1)
    size = min(6.0, 70 / longest)
    for side, look in (("first", _FIRST), ("second", _SECOND)):
        won = panel[panel["better"] == panel[side]]
        if len(won):
            area.scatter(
                won[spec.x],
                won[spec.y],
                s=size**2,
                linewidths=0.6,
                label=f"{solver_text(won[side].iloc[0])} is better, $p_{{Holm}}$ < {SIGNIFICANCE}",
                **look,
            )
    return mesh


def _caption(cells: pd.DataFrame, p: float, success: Success) -> str:
    first, second = cells["first"].iloc[0], cells["second"].iloc[0]
    total = cells.sum(numeric_only=True)
    left_out = int(total["unpaired"])
    compared = cells["pairs"][cells["pairs"] > 0]
    parts = [
        f"{trials_text(compared if len(compared) else 0)} and solver, paired on the same instances"
        + (f" ({left_out} trials that only one solver has are left out)" if left_out else "")
        + f"; {success_text(success)}.",
        *_marks(cells, len(compared), first, second),
        f"Over all cells {solver_text(first)} alone recovered {total['only_first']:.0f} instances "
        f"and {solver_text(second)} alone {total['only_second']:.0f}, exact sign-flip test "
        f"{_p_text(p)}.",
        "95 % intervals of the differences (Tango's score interval) are in the figure's table.",
    ]
    for side, solver in (("first", first), ("second", second)):
        capped, diverged = total[f"capped_{side}"], total[f"diverged_{side}"]
        parts.append(
            f"Of {total['pairs']:.0f} trials of {solver_text(solver)} {capped:.0f} capped, "
            f"{diverged:.0f} diverged."
        )
    return " ".join(parts)


def _marks(cells: pd.DataFrame, tested: int, first: str, second: str) -> list[str]:
    """Return how many cells each solver wins, by which test; and where none does, what it takes."""
    wins = [int((cells["better"] == solver).sum()) for solver in (first, second)]
    parts = [
        f"Better by the exact McNemar test at {SIGNIFICANCE * 100:.0f} %, Holm's correction for "
        f"{tested} cells: {solver_text(first)} in {wins[0]}, {solver_text(second)} in {wins[1]}."
    ]
    if tested and not any(wins):
        # Of D discordant pairs, all to one side, p is 2^(1 - D).
        least = math.ceil(1 + math.log2(tested / SIGNIFICANCE))
        parts.append(
            f"With this number of cells, the first to be told apart needs at least {least} "
            "instances that the same solver alone recovers."
        )
    return parts


def _p_text(p: float) -> str:
    return f"p < {tidy(f'{_SMALLEST:g}')}" if p < _SMALLEST else f"p = {tidy(f'{p:.2g}')}"
