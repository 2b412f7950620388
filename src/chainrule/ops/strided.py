"""Views that only strides describe: overlapping windows, and any size and stride at all."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy
from numpy import ndarray

from ..core.apply import apply
from ..core.primitive import Primitive
from ..core.tensor import unwrap
from ..core.views import apply_view
from ..kernels import strided
from ..kernels.index import accumulate
from .dims import wrap_dim
from .getitem import IndexRows
from .inplace import check_memory, needs_grad
from .kinds import ViewOp
from .mask import masked
from .shape import reshape

if TYPE_CHECKING:
    from ..tensor import Tensor
    from ..typing import Shape


class Unfold(ViewOp):
    """Windows over an axis: its places become an axis of windows, their elements a last one"""

    def kernel(xp, x, *, dim, width, step):
        count = (x.shape[dim] - width) // step + 1
        shape = (*x.shape[:dim], count, *x.shape[dim + 1 :], width)
        stride = x.strides[dim]
        strides = (*x.strides[:dim], stride * step, *x.strides[dim + 1 :], stride)
        return strided.as_strided(xp, x, shape, strides)

    def grad_x(ctx, g):
        size = ctx.shapes[0]
        places = numpy.arange(int(numpy.prod(size))).reshape(size)
        places = Unfold.kernel(numpy, places, dim=ctx.dim, width=ctx.width, step=ctx.step)
        return apply(Gathered, g, places=places, size=size)


class AsStrided(ViewOp):
    """Any elements of the memory, by size, stride and offset"""

    def kernel(xp, x, *, size, stride, offset, geometry):
        memory = memory_of(x)
        step = x.itemsize
        strides = tuple([s * step for s in stride])
        return ndarray(size, x.dtype, memory, offset * step, strides)

    def grad_x(ctx, g):
        size = ctx.shapes[0]
        return apply(Gathered, g, places=_places(ctx, size), size=size)


class Gathered(Primitive):
    """Zeros to which x is added at places of the flat result; -1 is no place"""

    label = "AsStridedBackwardBackward0"

    def kernel(xp, x, *, places, size):
        out = xp.zeros(int(numpy.prod(size)) + 1, x.dtype)  # the last takes what has no place
        accumulate(out, places.reshape(-1), x.reshape(-1))
        return out[:-1].reshape(size)

    def grad_x(ctx, g):
        return _read(g, ctx.places)


class AsStridedScatter(Primitive):
    """x, with source where AsStrided looks at its memory"""

    def kernel(xp, x, source, *, size, stride, offset, geometry):
        memory = memory_of(x).copy()
        _window(memory, size, stride, offset)[...] = source
        _, shape, strides, start = geometry
        return _window(memory, shape, strides, start)

    def grad_x(ctx, g):
        read = _places(ctx, ctx.shapes[0])
        kept = numpy.ones(int(numpy.prod(ctx.shapes[0])), bool)
        kept[read[read >= 0]] = False
        return masked(g, kept.reshape(ctx.shapes[0]))

    def grad_source(ctx, g):
        return _read(g, _places(ctx, ctx.shapes[0]))


def _places(ctx: Any, shape: tuple[int, ...]) -> Any:
    """Which elements of the input, in row-major order, its window sees; -1 for others' memory."""
    total, _, strides, start = ctx.geometry
    places = numpy.full(total, -1)
    own = numpy.arange(int(numpy.prod(shape))).reshape(shape)
    _window(places, shape, strides, start)[...] = own
    return _window(places, ctx.size, ctx.stride, ctx.offset)


def _read(g: Any, places: Any) -> Any:
    """The elements of g at these places of its flat form; 0 for -1."""
    known = numpy.where(places < 0, 0, places)
    return masked(apply(IndexRows, reshape(g, (-1,)), known), places >= 0)


def _window(line: Any, size: Any, stride: Any, offset: int) -> Any:
    step = line.itemsize
    return ndarray(size, line.dtype, line, offset * step, tuple([s * step for s in stride]))


def memory_of(x: Any) -> Any:
    """The whole memory that an array is a part of, as an array without gaps."""
    while isinstance(x.base, ndarray):
        x = x.base
    order = sorted(range(x.ndim), key=lambda axis: -x.strides[axis])
    return x if x.flags.c_contiguous else x.transpose(order)


def as_strided(
    input: Tensor, size: Shape, stride: Shape, storage_offset: int | None = None
) -> Tensor:
    """A view of the input's memory with this size, stride and offset, counted in elements.

    >>> arange(4).as_strided((3, 2), (1, 1))
    tensor([[0, 1],
            [1, 2],
            [2, 3]])
    """
    return apply_view(AsStrided, input, **_described(unwrap(input), size, stride, storage_offset))


def as_strided_scatter(
    input: Tensor, src: Tensor, size: Shape, stride: Shape, storage_offset: int | None = None
) -> Tensor:
    """A copy with src where `as_strided` looks.

    >>> as_strided_scatter(zeros(2, 2), tensor([1.0, 2.0]), (2,), (1,), 1)
    tensor([[0., 1.],
            [2., 0.]])
    """
    x = unwrap(input)
    place = _described(x, size, stride, storage_offset)
    if needs_grad(input) and not x.flags.c_contiguous:
        raise RuntimeError("as_strided_scatter is currently only supported for contiguous inputs")
    memory = numpy.empty(place["geometry"][0], numpy.int8)  # only its layout counts
    part = _window(memory, place["size"], place["stride"], place["offset"])
    if unwrap(src).shape != part.shape:
        raise RuntimeError(
            "expected src to have a size equal to the slice of self. src size = "
            f"{list(unwrap(src).shape)}, slice size = {list(part.shape)}"
        )
    check_memory(part)
    return apply(AsStridedScatter, input, src, **place)


def _described(x: Any, size: Shape, stride: Shape, storage_offset: int | None) -> dict[str, Any]:
    """The parameters of a window on the memory of an array, once they are seen to be right."""
    shape, steps = tuple(size), tuple(stride)
    memory = memory_of(x)
    item = x.itemsize
    start = (_address(x) - _address(memory)) // item
    offset = start if storage_offset is None else storage_offset
    if len(shape) != len(steps):
        raise RuntimeError("mismatch in length of strides and shape")
    if steps and min(steps) < 0:
        raise RuntimeError(
            "as_strided: Negative strides are not supported at the moment, got strides: "
            f"{list(steps)}"
        )
    if offset < 0:
        raise RuntimeError(f"Tensor: invalid storage offset {offset}")
    last = offset + sum((n - 1) * s for n, s in zip(shape, steps, strict=True)) + 1
    if 0 not in shape and last > memory.size:
        raise RuntimeError(
            f"setStorage: sizes {list(shape)}, strides {list(steps)}, storage offset {offset}, "
            f"and itemsize {item} requiring a storage size of {last * item} are out of bounds "
            f"for storage of size {memory.nbytes}"
        )
    geometry = (memory.size, x.shape, tuple([s // item for s in x.strides]), start)
    return {"size": shape, "stride": steps, "offset": offset, "geometry": geometry}


def _address(array: Any) -> int:
    return int(array.__array_interface__["data"][0])


def unfold(input: Tensor, dimension: int, size: int, step: int) -> Tensor:
    """All windows of `size` elements, `step` apart, along an axis: a view with a further axis.

    Shape: input (*, n, *), output (*, (n - size) // step + 1, *, size).

    >>> arange(5).unfold(0, 3, 1)
    tensor([[0, 1, 2],
            [1, 2, 3],
            [2, 3, 4]])
    """
    shape = unwrap(input).shape
    dim = wrap_dim(dimension, len(shape))
    n = shape[dim] if shape else 1
    if size < 0:
        raise RuntimeError(f"size is {size} but must be >= 0")
    if size > n:
        raise RuntimeError(f"maximum size for tensor at dimension {dim} is {n} but size is {size}")
    if step <= 0:
        raise RuntimeError(f"step is {step} but must be > 0")
    if not shape:
        return reshape(input, (1,))[:size]
    return apply_view(Unfold, input, dim=dim, width=size, step=step)
