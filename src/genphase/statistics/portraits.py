r"""Where a whole portrait crosses a level: one regression of all its cells.

The log-odds of the rate at a cell of the line u are modelled as

.. math:: s(u) \, (t - c(u)), \quad c(u) = \sum_j \gamma_j B_j(u), \quad \log s(u) = \beta V(u),

with t the natural coordinate along the lines, c a polynomial of low order and s the slope, a power
of the size of the lines. The order is one more than that of the least AIC, and at least 2: with
that of the least AIC itself the bands, which know nothing of the choice, covered 87 % to 92 %. The
curve of a level L is :math:`c(u) + \mathrm{logit}(L)/s(u)`. Other links and asymptotes
(`genphase.statistics.responses`) take the place of the log-odds.
"""

import math
from collections.abc import Callable, Iterable
from functools import cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from genphase.statistics.crossings import ALLOWED, LEVEL
from genphase.statistics.design import Design
from genphase.statistics.deviances import Deviance
from genphase.statistics.likelihood import Floats
from genphase.statistics.logistic import Model, Point, grid_step, slope_of
from genphase.statistics.responses import LOGIT, Response
from genphase.statistics.scoring import COARSE, Minimum, Terms, inverse, minimise, profile_end

MAX_ORDER = 5
_LEAST_ORDER = 2
# Of a profile's search for asymptotes, which creeps where the data hardly tell them.
_FEW = 60
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
    response : of the rate to s (t - c); asymptotes that are None are estimated.

    Attributes
    ----------
    response : the same, with numbers.
    aic : Akaike's criterion, the least of all orders.
    rates : (cells,) as fitted.
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
        response: Response = LOGIT,
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
        self._asked = response
        self._fit(place, recovered, trials, most, 2 if told > 2 else 1)
        self.response = response.at(self._model.split(self._parameters)[2])
        self.rates = self._model.rates(self._parameters)
        self.deviance = self._model.deviance(self._parameters, self._covariance)
        spread = max(float(np.ptp(place)), 1.0)
        self._limits = float(place.min()) - spread, float(place.max()) + spread

    def _fit(self, t: Floats, recovered: Floats, trials: Floats, most: int, powers: int) -> None:
        """Fit all orders, each from the one below it, and keep one more than the least AIC's."""
        slopes = np.vander(self._size[self._line], powers, increasing=True)
        # A gentle slope to begin with: a steep line sees no cells but those at its crossing.
        start = np.zeros(powers + self._asked.tails)
        start[0] = -math.log(t.std() or 1.0)
        start[powers:] = self._asked.begin()
        fits = []
        for order in range(most + 1):
            basis = self._polynomials[self._line, : order + 1]
            model = Model(t, recovered, trials, basis, slopes, np.zeros(t.size), self._asked)
            # A further term of c, at 0, before the slope.
            found = minimise(model.terms, np.insert(start, order, 0.0))
            start = found.parameters.copy()
            start[order + 1 + powers :] = self._asked.begin(start[order + 1 + powers :])
            fits.append((model, found))
        criteria = [2 * (fit.terms.cost + fit.parameters.size) for _, fit in fits]
        chosen = int(np.argmin(criteria))
        self.aic = criteria[chosen]
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

        NaN, within infinite ends, where no likeliest curve was found; infinite, within such ends,
        where the asymptotes exclude the level.
        """
        if not self.found:
            return Band(math.nan, -math.inf, math.inf)
        reach = self.response.reach(level)
        if not math.isfinite(reach):
            return Band(math.copysign(math.inf, reach), -math.inf, math.inf)
        row, slope = self._rows(line)
        gamma, beta, tail = self._model.split(self._parameters)
        reach /= slope_of(slope, beta)
        value = float(row @ gamma) + reach
        direction = np.concatenate([row, -reach * slope, np.zeros(tail.size)])
        if tail.size:
            change = self._asked.reach_slope(level, tail)
            direction[-tail.size :] = change / slope_of(slope, beta)
        error = math.sqrt(max(float(direction @ self._covariance @ direction), 1e-12))
        allowed = ALLOWED * self.dispersion

        profile = self._profile(lambda place: self._through(line, level, place))

        def cost(place: float) -> float:
            best = profile(place)
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
        gradients = [
            self._crossing(model, parameters, i)[1] for i in np.flatnonzero(self.inside).tolist()
        ]
        return model.design(
            parameters, self._step * np.array(gradients).reshape(-1, parameters.size)
        )

    def crossings(self) -> Floats:
        """Return where all lines cross 50 %; infinite where the asymptotes exclude it."""
        lines = range(self._size.size)
        at = [self._crossing(self._model, self._parameters, i)[0] for i in lines]
        return self._centre + self._step * np.array(at)

    def _crossing(self, model: Model, parameters: Floats, line: int) -> tuple[float, Floats]:
        """Return where a line crosses 50 %, in grid steps, and the gradient of that."""
        gamma, beta, tail = model.split(parameters)
        row = self._polynomials[line, : gamma.size]
        slope = np.array([1.0, self._size[line]])[: beta.size]
        steep = slope_of(slope, beta)
        reach = self._asked.at(tail).reach(LEVEL) / steep
        by_tail = self._asked.reach_slope(LEVEL, tail) / steep if tail.size else np.zeros(0)
        return float(row @ gamma) + reach, np.concatenate([row, -reach * slope, by_tail])

    def _profile(
        self, held: Callable[[float], tuple[Callable[[Floats], Terms], Floats]]
    ) -> Callable[[float], Minimum]:
        """Return the least cost where a place is held, as a function of that place.

        With asymptotes each search begins where the last one ended.
        """
        if not self._asked.tails:
            return lambda place: minimise(*held(place))
        last: list[Floats] = []

        # One answer for a place: where a search begins decides its last digits.
        @cache
        def best(place: float) -> Minimum:
            terms, start = held(place)
            found = minimise(terms, last[0] if last else start, _FEW, COARSE)
            if found.found:
                last[:] = [found.parameters]
            return found

        return best

    def asymptote(self, name: str) -> Band:
        """Return the floor or the lapse rate, with its profile-likelihood interval.

        One that is given is its own interval.
        """
        value = float(getattr(self.response, name))
        if getattr(self._asked, name) is not None:
            return Band(value, value, value)
        rest = 1 - self.response.floor - self.response.lapse + value  # type: ignore[operator]
        allowed = ALLOWED * self.dispersion
        kept = np.delete(self._parameters, -1 if name == "lapse" or self._asked.tails == 1 else -2)
        begin = kept[: kept.size - self._asked.tails + 1]
        other = self._asked.begin(kept[begin.size :])

        def held(place: float) -> tuple[Callable[[Floats], Terms], Floats]:
            fixed: Any = {name: min(max(place, 0.0), 0.999 * rest)}
            response = self._asked._replace(**fixed)
            return self._model._replace(response=response).terms, np.concatenate([begin, other])

        profile = self._profile(held)

        def cost(place: float) -> float:
            best = profile(place)
            return best.terms.cost - self._least if best.found else 0.0

        step = max(value / 4, 1e-3)
        low, high = (profile_end(cost, value, way, allowed, (0.0, rest)) for way in (-step, step))
        return Band(value, max(low, 0.0), min(high, 1.0))

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
        gamma, beta, tail = self._model.split(self._parameters)
        # The part of γ along the row is set by the point; what is orthogonal to it is free.
        free = np.linalg.qr(row[:, None], mode="complete")[0][:, 1:]
        along = self._model.basis @ row / (row @ row)
        point = Point(place, level, along, self._model.basis @ free, slope)
        start = np.concatenate([free.T @ gamma, beta, self._asked.begin(tail)])
        return (lambda parameters: self._model.terms_through(parameters, point)), start


def likeliest_response(
    t: ArrayLike,
    line: ArrayLike,
    size: ArrayLike,
    recovered: ArrayLike,
    trials: ArrayLike,
    responses: Iterable[Response],
) -> tuple[PortraitFit, dict[str, float]]:
    """Return the fit of the response with the least AIC, and the AIC of each link.

    Parameters are those of `PortraitFit`; fits that did not end are chosen last.
    """
    fits = {r.link: PortraitFit(t, line, size, recovered, trials, r) for r in responses}
    best = min(fits.values(), key=lambda fit: (not fit.found, fit.aic))
    return best, {link: fit.aic for link, fit in fits.items()}


def dispersion_of(deviance: Deviance) -> float:
    """Return the deviance over what is expected of it where it is too large, else 1."""
    lacking = deviance.chance < _SIGNIFICANT
    return max(deviance.value / deviance.expected, 1.0) if lacking else 1.0
