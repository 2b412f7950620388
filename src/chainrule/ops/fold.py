"""Windows of images as columns, and columns added back into images."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from ..core.apply import apply
from ..core.primitive import Primitive
from ..core.tensor import unwrap
from ..kernels.conv import add_windows, inner, output_size, padded, windows
from .conv import Geometry, Sizes

if TYPE_CHECKING:
    from ..tensor import Tensor


class Im2Col(Primitive):
    """(*, C, H, W) to the columns (*, C * kernel, windows)"""

    def kernel(xp, x, *, kernel_size, geometry):
        stride, padding, dilation, _ = geometry
        count = output_size(x.shape[-2:], kernel_size, stride, padding, dilation)
        outer = padded(xp, x, padding)
        view = windows(xp, outer, kernel_size, count, stride, dilation, x.ndim - 2)
        length = math.prod(count)
        return view.reshape(*x.shape[:-3], x.shape[-3] * math.prod(kernel_size), length)

    def grad_x(ctx, g):
        size = ctx.shapes[0][-2:]
        return apply(Col2Im, g, size=size, kernel_size=ctx.kernel_size, geometry=ctx.geometry)


class Col2Im(Primitive):
    """Columns back to (*, C, H, W), added where they overlap"""

    def kernel(xp, x, *, size, kernel_size, geometry):
        stride, padding, dilation, _ = geometry
        count = output_size(size, kernel_size, stride, padding, dilation)
        outer = [n + 2 * p for n, p in zip(size, padding, strict=True)]
        channels = x.shape[-2] // math.prod(kernel_size)
        out = xp.zeros((*x.shape[:-2], channels, *outer), x.dtype)
        add_windows(out, x, kernel_size, count, stride, dilation)
        return out[(..., *inner(size, padding))].copy() if any(padding) else out

    def grad_x(ctx, g):
        return apply(Im2Col, g, kernel_size=ctx.kernel_size, geometry=ctx.geometry)


def _pair(name: str, value: Any) -> tuple[int, int]:
    sizes = (value,) if isinstance(value, int) else tuple(value)
    if len(sizes) not in (1, 2):
        raise RuntimeError(f"It is expected {name} equals to 1 or 2, but got size {len(sizes)}")
    return (sizes[0], sizes[-1])


def _blocks(size: Any, kernel: Any, stride: Any, padding: Any, dilation: Any) -> Any:
    """The geometry, and how many windows there are along each axis."""
    geometry = Geometry(
        _pair("stride", stride), _pair("padding", padding), _pair("dilation", dilation), 1
    )
    return geometry, output_size(size, kernel, *geometry[:3])


def unfold(
    input: Tensor,
    kernel_size: Sizes,
    dilation: Sizes = 1,
    padding: Sizes = 0,
    stride: Sizes = 1,
) -> Tensor:
    """The sliding windows of images, each a column.

    Shape: input (N, C, H, W) or (C, H, W), output (N, C * kernel elements, windows).

    >>> unfold(tensor([[[1.0, 2.0, 3.0]]]), (1, 2))
    tensor([[1., 2.],
            [2., 3.]])
    """
    shape = unwrap(input).shape
    if len(shape) not in (3, 4):
        raise RuntimeError(
            "Expected 3D or 4D (batch mode) tensor with possibly 0 batch size and other non-zero "
            f"dimensions for input, but got: {list(shape)}"
        )
    kernel = _pair("kernel_size", kernel_size)
    geometry, count = _blocks(shape[-2:], kernel, stride, padding, dilation)
    if min(count) < 1:
        raise RuntimeError(
            f"Given input with spatial size {shape[-2:]}, kernel_size={kernel}, dilation="
            f"{geometry.dilation}, padding={geometry.padding}, calculated shape of the array of "
            f"sliding blocks as {count}, but its components must be at least one."
        )
    columns: Tensor = apply(Im2Col, input, kernel_size=kernel, geometry=geometry)
    return columns


def fold(
    input: Tensor,
    output_size: Sizes,
    kernel_size: Sizes,
    dilation: Sizes = 1,
    padding: Sizes = 0,
    stride: Sizes = 1,
) -> Tensor:
    """Columns back into images, added where windows overlap: the transpose of `unfold`.

    Shape: input (N, C * kernel elements, windows) or without N, output (N, C, *output_size).

    >>> fold(tensor([[1.0, 2.0], [2.0, 3.0]]), (1, 3), (1, 2))
    tensor([[[1., 4., 3.]]])
    """
    shape = unwrap(input).shape
    if len(shape) not in (2, 3):
        raise RuntimeError(
            f"Expected 2D or 3D (batch mode) tensor for input, but got: {list(shape)}"
        )
    size, kernel = _pair("output_size", output_size), _pair("kernel_size", kernel_size)
    geometry, count = _blocks(size, kernel, stride, padding, dilation)
    if shape[-2] % math.prod(kernel):
        raise RuntimeError(
            "Expected size of input's dimension 1 to be divisible by the product of kernel_size, "
            f"but got input.size(1)={shape[-2]} and kernel_size={kernel}."
        )
    if shape[-1] != math.prod(count):
        raise RuntimeError(
            f"Given output_size={size}, kernel_size={kernel}, dilation={geometry.dilation}, "
            f"padding={geometry.padding}, stride={geometry.stride}, expected size of input's "
            f"dimension 2 to match the calculated number of sliding blocks {count[0]} * {count[1]} "
            f"= {math.prod(count)}, but got input.size(2)={shape[-1]}."
        )
    image: Tensor = apply(Col2Im, input, size=size, kernel_size=kernel, geometry=geometry)
    return image
