r"""How a rate answers to a linear predictor: a link, a floor and a lapse rate.

The rate of a cell with the predictor :math:`\eta` is

.. math:: p = f + (1 - f - l) \, F(\eta),

with F the inverse of the link, f the floor, which chance alone recovers, and l the lapse rate,
which is lost however easy a cell is: the psychometric function of Wichmann and Hill (Perception &
Psychophysics 63, 2001, 1293-1313, equation 1). Where floor and lapse rate are estimated, they are
the shares :math:`e^\phi, e^\lambda, 1` of a sum, so that they stay within 0 and 1.
"""

import math
from typing import NamedTuple

import numpy as np
from scipy.special import expit, log_expit, log_ndtr, logit, ndtr, ndtri

from genphase.statistics.likelihood import Floats, likelihood

# Beyond these the rate is 0 or 1 to all digits; logarithms of it would lose theirs.
_ENDS = {"logit": (-1e15, 1e15), "probit": (-1e4, 1e4), "cloglog": (-1e15, 25.0)}
LINKS = tuple(_ENDS)
# Where a search for an estimated floor or lapse rate begins, and the least that it begins at.
_BEGIN, _LEAST = 0.02, 0.002
# Of exponents, so that something is left between the asymptotes.
_MOST = 20.0


class Answer(NamedTuple):
    """The likelihood of counts, and how it changes with predictors and asymptotes.

    cost : the negative log-likelihood, but for a constant.
    score, weight : (cells,) its derivatives, and expected second derivatives, in the predictor.
    tail_score : (tails,) its derivatives in the estimated asymptotes.
    tail_root : (cells, tails) whose products, with each other and with the roots of the weights,
        are expected second derivatives.
    """

    cost: float
    score: Floats
    weight: Floats
    tail_score: Floats
    tail_root: Floats


class Response(NamedTuple):
    """A link with its asymptotes.

    Attributes
    ----------
    link : logit, probit or cloglog (complementary log-log).
    floor, lapse : numbers; None where they are estimated.
    """

    link: str = "logit"
    floor: float | None = 0.0
    lapse: float | None = 0.0

    @property
    def plain(self) -> bool:
        """Return whether this is logistic regression, without asymptotes."""
        return self == LOGIT

    @property
    def tails(self) -> int:
        """Return how many asymptotes are estimated."""
        return (self.floor is None) + (self.lapse is None)

    def begin(self, tail: Floats | None = None) -> Floats:
        """Return where a search for the asymptotes begins: at a tail, but not at its very end.

        An asymptote that has come to 0 there could not leave it.
        """
        if tail is None:
            return np.full(self.tails, math.log(_BEGIN))
        return np.maximum(tail, math.log(_LEAST))

    def at(self, tail: Floats) -> "Response":
        """Return the response whose asymptotes are numbers."""
        if not self.tails:
            return self
        shares = np.exp(np.minimum(tail, _MOST))
        shares *= self._free / (shares.sum() + 1)
        rest = list(map(float, shares))
        floor = rest.pop(0) if self.floor is None else self.floor
        return Response(self.link, floor, rest.pop(0) if self.lapse is None else self.lapse)

    @property
    def _free(self) -> float:
        """Return what fixed asymptotes leave."""
        return 1.0 - (self.floor or 0.0) - (self.lapse or 0.0)

    def rate(self, eta: Floats) -> Floats:
        """Return the rate at a predictor, of a response whose asymptotes are numbers."""
        floor, lapse = self._asymptotes
        if self.link == "logit":
            inner = expit(eta)
        elif self.link == "probit":
            inner = ndtr(eta)
        else:
            inner = -np.expm1(-np.exp(np.minimum(eta, _ENDS["cloglog"][1])))
        return np.asarray(floor + (1 - floor - lapse) * inner)

    def reach(self, level: float) -> float:
        """Return the predictor of a rate; infinite where the asymptotes exclude it."""
        floor, lapse = self._asymptotes
        share = (level - floor) / (1 - floor - lapse)
        return quantile(self.link, share) if 0 < share < 1 else math.copysign(math.inf, share - 0.5)

    def reach_slope(self, level: float, tail: Floats) -> Floats:
        """Return the derivatives of `reach` in the estimated asymptotes."""
        fixed = self.at(tail)
        eta = np.array([fixed.reach(level)])
        inner = math.exp(float(_logs(self.link, eta)[2][0]))
        floor, lapse = fixed._asymptotes
        steep = (1 - floor - lapse) * inner
        rising, falling = self._by_tails(fixed, level, 1 - level)
        return np.array([-change / steep for change in (*rising, *falling)])

    @property
    def _asymptotes(self) -> tuple[float, float]:
        assert self.floor is not None
        assert self.lapse is not None
        return self.floor, self.lapse

    def _by_tails(self, fixed: "Response", p: float, q: float) -> tuple[list[float], list[float]]:
        """Return the derivatives of a rate in the estimated floor and in the lapse rate."""
        floor, lapse = fixed._asymptotes
        rising = [floor * (q - (self.lapse or 0.0)) / self._free] if self.floor is None else []
        falling = [-lapse * (p - (self.floor or 0.0)) / self._free] if self.lapse is None else []
        return rising, falling

    def cost(self, eta: Floats, recovered: Floats, trials: Floats) -> Floats:
        """Return the negative log-likelihoods of counts, summed over the last axis."""
        log_p, log_q, _ = self._log_rates(eta)
        # A count of 0 adds nothing, whatever the logarithm.
        likely = np.sum(recovered * log_p + (trials - recovered) * log_q, axis=-1)
        return np.asarray(-likely, dtype=np.float64)

    def _log_rates(self, eta: Floats) -> tuple[Floats, Floats, Floats]:
        """Return the logarithms of the rate, of that of failures, and of the rate's derivative."""
        floor, lapse = self._asymptotes
        inside = math.log(1 - floor - lapse)
        low, high, steep = (part + inside for part in _logs(self.link, eta))
        log_p = np.logaddexp(math.log(floor), low) if floor > 0 else low
        log_q = np.logaddexp(math.log(lapse), high) if lapse > 0 else high
        return log_p, log_q, steep

    def answer(self, eta: Floats, recovered: Floats, trials: Floats, tail: Floats) -> Answer:
        """Return the likelihood of counts at predictors and exponents of asymptotes.

        Parameters
        ----------
        eta : (cells,)
            Predictors.
        recovered, trials : (cells,)
            Counts.
        tail : (tails,)
            The exponents of the estimated floor, then of the lapse rate.
        """
        none = np.empty(0), np.empty((eta.size, 0))
        if self.plain:
            return Answer(*likelihood(eta, recovered, trials), *none)
        fixed = self.at(tail)
        log_p, log_q, steep = fixed._log_rates(eta)
        lost = trials - recovered
        cost = -float(recovered @ log_p + lost @ log_q)
        p, q = np.exp(log_p), np.exp(log_q)
        excess = lost * p - recovered * q
        by_rate = np.exp(steep - log_p - log_q)
        found = Answer(cost, excess * by_rate, trials * np.exp(steep) * by_rate, *none)
        if not self.tails:
            return found
        floor, lapse = fixed._asymptotes
        # The derivatives of the rate, over p q.
        columns = []
        by_chance, lapsed = _share(floor, log_p), _share(lapse, log_q)
        if self.floor is None:
            columns.append(by_chance * (1 - (0.0 if self.lapse is None else lapsed)) / self._free)
        if self.lapse is None:
            columns.append(-lapsed * (1 - (0.0 if self.floor is None else by_chance)) / self._free)
        changes = np.column_stack(columns)
        root = np.sqrt(trials * p * q)[:, None] * changes
        return found._replace(tail_score=excess @ changes, tail_root=root)


LOGIT = Response()


def _share(asymptote: float, log_rate: Floats) -> Floats:
    """Return an asymptote over a rate, which is not below it."""
    if asymptote == 0:
        return np.zeros_like(log_rate)
    return np.asarray(np.exp(math.log(asymptote) - log_rate))


def quantile(link: str, share: float) -> float:
    """Return the predictor at which F is a share."""
    if link == "logit":
        return float(logit(share))
    if link == "probit":
        return float(ndtri(share))
    return math.log(-math.log1p(-share))


def _logs(link: str, eta: Floats) -> tuple[Floats, Floats, Floats]:
    """Return log F, log(1 - F) and log F'."""
    eta = np.clip(eta, *_ENDS[link])
    if link == "logit":
        low, high = log_expit(eta), log_expit(-eta)
        return low, high, low + high
    if link == "probit":
        return log_ndtr(eta), log_ndtr(-eta), -(eta**2) / 2 - math.log(math.sqrt(2 * math.pi))
    hazard = np.exp(eta)
    # log(1 - e^-h) is that of h where h is small.
    low = np.where(eta < -30, eta, np.log(-np.expm1(-np.maximum(hazard, 1e-14))))
    return low, -hazard, eta - hazard
