"""Where the elements of an array lie in memory: strides and offsets, in elements."""

from __future__ import annotations

from typing import Any

import numpy
from numpy import ndarray

from ..typing import Array
from .graph import Shape, Var, row_major


def strides(array: Array) -> Shape:
    """The strides of an array in elements."""
    size = array.itemsize
    return tuple(s // size for s in array.strides)


def is_plain(array: Any) -> bool:
    """Whether this is an array of NumPy's whose first element comes first in memory."""
    return (
        type(array) is ndarray
        and array.dtype.isnative
        and all(s >= 0 and s % array.itemsize == 0 for s in array.strides)
    )


def is_dense(shape: Shape, steps: Shape) -> bool:
    """Whether elements fill their memory without gaps, in some order of the axes."""
    expected = 1
    for step, n in sorted((s, n) for s, n in zip(steps, shape, strict=True) if n != 1):
        if step != expected:
            return False
        expected *= n
    return True


def dense_like(array: Array) -> Shape:
    """The strides of an array, or those of a row-major copy if it has gaps."""
    steps = strides(array)
    return steps if is_dense(array.shape, steps) else row_major(array.shape)


def dense(var: Var) -> Shape:
    """The same for a value of the graph."""
    return var.strides if is_dense(var.shape, var.strides) else row_major(var.shape)


def compact(array: Array) -> Array:
    """The array itself, or a row-major copy if it has gaps."""
    return array if is_dense(array.shape, strides(array)) else array.copy()


def place(view: Array, memory: Array) -> tuple[int, Shape]:
    """Where a view lies in the memory of another array: its offset and strides."""
    start = view.__array_interface__["data"][0] - memory.__array_interface__["data"][0]
    return (start // memory.itemsize if view.size else 0), strides(view)


def same_place(a: Array, b: Array) -> bool:
    """Whether two arrays are the same elements in the same order."""
    return a.shape == b.shape and a.strides == b.strides and not place(a, b)[0]


def is_basic(index: Any) -> bool:
    """Whether an index is made of integers, slices, None and dots: it makes a view."""
    parts = index if isinstance(index, tuple) else (index,)
    kinds = (int, slice, type(None), type(...), numpy.integer)
    return all(isinstance(p, kinds) and not isinstance(p, bool) for p in parts)
