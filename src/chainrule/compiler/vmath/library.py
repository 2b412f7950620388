"""Elementary functions of f64 by the C library: exact to the last place or two, one at a time."""

from __future__ import annotations

import functools

from ..loops import Block, Expr, op
from .floats import Function

_C_NAMES = {
    "sin": "sin", "cos": "cos", "tan": "tan",
    "arcsin": "asin", "arccos": "acos", "arctan": "atan", "arctan2": "atan2",
    "arcsinh": "asinh", "arccosh": "acosh", "arctanh": "atanh",
    "erf": "erf", "erfc": "erfc", "power": "pow", "cbrt": "cbrt", "hypot": "hypot",
}  # fmt: skip


def _call(name: str, b: Block, *args: Expr) -> Expr:
    return op(name, *args)


FUNCTIONS: dict[str, Function] = {
    name: functools.partial(_call, c_name) for name, c_name in _C_NAMES.items()
}
"""By the names of NumPy's and SciPy's functions: each takes a block and operands of f64."""
