"""A map of the residuals of a portrait's regression: white where it fits."""

from collections.abc import Sequence
from typing import Any

import matplotlib as mpl
import pandas as pd

from genphase.figures.crossings import LINK_NAMES
from genphase.figures.given import Given
from genphase.figures.maps import draw_map
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
    describe,
    new_figure,
    set_limits,
    settings,
    success_text,
    tidy,
    trials_text,
)
from genphase.sweep.kinds.residuals import Residuals
from genphase.sweep.success import Success
from genphase.tables.residuals import tabulate_residuals

# White at 0; the colour-blind can tell its two hues apart.
_COLOURS = "RdBu"
# Colours reach at least so far: a residual of 2 is nothing much.
_LEAST = 3.0
# Smaller p-values are told as below this.
_SMALLEST = 1e-4


def draw(spec: Residuals, given: Given) -> tuple[Picture, pd.DataFrame]:
    """Return the picture and the numbers that it shows."""
    lines = given.regressed
    numbers = tabulate_residuals(given.tables["cells"], lines)
    coordinate = lines["coordinate"]
    picture = draw_residuals(numbers, given.axes, spec, given.rule, given.title, coordinate)
    return picture, numbers


def draw_residuals(
    cells: pd.DataFrame,
    axes: Sequence[str],
    spec: Residuals,
    success: Success,
    title: str,
    coordinate: str | None = None,
) -> Picture:
    """Draw the residuals with one panel per solver and value of the other axes.

    Parameters
    ----------
    cells
        See :func:`genphase.tables.residuals.tabulate_residuals`.
    axes
        The sweep's axes.
    spec
        The figure's entry in the sweep file.
    success
        The rule of which trials count as recovered.
    title
        The sweep's title.
    coordinate
        In which the rate is regressed; None for the axis along the lines.

    Returns
    -------
    Picture
        Blue where more trials are recovered than the regression says, red where fewer, hatched
        where there is none.
    """
    others = ["solver", *(name for name in axes if name not in (spec.x, spec.y))]
    varying = [name for name in others if cells[name].nunique() > 1]
    panels = list(cells.groupby(others, sort=False))
    solvers = cells["solver"].nunique()
    rows, columns = rows_and_columns(len(panels), solvers, spec.style.inches)
    residuals = cells["deviance_residual"].abs()
    limit = max(_LEAST, float(residuals.max())) if residuals.notna().any() else _LEAST
    # Whole numbers at the ends of the colours.
    limit = -(-limit // 1)
    look: Any = {"cmap": spec.style.colour_map or _COLOURS, "vmin": -limit, "vmax": limit}
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
            solvers,
        )
        for area, (key, panel) in zip(areas, panels, strict=True):
            missing = "not run" if panel["deviance_residual"].notna().any() else "no regression"
            mesh, _ = draw_map(area, panel, spec, "deviance_residual", missing=missing, **look)
            values = dict(zip(others, key, strict=True))
            text = describe({name: values[name] for name in varying})
            if text:
                area.set_title(text)
        keep_limits(areas)
        figure.colorbar(mesh, ax=areas, label="deviance residual", fraction=0.05, pad=0.02)
        if spec.style.legend != "none":
            draw_legend_below(figure, areas)
        set_limits(areas, spec.style)
        fit_to_width(figure, areas, spec.style)
    return Picture(figure, _caption(cells, panels, varying, others, success, coordinate))


def _caption(
    cells: pd.DataFrame,
    panels: Sequence[tuple[Any, pd.DataFrame]],
    varying: Sequence[str],
    others: Sequence[str],
    success: Success,
    coordinate: str | None,
) -> str:
    parts = [f"{trials_text(cells['trials'])}; {success_text(success)}."]
    parts.append(
        f"Deviance residuals of one regression of each panel in {coordinate or 'the axis itself'}: "
        "blue where more trials are recovered than it says, red where fewer."
    )
    for key, panel in panels:
        values = dict(zip(others, key, strict=True))
        name = describe({of: values[of] for of in varying})
        parts.append(f"{name}: {_fit(panel)}." if name else f"{_fit(panel).capitalize()}.")
    parts.append("Fitted rates are in the figure's table.")
    return " ".join(parts)


def _fit(panel: pd.DataFrame) -> str:
    """Return how well the regression of a panel fits."""
    first = panel.iloc[0]
    if pd.isna(first["deviance"]):
        return "no regression, as too few lines change"
    asymptotes = [
        f"{what} {tidy(f'{first[column]:.2g}')}"
        for what, column in (("floor", "portrait_floor"), ("lapse rate", "portrait_lapse"))
        if first[column] > 0
    ]
    link = f"{LINK_NAMES[first['portrait_link']]} link"
    p = first["lack_of_fit"]
    chance = f"p < {tidy(f'{_SMALLEST:g}')}" if p < _SMALLEST else f"p = {tidy(f'{p:.2g}')}"
    ratio = first["deviance"] / first["deviance_expected"]
    return f"{', '.join([link, *asymptotes])}, deviance {ratio:.2f} of what is expected, {chance}"
