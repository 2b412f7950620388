"""Elementary functions in the loop language, within 2 ulp, of f32 and f64.

Those of this package are free of branches, so that loops of them become vector code; the rest is
the C library's.
"""

from __future__ import annotations

import functools

from ..loops import F64, Block, Expr, cast
from . import exponential, library, logarithm
from .floats import Function

_BOTH: dict[str, Function] = {
    "exp": exponential.exp,
    "exp2": exponential.exp2,
    "expm1": exponential.expm1,
    "tanh": exponential.tanh,
    "sinh": exponential.sinh,
    "cosh": exponential.cosh,
    "expit": exponential.expit,
    "log": logarithm.log,
    "log2": logarithm.log2,
    "log10": logarithm.log10,
    "log1p": logarithm.log1p,
    "log_expit": logarithm.log_expit,
    "xlogy": logarithm.xlogy,
    "xlog1py": logarithm.xlog1py,
}
_IN_DOUBLE: dict[str, Function] = library.FUNCTIONS | {
    "logaddexp": logarithm.logaddexp,
    "logaddexp2": logarithm.logaddexp2,
}


def _in_double(function: Function, b: Block, *args: Expr) -> Expr:
    """A function of f64 for operands of either type."""
    return cast(function(b, *(b.let(cast(x, F64)) for x in args)), args[0].kind)


FUNCTIONS: dict[str, Function] = {
    name: functools.partial(_in_double, function) for name, function in _IN_DOUBLE.items()
} | _BOTH
"""By the names of NumPy's and SciPy's functions: each takes a block and operands of one type."""
