"""Sorting and selection by rank: sort, topk, median, mode.

Equal elements keep their order, also where PyTorch leaves it open (`sort`, `topk`, `kthvalue`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy

from ..core import dtype as dtypes
from ..core.apply import apply, unary
from ..core.primitive import Primitive
from ..core.tensor import unwrap
from ..kernels.index import along
from ..kernels.order import largest, median_index, mode_index, nanmedian_index, order, taken
from . import return_types
from .dims import wrap_dim
from .extrema import Extremum, Selection, into_each, select, selected, shared
from .index import Scattered, gather
from .inplace import into
from .names import numpy_names
from .reduce import EVERY, unreduced

if TYPE_CHECKING:
    from ..tensor import Tensor


class Sort(Primitive):
    """x in order along an axis, and the places its elements come from"""

    outputs = ("values", "indices")
    nondiff = ("indices",)
    saves = ("indices",)

    def kernel(xp, x, *, dim, descending):
        return _ordered(xp, x, dim, lambda rows: order(xp, rows, descending))

    def grad_x(ctx, g, g_indices):
        return gather(g, ctx.dim, _inverse(unwrap(ctx.indices), ctx.dim))


class Topk(Primitive):
    """The k largest or smallest elements along an axis, and their places"""

    outputs = ("values", "indices")
    nondiff = ("indices",)
    saves = ("indices",)

    def kernel(xp, x, *, k, dim, descending):
        return _ordered(xp, x, dim, lambda rows: largest(xp, rows, k, descending))

    def grad_x(ctx, g, g_indices):
        if not ctx.shapes[0]:
            return g
        return apply(Scattered, g, ctx.indices, dim=ctx.dim, size=ctx.shapes[0])


def _ordered(xp: Any, x: Any, dim: int, places_of: Any) -> tuple[Any, Any]:
    """The elements at `places_of(rows)`, and the places, where an axis makes the rows."""
    if not x.ndim:
        return x.copy(), xp.zeros((), int)
    rows = x.swapaxes(dim, -1)
    places = places_of(rows)
    values = taken(rows, places)
    if dim == x.ndim - 1:
        return values, xp.ascontiguousarray(places)
    swapped = [xp.ascontiguousarray(each.swapaxes(dim, -1)) for each in (values, places)]
    return swapped[0], swapped[1]


def _inverse(places: Any, dim: int) -> Any:
    """The permutations along an axis that undo the given ones."""
    if not places.ndim:
        return places
    inverse = numpy.empty_like(places)
    shape = [1] * places.ndim
    shape[dim] = -1
    inverse[along(places, dim)] = numpy.arange(places.shape[dim]).reshape(shape)
    return inverse


class Median(Selection):
    """The lower median of each slice along an axis"""

    label = "MedianBackward1"

    def kernel(xp, x, *, dim, keepdim):
        return select(xp, x, _of_rows(median_index, xp), dim, keepdim)


class Nanmedian(Selection):
    """The lower median of what is not NaN, of each slice along an axis"""

    label = "NanmedianBackward1"

    def kernel(xp, x, *, dim, keepdim):
        return select(xp, x, _of_rows(nanmedian_index, xp), dim, keepdim)


class Mode(Selection):
    """The most frequent value of each slice along an axis"""

    def kernel(xp, x, *, dim, keepdim):
        return select(xp, x, _of_rows(mode_index, xp), dim, keepdim)


class Kthvalue(Selection):
    """The k-th smallest element of each slice along an axis"""

    def kernel(xp, x, *, k, dim, keepdim):
        def kth(xp, rows):
            return order(xp, rows)[..., k - 1]

        return select(xp, x, _of_rows(kth, xp), dim, keepdim)


def _of_rows(index_of: Any, xp: Any) -> Any:
    return lambda x, dim: index_of(xp, xp.moveaxis(x, dim, -1))


class MedianAll(Extremum):
    """The lower median of all elements"""

    label = "MedianBackward0"

    def kernel(xp, x, *, dim, keepdim, shape):
        return _of_all(xp, x, median_index)


class NanmedianAll(Extremum):
    """The lower median of all elements that are not NaN"""

    label = "NanmedianBackward0"

    def kernel(xp, x, *, dim, keepdim, shape):
        return _of_all(xp, x, nanmedian_index)

    def grad_x(ctx, g):
        return shared(g, ctx.x == unreduced(ctx.out, ctx.shape, ctx.dim, ctx.keepdim), ctx)


def _of_all(xp: Any, x: Any, index_of: Any) -> Any:
    x = x.reshape(-1)
    return x[index_of(xp, x)] if x.size else x.dtype.type(numpy.nan)


@numpy_names
def sort(
    input: Tensor,
    dim: int = -1,
    descending: bool = False,
    *,
    stable: bool | None = None,
    out: Any = None,
) -> Any:
    """The elements in order along `dim`, and the indices they come from; NaN is largest.

    Shape: input (*), values (*), indices (*).

    >>> tensor([3.0, 1.0, 2.0]).sort()
    torch.return_types.sort(
    values=tensor([1., 2., 3.]),
    indices=tensor([1, 2, 0]))
    """
    a = unwrap(input)
    dim = wrap_dim(dim, a.ndim)
    if a.dtype.kind == "c":
        raise RuntimeError(" Sort does not support complex dtypes on CPU")
    result = apply(Sort, input, dim=dim, descending=bool(descending))
    return return_types.sort(result if out is None else into_each(out, result))


@numpy_names
def argsort(
    input: Tensor, dim: int = -1, descending: bool = False, *, stable: bool = False
) -> Tensor:
    """The indices that sort the input along `dim`.

    Shape: input (*), output (*).
    """
    indices: Tensor = sort(input, dim, descending)[1]
    return indices


@numpy_names
def msort(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The input sorted along its first axis.

    Shape: input (*), output (*).
    """
    result: Tensor = sort(input, 0)[0]
    return result if out is None else into(out, result, exact=True)


@numpy_names
def topk(
    input: Tensor,
    k: int,
    dim: int = -1,
    largest: bool = True,
    sorted: bool = True,
    *,
    out: Any = None,
) -> Any:
    """The `k` largest (or smallest) elements along `dim` in order, and their indices.

    With `sorted=False` PyTorch promises no order; here it is the same.

    Shape: input (*), values and indices (*) with k elements along `dim`.

    >>> values, indices = tensor([1.0, 3.0, 2.0]).topk(2)
    >>> values, indices
    (tensor([3., 2.]), tensor([1, 2]))
    """
    a = unwrap(input)
    dim = wrap_dim(dim, a.ndim)
    if not 0 <= k <= (a.shape[dim] if a.ndim else 1):
        raise RuntimeError("selected index k out of range")
    if a.dtype.kind in "bc":
        kind = "bool" if a.dtype.kind == "b" else "complex"
        raise RuntimeError(f"topk does not support {kind} dtypes on CPU")
    result = apply(Topk, input, k=k, dim=dim, descending=bool(largest))
    return return_types.topk(result if out is None else into_each(out, result))


@numpy_names
def kthvalue(
    input: Tensor, k: int, dim: int = -1, keepdim: bool = False, *, out: Any = None
) -> Any:
    """The k-th smallest element along `dim`, counted from 1, and its index.

    Shape: input (*), values and indices (*) without the axis `dim`.
    """
    a = unwrap(input)
    axis = wrap_dim(dim, a.ndim)
    n = a.shape[axis] if a.ndim else 1
    if n and not 1 <= k <= n and a.dtype.kind not in "bc":
        raise RuntimeError(f"kthvalue(): selected number k out of range for dimension {axis}")
    if a.dtype.kind == "b":
        raise NotImplementedError("\"kthvalue_cpu\" not implemented for 'Bool'")
    return selected(Kthvalue, return_types.kthvalue, input, dim, keepdim, out, k=k)


@numpy_names
def median(input: Tensor, dim: int | None = None, keepdim: bool = False, *, out: Any = None) -> Any:
    """The median, of an even number of elements the lower one; NaN if there is a NaN.

    Shape: input (*), output () or, with `dim`, values and indices (*) without that axis.

    >>> tensor([3.0, 1.0, 2.0, 4.0]).median()
    tensor(2.)
    """
    _check_median(unwrap(input))
    if dim is None:
        return _all(MedianAll, input, out)
    return selected(Median, return_types.median, input, dim, keepdim, out)


@numpy_names
def nanmedian(
    input: Tensor, dim: int | None = None, keepdim: bool = False, *, out: Any = None
) -> Any:
    """The median of the elements that are not NaN.

    Shape: input (*), output () or, with `dim`, values and indices (*) without that axis.
    """
    _check_median(unwrap(input))
    if dim is None:
        return _all(NanmedianAll, input, out)
    return selected(Nanmedian, return_types.nanmedian, input, dim, keepdim, out)


def _check_median(a: Any) -> None:
    if a.dtype.kind in "bc":
        short = dtypes.of_array(a).short
        raise NotImplementedError(f"\"median_cpu\" not implemented for '{short}'")


def _all(op: type[Primitive], input: Any, out: Any) -> Any:
    a = unwrap(input)
    result = unary(op, input, dim=EVERY[a.ndim], keepdim=False, shape=a.shape)
    return result if out is None else into(out, result)


@numpy_names
def mode(input: Tensor, dim: int = -1, keepdim: bool = False, *, out: Any = None) -> Any:
    """The most frequent value along `dim` (the smallest of several), and its last index.

    Shape: input (*), values and indices (*) without the axis `dim`.
    """
    return selected(Mode, return_types.mode, input, dim, keepdim, out)
