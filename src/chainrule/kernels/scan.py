"""Running results along an axis.

What is added in float32 is summed in float64, as PyTorch does it.
"""

from __future__ import annotations

from typing import Any

import numpy

_WIDE = {numpy.dtype(k): numpy.dtype(w) for k, w in (("f4", "f8"), ("f2", "f8"), ("c8", "c16"))}


def accumulated(function: Any, x: Any, dim: int, backwards: bool = False, to: Any = None) -> Any:
    """The running results of a ufunc along an axis, from the end if `backwards`.

    >>> import numpy
    >>> from chainrule.kernels.scan import accumulated
    >>> accumulated(numpy.add, numpy.array([1, 2, 3]), 0, backwards=True)
    array([6, 5, 3])
    """
    if not x.ndim:
        return x.copy() if to is None else x.astype(to)
    kind = x.dtype if to is None else to
    if backwards:
        turned = (slice(None),) * dim + (slice(None, None, -1),)
        return accumulated(function, x[turned], dim, False, to)[turned]
    if kind.kind in "iu":
        return function.accumulate(x, dim, kind)
    wide = numpy.dtype("f8") if kind.kind == "V" else _WIDE.get(kind, kind)
    out = function.accumulate(x if x.dtype is wide else x.astype(wide), dim)
    return out if wide is kind else out.astype(kind)


def running(xp: Any, extremum: Any, x: Any, dim: int) -> tuple[Any, Any]:
    """The running extrema, and the last places where each occurs so far; NaN stays."""
    if not x.ndim:
        return x.copy(), xp.zeros((), int)
    values = extremum.accumulate(x, dim)
    shape = [1] * x.ndim
    shape[dim] = -1
    here = xp.arange(x.shape[dim]).reshape(shape)
    new = xp.where((x == values) | (x != x), here, 0)
    return values, xp.maximum.accumulate(new, dim)


def logcumsumexp_slope(g: Any, x: Any, out: Any, dim: int) -> Any:
    """exp(x) times the reversed running sum of g exp(-out): in logarithms, by the sign of g."""
    wide = _WIDE.get(x.dtype, x.dtype)
    x, out, signed = x.astype(wide), out.astype(wide), g.astype(wide)

    def part(positive: Any) -> Any:
        terms = numpy.log(positive) - out
        return numpy.exp(accumulated(numpy.logaddexp, terms, dim, True) + x)

    slope = part(numpy.maximum(signed, 0)) - part(numpy.maximum(-signed, 0))
    return slope.astype(g.dtype)
