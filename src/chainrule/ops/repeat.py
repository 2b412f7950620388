"""Copies of a tensor several times over, and of its elements."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy

from ..core.apply import apply
from ..core.primitive import Primitive
from ..core.tensor import TensorBase, unwrap, wrap
from .convert import clone
from .dims import sizes, wrap_dim
from .index import IndexSelect
from .shape import expand, reshape, sum_to_size, unsqueeze

if TYPE_CHECKING:
    from ..tensor import Tensor


class Repeat(Primitive):
    """x several times over along each axis"""

    def kernel(xp, x, *, repeats):
        lead = len(repeats) - x.ndim
        wide, tall = [], []
        for r, n in zip(repeats, (1,) * lead + x.shape, strict=True):
            wide += [1, n]
            tall += [r, n]
        out = xp.empty(tall, x.dtype)
        out[...] = x.reshape(wide)
        return out.reshape([r * n for r, n in zip(tall[::2], tall[1::2], strict=True)])

    def grad_x(ctx, g):
        shape = ctx.shapes[0]
        lead = len(ctx.repeats) - len(shape)
        wide, tall = [], []
        for r, n in zip(ctx.repeats, (1,) * lead + shape, strict=True):
            wide += [1, n]
            tall += [r, n]
        return reshape(sum_to_size(reshape(g, tuple(tall)), tuple(wide)), shape)


def repeat(input: Tensor, *given: Any, repeats: Any = None) -> Tensor:
    """The tensor so many times over along each axis; further axes are added in front.

    >>> tensor([1, 2]).repeat(2, 2)
    tensor([[1, 2, 1, 2],
            [1, 2, 1, 2]])
    """
    times = sizes(given, "repeat", "repeats", repeats)
    shape = unwrap(input).shape
    if len(times) < len(shape):
        raise RuntimeError(
            "Number of dimensions of repeat dims can not be smaller than number of dimensions of "
            "tensor"
        )
    if times and min(times) < 0:
        full = (1,) * (len(times) - len(shape)) + shape
        new = [r * n for r, n in zip(times, full, strict=True)]
        raise RuntimeError(f"Trying to create tensor with negative dimension {min(new)}: {new}")
    return apply(Repeat, input, repeats=times)


def tile(input: Tensor, *given: Any, dims: Any = None) -> Tensor:
    """The tensor so many times over along its last axes.

    >>> tile(tensor([[1], [2]]), (2,))
    tensor([[1, 1],
            [2, 2]])
    """
    times = sizes(given, "tile", "dims", dims)
    missing = unwrap(input).ndim - len(times)
    return repeat(input, (1,) * missing + times)


def repeat_interleave(
    input: Tensor,
    repeats: int | Tensor | None = None,
    dim: int | None = None,
    *,
    output_size: int | None = None,
) -> Tensor:
    """Each element (or slice of an axis) so many times in a row.

    With one argument, the positions 0, 1, ... each as often as it says.

    >>> tensor([1, 2]).repeat_interleave(2), repeat_interleave(tensor([2, 0, 1]))
    (tensor([1, 1, 2, 2]), tensor([0, 0, 2]))
    """
    if repeats is None:
        counts = _counts(unwrap(input))
        return wrap(numpy.arange(counts.size).repeat(counts))
    if dim is None:
        input, dim = reshape(input, (unwrap(input).size,)), 0
    shape = unwrap(input).shape or (1,)
    dim = wrap_dim(dim, len(shape))
    if isinstance(repeats, TensorBase):
        counts = _counts(repeats._data)
        if counts.ndim and counts.size not in (1, shape[dim]):
            raise RuntimeError(
                "repeats must have the same size as input along dim, but got repeats.size(0) = "
                f"{counts.size} and input.size({dim}) = {shape[dim]}"
            )
        places = numpy.arange(shape[dim]).repeat(counts)
        _check_size(output_size, places.size)
        return apply(IndexSelect, reshape(input, shape), places, dim=dim)
    if repeats < 0:
        raise RuntimeError("Repeats must be non-negative")
    _check_size(output_size, shape[dim] * repeats)
    line = unsqueeze(reshape(input, shape), dim + 1)
    wide = expand(line, (*shape[: dim + 1], repeats, *shape[dim + 1 :]))
    return reshape(clone(wide), (*shape[:dim], shape[dim] * repeats, *shape[dim + 1 :]))


def _counts(repeats: Any) -> Any:
    if repeats.ndim > 1:
        raise RuntimeError("repeats must be 0-dim or 1-dim tensor")
    if repeats.dtype.kind not in "iu":
        kind = {"float32": "Float", "float64": "Double", "bool": "Bool"}.get(repeats.dtype.name)
        raise NotImplementedError(f'"repeat_interleave_cpu" not implemented for {kind!r}')
    if repeats.size and repeats.min() < 0:
        raise RuntimeError("repeats can not be negative")
    return repeats


def _check_size(expected: int | None, size: int) -> None:
    if expected is not None and expected != size:
        raise RuntimeError(
            f"repeat_interleave: Invalid output_size, expected {size} but got {expected}"
        )
