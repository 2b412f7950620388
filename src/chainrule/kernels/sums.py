"""Sums over axes: BLAS adds several times faster than NumPy's own reduction along an axis.

Long sums are split into blocks, so that rounding errors stay as small as in a pairwise sum.
"""

from __future__ import annotations

import math
from typing import Any

import numpy
from numpy import ndarray

_BLOCK = 1024
_LONGEST = 8192  # terms that one product with ones may add, one after the other
_FAST = {numpy.dtype(kind): numpy.ones(_LONGEST, kind) for kind in ("float32", "float64")}
_HALF = numpy.dtype("float16")


def fold(xp: Any, x: Any, dim: tuple[int, ...], keepdim: bool, to: Any = None) -> Any:
    """The sum over the axes `dim`, in the dtype `to` if that is given.

    >>> import numpy
    >>> from chainrule.kernels.sums import fold
    >>> fold(numpy, numpy.ones((2, 3)), (0,), True)
    array([[2., 2., 2.]])
    """
    if to is None and type(x) is ndarray:
        ones = _FAST.get(x.dtype)
        if ones is not None:
            if x.size > 64 and dim and x.flags.c_contiguous:
                return _contiguous(x, dim, keepdim, ones)  # at least one element on every axis
        elif x.dtype is _HALF or x.dtype.kind == "V":  # bfloat16
            return xp.add.reduce(x.astype(numpy.float32), dim, None, None, keepdim).astype(x.dtype)
    return xp.add.reduce(x, dim, to, None, keepdim)


def average(xp: Any, x: Any, dim: tuple[int, ...], keepdim: bool) -> Any:
    """The mean over the axes `dim`."""
    if x.dtype is _HALF or x.dtype.kind == "V":
        return average(xp, x.astype(numpy.float32), dim, keepdim).astype(x.dtype)
    out = fold(xp, x, dim, keepdim)
    n = x.size if len(dim) == x.ndim else math.prod([x.shape[i] for i in dim])
    if type(out) is not ndarray:
        return out / n
    out /= n
    return out


def _contiguous(x: Any, dim: tuple[int, ...], keepdim: bool, ones: Any) -> Any:
    """Trailing axes first, then leading ones, then what lies between."""
    shape = x.shape
    end = len(shape)
    if len(dim) == end:
        out = _total(x, ones)
        return out.reshape((1,) * end) if keepdim else out
    while end - 1 in dim:
        end -= 1
    start = 0
    while start in dim:
        start += 1
    if len(dim) == start + len(shape) - end:
        out = x if end == len(shape) else _trailing(x, end, ones)
        if start:
            out = _leading(out.reshape(math.prod(shape[:start]), -1), ones)
    else:
        out = _between(x, dim, ones)
    if keepdim:
        return out.reshape([1 if i in dim else n for i, n in enumerate(shape)])
    return out.reshape([n for i, n in enumerate(shape) if i not in dim])


def _total(x: Any, ones: Any) -> Any:
    """The sum of all elements: of blocks by BLAS, then of their sums, pairwise."""
    size = x.size
    if size < 4 * _BLOCK:
        return numpy.add.reduce(x, None)
    x = x.reshape(-1)
    rows = size // _BLOCK
    head = rows * _BLOCK
    out = numpy.add.reduce(x[:head].reshape(rows, _BLOCK).dot(ones[:_BLOCK]))
    return out if head == size else out + numpy.add.reduce(x[head:])


def _trailing(x: Any, end: int, ones: Any) -> Any:
    """Sums of rows: a matrix times ones."""
    cols = math.prod(x.shape[end:])
    x = x.reshape(-1, cols)
    return x.dot(ones[:cols]) if cols <= _LONGEST else numpy.add.reduce(x, 1)


def _leading(x: Any, ones: Any) -> Any:
    """Sums of columns: ones times a matrix; a tall one is folded to a wide one first."""
    rows, cols = x.shape
    if rows < 512 or cols > 256:
        return ones[:rows].dot(x) if rows <= _LONGEST else numpy.add.reduce(x, 0)
    strips = max(256 // cols, rows // 4096)
    height = rows // strips
    head = strips * height
    wide = ones[:height].dot(x[:head].reshape(height, strips * cols)).reshape(strips, cols)
    out = ones[:strips].dot(wide) if strips <= _LONGEST else numpy.add.reduce(wide, 0)
    return out if head == rows else out + ones[: rows - head].dot(x[head:])


def _between(x: Any, dim: tuple[int, ...], ones: Any) -> Any:
    """Sums over a run of inner axes: one product with ones for each leading index."""
    first, last = min(dim), max(dim)
    shape = x.shape
    n = math.prod(shape[first : last + 1])
    if last - first + 1 != len(dim) or n > _LONGEST:
        return numpy.add.reduce(x, dim)
    return numpy.matmul(ones[:n], x.reshape(math.prod(shape[:first]), n, -1))
