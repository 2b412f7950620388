"""Pooling: the largest element, the mean or a norm of each window."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from ..backend import namespace
from ..core.apply import apply
from ..core.primitive import Primitive
from ..core.tensor import unwrap, wrap
from ..errors import hint
from ..kernels import pool as kernels
from ..kernels.pool import Window
from .arithmetic import pow
from .shape import squeeze, unsqueeze

if TYPE_CHECKING:
    from ..tensor import Tensor

Sizes = int | tuple[int, ...]


class MaxPool2DWithIndices(Primitive):
    """The largest element of each window"""

    saves = ("x",)

    def kernel(xp, x, *, window):
        return kernels.max_pool(xp, x, window)

    def grad_x(ctx, g):
        return apply(MaxScatter, g, ctx.x, window=ctx.window)


class MaxPool3DWithIndices(MaxPool2DWithIndices):
    """The same in three dimensions"""


class MaxScatter(Primitive):
    """Values y of windows put where x has the largest elements"""

    label = "MaxPool2DWithIndicesBackwardBackward0"
    nondiff = ("x",)
    saves = ("x",)

    def kernel(xp, y, x, *, window):
        return kernels.max_scatter(xp, y, x, window)

    def grad_y(ctx, g):
        return apply(MaxGather, g, ctx.x, window=ctx.window)


class MaxGather(Primitive):
    """The elements of y where x has the largest of each window"""

    nondiff = ("x",)
    saves = ("x",)

    def kernel(xp, y, x, *, window):
        return kernels.max_gather(xp, y, x, window)

    def grad_y(ctx, g):
        return apply(MaxScatter, g, ctx.x, window=ctx.window)


class AvgPool2D(Primitive):
    """The sum of each window, divided by a count"""

    def kernel(xp, x, *, window, count):
        return kernels.avg_pool(xp, x, window, count)

    def grad_x(ctx, g):
        return apply(AvgScatter, g, size=ctx.shapes[0], window=ctx.window, count=ctx.count)


class AvgPool3D(AvgPool2D):
    """The same in three dimensions"""


class AvgScatter(Primitive):
    """Values of windows shared out among their elements"""

    label = "AvgPool2DBackwardBackward0"

    def kernel(xp, x, *, size, window, count):
        return kernels.avg_scatter(xp, x, size, window, count)

    def grad_x(ctx, g):
        return apply(AvgPool2D, g, window=ctx.window, count=ctx.count)


def spread_out(function: str, name: str, value: Any, axes: int) -> tuple[int, ...]:
    """One number for each axis, from a number or a list of one or all."""
    sizes = (value,) if isinstance(value, int) else tuple(value)
    if len(sizes) not in (1, axes):
        words = {2: "two", 3: "three"}[axes]
        raise RuntimeError(
            f"{function}: {name} must either be a single int, or a tuple of {words} ints"
        )
    return sizes if len(sizes) == axes else sizes * axes


def _window(
    function: str,
    axes: int,
    shape: tuple[int, ...],
    kernel_size: Any,
    stride: Any,
    padding: Any,
    dilation: Any,
    ceil_mode: bool,
) -> Window:
    """The window, checked and counted."""
    kernel = spread_out(function, "kernel_size", kernel_size, axes)
    steps = (
        kernel if stride is None or stride == () else spread_out(function, "stride", stride, axes)
    )
    pads = spread_out(function, "padding", padding, axes)
    spaces = spread_out(function, "dilation", dilation, axes)
    if len(shape) not in (axes + 1, axes + 2) or 0 in shape[-axes - 1 :]:
        raise RuntimeError(
            f"non-empty {axes + 1}D or {axes + 2}D (batch mode) tensor expected for input"
        )
    if min(steps) == 0:
        raise RuntimeError("stride should not be zero")
    if min(kernel) <= 0:
        raise RuntimeError("kernel size should be greater than zero")
    if min(spaces) <= 0:
        named = zip("THW"[-axes:], spaces, strict=True)
        listed = " ".join(f"dilation{axis}: {d}" for axis, d in named)
        raise RuntimeError(f"dilation should be greater than zero, but got {listed}")
    for k, p, d in zip(kernel, pads, spaces, strict=True):
        if p < 0:
            raise RuntimeError(f"pad must be non-negative, but got pad: {p}")
        if p > (d * (k - 1) + 1) // 2:
            raise RuntimeError(
                "pad should be at most half of effective kernel size, but got "
                f"pad={p}, kernel_size={k} and dilation={d}"
            )
    size = shape[-axes:]
    each = zip(size, kernel, steps, pads, spaces, strict=True)
    count = tuple([kernels.pooled_size(*numbers, ceil_mode) for numbers in each])
    if min(count) < 1:
        before, after = ("x".join(map(str, (shape[-axes - 1], *sizes))) for sizes in (size, count))
        message = f"Given input size: ({before}). Calculated output size: ({after}). "
        advice = "the input is smaller than the window: use padding or pool less often"
        raise RuntimeError(hint(message + "Output size is too small", advice))
    return Window(kernel, steps, pads, spaces, count)


def _max_pool(
    op: type[Primitive], axes: int, input: Any, return_indices: bool, *numbers: Any
) -> Any:
    shape = unwrap(input).shape
    window = _window(f"max_pool{axes}d", axes, shape, *numbers)
    out = apply(op, input, window=window)
    if not return_indices:
        return out
    xp = namespace(unwrap(input))
    found = kernels.first_largest(xp, unwrap(input), window)
    return out, wrap(kernels.flat_indices(xp, found, shape[-axes:], window))


def max_pool2d(
    input: Tensor,
    kernel_size: Sizes,
    stride: Sizes | None = None,
    padding: Sizes = 0,
    dilation: Sizes = 1,
    ceil_mode: bool = False,
    return_indices: bool = False,
) -> Any:
    """The largest element of each window; with `return_indices` also where it is in the plane.

    Shape: input (N, C, H, W) or (C, H, W), output (N, C, H', W') or (C, H', W') with
    H' = (H + 2 padding - dilation (kernel_size - 1) - 1) // stride + 1, rounded up in `ceil_mode`.

    >>> max_pool2d(tensor([[[1.0, 2.0], [3.0, 4.0]]]), 2)
    tensor([[[4.]]])
    """
    numbers = (kernel_size, stride, padding, dilation, ceil_mode)
    return _max_pool(MaxPool2DWithIndices, 2, input, return_indices, *numbers)


def max_pool3d(
    input: Tensor,
    kernel_size: Sizes,
    stride: Sizes | None = None,
    padding: Sizes = 0,
    dilation: Sizes = 1,
    ceil_mode: bool = False,
    return_indices: bool = False,
) -> Any:
    """The largest element of each window of volumes.

    Shape: input (N, C, D, H, W) or (C, D, H, W), output with sizes as in `max_pool2d`.
    """
    numbers = (kernel_size, stride, padding, dilation, ceil_mode)
    return _max_pool(MaxPool3DWithIndices, 3, input, return_indices, *numbers)


def max_pool1d(
    input: Tensor,
    kernel_size: Sizes,
    stride: Sizes | None = None,
    padding: Sizes = 0,
    dilation: Sizes = 1,
    ceil_mode: bool = False,
    return_indices: bool = False,
) -> Any:
    """The largest element of each window of sequences.

    Shape: input (N, C, L) or (C, L), output (N, C, L') or (C, L') with sizes as in `max_pool2d`.

    >>> max_pool1d(tensor([[1.0, 3.0, 2.0, 0.0]]), 2)
    tensor([[3., 2.]])
    """
    if unwrap(input).ndim not in (2, 3):
        raise RuntimeError(
            "max_pool1d: Expected 2D or 3D (batch mode) tensor with optional 0 dim batch size for "
            f"input, but got:{list(unwrap(input).shape)}"
        )
    k, s, p, d = (_one(each) for each in (kernel_size, stride, padding, dilation))
    flat = unsqueeze(input, -2)
    steps = None if s is None else (1, s)
    numbers = ((1, k), steps, (0, p), (1, d), ceil_mode)
    result = _max_pool(MaxPool2DWithIndices, 2, flat, return_indices, *numbers)
    if return_indices:
        return squeeze(result[0], -2), squeeze(result[1], -2)
    return squeeze(result, -2)


def _one(value: Any) -> Any:
    """A number given alone or in a list of one."""
    return value if value is None or isinstance(value, int) else (*value, None)[0]


def _avg_pool(
    op: type[Primitive], axes: int, input: Any, include_pad: bool, override: Any, *numbers: Any
) -> Any:
    shape = unwrap(input).shape
    if axes == 2 and len(shape) < 3:
        raise IndexError(
            f"Dimension out of range (expected to be in range of [{-len(shape)}, "
            f"{len(shape) - 1}], but got {-axes - 1})"
        )
    window = _window(f"avg_pool{axes}d", axes, shape, *numbers)
    if override == 0:
        raise RuntimeError("divisor must be not zero")
    count = override
    if override is None:
        count = kernels.divisor(namespace(unwrap(input)), shape[-axes:], window, include_pad)
    return apply(op, input, window=window, count=count)


def avg_pool2d(
    input: Tensor,
    kernel_size: Sizes,
    stride: Sizes | None = None,
    padding: Sizes = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
    divisor_override: int | None = None,
) -> Tensor:
    """The mean of each window; `divisor_override` replaces the number of its elements.

    Shape: input (N, C, H, W) or (C, H, W), output with sizes as in `max_pool2d`.

    >>> avg_pool2d(tensor([[[1.0, 2.0], [3.0, 4.0]]]), 2)
    tensor([[[2.5000]]])
    """
    numbers = (kernel_size, stride, padding, 1, ceil_mode)
    return _avg_pool(AvgPool2D, 2, input, count_include_pad, divisor_override, *numbers)


def avg_pool3d(
    input: Tensor,
    kernel_size: Sizes,
    stride: Sizes | None = None,
    padding: Sizes = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
    divisor_override: int | None = None,
) -> Tensor:
    """The mean of each window of volumes.

    Shape: input (N, C, D, H, W) or (C, D, H, W), output with sizes as in `max_pool2d`.
    """
    numbers = (kernel_size, stride, padding, 1, ceil_mode)
    return _avg_pool(AvgPool3D, 3, input, count_include_pad, divisor_override, *numbers)


def avg_pool1d(
    input: Tensor,
    kernel_size: Sizes,
    stride: Sizes | None = None,
    padding: Sizes = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
) -> Tensor:
    """The mean of each window of sequences.

    Shape: input (N, C, L) or (C, L), output (N, C, L') or (C, L') with sizes as in `max_pool2d`.

    >>> avg_pool1d(tensor([[1.0, 3.0, 2.0, 0.0]]), 2)
    tensor([[2., 1.]])
    """
    k, s, p = (_one(each) for each in (kernel_size, stride, padding))
    numbers = ((1, k), None if s is None else (1, s), (0, p), 1, ceil_mode)
    result = _avg_pool(AvgPool2D, 2, unsqueeze(input, -2), count_include_pad, None, *numbers)
    return squeeze(result, -2)


def lp_pool1d(
    input: Tensor,
    norm_type: float,
    kernel_size: int,
    stride: Sizes | None = None,
    ceil_mode: bool = False,
) -> Tensor:
    """The p-norm of each window of sequences, without absolute values: (sum of x**p)**(1/p).

    Shape: input (N, C, L) or (C, L), output with sizes as in `max_pool2d`.
    """
    pooled = avg_pool1d(pow(input, norm_type), kernel_size, stride, 0, ceil_mode)
    return pow(pooled * _one(kernel_size), 1.0 / norm_type)


def lp_pool2d(
    input: Tensor,
    norm_type: float,
    kernel_size: Sizes,
    stride: Sizes | None = None,
    ceil_mode: bool = False,
) -> Tensor:
    """The p-norm of each window of images, without absolute values: (sum of x**p)**(1/p).

    Shape: input (N, C, H, W) or (C, H, W), output with sizes as in `max_pool2d`.
    """
    size = math.prod(spread_out("lp_pool2d", "kernel_size", kernel_size, 2))
    pooled = avg_pool2d(pow(input, norm_type), kernel_size, stride, 0, ceil_mode)
    return pow(pooled * size, 1.0 / norm_type)


def lp_pool3d(
    input: Tensor,
    norm_type: float,
    kernel_size: Sizes,
    stride: Sizes | None = None,
    ceil_mode: bool = False,
) -> Tensor:
    """The p-norm of each window of volumes, without absolute values: (sum of x**p)**(1/p).

    Shape: input (N, C, D, H, W) or (C, D, H, W), output with sizes as in `max_pool2d`.
    """
    size = math.prod(spread_out("lp_pool3d", "kernel_size", kernel_size, 3))
    pooled = avg_pool3d(pow(input, norm_type), kernel_size, stride, 0, ceil_mode)
    return pow(pooled * size, 1.0 / norm_type)
