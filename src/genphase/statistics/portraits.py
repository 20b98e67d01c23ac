r"""Where a whole portrait crosses a level: one regression of all its cells.

The log-odds of the rate at a cell of the line u are modelled as

.. math:: s(u) \, (t - c(u)), \quad c(u) = \sum_j \gamma_j B_j(u), \quad \log s(u) = \beta V(u),

with t the natural coordinate along the lines, c a polynomial of low order and s the slope, a power
of the size of the lines. The order is one more than that of the least AIC, and at least 2: with
that of the least AIC itself the bands, which know nothing of the choice, covered 87 % to 92 %. The
curve of a level L is :math:`c(u) + \mathrm{logit}(L)/s(u)`.
"""

import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import logit

from genphase.statistics.crossings import ALLOWED
from genphase.statistics.design import Design
from genphase.statistics.deviances import Deviance
from genphase.statistics.likelihood import Floats
from genphase.statistics.logistic import Model, Point, grid_step, slope_of
from genphase.statistics.scoring import Terms, inverse, minimise, profile_end

MAX_ORDER = 5
_LEAST_ORDER = 2
# Below this chance the deviance counts as lack of fit, and widens the bands.
_SIGNIFICANT = 0.05


class Band(NamedTuple):
    """A crossing with its 95 % interval; infinite on a side that the trials leave open."""

    value: float
    low: float
    high: float


class PortraitFit:
    """The regression of a portrait's cells.

    Parameters
    ----------
    t : (cells,) coordinate along the lines, with which the rate rises.
    line : (cells,) number of the cell's line.
    size : (lines,) where the lines lie: the logarithm of the across axis, say.
    recovered, trials : (cells,) counts.

    Attributes
    ----------
    order : the order of the polynomial c; less than the number of lines that have both failures and
        successes.
    deviance : of the fit, with what is expected of it.
    found : whether the search for the likeliest curve has ended at one; if not, nothing is claimed.
    """

    def __init__(
        self,
        t: ArrayLike,
        line: ArrayLike,
        size: ArrayLike,
        recovered: ArrayLike,
        trials: ArrayLike,
    ) -> None:
        t, recovered, trials = (np.asarray(a, dtype=float) for a in (t, recovered, trials))
        self._line = np.asarray(line)
        self._step = grid_step(t, self._line)
        self._centre = float(np.average(t, weights=trials))
        place = (t - self._centre) / self._step
        where = np.asarray(size, dtype=float)
        where = (where - where.mean()) / (where.std() or 1.0)
        informative = [
            0 < recovered[self._line == i].sum() < trials[self._line == i].sum()
            for i in range(where.size)
        ]
        told = sum(informative)
        most = min(MAX_ORDER, max(told - 1, 0))
        self._polynomials = np.linalg.qr(np.vander(where, most + 1, increasing=True))[0]
        self._size = where
        self._fit(place, recovered, trials, most, 2 if told > 2 else 1)
        self.deviance = self._model.deviance(self._parameters, self._covariance)
        spread = max(float(np.ptp(place)), 1.0)
        self._limits = float(place.min()) - spread, float(place.max()) + spread

    def _fit(self, t: Floats, recovered: Floats, trials: Floats, most: int, powers: int) -> None:
        """Fit all orders, each from the one below it, and keep one more than the least AIC's."""
        slopes = np.vander(self._size[self._line], powers, increasing=True)
        # A gentle slope to begin with: a steep line sees no cells but those at its crossing.
        start = np.zeros(powers)
        start[0] = -math.log(t.std() or 1.0)
        fits = []
        for order in range(most + 1):
            basis = self._polynomials[self._line, : order + 1]
            model = Model(t, recovered, trials, basis, slopes, np.zeros(t.size))
            # A further term of c, at 0, before the slope.
            found = minimise(model.terms, np.insert(start, order, 0.0))
            start = found.parameters
            fits.append((model, found))
        chosen = int(np.argmin([fit.terms.cost + fit.parameters.size for _, fit in fits]))
        self.order = min(max(chosen + 1, _LEAST_ORDER), most)
        self._model, fit = fits[self.order]
        # That of the highest order that is found; this one where none is.
        fits = [found for found in fits[self.order :] if found[1].found] or [fits[self.order]]
        self._richest = fits[-1][0], fits[-1][1].parameters
        self.found, self._parameters = fit.found, fit.parameters
        self._least, self._covariance = fit.terms.cost, inverse(fit.terms.curvature)

    @property
    def dispersion(self) -> float:
        """The factor by which lack of fit widens the bands' variance; 1 where the model fits."""
        return dispersion_of(self.deviance)

    def excess(self, line: int, level: float, t: float) -> float:
        """Return by how much a likelihood-ratio test rejects that a line crosses a level at t.

        The test is at 5 %; places where it does not reject, with at most 0, are the interval.
        """
        terms, start = self._through(line, level, (t - self._centre) / self._step)
        best = minimise(terms, start)
        # Where the least cost is not found, nothing is rejected.
        above = 2 * (best.terms.cost - self._least) if best.found else 0.0
        return above - ALLOWED * self.dispersion

    def band(self, line: int, level: float) -> Band:
        """Return where a line crosses a level, with its profile-likelihood interval.

        NaN, within infinite ends, where no likeliest curve was found.
        """
        if not self.found:
            return Band(math.nan, -math.inf, math.inf)
        row, slope = self._rows(line)
        gamma, beta = np.split(self._parameters, [self.order + 1])
        reach = float(logit(level)) / slope_of(slope, beta)
        value = float(row @ gamma) + reach
        direction = np.concatenate([row, -reach * slope])
        error = math.sqrt(max(float(direction @ self._covariance @ direction), 1e-12))
        allowed = ALLOWED * self.dispersion

        def cost(place: float) -> float:
            best = minimise(*self._through(line, level, place))
            return best.terms.cost - self._least if best.found else 0.0

        low = profile_end(cost, value, -error, allowed, self._limits)
        high = profile_end(cost, value, error, allowed, self._limits)
        return Band(*(self._centre + self._step * place for place in (value, low, high)))

    @property
    def inside(self) -> NDArray[np.bool_]:
        """Return which lines cross 50 % within their cells."""
        found = []
        for i, value in enumerate((self.crossings() - self._centre) / self._step):
            place = self._model.t[self._line == i]
            found.append(bool(place.min() <= value <= place.max()))
        return np.array(found)

    def design(self, highest: bool = True) -> Design:
        """Return what further trials tell of where the lines cross 50 %, of those inside.

        Parameters
        ----------
        highest
            Whether the curve is the polynomial of the highest order, and not the one that is drawn:
            what narrows a simple curve most leaves out lines that could show it to be wrong.
        """
        model, parameters = self._richest if highest else (self._model, self._parameters)
        curves, inside = model.basis.shape[1], self.inside
        crossings = np.zeros((int(inside.sum()), parameters.size))
        crossings[:, :curves] = self._step * self._polynomials[inside, :curves]
        return model.design(parameters, crossings)

    def crossings(self) -> Floats:
        """Return where all lines cross 50 %."""
        at = self._polynomials[:, : self.order + 1] @ self._parameters[: self.order + 1]
        return np.asarray(self._centre + self._step * at, dtype=np.float64)

    def _rows(self, line: int) -> tuple[Floats, Floats]:
        """Return the functions of c and of log s at a line."""
        powers = self._model.slopes.shape[1]
        return (
            self._polynomials[line, : self.order + 1],
            np.array([1.0, self._size[line]])[:powers],
        )

    def _through(
        self, line: int, level: float, place: float
    ) -> tuple[Callable[[Floats], Terms], Floats]:
        """Return the cost of curves through a point, and where to start from."""
        row, slope = self._rows(line)
        gamma, beta = np.split(self._parameters, [self.order + 1])
        # The part of γ along the row is set by the point; what is orthogonal to it is free.
        free = np.linalg.qr(row[:, None], mode="complete")[0][:, 1:]
        along = self._model.basis @ row / (row @ row)
        point = Point(place, float(logit(level)), along, self._model.basis @ free, slope)
        start = np.concatenate([free.T @ gamma, beta])
        return (lambda parameters: self._model.terms_through(parameters, point)), start


def dispersion_of(deviance: Deviance) -> float:
    """Return the deviance over what is expected of it where it is too large, else 1."""
    lacking = deviance.chance < _SIGNIFICANT
    return max(deviance.value / deviance.expected, 1.0) if lacking else 1.0
