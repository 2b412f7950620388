"""Convolutions and their transposes.

A convolution, its gradient in the input and its gradient in the weight are each linear in two of
input, weight and output, and the derivative of one is made of the other two.
"""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

from ..core import dtype as dtypes
from ..core.apply import apply
from ..core.modes import modes
from ..core.primitive import Primitive
from ..core.tensor import optional, unwrap
from ..errors import hint
from ..kernels.conv import Geometry, convolution, convolution_input, convolution_weight
from .conj import conj
from .mixed import short
from .pad import pad
from .permute import permute
from .reduce import sum
from .shape import squeeze, unsqueeze

if TYPE_CHECKING:
    from ..tensor import Tensor

Sizes = int | tuple[int, ...]


class Convolution(Primitive):
    """bias + the kernel's products with every window of x"""

    saves = ("x", "weight")

    def kernel(xp, x, weight, bias, *, geometry, count=None):
        return convolution(xp, x, weight, bias, geometry, count)

    def grad_x(ctx, g):
        size, weight = ctx.shapes[0][2:], conj(ctx.weight)
        return apply(ConvolutionTranspose, g, weight, None, size=size, geometry=ctx.geometry)

    def grad_weight(ctx, g):
        params = {"kernel_size": ctx.shapes[1][2:], "geometry": ctx.geometry}
        return apply(ConvolutionWeight, g, conj(ctx.x), **params)

    def grad_bias(ctx, g):
        return _over_positions(g)


class ConvolutionTranspose(Primitive):
    """bias + each value of x times the kernel, added where its window was"""

    label = "ConvolutionBackward0"
    saves = ("x", "weight")

    def kernel(xp, x, weight, bias, *, size, geometry):
        out = convolution_input(xp, x, weight, size, geometry)
        if bias is not None:
            out += bias.reshape(-1, *[1] * len(size))
        return out

    def grad_x(ctx, g):
        params = {"geometry": ctx.geometry, "count": ctx.shapes[0][2:]}
        return apply(Convolution, g, conj(ctx.weight), None, **params)

    def grad_weight(ctx, g):
        params = {"kernel_size": ctx.shapes[1][2:], "geometry": ctx.geometry}
        return apply(ConvolutionWeight, conj(ctx.x), g, **params)

    def grad_bias(ctx, g):
        return _over_positions(g)


class ConvolutionWeight(Primitive):
    """For each kernel element, the values y times what their windows of x have there"""

    label = "ConvolutionBackwardBackward0"
    saves = ("y", "x")

    def kernel(xp, y, x, *, kernel_size, geometry):
        return convolution_weight(xp, y, x, kernel_size, geometry)

    def grad_y(ctx, g):
        params = {"geometry": ctx.geometry, "count": ctx.shapes[0][2:]}
        return apply(Convolution, conj(ctx.x), g, None, **params)

    def grad_x(ctx, g):
        size, y = ctx.shapes[1][2:], conj(ctx.y)
        return apply(ConvolutionTranspose, y, g, None, size=size, geometry=ctx.geometry)


def _over_positions(g):
    """The sum over all axes but the channels'."""
    return sum(g, (0, *range(2, unwrap(g).ndim)))


def spread_out(name: str, value: Any, axes: int) -> tuple[int, ...]:
    """One number for each axis, from a number, a list of one or a list of all."""
    sizes = (value,) if isinstance(value, int) else tuple(value)
    if len(sizes) == 1:
        return sizes * axes
    if len(sizes) != axes:
        raise RuntimeError(
            f"expected {name} to be a single integer value or a list of {axes} values to match the "
            f"convolution dimensions, but got {name}={list(sizes)}"
        )
    return sizes


def _geometry(axes: int, stride: Any, padding: Any, dilation: Any, groups: int) -> Geometry:
    geometry = Geometry(
        spread_out("stride", stride, axes),
        spread_out("padding", padding, axes),
        spread_out("dilation", dilation, axes),
        groups,
    )
    if min(geometry.padding) < 0:
        raise RuntimeError("negative padding is not supported")
    if min(geometry.stride) <= 0:
        raise RuntimeError("non-positive stride is not supported")
    if min(geometry.dilation) <= 0:
        raise RuntimeError(
            f"dilation should be greater than zero, but got {list(geometry.dilation)}"
        )
    if groups <= 0:
        raise RuntimeError("non-positive groups is not supported")
    return geometry


def _check(function: str, axes: int, x: Any, weight: Any, bias: Any, transposed: int) -> None:
    """What does not depend on the geometry: ranks, dtypes and the bias."""
    if x.ndim not in (axes + 1, axes + 2):
        raise RuntimeError(
            f"Expected {axes + 1}D (unbatched) or {axes + 2}D (batched) input to {function}, but "
            f"got input of size: {list(x.shape)}"
        )
    if weight.ndim != axes + 2:
        message = f"weight should have {axes + 2} dimensions, but got {list(weight.shape)}"
        raise RuntimeError(message)
    if x.dtype is not weight.dtype:
        kinds = dtypes.of_array(x), dtypes.of_array(weight)
        message = f"expected scalar type {kinds[0].short} but found {kinds[1].short}"
        raise RuntimeError(hint(message, f"convert the input: x.to({kinds[1]})"))
    if bias is not None and x.dtype is not bias.dtype:
        given, found = dtypes.of_array(x), dtypes.of_array(bias)
        message = f"Input type ({given.name}) and bias type ({found.name}) should be the same"
        raise RuntimeError(hint(message, f"convert the bias: bias.to({given})"))
    outputs = weight.shape[1] * transposed if transposed else weight.shape[0]
    if bias is not None and bias.shape != (outputs,):
        raise RuntimeError(
            f"Given {'transposed=1, ' if transposed else ''}weight of size {list(weight.shape)}, "
            f"expected bias to be 1-dimensional with {outputs} elements, but got bias of size "
            f"{list(bias.shape)} instead"
        )


def _check_channels(x: Any, weight: Any, groups: int) -> None:
    """The channels of a batched input against those the weight was made for."""
    if weight.shape[0] < groups:
        raise RuntimeError(
            f"Given groups={groups}, expected weight to be at least {groups} at dimension 0, but "
            f"got weight of size {list(weight.shape)} instead"
        )
    if weight.shape[0] % groups:
        raise RuntimeError(
            f"Given groups={groups}, expected weight to be divisible by {groups} at dimension 0, "
            f"but got weight of size [{list(weight.shape)}] instead"
        )
    expected = weight.shape[1] * groups
    if x.shape[1] != expected:
        message = (
            f"Given groups={groups}, weight of size {list(weight.shape)}, expected input"
            f"{list(x.shape)} to have {expected} channels, but got {x.shape[1]} channels instead"
        )
        advice = "the input's dimensions are (batch, channels, ...)"
        raise RuntimeError(hint(message, advice))


def _check_fit(x: Any, weight: Any, geometry: Geometry) -> None:
    axes = zip(x.shape[2:], weight.shape[2:], geometry.padding, geometry.dilation, strict=True)
    outer, wide = [], []
    for n, k, p, d in axes:
        outer.append(n + 2 * p)
        wide.append(d * (k - 1) + 1)
    if any(n < k for n, k in zip(outer, wide, strict=True)):
        message = (
            f"Calculated padded input size per channel: ({' x '.join(map(str, outer))}). Kernel "
            f"size: ({' x '.join(map(str, wide))}). Kernel size can't be greater than actual input "
            "size"
        )
        raise RuntimeError(hint(message, "use padding, or fewer layers that shrink the input"))


def _same(x: Any, weight: Any, stride: Any, dilation: Any, axes: int) -> tuple[Any, Any]:
    """The input and padding that give an output of the input's size."""
    if max(spread_out("stride", stride, axes)) > 1:
        raise RuntimeError("padding='same' is not supported for strided convolutions")
    sizes = unwrap(weight).shape[2:]
    pairs = zip(sizes, spread_out("dilation", dilation, axes), strict=True)
    total = [d * (k - 1) for k, d in pairs]
    if any(n % 2 for n in total):
        warnings.warn(
            "Using padding='same' with even kernel lengths and odd dilation may require a "
            "zero-padded copy of the input be created",
            stacklevel=4,
        )
        x = pad(x, [side for n in reversed(total) for side in (0, n % 2)])
    return x, tuple([n // 2 for n in total])


def _convolve(
    axes: int, x: Any, weight: Any, bias: Any, stride: Any, padding: Any, dilation: Any, groups: int
) -> Any:
    """Convolution over so many axes, with or without a batch dimension."""
    if modes.autocast is not None:
        x, weight, bias = short(x, weight, bias)
    _check(f"conv{axes}d", axes, unwrap(x), unwrap(weight), optional(bias), 0)
    if unwrap(x).ndim == axes + 1:
        together = unsqueeze(x, 0)
        return squeeze(
            _convolve(axes, together, weight, bias, stride, padding, dilation, groups), 0
        )
    if isinstance(padding, str):
        if padding not in ("same", "valid"):
            raise RuntimeError(f"Invalid padding string: '{padding}'")
        if padding == "same":
            x, padding = _same(x, weight, stride, dilation, axes)
        else:
            padding = 0
    geometry = _geometry(axes, stride, padding, dilation, groups)
    _check_channels(unwrap(x), unwrap(weight), groups)
    _check_fit(unwrap(x), unwrap(weight), geometry)
    return apply(Convolution, x, weight, bias, geometry=geometry)


def conv1d(
    input: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: Sizes = 1,
    padding: Sizes | str = 0,
    dilation: Sizes = 1,
    groups: int = 1,
) -> Tensor:
    """Cross-correlation of sequences with a kernel; `padding` may be "same" or "valid".

    Shape: input (N, C, L) or (C, L), weight (O, C / groups, K), bias (O), output (N, O, L') or
    (O, L') with L' = (L + 2 padding - dilation (K - 1) - 1) // stride + 1.

    >>> conv1d(tensor([[1.0, 2.0, 4.0]]), tensor([[[1.0, -1.0]]]))
    tensor([[-1., -2.]])
    """
    return _convolve(1, input, weight, bias, stride, padding, dilation, groups)


def conv2d(
    input: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: Sizes = 1,
    padding: Sizes | str = 0,
    dilation: Sizes = 1,
    groups: int = 1,
) -> Tensor:
    """Cross-correlation of images with a kernel; `padding` may be "same" or "valid".

    Shape: input (N, C, H, W) or (C, H, W), weight (O, C / groups, K, K'), bias (O), output
    (N, O, H', W') or (O, H', W'), with sizes as in `conv1d`.

    >>> conv2d(tensor([[[1.0, 2.0], [3.0, 4.0]]]), tensor([[[[1.0, 1.0], [1.0, 1.0]]]]))
    tensor([[[10.]]])
    """
    return _convolve(2, input, weight, bias, stride, padding, dilation, groups)


def conv3d(
    input: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: Sizes = 1,
    padding: Sizes | str = 0,
    dilation: Sizes = 1,
    groups: int = 1,
) -> Tensor:
    """Cross-correlation of volumes with a kernel; `padding` may be "same" or "valid".

    Shape: input (N, C, D, H, W) or (C, D, H, W), weight (O, C / groups, K, K', K''), bias (O),
    output (N, O, D', H', W') or without N, with sizes as in `conv1d`.
    """
    return _convolve(3, input, weight, bias, stride, padding, dilation, groups)


def conv_tbc(input: Tensor, weight: Tensor, bias: Tensor, pad: int = 0) -> Tensor:
    """`conv1d` with the time first and the channels last.

    Shape: input (T, N, C), weight (K, C, O), bias (O), output (T + 2 pad - K + 1, N, O).
    """
    x, w = unwrap(input), unwrap(weight)
    if x.ndim != 3 or w.ndim != 3:
        raise RuntimeError("Input must have 3 dims: time, batch, in_channel")
    if x.shape[2] != w.shape[1]:
        raise RuntimeError("Input dim 2 (input channels) is not == dim 1 in the weight tensor")
    found = conv1d(permute(input, (1, 2, 0)), permute(weight, (2, 1, 0)), bias, padding=pad)
    return permute(found, (2, 0, 1))


def _transpose(
    axes: int,
    x: Any,
    weight: Any,
    bias: Any,
    stride: Any,
    padding: Any,
    output_padding: Any,
    groups: int,
    dilation: Any,
) -> Any:
    """Transposed convolution over so many axes, with or without a batch dimension."""
    if modes.autocast is not None:
        x, weight, bias = short(x, weight, bias)
    _check(f"conv_transpose{axes}d", axes, unwrap(x), unwrap(weight), optional(bias), groups)
    alone = unwrap(x).ndim == axes + 1
    if alone:
        x = unsqueeze(x, 0)
    geometry = _geometry(axes, stride, padding, dilation, groups)
    extra = spread_out("output_padding", output_padding, axes)
    shape, of_weight = unwrap(x).shape, unwrap(weight).shape
    if shape[1] != of_weight[0]:
        raise RuntimeError(
            f"Given transposed=1, weight of size {list(of_weight)}, expected input{list(shape)} to "
            f"have {of_weight[0]} channels, but got {shape[1]} channels instead"
        )
    size = []
    for i, (n, k) in enumerate(zip(shape[2:], of_weight[2:], strict=True)):
        s, p, d = geometry.stride[i], geometry.padding[i], geometry.dilation[i]
        if extra[i] >= max(s, d):
            raise RuntimeError(_extra_message(extra, geometry))
        size.append((n - 1) * s - 2 * p + d * (k - 1) + extra[i] + 1)
    if min(size) < 1:
        given, found = (" x ".join(map(str, each)) for each in (shape[2:], size))
        raise RuntimeError(
            f"Given input size per channel: ({given}). Calculated output size per channel: "
            f"({found}). Output size is too small"
        )
    out = apply(ConvolutionTranspose, x, weight, bias, size=tuple(size), geometry=geometry)
    return squeeze(out, 0) if alone else out


def _extra_message(extra: tuple[int, ...], geometry: Geometry) -> str:
    """PyTorch's words for an output padding that is too large; 1d counts as 2d."""
    found = {"output_padding": extra, "stride": geometry.stride, "dilation": geometry.dilation}
    listed = []
    for name, numbers in found.items():
        if len(numbers) == 1:
            numbers = (int(name != "output_padding"), *numbers)
        axes = ("depth", "height", "width")[-len(numbers) :]
        listed += [f"{name}_{axis}: {n}" for axis, n in zip(axes, numbers, strict=True)]
    return "output padding must be smaller than either stride or dilation, but got " + " ".join(
        listed
    )


def conv_transpose1d(
    input: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: Sizes = 1,
    padding: Sizes = 0,
    output_padding: Sizes = 0,
    groups: int = 1,
    dilation: Sizes = 1,
) -> Tensor:
    """The transpose of `conv1d`: each value spreads over a window.

    Shape: input (N, C, L) or (C, L), weight (C, O / groups, K), bias (O), output (N, O, L') with
    L' = (L - 1) stride - 2 padding + dilation (K - 1) + output_padding + 1.
    """
    rest = (stride, padding, output_padding, groups, dilation)
    return _transpose(1, input, weight, bias, *rest)


def conv_transpose2d(
    input: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: Sizes = 1,
    padding: Sizes = 0,
    output_padding: Sizes = 0,
    groups: int = 1,
    dilation: Sizes = 1,
) -> Tensor:
    """The transpose of `conv2d`: each value spreads over a window.

    Shape: input (N, C, H, W) or (C, H, W), weight (C, O / groups, K, K'), bias (O), output
    (N, O, H', W'), with sizes as in `conv_transpose1d`.

    >>> conv_transpose2d(tensor([[[2.0]]]), tensor([[[[1.0, 2.0], [3.0, 4.0]]]]))
    tensor([[[2., 4.],
             [6., 8.]]])
    """
    rest = (stride, padding, output_padding, groups, dilation)
    return _transpose(2, input, weight, bias, *rest)


def conv_transpose3d(
    input: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: Sizes = 1,
    padding: Sizes = 0,
    output_padding: Sizes = 0,
    groups: int = 1,
    dilation: Sizes = 1,
) -> Tensor:
    """The transpose of `conv3d`: each value spreads over a window.

    Shape: input (N, C, D, H, W) or (C, D, H, W), weight (C, O / groups, K, K', K''), bias (O),
    output (N, O, D', H', W'), with sizes as in `conv_transpose1d`.
    """
    rest = (stride, padding, output_padding, groups, dilation)
    return _transpose(3, input, weight, bias, *rest)
