import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize_scalar
from scipy.stats import binomtest, multinomial
from statsmodels.stats.contingency_tables import mcnemar as contingency_mcnemar
from statsmodels.stats.multitest import multipletests

from genphase.statistics.paired import difference_interval, holm, mcnemar, sign_flip
from genphase.statistics.rates import rate_interval


class TestMcNemar:
    @pytest.mark.parametrize(("b", "c"), [(0, 1), (0, 6), (3, 3), (5, 2), (1, 9), (4, 0)])
    def test_it_counts_the_coins_that_fall_as_oddly(self, b, c):
        heads = [sum(coins) for coins in itertools.product((0, 1), repeat=b + c)]
        # Twice the smaller tail: the law of fair coins is symmetric.
        tail = sum(h <= min(b, c) for h in heads) / len(heads)
        assert mcnemar(b, c) == pytest.approx(min(1, 2 * tail))

    def test_it_is_scipys_and_statsmodels(self):
        b, c = np.meshgrid(np.arange(13), np.arange(13))
        found = mcnemar(b, c)
        assert found.shape == b.shape
        for i, j in np.ndindex(*b.shape):
            table = [[3, b[i, j]], [c[i, j], 2]]
            assert found[i, j] == pytest.approx(contingency_mcnemar(table, exact=True).pvalue)
            if b[i, j] + c[i, j]:
                exact = binomtest(b[i, j], b[i, j] + c[i, j]).pvalue
                assert found[i, j] == pytest.approx(exact)

    def test_without_a_discordant_pair_it_says_nothing(self):
        assert mcnemar([0, 0], [0, 1]).tolist() == [1, 1]

    def test_a_published_value(self):
        # Fagerland, Lydersen and Laake (2014): 1 and 7 discordant pairs give 0.070.
        assert round(float(mcnemar(1, 7)), 3) == 0.070


# statsmodels collects garbage at every call, which takes longer than all the rest.
@settings(max_examples=15)
@given(st.lists(st.floats(0, 1), max_size=30))
def test_holms_adjustment_is_that_of_statsmodels(p):
    expected = multipletests(p, method="holm")[1] if p else []
    np.testing.assert_allclose(holm(p), expected, rtol=1e-12)


class TestSignFlip:
    @given(st.lists(st.integers(-4, 4), max_size=9))
    def test_it_is_the_share_of_signs_whose_sum_is_as_far_from_zero(self, differences):
        sums = [
            sum(s * d for s, d in zip(signs, differences, strict=True))
            for signs in itertools.product((-1, 1), repeat=len(differences))
        ]
        share = sum(abs(s) >= abs(sum(differences)) for s in sums) / len(sums)
        assert sign_flip(differences) == pytest.approx(share)

    @pytest.mark.parametrize(("b", "c"), [(0, 0), (3, 0), (7, 12), (500, 300)])
    def test_of_single_cells_it_is_mcnemars(self, b, c):
        assert sign_flip([1] * b + [-1] * c + [0] * 5) == pytest.approx(float(mcnemar(b, c)))

    def test_cells_that_share_an_instance_count_once(self):
        # Three levels of noise on five instances are no fifteen coins.
        assert sign_flip([3] * 5) == pytest.approx(2 / 2**5)
        assert sign_flip([1] * 15) == pytest.approx(2 / 2**15)


def score(b, c, n, delta):
    """Return the score statistic at a difference, by a numerical search of the likeliest rates."""

    def cost(q):
        rates = np.array([q + delta, q, 1 - 2 * q - delta])
        counts = np.array([b, c, n - b - c])
        with np.errstate(divide="ignore"):
            return -sum(k * np.log(r) for k, r in zip(counts, rates, strict=True) if k)

    low, high = max(0.0, -delta), (1 - delta) / 2
    options = {"xatol": 1e-12}
    q = minimize_scalar(cost, bounds=(low, high), method="bounded", options=options).x
    return (b - c - n * delta) / math.sqrt(n * (2 * q + delta - delta**2))


class TestDifferenceInterval:
    def test_a_published_value(self):
        # Fagerland, Lydersen and Laake (2014), 1 and 7 discordant pairs of 21: -0.517 to -0.026.
        low, high = difference_interval(1, 7, 21)
        assert (round(float(low), 3), round(float(high), 3)) == (-0.517, -0.026)

    @pytest.mark.parametrize(
        ("b", "c", "n"), [(1, 7, 21), (3, 3, 10), (12, 5, 30), (2, 1, 4), (9, 0, 20), (0, 6, 50)]
    )
    def test_its_ends_are_where_the_score_test_just_rejects(self, b, c, n):
        low, high = (float(end) for end in difference_interval(b, c, n))
        assert score(b, c, n, low) == pytest.approx(1.959964, abs=1e-4)
        assert score(b, c, n, high) == pytest.approx(-1.959964, abs=1e-4)

    def test_without_discordant_pairs_it_is_wilsons(self):
        low, high = difference_interval(0, 0, 25)
        assert float(high) == pytest.approx(float(rate_interval(0, 25)[1]))
        assert float(low) == pytest.approx(-float(high))

    @given(st.integers(1, 60).flatmap(lambda n: st.tuples(*[st.integers(0, n)] * 2, st.just(n))))
    def test_it_holds_the_difference_and_mirrors(self, counts):
        b, c, n = counts
        if b + c > n:
            b, c = n - b, n - c
        low, high = difference_interval(b, c, n)
        assert -1 <= low <= (b - c) / n <= high <= 1
        assert difference_interval(c, b, n) == pytest.approx((-high, -low), abs=1e-12)

    def test_all_to_one_side(self):
        low, high = difference_interval(10, 0, 10)
        assert high == 1
        # Wilson's lower end of 10 of 10 is 0.722; a difference is less certain than a rate.
        assert 0.4 < low < 0.722

    @pytest.mark.parametrize("n", [8, 20, 40])
    def test_it_covers_at_least_91_percent_where_one_pair_is_concordant(self, n):
        b, c = (counts.ravel() for counts in np.meshgrid(np.arange(n + 1), np.arange(n + 1)))
        b, c = b[b + c <= n], c[b + c <= n]
        low, high = difference_interval(b, c, np.full(b.shape, n))
        covered = []
        # Every outcome with its probability: exact, without a simulation.
        for p, q in itertools.product(np.linspace(0.01, 0.97, 25), repeat=2):
            if p + q <= 1 - 1 / n:
                law = multinomial(n, [p, q, 1 - p - q]).pmf(np.column_stack([b, c, n - b - c]))
                assert law.sum() == pytest.approx(1)
                covered.append(law[(low <= p - q) & (p - q <= high)].sum())
        assert min(covered) > 0.91
        assert 0.95 < np.mean(covered) < 0.975
