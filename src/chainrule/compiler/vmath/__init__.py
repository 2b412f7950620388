"""Elementary functions in the loop language, within 2 ulp, of f32 and f64.

Those of this package are free of branches, so that loops of them become vector code; the rest is
the C library's.
"""

from __future__ import annotations

import functools

from ..loops import F32, F64, Block, Expr, cast
from . import errors, exponential, inverse, library, logarithm, power, trigonometry
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
_SINGLE: dict[str, Function] = {
    "sin": trigonometry.sin,
    "cos": trigonometry.cos,
    "tan": trigonometry.tan,
    "arcsin": inverse.arcsin,
    "arccos": inverse.arccos,
    "arctan": inverse.arctan,
    "arctan2": inverse.arctan2,
    "arcsinh": inverse.arcsinh,
    "arccosh": inverse.arccosh,
    "arctanh": inverse.arctanh,
    "erf": errors.erf,
    "erfc": errors.erfc,
    "power": power.power,
    "cbrt": power.cbrt,
    "hypot": power.hypot,
}
_DOUBLE: dict[str, Function] = library.FUNCTIONS | {
    "logaddexp": logarithm.logaddexp,
    "logaddexp2": logarithm.logaddexp2,
}


def _by_type(name: str, b: Block, *args: Expr) -> Expr:
    """The function for f32, or else the one for f64, in which f32 may be reckoned too."""
    kind = args[0].kind
    if kind == F32 and name in _SINGLE:
        return _SINGLE[name](b, *args)
    return cast(_DOUBLE[name](b, *(b.let(cast(x, F64)) for x in args)), kind)


FUNCTIONS: dict[str, Function] = _BOTH | {
    name: functools.partial(_by_type, name) for name in sorted(_DOUBLE)
}
"""By the names of NumPy's and SciPy's functions: each takes a block and operands of one type."""
