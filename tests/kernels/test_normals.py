"""The transform of Box and Muller against its formula, and its numbers against the normal law."""

import itertools

import numba
import numpy as np
import pytest
from numpy.polynomial.polynomial import polyval
from scipy.stats import binom, kstest, norm

from genphase.kernels import normals
from genphase.kernels.normals import box_muller

COMPILED = pytest.mark.skipif(numba.config.DISABLE_JIT, reason="too slow without compilation")
MANY = 2_000 if numba.config.DISABLE_JIT else 1_000_000

# Halves of words around which the formula changes its form: 0, 1/4, 1/2 and 1 of their range, the
# eighths at which the nearest axis changes, and small numbers.
EDGES = np.unique(
    [(step * 2**29 + shift) % 2**32 for step in range(8) for shift in range(-3, 4)]
    + [2**power + shift for power in range(2, 32) for shift in (-1, 0)]
).astype(np.uint64)


def transform(words, scale=1.0):
    out = np.full(2 * words.size, np.nan, dtype=np.float32)
    box_muller(words, scale, out)
    return out


def random_words(count, seed=0):
    return np.random.SFC64(seed).random_raw(count)


def edge_words():
    low, high = (half.ravel() for half in np.meshgrid(EDGES, EDGES))
    return low | high << np.uint64(32)


def halves(words):
    return words & np.uint64(2**32 - 1), words >> np.uint64(32)


def formula(words):
    u, v = ((half.astype(float) + 0.5) / 2**32 for half in halves(words))
    radius, angle = np.sqrt(-2 * np.log(u)), 2 * np.pi * v
    return np.column_stack([radius * np.cos(angle), radius * np.sin(angle)]).ravel()


def bits(numbers):
    return numbers.view(np.int32)


@pytest.mark.parametrize("words", [random_words(MANY), edge_words()], ids=["random", "edges"])
def test_it_is_the_formula(words):
    expected, found = formula(words), transform(words)
    # The angle 2 pi v itself is rounded in the formula.
    np.testing.assert_allclose(found, expected, rtol=4e-7, atol=1e-14)
    relative = np.abs(found / expected - 1)[np.abs(expected) > 1e-6]
    assert np.sqrt(np.mean(relative**2)) < 7e-8


def polynomial(names, x):
    return polyval(x, [float(getattr(normals, name)) for name in names.split()])


def test_the_polynomials_have_the_errors_that_the_module_states():
    w, y = np.linspace(0, 1 / 3, 1001)[1:], np.linspace(0, np.pi / 4, 1001)[1:]
    ratios = {
        6e-9: w * (2 + w**2 * polynomial("_L0 _L1 _L2 _L3", w**2)) / (2 * np.arctanh(w)),
        9e-9: y * (1 + y**2 * polynomial("_S0 _S1 _S2", y**2)) / np.sin(y),
        2e-10: (1 - y**2 / 2 + y**4 * polynomial("_C0 _C1 _C2", y**2)) / np.cos(y),
    }
    for bound, ratio in ratios.items():
        assert bound / 2 < np.abs(ratio - 1).max() < bound


def test_no_word_gives_zero_or_infinity_and_the_extremes_are_where_they_should_be():
    words = edge_words()
    radius = np.hypot(*transform(words).astype(float).reshape(-1, 2).T)
    assert np.all(np.isfinite(radius))
    assert np.all(transform(words) != 0)
    low, _ = halves(words)
    assert radius[low == 0] == pytest.approx(np.sqrt(66 * np.log(2)), rel=4e-7)
    assert radius[low == 2**32 - 1] == pytest.approx(2**-16, rel=4e-7)
    assert radius.max() < 6.764


def test_a_quarter_turn_more_turns_the_pair_exactly():
    words = np.concatenate([edge_words(), random_words(1000)])
    turned = transform(words + np.uint64(2**62)).reshape(-1, 2)
    x, y = transform(words).reshape(-1, 2).T
    np.testing.assert_array_equal(turned, np.column_stack([-y, x]))


def test_the_scale_multiplies_the_radius():
    words = random_words(1000)
    np.testing.assert_array_equal(transform(words, 0.25), transform(words) / 4)
    np.testing.assert_allclose(transform(words, 0.3), 0.3 * formula(words), rtol=5e-7)


@COMPILED
def test_compiled_code_does_the_operations_as_written():
    # Single precision, in order, without fused products: the same numbers on every machine.
    words = np.concatenate([edge_words()[::7], random_words(5000)])
    plain = np.empty(2 * words.size, dtype=np.float32)
    box_muller.py_func(words, 0.3, plain)
    np.testing.assert_array_equal(bits(transform(words, 0.3)), bits(plain))


def test_a_word_gives_its_pair_wherever_it_stands_and_the_arrays_lie():
    words = random_words(67)
    whole = transform(words, 0.3)
    for start, count in itertools.product(range(9), (0, 1, 2, 3, 7, 8, 9, 15, 16, 17, 33, 58)):
        for shift in (0, 1, 2, 5):
            memory = np.full(2 * count + 12, np.nan, dtype=np.float32)
            box_muller(words[start : start + count], 0.3, memory[shift : shift + 2 * count])
            expected = np.full_like(memory, np.nan)
            expected[shift : shift + 2 * count] = whole[2 * start : 2 * (start + count)]
            np.testing.assert_array_equal(bits(memory), bits(expected))


# Of each statistic below, a fixed seed gives one value; the bounds are met for all but one seed
# in some ten thousand.


@COMPILED
def test_the_law_is_normal():
    assert kstest(transform(random_words(2_000_000, 1)).astype(float), "norm").pvalue > 1e-4


@COMPILED
def test_moments_are_those_of_the_normal_law():
    numbers = transform(random_words(2_000_000, 2)).astype(float)
    moments = {0: 1, 2: 1, 4: 3, 6: 15, 8: 105, 10: 945, 12: 10395}
    power = np.ones_like(numbers)
    for order in range(1, 7):
        power *= numbers
        mean = moments.get(order, 0)
        error = np.sqrt((moments[2 * order] - mean**2) / numbers.size)
        assert abs(power.mean() - mean) < 4 * error


@COMPILED
def test_tails_have_their_weight_on_both_sides():
    counts = np.zeros((3, 2), dtype=int)
    total = 0
    for seed in range(10):
        numbers = transform(random_words(5_000_000, [3, seed]))
        total += numbers.size
        counts += [[np.sum(numbers > s), np.sum(numbers < -s)] for s in (3, 4, 5)]
    for sigmas, both in zip((3, 4, 5), counts, strict=True):
        low, high = binom.interval(1 - 1e-4, total, norm.sf(sigmas))
        assert 0 < low <= min(both) <= max(both) <= high


@COMPILED
def test_radius_and_angle_are_independent_and_have_their_laws():
    x, y = transform(random_words(1_000_000, 4)).astype(float).reshape(-1, 2).T
    square, angle = x * x + y * y, np.arctan2(y, x)
    assert kstest(square / 2, "expon").pvalue > 1e-4
    assert kstest(angle, "uniform", args=(-np.pi, 2 * np.pi)).pvalue > 1e-4
    sectors = [
        square[(angle >= low) & (angle < low + np.pi / 4)] for low in np.arange(-4, 4) / 4 * np.pi
    ]
    for sector in sectors:
        assert kstest(sector / 2, "expon").pvalue > 1e-5


@COMPILED
@pytest.mark.parametrize("lag", [1, 2, 3, 16, 32])
@pytest.mark.parametrize("member", [0, 1])
def test_numbers_are_uncorrelated_and_so_are_their_squares(member, lag):
    # With lag 1, member 0 stands against the other of its pair, member 1 against the next pair.
    numbers = transform(random_words(2_000_000, 5)).astype(float)
    x, y = numbers[member:-lag:2], numbers[member + lag :: 2]
    for p, q in itertools.product((x, (x * x - 1) / np.sqrt(2)), (y, (y * y - 1) / np.sqrt(2))):
        assert abs(np.mean(p * q)) < 4 / np.sqrt(x.size)
