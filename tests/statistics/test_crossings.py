import math

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize, minimize_scalar
from scipy.special import expit, logit, xlogy

from genphase.statistics.crossings import crossing, rises

INF = math.inf


def deviance(rate, recovered, trials):
    """Minus twice the log-likelihood of counts, but for the binomial coefficients."""
    return -2 * np.sum(xlogy(recovered, rate) + xlogy(trials - recovered, 1 - rate))


def simulate(seed, x, centre, slope, trials):
    return np.random.default_rng(seed).binomial(trials, expit(slope * (np.asarray(x) - centre)))


class TestRises:
    @pytest.mark.parametrize("unit", [1.0, 1e-9, 1e9])
    @pytest.mark.parametrize(
        ("recovered", "direction"),
        [([0, 5, 10], 1), ([10, 5, 0], -1), ([5, 5, 5], 0), ([0, 10, 0], 0), ([0, 0, 1], 1)],
    )
    def test_signs(self, recovered, direction, unit):
        assert rises(np.array([1, 2, 3]) * unit, recovered, [10, 10, 10]) == direction

    def test_it_looks_at_rates_and_not_at_counts(self):
        # Half of the trials at every point, but ten times as many trials at the last.
        assert rises([0.1, 0.2, 0.7], [3, 3, 30], [6, 6, 60]) == 0


class TestCrossing:
    @pytest.mark.parametrize(
        ("points", "trials", "slope"), [(10, 20, 1.2), (6, 8, -1.0), (40, 2, 0.4), (12, 10, -6.0)]
    )
    def test_the_interval_covers_the_true_crossing(self, points, trials, slope):
        x = np.arange(1.0, points + 1)
        truths = np.random.default_rng(3).uniform(points * 0.3, points * 0.7, 200)
        covered = 0
        for seed, truth in enumerate(truths):
            recovered = simulate(seed, x, truth, slope, trials)
            found = crossing(x, recovered, np.full(points, trials), round(np.sign(slope)))
            covered += found.low <= truth <= found.high
        # 95 % of 200 with three standard errors is 90.4 % to 99.6 %; a steep line, whose points
        # say little about what lies between them, is covered more often.
        assert covered / 200 > 0.904
        if abs(slope) < 2:
            assert covered / 200 < 0.996

    def test_the_value_is_unbiased(self):
        x = np.arange(1.0, 13)
        found = [crossing(x, simulate(s, x, 6.3, 1.5, 20), np.full(12, 20)) for s in range(200)]
        values = np.array([f.value for f in found])
        assert abs(values.mean() - 6.3) < 4 * values.std() / math.sqrt(200)

    @pytest.mark.parametrize("seed", range(5))
    @pytest.mark.parametrize("slope", [1.3, -1.3])
    def test_it_is_maximum_likelihood_with_a_likelihood_ratio_interval(self, seed, slope):
        x = np.array([1.0, 2, 4, 5, 7, 8, 9])
        trials = np.array([20, 10, 20, 15, 20, 20, 5])
        recovered = simulate(seed, x, 5.2, slope, trials)

        def cost(c, s):
            rate = np.clip(expit(s * (x - c)), 1e-300, 1 - 1e-16)
            return deviance(rate, recovered, trials)

        best = minimize(lambda p: cost(*p), [5, slope], method="Nelder-Mead", tol=1e-10)
        found = crossing(x, recovered, trials)
        assert (found.position, found.method) == ("inside", "logistic")
        assert found.value == pytest.approx(best.x[0], abs=1e-5)

        def profile(c):
            limits = (0, 30) if slope > 0 else (-30, 0)
            options = {"xatol": 1e-10}
            return minimize_scalar(lambda s: cost(c, s), bounds=limits, options=options).fun

        for end in (found.low, found.high):
            assert profile(end) - best.fun == pytest.approx(3.8415, abs=1e-3)
        assert found.low < found.value < found.high

    @settings(deadline=None, max_examples=60, derandomize=True)
    @given(
        st.lists(st.integers(0, 6), min_size=2, max_size=7),
        st.integers(-3, 6),
        st.integers(-1000, 1000),
        st.sampled_from([-1, 0, 1]),
    )
    def test_shift_scale_and_mirror(self, recovered, exponent, shift, direction):
        x = np.arange(len(recovered)) ** 1.5
        trials = np.full(len(x), 6)
        scale = 2.0**exponent
        a = crossing(x, recovered, trials, direction)
        assume(not np.isclose(a.value, x[[0, -1]], atol=1e-6).any())
        b = crossing(x * scale + shift, recovered, trials, direction)
        close = {"rel": 1e-6, "abs": 1e-6 * scale * x[-1], "nan_ok": True}
        assert (b.position, b.method) == (a.position, a.method)
        assert b[1:4] == pytest.approx([v * scale + shift for v in a[1:4]], **close)
        c = crossing(-x[::-1], recovered[::-1], trials, -direction)
        other = {"below": "above", "above": "below"}
        assert c.position == other.get(a.position, a.position)
        mirrored = (-c.value, -c.high, -c.low)
        assert mirrored == pytest.approx(a[1:4], rel=1e-6, abs=1e-6 * x[-1], nan_ok=True)

    @settings(deadline=None, max_examples=300, derandomize=True)
    @given(st.data())
    def test_no_line_is_too_odd(self, data):
        x = data.draw(
            st.lists(st.integers(-50, 50), min_size=1, max_size=8, unique=True).map(sorted)
        )
        trials = data.draw(st.lists(st.integers(1, 30), min_size=len(x), max_size=len(x)))
        recovered = [data.draw(st.integers(0, t) | st.sampled_from([0, t])) for t in trials]
        found = crossing(x, recovered, trials, data.draw(st.sampled_from([-1, 0, 1])))
        # A warning would be an error, too.
        assert found.low <= found.high
        assert math.isnan(found.value) == (found.position != "inside")
        if found.position == "inside":
            assert x[0] <= found.value <= x[-1]
            assert found.low <= found.value <= found.high
        if found.position == "below":
            assert found.low < x[0]
        if found.position == "above":
            assert found.high > x[-1]

    @pytest.mark.parametrize(
        ("recovered", "direction", "position", "low", "high"),
        [
            (0, 1, "above", 40, INF),
            (0, -1, "below", -INF, 10),
            (20, 1, "below", -INF, 10),
            (20, -1, "above", 40, INF),
            (0, 0, "unknown", -INF, INF),
            (20, 0, "unknown", -INF, INF),
        ],
    )
    def test_lines_without_a_change(self, recovered, direction, position, low, high):
        found = crossing([10, 20, 40], [recovered] * 3, [20] * 3, direction)
        assert (found.position, found.low, found.high) == (position, low, high)
        assert math.isnan(found.value)
        assert found.method == "constant"

    @pytest.mark.parametrize("direction", [0, 1, -1])
    def test_a_jump(self, direction):
        counts = [0, 0, 20, 20] if direction >= 0 else [20, 20, 0, 0]
        found = crossing([10, 20, 40, 50], counts, [20] * 4, direction)
        assert found == ("inside", 30, 20, 40, "separated")

    def test_a_jump_of_few_trials_says_less(self):
        # One trial each: 1 of 1 at x = 40 and 0 of 1 at x = 20 reject nothing at 5 %.
        found = crossing([10, 20, 40, 50], [0, 0, 1, 1], [1] * 4)
        assert found.value == 30
        assert found.low < 20
        assert found.high > 40
        assert found.low + found.high == pytest.approx(60)
        three = crossing([10, 20, 40, 50], [0, 0, 3, 3], [3] * 4)
        assert (three.low, three.high) == (20, 40)

    def test_a_line_of_zeros_and_ones_that_turns_back_is_no_jump(self):
        found = crossing([1, 2, 3], [0, 20, 0], [20] * 3)
        assert (found.position, found.low, found.high) == ("unknown", -INF, INF)
        found = crossing([1, 2, 3, 4], [0, 20, 0, 20], [20] * 4)
        assert found.method == "logistic"
        assert found.value == pytest.approx(2.5)

    def test_a_fitted_crossing_outside_the_grid(self):
        x, trials = [1, 2, 3], [100] * 3
        above = crossing(x, [2, 4, 8], trials, 1)
        assert above.position == "above"
        # Log-odds rise by 0.72 a unit and are -2.44 at x = 3, so cross 0 near x = 6.4.
        assert 3 < above.low < 6.4 < above.high
        below = crossing(x, [92, 96, 98], trials, 1)
        assert below.position == "below"
        assert (below.low, below.high) == pytest.approx((4 - above.high, 4 - above.low))

    def test_a_line_against_the_known_direction_is_flat(self):
        # Rarely recovered, and by chance more often at the low end: the crossing is above.
        found = crossing([1, 2, 3], [3, 1, 0], [20] * 3, 1)
        assert found.position == "above"
        assert found.high == INF
        assert found.low > 1
        # The same line on its own falls.
        assert crossing([1, 2, 3], [3, 1, 0], [20] * 3).position == "below"
        often = crossing([1, 2, 3], [20, 19, 17], [20] * 3, 1)
        assert (often.position, often.low) == ("below", -INF)

    def test_flat_noise_at_one_half_leaves_everything_open(self):
        found = crossing([1, 2, 3, 4], [10, 11, 9, 10], [20] * 4, 1)
        assert (found.low, found.high) == (-INF, INF)
        found = crossing([1, 2], [5, 5], [10, 10], 1)
        assert found == ("unknown", pytest.approx(math.nan, nan_ok=True), -INF, INF, "logistic")

    def test_two_points(self):
        found = crossing([10, 20], [2, 18], [20, 20])
        assert found.value == pytest.approx(15)
        assert 10 < found.low < 15 < found.high < 20
        assert found.high - 15 == pytest.approx(15 - found.low, rel=1e-6)

    @pytest.mark.parametrize(("recovered", "position"), [(15, "below"), (3, "above")])
    def test_one_point(self, recovered, position):
        found = crossing([50], [recovered], [20], 1)
        assert found.position == position
        assert crossing([50], [recovered], [20]).position == "unknown"

    def test_more_trials_count_more(self):
        x = [1, 2, 3, 4]
        found = crossing(x, [0, 2, 6, 8], [8, 8, 8, 8])
        assert found.value == pytest.approx(2.5)
        heavier = crossing(x, [0, 2, 300, 400], [8, 8, 400, 400])
        # The rate at x = 3 is 3/4 for certain, so the crossing lies below 3, and is known better.
        assert heavier.high < found.high
        assert 2 < heavier.value < 3

    @pytest.mark.parametrize("level", [0.1, 0.8])
    @pytest.mark.parametrize("slope", [1.3, -1.3])
    def test_another_level_is_the_same_line_elsewhere(self, level, slope):
        x, trials = np.arange(1.0, 11), np.full(10, 30)
        recovered = simulate(4, x, 5.2, slope, 30)
        found = crossing(x, recovered, trials, level=level)
        middle = crossing(x, recovered, trials)

        def cost(c, s):
            rate = np.clip(expit(s * (x - c) + logit(level)), 1e-300, 1 - 1e-16)
            return deviance(rate, recovered, trials)

        best = minimize(lambda p: cost(*p), [5, slope], method="Nelder-Mead", tol=1e-10)
        assert found.value == pytest.approx(best.x[0], abs=1e-5)
        assert found.value - middle.value == pytest.approx(logit(level) / best.x[1], abs=1e-5)
        limits = (0.05, 30) if slope > 0 else (-30, -0.05)
        for end in (found.low, found.high):
            profile = minimize_scalar(lambda s, c=end: cost(c, s), bounds=limits).fun
            assert profile - best.fun == pytest.approx(3.8415, abs=1e-3)

    def test_levels_of_a_line_without_a_change_and_of_a_jump(self):
        for level in (0.1, 0.9):
            none = crossing([1, 2, 3], [0, 0, 0], [20] * 3, 1, level)
            assert (none.position, none.low, none.high) == ("above", 3, INF)
            jump = crossing([1, 2, 3, 4], [0, 0, 20, 20], [20] * 4, 1, level)
            assert (jump.value, jump.low, jump.high) == (2.5, 2, 3)

    def test_a_flat_line_lies_on_the_side_of_the_level_that_its_rate_says(self):
        # Six of twenty everywhere: above 10 %, below 50 %.
        assert crossing([1, 2, 3], [6, 6, 6], [20] * 3, 1, 0.1).position == "below"
        assert crossing([1, 2, 3], [6, 6, 6], [20] * 3, 1, 0.5).position == "above"
        assert crossing([1, 2, 3], [6, 6, 6], [20] * 3, 1, 0.3).position == "unknown"


@pytest.mark.parametrize("level", [0.1, 0.5, 0.9])
@pytest.mark.parametrize("recovered", [1, 5, 10, 19])
def test_where_one_cell_is_between_0_and_1_the_likeliest_line_jumps_there(level, recovered):
    # An ever steeper line is ever likelier: it has no other crossing.
    x = np.array([10.0, 20.0, 30.0, 40.0])
    found = crossing(x, [0, 0, recovered, 20], [20] * 4, 1, level)
    assert (found.position, found.method) == ("inside", "logistic")
    assert found.value == pytest.approx(30, abs=1e-3)
    assert found.low <= found.value <= found.high
    assert 20 <= found.low <= 30 + 1e-5
    assert found.high <= 40
    # It is mirrored where the rate falls.
    mirrored = crossing(x, [20, recovered, 0, 0], [20] * 4, -1, level)
    assert mirrored.value == pytest.approx(20, abs=1e-3)


def test_a_line_that_recovers_all_but_some_at_its_first_cell_crosses_below():
    found = crossing([10, 20, 30], [15, 20, 20], [20] * 3, 1)
    assert found.position == "below"
    assert found.high == pytest.approx(10, abs=1e-3)
