"""Basic indexing: integers, slices, None and Ellipsis give a view."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ..core.apply import apply
from ..core.primitive import Primitive
from ..core.tensor import TensorBase, unwrap
from ..core.views import apply_view
from .dims import wrap_dim
from .index_errors import index_error
from .kinds import ViewOp
from .mask import zeros
from .names import numpy_names
from .shape import View

if TYPE_CHECKING:
    from ..tensor import Tensor

ALL = slice(None)


class Basic(ViewOp):
    """x[index], for an index of integers, slices, None and Ellipsis"""

    def kernel(xp, x, *, index):
        return x[index]

    def grad_x(ctx, g):
        return embed(g, ctx.shapes[0], ctx.index)

    @classmethod
    def explain(cls, error: Exception, arrays: Any, params: dict[str, Any]) -> Exception:
        """PyTorch's error for an index that does not fit."""
        return index_error(error, arrays[0], params["index"])


class Select(Basic):
    """x[index], which ends with an integer"""


class Slice(Basic):
    """x[index], which ends with a slice"""


class Insert(Basic):
    """x[index], which ends with None"""

    label = "UnsqueezeBackward0"


class Alias(Basic):
    """All of x"""


class Embed(Primitive):
    """Zeros with x in the place that an index names"""

    label = "SliceBackwardBackward0"

    def kernel(xp, x, *, size, index):
        out = xp.zeros(size, x.dtype)
        out[index] = x
        return out

    def grad_x(ctx, g):
        return apply_view(Slice, g, index=ctx.index)


class Diagonal(ViewOp):
    """The elements x[i, i + offset] of two axes, as the last axis"""

    def kernel(xp, x, *, offset, dim1, dim2):
        out = x.diagonal(offset, dim1, dim2)
        out.flags.writeable = x.flags.writeable  # NumPy's is read-only
        return out

    def grad_x(ctx, g):
        size, last = ctx.shapes[0], (ctx.offset, ctx.dim1, ctx.dim2)
        return apply(EmbedDiagonal, g, size=size, offset=last[0], dim1=last[1], dim2=last[2])


class EmbedDiagonal(Primitive):
    """Zeros with x as a diagonal"""

    label = "DiagonalBackwardBackward0"

    def kernel(xp, x, *, size, offset, dim1, dim2):
        out = xp.zeros(size, x.dtype)
        place = out.diagonal(offset, dim1, dim2)
        place.flags.writeable = True
        place[...] = x
        return out

    def grad_x(ctx, g):
        return apply_view(Diagonal, g, offset=ctx.offset, dim1=ctx.dim1, dim2=ctx.dim2)


class ViewScatter(Primitive):
    """x with source where a view operation looks"""

    def kernel(xp, x, source, *, view, place):
        out = x.copy()
        view.kernel(xp, out, **place)[...] = source
        return out

    def grad_x(ctx, g):
        part = zeros(apply_view(ctx.view, g, **ctx.place))
        return apply(ViewScatter, g, part, view=ctx.view, place=ctx.place)

    def grad_source(ctx, g):
        return apply_view(ctx.view, g, **ctx.place)


class SliceScatter(ViewScatter):
    """x with source in a slice of an axis"""


class SelectScatter(ViewScatter):
    """x with source at one index of an axis"""


class DiagonalScatter(ViewScatter):
    """x with source as a diagonal"""


def embed(g: Any, size: tuple[int, ...], index: Any) -> Any:
    """Zeros of this size with g at the place that a basic index names."""
    return apply(Embed, g, size=size, index=index)


@numpy_names
def select(input: Tensor, dim: int, index: int) -> Tensor:
    """The slice at one index of an axis, without that axis: a view.

    >>> tensor([[1, 2], [3, 4]]).select(1, 0)
    tensor([1, 3])
    """
    shape = unwrap(input).shape
    if not shape:
        raise IndexError("select() cannot be applied to a 0-dim tensor.")
    dim = wrap_dim(dim, len(shape))
    n = shape[dim]
    if not -n <= index < n:
        raise IndexError(
            f"select(): index {index} out of range for tensor of size {list(shape)} "
            f"at dimension {dim}"
        )
    return apply_view(Select, input, index=(*(ALL,) * dim, index, ...))


def narrow(input: Tensor, dim: int, start: int | Tensor, length: int) -> Tensor:
    """The part of an axis that begins at `start` and has this length: a view.

    >>> tensor([1, 2, 3, 4]).narrow(0, 1, 2)
    tensor([2, 3])
    """
    shape = unwrap(input).shape
    if not shape:
        raise RuntimeError("narrow() cannot be applied to a 0-dim tensor.")
    if length < 0:
        raise RuntimeError("narrow(): length must be non-negative.")
    if isinstance(start, TensorBase) and (start._data.ndim or start._data.dtype.kind not in "iu"):
        raise RuntimeError("start must be an 0-dim integral Tensor.")
    dim, first = wrap_dim(dim, len(shape)), int(start)
    n = shape[dim]
    if not -n <= first <= n:
        raise IndexError(
            f"start out of range (expected to be in range of [{-n}, {n}], but got {first})"
        )
    first += n if first < 0 else 0
    if first + length > n:
        raise RuntimeError(f"start ({first}) + length ({length}) exceeds dimension size ({n}).")
    return piece(input, dim, first, first + length)


def piece(input: Any, dim: int, start: int, stop: int) -> Any:
    """The part of an axis from start to stop: a view, unchecked."""
    return apply_view(Slice, input, index=(*(ALL,) * dim, slice(start, stop)))


def diagonal(input: Tensor, offset: int = 0, dim1: int = 0, dim2: int = 1) -> Tensor:
    """The elements x[i, i + offset] of two axes, as the last axis: a view.

    >>> tensor([[1, 2], [3, 4]]).diagonal()
    tensor([1, 4])
    """
    ndim = unwrap(input).ndim
    dim1, dim2 = wrap_dim(dim1, ndim), wrap_dim(dim2, ndim)
    if dim1 == dim2:
        raise RuntimeError(f"diagonal dimensions cannot be identical {dim1}, {dim2}")
    return apply_view(Diagonal, input, offset=offset, dim1=dim1, dim2=dim2)


def linalg_diagonal(A: Tensor, *, offset: int = 0, dim1: int = -2, dim2: int = -1) -> Tensor:
    """The diagonals of a stack of matrices: `diagonal` over the last two axes, a view.

    Shape: A (*, m, n), output (*, k).
    """
    return diagonal(A, offset, dim1, dim2)


linalg_diagonal.__name__ = linalg_diagonal.__qualname__ = "diagonal"


def select_scatter(input: Tensor, src: Tensor, dim: int, index: int) -> Tensor:
    """A copy with src at one index of an axis.

    >>> select_scatter(zeros(2, 2), ones(2), 0, 1)
    tensor([[0., 0.],
            [1., 1.]])
    """
    select(unwrap(input), dim, index)  # its errors are this function's
    at = (*(ALL,) * wrap_dim(dim, unwrap(input).ndim), index, ...)
    return scattered(SelectScatter, input, src, Select, {"index": at})


def slice_scatter(
    input: Tensor,
    src: Tensor,
    dim: int = 0,
    start: int | None = None,
    end: int | None = None,
    step: int = 1,
) -> Tensor:
    """A copy with src in a slice of an axis.

    >>> slice_scatter(zeros(4), ones(2), start=1, end=3)
    tensor([0., 1., 1., 0.])
    """
    at = wrap_dim(dim, unwrap(input).ndim)
    index = (*(ALL,) * at, slice(start, end, step))
    return scattered(SliceScatter, input, src, Slice, {"index": index})


def diagonal_scatter(
    input: Tensor, src: Tensor, offset: int = 0, dim1: int = 0, dim2: int = 1
) -> Tensor:
    """A copy with src as the diagonal of two axes; see `diagonal`.

    >>> diagonal_scatter(zeros(2, 2), tensor([1.0, 2.0]))
    tensor([[1., 0.],
            [0., 2.]])
    """
    ndim = unwrap(input).ndim
    dim1, dim2 = wrap_dim(dim1, ndim), wrap_dim(dim2, ndim)
    if dim1 == dim2:
        raise RuntimeError(f"diagonal dimensions cannot be identical {dim1}, {dim2}")
    place = {"offset": offset, "dim1": dim1, "dim2": dim2}
    return scattered(DiagonalScatter, input, src, Diagonal, place)


def scattered(
    op: type[Primitive], input: Any, src: Any, view: type[Primitive], place: dict[str, Any]
) -> Any:
    """A copy of the input with src where the operation `view` looks at it."""
    part = view.on_cpu(unwrap(input), **place)
    if unwrap(src).shape != part.shape:
        raise RuntimeError(
            "expected src to have a size equal to the slice of self. src size = "
            f"{list(unwrap(src).shape)}, slice size = {list(part.shape)}"
        )
    return apply(op, input, src, view=view, place=place)


def atleast_1d(*tensors: Any) -> Any:
    """0-d tensors with one axis; others as they are. Several give a tuple."""
    return _each(tensors, lambda x: x if unwrap(x).ndim else apply_view(View, x, size=(1,)))


def atleast_2d(*tensors: Any) -> Any:
    """Tensors with fewer than two axes with leading ones. Several give a tuple."""
    return _each(tensors, lambda x: x if unwrap(x).ndim > 1 else _with_axes(x, 2, (None, ...)))


def atleast_3d(*tensors: Any) -> Any:
    """Tensors with fewer than three axes: (n,) becomes (1, n, 1) and (n, m) becomes (n, m, 1)."""

    def third(x: Any) -> Any:
        ndim = unwrap(x).ndim
        return x if ndim > 2 else _with_axes(x, 3, (..., None) if ndim == 2 else (None, ..., None))

    return _each(tensors, third)


def _with_axes(x: Any, ndim: int, index: tuple[Any, ...]) -> Any:
    if not unwrap(x).ndim:
        return apply_view(View, x, size=(1,) * ndim)
    return apply_view(Insert, x, index=index)


def _each(tensors: tuple[Any, ...], function: Any) -> Any:
    if len(tensors) == 1 and not isinstance(tensors[0], Sequence):
        return function(tensors[0])
    if len(tensors) == 1:
        tensors = tuple(tensors[0])
    return tuple([function(x) for x in tensors])
