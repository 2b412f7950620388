"""Softmax and its relatives along one axis, in few passes over memory.

Short rows are turned into columns first, on which NumPy is several times faster; long ones are
taken a block at a time, so that all passes but the first read from the cache.
"""

from __future__ import annotations

import math
from typing import Any

import numpy
from numpy import ndarray

from .sums import fold

_SHORT = 32  # elements of a row that is better a column
_SMALL = 512  # elements for which no layout is worth a copy
_BLOCK = 1 << 16  # elements that stay in the cache


def softmax(xp: Any, x: Any, dim: int) -> Any:
    """exp(x) over its sum along an axis.

    >>> import numpy
    >>> from chainrule.kernels.softmax import softmax
    >>> softmax(numpy, numpy.zeros((1, 2)), 1)
    array([[0.5, 0.5]])
    """
    return _along(xp, _softmax_part, dim, x)


def log_softmax(xp: Any, x: Any, dim: int) -> Any:
    """The logarithm of softmax, without its overflow and underflow."""
    return _along(xp, _log_softmax_part, dim, x)


def softmax_slope(xp: Any, g: Any, out: Any, dim: int) -> Any:
    """out (g - sum(g out)): the gradient before a softmax from the gradient after it."""
    return _along(xp, _softmax_slope_part, dim, g, out)


def log_softmax_slope(xp: Any, g: Any, out: Any, dim: int) -> Any:
    """g - exp(out) sum(g): the gradient before a log_softmax from the gradient after it."""
    return _along(xp, _log_softmax_slope_part, dim, g, out)


def _softmax_part(xp: Any, into: Any, dim: int, x: Any) -> None:
    xp.subtract(x, xp.maximum.reduce(x, dim, None, None, True), into)
    xp.exp(into, into)
    total = fold(xp, into, (dim,), True)
    xp.multiply(into, xp.reciprocal(total, total), into)


def _log_softmax_part(xp: Any, into: Any, dim: int, x: Any) -> None:
    xp.subtract(x, xp.maximum.reduce(x, dim, None, None, True), into)
    total = fold(xp, xp.exp(into), (dim,), True)
    xp.subtract(into, xp.log(total, total), into)


def _softmax_slope_part(xp: Any, into: Any, dim: int, g: Any, out: Any) -> None:
    xp.multiply(g, out, into)
    xp.subtract(g, fold(xp, into, (dim,), True), into)
    xp.multiply(into, out, into)


def _log_softmax_slope_part(xp: Any, into: Any, dim: int, g: Any, out: Any) -> None:
    xp.exp(out, into)
    xp.multiply(into, fold(xp, g, (dim,), True), into)
    xp.subtract(g, into, into)


def _along(xp: Any, part: Any, dim: int, *xs: Any) -> Any:
    """Run one of the above in the layout that suits the shape."""
    x = xs[0]
    shape, kind = x.shape, x.dtype
    if kind.itemsize == 2:
        return _along(xp, part, dim, *[a.astype("float32") for a in xs]).astype(kind)
    if not x.ndim or not x.size:
        return _along(xp, part, 0, *[a.reshape(1) for a in xs]).reshape(()) if x.size else x.copy()
    if x.size <= _SMALL or type(x) is not ndarray or math.prod(shape[dim + 1 :]) > 1:
        into = xp.empty_like(x)
        part(xp, into, dim, *xs)
        return into
    length = shape[dim]
    flat = [a.reshape(-1, length) for a in xs]
    return (_as_columns if length <= _SHORT else _in_blocks)(part, flat).reshape(shape)


def _as_columns(part: Any, xs: list[Any]) -> Any:
    rows, length = xs[0].shape
    columns = numpy.empty((length, rows), xs[0].dtype)
    part(numpy, columns, 0, *[numpy.ascontiguousarray(a.T) for a in xs])
    return numpy.ascontiguousarray(columns.T)


def _in_blocks(part: Any, xs: list[Any]) -> Any:
    rows, length = xs[0].shape
    into = numpy.empty((rows, length), xs[0].dtype)
    step = max(_BLOCK // length, 1)
    for i in range(0, rows, step):
        part(numpy, into[i : i + step], 1, *[a[i : i + step] for a in xs])
    return into
