"""Copies with the elements in other places: flips, rolls, triangles, diagonals."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy

from ..core import dtype as dtypes
from ..core.apply import apply
from ..core.primitive import Primitive
from ..core.tensor import unwrap, wrap
from .dims import sizes, wrap_dim, wrap_dims
from .inplace import into
from .shape import reshape
from .slicing import ALL, Diagonal, EmbedDiagonal

if TYPE_CHECKING:
    from ..tensor import Tensor
    from ..typing import Dim, DType, Shape


class Flip(Primitive):
    """x with some axes reversed"""

    def kernel(xp, x, *, dims):
        index = tuple([slice(None, None, -1) if d in dims else ALL for d in range(x.ndim)])
        return x[index].copy()

    def grad_x(ctx, g):
        return flip(g, ctx.dims)


class Rot90(Primitive):
    """x turned by so many right angles in the plane of two axes"""

    def kernel(xp, x, *, k, dims):
        return xp.rot90(x, k, dims).copy()

    def grad_x(ctx, g):
        return rot90(g, -ctx.k, ctx.dims)


class Roll(Primitive):
    """x shifted along axes, what leaves at one end entering at the other"""

    def kernel(xp, x, *, shifts, dims):
        for shift, dim in zip(shifts, dims, strict=True):
            n = x.shape[dim]
            cut = -shift % n if n else 0
            lead = (ALL,) * dim
            x = xp.concatenate((x[(*lead, slice(cut, None))], x[(*lead, slice(cut))]), dim)
        return x

    def grad_x(ctx, g):
        return apply(Roll, g, shifts=tuple(-s for s in ctx.shifts), dims=ctx.dims)


class Tril(Primitive):
    """The lower triangle of matrices"""

    def kernel(xp, x, *, diagonal):
        mask = xp.tri(*x.shape[-2:], diagonal, bool)
        return xp.where(mask, x, x.dtype.type(0))

    def grad_x(ctx, g):
        return apply(Tril, g, diagonal=ctx.diagonal)


class Triu(Primitive):
    """The upper triangle of matrices"""

    def kernel(xp, x, *, diagonal):
        mask = xp.tri(*x.shape[-2:], diagonal - 1, bool)
        return xp.where(mask, x.dtype.type(0), x)

    def grad_x(ctx, g):
        return apply(Triu, g, diagonal=ctx.diagonal)


class DiagonalCopy(Diagonal):
    """A copy of a diagonal"""

    kind = "opaque"
    label = "DiagonalBackward0_copy"

    def kernel(xp, x, *, offset, dim1, dim2):
        return x.diagonal(offset, dim1, dim2).copy()


class DiagEmbed(EmbedDiagonal):
    """Zeros with x as a diagonal"""


def flip(input: Tensor, *given: Any, dims: Any = None) -> Tensor:
    """A copy with some axes reversed.

    >>> tensor([[1, 2], [3, 4]]).flip(1)
    tensor([[2, 1],
            [4, 3]])
    """
    chosen = sizes(given, "flip", "dims", dims)
    return apply(Flip, input, dims=wrap_dims(chosen, unwrap(input).ndim))


def reversed_(input: Tensor) -> Tensor:
    """`reversed(x)`: a copy with the first axis reversed."""
    return flip(input, 0) if unwrap(input).ndim else input


def fliplr(input: Tensor) -> Tensor:
    """A copy with the second axis reversed."""
    if unwrap(input).ndim < 2:
        raise RuntimeError("Input must be >= 2-d.")
    return flip(input, 1)


def flipud(input: Tensor) -> Tensor:
    """A copy with the first axis reversed."""
    if unwrap(input).ndim < 1:
        raise RuntimeError("Input must be >= 1-d.")
    return flip(input, 0)


def rot90(input: Tensor, k: int = 1, dims: Shape = (0, 1)) -> Tensor:
    """A copy turned by k right angles, from the first of two axes towards the second.

    >>> tensor([[1, 2], [3, 4]]).rot90()
    tensor([[2, 4],
            [1, 3]])
    """
    ndim = unwrap(input).ndim
    if len(dims) != 2:
        raise RuntimeError(f"expected total rotation dims == 2, but got dims = {len(dims)}")
    if ndim < 2:
        raise RuntimeError(f"expected total dims >= 2, but got total dims = {ndim}")
    first, second = (wrap_dim(dim, ndim) for dim in dims)
    if first == second:
        raise RuntimeError(
            f"expected rotation dims to be different, but got dim0 = {dims[0]} and dim1 = {dims[1]}"
        )
    return apply(Rot90, input, k=k, dims=(first, second))


def roll(input: Tensor, shifts: int | Shape, dims: Dim = None) -> Tensor:
    """A copy shifted along axes, what leaves at one end entering at the other.

    Without `dims`, the flattened elements are shifted.

    >>> tensor([1, 2, 3, 4]).roll(1)
    tensor([4, 1, 2, 3])
    """
    by = (shifts,) if isinstance(shifts, int) else tuple(shifts)
    along = () if dims is None else (dims,) if isinstance(dims, int) else tuple(dims)
    shape = unwrap(input).shape
    if not by:
        raise RuntimeError("`shifts` required")
    if not along and len(by) == 1:
        return reshape(apply(Roll, reshape(input, (-1,)), shifts=by, dims=(0,)), shape)
    if len(by) != len(along):
        raise RuntimeError(
            f"shifts and dimensions must align. shifts: {len(by)}, dims:{len(along)}"
        )
    return apply(Roll, input, shifts=by, dims=tuple(wrap_dim(dim, len(shape)) for dim in along))


def tril(input: Tensor, diagonal: int = 0, *, out: Tensor | None = None) -> Tensor:
    """The lower triangle of matrices, zeros elsewhere.

    >>> ones(2, 2).tril()
    tensor([[1., 0.],
            [1., 1.]])
    """
    result = apply(Tril, _matrices("tril", input), diagonal=diagonal)
    return result if out is None else into(out, result, exact=True)


def triu(input: Tensor, diagonal: int = 0, *, out: Tensor | None = None) -> Tensor:
    """The upper triangle of matrices, zeros elsewhere.

    >>> ones(2, 2).triu(1)
    tensor([[0., 1.],
            [0., 0.]])
    """
    result = apply(Triu, _matrices("triu", input), diagonal=diagonal)
    return result if out is None else into(out, result, exact=True)


def _matrices(function: str, input: Any) -> Any:
    if unwrap(input).ndim < 2:
        raise RuntimeError(f"{function}: input tensor must have at least 2 dimensions")
    return input


def tril_indices(
    row: int, col: int, offset: int = 0, *, dtype: DType = None, device: Any = None
) -> Tensor:
    """The positions in the lower triangle of a matrix: their rows above their columns.

    >>> tril_indices(2, 2)
    tensor([[0, 1, 1],
            [0, 0, 1]])
    """
    return _positions("tril_indices", row, col, dtype, lambda n, m: numpy.tri(n, m, offset) > 0)


def triu_indices(
    row: int, col: int, offset: int = 0, *, dtype: DType = None, device: Any = None
) -> Tensor:
    """The positions in the upper triangle of a matrix: their rows above their columns."""

    def above(n: int, m: int) -> Any:
        return numpy.tri(n, m, offset - 1) == 0

    return _positions("triu_indices", row, col, dtype, above)


def _positions(function: str, row: int, col: int, dtype: Any, mask: Any) -> Any:
    for name, n in (("row", row), ("col", col)):
        if n < 0:
            raise RuntimeError(f"{name} must be non-negative, got{n}")
    kind = dtypes.int64 if dtype is None else dtype
    if kind not in (dtypes.int64, dtypes.int32):
        raise NotImplementedError(f'"{function}" not implemented for {kind.short!r}')
    return wrap(numpy.array(mask(row, col).nonzero(), kind.numpy))


def diag(input: Tensor, diagonal: int = 0, *, out: Tensor | None = None) -> Tensor:
    """A vector as the diagonal of a matrix, or the diagonal of a matrix as a vector.

    >>> diag(tensor([1, 2]))
    tensor([[1, 0],
            [0, 2]])
    """
    ndim = unwrap(input).ndim
    if ndim not in (1, 2):
        raise RuntimeError(f"diag(): Supports 1D or 2D tensors. Got {ndim}D")
    if ndim == 1:
        result = diag_embed(input, diagonal)
    else:
        result = apply(DiagonalCopy, input, offset=diagonal, dim1=0, dim2=1)
    return result if out is None else into(out, result, exact=True)


def diag_embed(input: Tensor, offset: int = 0, dim1: int = -2, dim2: int = -1) -> Tensor:
    """The last axis as a diagonal of two new axes, zeros elsewhere."""
    shape = unwrap(input).shape
    ndim = len(shape) + 1
    dim1, dim2 = wrap_dim(dim1, ndim), wrap_dim(dim2, ndim)
    if dim1 == dim2:
        raise RuntimeError(f"diagonal dimensions cannot be identical {dim1}, {dim2}")
    size = list(shape[:-1])
    for dim in sorted((dim1, dim2)):
        size.insert(dim, shape[-1] + abs(offset))
    return apply(DiagEmbed, input, size=tuple(size), offset=offset, dim1=dim1, dim2=dim2)


def diagflat(input: Tensor, offset: int = 0) -> Tensor:
    """The flattened elements as the diagonal of a matrix."""
    return diag_embed(reshape(input, (unwrap(input).size,)), offset)
