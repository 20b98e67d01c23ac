"""Arithmetic in sweep files, evaluated by walking the syntax tree; never by ``eval``.

An expression may use numbers, the symbols it is given, ``+ - * / // % **``, comparisons (also
``in`` and ``not in`` a list), ``and or not``, ``a if b else c``, the constants pi and e, and the
functions in `FUNCTIONS`. Anything else is refused when the file is read.

Numbers are what a person reads: 0.1 is a tenth, and 0.1 + 0.2 <= 0.3 holds. Whole numbers and
decimals are computed with exactly, as fractions, and only the result becomes a float, the nearest
one. Functions such as log and sqrt, and powers that are no fraction, give floats, and what is
computed from them is rounded as floats are; where one is compared with a decimal, it is with the
float nearest to it, so that sqrt(0.01) <= 0.1 holds. `round` takes a half to the even neighbour.
"""

import ast
import math
import operator
import sys
from collections.abc import Callable, Mapping
from fractions import Fraction
from functools import lru_cache
from typing import Any

from genphase.errors import BadValue, did_you_mean, shown

# Of more digits, a number is 0 or too large, and takes ever longer to round.
_MAX_DIGITS = 400


def _round(value: Any, digits: int = 0) -> Any:
    """Round to a number of digits after the point, a half to the even neighbour."""
    if isinstance(digits, bool) or digits != int(digits) or abs(digits) > _MAX_DIGITS:
        raise ValueError(f"round takes a whole number of digits up to {_MAX_DIGITS}")
    return round(value, int(digits)) if digits else round(value)


def _of_floats(function: Callable[..., float]) -> Callable[..., float]:
    """Return a function as one of numbers of all kinds; its values are floats."""
    return lambda *values: function(*map(float, values))


FUNCTIONS: dict[str, Callable[..., Any]] = {
    "abs": abs,
    "ceil": math.ceil,
    "exp": _of_floats(math.exp),
    "floor": math.floor,
    "log": _of_floats(math.log),
    "log2": _of_floats(math.log2),
    "log10": _of_floats(math.log10),
    "max": max,
    "min": min,
    "round": _round,
    "sqrt": _of_floats(math.sqrt),
}
# Fewest and most arguments; the others take one.
_ARGUMENTS = {"log": (1, 2), "max": (2, 99), "min": (2, 99), "round": (1, 2)}
CONSTANTS = {"pi": math.pi, "e": math.e, "inf": math.inf}

_MAX_LENGTH = 300

Evaluator = Callable[[Mapping[str, Any]], Any]


# Of floats.
_LARGEST = int(sys.float_info.max)
# The bits that an exact power may have.
_MAX_BITS = 4096


def _power(base: Any, exponent: Any) -> Any:
    # Exact powers grow without bound and would hang the run; floats overflow.
    if isinstance(exponent, Fraction) and exponent.denominator == 1:
        exponent = int(exponent)
    if isinstance(exponent, int) and isinstance(base, int | Fraction):
        base = Fraction(base)
        if base == 0 and exponent < 0:
            raise ZeroDivisionError("division by zero")
        bits = max(base.numerator.bit_length(), base.denominator.bit_length())
        if abs(exponent) * bits <= _MAX_BITS:
            return base**exponent
        if exponent >= 0 and base.denominator == 1 and abs(base) > 1:
            raise OverflowError("the power is too large")
    result: float | complex = float(base) ** float(exponent)
    if isinstance(result, complex):
        raise ValueError("a root of a negative number")
    return result


def _by(function: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    """Return a division, of which fractions do not say that it was by zero."""

    def divided(a: Any, b: Any) -> Any:
        if b == 0:
            raise ZeroDivisionError("division by zero")
        return function(a, b)

    return divided


def _comparing(function: Callable[[Any, Any], bool]) -> Callable[[Any, Any], bool]:
    """Return a comparison in which a decimal beside a float is the float nearest to it."""

    def compared(a: Any, b: Any) -> bool:
        if isinstance(a, float) and isinstance(b, Fraction):
            b = float(b)
        elif isinstance(a, Fraction) and isinstance(b, float):
            a = float(a)
        return function(a, b)

    return compared


def _ratio(a: Any, b: Any) -> Any:
    return Fraction(a, b) if isinstance(a, int) and isinstance(b, int) else a / b


@lru_cache(maxsize=10_000)
def _decimal(value: float) -> Any:
    """Return a float as the decimal that a person reads."""
    return Fraction(repr(value)) if math.isfinite(value) else value


def _exact(value: Any) -> Any:
    """Return a symbol's value as expressions compute with it."""
    if type(value) is int or isinstance(value, bool):
        return value
    if isinstance(value, float):
        return _decimal(float(value))
    # Of other libraries, whose whole numbers have a largest one.
    return operator.index(value) if hasattr(value, "__index__") else value


def _plain(value: Any) -> Any:
    """Return a result as an int or the nearest float."""
    if isinstance(value, Fraction):
        value = value.numerator if value.denominator == 1 else float(value)
    if isinstance(value, int) and abs(value) > _LARGEST:
        raise OverflowError("the value is too large")
    return value


_OPERATORS: dict[type[ast.AST], Callable[..., Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: _by(_ratio),
    ast.FloorDiv: _by(operator.floordiv),
    ast.Mod: _by(operator.mod),
    ast.USub: operator.neg,
    ast.UAdd: operator.pos,
    ast.Not: operator.not_,
    ast.Eq: _comparing(operator.eq),
    ast.NotEq: _comparing(operator.ne),
    ast.Lt: _comparing(operator.lt),
    ast.LtE: _comparing(operator.le),
    ast.Gt: _comparing(operator.gt),
    ast.GtE: _comparing(operator.ge),
}


class Expression:
    """A checked expression.

    Parameters
    ----------
    text : str or number
        Python's arithmetic syntax.

    Attributes
    ----------
    text : the text or number as written.
    symbols : frozenset of the names that the expression needs.

    Raises
    ------
    BadValue
        If the text is no expression, or uses what is not allowed.
    """

    __slots__ = ("_evaluator", "symbols", "text")

    def __init__(self, text: str | int | float) -> None:
        self.text = text
        names: set[str] = set()
        if isinstance(text, str):
            self._evaluator = _compile(_parse(text), text, names)
        else:
            self._evaluator = lambda env: _exact(text)
        self.symbols = frozenset(names)

    def __call__(self, symbols: Mapping[str, Any]) -> Any:
        """Evaluate with the given symbols.

        Raises
        ------
        BadValue
            If the arithmetic fails: a division by zero, an overflow, a list used as a number.
        """
        try:
            return _plain(self._evaluator(symbols))
        except (ArithmeticError, ValueError, TypeError) as error:
            used = ", ".join(f"{name} = {symbols[name]}" for name in sorted(self.symbols))
            raise BadValue(
                f"{shown(self.text)} has no value for {used or 'any point'}: {error.args[-1]}",
                "change the expression, or drop the point with `where`",
            ) from None

    def __repr__(self) -> str:
        return f"Expression({self.text!r})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Expression) and self.text == other.text

    def __hash__(self) -> int:
        return hash(self.text)


def _parse(text: str) -> ast.expr:
    if len(text) > _MAX_LENGTH:
        raise BadValue(f"{shown(text)} is too long", f"use at most {_MAX_LENGTH} characters")
    try:
        return ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise BadValue(
            f"{shown(text)} is not an expression",
            "write a number or arithmetic over axes and symbols, such as 20*k or max(k, 10)",
        ) from None


def _compile(node: ast.expr, text: str, names: set[str]) -> Evaluator:
    """Turn a syntax tree into nested closures and collect the symbols it needs."""

    def part(child: ast.expr) -> Evaluator:
        return _compile(child, text, names)

    match node:
        case ast.Constant(value=bool() | int() | float() as value):
            number = _exact(value)
            return lambda env: number
        case ast.Name(id=name) if name in CONSTANTS:
            constant = CONSTANTS[name]
            return lambda env: constant
        case ast.Name(id=name):
            names.add(name)
            return lambda env: _exact(env[name])
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _OPERATORS:
            function, a, b = _OPERATORS[type(op)], part(left), part(right)
            return lambda env: function(a(env), b(env))
        case ast.BinOp(left=left, op=ast.Pow(), right=right):
            a, b = part(left), part(right)
            return lambda env: _power(a(env), b(env))
        case ast.UnaryOp(op=op, operand=operand) if type(op) in _OPERATORS:
            function, a = _OPERATORS[type(op)], part(operand)
            return lambda env: function(a(env))
        case ast.BoolOp(op=op, values=values):
            parts, combine = (
                [part(value) for value in values],
                all if isinstance(op, ast.And) else any,
            )
            return lambda env: combine(p(env) for p in parts)
        case ast.Compare(left=left, ops=[ast.In() | ast.NotIn() as op], comparators=[choices]):
            if not isinstance(choices, ast.Tuple | ast.List):
                raise BadValue(
                    f"{shown(text)} looks for a value in what is no list",
                    "write the values in brackets: k in (5, 10)",
                )
            a, equal, wanted = part(left), _OPERATORS[ast.Eq], isinstance(op, ast.In)
            parts = [part(choice) for choice in choices.elts]
            return lambda env: any(equal(a(env), p(env)) for p in parts) == wanted
        case ast.Compare(left=left, ops=ops, comparators=comparators) if all(
            type(op) in _OPERATORS for op in ops
        ):
            terms = [part(left), *map(part, comparators)]
            tests = [_OPERATORS[type(op)] for op in ops]
            return lambda env: all(
                test(a(env), b(env)) for test, a, b in zip(tests, terms, terms[1:], strict=False)
            )
        case ast.IfExp(test=test, body=body, orelse=orelse):
            t, a, b = part(test), part(body), part(orelse)
            return lambda env: a(env) if t(env) else b(env)
        case ast.Call(func=ast.Name(id=name), args=arguments, keywords=[]):
            if name not in FUNCTIONS:
                raise BadValue(
                    f"{shown(text)} calls the unknown function {name!r}",
                    did_you_mean(name, FUNCTIONS),
                )
            fewest, most = _ARGUMENTS.get(name, (1, 1))
            if not fewest <= len(arguments) <= most:
                count = {1: "1", 2: "1 or 2"}.get(most, f"at least {fewest}")
                raise BadValue(
                    f"{shown(text)} gives {name} {len(arguments)} arguments", f"give it {count}"
                )
            function, parts = FUNCTIONS[name], [part(argument) for argument in arguments]
            return lambda env: function(*(p(env) for p in parts))
    raise BadValue(
        f"{shown(text)} uses what an expression may not contain: {shown(ast.unparse(node))}",
        "use numbers, axes, symbols, + - * / // % **, comparisons, and, or, not, and the functions "
        + ", ".join(FUNCTIONS),
    )
