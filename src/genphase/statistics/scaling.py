r"""Finite-size scaling: where the crossings and widths of a transition go as all sizes grow.

The log-odds of the rate at a cell of the size L are modelled as

.. math::

    s(L) \, (t - c(L)), \quad c(L) = c_\infty + a (L/L_1)^{-\omega},
    \quad s(L) = s_1 (L/L_1)^{1/\nu},

with t the coordinate along the lines and L_1 the smallest size. All cells are fitted together, by
maximum likelihood. For a given ω the model is one of :mod:`genphase.statistics.logistic`, so that
ω alone is searched for, within bounds: as ω goes to 0 the offset no longer shrinks, and
:math:`c_\infty` would be anywhere.

References
----------
M. E. Fisher, M. N. Barber: Scaling theory for finite-size effects in the critical region.
Physical Review Letters 28 (1972), 1516-1519.
"""

import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import brentq, minimize_scalar
from scipy.special import expit

from genphase.statistics.crossings import ALLOWED
from genphase.statistics.deviances import Deviance, deviance_of
from genphase.statistics.distributions import chi2_above
from genphase.statistics.likelihood import Floats, likelihood
from genphase.statistics.logistic import Model, grid_step
from genphase.statistics.portraits import dispersion_of
from genphase.statistics.scoring import inverse, minimise, profile_end

# The offsets of transitions are at most of the order of their widths, L^(-1/2) where these are the
# fluctuations of a sum; no slower one is known.
EXPONENTS = (0.5, 3.0)
LEAST_SIZES = 3
# Exponents of the width beyond this leave the interval open.
_LARGEST = 20.0
# Values of ω at which the search for the likeliest one begins.
_TRIED = 7
# From which the mean of a likelihood ratio is taken.
_DRAWS = 40


class Estimate(NamedTuple):
    """A number with its 95 % profile-likelihood interval; infinite on a side that is open."""

    value: float
    low: float
    high: float


class Scaling(NamedTuple):
    """What a fit of all sizes says.

    Attributes
    ----------
    limit : c_∞.
    offset_exponent : ω; its interval ends at the bounds of the search where the trials leave it
        open.
    identified : whether the trials rule out a part of the exponents that are searched.
    width_exponent : 1/ν.
    offset : a, how far the crossing of the smallest size is from the limit.
    slope : s_1, log-odds per unit of the coordinate at the smallest size.
    smallest : L_1.
    collapse : the p-value of the power laws, see :meth:`.ScalingFit.collapse`.
    deviance : of the fit, with what is expected of it.
    """

    limit: Estimate
    offset_exponent: Estimate
    identified: bool
    width_exponent: Estimate
    offset: float
    slope: float
    smallest: float
    collapse: float
    deviance: Deviance

    def crossing(self, size: ArrayLike) -> Floats:
        """Return c(L)."""
        ratio = np.asarray(size, dtype=np.float64) / self.smallest
        found: Floats = self.limit.value + self.offset * ratio**-self.offset_exponent.value
        return found

    def slope_at(self, size: ArrayLike) -> Floats:
        """Return s(L), the slope of the log-odds."""
        ratio = np.asarray(size, dtype=np.float64) / self.smallest
        found: Floats = self.slope * ratio**self.width_exponent.value
        return found


class _Best(NamedTuple):
    """The least cost over the exponents: where, and the parameters there."""

    omega: float
    cost: float
    parameters: Floats
    found: bool


class ScalingFit:
    """The regression of all sizes.

    Parameters
    ----------
    t : (cells,) coordinate, with which the rate rises.
    size : (cells,) positive.
    recovered, trials : (cells,) counts.
    exponents : the bounds of ω.

    Attributes
    ----------
    found : whether the search for the likeliest parameters has ended at some.
    """

    def __init__(
        self,
        t: ArrayLike,
        size: ArrayLike,
        recovered: ArrayLike,
        trials: ArrayLike,
        exponents: tuple[float, float] = EXPONENTS,
    ) -> None:
        t, size, recovered, trials = (
            np.asarray(a, dtype=np.float64) for a in (t, size, recovered, trials)
        )
        self._sizes, self._line = np.unique(size, return_inverse=True)
        # Cells of rounded sizes can share a place.
        places = np.unique(np.column_stack([self._line, t]), axis=0)
        self._step = grid_step(places[:, 1], places[:, 0])
        self._centre = float(np.average(t, weights=trials))
        self._t, self._exponents = (t - self._centre) / self._step, exponents
        self._counts = recovered, trials
        self._size, self._ratio = size, size / self._sizes[0]
        spread = max(float(np.ptp(self._t)), 1.0)
        self._limits = float(self._t.min()) - 3 * spread, float(self._t.max()) + 3 * spread
        ones = np.ones(t.size)
        self._slopes = np.column_stack([ones, np.log(self._ratio)])
        # A gentle slope to begin with, as for a portrait.
        start = np.array([0.0, 0.0, -math.log(self._t.std() or 1.0), 0.0])

        def free(omega: float) -> Model:
            basis = np.column_stack([ones, self._ratio**-omega])
            return self._model(self._t, basis, self._slopes, 0 * ones)

        self._best = self._over_exponents(free, start)
        self._free, self.found = free, self._best.found
        best = free(self._best.omega)
        self.deviance, self._covariance = self._of_fit(best)
        self._allowed = ALLOWED * dispersion_of(self.deviance)

    def excess(self, limit: float) -> float:
        """Return by how much a likelihood-ratio test at 5 % rejects a value of c_∞.

        Values that it does not reject, with at most 0, are the interval.
        """
        place = (limit - self._centre) / self._step
        return 2 * self._with_limit(place) - self._allowed

    def excess_of_width(self, exponent: float) -> float:
        """Return the same of a value of 1/ν."""
        return 2 * self._with_power(exponent) - self._allowed

    def excess_of_offset(self, exponent: float) -> float:
        """Return the same of a value of ω."""
        best = minimise(self._free(exponent).terms, self._best.parameters)
        cost = best.terms.cost - self._best.cost if best.found else 0.0
        return 2 * cost - self._allowed

    def result(self) -> Scaling:
        """Return the estimates with their intervals."""
        gamma, (log_slope, power) = np.split(self._best.parameters, [2])
        errors = np.sqrt(np.maximum(np.diag(self._covariance), 1e-12))
        unbounded = (-_LARGEST, _LARGEST)
        ends = [
            [profile_end(cost, value, sign * error, self._allowed, within) for sign in (-1, 1)]
            for cost, value, error, within in (
                (self._with_limit, float(gamma[0]), float(errors[0]), self._limits),
                (self._with_power, float(power), float(errors[3]), unbounded),
            )
        ]
        limit = Estimate(*(self._centre + self._step * v for v in (float(gamma[0]), *ends[0])))
        omega = self._offset_exponent()
        return Scaling(
            limit=limit,
            offset_exponent=omega,
            identified=(omega.low, omega.high) != self._exponents,
            width_exponent=Estimate(float(power), *ends[1]),
            offset=float(gamma[1] * self._step),
            slope=math.exp(float(log_slope)) / self._step,
            smallest=float(self._sizes[0]),
            collapse=self.collapse(),
            deviance=self.deviance,
        )

    def _model(self, t: Floats, basis: Floats, slopes: Floats, offset: Floats) -> Model:
        return Model(t, *self._counts, basis, slopes, offset)

    def _over_exponents(self, model: Callable[[float], Model], start: Floats) -> _Best:
        """Return the least cost over ω of the models that have it."""
        known: dict[float, _Best] = {}

        def at(omega: float) -> float:
            near = min(known, key=lambda other: abs(other - omega), default=None)
            begin = start if near is None else known[near].parameters
            best = minimise(model(omega).terms, begin)
            known[omega] = _Best(float(omega), best.terms.cost, best.parameters, best.found)
            return best.terms.cost

        tried = np.geomspace(*self._exponents, _TRIED)
        costs = [at(float(omega)) for omega in tried]
        i = int(np.argmin(costs))
        around = tried[max(i - 1, 0)], tried[min(i + 1, _TRIED - 1)]
        minimize_scalar(at, bounds=around, method="bounded", options={"xatol": 0.01})
        return min(known.values(), key=lambda best: best.cost)

    def _with_limit(self, place: float) -> float:
        """Return by how much the least cost rises where c_∞ is held."""
        ones = np.ones(self._t.size)

        def held(omega: float) -> Model:
            basis = (self._ratio**-omega)[:, None]
            return self._model(self._t - place, basis, self._slopes, 0 * ones)

        return self._above(self._over_exponents(held, self._best.parameters[1:]))

    def _with_power(self, power: float) -> float:
        """Return the same where 1/ν is held."""

        def held(omega: float) -> Model:
            free = self._free(omega)
            return free._replace(slopes=self._slopes[:, :1], offset=power * self._slopes[:, 1])

        return self._above(self._over_exponents(held, self._best.parameters[:3]))

    def _above(self, best: _Best) -> float:
        # Where the least cost is not found, nothing is rejected.
        return best.cost - self._best.cost if best.found else 0.0

    def _offset_exponent(self) -> Estimate:
        value, above = self._best.omega, self.excess_of_offset
        low, high = (
            end if above(end) <= 0 else float(brentq(above, end, value, xtol=1e-3))
            for end in self._exponents
        )
        return Estimate(value, low, high)

    def _of_fit(self, model: Model) -> tuple[Deviance, Floats]:
        """Return the deviance of the fit, and the covariance of c_∞, a, log s_1 and 1/ν.

        ω is a parameter too, but where it is held by its bounds, or where there is no offset.
        """
        parameters = self._best.parameters
        terms = model.terms(parameters)
        s = np.exp(self._slopes @ parameters[2:])
        odds = s * (self._t - model.basis @ parameters[:2])
        by_omega = s * parameters[1] * np.log(self._ratio) * model.basis[:, 1]
        columns = np.column_stack([-s[:, None] * model.basis, odds[:, None] * self._slopes])
        inside = self._exponents[0] < self._best.omega < self._exponents[1]
        if inside and abs(parameters[1]) > 0:
            columns = np.column_stack([columns, by_omega])
        weight = likelihood(odds, *self._counts).weight
        covariance = inverse(columns.T @ (weight[:, None] * columns))
        leverage = weight * np.einsum("ij,jk,ik->i", columns, covariance, columns)
        return deviance_of(expit(odds), *self._counts, leverage), inverse(terms.curvature)

    def ratio(self) -> float:
        """Return twice the log-likelihood ratio of lines of their own to the power laws; or NaN."""
        count = self._sizes.size
        own = np.eye(count)[self._line]
        model = self._model(self._t, own, own, np.zeros(self._t.size))
        ratio = self._sizes / self._sizes[0]
        gamma, beta = np.split(self._best.parameters, [2])
        begin = np.concatenate(
            [gamma[0] + gamma[1] * ratio**-self._best.omega, beta[0] + beta[1] * np.log(ratio)]
        )
        best = minimise(model.terms, begin)
        found = best.found and self.found
        return max(2 * (self._best.cost - best.terms.cost), 0.0) if found else math.nan

    def collapse(self) -> float:
        """Return the p-value of the power laws, against a crossing and a width at each size.

        The likelihood ratio is not quite chi-squared: of few trials, lines of their own often jump.
        It is divided by its mean over counts that are drawn from the fit, over that of the
        chi-squared law (Bartlett's correction).
        """
        freedom, value = 2 * self._sizes.size - 5, self.ratio()
        if freedom < 1 or math.isnan(value):
            return math.nan
        rng, trials = np.random.default_rng(0), self._counts[1]
        rate, t = self._rate(), self._centre + self._step * self._t
        drawn = [
            ScalingFit(
                t, self._size, rng.binomial(trials.astype(int), rate), trials, self._exponents
            ).ratio()
            for _ in range(_DRAWS)
        ]
        mean = float(np.nanmean(drawn)) if np.isfinite(drawn).any() else math.nan
        return chi2_above(value * freedom / mean, freedom) if mean > 0 else math.nan

    def _rate(self) -> Floats:
        """Return the fitted rate of each cell."""
        gamma, beta = np.split(self._best.parameters, [2])
        model = self._free(self._best.omega)
        rate: Floats = expit(np.exp(model.slopes @ beta) * (self._t - model.basis @ gamma))
        return rate


def fit_scaling(
    t: ArrayLike,
    size: ArrayLike,
    recovered: ArrayLike,
    trials: ArrayLike,
    exponents: tuple[float, float] = EXPONENTS,
) -> Scaling | None:
    """Return the fit of all sizes; None where fewer than three sizes have both outcomes.

    Parameters
    ----------
    t : (cells,)
        The coordinate, with which the rate rises.
    size : (cells,)
        Positive.
    recovered, trials : (cells,)
        Counts.
    exponents
        The bounds of ω.
    """
    size, recovered, trials = (np.asarray(a, dtype=np.float64) for a in (size, recovered, trials))
    told = sum(
        0 < recovered[size == one].sum() < trials[size == one].sum() for one in np.unique(size)
    )
    if told < LEAST_SIZES:
        return None
    fit = ScalingFit(t, size, recovered, trials, exponents)
    return fit.result() if fit.found else None
