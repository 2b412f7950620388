"""Elementary functions of f64 by the C library: exact to the last place or two, one at a time."""

from __future__ import annotations

import math
from collections.abc import Callable

from ..loops import Block, Expr, op, select

Function = Callable[..., Expr]

_C_NAMES = {
    "exp": "exp", "exp2": "exp2", "expm1": "expm1",
    "log": "log", "log2": "log2", "log10": "log10", "log1p": "log1p",
    "sin": "sin", "cos": "cos", "tan": "tan",
    "arcsin": "asin", "arccos": "acos", "arctan": "atan", "arctan2": "atan2",
    "sinh": "sinh", "cosh": "cosh", "tanh": "tanh",
    "arcsinh": "asinh", "arccosh": "acosh", "arctanh": "atanh",
    "erf": "erf", "erfc": "erfc", "power": "pow", "cbrt": "cbrt", "hypot": "hypot",
}  # fmt: skip


def _called(name: str) -> Function:
    """The function of the C library of this name."""
    return lambda b, *args: op(name, *args)


def expit(b: Block, x: Expr) -> Expr:
    """1 / (1 + e^-x), the sigmoid; e^-|x| never overflows."""
    e = b.let(op("exp", -op("abs", x)))
    return select(x < 0.0, e, 1.0) / (e + 1.0)


def log_expit(b: Block, x: Expr) -> Expr:
    """ln(1 / (1 + e^-x)) = min(x, 0) - ln(1 + e^-|x|)."""
    return op("minimum", x, 0.0) - op("log1p", op("exp", -op("abs", x)))


def logaddexp(b: Block, x: Expr, y: Expr) -> Expr:
    """ln(e^x + e^y) = max(x, y) + ln(1 + e^-|x - y|)."""
    gap = select(x.equals(y), 0.0, -op("abs", x - y))
    return op("maximum", x, y) + op("log1p", op("exp", gap))


def logaddexp2(b: Block, x: Expr, y: Expr) -> Expr:
    """log2(2^x + 2^y)."""
    gap = select(x.equals(y), 0.0, -op("abs", x - y))
    return op("maximum", x, y) + op("log1p", op("exp2", gap)) * math.log2(math.e)


def xlogy(b: Block, x: Expr, y: Expr) -> Expr:
    """x ln(y), and 0 where x is 0 and y a number."""
    return select(x.equals(0.0) & y.equals(y), 0.0, x * op("log", y))


def xlog1py(b: Block, x: Expr, y: Expr) -> Expr:
    """x ln(1 + y), and 0 where x is 0 and y a number."""
    return select(x.equals(0.0) & y.equals(y), 0.0, x * op("log1p", y))


FUNCTIONS: dict[str, Function] = {name: _called(c) for name, c in _C_NAMES.items()} | {
    f.__name__: f for f in (expit, log_expit, logaddexp, logaddexp2, xlogy, xlog1py)
}
"""By the names of NumPy's and SciPy's functions: each takes a block and operands of f64."""
