"""The simulation study: nominal 95 % intervals hold the truth in 92 % to 98 % of the cases."""

import numpy as np
import pytest
from coverages import (
    budget_coverage,
    exponent_coverage,
    line_coverage,
    line_draws,
    portrait_coverage,
    rate_coverage,
    response_coverage,
)

from genphase.statistics.crossings import crossing
from genphase.statistics.portraits import PortraitFit
from genphase.statistics.responses import LINKS, Response

ENOUGH, MOST = 0.92, 0.98


class TestRates:
    """Exact, by all outcomes."""

    @pytest.mark.parametrize("trials", [10, 20, 30, 50, 100, 200])
    def test_on_average_over_rates(self, trials):
        rates = (np.arange(2000) + 0.5) / 2000
        found = rate_coverage(trials, rates)
        assert ENOUGH < found.mean() < MOST
        # It dips where a rate is rarer than one of so many trials, and nowhere below this.
        assert found.min() > 0.83
        assert rates[found.argmin()] < 1.5 / trials or 1 - rates[found.argmin()] < 1.5 / trials

    @pytest.mark.parametrize("rate", [0.1, 0.3, 0.5, 0.8])
    def test_on_average_over_trial_numbers(self, rate):
        found = [rate_coverage(trials, [rate])[0] for trials in range(10, 101)]
        assert ENOUGH < np.mean(found) < MOST


class TestLines:
    """By 4000 draws each, whose crossings lie anywhere between grid points: within 0.4 %."""

    @pytest.mark.parametrize("trials", [10, 20, 30, 50])
    @pytest.mark.parametrize("slope", [0.5, 1, 2, 4])
    def test_crossings(self, trials, slope):
        fifty, steepness = line_coverage(1, 8, trials, slope)
        assert ENOUGH < fifty < MOST
        # That of the slope, and so of the width, is held less often by few trials.
        assert 0.91 < steepness < MOST

    @pytest.mark.parametrize(("trials", "slope"), [(10, 1), (20, 2), (50, 4)])
    def test_another_level_of_a_longer_line(self, trials, slope):
        assert ENOUGH < line_coverage(2, 20, trials, slope, 0.2)[0] < MOST

    @pytest.mark.parametrize("trials", [10, 20, 50])
    @pytest.mark.parametrize("slope", [10, 20])
    def test_a_jump_between_two_points_is_held_more_often(self, trials, slope):
        # Draws of 0 and 1 alone say nothing of where between the points the crossing lies: that
        # interval is never too short, and cannot be shorter.
        assert line_coverage(3, 8, trials, slope)[0] > 0.96

    @pytest.mark.parametrize(("trials", "slope"), [(10, 0.5), (20, 2), (20, 8), (50, 30)])
    @pytest.mark.parametrize("level", [0.5, 0.2])
    def test_the_study_speaks_of_the_interval_in_use(self, trials, slope, level):
        rng = np.random.default_rng(5)
        for c, lines in line_draws(rng, 8, trials, slope, 30, places=6):
            held = lines.crossing_held(c, level)
            for recovered, expected in zip(lines.recovered, held, strict=True):
                found = crossing(lines.x, recovered, np.full(8, trials), 1, level)
                assert (found.low <= c <= found.high) == expected


class TestPortraits:
    """By 160 draws of eight lines each, which share one curve: within about 1 %."""

    @pytest.mark.parametrize(("trials", "slope"), [(10, 1.5), (20, 4), (30, 12)])
    def test_bands(self, trials, slope):
        assert ENOUGH < portrait_coverage(1, 8, 10, trials, slope, draws=160) < MOST

    @pytest.mark.parametrize(("at_least", "trials", "slope"), [(5, 20, 1.5), (5, 20, 4)])
    def test_bands_of_trials_by_budget(self, at_least, trials, slope):
        # By 60 draws: within about 1.5 %.
        held, width = budget_coverage(1, 8, 10, at_least, trials, slope, draws=60)
        assert 0.91 < held < 0.985
        assert width < 0.7

    def test_the_study_speaks_of_the_band_in_use(self):
        rng = np.random.default_rng(8)
        line, place = np.divmod(np.arange(48), 8)
        rates = 1 / (1 + np.exp(-1.5 * (place - 1 - line)))
        for _ in range(3):
            recovered = rng.binomial(20, rates)
            fit = PortraitFit(place, line, np.log(np.arange(1, 7)), recovered, np.full(48, 20))
            for i in range(6):
                band = fit.band(i, 0.5)
                held = band.low <= 1 + i <= band.high
                assert (fit.excess(i, 0.5, 1 + i) <= 0) == held


class TestResponses:
    """Links, floors and the exponent of the width: by few draws, so that bounds are wide."""

    FLOOR = Response("logit", None, 0.0)

    @pytest.mark.parametrize("floor", [0, 0.05])
    def test_a_floor_that_is_estimated(self, floor):
        found = response_coverage(3, 6, 10, 20, 1.5, ("logit", floor, 0), [self.FLOOR], draws=60)
        assert found.band > 0.9
        assert found.floor > 0.88

    def test_a_link_that_is_chosen(self):
        links = [Response(link) for link in LINKS]
        found = response_coverage(4, 6, 10, 20, 1.0, ("cloglog", 0, 0), links, draws=40)
        assert found.band > 0.87
        assert found.link > 0.8
        # One that is given and wrong holds less.
        wrong = response_coverage(4, 6, 10, 20, 1.0, ("cloglog", 0, 0), draws=40)
        assert wrong.band < found.band

    def test_the_exponent_of_the_width(self):
        assert exponent_coverage(5, 5, 12, 20, -0.5, draws=80, slope=1.0) > 0.87
