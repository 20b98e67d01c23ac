"""Tests of published against measured numbers, by scipy, by counting and by simulation."""

import math
from itertools import combinations

import numpy as np
import pytest
from scipy.stats import binomtest, fisher_exact, norm, ttest_1samp, ttest_ind, ttest_ind_from_stats

from genphase.statistics.agreement import (
    same_mean,
    same_median,
    same_rate,
    same_spread_error,
    within,
)


class TestRates:
    def test_fishers_exact_test_of_the_counts(self):
        assert same_rate(16, 30, 0.5, 30) == pytest.approx(fisher_exact([[16, 14], [15, 15]])[1])
        # A published rate is rounded: 29 of 30, not 29.01.
        assert same_rate(22, 30, 0.967, 30) == pytest.approx(fisher_exact([[22, 8], [29, 1]])[1])

    def test_a_rate_by_hand(self):
        # All of 3 against none of 3: of 20 ways to choose three successes two are as odd.
        assert same_rate(3, 3, 0, 3) == pytest.approx(2 / 20)

    def test_without_runs_the_rate_is_exact(self):
        assert same_rate(16, 20, 0.5, None) == pytest.approx(binomtest(16, 20, 0.5).pvalue)
        assert same_rate(20, 20, 1, None) == 1


class TestMeans:
    values = np.array([1.0, 2.0, 4.0, 7.0, 6.5])

    def error(self):
        return float(self.values.std(ddof=1) / math.sqrt(5))

    def test_against_an_exact_number(self):
        expected = ttest_1samp(self.values, 3.0).pvalue
        assert same_mean(4.1, self.error(), 4, 3.0) == pytest.approx(expected)

    def test_against_a_mean_with_an_error_of_its_own(self):
        others = np.array([2.0, 2.5, 1.0])
        expected = ttest_ind(self.values, others, equal_var=False).pvalue
        error = float(others.std(ddof=1) / math.sqrt(3))
        found = same_mean(4.1, self.error(), 4, float(others.mean()), error, 2)
        assert found == pytest.approx(expected)

    def test_with_our_deviation_for_theirs(self):
        # Student's test, in which the other sample adds nothing to the deviation: as of one run.
        found, taken = same_spread_error(4.1, self.error(), 4, 2.0, 3.0, 1)
        assert taken == 2.0
        deviation = float(self.values.std(ddof=1))
        p, _ = same_spread_error(4.1, self.error(), 4, deviation, 3.0, 1)
        expected = ttest_ind_from_stats(4.1, deviation, 5, 3.0, 0, 1, equal_var=True).pvalue
        assert p == pytest.approx(expected)
        assert 0 < found < 1

    def test_its_p_values_are_uniform(self):
        rng = np.random.default_rng(0)
        ours, theirs = rng.normal(size=(4000, 8)), rng.normal(size=(4000, 12)).mean(axis=1)
        found = [
            same_spread_error(
                a.mean(), a.std(ddof=1) / math.sqrt(8), 7, a.std(ddof=1), float(b), 12
            )[0]
            for a, b in zip(ours, theirs, strict=True)
        ]
        assert np.mean(np.array(found) < 0.05) == pytest.approx(0.05, abs=0.012)

    def test_what_is_no_sample(self):
        assert same_mean(math.inf, math.nan, 4, 1.0) == 0
        assert math.isnan(same_mean(1.0, math.nan, 0, 1.0))
        assert same_mean(1.0, 0.0, 4, 1.0) == 1
        assert same_mean(1.0, 0.0, 4, 1.1) == 0


class TestMedians:
    def test_an_exact_median_is_a_sign_test(self):
        assert same_median(2, 2, 10, None) == pytest.approx(binomtest(2, 10, 0.5).pvalue)

    @pytest.mark.parametrize("below", range(5))
    def test_the_law_is_that_of_all_orders(self, below):
        # 4 trials and 3 runs in any order, all equally likely; how many trials precede run 2.
        counts = [places[1] - 1 for places in combinations(range(7), 3)]
        tails = np.mean(np.array(counts) <= below), np.mean(np.array(counts) >= below)
        assert same_median(below, below, 4, 3) == pytest.approx(min(1, 2 * min(tails)))

    def test_ties_count_for_agreement(self):
        assert same_median(0, 10, 10, 20) == 1
        assert same_median(0, 0, 10, 20) < 0.05

    def test_it_rejects_seldom_whatever_the_law(self):
        rng = np.random.default_rng(1)
        found = []
        for _ in range(3000):
            ours, median = rng.exponential(size=20), np.median(rng.exponential(size=30))
            below = int(np.sum(ours < median))
            found.append(same_median(below, below, 20, 30))
        assert 0.01 < np.mean(np.array(found) < 0.05) <= 0.055


class TestRanges:
    def test_overlapping_intervals_agree_at_5_percent(self):
        interval = (8.0, 13.0)
        assert within(10, interval, (9, 11)) == 1
        # The range touches an end of the interval: just 5 %.
        assert within(10, interval, (13, 15)) == pytest.approx(0.05)
        assert within(10, interval, (5, 8)) == pytest.approx(0.05)
        assert within(10, interval, (14, 15)) < 0.05 < within(10, interval, (12.5, 15))

    def test_a_number_with_an_error(self):
        half = norm.ppf(0.975)
        expected = 2 * norm.sf(5 / math.hypot(3, 4))
        assert within(0, (-3 * half, 3 * half), (5, 5), 4) == pytest.approx(expected)

    def test_beyond_the_grid_only_an_end_is_known(self):
        assert within(math.nan, (20, math.inf), (10, 15)) == 0
        assert within(math.nan, (20, math.inf), (10, 25)) == 1
        assert within(30, (20, math.inf), (50, 50)) == 1

    def test_what_says_nothing(self):
        assert math.isnan(within(math.nan, (-math.inf, math.inf), (1, 2)))
        assert math.isnan(within(math.nan, (math.nan, math.nan), (1, 2)))
