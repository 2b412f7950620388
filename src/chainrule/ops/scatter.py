"""Writing by index tensor: scatter, index_add, index_copy and index_fill."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy

from ..core import dtype as dtypes
from ..core.apply import apply
from ..core.primitive import Primitive
from ..core.tensor import TensorBase, unwrap
from ..kernels.index import accumulate, along, out_of_bounds
from .dims import wrap_dim
from .index import INT64, check_along, check_bounds, check_dtype, gather, index_select
from .inplace import into
from .masking import MaskedFillTensor, check_scalar, fitting, padded
from .shape import reshape
from .slicing import ALL
from .support import no_derivative

if TYPE_CHECKING:
    from ..tensor import Tensor
    from ..typing import Number


class Scatter(Primitive):
    """x with source written where `Gather` reads"""

    nondiff = ("index",)
    saves = ("index",)

    def kernel(xp, x, index, source, *, dim):
        out = x.copy()
        out[along(index, dim)] = _part_of(source, index)
        return out

    def grad_x(ctx, g):
        return apply(ScatterNumber, g, ctx.index, dim=ctx.dim, value=0)

    def grad_source(ctx, g):
        return padded(gather(g, ctx.dim, ctx.index), ctx.shapes[2])


class ScatterNumber(Primitive):
    """x with a number written where `Gather` reads"""

    label = "ScatterBackward1"
    nondiff = ("index",)
    saves = ("index",)

    def kernel(xp, x, index, *, dim, value):
        out = x.copy()
        out[along(index, dim)] = value
        return out

    def grad_x(ctx, g):
        return apply(ScatterNumber, g, ctx.index, dim=ctx.dim, value=0)


class ScatterAdd(Primitive):
    """x with source added where `Gather` reads"""

    nondiff = ("index",)
    saves = ("index",)

    def kernel(xp, x, index, source, *, dim):
        out = x.copy()
        accumulate(out, along(index, dim), _part_of(source, index))
        return out

    def grad_x(ctx, g):
        return g

    def grad_source(ctx, g):
        return padded(gather(g, ctx.dim, ctx.index), ctx.shapes[2])


class ScatterBy(Primitive):
    """x with source added or multiplied in where `Gather` reads"""

    label = "torch::autograd::NotImplemented"
    nondiff = ("index",)

    def kernel(xp, x, index, source, *, dim, reduce):
        out = x.copy()
        values = _part_of(source, index) if getattr(source, "ndim", 0) else source
        getattr(xp, reduce).at(out, along(index, dim), values)
        return out

    grad_x = no_derivative("scatter.reduce")
    grad_source = no_derivative("scatter.reduce")


class IndexAdd(Primitive):
    """x with alpha times the slices of source added at positions of one axis"""

    nondiff = ("index",)
    saves = ("index",)

    def kernel(xp, x, index, source, *, dim, alpha):
        out = x.copy()
        values = source if alpha == 1 else (source * alpha).astype(x.dtype)
        accumulate(out, (*(ALL,) * dim, index), values)
        return out

    def grad_x(ctx, g):
        return g

    def grad_source(ctx, g):
        taken = index_select(g, ctx.dim, ctx.index)
        return taken if ctx.alpha == 1 else taken * ctx.alpha


class IndexCopy(Primitive):
    """x with the slices of source written at positions of one axis"""

    nondiff = ("index",)
    saves = ("index",)

    def kernel(xp, x, index, source, *, dim):
        out = x.copy()
        out[(*(ALL,) * dim, index)] = source
        return out

    def grad_x(ctx, g):
        return apply(IndexFill, g, ctx.index, dim=ctx.dim, value=0)

    def grad_source(ctx, g):
        return index_select(g, ctx.dim, ctx.index)


class IndexFill(Primitive):
    """x with a number at positions of one axis"""

    nondiff = ("index",)
    saves = ("index",)

    def kernel(xp, x, index, *, dim, value):
        out = x.copy()
        out[(*(ALL,) * dim, index)] = value
        return out

    def grad_x(ctx, g):
        return apply(IndexFill, g, ctx.index, dim=ctx.dim, value=0)


class IndexFillTensor(MaskedFillTensor):
    """x with a 0-d tensor at positions of one axis, given as a mask"""

    label = "IndexFillBackward1"


def _part_of(source: Any, index: Any) -> Any:
    """The part of a source that an index of its number of axes, or smaller, reads."""
    if source.shape == index.shape:
        return source
    return source[tuple([slice(n) for n in index.shape])]


def scatter(
    input: Tensor,
    dim: int,
    index: Tensor,
    src: Tensor | Number | None = None,
    *,
    value: Number | None = None,
    reduce: str | None = None,
    out: Tensor | None = None,
) -> Tensor:
    """A copy with src (a tensor or number) written where `gather` would read.

    Shape: input (*), index (*), src (*) not smaller than index, output as input.

    >>> zeros(2, 3).scatter(1, tensor([[2], [0]]), 1.0)
    tensor([[0., 0., 1.],
            [1., 0., 0.]])
    """
    source: Any = src if value is None else value
    if reduce not in (None, "add", "multiply"):
        raise RuntimeError("reduce argument must be either add or multiply.")
    line, places, dim = aligned("scatter", input, dim, index, source)
    is_array = hasattr(source, "dtype")
    if is_array:
        source = reshape(source, unwrap(source).shape or (1,))
    else:
        source = fitting(unwrap(input), source)
    if reduce is not None:
        result = apply(ScatterBy, line, places, source, dim=dim, reduce=reduce)
    elif is_array:
        result = apply(Scatter, line, places, source, dim=dim)
    else:
        result = apply(ScatterNumber, line, places, dim=dim, value=source)
    result = result if unwrap(input).ndim else reshape(result, ())
    return result if out is None else into(out, result, exact=True)


def aligned(function: str, input: Any, dim: int, index: Any, source: Any) -> tuple[Any, Any, int]:
    """Input and index, with one axis at least, and the axis; PyTorch's errors if they misfit."""
    shape, raw = unwrap(input).shape, unwrap(index)
    dim = wrap_dim(dim, len(shape))
    check_dtype(function, raw)
    text = ""
    if hasattr(source, "dtype"):
        if unwrap(source).dtype != unwrap(input).dtype:
            raise RuntimeError(f"{function}(): Expected self.dtype to be equal to src.dtype")
        text = _check_source(raw, unwrap(source))
    if raw.size:
        check_along("self", shape, raw, dim, text)
    return reshape(input, shape or (1,)), reshape(index, raw.shape or (1,)), dim


def _check_source(index: Any, source: Any) -> str:
    """What PyTorch's message says of a source; empty if it is as large as the index."""
    if (index.ndim or 1) != (source.ndim or 1):
        raise RuntimeError("Index tensor must have the same number of dimensions as src tensor")
    if all(n <= m for n, m in zip(index.shape, source.shape, strict=False)):
        return ""
    return f" and to be no larger size than src {list(source.shape)}"


def scatter_add(
    input: Tensor, dim: int, index: Tensor, src: Tensor, *, out: Tensor | None = None
) -> Tensor:
    """A copy with src added where `gather` would read; positions that repeat add up.

    >>> zeros(3).scatter_add(0, tensor([0, 0, 2]), ones(3))
    tensor([2., 0., 1.])
    """
    if not hasattr(src, "dtype"):
        raise TypeError(
            f"scatter_add(): argument 'src' (position 3) must be Tensor, not {type(src).__name__}"
        )
    line, places, dim = aligned("scatter", input, dim, index, src)
    source = reshape(src, unwrap(src).shape or (1,))
    result = reshape(apply(ScatterAdd, line, places, source, dim=dim), unwrap(input).shape)
    return result if out is None else into(out, result, exact=True)


def index_add(
    input: Tensor,
    dim: int,
    index: Tensor,
    source: Tensor,
    *,
    alpha: Number = 1,
    out: Tensor | None = None,
) -> Tensor:
    """A copy with alpha times the slices of source added at positions of one axis.

    >>> zeros(3).index_add(0, tensor([0, 0]), tensor([1.0, 2.0]))
    tensor([3., 0., 0.])
    """
    a, raw, b = unwrap(input), unwrap(index), unwrap(source)
    dim = wrap_dim(dim, a.ndim)
    check_slices("index_add_", a, raw, b, dim)
    check_bounds(raw, dim, a.shape[dim] if a.ndim else 1)
    lines = [reshape(x, unwrap(x).shape or (1,)) for x in (input, index, source)]
    result = reshape(apply(IndexAdd, *lines, dim=dim, alpha=alpha), a.shape)
    return result if out is None else into(out, result, exact=True)


def check_slices(function: str, a: Any, raw: Any, b: Any, dim: int) -> None:
    """PyTorch's errors for slices of b that do not fit positions `raw` of an axis of a."""
    if raw.ndim > 1:
        raise IndexError(
            f"{function}(): Index is supposed to be a vector, but got dim: {raw.ndim} with type: "
            f"{dtypes.of_array(raw).short} and size: {list(raw.shape)}"
        )
    if a.dtype is not b.dtype:
        raise RuntimeError(
            f"{function}(): self ({dtypes.of_array(a).short}) and source "
            f"({dtypes.of_array(b).short}) must have the same scalar type"
        )
    n = b.shape[dim] if dim < b.ndim else 1
    if raw.size != n:
        raise RuntimeError(
            f"{function}(): Number of indices ({raw.size}) should be equal to source.size(dim): "
            f"({n}), for dim: {dim}"
        )
    if a.shape[:dim] + a.shape[dim + 1 :] != b.shape[:dim] + b.shape[dim + 1 :]:
        raise RuntimeError(
            "source tensor shape must match self tensor shape, excluding the specified dimension. "
            f"Got self.shape = {list(a.shape)} source.shape = {list(b.shape)}"
        )


def index_copy(
    input: Tensor, dim: int, index: Tensor, source: Tensor, *, out: Tensor | None = None
) -> Tensor:
    """A copy with the slices of source written at positions of one axis.

    >>> zeros(3).index_copy(0, tensor([2, 0]), tensor([1.0, 2.0]))
    tensor([2., 0., 1.])
    """
    a, raw, b = unwrap(input), unwrap(index), unwrap(source)
    dim = wrap_dim(dim, a.ndim)
    _check_index_copy(a, raw, b, dim)
    lines = [reshape(x, unwrap(x).shape or (1,)) for x in (input, index, source)]
    result = reshape(apply(IndexCopy, *lines, dim=dim), a.shape)
    return result if out is None else into(out, result, exact=True)


def _check_index_copy(a: Any, index: Any, b: Any, dim: int) -> None:
    if b.ndim and a.ndim and b.ndim != a.ndim:
        raise IndexError(
            "index_copy_(): When source and destination are not scalars, their dimensionality "
            f"must match. Source dimensionality ({b.ndim}), destination dimensionality ({a.ndim})"
        )
    if a.dtype is not b.dtype:
        raise RuntimeError(
            "index_copy_(): self and source expected to have the same dtype, but got (self) "
            f"{dtypes.of_array(a).short} and (source) {dtypes.of_array(b).short}"
        )
    before, after = a.shape[:dim] + a.shape[dim + 1 :], b.shape[:dim] + b.shape[dim + 1 :]
    if before != after:
        raise RuntimeError(
            "index_copy_(): Source/destination tensor must have same slice shapes. Destination "
            f"slice shape: {' '.join(map(str, before))} at dimension {dim} and source slice shape: "
            f"{' '.join(map(str, after))} at dimension {dim}."
        )
    n = b.shape[dim] if b.ndim else 1
    if index.size != n:
        raise IndexError(
            f"index_copy_(): Number of indices ({index.size}) should be equal to source.size(dim) "
            f"({n})"
        )
    wrong = out_of_bounds(index, a.shape[dim] if a.ndim else 1)
    if wrong is not None:
        raise IndexError(
            f"index_copy_(): index {wrong} is out of bounds for dimension {dim} with size "
            f"{a.shape[dim] if a.ndim else 1}"
        )


def index_fill(input: Tensor, dim: int, index: Tensor, value: Tensor | Number) -> Tensor:
    """A copy with one value at positions of one axis; negative positions from the end.

    >>> zeros(3).index_fill(0, tensor([0, -1]), 7)
    tensor([7., 0., 7.])
    """
    a, raw = unwrap(input), unwrap(index)
    dim = wrap_dim(dim, a.ndim)
    if raw.dtype != INT64:
        raise IndexError("index_fill_(): Expected dtype int64 for index.")
    size = a.shape[dim] if a.ndim else 1
    wrong = raw[(raw < -size) | (raw >= size)]
    if wrong.size:
        raise IndexError(
            f"index {int(wrong[0])} is out of bounds for dimension {dim} with size {size}"
        )
    if not isinstance(value, TensorBase):
        number = fitting(a, value)
        line = reshape(input, a.shape or (1,))
        return reshape(apply(IndexFill, line, index, dim=dim, value=number), a.shape)
    check_scalar("index_fill_", a, value)
    chosen = numpy.zeros(size, bool)
    chosen[raw] = True
    mask = chosen.reshape((size,) + (1,) * max(a.ndim - dim - 1, 0)) if a.ndim else chosen[0]
    return apply(IndexFillTensor, input, mask, value)
