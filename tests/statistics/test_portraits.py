import math

import numpy as np
import pytest
from cells import make_cells
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize
from scipy.special import expit, logit
from statsmodels.genmod.families import Binomial
from statsmodels.genmod.generalized_linear_model import GLM

from genphase.statistics.deviances import deviance_of
from genphase.statistics.exponents import width_exponent
from genphase.statistics.portraits import PortraitFit
from genphase.statistics.scoring import Terms, minimise
from genphase.statistics.widths import SPREAD, slopes, width_ends
from genphase.tables.transition import transitions


def grid(lines, points):
    line, place = np.divmod(np.arange(lines * points), points)
    return line, place.astype(float)


class TestPortraitFit:
    def test_two_lines_are_a_linear_regression_with_one_slope(self):
        line, t = grid(2, 9)
        recovered = np.random.default_rng(0).binomial(40, expit(1.1 * (t - 3 - 1.5 * line)))
        trials = np.full(18, 40)
        fit = PortraitFit(t, line, [0.0, 1.0], recovered, trials)
        design = np.column_stack([t, line == 0, line == 1]).astype(float)
        counts = np.column_stack([recovered, trials - recovered])
        slope, *offsets = GLM(counts, design, family=Binomial()).fit().params
        for i, offset in enumerate(offsets):
            for level in (0.5, 0.9):
                expected = (logit(level) - offset) / slope
                assert fit.band(i, level).value == pytest.approx(expected, abs=2e-3)

    def test_the_band_is_a_likelihood_ratio_interval(self):
        line, t = grid(3, 8)
        recovered = np.random.default_rng(3).binomial(30, expit(1.4 * (t - 2 - line)))
        fit = PortraitFit(t, line, [0.0, 1.0, 2.0], recovered, np.full(24, 30))
        assert (fit.order, fit.dispersion) == (2, 1.0)

        def cost(c, slope):
            # A crossing for each line, which an order of 2 is; a slope that is linear in its log.
            odds = np.exp(slope[0] + slope[1] * line) * (t - np.asarray(c)[line])
            return 2 * np.sum(30 * np.logaddexp(0, odds) - recovered * odds)

        def least(function, start):
            options = {"maxiter": 4000, "maxfev": 8000, "xatol": 1e-7, "fatol": 1e-8}
            return minimize(function, start, method="Nelder-Mead", options=options).fun

        best = least(lambda p: cost(p[:3], p[3:]), [2, 3, 4, 0.3, 0])
        band = fit.band(1, 0.5)
        for end in (band.low, band.high):
            there = least(lambda p, c=end: cost([p[0], c, p[1]], p[2:]), [2, 4, 0.3, 0])
            assert there - best == pytest.approx(3.8415, abs=0.02)
            assert fit.excess(1, 0.5, end) == pytest.approx(0, abs=2e-3)

    def test_lines_that_all_jump(self):
        line, t = grid(6, 8)
        recovered = np.where(t > line / 2 + 1.25, 20, 0)
        fit = PortraitFit(t, line, np.log(np.arange(1, 7)), recovered, np.full(48, 20))
        for i in range(6):
            below, above = (t[(line == i) & (recovered == n)] for n in (0, 20))
            band = fit.band(i, 0.5)
            assert below.max() < band.value < above.min()
            assert band.low < band.value < band.high
            assert below.max() - 0.5 < band.low
            assert band.high < above.min() + 0.5

    def test_a_line_without_a_change_is_bounded_by_the_others(self):
        line, t = grid(5, 8)
        rate = expit(2 * (t - 2 * line + 0.5))
        recovered = np.round(20 * rate).astype(int)
        # At the last line all fail: its crossing lies above the others', wherever exactly.
        recovered[line == 4] = 0
        band = PortraitFit(t, line, np.arange(5.0), recovered, np.full(40, 20)).band(4, 0.5)
        assert band.low > 6
        assert band.high > 8

    @settings(deadline=None, max_examples=30, derandomize=True)
    @given(st.data())
    def test_no_portrait_is_too_odd(self, data):
        lines = data.draw(st.integers(2, 4))
        count = data.draw(st.lists(st.integers(1, 5), min_size=lines, max_size=lines))
        line = np.repeat(np.arange(lines), count)
        t = np.concatenate([np.arange(n) for n in count]) * 3.0
        trials = np.array([data.draw(st.integers(1, 30)) for _ in line])
        recovered = np.array([data.draw(st.sampled_from([0, n, n // 2])) for n in trials])
        # A warning would be an error.
        fit = PortraitFit(t, line, np.arange(lines), recovered, trials)
        for i in range(lines):
            band = fit.band(i, 0.5)
            assert band.low <= band.value <= band.high

    def test_steps_that_are_small_beside_the_transition(self):
        # A fit that began with a steep line once ended there.
        size, place = (a.ravel() for a in np.meshgrid(np.arange(1, 31.0), np.arange(10, 610, 10.0)))
        t = np.log(place / (8 * size))
        recovered = np.random.default_rng(0).binomial(20, expit(6 * t))
        line = size.astype(int) - 1
        fit = PortraitFit(t, line, np.log(np.arange(1, 31)), recovered, np.full(t.size, 20))
        assert fit.deviance.chance > 0.01
        for i in (0, 15, 29):
            band = fit.band(i, 0.5)
            assert band.high - band.low < 0.4
            assert abs(band.value) < 0.15

    def test_lack_of_fit_is_told_and_widens_the_band(self):
        line, t = grid(8, 10)
        rng = np.random.default_rng(2)
        rate = expit(1.2 * (t - 1.5 - 0.8 * line))
        size, trials = np.log(np.arange(1, 9)), np.full(80, 20)
        fine = PortraitFit(t, line, size, rng.binomial(20, rate), trials)
        assert fine.deviance.chance > 0.05
        assert fine.dispersion == 1
        # Rates that scatter from cell to cell: beta-binomial counts.
        scattered = rng.beta(4 * rate + 1e-3, 4 * (1 - rate) + 1e-3)
        rough = PortraitFit(t, line, size, rng.binomial(20, scattered), trials)
        assert rough.deviance.chance < 1e-6
        assert rough.dispersion > 1.5
        widths = [fit.band(4, 0.5).high - fit.band(4, 0.5).low for fit in (fine, rough)]
        assert widths[1] > 1.2 * widths[0]


class TestDeviance:
    def test_many_trials_have_a_chi_squared_deviance(self):
        rate = np.linspace(0.3, 0.7, 12)
        found = deviance_of(rate, np.round(400 * rate + 8), np.full(12, 400), np.zeros(12))
        assert found.expected == pytest.approx(12, rel=0.01)

    def test_a_model_that_holds_is_rejected_once_in_twenty(self):
        rng = np.random.default_rng(1)
        # Most cells have rates near 0 or 1, where a deviance is no chi-squared.
        rate = expit(np.linspace(-9, 9, 40))
        trials = np.full(40, 20)
        chances = [
            deviance_of(rate, rng.binomial(20, rate), trials, np.zeros(40)).chance
            for _ in range(1000)
        ]
        assert 0.03 < np.mean(np.array(chances) < 0.05) < 0.075
        assert 0.4 < np.mean(np.array(chances) < 0.5) < 0.6

    def test_without_trials_that_could_deviate_there_is_no_chance(self):
        found = deviance_of(np.zeros(3), np.zeros(3), np.full(3, 20), np.zeros(3))
        assert found.value == pytest.approx(0, abs=1e-9)
        assert math.isnan(found.chance)


class TestSlopes:
    X, TRIALS = np.arange(1.0, 9), np.full(8, 25)

    def test_it_is_maximum_likelihood_with_a_likelihood_ratio_interval(self):
        recovered = np.random.default_rng(0).binomial(25, expit(1.2 * (self.X - 4.2)))
        design = np.column_stack([np.ones(8), self.X])
        counts = np.column_stack([recovered, 25 - recovered])
        model = GLM(counts, design, family=Binomial()).fit()
        found = slopes(self.X, recovered, self.TRIALS)
        assert found.best.s == pytest.approx(model.params[1], rel=1e-6)
        assert found.best.c == pytest.approx(-model.params[0] / model.params[1], rel=1e-6)
        for end in (found.low, found.high):
            held = GLM(counts, np.ones((8, 1)), offset=end.s * self.X, family=Binomial()).fit()
            assert held.deviance - model.deviance == pytest.approx(3.8415, abs=1e-3)
        low, high = width_ends(found.best)
        assert expit(found.best.s * (np.array([low, high]) - found.best.c)) == pytest.approx(
            [0.1, 0.9]
        )
        assert high - low == pytest.approx(SPREAD / found.best.s)

    def test_jumps_flat_lines_and_lines_without_a_change(self):
        jump = slopes(self.X, np.where(self.X > 4, 25, 0), self.TRIALS)
        assert jump.best.s == jump.high.s == math.inf
        assert 1 < jump.low.s < math.inf
        assert np.ptp(width_ends(jump.best)) == 0
        flat = slopes(self.X, np.array([15, 12, 13, 11, 12, 13, 12, 11]), self.TRIALS)
        assert (flat.best.s, flat.low.s) == (0, 0)
        assert 0 < flat.high.s < 0.3
        none = slopes(self.X, np.zeros(8), self.TRIALS)
        assert math.isnan(none.best.s)
        assert (none.low.s, none.high.s) == (0, math.inf)


class TestExponent:
    @pytest.mark.parametrize("direction", [1, -1])
    @pytest.mark.parametrize("exponent", [-0.5, 0.0, 0.4])
    def test_a_width_that_is_a_power_of_size(self, exponent, direction):
        size, place = (a.ravel() for a in np.meshgrid([2.0, 4, 8, 16], np.arange(24.0)))
        x = size * np.exp((place - 11.5) / 6)
        odds = direction * 2.5 * (size / 6) ** -exponent * np.log(x / (1.1 * size))
        trials = np.full(x.size, 20)
        rng = np.random.default_rng(4)
        found = width_exponent(x, size, rng.binomial(20, expit(odds)), trials, direction)
        assert found.low < exponent < found.high
        many = np.round(10**6 * expit(odds))
        exact = width_exponent(x, size, many, np.full(x.size, 10**6), direction)
        assert exact.value == pytest.approx(exponent, abs=1e-3)

    def test_too_little_to_tell(self):
        x, size = np.tile([1.0, 2, 3], 2), np.repeat([1.0, 2], 3)
        found = width_exponent(x, size, [0, 5, 10] * 2, np.full(6, 10), 1)
        assert all(math.isnan(value) for value in found)
        zero = width_exponent(x - 1, size, [0, 5, 10] * 2, np.full(6, 10), 1)
        assert math.isnan(zero.value)


class TestASearchThatFindsNoMinimum:
    def test_it_says_so(self):
        def terms(x):
            # Falls for ever.
            return Terms(-float(x.sum()), -np.ones_like(x), np.eye(x.size))

        found = minimise(terms, np.zeros(2), most_steps=20)
        assert not found.found
        bowl = minimise(lambda x: Terms(float(x @ x), 2 * x, 2 * np.eye(x.size)), np.ones(3))
        assert bowl.found
        np.testing.assert_allclose(bowl.parameters, 0, atol=1e-4)

    def test_a_portrait_claims_nothing_then(self, monkeypatch):
        rows = make_cells(
            {"k": [2, 4, 8], "n": [5, 10, 20, 40, 80]}, lambda k, n, **_: min(1.0, n / (10 * k))
        )
        monkeypatch.setattr(
            "genphase.statistics.portraits.minimise", lambda *args: minimise(*args, most_steps=1)
        )
        found = transitions(rows, ["k", "n"], "n", "k")
        assert set(found["portrait_position"]) == {"unknown"}
        assert found["portrait_crossing"].isna().all()
        assert (found["portrait_high"] == np.inf).all()
        assert (found["portrait_low"] == -np.inf).all()
        # The lines alone are regressed in another way.
        assert (found["position"] == "inside").all()
