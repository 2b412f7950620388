"""Distinct values, counts and places in sorted sequences. Nothing here has a gradient."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy

from ..core import dtype as dtypes
from ..core.apply import as_array
from ..core.promotion import is_number
from ..core.tensor import unwrap, wrap
from .dims import wrap_dim
from .inplace import into

if TYPE_CHECKING:
    from ..tensor import Tensor
    from ..typing import Number


def unique(
    input: Tensor,
    sorted: bool = True,
    return_inverse: bool = False,
    return_counts: bool = False,
    dim: int | None = None,
) -> Any:
    """The distinct values in order, or with `dim` the distinct slices; each NaN is one of its own.

    With `return_inverse` also where each element is among them, with `return_counts` how often
    each occurs. The result is sorted also with `sorted=False`.

    Shape: input (*), output (n,), inverse (*), counts (n,).

    >>> tensor([3, 1, 3]).unique(return_counts=True)
    (tensor([1, 3]), tensor([1, 2]))
    """
    a = unwrap(input)
    if a.dtype.kind == "c":
        raise _no_kernel("unique", a)
    axis = None if dim is None else wrap_dim(dim, a.ndim)
    values, inverse, counts = numpy.unique(
        a, return_inverse=True, return_counts=True, axis=axis, equal_nan=False
    )
    shape = a.shape if axis is None else a.shape[axis : axis + 1]
    return _chosen(values, inverse.reshape(shape), counts, return_inverse, return_counts)


def unique_consecutive(
    input: Tensor,
    return_inverse: bool = False,
    return_counts: bool = False,
    dim: int | None = None,
) -> Any:
    """The values (or with `dim` the slices) without repeats of the one before.

    Shape: input (*), output (n,), inverse (*), counts (n,).

    >>> tensor([1, 1, 2, 1]).unique_consecutive()
    tensor([1, 2, 1])
    """
    a = unwrap(input)
    axis = 0 if dim is None else wrap_dim(dim, a.ndim)
    rows = a.reshape(-1) if dim is None else a.swapaxes(0, axis)
    new = numpy.ones(len(rows), bool)
    changed = rows[1:] != rows[:-1]
    new[1:] = changed.reshape(len(changed), -1).any(1) if changed.size else False
    starts = numpy.flatnonzero(new)
    values = rows[starts]
    counts = numpy.diff(starts, append=len(rows))
    inverse = numpy.cumsum(new) - 1
    if dim is None:
        inverse = inverse.reshape(a.shape)
    else:
        values = numpy.ascontiguousarray(values.swapaxes(0, axis))
    return _chosen(values, inverse, counts, return_inverse, return_counts)


def _chosen(values: Any, inverse: Any, counts: Any, with_inverse: bool, with_counts: bool) -> Any:
    results = [wrap(values)]
    if with_inverse:
        results.append(wrap(inverse.astype(numpy.int64, copy=False)))
    if with_counts:
        results.append(wrap(counts.astype(numpy.int64, copy=False)))
    return results[0] if len(results) == 1 else tuple(results)


def bincount(input: Tensor, weights: Tensor | None = None, minlength: int = 0) -> Tensor:
    """How often each of 0, 1, 2, ... occurs, or the sums of the weights of its places.

    Shape: input (n,), weights (n,), output (max(input) + 1,) or longer with `minlength`.

    >>> bincount(tensor([0, 2, 2]))
    tensor([1, 0, 2])
    """
    a = unwrap(input)
    if a.dtype.kind not in "iu":
        raise _no_kernel("bincount_cpu", a)
    if minlength < 0:
        raise RuntimeError("minlength should be >= 0")
    if a.ndim != 1 or (a.size and a.min() < 0):
        raise RuntimeError("bincount only supports 1-d non-negative integral inputs.")
    if weights is None:
        return wrap(numpy.bincount(a, minlength=minlength))
    w = unwrap(weights)
    if w.shape != a.shape:
        raise RuntimeError("weights should be 1-d and have the same length as input")
    sums = numpy.bincount(a, w, minlength)
    return wrap(sums.astype(w.dtype) if w.dtype is dtypes.float32.numpy else sums)


def searchsorted(
    sorted_sequence: Tensor,
    input: Tensor | Number,
    *,
    out_int32: bool = False,
    right: bool = False,
    side: str | None = None,
    sorter: Tensor | None = None,
    out: Tensor | None = None,
) -> Tensor:
    """Where to insert values into a sorted sequence: before equal elements, or after if `right`.

    Sequences of several rows are searched row by row.

    Shape: sorted_sequence (n,) or (*, n), input (+) or (*, m), output as input.

    >>> searchsorted(tensor([1, 3, 5]), tensor([3, 4]))
    tensor([1, 2])
    """
    if side is not None and side not in ("left", "right"):
        raise RuntimeError(
            f"torch.searchsorted(): side can only be 'left' or 'right' but got {side}"
        )
    edges = unwrap(sorted_sequence)
    values = numpy.asarray(input, edges.dtype) if is_number(input) else unwrap(input)
    if edges.ndim != 1 and edges.shape[:-1] != values.shape[:-1]:
        raise RuntimeError(
            "torch.searchsorted(): boundaries tensor should be 1 dimension or the first N-1 "
            "dimensions of boundaries tensor and input value tensor must match, but we got "
            f"boundaries tensor {list(edges.shape)} and input value tensor {list(values.shape)}"
        )
    if sorter is not None:
        edges = numpy.take_along_axis(edges, unwrap(sorter), -1)
    where: Any = side or ("right" if right else "left")
    if edges.ndim == 1:
        places = numpy.searchsorted(edges, values, where)
    else:
        rows = zip(
            edges.reshape(-1, edges.shape[-1]), values.reshape(-1, values.shape[-1]), strict=True
        )
        found: Sequence[Any] = [numpy.searchsorted(one, two, where) for one, two in rows]
        places = numpy.stack([as_array(row) for row in found]).reshape(values.shape)
    result = wrap(as_array(places).astype(numpy.int32 if out_int32 else numpy.int64))
    return result if out is None else into(out, result, exact=True)


def bucketize(
    input: Tensor | Number,
    boundaries: Tensor,
    *,
    out_int32: bool = False,
    right: bool = False,
    out: Tensor | None = None,
) -> Tensor:
    """The number of the bucket between boundaries that each value falls into.

    Shape: input (*), boundaries (n,), output (*).

    >>> bucketize(tensor([0.5, 2.0]), tensor([1.0, 2.0]))
    tensor([0, 1])
    """
    if unwrap(boundaries).ndim != 1:
        raise RuntimeError(
            f"boundaries tensor must be 1 dimension, but got dim({unwrap(boundaries).ndim})"
        )
    return searchsorted(boundaries, input, out_int32=out_int32, right=right, out=out)


def _no_kernel(kernel: str, a: Any) -> NotImplementedError:
    short = dtypes.of_array(a).short
    return NotImplementedError(f"\"{kernel}\" not implemented for '{short}'")
