"""Elementary functions in the loop language, within 2 ulp, of f32 and f64."""

from __future__ import annotations

import functools

from ..loops import F64, Block, Expr, cast
from . import library
from .library import Function


def _function(name: str, b: Block, *args: Expr) -> Expr:
    """The function of operands of one float type."""
    kind = args[0].kind
    return cast(library.FUNCTIONS[name](b, *(b.let(cast(x, F64)) for x in args)), kind)


FUNCTIONS: dict[str, Function] = {
    name: functools.partial(_function, name) for name in library.FUNCTIONS
}
"""By the names of NumPy's and SciPy's functions: each takes a block and operands of one type."""
