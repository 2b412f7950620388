"""Orders and selections along the last axis: sorting, the k largest, the most frequent.

All orders are stable, and NaN counts as larger than every number, as in PyTorch.
"""

from __future__ import annotations

from typing import Any

import numpy

from .index import along

_LONG = 64  # elements of a row from which sorting takes the quicker ways


def order(xp: Any, x: Any, descending: bool = False) -> Any:
    """The indices that sort each row, equal elements in the order in which they come.

    >>> import numpy
    >>> from chainrule.kernels.order import order
    >>> order(numpy, numpy.array([1, 3, 3, 2]), descending=True)
    array([1, 2, 3, 0])
    """
    if x.dtype.kind == "V":  # bfloat16
        x = x.astype("float32")
    if x.dtype.itemsize <= 4 and x.shape[-1] >= _LONG and type(x) is numpy.ndarray:
        return _order_by_keys(x, descending)
    if not descending:
        return xp.argsort(x, -1, kind="stable")
    return x.shape[-1] - 1 - xp.argsort(x[..., ::-1], -1, kind="stable")[..., ::-1]


def _order_by_keys(x: Any, descending: bool) -> Any:
    """The stable order, by sorting 64-bit keys of value and place: NumPy sorts those with SIMD."""
    bits = x.astype(numpy.int64) if x.dtype.kind in "iub" else _ordered_bits(x)
    if descending:
        bits = ~bits
    keys = (bits << 32) | numpy.arange(x.shape[-1])
    keys.sort(-1)
    keys &= 0xFFFFFFFF
    return keys


def _ordered_bits(x: Any) -> Any:
    """Integers in the order of the floats: the bits of their float32, the negative ones flipped."""
    x = x.astype(numpy.float32) + numpy.float32(0)  # -0 becomes 0
    bits = x.view(numpy.int32)
    bits = bits ^ ((bits >> 31) & 0x7FFFFFFF)
    bits[numpy.isnan(x)] = 0x7FFFFFFF
    return bits.astype(numpy.int64)


def largest(xp: Any, x: Any, k: int, descending: bool) -> Any:
    """The indices of the first k elements of each row in the given order."""
    n = x.shape[-1]
    if k * 8 >= n or n < _LONG:
        return order(xp, x, descending)[..., :k]
    found = _unordered(xp, x, k, descending)
    return taken(found, order(xp, taken(x, found), descending))


def _unordered(xp: Any, x: Any, k: int, descending: bool) -> Any:
    """The places of the k largest (or smallest) of each row, in the order of places."""
    at = x.shape[-1] - k if descending else k - 1
    bound = xp.partition(x, at, -1)[..., at : at + 1]
    places = xp.nonzero(x >= bound if descending else x <= bound)[-1]
    if places.size == x.size // x.shape[-1] * k:  # nothing equals the last one chosen, no NaN
        return places.reshape((*x.shape[:-1], k))
    found = xp.argpartition(x, at, -1)
    found = found[..., at:] if descending else found[..., :k]
    found.sort(-1)
    return found


def taken(x: Any, index: Any) -> Any:
    """The elements of each row at these places."""
    return x[along(index, x.ndim - 1)]


def picked(x: Any, index: Any, dim: int) -> Any:
    """One element of each slice along an axis, which is dropped."""
    if x.ndim == 1:
        return x[index]
    shape = index.shape
    return x[along(index.reshape((*shape[:dim], 1, *shape[dim:])), dim)].reshape(shape)


def median_index(xp: Any, x: Any) -> Any:
    """The place of the lower median of each row; of its first NaN if there is one."""
    places = order(xp, x)[..., (x.shape[-1] - 1) // 2]
    if x.dtype.kind not in "fV":
        return places
    nan = x != x
    return xp.where(nan.any(-1), nan.argmax(-1), places)


def nanmedian_index(xp: Any, x: Any) -> Any:
    """The place of the lower median of what is not NaN in each row; 0 if all is."""
    valid = xp.add.reduce(x == x, -1, int, None, True)
    return taken(order(xp, x), xp.maximum((valid - 1) // 2, 0))[..., 0]


def mode_index(xp: Any, x: Any) -> Any:
    """The last place of the most frequent value of each row, the smallest of several."""
    places = order(xp, x)
    values = taken(x, places)
    n = x.shape[-1]
    starts = xp.zeros(x.shape, int)
    starts[..., 1:] = xp.where(values[..., 1:] != values[..., :-1], numpy.arange(1, n), 0)
    lengths = numpy.arange(n) - xp.maximum.accumulate(starts, -1)
    return taken(places, lengths.argmax(-1)[..., None])[..., 0]
