"""Adding values at positions that may repeat, and the index arrays of element-wise lookups.

Knows arrays only.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy

from ..backend import namespace
from ..core.modes import decides

SPARSE_FROM = 1 << 14  # values from which a sparse product beats adding one by one


def accumulate(out: Any, index: Any, values: Any) -> None:
    """out[index] += values, where positions that repeat add up.

    NumPy's `add.at` is fast only over one axis: rows are spread over the flat memory, or, where
    there are many, added by a sparse matrix with a one for each row.
    """
    if type(index) is tuple and len(index) == 1:
        index = index[0]
    if type(out) is not numpy.ndarray:
        _add_at(out, index, values)
    elif not out.flags.c_contiguous:
        numpy.add.at(out, index, values)
    elif isinstance(index, numpy.ndarray) and index.dtype.kind == "b":
        out[index] += values  # a mask names every position once
    elif isinstance(index, numpy.ndarray) and out.ndim > 1 and values.size:
        rows = index.reshape(-1)
        _add_rows(out, rows, values.reshape(rows.size, -1))
    elif out.ndim == 1 or not values.size:
        numpy.add.at(out, index, values)
    else:
        flat = numpy.arange(out.size).reshape(out.shape)[index]
        numpy.add.at(out.reshape(-1), flat.reshape(-1), values.reshape(-1))


def _add_rows(out: Any, rows: Any, values: Any) -> None:
    n, width = values.shape
    rows = numpy.where(rows < 0, rows + len(out), rows)
    if values.size >= SPARSE_FROM and values.dtype.char in "fdFD":
        from scipy.sparse import csc_array  # costs 50 ms to import: only where it pays

        chosen = (numpy.ones(n, values.dtype), rows, numpy.arange(n + 1))
        flat = out.reshape(len(out), width)
        flat += csc_array(chosen, shape=(len(out), n)) @ values
    else:
        flat = rows[:, None] * width + numpy.arange(width)
        numpy.add.at(out.reshape(-1), flat.reshape(-1), values.reshape(-1))


def _add_at(out: Any, index: Any, values: Any) -> None:
    if namespace(out).__name__ != "cupy":
        numpy.add.at(out, index, values)
        return
    import cupyx

    cupyx.scatter_add(out, index, values)


def along(index: Any, dim: int) -> tuple[Any, ...]:
    """The index that takes x[..., index[i, j, ...], ...] with `index` in place of axis dim."""
    places = list(_open_grid(index.shape))
    places[dim] = index
    return tuple(places)


@lru_cache(maxsize=64)
def _open_grid(shape: tuple[int, ...]) -> tuple[Any, ...]:
    """For each axis its own positions, shaped to broadcast against the others."""
    grid = []
    for axis, n in enumerate(shape):
        places = numpy.arange(n).reshape((n,) + (1,) * (len(shape) - axis - 1))
        places.flags.writeable = False
        grid.append(places)
    return tuple(grid)


@decides
def out_of_bounds(index: Any, size: int) -> int | None:
    """The first entry of an integer array that is not in [0, size); None if there is none."""
    if not index.size:
        return None
    # Read without a sign, negative entries are huge: one comparison finds both kinds.
    if index.itemsize == 8 and numpy.maximum.reduce(index.view(numpy.uint64), axis=None) < size:
        return None
    wrong = index[(index < 0) | (index >= size)]
    return int(wrong[0]) if wrong.size else None
