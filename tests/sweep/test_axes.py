import math
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from genphase.errors import BadValue
from genphase.language.axes import clean, number, parse_axis

# Smaller ones are refused, see below.
FINITE = st.floats(-1e6, 1e6, allow_nan=False).filter(lambda value: value == 0 or abs(value) > 1e-9)


@given(
    first=st.integers(-500, 500),
    step=st.integers(1, 60),
    count=st.integers(1, 60),
    data=st.data(),
)
def test_a_range_of_steps_is_decimal_arithmetic(first, step, count, data):
    # In hundredths; `to` may lie beyond the last value, by less than a step.
    beyond = data.draw(st.integers(0, step - 1))
    last = first + step * (count - 1) + beyond
    spec = {"from": first / 100, "to": last / 100, "step": step / 100}
    expected = [float(Decimal(first + i * step) / 100) for i in range(count)]
    assert list(parse_axis(spec)) == expected


@given(first=st.integers(-50, 50), length=st.integers(0, 50))
def test_a_range_of_integers_has_step_one_and_both_ends(first, length):
    values = parse_axis({"from": first, "to": first + length})
    assert values == tuple(range(first, first + length + 1))
    assert all(isinstance(value, int) for value in values)


@given(first=FINITE, width=st.floats(1e-3, 1e6), points=st.integers(2, 50))
def test_a_linear_space_has_its_ends_and_equal_distances(first, width, points):
    last = first + width
    values = parse_axis({"from": first, "to": last, "points": points})
    assert len(values) == points
    assert (values[0], values[-1]) == (first, last)
    distance = (last - first) / (points - 1)
    for i, value in enumerate(values):
        assert value == pytest.approx(first + i * distance, rel=1e-9, abs=1e-9)


@given(
    first=st.floats(1e-12, 1e6),
    factor=st.floats(1.5, 1e9),
    points=st.integers(2, 50),
)
def test_a_log_space_has_its_ends_and_equal_ratios(first, factor, points):
    last = first * factor
    values = parse_axis({"from": first, "to": last, "points": points, "scale": "log"})
    assert len(values) == points
    assert (values[0], values[-1]) == (first, last)
    ratio = (last / first) ** (1 / (points - 1))
    for a, b in zip(values, values[1:], strict=False):
        assert b / a == pytest.approx(ratio, rel=1e-9)


@pytest.mark.parametrize(
    ("spec", "values"),
    [
        ({"from": 0.1, "to": 0.5, "step": 0.1}, (0.1, 0.2, 0.3, 0.4, 0.5)),
        ({"from": -3.76, "to": 0, "step": 0.08}, None),
        ({"from": -0.2, "to": 0.4, "points": 7}, (-0.2, -0.1, 0, 0.1, 0.2, 0.3, 0.4)),
        ({"from": 0, "to": 1, "step": 0.1428571428571429}, None),
    ],
)
def test_a_range_ends_where_it_says_and_has_a_zero_that_is_zero(spec, values):
    found = parse_axis(spec)
    assert found[-1] == spec["to"]
    assert values is None or found == values


def test_a_log_space_over_decades_has_the_decades():
    values = parse_axis({"from": "1e-8", "to": "1e-2", "points": 7, "scale": "log"})
    assert values == (1e-8, 1e-7, 1e-6, 1e-5, 1e-4, 1e-3, 1e-2)


@given(first=st.integers(1, 30), width=st.integers(1, 300), points=st.integers(2, 40))
def test_rounding_to_integers_keeps_order_and_drops_doubles(first, width, points):
    spec = {"from": first, "to": first + width, "points": points, "scale": "log", "integer": True}
    values = parse_axis(spec)
    assert all(isinstance(value, int) for value in values)
    assert list(values) == sorted(set(values))
    assert (values[0], values[-1]) == (first, first + width)
    exact = [first * ((first + width) / first) ** (i / (points - 1)) for i in range(points)]
    assert all(min(abs(value - x) for x in exact) <= 0.5 + 1e-9 for value in values)


@given(st.lists(st.integers(-(10**6), 10**6) | FINITE, min_size=1, unique=True))
def test_a_list_is_kept_as_it_is(values):
    assert list(parse_axis(values)) == values


@given(st.lists(FINITE, min_size=1, max_size=10), st.data())
def test_a_value_listed_twice_is_refused(values, data):
    again = data.draw(st.sampled_from(values))
    with pytest.raises(BadValue, match="twice"):
        parse_axis([*values, again])


def test_one_number_in_two_spellings_is_one_value():
    with pytest.raises(BadValue, match="1 appears twice"):
        parse_axis([1, "1.0"])


def test_a_list_of_lists_is_a_list_of_widths():
    assert parse_axis([[700, 600], [150, 700, 600]]) == ((700, 600), (150, 700, 600))


@pytest.mark.parametrize(
    ("given_value", "value"),
    [("1e-5", 1e-5), (" 7 ", 7), (2.0, 2), ("-0.5", -0.5), (1e300, 1e300), (10**20, 10**20)],
)
def test_a_number_may_be_text(given_value, value):
    found = number(given_value)
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    "value", ["k", "", None, True, [1], {}, math.nan, math.inf, "inf", "1e999", 10**400]
)
def test_what_is_no_finite_number_is_refused(value):
    with pytest.raises(BadValue, match=r"not a number|not finite"):
        number(value)


def test_a_range_may_start_and_end_at_one_value():
    assert parse_axis({"from": 3, "to": 3}) == (3,)


@pytest.mark.parametrize("spec", [{"from": 0, "to": 1e9}, {"from": 1, "to": 1e300, "step": 1e-300}])
def test_a_range_without_bounds_is_refused_at_once(spec):
    with pytest.raises(BadValue, match="100000"):
        parse_axis(spec)


@pytest.mark.parametrize("value", [5e-324, -1e-310, "1e-400", "-2.5e-999", 1e301, "1e308", 10**301])
def test_a_number_that_cannot_be_computed_with_is_refused(value):
    with pytest.raises(BadValue, match="size that cannot be computed with") as caught:
        parse_axis([1, value])
    assert "from 1e-300 to 1e+300" in caught.value.remedy


@pytest.mark.parametrize("value", ["0", "0e-400", "-0.0", "0.000"])
def test_zero_is_zero_however_it_is_written(value):
    assert parse_axis([value]) == (0,)


def test_large_whole_numbers_of_a_range_stay_apart():
    first = 10_000_000_000_001
    assert parse_axis({"from": first, "to": first + 2}) == (first, first + 1, first + 2)
    assert clean(123456789012345.0) == 123456789012345
