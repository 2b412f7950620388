"""x[index] and x[index] = value, in every form."""

from __future__ import annotations

import warnings
from operator import index as as_int
from types import EllipsisType, NoneType
from typing import TYPE_CHECKING, Any

import numpy

from ..core.apply import apply
from ..core.primitive import Primitive
from ..core.tensor import TensorBase, plain
from ..core.views import apply_view
from ..kernels.index import accumulate
from .index_errors import index_error
from .slicing import ALL, Alias, Basic, Insert, Select, Slice

if TYPE_CHECKING:
    from ..tensor import Tensor

BASIC: dict[type, type[Basic]] = {
    int: Select,
    slice: Slice,
    NoneType: Insert,
    EllipsisType: Alias,
}
MOST = 4  # index arrays in one index
ARRAYS = frozenset({numpy.dtype("int64"), numpy.dtype("int32"), numpy.dtype("bool")})


class Index(Primitive):
    """x[index], for an index with arrays; `at` has a slice or the number of an array by axis"""

    nondiff = ("i", "j", "k", "l")
    saves = ("i", "j", "k", "l")

    def kernel(xp, x, i, j, k, l, *, at):  # noqa: E741
        return x[filled(at, (i, j, k, l))]

    def grad_x(ctx, g):
        arrays = (ctx.i, ctx.j, ctx.k, ctx.l)
        return apply(Accumulate, g, *arrays, at=ctx.at, size=ctx.shapes[0])

    @classmethod
    def explain(cls, error: Exception, arrays: Any, params: dict[str, Any]) -> Exception:
        """PyTorch's error for an index that does not fit."""
        return index_error(error, arrays[0], filled(params["at"], arrays[-MOST:]))


class IndexRows(Primitive):
    """x[index], for one index array: the commonest index"""

    label = "IndexBackward0"
    nondiff = ("index",)
    saves = ("index",)

    def kernel(xp, x, index):
        return rows(x, index)

    def grad_x(ctx, g):
        return apply(AccumulateRows, g, ctx.index, size=ctx.shapes[0])

    @classmethod
    def explain(cls, error: Exception, arrays: Any, params: dict[str, Any]) -> Exception:
        """PyTorch's error for an index that does not fit."""
        return index_error(error, *arrays)


class AccumulateRows(Primitive):
    """Zeros to whose rows x is added: the gradient of `IndexRows`"""

    label = "IndexBackwardBackward0"
    nondiff = ("index",)
    saves = ("index",)

    def kernel(xp, x, index, *, size):
        out = xp.zeros(size, x.dtype)
        accumulate(out, index, x)
        return out

    def grad_x(ctx, g):
        return apply(IndexRows, g, ctx.index)


class Accumulate(Primitive):
    """Zeros to which x is added at an index: the gradient of `Index`"""

    label = "IndexBackwardBackward0"
    nondiff = ("i", "j", "k", "l")
    saves = ("i", "j", "k", "l")

    def kernel(xp, x, i, j, k, l, *, at, size):  # noqa: E741
        out = xp.zeros(size, x.dtype)
        accumulate(out, filled(at, (i, j, k, l)), x)
        return out

    def grad_x(ctx, g):
        return apply(Index, g, ctx.i, ctx.j, ctx.k, ctx.l, at=ctx.at)


def rows(x: Any, index: Any, axis: int = 0) -> Any:
    """The slices of an axis that one index array names: faster by `take`, if it need not copy x."""
    if x.flags.c_contiguous and index.dtype.kind != "b":
        return x.take(index, axis)
    return x[(*(ALL,) * axis, index)]


def filled(at: tuple[Any, ...], arrays: tuple[Any, ...]) -> tuple[Any, ...]:
    """The index itself: the arrays in their places."""
    return tuple([arrays[item] if type(item) is int else item for item in at])


def getitem(input: Tensor, index: Any) -> Tensor:
    """input[index]: a view for integers, slices, None and Ellipsis, a copy for index arrays.

    Index arrays are integer tensors, masks (tensors of bool) and lists. IndexError if an index is
    out of bounds, a mask has another shape, or there are more indices than dimensions.

    >>> x = tensor([[1, 2], [3, 4]])
    >>> x[1, 0], x[:, 1], x[x > 2]
    (tensor(3), tensor([2, 4]), tensor([3, 4]))
    """
    kind = type(index)
    if kind is int or index is None:
        return apply_view(BASIC[kind], input, index=(index, ...))
    if kind is tuple:
        op: Any = Alias
        for item in index:
            found = BASIC.get(type(item))
            if found is None:
                return _general(input, index)
            if found is Slice:
                if item.start is None is item.stop and item.step is None:
                    continue
                if not is_plain(item):
                    return _general(input, index)
            if found is not Alias:
                op = found
        return apply_view(op, input, index=index if ... in index else (*index, ...))
    if kind is slice and is_plain(index):
        return apply_view(Slice, input, index=index)
    if isinstance(index, TensorBase) and index._data.dtype in ARRAYS and index._data.ndim:
        return apply(IndexRows, input, index)
    return _general(input, index)


def is_plain(item: slice) -> bool:
    """Whether a slice has only integers and a positive step: no tensors, which could change."""
    for bound in (item.start, item.stop, item.step):
        if bound is not None and type(bound) is not int:
            return False
    return item.step is None or item.step > 0


def _general(input: Any, index: Any) -> Any:
    """Any index, taken apart: first its basic part, then its arrays."""
    basic, at, arrays = parse(plain(input), index)
    if basic is not None:
        input = getitem(input, basic)
    if not arrays:
        return input
    if at == (0,):
        return apply(IndexRows, input, arrays[0])
    return apply(Index, input, *arrays, *(None,) * (MOST - len(arrays)), at=at)


def parse(data: Any, index: Any) -> tuple[Any, tuple[Any, ...], list[Any]]:
    """An index as a basic one (None if it does nothing), the places of arrays, and the arrays.

    The basic index goes first: integers beside index arrays select, they do not broadcast with
    them, as NumPy's do.
    """
    items = [_item(item) for item in _as_tuple(index)]
    basic: list[Any] = []
    at: list[Any] = []
    arrays: list[Any] = []
    for item in items:
        if isinstance(item, bool):  # a new axis, kept or emptied
            basic.append(None)
            at.append(len(arrays))
            arrays.append(numpy.zeros(int(item), numpy.int64))
        elif type(item) in BASIC:
            basic.append(item)
            if type(item) is not int:
                at.append(item if item is ... else ALL)
        else:
            array = plain(item)
            basic += [ALL] * (array.ndim if array.dtype.kind == "b" else 1)
            at.append(len(arrays))
            arrays.append(item)
    _check_count(data, basic)
    if len(arrays) > MOST:
        raise NotImplementedError(f"more than {MOST} index tensors in one index")
    if arrays and all(item is ... or item == ALL for item in basic):
        return None, tuple(at), arrays
    return tuple(basic), _without_gap(at), arrays


def _check_count(data: Any, basic: list[Any]) -> None:
    used = sum(item is not None and item is not ... for item in basic)
    if used > data.ndim:
        raise IndexError(f"too many indices for tensor of dimension {data.ndim}")


def _without_gap(at: list[Any]) -> tuple[Any, ...]:
    while at and type(at[-1]) is slice:
        at = at[:-1]
    return tuple(at)


def _as_tuple(index: Any) -> tuple[Any, ...]:
    if isinstance(index, tuple):
        return index
    if isinstance(index, list) and len(index) < 32:
        parts = (TensorBase, list, tuple, slice, EllipsisType, NoneType, numpy.ndarray)
        if any(isinstance(item, parts) for item in index):
            warnings.warn(
                "Using a non-tuple sequence for multidimensional indexing is deprecated and will "
                "be changed in pytorch 2.9; use x[tuple(seq)] instead of x[seq]. In pytorch 2.9 "
                "this will be interpreted as tensor index, x[torch.tensor(seq)], which will "
                "result either in an error or a different result",
                stacklevel=5,
            )
            return tuple(index)
    return (index,)


def _item(item: Any) -> Any:
    """One part of an index as an int, slice, None, Ellipsis, bool, or an array of int or bool."""
    kind = type(item)
    if kind in BASIC:
        return _plain(item) if kind is slice else item
    if isinstance(item, (bool, numpy.bool_)):
        return bool(item)
    if isinstance(item, numpy.integer):
        return int(item)
    if isinstance(item, (list, tuple, range)):
        array = numpy.asarray([plain(each) for each in item])
        return array if array.dtype.kind in "bi" and array.size else array.astype(numpy.int64)
    array = plain(item)
    if not hasattr(array, "dtype"):
        raise IndexError(
            "only integers, slices (`:`), ellipsis (`...`), None and long or byte Variables are "
            f"valid indices (got {kind.__name__})"
        )
    if array.dtype not in ARRAYS and array.dtype != numpy.uint8:
        raise IndexError("tensors used as indices must be long, int, byte or bool tensors")
    if array.dtype == numpy.uint8:
        if array.ndim:
            warnings.warn(
                "indexing with dtype torch.uint8 is now deprecated, please use a dtype torch.bool "
                "instead.",
                stacklevel=5,
            )
        item = array = array.astype(bool)
    if array.ndim:
        return item
    return bool(array) if array.dtype.kind == "b" else int(array)


def _plain(item: slice) -> slice:
    bounds = (item.start, item.stop, item.step)
    try:
        start, stop, step = (None if bound is None else as_int(bound) for bound in bounds)
    except TypeError:
        raise TypeError(
            "slice indices must be integers or None or have an __index__ method"
        ) from None
    if step is not None and step <= 0:
        raise ValueError("step must be greater than zero" if step else "slice step cannot be zero")
    return slice(start, stop, step)
