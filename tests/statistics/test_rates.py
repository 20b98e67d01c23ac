import math

import numpy as np
import pytest
from scipy.stats import norm
from scipy.stats import t as student_t

from genphase.statistics.rates import mean_interval, rate_interval

INF = math.inf


class TestRateInterval:
    def test_it_is_wilsons_formula(self):
        z = norm.ppf(0.975)
        for n in (1, 6, 20, 300):
            recovered = np.arange(n + 1)
            p = recovered / n
            middle = (p + z**2 / (2 * n)) / (1 + z**2 / n)
            half = z / (1 + z**2 / n) * np.sqrt(p * (1 - p) / n + z**2 / (4 * n**2))
            low, high = rate_interval(recovered, np.full(n + 1, n))
            np.testing.assert_allclose(low, np.maximum(middle - half, 0), atol=1e-12)
            np.testing.assert_allclose(high, np.minimum(middle + half, 1), atol=1e-12)

    def test_a_known_value(self):
        # Newcombe (1998), table I: 15 of 148 gives 0.0624 to 0.1605.
        low, high = rate_interval(15, 148)
        assert (round(float(low), 4), round(float(high), 4)) == (0.0624, 0.1605)

    def test_it_stays_within_zero_and_one(self):
        low, high = rate_interval([0, 20], [20, 20])
        assert low[0] == 0
        assert high[1] == 1
        assert high[0] < 0.2
        assert low[1] > 0.8


class TestMeanInterval:
    def test_it_is_students(self):
        values = [1.0, 4.0, 2.0, 7.0]
        low, high = student_t.interval(0.95, 3, loc=3.5, scale=np.std(values, ddof=1) / 2)
        assert mean_interval(values) == pytest.approx((3.5, low, high))

    def test_it_covers_the_mean_19_times_of_20(self):
        draws = np.random.default_rng(0).exponential(1.0, (4000, 40))
        ends = np.array([mean_interval(row) for row in draws])
        assert 0.92 < np.mean((ends[:, 1] <= 1) & (1 <= ends[:, 2])) < 0.96

    @pytest.mark.parametrize(
        ("values", "mean"), [([], math.nan), ([3.0], 3.0), ([1.0, INF], INF), ([INF, INF], INF)]
    )
    def test_without_an_interval(self, values, mean):
        found = mean_interval(values)
        np.testing.assert_array_equal(found, [mean, math.nan, math.nan])
