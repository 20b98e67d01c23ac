"""Arithmetic in sweep files, evaluated by walking the syntax tree; never by ``eval``.

An expression may use numbers, the symbols it is given, ``+ - * / // % **``, comparisons (also
``in`` and ``not in`` a list), ``and or not``, ``a if b else c``, the constants pi and e, and the
functions in `FUNCTIONS`. Anything else is refused when the file is read.
"""

import ast
import math
import operator
from collections.abc import Callable, Mapping
from typing import Any

from genphase.sweep.errors import BadValue, did_you_mean, shown

FUNCTIONS: dict[str, Callable[..., Any]] = {
    "abs": abs,
    "ceil": math.ceil,
    "exp": math.exp,
    "floor": math.floor,
    "log": math.log,
    "log2": math.log2,
    "log10": math.log10,
    "max": max,
    "min": min,
    "round": round,
    "sqrt": math.sqrt,
}
# Fewest and most arguments; the others take one.
_ARGUMENTS = {"log": (1, 2), "max": (2, 99), "min": (2, 99), "round": (1, 2)}
CONSTANTS = {"pi": math.pi, "e": math.e, "inf": math.inf}

_OPERATORS: dict[type[ast.AST], Callable[..., Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
    ast.USub: operator.neg,
    ast.UAdd: operator.pos,
    ast.Not: operator.not_,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
}
_MAX_LENGTH = 300

Evaluator = Callable[[Mapping[str, Any]], Any]


def _power(base: float, exponent: float) -> float:
    # Integer powers of integers grow without bound and would hang the run; floats overflow.
    if isinstance(base, int) and isinstance(exponent, int) and exponent >= 0:
        if exponent * max(abs(base), 1).bit_length() > 256:
            raise OverflowError("the power is too large")
        return int(base**exponent)
    result: float | complex = float(base) ** exponent
    if isinstance(result, complex):
        raise ValueError("a root of a negative number")
    return result


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
            self._evaluator = lambda env: text
        self.symbols = frozenset(names)

    def __call__(self, symbols: Mapping[str, Any]) -> Any:
        """Evaluate with the given symbols.

        Raises
        ------
        BadValue
            If the arithmetic fails: a division by zero, an overflow, a list used as a number.
        """
        try:
            return self._evaluator(symbols)
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
            return lambda env: value
        case ast.Name(id=name) if name in CONSTANTS:
            constant = CONSTANTS[name]
            return lambda env: constant
        case ast.Name(id=name):
            names.add(name)
            return lambda env: env[name]
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
            a, wanted = part(left), isinstance(op, ast.In)
            parts = [part(choice) for choice in choices.elts]
            return lambda env: (a(env) in [p(env) for p in parts]) == wanted
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
