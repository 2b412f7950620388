"""Lookups by index tensor: gather, index_select, take, and positions of what is not zero."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy

from ..core import dtype as dtypes
from ..core.apply import apply
from ..core.primitive import Primitive
from ..core.tensor import TensorBase, unwrap, wrap
from ..kernels.index import accumulate, along, out_of_bounds
from .dims import wrap_dim
from .getitem import IndexRows, rows
from .inplace import into
from .kinds import broadcast_error
from .names import numpy_names
from .shape import expand, reshape
from .slicing import ALL

if TYPE_CHECKING:
    from ..tensor import Tensor

INT64, INT32 = numpy.dtype("int64"), numpy.dtype("int32")


class Gather(Primitive):
    """out[i, j, ...] is x[i, j, ...] with index[i, j, ...] in place of one axis"""

    nondiff = ("index",)
    saves = ("index",)

    def kernel(xp, x, index, *, dim):
        if not index.size:
            return xp.empty(index.shape, x.dtype)
        return x[along(index, dim)]

    def grad_x(ctx, g):
        return apply(Scattered, g, ctx.index, dim=ctx.dim, size=ctx.shapes[0])


class Scattered(Primitive):
    """Zeros to which x is added where `Gather` reads"""

    label = "ScatterAddBackward0"
    nondiff = ("index",)
    saves = ("index",)

    def kernel(xp, x, index, *, dim, size):
        out = xp.zeros(size, x.dtype)
        if index.ndim and index.shape[dim] == 1:
            out[along(index, dim)] = x  # no position twice
        elif index.size:
            accumulate(out, along(index, dim), x)
        return out

    def grad_x(ctx, g):
        return apply(Gather, g, ctx.index, dim=ctx.dim)


class IndexSelect(Primitive):
    """The slices of x at the given positions of one axis"""

    nondiff = ("index",)
    saves = ("index",)

    def kernel(xp, x, index, *, dim):
        return rows(x, index, dim)

    def grad_x(ctx, g):
        return apply(SlicesAdded, g, ctx.index, dim=ctx.dim, size=ctx.shapes[0])


class SlicesAdded(Primitive):
    """Zeros to which the slices of x are added where `IndexSelect` reads"""

    label = "IndexAddBackward0"
    nondiff = ("index",)
    saves = ("index",)

    def kernel(xp, x, index, *, dim, size):
        out = xp.zeros(size, x.dtype)
        accumulate(out, (*(ALL,) * dim, index), x)
        return out

    def grad_x(ctx, g):
        return apply(IndexSelect, g, ctx.index, dim=ctx.dim)


class Take(IndexRows):
    """The elements of a flat x at the given positions"""

    label = "TakeBackward0"


@numpy_names
def gather(
    input: Tensor,
    dim: int,
    index: Tensor,
    *,
    sparse_grad: bool = False,
    out: Tensor | None = None,
) -> Tensor:
    """out[i, j] = input[index[i, j], j] for dim 0, input[i, index[i, j]] for dim 1, and so on.

    RuntimeError for an index outside [0, size), or larger than input in another axis.

    Shape: input (*), index (*) of the same number of axes, output as index.

    >>> tensor([[1, 2], [3, 4]]).gather(1, tensor([[0, 0], [1, 0]]))
    tensor([[1, 1],
            [4, 3]])
    """
    raw = unwrap(index)
    shape = unwrap(input).shape
    dim = wrap_dim(dim, len(shape))
    if raw.size:
        check_dtype("gather", raw)
        check_along("input", shape, raw, dim)
    if not shape or not raw.ndim:
        line, places = reshape(input, shape or (1,)), reshape(index, raw.shape or (1,))
        result = reshape(apply(Gather, line, places, dim=dim), raw.shape)
    else:
        result = apply(Gather, input, index, dim=dim)
    return result if out is None else into(out, result, exact=True, of=(input, index))


def check_dtype(function: str, index: Any) -> None:
    """PyTorch's error for an index that is neither int32 nor int64."""
    if index.dtype is not INT64 and index.dtype not in (INT32, INT64):
        raise RuntimeError(f"{function}(): Expected dtype int32/int64 for index")


def check_along(of: str, shape: tuple[int, ...], index: Any, dim: int, text: str = "") -> None:
    """PyTorch's errors for an index that does not fit along one axis of a shape."""
    places = index.shape or (1,)
    shape = shape or (1,)
    if len(places) != len(shape):
        raise RuntimeError(f"Index tensor must have the same number of dimensions as {of} tensor")
    for i, n in enumerate(places):
        if text or (i != dim and n > shape[i]):
            message = (
                f"Expected index {list(places)} to be no larger than self {list(shape)} apart "
                f"from dimension {dim}{text}"
            )
            if of == "input":
                message = f"Size does not match at dimension {i} e{message[1:]}"
            raise RuntimeError(message)
    check_bounds(index, dim, shape[dim])


def check_bounds(index: Any, dim: int, size: int) -> None:
    """PyTorch's error for an entry outside [0, size); it takes no negative ones here."""
    wrong = out_of_bounds(index, size)
    if wrong is not None:
        raise RuntimeError(f"index {wrong} is out of bounds for dimension {dim} with size {size}")


@numpy_names
def index_select(input: Tensor, dim: int, index: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The slices of the input at the positions `index` of one axis.

    Shape: input (*), index (n,), output as input with n in place of that axis.

    >>> tensor([[1, 2, 3], [4, 5, 6]]).index_select(1, tensor([2, 0]))
    tensor([[3, 1],
            [6, 4]])
    """
    raw, shape = unwrap(index), unwrap(input).shape
    dim = wrap_dim(dim, len(shape))
    if raw.ndim > 1 or raw.dtype.kind == "b":
        raise IndexError("index_select(): Index is supposed to be a vector")
    if raw.dtype is not INT64 and raw.dtype not in (INT32, INT64):
        raise RuntimeError("index_select(): Expected dtype int32 or int64 for index")
    if out_of_bounds(raw, shape[dim] if shape else 1) is not None:
        raise IndexError("index out of range in self")
    if not raw.ndim:
        index = reshape(index, (1,))
    if not shape:
        result = reshape(apply(IndexSelect, reshape(input, (1,)), index, dim=0), ())
    else:
        result = apply(IndexSelect, input, index, dim=dim)
    return result if out is None else into(out, result, exact=True, of=(input, index))


def take(input: Tensor, index: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The elements at the given positions of the flattened input; negative ones from the end.

    Shape: input (*), index (*), output as index.

    >>> tensor([[1, 2], [3, 4]]).take(tensor([0, -1]))
    tensor([1, 4])
    """
    check_places("take", input, index)
    result = apply(Take, reshape(input, (-1,)), index)
    return result if out is None else into(out, result, exact=True, of=(input, index))


def check_places(function: str, input: Any, index: Any) -> None:
    """PyTorch's errors for positions in a flattened tensor."""
    if not isinstance(index, TensorBase):
        raise TypeError(
            f"{function}(): argument 'index' (position 1) must be Tensor, "
            f"not {type(index).__name__}"
        )
    raw, size = index._data, unwrap(input).size
    if raw.dtype != INT64:
        kind = dtypes.of_array(raw).short
        raise RuntimeError(f"{function}(): Expected a long tensor for index, but got {kind}")
    wrong = raw[(raw < -size) | (raw >= size)]
    if wrong.size:
        raise IndexError(
            f"out of range: tried to access index {int(wrong[0])} on a tensor of {size} elements."
        )


def take_along_dim(
    input: Tensor, indices: Tensor, dim: int | None = None, *, out: Tensor | None = None
) -> Tensor:
    """Gather along one axis, with the other axes broadcast; without `dim`, from the flat input.

    It takes what argmax, argsort and their like return with keepdim.

    >>> tensor([[3, 1], [2, 4]]).take_along_dim(tensor([[1], [0]]), 1)
    tensor([[1],
            [2]])
    """
    raw = unwrap(indices)
    if raw.dtype != INT64:
        raise RuntimeError(
            "torch.take_along_dim(): dtype of indices should be Long but got "
            f"{dtypes.of_array(raw).short}"
        )
    if dim is None:
        return gather(reshape(input, (-1,)), 0, reshape(indices, (-1,)), out=out)
    shape = list(unwrap(input).shape)
    if len(shape) != raw.ndim:
        raise RuntimeError(
            "torch.take_along_dim(): input and indices should have the same number of dimensions, "
            f"but got {len(shape)} dimensions for input, and {raw.ndim} dimensions for indices"
        )
    dim = wrap_dim(dim, len(shape))
    places = list(raw.shape)
    n, m = shape[dim], places[dim]
    shape[dim] = places[dim] = 1
    error = broadcast_error(tuple(shape), tuple(places))
    if error is not None:
        raise error
    common = list(numpy.broadcast_shapes(tuple(shape), tuple(places)))
    wide = expand(input, (*common[:dim], n, *common[dim + 1 :]))
    index = numpy.remainder(raw, n) if n else raw
    lines = numpy.broadcast_to(index, (*common[:dim], m, *common[dim + 1 :]))
    return gather(wide, dim, wrap(numpy.ascontiguousarray(lines)), out=out)


def nonzero(input: Tensor, *, out: Tensor | None = None, as_tuple: bool = False) -> Any:
    """The positions of the elements that are not zero: a row for each, or a tuple by axis.

    >>> tensor([[0, 1], [2, 0]]).nonzero()
    tensor([[0, 1],
            [1, 0]])
    """
    data = unwrap(input)
    if as_tuple:
        return tuple([wrap(each) for each in numpy.atleast_1d(data).nonzero()])
    rows = wrap(numpy.ascontiguousarray(numpy.argwhere(data)))
    return rows if out is None else into(out, rows, exact=True)


def nonzero_static(
    input: Tensor, *, size: int, fill_value: int = -1, out: Tensor | None = None
) -> Tensor:
    """The first `size` positions of elements that are not zero; missing rows are `fill_value`.

    >>> nonzero_static(tensor([0, 1, 2]), size=3)
    tensor([[ 1],
            [ 2],
            [-1]])
    """
    if size < 0:
        raise RuntimeError("nonzero_static: 'size' must be an non-negative integer")
    found = numpy.argwhere(unwrap(input))[:size]
    rows = numpy.full((size, found.shape[1]), fill_value)
    rows[: len(found)] = found
    return wrap(rows) if out is None else into(out, wrap(rows), exact=True)


def argwhere(input: Tensor) -> Tensor:
    """The positions of the elements that are not zero: a row for each."""
    result: Tensor = nonzero(input)
    return result


def unravel_index(indices: Tensor, shape: Any) -> tuple[Tensor, ...]:
    """Positions in a flat tensor as positions by axis, for a tensor of this shape.

    >>> unravel_index(tensor(5), (2, 3))
    (tensor(1), tensor(2))
    """
    sizes = (shape,) if isinstance(shape, int) else tuple(shape)
    return tuple([wrap(numpy.asarray(i)) for i in numpy.unravel_index(unwrap(indices), sizes)])
