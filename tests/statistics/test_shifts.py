"""The difference of two crossings: its profile, its interval and both of its tests."""

import math

import numpy as np
import pytest
from scipy.optimize import minimize
from scipy.special import expit
from scipy.stats import chi2, norm
from shift_coverages import Pairs, pair_draws, shift_errors

from genphase.language.expressions import Expression
from genphase.statistics.coordinates import Coordinate
from genphase.statistics.shifts import CrossingProfile, Shifts

X = np.arange(1.0, 11.0)
TRIALS = np.full(X.size, 40.0)


def counts(slope, crossing, trials=TRIALS):
    return np.round(trials * expit(slope * (X - crossing)))


def profile(recovered, x=X, trials=TRIALS, direction=1, level=0.5, coordinate=None, **symbols):
    natural = None if coordinate is None else Expression(coordinate)
    return CrossingProfile(
        Coordinate(natural, "m", symbols, x), x, recovered, trials, direction, level
    )


def joint(first, second, delta, relative=False):
    """Twice the greatest log-likelihood of both lines with this shift, by a general search."""

    def cost(parameters):
        c, *slopes = parameters
        places = c, c * (1 + delta) if relative else c + delta
        odds = [math.exp(s) * (X - p) for s, p in zip(slopes, places, strict=True)]
        return 2 * sum(
            np.sum(TRIALS * np.logaddexp(0, o) - r * o)
            for o, r in zip(odds, (first, second), strict=True)
        )

    return minimize(cost, [5.0, 0.0, 0.0], method="Nelder-Mead", options={"xatol": 1e-7}).fun


class TestProfile:
    @pytest.mark.parametrize("relative", [False, True])
    @pytest.mark.parametrize("delta", [-0.1, 0.0, 0.13, 0.3])
    def test_it_is_that_of_the_joint_likelihood(self, relative, delta):
        first, second = counts(0.9, 5.2), counts(1.6, 5.9)
        shifts = Shifts(profile(first), profile(second), relative)
        least = joint(first, second, shifts.value, relative)
        expected = joint(first, second, delta, relative) - least
        assert shifts.excess(delta) == pytest.approx(expected, abs=2e-3)

    def test_ends_and_p_values_are_those_of_the_profile(self):
        shifts = Shifts(profile(counts(0.9, 5.2)), profile(counts(1.6, 5.9)), False)
        found = shifts.tested(1.0)
        assert found.shift == pytest.approx(0.7, abs=0.05)
        assert found.shift_low < found.shift < found.shift_high
        for end in found[1:3]:
            assert shifts.excess(end) == pytest.approx(chi2.ppf(0.95, 1), rel=1e-3)
        assert found.p_same == chi2.sf(shifts.excess(0), 1)
        # The upper margin is nearer.
        assert found.p_equivalent == norm.sf(math.sqrt(shifts.excess(1.0)))

    def test_the_order_of_the_lines_changes_a_sign(self):
        lines = profile(counts(0.9, 5.2)), profile(counts(1.6, 5.9))
        there, back = (Shifts(*pair, False).tested(0.5) for pair in (lines, lines[::-1]))
        turned = (-back.shift, -back.shift_high, -back.shift_low, *back[3:])
        assert there == pytest.approx(turned, rel=2e-3)

    @pytest.mark.parametrize("relative", [False, True])
    def test_lines_that_fall_are_those_that_rise_with_failures(self, relative):
        first, second = counts(0.9, 5.2), counts(1.6, 5.9)
        rising = Shifts(profile(first), profile(second), relative).tested(0.2)
        failures = [profile(TRIALS - r, direction=-1) for r in (first, second)]
        assert Shifts(*failures, relative).tested(0.2) == pytest.approx(rising, rel=1e-6)

    def test_a_scale_of_the_axis_does_not_change_shares(self):
        first, second = counts(0.9, 5.2), counts(1.6, 5.9)
        found = Shifts(profile(first), profile(second), True).tested(0.2)
        scaled = [profile(r, x=7 * X) for r in (first, second)]
        assert Shifts(*scaled, True).tested(0.2) == pytest.approx(found, rel=2e-3)

    def test_another_coordinate_is_another_model_of_the_same_axis(self):
        # Logistic in log(m): the shares are then differences of the coordinate.
        odds = [4 * (np.log(X) - np.log(c)) for c in (4.0, 4.8)]
        lines = [profile(np.round(TRIALS * expit(o)), coordinate="log(m/k)", k=3) for o in odds]
        found = Shifts(*lines, True).tested(0.1)
        assert found.shift == pytest.approx(0.2, abs=0.02)
        straight = [
            CrossingProfile(
                Coordinate(None, "t", {}, np.log(X)),
                np.log(X),
                np.round(TRIALS * expit(o)),
                TRIALS,
                1,
                0.5,
            )
            for o in odds
        ]
        same = Shifts(*straight, False).tested(math.log(1.1))
        assert np.log1p(found[:3]) == pytest.approx(same[:3], rel=2e-3)
        assert found.p_same == pytest.approx(same.p_same, rel=1e-2)


class TestWhereLittleIsKnown:
    def test_a_line_without_a_crossing_has_no_shift(self):
        none = profile(np.zeros(X.size))
        for pair in ((none, profile(counts(1, 5))), (profile(counts(1, 5)), none)):
            found = Shifts(*pair, True).tested(0.1)
            assert math.isnan(found.shift)
            assert math.isnan(found.p_same)
            assert found[1:3] == (-math.inf, math.inf)

    def test_two_jumps_between_the_same_points_may_be_a_step_apart(self):
        jump = profile(np.where(X > 5.5, TRIALS, 0))
        found = Shifts(jump, profile(np.where(X > 5.5, TRIALS, 0)), False).tested(2.0)
        assert found.shift == 0
        assert found.p_same == 1
        assert found[1:3] == pytest.approx((-1, 1), abs=0.02)
        # A margin that is shorter than the step cannot be told, one of two steps can.
        assert Shifts(jump, jump, False).tested(0.5).p_equivalent == 0.5
        assert found.p_equivalent < 1e-6

    def test_few_trials_leave_an_end_open(self):
        few = np.full(X.size, 1.0)
        first = profile(np.array([0, 1, 0, 0, 1, 0, 1, 1, 0, 1.0]), trials=few)
        found = Shifts(first, profile(counts(1, 5)), False).tested(0.5)
        assert math.isinf(found.shift_low) or math.isinf(found.shift_high)
        assert found.p_equivalent > 0.05


class TestStudy:
    """By 2000 draws, within about 0.5 %; crossings lie anywhere between grid points."""

    @pytest.mark.parametrize(("slopes", "trials"), [((1, 1), 20), ((1, 2), 50)])
    def test_coverage_and_the_size_of_both_tests(self, slopes, trials):
        margin = 3.5 * np.sqrt(sum(1 / s for s in slopes) / trials)
        none = shift_errors(1, 10, trials, slopes, margin, draws=2000, places=10)
        some = shift_errors(2, 10, trials, slopes, margin, at=1, draws=2000, places=10)
        assert 0.93 < none.coverage < 0.965
        assert 0.93 < some.coverage < 0.965
        assert 0.035 < none.different < 0.07
        assert 0.035 < some.equivalent < 0.07
        # And both have the power that such a margin should give.
        assert some.different > 0.8
        assert none.equivalent > 0.8

    def test_trials_of_the_same_instances_make_the_interval_longer_than_need_be(self):
        found = shift_errors(3, 10, 30, (1, 1), 0.7, draws=1000, shared=0.8, places=5)
        assert found.coverage > 0.98
        assert found.different < 0.02

    @pytest.mark.parametrize(
        ("slopes", "trials", "reach"), [((0.5, 1), 10, 4), ((2, 2), 20, 1), ((5, 5), 30, 0.8)]
    )
    def test_it_speaks_of_the_interval_in_use(self, slopes, trials, reach):
        rng, unit = np.random.default_rng(5), reach / 4
        for c, *lines in pair_draws(rng, 10, trials, slopes, 0.0, 20, 4):
            pairs = Pairs(*lines, c, reach, unit)
            for draw in range(3):
                profiles = [
                    profile(
                        line.recovered[line.which.ravel()[draw]].astype(float),
                        x=np.arange(10.0),
                        trials=np.full(10, float(trials)),
                    )
                    for line in lines
                ]
                for line, found in zip(profiles, pairs.profiles, strict=True):
                    for place in range(0, len(pairs.places), 9):
                        expected = found[place, draw]
                        assert line.excess(pairs.places[place]) == pytest.approx(expected, abs=1e-4)
                # Between its places the sum may be less.
                shifts = Shifts(*profiles, False)
                for units in (-1, 0, 1):
                    assert shifts.excess(units * unit) <= pairs.excess(units)[draw] + 1e-4
