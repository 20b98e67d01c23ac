import math

import numpy as np
import pytest
from coverages import LAWS
from scipy.optimize import minimize
from scipy.stats import binom

from genphase.statistics.crossings import crossing
from genphase.statistics.deviances import residuals_of
from genphase.statistics.logistic import Model, Point
from genphase.statistics.portraits import PortraitFit, likeliest_response
from genphase.statistics.responses import LINKS, LOGIT, Response
from genphase.statistics.widths import slopes, width_ends

# What is given, and what is estimated.
ASYMPTOTES = [(0.0, 0.0), (0.1, 0.0), (None, 0.0), (None, None), (0.05, None), (None, 0.05)]
TRIALS = 20


def rate(link, floor, lapse, eta):
    return floor + (1 - floor - lapse) * LAWS[link][0](np.asarray(eta))


def derivative(function, at, step=1e-6):
    return np.array(
        [(function(at + step * e) - function(at - step * e)) / (2 * step) for e in np.eye(at.size)]
    )


def model(response, seed=0):
    """Return a model of three lines, some parameters, and a point that it can pass."""
    rng = np.random.default_rng(seed)
    line = np.repeat([0, 1, 2], 10)
    recovered = rng.integers(0, TRIALS + 1, 30).astype(float)
    basis, slopes = np.eye(3)[line], np.column_stack([np.ones(30), line - 1.0])
    found = Model(
        0.5 * rng.normal(size=30),
        recovered,
        np.full(30, 20.0),
        basis,
        slopes,
        np.zeros(30),
        response,
    )
    tail = -2 + 0.3 * rng.normal(size=response.tails)
    parameters = np.concatenate([0.5 * rng.normal(size=3), 0.3 * rng.normal(size=2), tail])
    point = Point(0.3, 0.6, basis[:, 1], basis[:, [0, 2]], np.array([1.0, 0.0]))
    return found, parameters, point


@pytest.mark.parametrize("link", LINKS)
@pytest.mark.parametrize(("floor", "lapse"), ASYMPTOTES)
class TestDerivatives:
    """Against finite differences."""

    def test_gradient(self, link, floor, lapse):
        found, at, point = model(Response(link, floor, lapse))
        expected = derivative(lambda x: found.terms(x).cost, at)
        np.testing.assert_allclose(found.terms(at).gradient, expected, rtol=1e-5, atol=1e-5)
        at = np.delete(at, 1)
        expected = derivative(lambda x: found.terms_through(x, point).cost, at)
        through = found.terms_through(at, point).gradient
        np.testing.assert_allclose(through, expected, rtol=1e-5, atol=1e-5)

    def test_curvature_where_counts_are_as_expected(self, link, floor, lapse):
        found, at, _ = model(Response(link, floor, lapse))
        found = found._replace(recovered=TRIALS * found.rates(at))
        hessian = derivative(lambda x: found.terms(x).gradient, at)
        scale = np.abs(hessian).max()
        np.testing.assert_allclose(found.terms(at).curvature, hessian, atol=1e-6 * scale)

    def test_cost_is_that_of_the_binomial_law(self, link, floor, lapse):
        found, at, _ = model(Response(link, floor, lapse))
        other = at + 0.1
        costs = [
            -binom.logpmf(found.recovered, TRIALS, np.clip(found.rates(x), 1e-15, 1 - 1e-15)).sum()
            for x in (at, other)
        ]
        # The penalty of steep lines is of a hundredth of a trial.
        change = found.terms(other).cost - found.terms(at).cost
        assert change == pytest.approx(costs[1] - costs[0], abs=0.01)


@pytest.mark.parametrize("link", LINKS)
class TestResponse:
    def test_rates_and_the_way_back(self, link):
        response = Response(link, 0.05, 0.1)
        eta = np.linspace(-3, 1.2, 9)
        np.testing.assert_allclose(response.rate(eta), rate(link, 0.05, 0.1, eta), rtol=1e-12)
        for level in (0.1, 0.5, 0.85):
            reach = response.reach(level)
            assert rate(link, 0.05, 0.1, reach) == pytest.approx(level)
        assert response.reach(0.04) == -math.inf
        assert response.reach(0.95) == math.inf

    def test_tails_are_finite_and_have_their_sign(self, link):
        eta = np.array([-1e14, -1e3, -40.0, 40.0, 1e3, 1e14])
        for floor, lapse in ASYMPTOTES:
            response = Response(link, floor, lapse)
            # Everything is wrong, so that nothing cancels.
            recovered = np.where(eta > 0, 0.0, 20.0)
            answer = response.answer(eta, recovered, np.full(6, 20.0), response.begin())
            assert all(np.isfinite(part).all() for part in answer)
            assert (answer.score * eta >= 0).all()

    def test_exponents_are_shares(self, link):
        tail = np.log([0.1, 0.2])
        found = Response(link, None, None).at(tail)
        assert found[1:] == pytest.approx((0.1 / 1.3, 0.2 / 1.3))
        # Whatever a search tries, something is left between the asymptotes.
        wild = Response(link, None, None).at(np.array([1e6, 1e6]))
        assert wild.floor + wild.lapse < 1

    def test_a_line_is_the_likeliest_one_with_a_likelihood_ratio_interval(self, link):
        x, response = np.arange(10.0), Response(link, 0.1, 0.05)
        rng = np.random.default_rng(1)
        recovered = rng.binomial(30, rate(link, 0.1, 0.05, 1.1 * (x - 4.3)))

        def cost(s, c):
            p = rate(link, 0.1, 0.05, s * (x - c) + response.reach(0.5))
            return -2 * binom.logpmf(recovered, 30, p).sum()

        tight = {"xatol": 1e-8, "fatol": 1e-10, "maxiter": 4000}
        best = minimize(lambda p: cost(*p), [1, 4.3], method="Nelder-Mead", options=tight)
        found = crossing(x, recovered, np.full(10, 30), 1, 0.5, response)
        assert found.value == pytest.approx(best.x[1], abs=1e-4)
        for end in (found.low, found.high):
            least = min(cost(s, end) for s in np.geomspace(0.1, 10, 4000))
            assert least - best.fun == pytest.approx(3.8415, abs=2e-3)
        slope = slopes(x, recovered, np.full(10, 30), response).best
        assert slope.s == pytest.approx(best.x[0], rel=1e-3)
        # The width is that between a tenth and nine tenths of the way.
        shares = LAWS[link][0](slope.s * (width_ends(slope, link) - slope.c))
        assert shares == pytest.approx([0.1, 0.9])

    def test_a_falling_line_is_a_mirrored_one(self, link):
        x, response = np.arange(10.0), Response(link, 0.1, 0.0)
        recovered = np.array([2, 3, 1, 4, 9, 14, 19, 20, 20, 20])
        up = crossing(x, recovered, np.full(10, 20), 1, 0.5, response)
        down = crossing(x, recovered[::-1], np.full(10, 20), -1, 0.5, response)
        assert down.value == pytest.approx(9 - up.value)
        assert (down.low, down.high) == pytest.approx((9 - up.high, 9 - up.low))


class TestLines:
    def test_chance_hides_no_jump(self):
        # A step between 4 and 5, with a success by chance before it and a lapse behind.
        recovered = np.array([0, 1, 0, 0, 0, 20, 20, 19, 20, 20])
        found = crossing(
            np.arange(10.0), recovered, np.full(10, 20), 1, 0.5, Response("logit", 0.02, 0.02)
        )
        assert (found.method, found.value) == ("separated", pytest.approx(4.5))
        assert found.low >= 3.9
        assert found.high <= 5.1

    def test_a_level_beyond_the_asymptotes(self):
        found = crossing(
            np.arange(4.0), [2, 5, 15, 18], np.full(4, 20), 1, 0.05, Response("probit", 0.1, 0.0)
        )
        assert found.position == "never"
        assert math.isnan(found.value)
        assert (found.low, found.high) == (-math.inf, math.inf)


class TestPortraits:
    def cells(self, link, floor, lapse, trials=400, seed=0):
        line, place = np.divmod(np.arange(72), 12)
        p = rate(link, floor, lapse, 1.2 * (place - 3 - line))
        recovered = np.random.default_rng(seed).binomial(trials, p)
        return place, line, np.log(np.arange(1, 7)), recovered, np.full(72, trials)

    @pytest.mark.parametrize("link", LINKS)
    def test_the_true_response_is_found_among_many_trials(self, link):
        cells = self.cells(link, 0.05, 0.03)
        asked = [Response(name, None, None) for name in LINKS]
        fit, aics = likeliest_response(*cells, asked)
        assert fit.response.link == link == min(aics, key=aics.get)
        assert fit.deviance.chance > 0.01
        for name, true in (("floor", 0.05), ("lapse", 0.03)):
            band = fit.asymptote(name)
            assert band.low < true < band.high
            assert band.high - band.low < 0.02
        # Without them, nothing fits.
        assert PortraitFit(*cells, Response(link)).deviance.chance < 1e-6

    def test_without_a_floor_it_comes_to_nothing_and_changes_nothing(self):
        cells = self.cells("logit", 0, 0, trials=20)
        plain, estimated = PortraitFit(*cells), PortraitFit(*cells, Response("logit", None, None))
        assert estimated.response[1:] == pytest.approx((0, 0), abs=2e-3)
        floor = estimated.asymptote("floor")
        assert floor.low == 0
        assert floor.high < 0.02
        for i in range(6):
            a, b = plain.band(i, 0.5), estimated.band(i, 0.5)
            assert b == pytest.approx(a, abs=0.1)

    def test_the_interval_of_a_floor_is_a_likelihood_ratio_interval(self):
        cells = self.cells("logit", 0.05, 0, trials=30)
        fit = PortraitFit(*cells, Response("logit", None, 0.0))
        floor = fit.asymptote("floor")
        costs = {}
        for end in floor:
            # The same order, by its AIC with so many lines.
            held = PortraitFit(*cells, Response("logit", end, 0.0))
            assert held.order == fit.order
            costs[end] = -2 * binom.logpmf(cells[3], 30, held.rates).sum()
        for end in (floor.low, floor.high):
            rise = costs[end] - costs[floor.value]
            assert rise == pytest.approx(3.8415 * fit.dispersion, abs=0.02)

    def test_the_band_of_a_level_knows_the_floor_only_as_well_as_the_trials(self):
        cells = self.cells("logit", 0.05, 0, trials=30)
        given = PortraitFit(*cells, Response("logit", 0.05, 0.0))
        estimated = PortraitFit(*cells, Response("logit", None, 0.0))
        # A level near the floor.
        widths = [f.band(2, 0.1).high - f.band(2, 0.1).low for f in (given, estimated)]
        assert widths[1] > 1.1 * widths[0]
        beyond = estimated.band(2, 0.01)
        assert beyond == (-math.inf, -math.inf, math.inf)


def test_residuals_are_roots_of_deviances():
    fitted, recovered = np.array([0.5, 0.5, 0.1, 0.0]), np.array([14, 6, 0, 0])
    found = residuals_of(fitted, recovered, np.full(4, 20))
    assert (np.sign(found[:3]) == [1, -1, -1]).all()
    saturated = binom.logpmf(recovered, 20, recovered / 20) - binom.logpmf(recovered, 20, fitted)
    np.testing.assert_allclose(found**2, 2 * saturated, atol=1e-9)


def test_plain_logistic_regression_is_the_default():
    assert Response() == LOGIT
    assert LOGIT.plain
    assert not Response("logit", None, 0.0).plain
