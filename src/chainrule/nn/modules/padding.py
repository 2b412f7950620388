"""Layers that pad the last dimensions."""

from __future__ import annotations

from collections.abc import Sequence

from ...tensor import Tensor
from .. import functional as F
from .module import Module
from .utils import each_axis

Sizes = int | Sequence[int]


class _Pad(Module):
    """Pads the last `axes` dimensions before and after, as `mode` says."""

    axes: int
    mode: str

    def __init__(self, padding: Sizes) -> None:
        super().__init__()
        self.padding = each_axis(padding, 2 * self.axes)

    def forward(self, input: Tensor) -> Tensor:
        """The padded input."""
        return F.pad(input, self.padding, self.mode)

    def extra_repr(self) -> str:
        """How many before and after, the last dimension first."""
        return f"{self.padding}"


class _ConstantPadNd(Module):
    """Pads the last `axes` dimensions with one value."""

    axes: int

    def __init__(self, padding: Sizes, value: float) -> None:
        super().__init__()
        self.padding = each_axis(padding, 2 * self.axes)
        self.value = value

    def forward(self, input: Tensor) -> Tensor:
        """The padded input."""
        return F.pad(input, self.padding, "constant", self.value)

    def extra_repr(self) -> str:
        """How many before and after, the last dimension first, and the value."""
        return f"padding={self.padding}, value={self.value}"


class ConstantPad1d(_ConstantPadNd):
    """Pad with a value. Shape: input (*, W), output (*, W + left + right)."""

    axes = 1


class ConstantPad2d(_ConstantPadNd):
    """Pad with a value; `padding` is (left, right, top, bottom) or one number.

    Shape: input (*, H, W), output (*, H + top + bottom, W + left + right).

    >>> from chainrule import nn
    >>> nn.ConstantPad2d(1, 7.0)(zeros(1, 1))
    tensor([[7., 7., 7.],
            [7., 0., 7.],
            [7., 7., 7.]])
    """

    axes = 2


class ConstantPad3d(_ConstantPadNd):
    """Pad with a value. Shape: input (*, D, H, W), output with each size and its padding."""

    axes = 3


class _ZeroPad(_ConstantPadNd):
    def __init__(self, padding: Sizes) -> None:
        super().__init__(padding, 0.0)

    def extra_repr(self) -> str:
        """How many before and after, the last dimension first."""
        return f"{self.padding}"


class ZeroPad1d(_ZeroPad, ConstantPad1d):
    """Pad with zeros. Shape: input (*, W), output (*, W + left + right)."""


class ZeroPad2d(_ZeroPad, ConstantPad2d):
    """Pad with zeros. Shape: input (*, H, W), output with each size and its padding."""


class ZeroPad3d(_ZeroPad, ConstantPad3d):
    """Pad with zeros. Shape: input (*, D, H, W), output with each size and its padding."""


class ReflectionPad1d(_Pad):
    """Pad with the values mirrored at the edge. Shape: input (N, C, W) or (C, W)."""

    axes, mode = 1, "reflect"


class ReflectionPad2d(_Pad):
    """Pad with the values mirrored at the edge. Shape: input (N, C, H, W) or (C, H, W)."""

    axes, mode = 2, "reflect"


class ReflectionPad3d(_Pad):
    """Pad with the values mirrored at the edge. Shape: input (N, C, D, H, W) or (C, D, H, W)."""

    axes, mode = 3, "reflect"


class ReplicationPad1d(_Pad):
    """Pad with the value at the edge. Shape: input (N, C, W) or (C, W)."""

    axes, mode = 1, "replicate"


class ReplicationPad2d(_Pad):
    """Pad with the value at the edge. Shape: input (N, C, H, W) or (C, H, W)."""

    axes, mode = 2, "replicate"


class ReplicationPad3d(_Pad):
    """Pad with the value at the edge. Shape: input (N, C, D, H, W) or (C, D, H, W)."""

    axes, mode = 3, "replicate"


class _CircularPad(_Pad):
    """Pads with the values of the other side, with or without a batch dimension."""

    mode = "circular"

    def forward(self, input: Tensor) -> Tensor:
        """The padded input."""
        ranks = (self.axes + 1, self.axes + 2)
        if input.dim() not in ranks:
            expected = " or ".join(f"{rank}D" for rank in ranks)
            raise ValueError(f"expected {expected} input (got {input.dim()}D input)")
        return super().forward(input)


class CircularPad1d(_CircularPad):
    """Pad with the values of the other side. Shape: input (N, C, W) or (C, W)."""

    axes = 1


class CircularPad2d(_CircularPad):
    """Pad with the values of the other side. Shape: input (N, C, H, W) or (C, H, W)."""

    axes = 2


class CircularPad3d(_CircularPad):
    """Pad with the values of the other side. Shape: input (N, C, D, H, W) or (C, D, H, W)."""

    axes = 3
