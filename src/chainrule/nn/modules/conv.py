"""Convolutions and transposed convolutions."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

from ...ops.creation import empty
from ...tensor import Tensor
from ...typing import Device, DType
from .. import functional as F
from .. import init
from ..parameter import Parameter
from .module import Module
from .utils import each_axis

Sizes = int | Sequence[int]
PADDING_MODES = ("zeros", "reflect", "replicate", "circular")


class _ConvNd(Module):
    """What all convolutions share: settings, weight and bias.

    Weight and bias start as U(-k, k) with k = 1 / sqrt(inputs that meet in one output).
    """

    _axes: int
    _convolve: Callable[..., Any]
    transposed: bool = False
    output_padding: tuple[int, ...]

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: Sizes,
        stride: Sizes,
        padding: Sizes | str,
        dilation: Sizes,
        output_padding: Sizes,
        groups: int,
        bias: bool,
        padding_mode: str,
        device: Device,
        dtype: DType,
    ) -> None:
        super().__init__()
        self.in_channels = in_channels
        self.out_channels = out_channels
        self.kernel_size = each_axis(kernel_size, self._axes)
        self.stride = each_axis(stride, self._axes)
        self.padding = padding if isinstance(padding, str) else each_axis(padding, self._axes)
        self.dilation = each_axis(dilation, self._axes)
        self.output_padding = each_axis(output_padding, self._axes)
        self.groups = groups
        self.padding_mode = padding_mode
        self._check_settings()
        self._reversed_padding_repeated_twice = self._paddings()
        ends = (in_channels, out_channels) if self.transposed else (out_channels, in_channels)
        sizes = (ends[0], ends[1] // groups, *self.kernel_size)
        self.weight = Parameter(empty(sizes, device=device, dtype=dtype))
        if bias:
            self.bias = Parameter(empty(out_channels, device=device, dtype=dtype))
        else:
            self.register_parameter("bias", None)
        self.reset_parameters()

    def _check_settings(self) -> None:
        if self.groups <= 0:
            raise ValueError("groups must be a positive integer")
        for name in ("in_channels", "out_channels"):
            if getattr(self, name) % self.groups != 0:
                raise ValueError(f"{name} must be divisible by groups")
        if isinstance(self.padding, str):
            if self.padding not in ("valid", "same"):
                raise ValueError(
                    f"Invalid padding string {self.padding!r}, should be one of {{'valid', 'same'}}"
                )
            if self.padding == "same" and any(step != 1 for step in self.stride):
                raise ValueError("padding='same' is not supported for strided convolutions")
        if self.padding_mode not in PADDING_MODES:
            raise ValueError(
                f"padding_mode must be one of {{{str(PADDING_MODES)[1:-1]}}}, "
                f"but got padding_mode='{self.padding_mode}'"
            )

    def _paddings(self) -> list[int]:
        """How much to pad before and after, the last axis first, as `F.pad` takes it."""
        if self.padding == "valid":
            return [0] * (2 * self._axes)
        if self.padding == "same":
            totals = [d * (k - 1) for d, k in zip(self.dilation, self.kernel_size, strict=False)]
            return [part for total in totals[::-1] for part in (total // 2, total - total // 2)]
        return [int(size) for size in self.padding[::-1] for _ in range(2)]

    def reset_parameters(self) -> None:
        """Draw weight and bias anew."""
        init.kaiming_uniform_(self.weight, a=math.sqrt(5))  # U(-k, k), k = 1 / sqrt(fan_in)
        if self.bias is not None:
            fan_in, _ = init._calculate_fan_in_and_fan_out(self.weight)
            if fan_in != 0:
                bound = 1 / math.sqrt(fan_in)
                init.uniform_(self.bias, -bound, bound)

    def extra_repr(self) -> str:
        """Channels, and what differs from the defaults."""
        shown = [f"{self.in_channels}, {self.out_channels}, kernel_size={self.kernel_size}"]
        shown.append(f"stride={self.stride}")
        for name, default in (("padding", 0), ("dilation", 1), ("output_padding", 0)):
            value = getattr(self, name)
            if value != (default,) * len(value):
                shown.append(f"{name}={value}")
        if self.groups != 1:
            shown.append(f"groups={self.groups}")
        if self.bias is None:
            shown.append("bias=False")
        if self.padding_mode != "zeros":
            shown.append(f"padding_mode={self.padding_mode}")
        return ", ".join(shown)


class _Conv(_ConvNd):
    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: Sizes,
        stride: Sizes = 1,
        padding: Sizes | str = 0,
        dilation: Sizes = 1,
        groups: int = 1,
        bias: bool = True,
        padding_mode: str = "zeros",
        device: Device = None,
        dtype: DType = None,
    ) -> None:
        super().__init__(
            in_channels,
            out_channels,
            kernel_size,
            stride,
            padding,
            dilation,
            0,
            groups,
            bias,
            padding_mode,
            device,
            dtype,
        )

    def forward(self, input: Tensor) -> Tensor:
        """The convolved input."""
        return self._conv_forward(input, self.weight, self.bias)

    def _conv_forward(self, input: Any, weight: Any, bias: Any) -> Any:
        """The convolution with another weight and bias."""
        padding: Any = self.padding
        if self.padding_mode != "zeros":
            input = F.pad(input, self._reversed_padding_repeated_twice, mode=self.padding_mode)
            padding = 0
        return self._convolve(input, weight, bias, self.stride, padding, self.dilation, self.groups)


class Conv1d(_Conv):
    """Cross-correlation of sequences with learned kernels, plus a bias.

    Shape: input (N, C_in, L) or (C_in, L), output (N, C_out, L_out) with L_out =
    (L + 2 padding - dilation (kernel_size - 1) - 1) // stride + 1; weight
    (C_out, C_in / groups, kernel_size).
    """

    _axes, _convolve = 1, staticmethod(F.conv1d)


class Conv2d(_Conv):
    """Cross-correlation of images with learned kernels, plus a bias.

    `padding` may be "same" (with stride 1) or "valid"; `groups` splits the channels into
    independent parts; `padding_mode` is "zeros", "reflect", "replicate" or "circular".

    Shape: input (N, C_in, H, W) or (C_in, H, W), output (N, C_out, H_out, W_out), each as in
    `Conv1d`; weight (C_out, C_in / groups, *kernel_size).

    >>> from chainrule import nn
    >>> nn.Conv2d(3, 8, 3, padding=1)(zeros(1, 3, 5, 5)).shape
    torch.Size([1, 8, 5, 5])
    """

    _axes, _convolve = 2, staticmethod(F.conv2d)


class Conv3d(_Conv):
    """Cross-correlation of volumes with learned kernels, plus a bias.

    Shape: input (N, C_in, D, H, W) or (C_in, D, H, W), output reduced as in `Conv1d`; weight
    (C_out, C_in / groups, *kernel_size).
    """

    _axes, _convolve = 3, staticmethod(F.conv3d)


class _ConvTransposeNd(_ConvNd):
    transposed = True

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: Sizes,
        stride: Sizes = 1,
        padding: Sizes = 0,
        output_padding: Sizes = 0,
        groups: int = 1,
        bias: bool = True,
        dilation: Sizes = 1,
        padding_mode: str = "zeros",
        device: Device = None,
        dtype: DType = None,
    ) -> None:
        if padding_mode != "zeros":
            raise ValueError(f'Only "zeros" padding mode is supported for {type(self).__name__}')
        super().__init__(
            in_channels,
            out_channels,
            kernel_size,
            stride,
            padding,
            dilation,
            output_padding,
            groups,
            bias,
            padding_mode,
            device,
            dtype,
        )

    def forward(self, input: Tensor, output_size: Sequence[int] | None = None) -> Tensor:
        """The spread input; `output_size` decides where the stride allows several sizes."""
        extra = self.output_padding
        if output_size is not None:
            extra = self._padding_for(tuple(input.shape), list(output_size))
        return self._convolve(
            input,
            self.weight,
            self.bias,
            self.stride,
            self.padding,
            extra,
            self.groups,
            self.dilation,
        )

    def _padding_for(self, shape: tuple[int, ...], wanted: list[int]) -> tuple[int, ...]:
        """The output padding that gives the size wanted."""
        axes = self._axes
        if len(wanted) == len(shape):
            wanted = wanted[-axes:]
        if len(wanted) != axes:
            raise ValueError(
                f"ConvTranspose{axes}D: for {len(shape)}D input, output_size must have {axes} or "
                f"{len(shape)} elements (got {len(wanted)})"
            )
        smallest = [
            (n - 1) * step - 2 * pad + dilation * (size - 1) + 1
            for n, step, pad, dilation, size in zip(
                shape[-axes:],
                self.stride,
                self.padding,
                self.dilation,
                self.kernel_size,
                strict=True,
            )
        ]
        largest = [low + step - 1 for low, step in zip(smallest, self.stride, strict=True)]
        for size, low, high in zip(wanted, smallest, largest, strict=True):
            if not low <= size <= high:
                raise ValueError(
                    f"requested an output size of {tuple(wanted)}, but valid sizes range from "
                    f"{smallest} to {largest} (for an input of torch.Size({list(shape[-axes:])}))"
                )
        return tuple(size - low for size, low in zip(wanted, smallest, strict=True))


class ConvTranspose1d(_ConvTransposeNd):
    """The transpose of `Conv1d`: every value is spread out by the kernel.

    Shape: input (N, C_in, L) or (C_in, L), output (N, C_out, L_out) with L_out = (L - 1) stride
    - 2 padding + dilation (kernel_size - 1) + output_padding + 1; weight
    (C_in, C_out / groups, kernel_size).
    """

    _axes, _convolve = 1, staticmethod(F.conv_transpose1d)


class ConvTranspose2d(_ConvTransposeNd):
    """The transpose of `Conv2d`: every value is spread out by the kernel.

    Shape: input (N, C_in, H, W) or (C_in, H, W), output enlarged as in `ConvTranspose1d`.
    """

    _axes, _convolve = 2, staticmethod(F.conv_transpose2d)


class ConvTranspose3d(_ConvTransposeNd):
    """The transpose of `Conv3d`: every value is spread out by the kernel.

    Shape: input (N, C_in, D, H, W) or (C_in, D, H, W), output enlarged as in `ConvTranspose1d`.
    """

    _axes, _convolve = 3, staticmethod(F.conv_transpose3d)
