"""Pooling to a given size, and the inverse of max pooling."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from ..core.apply import apply
from ..core.primitive import Primitive
from ..core.tensor import unwrap
from ..kernels import pool as kernels
from .pool import spread_out
from .reduce import mean
from .shape import squeeze, unsqueeze

if TYPE_CHECKING:
    from ..tensor import Tensor

Sizes = int | tuple[int | None, ...]


class AdaptiveAvgPool2D(Primitive):
    """The mean of each cell of a grid"""

    def kernel(xp, x, *, size):
        return kernels.adaptive_avg(xp, x, size)

    def grad_x(ctx, g):
        axes = len(ctx.size)
        return apply(AdaptiveAvgScatter, g, size=ctx.shapes[0][-axes:])


class AdaptiveAvgPool3D(AdaptiveAvgPool2D):
    """The same in three dimensions"""


class AdaptiveAvgScatter(Primitive):
    """Values of cells shared out among their elements"""

    def kernel(xp, x, *, size):
        return kernels.adaptive_avg_scatter(xp, x, size)

    def grad_x(ctx, g):
        axes = len(ctx.size)
        return apply(AdaptiveAvgPool2D, g, size=ctx.shapes[0][-axes:])


class AdaptiveMaxPool2D(Primitive):
    """The largest element of each cell of a grid, and where it is"""

    outputs = ("out", "indices")
    nondiff = ("indices",)
    saves = ("indices",)

    def kernel(xp, x, *, size):
        return kernels.adaptive_max(xp, x, size)

    def grad_x(ctx, g, g_indices):
        size = ctx.shapes[0][-len(ctx.size) :]
        return apply(PlaneScatter, g, ctx.indices, size=size, add=True)


class AdaptiveMaxPool3D(AdaptiveMaxPool2D):
    """The same in three dimensions"""


class PlaneScatter(Primitive):
    """Zeros in each plane, with the values of x put (or added) at flat positions"""

    label = "MaxUnpool2DBackward0"
    nondiff = ("indices",)
    saves = ("indices",)

    def kernel(xp, x, indices, *, size, add):
        axes, length = len(size), math.prod(size)
        out = xp.zeros((*x.shape[: x.ndim - axes], *size), x.dtype)
        where = kernels.plane_positions(xp, indices, length, axes).reshape(-1)
        if add:
            xp.add.at(out.reshape(-1), where, x.reshape(-1))
        else:
            out.reshape(-1)[where] = x.reshape(-1)
        return out

    def grad_x(ctx, g):
        return apply(PlaneGather, g, ctx.indices, axes=len(ctx.size))


class MaxUnpool3D(PlaneScatter):
    """The same in three dimensions"""


class PlaneGather(Primitive):
    """The elements of each plane at flat positions"""

    nondiff = ("indices",)
    saves = ("indices",)

    def kernel(xp, x, indices, *, axes):
        length = math.prod(x.shape[x.ndim - axes :])
        where = kernels.plane_positions(xp, indices, length, axes)
        return x.reshape(-1).take(where).reshape(indices.shape)

    def grad_x(ctx, g):
        size = ctx.shapes[0][-ctx.axes :]
        return apply(PlaneScatter, g, ctx.indices, size=size, add=True)


def _size(function: str, axes: int, shape: tuple[int, ...], given: Any, colon: str) -> Any:
    """The output size for each axis; None leaves an axis as it is."""
    if axes > 1 and isinstance(given, (tuple, list)) and len(shape) <= len(given):
        raise ValueError(f"Input dimension should be at least {len(given) + 1}")
    if len(shape) not in (axes + 1, axes + 2):
        raise RuntimeError(
            f"{function}(): Expected {axes + 1}D or {axes + 2}D tensor, but got{colon} "
            f"{list(shape)}"
        )
    sizes: Any = (given,) * axes if given is None or isinstance(given, int) else tuple(given)
    if len(sizes) != axes:
        raise RuntimeError(f"{function}: output_size must be {axes}")
    sizes = tuple([n if m is None else m for n, m in zip(shape[-axes:], sizes, strict=True)])
    if min(sizes) < 0:
        listed = ", ".join(map(str, sizes))
        raise RuntimeError(
            f"{function}: elements of output_size must be greater than or equal to 0 but received "
            f"{{{listed}}}"
        )
    return sizes


def adaptive_avg_pool1d(input: Tensor, output_size: Sizes) -> Tensor:
    """The mean of each of `output_size` cells of about equal length.

    Shape: input (N, C, L) or (C, L), output (N, C, output_size) or (C, output_size).

    >>> adaptive_avg_pool1d(tensor([[1.0, 2.0, 3.0, 4.0]]), 2)
    tensor([[1.5000, 3.5000]])
    """
    size = _size("adaptive_avg_pool1d", 1, unwrap(input).shape, output_size, "")
    flat = unsqueeze(input, -2)
    return squeeze(apply(AdaptiveAvgPool2D, flat, size=(1, *size)), -2)


def adaptive_avg_pool2d(input: Tensor, output_size: Sizes) -> Tensor:
    """The mean of each cell of a grid of this size; None leaves an axis as it is.

    Shape: input (N, C, H, W) or (C, H, W), output (N, C, *output_size) or (C, *output_size).

    >>> adaptive_avg_pool2d(tensor([[[1.0, 2.0], [3.0, 4.0]]]), 1)
    tensor([[[2.5000]]])
    """
    size = _size("adaptive_avg_pool2d", 2, unwrap(input).shape, output_size, "")
    if size == (1, 1):
        return mean(input, (-1, -2), keepdim=True)
    pooled: Tensor = apply(AdaptiveAvgPool2D, input, size=size)
    return pooled


def adaptive_avg_pool3d(input: Tensor, output_size: Sizes) -> Tensor:
    """The mean of each cell of a grid of this size, in volumes.

    Shape: input (N, C, D, H, W) or (C, D, H, W), output (N, C, *output_size).
    """
    size = _size("adaptive_avg_pool3d", 3, unwrap(input).shape, output_size, "")
    if size == (1, 1, 1):
        return mean(input, (-1, -2, -3), keepdim=True)
    pooled: Tensor = apply(AdaptiveAvgPool3D, input, size=size)
    return pooled


def adaptive_max_pool1d(input: Tensor, output_size: Sizes, return_indices: bool = False) -> Any:
    """The largest element of each of `output_size` cells.

    Shape: input (N, C, L) or (C, L), output (N, C, output_size) or (C, output_size).

    >>> adaptive_max_pool1d(tensor([[1.0, 2.0, 3.0, 4.0]]), 2)
    tensor([[2., 4.]])
    """
    size = _size("adaptive_max_pool1d", 1, unwrap(input).shape, output_size, ":")
    out, indices = apply(AdaptiveMaxPool2D, unsqueeze(input, -2), size=(1, *size))
    out = squeeze(out, -2)
    return (out, squeeze(indices, -2)) if return_indices else out


def adaptive_max_pool2d(input: Tensor, output_size: Sizes, return_indices: bool = False) -> Any:
    """The largest element of each cell of a grid of this size.

    Shape: input (N, C, H, W) or (C, H, W), output (N, C, *output_size) or (C, *output_size).
    """
    size = _size("adaptive_max_pool2d", 2, unwrap(input).shape, output_size, ":")
    out, indices = apply(AdaptiveMaxPool2D, input, size=size)
    return (out, indices) if return_indices else out


def adaptive_max_pool3d(input: Tensor, output_size: Sizes, return_indices: bool = False) -> Any:
    """The largest element of each cell of a grid of this size, in volumes.

    Shape: input (N, C, D, H, W) or (C, D, H, W), output (N, C, *output_size).
    """
    size = _size("adaptive_max_pool3d", 3, unwrap(input).shape, output_size, ":")
    out, indices = apply(AdaptiveMaxPool3D, input, size=size)
    return (out, indices) if return_indices else out


def _unpool(
    op: type[Primitive],
    axes: int,
    input: Any,
    indices: Any,
    kernel_size: Any,
    stride: Any,
    padding: Any,
    output_size: Any,
) -> Any:
    """Values put where max pooling found them, all else zero."""
    function = f"max_unpool{axes}d"
    kernel = spread_out(function, "kernel_size", kernel_size, axes)
    steps = kernel if stride is None else spread_out(function, "stride", stride, axes)
    pads = spread_out(function, "padding", padding, axes)
    shape = unwrap(input).shape
    each = zip(shape[-axes:], kernel, steps, pads, strict=True)
    size = tuple([(n - 1) * s + k - 2 * p for n, k, s, p in each])
    if output_size is not None:
        given = tuple(output_size)[-axes:]
        for axis, (n, m, s) in enumerate(zip(given, size, steps, strict=True)):
            if not m - s < n < m + s:
                limits = f"(dim {axis} must be between {m - s} and {m + s})"
                raise ValueError(f'invalid output_size "{given}" {limits}')
        size = given
    found = unwrap(indices)
    if found.shape != shape:
        raise RuntimeError(
            f"Expected shape of indices to be same as that of the input tensor ({list(shape)}) but "
            f"got indices tensor with shape: {list(found.shape)}"
        )
    if found.size and not 0 <= int(found.min()) <= int(found.max()) < math.prod(size):
        wrong = found[(found < 0) | (found >= math.prod(size))].flat[0]
        volume = "x".join(map(str, size))
        raise RuntimeError(
            f"Found an invalid max index: {wrong} (output volumes are of size {volume})"
        )
    return apply(op, input, indices, size=size, add=False)


def max_unpool2d(
    input: Tensor,
    indices: Tensor,
    kernel_size: Any,
    stride: Any = None,
    padding: Any = 0,
    output_size: Any = None,
) -> Tensor:
    """The inverse of `max_pool2d`, with zeros where there was no maximum.

    Shape: input, indices (N, C, H, W) or (C, H, W), output (N, C, H', W') or (C, H', W') with
    H' = (H - 1) stride + kernel_size - 2 padding, or `output_size`.

    >>> max_unpool2d(tensor([[[4.0]]]), tensor([[[3]]]), 2)
    tensor([[[0., 0.],
             [0., 4.]]])
    """
    rest = (kernel_size, stride, padding, output_size)
    return _unpool(PlaneScatter, 2, input, indices, *rest)


def max_unpool3d(
    input: Tensor,
    indices: Tensor,
    kernel_size: Any,
    stride: Any = None,
    padding: Any = 0,
    output_size: Any = None,
) -> Tensor:
    """The inverse of `max_pool3d`, with zeros where there was no maximum.

    Shape: input, indices (N, C, D, H, W) or (C, D, H, W), output with sizes as in `max_unpool2d`.
    """
    rest = (kernel_size, stride, padding, output_size)
    return _unpool(MaxUnpool3D, 3, input, indices, *rest)


def max_unpool1d(
    input: Tensor,
    indices: Tensor,
    kernel_size: Any,
    stride: Any = None,
    padding: Any = 0,
    output_size: Any = None,
) -> Tensor:
    """The inverse of `max_pool1d`, with zeros where there was no maximum.

    Shape: input, indices (N, C, L) or (C, L), output with sizes as in `max_unpool2d`.
    """
    k, s, p = (
        each if isinstance(each, int | None) else each[0] for each in (kernel_size, stride, padding)
    )
    if output_size is not None:
        output_size = (1, *tuple(output_size)[-1:])
    flat = unsqueeze(input, -2), unsqueeze(indices, -2)
    rest = ((1, k), None if s is None else (1, s), (0, p), output_size)
    return squeeze(_unpool(PlaneScatter, 2, *flat, *rest), -2)
