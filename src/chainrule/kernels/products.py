"""Matrix products: the quickest of NumPy's ways for the shapes at hand.

`ndarray.dot` beats `numpy.matmul` for matrices: less overhead, and BLAS also where one axis has
size 1 or memory is laid out with gaps. `numpy.matmul` is for stacks of matrices.
"""

from __future__ import annotations

import math
from typing import Any

import numpy
from numpy import ndarray

_EXACT = 2**53  # integers up to this one are floats


def product(xp: Any, x: Any, y: Any) -> Any:
    """x @ y: over the last axis of x and the last but one of y, for any ranks but zero.

    >>> import numpy
    >>> from chainrule.kernels.products import product
    >>> product(numpy, numpy.ones((2, 5, 3)), numpy.ones((3, 4))).shape
    (2, 5, 4)
    """
    if type(x) is not ndarray:
        return xp.matmul(x, y)
    kind = x.dtype.kind
    if kind != "f" or x.dtype.itemsize == 2:
        if kind in "iu" and x.size + y.size > 4096 and _is_exact_in_double(x, y):
            return product(xp, x.astype(float), y.astype(float)).astype(x.dtype)
        if kind in "fV":  # float16 and bfloat16
            single = product(xp, x.astype(numpy.float32), y.astype(numpy.float32))
            return single.astype(x.dtype)
    if y.ndim <= 2:
        return x.dot(y) if x.ndim <= 2 else _rows(x, y)
    return _stacks(x, y)


def product_nt(xp: Any, x: Any, y: Any) -> Any:
    """x @ yᵀ, transposing the last two axes of y."""
    return product(xp, x, y.T if y.ndim == 2 else y.swapaxes(-1, -2))


def product_tn(xp: Any, x: Any, y: Any) -> Any:
    """xᵀ @ y, transposing the last two axes of x."""
    return product(xp, x.T if x.ndim == 2 else x.swapaxes(-1, -2), y)


def _rows(x: Any, y: Any) -> Any:
    """A stack times one matrix: the product of all its rows at once."""
    shape = x.shape
    rows = x.reshape(math.prod(shape[:-1]), shape[-1])
    return rows.dot(y).reshape(shape[:-1] + y.shape[1:])


def _stacks(x: Any, y: Any) -> Any:
    if x.shape[-1] == 1 == y.shape[-2] and x.ndim > 1:
        return x * y
    return numpy.matmul(_for_blas(x), _for_blas(y))


def _for_blas(a: Any) -> Any:
    """The stack, copied if the strides of its matrices would keep BLAS out."""
    if a.ndim < 2:
        return a
    rows, cols = a.strides[-2:]
    item = a.itemsize
    if (cols == item and rows >= item * a.shape[-1]) or (rows == item and cols >= item):
        return a
    return numpy.ascontiguousarray(a)


def _is_exact_in_double(x: Any, y: Any) -> bool:
    if not (x.size and y.size):
        return False
    largest = [max(int(a.max()), -int(a.min())) for a in (x, y)]
    return largest[0] * largest[1] * x.shape[-1] < _EXACT
