import math

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from genphase.sweep.errors import BadValue
from genphase.sweep.expressions import CONSTANTS, FUNCTIONS, Expression

SYMBOLS = {"k": 7, "n": 221, "tau": 0.125, "zero": 0}

LEAVES = st.one_of(
    st.sampled_from(sorted([*SYMBOLS, "pi", "e"])),
    st.integers(0, 500).map(str),
    st.floats(0, 1e6, allow_nan=False).map(repr),
)


def combined(parts):
    pair = st.tuples(parts, parts)
    condition = st.tuples(parts, st.sampled_from(["<", "<=", ">", ">=", "==", "!="]), parts)
    return st.one_of(
        st.tuples(parts, st.sampled_from(["+", "-", "*", "/", "//", "%"]), parts).map(
            lambda t: f"({t[0]} {t[1]} {t[2]})"
        ),
        st.tuples(LEAVES, st.integers(-3, 3)).map(lambda t: f"{t[0]}**({t[1]})"),
        st.tuples(st.sampled_from("+-"), parts).map(lambda t: f"({t[0]}{t[1]})"),
        st.tuples(st.sampled_from(["abs", "floor", "ceil", "round", "sqrt", "log"]), parts).map(
            lambda t: f"{t[0]}({t[1]})"
        ),
        st.tuples(st.sampled_from(["max", "min"]), pair).map(
            lambda t: f"{t[0]}({t[1][0]}, {t[1][1]})"
        ),
        st.tuples(pair, condition).map(lambda t: f"({t[0][0]} if {' '.join(t[1])} else {t[0][1]})"),
    )


ARITHMETIC = st.recursive(LEAVES, combined, max_leaves=8)
COMPARISONS = st.tuples(
    ARITHMETIC, st.sampled_from(["<", "<=", ">", ">=", "==", "!="]), ARITHMETIC
).map(" ".join)
CONDITIONS = st.recursive(
    COMPARISONS,
    lambda parts: st.one_of(
        st.tuples(parts, st.sampled_from(["and", "or"]), parts).map(lambda t: f"({' '.join(t)})"),
        parts.map(lambda p: f"(not {p})"),
    ),
    max_leaves=4,
)


def python_value(text):
    """Python's own value of an expression; None where its arithmetic fails."""
    names = {**FUNCTIONS, **CONSTANTS, **SYMBOLS, "__builtins__": {}}
    try:
        return eval(text, names)
    except (ArithmeticError, ValueError, TypeError):
        return None


def same(a, b):
    return a == b or (math.isnan(a) and math.isnan(b))


@given(ARITHMETIC | CONDITIONS)
def test_an_expression_has_the_value_that_python_gives_it(text):
    assume(len(text) <= 300)
    expected = python_value(text)
    expression = Expression(text)
    if expected is None:
        with pytest.raises(BadValue, match="has no value"):
            expression(SYMBOLS)
    else:
        value = expression(SYMBOLS)
        assert type(value) is type(expected)
        assert same(value, expected)


@given(ARITHMETIC)
def test_the_symbols_of_an_expression_are_those_it_names(text):
    assume(len(text) <= 300)
    tokens = set("".join(c if c.isalnum() or c == "_" else " " for c in text).split())
    assert Expression(text).symbols == tokens & set(SYMBOLS)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("k in (5, 7)", True),
        ("k not in (5, 7)", False),
        ("k in [2*k, n]", False),
        ("1 < k < 10", True),
        ("1 < k < 5", False),
        ("k == 7 and not n < 100", True),
        ("2**128", 2**128),
        ("2**-1", 0.5),
        ("tau**0.5", math.sqrt(0.125)),
        ("round(n/2)", 110),
        ("round(2.71828, 2)", 2.72),
        ("log(8, 2)", 3.0),
        ("True", True),
        (" k + 1 ", 8),
        (20, 20),
        (0.5, 0.5),
    ],
)
def test_the_value_of_one_expression(text, value):
    assert Expression(text)(SYMBOLS) == value


def test_only_the_chosen_branch_is_evaluated():
    assert Expression("1/zero if k < 0 else 3")(SYMBOLS) == 3
    assert Expression("k > 0 or 1/zero > 0")(SYMBOLS) is True


@pytest.mark.parametrize(
    "text",
    [
        "k.real",
        "().__class__.__base__",
        "__import__('os')",
        "lambda: 1",
        "k[0]",
        "[x for x in (1, 2)]",
        "{1: 2}",
        "{1}",
        "(1, 2)",
        "'text'",
        "f'{k}'",
        "b'a'",
        "1j",
        "...",
        "None",
        "k & 1",
        "k | 1",
        "k ^ 1",
        "k << 3",
        "~k",
        "k @ k",
        "k is k",
        "(k := 3)",
        "max(*(1, 2), 3)",
        "round(k, ndigits=2)",
        "max(k)",
        "sqrt(k, 2)",
        "sin(k)",
        "eval(k)",
        "(abs)(k)(n)",
        "k in n",
        "1 < k in (2, 3)",
        "k = 3",
        "k; n",
        "import os",
        "k +",
        "",
        "  ",
        "k\x00",
        "1" * 301,
        "await k",
        "yield",
    ],
)
def test_what_is_no_arithmetic_is_refused_when_it_is_read(text):
    with pytest.raises(BadValue) as caught:
        Expression(text)
    assert caught.value.remedy


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("1/zero", "zero = 0: division by zero"),
        ("k // zero", "by zero"),
        ("k % zero", "modulo"),
        ("sqrt(0 - k)", "k = 7"),
        ("(0-k)**0.5", "root of a negative"),
        ("9**9**9**9", "too large"),
        ("n**n**n", "n = 221"),
        ("2**129", "too large"),
        ("10.0**400", "10.0**400"),
        ("0**-1", "division by zero|cannot be raised"),
        ("floor(inf)", "infinity"),
        ("exp(1000)", "range"),
    ],
)
def test_arithmetic_without_a_value_says_why(text, reason):
    with pytest.raises(BadValue, match=reason.replace("*", r"\*").replace("(", r"\(")) as caught:
        Expression(text)(SYMBOLS)
    assert text in caught.value.text


def test_expressions_are_equal_when_their_texts_are():
    assert Expression("k + 1") == Expression("k + 1")
    assert Expression("k + 1") != Expression("1 + k")
    assert len({Expression("k"), Expression("k"), Expression(1)}) == 2
