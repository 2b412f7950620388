"""Pooling layers: maxima, averages and norms over windows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from ...tensor import Tensor
from .. import functional as F
from .module import Configured, Module
from .utils import each_axis

Sizes = int | Sequence[int]


class _MaxPoolNd(Configured):
    """The maximum of each window; `return_indices` gives its place in the input, too."""

    _settings = ("kernel_size", "stride", "padding", "dilation", "ceil_mode")
    _pool: Callable[..., Any]

    def __init__(
        self,
        kernel_size: Sizes,
        stride: Sizes | None = None,
        padding: Sizes = 0,
        dilation: Sizes = 1,
        return_indices: bool = False,
        ceil_mode: bool = False,
    ) -> None:
        super().__init__()
        self.kernel_size = kernel_size
        self.stride = kernel_size if stride is None else stride
        self.padding = padding
        self.dilation = dilation
        self.return_indices = return_indices
        self.ceil_mode = ceil_mode

    def forward(self, input: Tensor) -> Tensor:
        """The maxima."""
        return self._pool(
            input,
            self.kernel_size,
            self.stride,
            self.padding,
            self.dilation,
            ceil_mode=self.ceil_mode,
            return_indices=self.return_indices,
        )


class MaxPool1d(_MaxPoolNd):
    """The maximum of each window.

    Shape: input (N, C, L) or (C, L), output with L replaced by
    (L + 2 padding - dilation (kernel_size - 1) - 1) // stride + 1.
    """

    _pool = staticmethod(F.max_pool1d)


class MaxPool2d(_MaxPoolNd):
    """The maximum of each window.

    Shape: input (N, C, H, W) or (C, H, W), output with H and W reduced as in `MaxPool1d`.

    >>> from chainrule import nn
    >>> nn.MaxPool2d(2)(arange(4.0).reshape(1, 2, 2))
    tensor([[[3.]]])
    """

    _pool = staticmethod(F.max_pool2d)


class MaxPool3d(_MaxPoolNd):
    """The maximum of each window.

    Shape: input (N, C, D, H, W) or (C, D, H, W), output reduced as in `MaxPool1d`.
    """

    _pool = staticmethod(F.max_pool3d)


class _MaxUnpoolNd(Configured):
    """Puts the maxima back where they came from, and zeros elsewhere."""

    _settings = ("kernel_size", "stride", "padding")
    _axes: int
    _unpool: Callable[..., Any]

    def __init__(self, kernel_size: Sizes, stride: Sizes | None = None, padding: Sizes = 0) -> None:
        super().__init__()
        self.kernel_size = each_axis(kernel_size, self._axes)
        self.stride = each_axis(kernel_size if stride is None else stride, self._axes)
        self.padding = each_axis(padding, self._axes)

    def forward(
        self, input: Tensor, indices: Tensor, output_size: Sequence[int] | None = None
    ) -> Tensor:
        """The maxima at their places; `output_size` decides where several sizes are possible."""
        return self._unpool(
            input, indices, self.kernel_size, self.stride, self.padding, output_size
        )


class MaxUnpool1d(_MaxUnpoolNd):
    """A partial inverse of `MaxPool1d`. Shape: input, indices (N, C, L) or (C, L)."""

    _axes, _unpool = 1, staticmethod(F.max_unpool1d)


class MaxUnpool2d(_MaxUnpoolNd):
    """A partial inverse of `MaxPool2d`. Shape: input, indices (N, C, H, W) or (C, H, W)."""

    _axes, _unpool = 2, staticmethod(F.max_unpool2d)


class MaxUnpool3d(_MaxUnpoolNd):
    """A partial inverse of `MaxPool3d`. Shape: input, indices (N, C, D, H, W) or (C, D, H, W)."""

    _axes, _unpool = 3, staticmethod(F.max_unpool3d)


class AvgPool1d(Configured):
    """The average of each window.

    Shape: input (N, C, L) or (C, L), output with L replaced by
    (L + 2 padding - kernel_size) // stride + 1.
    """

    _settings = ("kernel_size", "stride", "padding")

    def __init__(
        self,
        kernel_size: Sizes,
        stride: Sizes | None = None,
        padding: Sizes = 0,
        ceil_mode: bool = False,
        count_include_pad: bool = True,
    ) -> None:
        super().__init__()
        self.kernel_size = each_axis(kernel_size, 1)
        self.stride = each_axis(kernel_size if stride is None else stride, 1)
        self.padding = each_axis(padding, 1)
        self.ceil_mode = ceil_mode
        self.count_include_pad = count_include_pad

    def forward(self, input: Tensor) -> Tensor:
        """The averages."""
        return F.avg_pool1d(
            input,
            self.kernel_size,
            self.stride,
            self.padding,
            self.ceil_mode,
            self.count_include_pad,
        )


class _AvgPoolNd(Configured):
    _settings = ("kernel_size", "stride", "padding")
    _pool: Callable[..., Any]

    def __init__(
        self,
        kernel_size: Sizes,
        stride: Sizes | None = None,
        padding: Sizes = 0,
        ceil_mode: bool = False,
        count_include_pad: bool = True,
        divisor_override: int | None = None,
    ) -> None:
        super().__init__()
        self.kernel_size = kernel_size
        self.stride = kernel_size if stride is None else stride
        self.padding = padding
        self.ceil_mode = ceil_mode
        self.count_include_pad = count_include_pad
        self.divisor_override = divisor_override

    def forward(self, input: Tensor) -> Tensor:
        """The averages."""
        return self._pool(
            input,
            self.kernel_size,
            self.stride,
            self.padding,
            self.ceil_mode,
            self.count_include_pad,
            self.divisor_override,
        )


class AvgPool2d(_AvgPoolNd):
    """The average of each window.

    Shape: input (N, C, H, W) or (C, H, W), output with H and W reduced as in `AvgPool1d`.
    """

    _pool = staticmethod(F.avg_pool2d)


class AvgPool3d(_AvgPoolNd):
    """The average of each window.

    Shape: input (N, C, D, H, W) or (C, D, H, W), output reduced as in `AvgPool1d`.
    """

    _pool = staticmethod(F.avg_pool3d)


class _LPPoolNd(Configured):
    """The p-norm of each window, p = norm_type."""

    _settings = ("norm_type", "kernel_size", "stride", "ceil_mode")
    _pool: Callable[..., Any]

    def __init__(
        self,
        norm_type: float,
        kernel_size: Sizes,
        stride: Sizes | None = None,
        ceil_mode: bool = False,
    ) -> None:
        super().__init__()
        self.norm_type = norm_type
        self.kernel_size = kernel_size
        self.stride = stride
        self.ceil_mode = ceil_mode

    def forward(self, input: Tensor) -> Tensor:
        """The norms."""
        return self._pool(
            input, float(self.norm_type), self.kernel_size, self.stride, self.ceil_mode
        )


class LPPool1d(_LPPoolNd):
    """The p-norm of each window. Shape: input (N, C, L) or (C, L)."""

    _pool = staticmethod(F.lp_pool1d)


class LPPool2d(_LPPoolNd):
    """The p-norm of each window. Shape: input (N, C, H, W) or (C, H, W)."""

    _pool = staticmethod(F.lp_pool2d)


class LPPool3d(_LPPoolNd):
    """The p-norm of each window. Shape: input (N, C, D, H, W) or (C, D, H, W)."""

    _pool = staticmethod(F.lp_pool3d)


class _AdaptiveAvgPoolNd(Configured):
    """Averages over windows chosen so that the output has the size asked for."""

    _settings = ("output_size",)
    _pool: Callable[..., Any]

    def __init__(self, output_size: Any) -> None:
        super().__init__()
        self.output_size = output_size

    def forward(self, input: Tensor) -> Tensor:
        """The averages."""
        return self._pool(input, self.output_size)


class AdaptiveAvgPool1d(_AdaptiveAvgPoolNd):
    """Averages to a given length. Shape: input (N, C, L) or (C, L), output (*, output_size)."""

    _pool = staticmethod(F.adaptive_avg_pool1d)


class AdaptiveAvgPool2d(_AdaptiveAvgPoolNd):
    """Averages to a given size, where None keeps that of the input.

    Shape: input (N, C, H, W) or (C, H, W), output (*, *output_size).
    """

    _pool = staticmethod(F.adaptive_avg_pool2d)


class AdaptiveAvgPool3d(_AdaptiveAvgPoolNd):
    """Averages to a given size. Shape: input (N, C, D, H, W), output (N, C, *output_size)."""

    _pool = staticmethod(F.adaptive_avg_pool3d)


class _AdaptiveMaxPoolNd(Configured):
    """Maxima over windows chosen so that the output has the size asked for."""

    _settings = ("output_size",)
    _pool: Callable[..., Any]

    def __init__(self, output_size: Any, return_indices: bool = False) -> None:
        super().__init__()
        self.output_size = output_size
        self.return_indices = return_indices

    def forward(self, input: Tensor) -> Tensor:
        """The maxima."""
        return self._pool(input, self.output_size, self.return_indices)


class AdaptiveMaxPool1d(_AdaptiveMaxPoolNd):
    """Maxima to a given length. Shape: input (N, C, L) or (C, L), output (*, output_size)."""

    _pool = staticmethod(F.adaptive_max_pool1d)


class AdaptiveMaxPool2d(_AdaptiveMaxPoolNd):
    """Maxima to a given size. Shape: input (N, C, H, W), output (N, C, *output_size)."""

    _pool = staticmethod(F.adaptive_max_pool2d)


class AdaptiveMaxPool3d(_AdaptiveMaxPoolNd):
    """Maxima to a given size. Shape: input (N, C, D, H, W), output (N, C, *output_size)."""

    _pool = staticmethod(F.adaptive_max_pool3d)


class _FractionalMaxPool(Module):
    """What the two share: a size of the output, or its ratio to the input's."""

    axes: int

    def __init__(
        self,
        kernel_size: Any,
        output_size: Any = None,
        output_ratio: Any = None,
        return_indices: bool = False,
        _random_samples: Any = None,
    ) -> None:
        super().__init__()
        if output_size is None and output_ratio is None:
            raise ValueError(
                f"{self._get_name()} requires specifying either an output size, or a pooling ratio"
            )
        if output_size is not None and output_ratio is not None:
            raise ValueError("only one of output_size and output_ratio may be specified")
        self.kernel_size = each_axis(kernel_size, self.axes)
        self.return_indices = return_indices
        self.register_buffer("_random_samples", _random_samples)
        self.output_size = None if output_size is None else each_axis(output_size, self.axes)
        self.output_ratio = None if output_ratio is None else each_axis(output_ratio, self.axes)
        if self.output_ratio is not None and not all(0 < r < 1 for r in self.output_ratio):
            raise ValueError(f"output_ratio must be between 0 and 1 (got {output_ratio})")

    def forward(self, input: Tensor) -> Any:
        """The largest elements, and where they are if `return_indices`."""
        pool = getattr(F, f"fractional_max_pool{self.axes}d")
        return pool(
            input,
            self.kernel_size,
            self.output_size,
            self.output_ratio,
            self.return_indices,
            _random_samples=self._random_samples,
        )


class FractionalMaxPool2d(_FractionalMaxPool):
    """The largest elements of windows at random places.

    Shape: input (N, C, H, W) or (C, H, W), output with H and W of `output_size`, or of
    `output_ratio` times those of the input.

    Graham, "Fractional max-pooling" (2014).
    """

    axes = 2


class FractionalMaxPool3d(_FractionalMaxPool):
    """The largest elements of windows at random places; see `FractionalMaxPool2d`.

    Shape: input (N, C, T, H, W) or (C, T, H, W), output in the same way.
    """

    axes = 3
