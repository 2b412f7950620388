"""Padding, and moving channels into space and back."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy

from ..core.apply import apply
from ..core.primitive import Primitive
from ..core.tensor import unwrap
from ..errors import hint

if TYPE_CHECKING:
    from ..tensor import Tensor

SUPPORTED = """Padding size {} is not supported for {}D input tensor.
Supported combinations for non-constant padding:
  - 2D or 3D input: padding size = 2 (pads last dimension)
  - 3D or 4D input: padding size = 4 (pads last 2 dimensions)
  - 4D or 5D input: padding size = 6 (pads last 3 dimensions)"""

Pairs = tuple[tuple[int, int], ...]  # before and after, for each of the last axes


class ConstantPadNd(Primitive):
    """x with a value around it; negative pads cut"""

    def kernel(xp, x, *, pairs, value):
        lead = x.ndim - len(pairs)
        sizes = list(x.shape)
        source: list[Any] = [slice(None)] * lead
        target: list[Any] = [slice(None)] * lead
        for axis, (before, after) in enumerate(pairs, lead):
            n = x.shape[axis]
            sizes[axis] = n + before + after
            source.append(slice(max(-before, 0), n - max(-after, 0)))
            target.append(slice(max(before, 0), sizes[axis] - max(after, 0)))
        out = xp.full(sizes, value, x.dtype)
        out[tuple(target)] = x[tuple(source)]
        return out

    def grad_x(ctx, g):
        opposite = tuple([(-before, -after) for before, after in ctx.pairs])
        return apply(ConstantPadNd, g, pairs=opposite, value=0)


class Repeated(Primitive):
    """The elements of x at given indices along each of the last axes, some more than once"""

    def kernel(xp, x, *, indices):
        for axis, index in enumerate(indices, -len(indices)):
            x = x.take(xp.asarray(index), axis)
        return x

    def grad_x(ctx, g):
        return apply(Gathered, g, indices=ctx.indices, size=ctx.shapes[0])


class Gathered(Primitive):
    """The transpose of repeating: each element the sum of those made from it"""

    def kernel(xp, x, *, indices, size):
        for axis, index in enumerate(indices, -len(indices)):
            moved = xp.swapaxes(x, 0, axis)
            out = xp.zeros((size[axis], *moved.shape[1:]), x.dtype)
            for at, i in enumerate(index.tolist()):
                out[i] += moved[at]
            x = xp.swapaxes(out, 0, axis)
        return xp.ascontiguousarray(x)

    def grad_x(ctx, g):
        return apply(Repeated, g, indices=ctx.indices)


class ReflectionPad1D(Repeated):
    """Mirrored at the edges, one axis"""


class ReflectionPad2D(Repeated):
    """Mirrored at the edges, two axes"""


class ReflectionPad3D(Repeated):
    """Mirrored at the edges, three axes"""


class ReplicationPad1D(Repeated):
    """The edges repeated, one axis"""


class ReplicationPad2D(Repeated):
    """The edges repeated, two axes"""


class ReplicationPad3D(Repeated):
    """The edges repeated, three axes"""


class CircularPad(Repeated):
    """The other end repeated"""

    label = "CopySlices"


OPS: dict[str, tuple[type[Primitive], ...]] = {
    "reflect": (ReflectionPad1D, ReflectionPad2D, ReflectionPad3D),
    "replicate": (ReplicationPad1D, ReplicationPad2D, ReplicationPad3D),
    "circular": (CircularPad,) * 3,
}


def pad(
    input: Tensor, pad: Sequence[int], mode: str = "constant", value: float | None = None
) -> Tensor:
    """The input with elements added at the ends of its last dimensions.

    `pad` lists (before, after) for the last dimension, then for the one before it, and so on;
    negative numbers cut. `mode` is "constant" (filled with `value`), "reflect", "replicate" or
    "circular".

    Shape: input (*), output (*) with each padded size n + before + after.

    >>> pad(tensor([[1, 2, 3]]), (1, 2), mode="reflect")
    tensor([[2, 1, 2, 3, 2, 1]])
    """
    x = unwrap(input)
    sides = [int(n) for n in pad]
    if len(sides) % 2:
        raise RuntimeError("Padding length must be divisible by 2")
    if len(sides) > 2 * x.ndim:
        raise RuntimeError(
            "Padding length should be less than or equal to two times the input dimension but got "
            f"padding length {len(sides)} and input of dimension {x.ndim}"
        )
    pairs = tuple([(sides[i], sides[i + 1]) for i in range(len(sides) - 2, -1, -2)])
    if mode == "constant":
        sizes = zip(x.shape[x.ndim - len(pairs) :], pairs, strict=True)
        if any(n + min(a, 0) + min(b, 0) < 0 or n + a + b < 0 for n, (a, b) in sizes):
            raise RuntimeError("narrow(): length must be non-negative.")
        fill = 0 if value is None else value
        padded: Tensor = apply(ConstantPadNd, input, pairs=pairs, value=fill)
        return padded
    if mode not in OPS:
        message = f"Unrecognised padding mode {mode}"
        raise NotImplementedError(hint(message, "constant, reflect, replicate or circular"))
    if value is not None:
        raise RuntimeError(f'Padding mode "{mode}" doesn\'t take in value argument')
    axes = len(pairs)
    if x.ndim not in (axes + 1, axes + 2) or not 1 <= axes <= 3:
        raise NotImplementedError(SUPPORTED.format(len(sides), x.ndim))
    indices = tuple([_sources(x, axis - axes, *pairs[axis], mode) for axis in range(axes)])
    repeated: Tensor = apply(OPS[mode][axes - 1], input, indices=indices)
    return repeated


def _sources(x: Any, axis: int, before: int, after: int, mode: str) -> Any:
    """Which element of an axis each element of the padded axis comes from."""
    n = x.shape[axis]
    if mode == "circular":
        first, left = max(-before, 0), n + min(before, 0) + min(after, 0)
        if n + before + after < 0:
            raise RuntimeError("Negative padding value is resulting in an empty dimension")
        if max(before, after) > left or not n:
            raise RuntimeError("Padding value causes wrapping around more than once.")
        return first + numpy.arange(-max(before, 0), left + max(after, 0)) % max(left, 1)
    if not n:
        raise RuntimeError(
            f"Expected {x.ndim}D (batch mode) tensor with possibly 0 batch size and other non-zero "
            f"dimensions for input, but got: {list(x.shape)}"
        )
    if mode == "reflect" and max(before, after) >= n:
        raise RuntimeError(
            f"Argument #{2 - 2 * axis}: Padding size should be less than the corresponding input "
            f"dimension, but got: padding ({before}, {after}) at dimension {x.ndim + axis} of "
            f"input {list(x.shape)}"
        )
    if n + before + after < 1:
        name = "WHD"[-axis - 1]
        raise RuntimeError(
            f"input ({name}: {n}) is too small. Calculated output {name}: {n + before + after}"
        )
    index = numpy.arange(-before, n + after)
    if mode == "replicate":
        return index.clip(0, n - 1)
    return (n - 1) - abs((n - 1) - abs(index))


class PixelShuffle(Primitive):
    """(*, C r r, H, W) to (*, C, H r, W r)"""

    def kernel(xp, x, *, factor):
        *lead, c, h, w = x.shape
        parts = x.reshape(math.prod(lead), c // factor**2, factor, factor, h, w)
        moved = parts.transpose(0, 1, 4, 2, 5, 3)
        return moved.reshape(*lead, c // factor**2, h * factor, w * factor)

    def grad_x(ctx, g):
        return apply(PixelUnshuffle, g, factor=ctx.factor)


class PixelUnshuffle(Primitive):
    """(*, C, H r, W r) to (*, C r r, H, W)"""

    def kernel(xp, x, *, factor):
        *lead, c, h, w = x.shape
        parts = x.reshape(math.prod(lead), c, h // factor, factor, w // factor, factor)
        moved = parts.transpose(0, 1, 3, 5, 2, 4)
        return moved.reshape(*lead, c * factor**2, h // factor, w // factor)

    def grad_x(ctx, g):
        return apply(PixelShuffle, g, factor=ctx.factor)


class ChannelShuffle(Primitive):
    """Channels dealt out: the first of each group, then the second of each"""

    def kernel(xp, x, *, groups):
        n, c = x.shape[:2]
        parts = x.reshape(n, groups, c // groups, -1) if x.size else x
        return parts.swapaxes(1, 2).reshape(x.shape) if x.size else x.copy()

    def grad_x(ctx, g):
        return apply(ChannelShuffle, g, groups=ctx.shapes[0][1] // ctx.groups)


def _check_image(function: str, x: Any, name: str, factor: int) -> None:
    if x.ndim < 3:
        raise RuntimeError(
            f"{function} expects input to have at least 3 dimensions, but got input with {x.ndim} "
            "dimension(s)"
        )
    if factor <= 0:
        raise RuntimeError(f"{function} expects a positive {name}, but got {factor}")


def pixel_shuffle(input: Tensor, upscale_factor: int) -> Tensor:
    """Channels laid out as pixels: r * r of them become an r by r block.

    Shape: input (*, C r r, H, W), output (*, C, H r, W r).

    Shi et al., "Real-time single image and video super-resolution" (2016).

    >>> pixel_shuffle(tensor([[[1]], [[2]], [[3]], [[4]]]), 2)
    tensor([[[1, 2],
             [3, 4]]])
    """
    x = unwrap(input)
    _check_image("pixel_shuffle", x, "upscale_factor", upscale_factor)
    if x.shape[-3] % upscale_factor**2:
        raise RuntimeError(
            "pixel_shuffle expects its input's 'channel' dimension to be divisible by the square "
            f"of upscale_factor, but input.size(-3)={x.shape[-3]} is not divisible by "
            f"{upscale_factor**2}"
        )
    shuffled: Tensor = apply(PixelShuffle, input, factor=upscale_factor)
    return shuffled


def pixel_unshuffle(input: Tensor, downscale_factor: int) -> Tensor:
    """Blocks of r by r pixels laid out as channels: the inverse of `pixel_shuffle`.

    Shape: input (*, C, H r, W r), output (*, C r r, H, W).
    """
    x = unwrap(input)
    _check_image("pixel_unshuffle", x, "downscale_factor", downscale_factor)
    for name, axis in (("height", -2), ("width", -1)):
        if x.shape[axis] % downscale_factor:
            raise RuntimeError(
                f"pixel_unshuffle expects {name} to be divisible by downscale_factor, but "
                f"input.size({axis})={x.shape[axis]} is not divisible by {downscale_factor}"
            )
    shuffled: Tensor = apply(PixelUnshuffle, input, factor=downscale_factor)
    return shuffled


def native_channel_shuffle(input: Tensor, groups: int) -> Tensor:
    """The same as `channel_shuffle`.

    Shape: input (N, C, *), output (N, C, *).
    """
    return channel_shuffle(input, groups)


def channel_shuffle(input: Tensor, groups: int) -> Tensor:
    """Channels of `groups` groups interleaved.

    Shape: input (N, C, *), output (N, C, *).

    Zhang et al., "ShuffleNet" (2018).
    """
    channels = unwrap(input).shape[1]
    if channels % groups:
        raise RuntimeError(
            "Number of channels must be divisible by groups. Got "
            f"{channels} channels and {groups} groups."
        )
    shuffled: Tensor = apply(ChannelShuffle, input, groups=groups)
    return shuffled
