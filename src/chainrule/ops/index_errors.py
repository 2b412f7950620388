"""PyTorch's errors for indices that NumPy refused."""

from __future__ import annotations

import re
from typing import Any


def index_error(error: Exception, array: Any, index: Any) -> Exception:
    """PyTorch's error for one that NumPy raised over array[index]."""
    index = index if isinstance(index, tuple) else (index,)
    text = str(error)
    if not isinstance(error, IndexError):
        return error
    found = re.match(r"index (-?\d+) is out of bounds for axis (\d+) with size (\d+)", text)
    if found:
        entry, axis, size = found.groups()
        if size == "0" and not all(type(item) is int or item is ... for item in index):
            return IndexError("index is out of bounds for dimension with size 0")
        dim = _dimension(index, int(axis), array.ndim)
        return IndexError(f"index {entry} is out of bounds for dimension {dim} with size {size}")
    if text.startswith("cannot do a non-empty take"):
        return IndexError("index is out of bounds for dimension with size 0")
    if text.startswith("too many indices"):
        if array.ndim == 0 and type(index[0]) is int:
            return IndexError(
                "invalid index of a 0-dim tensor. Use `tensor.item()` in Python or "
                "`tensor.item<T>()` in C++ to convert a 0-dim tensor to a number"
            )
        if array.ndim == 0 and type(index[0]) is slice:
            return IndexError("slice() cannot be applied to a 0-dim tensor.")
        return IndexError(f"too many indices for tensor of dimension {array.ndim}")
    if text.startswith("shape mismatch"):
        shapes = ", ".join(str(list(i.shape)) for i in integer_arrays(index))
        return IndexError(
            f"shape mismatch: indexing tensors could not be broadcast together with shapes {shapes}"
        )
    if text.startswith("boolean index did not match"):
        return _mask_error(array, index) or error
    return error


def integer_arrays(index: tuple[Any, ...]) -> list[Any]:
    """The arrays of an index, masks as the arrays of their positions."""
    found: list[Any] = []
    for item in index:
        if hasattr(item, "dtype"):
            found += item.nonzero() if item.dtype.kind == "b" else [item]
    return found


def _dimension(index: tuple[Any, ...], axis: int, ndim: int) -> int:
    """PyTorch's number for an axis: new axes count; among index arrays only these count."""
    arrays = any(hasattr(item, "dtype") for item in index)
    at = dim = 0
    for item in index:
        width = ndim - sum(map(_axes_of, index)) if item is ... else _axes_of(item)
        if at <= axis < at + width:
            return dim if arrays else dim + axis - at
        at += width
        dim += hasattr(item, "dtype") if arrays else max(width, 1)
    return axis


def _mask_error(array: Any, index: tuple[Any, ...]) -> IndexError | None:
    axis = 0
    for item in index:
        if item is ...:
            axis += array.ndim - sum(map(_axes_of, index))
        elif hasattr(item, "dtype") and item.dtype.kind == "b":
            for i, n in enumerate(item.shape):
                if n != array.shape[axis + i]:
                    return IndexError(
                        f"The shape of the mask {list(item.shape)} at index {i} does not match "
                        f"the shape of the indexed tensor {list(array.shape)} at index {axis + i}"
                    )
        axis += _axes_of(item)
    return None


def _axes_of(item: Any) -> int:
    if item is None or item is ...:
        return 0
    return item.ndim if hasattr(item, "dtype") and item.dtype.kind == "b" else 1
