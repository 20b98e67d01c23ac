"""From the specification of a figure to the function that draws it."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
from matplotlib.figure import Figure

from genphase.figures.curve import draw_curve
from genphase.figures.portrait import draw_portrait
from genphase.sweep.models import Curve, Portrait, Success


def draw(
    spec: Portrait | Curve,
    cells: pd.DataFrame,
    transition: pd.DataFrame,
    axes: Sequence[str],
    success: Success,
    title: str,
) -> Figure:
    """Draw a figure of a sweep.

    Parameters
    ----------
    spec : the figure's entry in the sweep file.
    cells, transition : cells.csv and transition.csv.
    axes : the sweep's axes.
    title : the sweep's title, for a figure that has none of its own.
    """
    if isinstance(spec, Portrait):
        return draw_portrait(cells, transition, axes, spec, success, title)
    return draw_curve(cells, axes, spec, success, title)


def figure_spec(content: Mapping[str, Any]) -> Portrait | Curve:
    """Return the model of a figure's entry."""
    kinds: dict[str, type[Portrait] | type[Curve]] = {"portrait": Portrait, "curve": Curve}
    return kinds[content["kind"]].model_validate(content)
