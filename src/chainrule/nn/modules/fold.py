"""Layers that cut images into patches and sum patches to images."""

from __future__ import annotations

from ...tensor import Tensor
from .. import functional as F
from .module import Configured

Sizes = int | tuple[int, ...]


class Fold(Configured):
    """Sum patches into images; the reverse of `Unfold` where they do not overlap.

    Shape: input (N, C * prod(kernel_size), L), output (N, C, *output_size).
    """

    _settings = ("output_size", "kernel_size", "dilation", "padding", "stride")

    def __init__(
        self,
        output_size: Sizes,
        kernel_size: Sizes,
        dilation: Sizes = 1,
        padding: Sizes = 0,
        stride: Sizes = 1,
    ) -> None:
        super().__init__()
        self.output_size = output_size
        self.kernel_size = kernel_size
        self.dilation = dilation
        self.padding = padding
        self.stride = stride

    def forward(self, input: Tensor) -> Tensor:
        """The images."""
        return F.fold(
            input, self.output_size, self.kernel_size, self.dilation, self.padding, self.stride
        )


class Unfold(Configured):
    """Cut images into patches, one column each.

    Shape: input (N, C, H, W), output (N, C * prod(kernel_size), L).
    """

    _settings = ("kernel_size", "dilation", "padding", "stride")

    def __init__(
        self, kernel_size: Sizes, dilation: Sizes = 1, padding: Sizes = 0, stride: Sizes = 1
    ) -> None:
        super().__init__()
        self.kernel_size = kernel_size
        self.dilation = dilation
        self.padding = padding
        self.stride = stride

    def forward(self, input: Tensor) -> Tensor:
        """The patches."""
        return F.unfold(input, self.kernel_size, self.dilation, self.padding, self.stride)
