"""From the specification of a figure to the figure and the numbers that it shows."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import pandas as pd
from matplotlib.figure import Figure as Drawn

import genphase.figures.comparison
import genphase.figures.curve
import genphase.figures.gallery
import genphase.figures.landscape
import genphase.figures.portrait
import genphase.figures.profile
import genphase.figures.residuals
import genphase.figures.scaling
import genphase.figures.shift
import genphase.figures.trace
from genphase.cells.sampling import Sampling
from genphase.figures.given import Given
from genphase.figures.style import set_in_latex
from genphase.sweep.figures import Figure
from genphase.sweep.success import Success


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
    tables, axes, success, title, sampling, lines
        See :class:`genphase.figures.given.Given`. Which tables a kind is drawn from, and whether
        it asks for lines, is said in its file in `genphase.sweep.kinds`.
    """
    if success is None and "measure" not in spec.of:
        raise ValueError(f"a {spec.kind} is of solvers, and this sweep measures")
    given = Given(tables, axes, success, title, sampling, lines)
    # A kind is drawn by the file of its name. The imports above are written out, since they say
    # which code a figure is made by.
    drawn_by = getattr(genphase.figures, type(spec).__module__.rpartition(".")[2])
    picture, numbers = drawn_by.draw(spec, given)
    set_in_latex(picture.figure, spec.style)
    return Drawing(picture.figure, numbers, picture.caption)
