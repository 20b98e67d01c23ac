import math

import numpy as np
import pytest
from scipy.stats import norm
from scipy.stats import t as student_t

from genphase.statistics.rates import mean_interval, pooled_rate_interval, rate_interval

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


def shared(rng, instances=30, levels=3, within=0.9):
    """Return whether trials are recovered, of which those of one instance mostly agree."""
    own = rng.random((instances, 1)) < 0.5
    agree = rng.random((instances, levels)) < within
    recovered = np.where(agree, own, rng.random((instances, levels)) < 0.5)
    return recovered.ravel(), np.repeat(np.arange(instances), levels)


class TestSharedInstances:
    def test_intervals_by_instance_hold_the_truth_as_often_as_they_say(self):
        rng = np.random.default_rng(0)
        held = {"rate": 0, "iid": 0, "mean": 0}
        for _ in range(2000):
            recovered, instances = shared(rng)
            low, high = pooled_rate_interval(recovered, instances)
            held["rate"] += low <= 0.5 <= high
            low, high = rate_interval(recovered.sum(), recovered.size)
            held["iid"] += low <= 0.5 <= high
            errors = recovered + rng.normal(0, 0.1, recovered.size)
            _, low, high = mean_interval(errors, instances)
            held["mean"] += low <= 0.5 <= high
        assert 0.93 < held["rate"] / 2000 < 0.98
        assert 0.93 < held["mean"] / 2000 < 0.97
        # As if the trials were independent, far less often.
        assert held["iid"] / 2000 < 0.82

    def test_trials_that_agree_count_once(self):
        recovered = np.repeat([True] * 12 + [False] * 8, 5)
        low, high = pooled_rate_interval(recovered, np.repeat(np.arange(20), 5))
        alone = rate_interval(12, 20)
        assert (low, high) == pytest.approx([float(end) for end in alone], abs=1e-9)

    def test_an_instance_for_each_trial_changes_nothing(self):
        rng = np.random.default_rng(1)
        values = rng.normal(size=15)
        assert mean_interval(values, np.arange(15)) == pytest.approx(mean_interval(values))
        recovered = values > 0
        ends = pooled_rate_interval(recovered, np.arange(15))
        assert ends == pytest.approx([float(e) for e in rate_interval(recovered.sum(), 15)])

    def test_the_rate_is_within_its_interval(self):
        for recovered in ([True] * 6, [False] * 6, [True, True, False] * 2):
            low, high = pooled_rate_interval(recovered, [0, 0, 0, 1, 1, 1])
            assert 0 <= low <= np.mean(recovered) <= high <= 1
        # All agree: as wide as of the two instances.
        low, _ = pooled_rate_interval([True] * 6, [0, 0, 0, 1, 1, 1])
        assert low == pytest.approx(float(rate_interval(2, 2)[0]))

    def test_of_one_instance_no_error_of_a_mean_is_known(self):
        assert np.isnan(mean_interval([1.0, 2.0, 3.0], [7, 7, 7])[1:]).all()
