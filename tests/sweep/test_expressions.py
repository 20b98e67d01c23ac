import ast
import math
import operator
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from genphase.errors import BadValue
from genphase.language.expressions import CONSTANTS, Expression

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


OPERATORS = {
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
}


class InFractions(ast.NodeTransformer):
    """Write numbers as fractions, and comparisons as calls of `compare`."""

    def visit_Constant(self, node):
        return ast.parse(f"Fraction({str(node.value)!r})", mode="eval").body

    def visit_Compare(self, node):
        call = ast.parse(f"compare({type(node.ops[0]).__name__}, 0, 0)", mode="eval").body
        call.args[1:] = self.visit(node.left), self.visit(node.comparators[0])
        return call


def compare(kind, a, b):
    """Compare exactly among numbers that are exact, and as floats where one is a float."""
    numbers = (float(a), float(b)) if isinstance(a, float) or isinstance(b, float) else (a, b)
    return OPERATORS[kind](*numbers)


def python_value(text):
    """Python's own value of an expression of fractions; None where its arithmetic fails."""
    exact = {name: Fraction(repr(value)) for name, value in SYMBOLS.items()}
    floats = {name: lambda x, f=name: getattr(math, f)(float(x)) for name in ("log", "sqrt")}
    others = {"abs": abs, "floor": math.floor, "ceil": math.ceil, "round": round}
    others |= {"max": max, "min": min, "Fraction": Fraction, "__builtins__": {}}
    others |= {"compare": compare} | {kind.__name__: kind for kind in OPERATORS}
    tree = ast.fix_missing_locations(InFractions().visit(ast.parse(text, mode="eval")))
    try:
        value = eval(compile(tree, "", "eval"), {**CONSTANTS, **exact, **floats, **others})
        if isinstance(value, Fraction):
            value = int(value) if value.denominator == 1 else float(value)
        # A whole number that is larger than all floats has no value here.
        float(value)
    except (ArithmeticError, ValueError, TypeError):
        return None
    return value


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
        ("k % zero", "division by zero"),
        ("sqrt(0 - k)", "k = 7"),
        ("(0-k)**0.5", "root of a negative"),
        ("9**9**9**9", "too large"),
        ("n**n**n", "n = 221"),
        ("2**1100", "too large"),
        ("10.0**400", "10.0**400"),
        ("0**-1", "division by zero|cannot be raised"),
        ("floor(inf)", "infinity"),
        ("exp(1000)", "range"),
        ("1e308*10", "too large"),
        ("round(5, -10**7)", "digits up to 400"),
        ("round(k, 10**9)", "digits up to 400"),
        ("round(k, 0.5)", "whole number of digits"),
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


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("a + b <= 0.3", True),
        ("ceil(delta*100)", 7),
        ("delta*100", 7),
        ("floor(0.29*100)", 29),
        ("0.1*3", 0.3),
        ("1 - 0.9", 0.1),
        ("a in (0.1, 0.2)", True),
        ("3*a == 0.3", True),
        ("1/3*3 == 1", True),
        ("1 // a", 10),
        ("0.3 % a", 0),
        ("(a + b)*10", 3),
        ("round(2.675, 2)", 2.68),
        ("round(0.5)", 0),
        ("round(1.5)", 2),
        ("min(a, inf)", 0.1),
        ("sqrt(0.01) <= a", True),
        ("a >= sqrt(0.01)", True),
        ("sqrt(0.01) == a", True),
        ("sqrt(0.01) != a", False),
        ("sqrt(0.01) in (a, b)", True),
        ("a not in (0.5, sqrt(0.01))", False),
        ("0.01**0.5 < a", False),
        ("max(a, sqrt(0.01)) <= min(sqrt(0.01), a)", True),
        ("-a < -sqrt(0.01) or sqrt(0.01) < a", False),
        ("floor(sqrt(0.01)/a)", 1),
        ("0.1**2", 0.01),
        ("10**-3", 0.001),
    ],
)
def test_decimals_are_what_a_person_reads(text, value):
    found = Expression(text)({"a": 0.1, "b": 0.2, "delta": 0.07})
    assert found == value
    assert type(found) is type(value)


def test_whole_numbers_of_other_libraries_do_not_overflow():
    assert Expression("n**2*n")({"n": np.int64(3_000_000)}) == 27 * 10**18
    assert Expression("x/4")({"x": np.float64(0.5)}) == 0.125
