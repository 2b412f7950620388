"""One tensor as several views: split, chunk, unbind and their like."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate
from typing import TYPE_CHECKING, Any

from ..core.apply import apply
from ..core.tensor import TensorBase, unwrap
from .dims import wrap_dim
from .join import cat, stack
from .kinds import ViewOp
from .mask import zeros
from .names import numpy_names
from .shape import expand
from .slicing import ALL, piece

if TYPE_CHECKING:
    from ..tensor import Tensor
    from ..typing import Shape


class SplitWithSizes(ViewOp):
    """Consecutive parts of an axis"""

    outputs = ("*parts",)

    def kernel(xp, x, *, sizes, dim):
        lead = (ALL,) * dim
        stops = list(accumulate(sizes))
        bounds = zip([0, *stops], stops, strict=False)
        return tuple([x[(*lead, slice(start, stop))] for start, stop in bounds])

    def grad_x(ctx, *gs):
        return cat(_complete(ctx, gs, ctx.sizes), ctx.dim)


class Split(SplitWithSizes):
    """Parts of an axis, all but the last of one size"""


class Unbind(ViewOp):
    """The slices of an axis, without it"""

    outputs = ("*slices",)

    def kernel(xp, x, *, dim):
        lead = (ALL,) * dim
        return tuple([x[(*lead, i, ...)] for i in range(x.shape[dim])])

    def grad_x(ctx, *gs):
        return stack(_complete(ctx, gs, None), ctx.dim)


def _complete(ctx: Any, gs: Sequence[Any], sizes: Sequence[int] | None) -> list[Any]:
    """The gradients of all parts, zeros where none came."""
    if all(g is not None for g in gs):
        return list(gs)
    some = next(g for g in gs if g is not None)
    if sizes is None:
        nothing = zeros(some)
        return [nothing if g is None else g for g in gs]
    line = zeros(piece(some, ctx.dim, 0, 1))
    shape = list(unwrap(line).shape)
    parts = []
    for g, n in zip(gs, sizes, strict=True):
        shape[ctx.dim] = n
        parts.append(expand(line, tuple(shape)) if g is None else g)
    return parts


def split(
    input: Tensor,
    split_size_or_sections: int | Shape | None = None,
    dim: int = 0,
    *,
    split_size: int | Shape | None = None,
) -> tuple[Tensor, ...]:
    """Parts of an axis as views: of one size (the last may be smaller), or of the sizes given.

    >>> split(arange(5), 2)
    (tensor([0, 1]), tensor([2, 3]), tensor([4]))
    """
    parts = _cuts("split", split_size_or_sections, split_size, None)
    if isinstance(parts, int):
        shape = unwrap(input).shape
        if not shape:
            raise RuntimeError("split expects at least a 1-dimensional tensor")
        size, dim = parts, wrap_dim(dim, len(shape))
        if size < 0:
            raise RuntimeError(
                f"split expects split_size be non-negative, but got split_size={size}"
            )
        n = shape[dim]
        if size == 0 and n:
            raise RuntimeError(
                f"split_size can only be 0 if dimension size is 0, but got dimension size of {n}"
            )
        count = -(-n // size) if size and n else 1
        sizes = (size,) * (count - 1) + (n - size * (count - 1),)
        return apply(Split, input, sizes=sizes, dim=dim)
    return split_with_sizes(input, parts, dim)


def split_with_sizes(input: Tensor, split_sizes: Shape, dim: int = 0) -> tuple[Tensor, ...]:
    """Parts of an axis, of the sizes given, as views."""
    if not isinstance(split_sizes, Sequence) or isinstance(split_sizes, str):
        raise TypeError(
            "split_with_sizes(): argument 'split_sizes' (position 2) must be tuple of ints, "
            f"not {type(split_sizes).__name__}"
        )
    shape = unwrap(input).shape
    if not shape:
        raise RuntimeError("split expects at least a 1-dimensional tensor")
    dim, sizes = wrap_dim(dim, len(shape)), tuple(split_sizes)
    if sizes and min(sizes) < 0:
        raise RuntimeError(
            "split_with_sizes expects split_sizes have only non-negative entries, but got "
            f"split_sizes={list(sizes)}"
        )
    if sum(sizes) != shape[dim]:
        raise RuntimeError(
            f"split_with_sizes expects split_sizes to sum exactly to {shape[dim]} (input tensor's "
            f"size at dimension {dim}), but got split_sizes={list(sizes)}"
        )
    return apply(SplitWithSizes, input, sizes=sizes, dim=dim)


@numpy_names
def chunk(input: Tensor, chunks: int, dim: int = 0) -> tuple[Tensor, ...]:
    """At most so many parts of an axis, of one size but for the last, as views.

    >>> chunk(arange(5), 2)
    (tensor([0, 1, 2]), tensor([3, 4]))
    """
    shape = unwrap(input).shape
    if not shape:
        raise RuntimeError("chunk expects at least a 1-dimensional tensor")
    if chunks <= 0:
        raise RuntimeError(f"chunk expects `chunks` to be greater than 0, got: {chunks}")
    n = shape[wrap_dim(dim, len(shape))]
    if n == 0:
        return split_with_sizes(input, (0,) * chunks, dim)
    return split(input, -(-n // chunks), dim)


@numpy_names
def unbind(input: Tensor, dim: int = 0) -> tuple[Tensor, ...]:
    """The slices of an axis, without it, as views.

    >>> unbind(tensor([[1, 2], [3, 4]]), 1)
    (tensor([1, 3]), tensor([2, 4]))
    """
    ndim = unwrap(input).ndim
    if not ndim:
        raise IndexError(f"Dimension specified as {dim} but tensor has no dimensions")
    return apply(Unbind, input, dim=wrap_dim(dim, ndim))


def tensor_split(
    input: Tensor,
    indices_or_sections: int | Shape | Tensor | None = None,
    dim: int = 0,
    *,
    indices: Shape | None = None,
    sections: int | None = None,
) -> tuple[Tensor, ...]:
    """So many parts of an axis, as equal as can be, or parts cut at the given places, as views.

    >>> tensor_split(arange(5), 3), tensor_split(arange(5), (1, 4))[1]
    ((tensor([0, 1]), tensor([2, 3]), tensor([4])), tensor([1, 2, 3]))
    """
    shape = unwrap(input).shape
    if not shape:
        raise RuntimeError(
            "tensor_split expected at least a 1-dimensional tensor, but got a tensor with 0 dims"
        )
    dim = wrap_dim(dim, len(shape))
    n, cuts = shape[dim], _cuts("tensor_split", indices_or_sections, indices, sections)
    if isinstance(cuts, TensorBase):
        cuts = cuts._data.tolist()
    if isinstance(cuts, int):
        if cuts <= 0:
            raise RuntimeError(f"number of sections must be larger than 0, got {cuts}")
        small, larger = divmod(n, cuts)
        stops = [small * (i + 1) + min(i + 1, larger) for i in range(cuts)]
    else:
        stops = [*cuts, n]
    bounds = zip([0, *stops[:-1]], stops, strict=True)
    return tuple([_between(input, dim, start, stop, n) for start, stop in bounds])


def _cuts(function: str, both: Any, indices: Any, sections: Any) -> Any:
    """Where to cut, or into how many parts: the one argument given of three names for it."""
    for given in (both, indices, sections):
        if given is not None:
            return given
    raise TypeError(f'{function}() missing 1 required positional arguments: "indices_or_sections"')


def _between(input: Any, dim: int, start: int, stop: int, n: int) -> Any:
    start, stop, _ = slice(start, stop).indices(n)
    return piece(input, dim, start, max(start, stop))


def hsplit(
    input: Tensor,
    indices_or_sections: int | Shape | None = None,
    *,
    indices: Shape | None = None,
    sections: int | None = None,
) -> tuple[Tensor, ...]:
    """Parts of the second axis, or the only one; see `tensor_split`."""
    cuts = _cuts("hsplit", indices_or_sections, indices, sections)
    return _evenly("hsplit", input, cuts, 1, 1)


def vsplit(
    input: Tensor,
    indices_or_sections: int | Shape | None = None,
    *,
    indices: Shape | None = None,
    sections: int | None = None,
) -> tuple[Tensor, ...]:
    """Parts of the first axis; see `tensor_split`."""
    cuts = _cuts("vsplit", indices_or_sections, indices, sections)
    return _evenly("vsplit", input, cuts, 2, 0)


def dsplit(
    input: Tensor,
    indices_or_sections: int | Shape | None = None,
    *,
    indices: Shape | None = None,
    sections: int | None = None,
) -> tuple[Tensor, ...]:
    """Parts of the third axis; see `tensor_split`."""
    cuts = _cuts("dsplit", indices_or_sections, indices, sections)
    return _evenly("dsplit", input, cuts, 3, 2)


def _evenly(name: str, input: Any, parts: int | Shape, least: int, dim: int) -> tuple[Tensor, ...]:
    shape = unwrap(input).shape
    if len(shape) < least:
        raise RuntimeError(
            f"torch.{name} requires a tensor with at least {least} dimension, but got a tensor "
            f"with {len(shape)} dimensions!"
        )
    dim = min(dim, len(shape) - 1)
    if isinstance(parts, int) and (parts <= 0 or shape[dim] % parts):
        raise RuntimeError(
            f"torch.{name} attempted to split along dimension {dim}, but the size of the "
            f"dimension {shape[dim]} is not divisible by the split_size {parts}!"
        )
    return tensor_split(input, parts, dim)
