"""Expressions of sweep files in mathematical type, for the labels of axes."""

import ast
import re

_GREEK = (
    "alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta", "theta", "kappa", "lambda_", "mu",
    "nu", "xi", "pi", "rho", "sigma", "tau", "phi", "chi", "psi", "omega", "Gamma", "Delta",
    "Theta", "Lambda", "Sigma", "Phi", "Psi", "Omega",
)  # fmt: skip
_NAMES = {name: f"\\{name.rstrip('_')}" for name in _GREEK} | {"ell": r"\ell", "inf": r"\infty"}
_INDEXED = re.compile(r"([A-Za-z])_?([0-9]+)")

# How tightly operators bind; an operand that binds less needs brackets.
_SUM, _PRODUCT, _SIGN, _POWER, _ATOM = range(5)


class _NoFormulaError(ValueError):
    """What is no arithmetic, such as a comparison."""


def formula(text: str) -> str:
    r"""Return an expression in matplotlib's mathematical type, as ``$\sqrt{n_3/k}$``.

    What is no plain arithmetic, and a name of several letters that is no Greek one, is returned as
    it was written.
    """
    try:
        tree = ast.parse(text.strip(), mode="eval").body
        if isinstance(tree, ast.Name) and _symbol(tree.id).startswith(r"\mathrm"):
            return text
        return f"${_set(tree)[0]}$"
    except (SyntaxError, _NoFormulaError):
        return text


def _symbol(name: str) -> str:
    if name in _NAMES or len(name) == 1:
        return _NAMES.get(name, name)
    indexed = _INDEXED.fullmatch(name)
    if indexed:
        return f"{indexed[1]}_{{{indexed[2]}}}"
    return rf"\mathrm{{{name.replace('_', ' ')}}}".replace(" ", r"\ ")


def _number(value: float) -> str:
    mantissa, _, exponent = f"{value:g}".partition("e")
    if not exponent:
        return mantissa
    power = f"10^{{{int(exponent)}}}"
    return power if mantissa == "1" else rf"{mantissa} \cdot {power}"


def _set(node: ast.expr) -> tuple[str, int]:
    """Return the type set for a syntax tree, and how tightly it binds."""
    match node:
        case ast.Constant(value=int() | float() as value) if not isinstance(value, bool):
            return _number(value), _ATOM
        case ast.Name(id=name):
            return _symbol(name), _ATOM
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return f"-{_within(operand, _SIGN)}", _SIGN
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            return f"{_within(left, _SUM)} + {_within(right, _SUM)}", _SUM
        case ast.BinOp(left=left, op=ast.Sub(), right=right):
            return f"{_within(left, _SUM)} - {_within(right, _PRODUCT)}", _SUM
        case ast.BinOp(left=left, op=ast.Mult(), right=right):
            # In k/m n, the n would seem to be below the line.
            fraction = isinstance(left, ast.BinOp) and isinstance(left.op, ast.Div)
            first = _within(left, _ATOM if fraction else _PRODUCT)
            second = _within(right, _SIGN)
            between = r" \cdot " if second[0].isdigit() else r"\,"
            return f"{first}{between}{second}", _PRODUCT
        case ast.BinOp(left=left, op=ast.Div(), right=right):
            return f"{_within(left, _PRODUCT)}/{_within(right, _SIGN)}", _PRODUCT
        case ast.BinOp(left=left, op=ast.Pow(), right=right):
            return f"{_within(left, _ATOM)}^{{{_set(right)[0]}}}", _POWER
        case ast.Call(func=ast.Name(id="sqrt"), args=[inside]):
            return rf"\sqrt{{{_set(inside)[0]}}}", _ATOM
        case ast.Call(func=ast.Name(id="abs"), args=[inside]):
            return rf"|{_set(inside)[0]}|", _ATOM
        case ast.Call(func=ast.Name(id="log" | "exp" | "max" | "min" as name), args=inside):
            return rf"\{name}({', '.join(_set(part)[0] for part in inside)})", _ATOM
        case ast.Call(func=ast.Name(id="log2" | "log10" as name), args=[inside]):
            return rf"\log_{{{name[3:]}}}({_set(inside)[0]})", _ATOM
    raise _NoFormulaError(ast.unparse(node))


def _within(node: ast.expr, tightness: int) -> str:
    text, own = _set(node)
    return text if own >= tightness else f"({text})"
