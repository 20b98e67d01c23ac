r"""Where further trials narrow crossings most: optimal design with the expected information.

A trial at a cell of log-odds :math:`\eta` adds :math:`w J J^T` to the information M of a fit, with
J the gradient of :math:`\eta` in the fit's parameters and :math:`w = p(1 - p)`. With
:math:`g_i` the gradient of the crossing of line i, the sum of the variances of all crossings is
:math:`\Phi = \sum_i g_i^T M^{-1} g_i`, and r trials at the cell lower it by

.. math:: \frac{r w \sum_i (J^T M^{-1} g_i)^2}{1 + r w J^T M^{-1} J}.

Trials go one portion after the other to the cell where this is largest (V-optimal, or I-optimal,
design: Atkinson, Donev, Tobias, Optimum Experimental Designs, with SAS, 2007, section 10.6; the
gain of a portion is the Sherman-Morrison formula). What a few portions get is the beginning of what
many get, so that a larger budget only adds trials.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from genphase.statistics.likelihood import Floats
from genphase.statistics.scoring import inverse

# Gains that agree to this are equal, and the first cell is taken: the last bits of a fit, which
# differ between kinds of processor, decide nothing.
_SAME = 1e-9

Whole = NDArray[np.int64]


class Design(NamedTuple):
    """What trials tell of the crossings of a portrait, or of one line.

    rows : (cells, parameters) gradients of what a trial tells of, such as the log-odds.
    weights : (cells,) the information of one trial, of that.
    crossings : (lines, parameters) gradients of the crossings that are to be narrowed.
    known : (parameters, parameters) the information that is not of trials.
    """

    rows: Floats
    weights: Floats
    crossings: Floats
    known: Floats

    def covariance(self, trials: Floats) -> Floats:
        """Return the covariance of the parameters after numbers of trials of the cells."""
        information = self.rows.T @ ((trials * self.weights)[:, None] * self.rows)
        return inverse(information + self.known)

    def variances(self, trials: Floats) -> Floats:
        """Return the variances of the crossings after numbers of trials of the cells."""
        at = self.covariance(trials)
        return _forms(self.crossings, at)


class Panel:
    """Cells whose trials are looked at together, and what a portion of trials gains at each.

    Parameters
    ----------
    cells : (cells,) their numbers, among all cells of a sweep.
    design : what trials of them tell; None where no fit is identified.
    open : (cells,) whether a cell may get trials without a fit: its interval holds the level.
    step : the distance of neighbours on a line.

    Notes
    -----
    Without a fit, an open cell with n trials counts as a line of its own, which rises by one
    log-odds per grid step and is at 50 % there: its crossing has the variance 4 step²/n.
    """

    def __init__(
        self, cells: Whole, design: Design | None, open: NDArray[np.bool_], step: float
    ) -> None:
        self.cells, self.design, self.open, self.step = cells, design, open, step

    def begin(self, trials: Whole) -> None:
        """Start from the numbers of trials of all cells."""
        self._trials = trials[self.cells].astype(float)
        if self.design is not None:
            self._covariance = self.design.covariance(self._trials)

    def gains(self, portion: int) -> Floats:
        """Return by how much a portion lowers the sum of variances, for each cell."""
        if self.design is None:
            after = self._trials + portion
            own = 4 * self.step**2 * (1 / self._trials - 1 / after)
            return np.where(self.open, own, 0.0)
        rows, weights, crossings, _ = self.design
        seen = rows @ self._covariance
        told = np.sum((seen @ crossings.T) ** 2, axis=1)
        own = np.sum(seen * rows, axis=1)
        gains: Floats = portion * weights * told / (1 + portion * weights * own)
        return gains

    def add(self, place: int, portion: int) -> None:
        """Add a portion of trials to a cell, by its place in the panel."""
        self._trials[place] += portion
        if self.design is not None:
            information = portion * self.design.weights[place]
            seen = self._covariance @ self.design.rows[place]
            own = 1 + information * float(seen @ self.design.rows[place])
            self._covariance = self._covariance - (information / own) * np.outer(seen, seen)

    def variances(self) -> Floats:
        """Return the variances of the crossings with the trials so far."""
        assert self.design is not None
        return _forms(self.design.crossings, self._covariance)


def _forms(rows: Floats, matrix: Floats) -> Floats:
    """Return the quadratic form of each row."""
    return np.asarray(np.einsum("ij,jk,ik->i", rows, matrix, rows), dtype=np.float64)


def portions(
    panels: Sequence[Panel], trials: Whole, portion: int, at_most: int
) -> Iterator[tuple[int, int]]:
    """Yield which cell gets the next trials, and how many, for ever, or until none gains.

    Parameters
    ----------
    panels
        Each cell is in one of them; they begin with `trials`.
    trials : (cells,)
        Of every cell, at least 1; not changed.
    portion
        How many trials are given at a time.
    at_most
        The most trials of a cell.
    """
    counts = trials.copy()
    for panel in panels:
        panel.begin(counts)

    def best(panel: Panel) -> tuple[float, int]:
        """Return the largest gain of a panel, and the first cell that has it."""
        gains = np.where(counts[panel.cells] < at_most, panel.gains(portion), 0.0)
        most = float(gains.max())
        return most, int(np.argmax(gains >= most * (1 - _SAME)))

    found = [best(panel) for panel in panels]
    gains = np.array([gain for gain, _ in found])
    while gains.size and gains.max() > 0:
        chosen = int(np.argmax(gains >= gains.max() * (1 - _SAME)))
        panel, place = panels[chosen], found[chosen][1]
        cell = int(panel.cells[place])
        added = min(portion, at_most - int(counts[cell]))
        counts[cell] += added
        panel.add(place, added)
        found[chosen] = best(panel)
        gains[chosen] = found[chosen][0]
        yield cell, added


def spend(panels: Sequence[Panel], trials: Whole, budget: int, portion: int, at_most: int) -> Whole:
    """Return the numbers of trials of all cells after a number of further trials is given.

    Fewer are given where no cell gains, or all that do have `at_most`.

    Parameters
    ----------
    panels, trials, portion, at_most
        See :func:`portions`.
    budget
        How many further trials there are.
    """
    counts = trials.copy()
    if budget > 0:
        for cell, added in portions(panels, trials, portion, at_most):
            given = min(added, budget)
            counts[cell] += given
            budget -= given
            if budget == 0:
                break
    return counts
