"""Max pooling that always gives the indices too, under the names that PyTorch has for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .adaptive_pool import adaptive_max_pool1d, adaptive_max_pool2d, adaptive_max_pool3d
from .pool import max_pool1d, max_pool2d, max_pool3d

if TYPE_CHECKING:
    from ..tensor import Tensor

Sizes = int | tuple[int, ...]


def max_pool1d_with_indices(
    input: Tensor,
    kernel_size: Sizes,
    stride: Sizes | None = None,
    padding: Sizes = 0,
    dilation: Sizes = 1,
    ceil_mode: bool = False,
    return_indices: bool = False,
) -> tuple[Tensor, Tensor]:
    """`max_pool1d`, and where in the flattened spatial axes each maximum is.

    Shape: input (N, C, L) or (C, L), both outputs (N, C, L') or without N.

    >>> max_pool1d_with_indices(tensor([[1.0, 3.0, 2.0, 0.0]]), 2)
    (tensor([[3., 2.]]), tensor([[1, 2]]))
    """
    found = max_pool1d(input, kernel_size, stride, padding, dilation, ceil_mode, True)
    return found[0], found[1]


def adaptive_max_pool1d_with_indices(
    input: Tensor, output_size: Sizes, return_indices: bool = False
) -> tuple[Tensor, Tensor]:
    """`adaptive_max_pool1d`, and where in the flattened spatial axes each maximum is.

    Shape: input (N, C, L) or (C, L), both outputs (N, C, *output_size) or without N.
    """
    found = adaptive_max_pool1d(input, output_size, True)
    return found[0], found[1]


def max_pool2d_with_indices(
    input: Tensor,
    kernel_size: Sizes,
    stride: Sizes | None = None,
    padding: Sizes = 0,
    dilation: Sizes = 1,
    ceil_mode: bool = False,
    return_indices: bool = False,
) -> tuple[Tensor, Tensor]:
    """`max_pool2d`, and where in the flattened spatial axes each maximum is.

    Shape: input (N, C, H, W) or (C, H, W), both outputs (N, C, H', W') or without N.
    """
    found = max_pool2d(input, kernel_size, stride, padding, dilation, ceil_mode, True)
    return found[0], found[1]


def adaptive_max_pool2d_with_indices(
    input: Tensor, output_size: Sizes, return_indices: bool = False
) -> tuple[Tensor, Tensor]:
    """`adaptive_max_pool2d`, and where in the flattened spatial axes each maximum is.

    Shape: input (N, C, H, W) or (C, H, W), both outputs (N, C, *output_size) or without N.
    """
    found = adaptive_max_pool2d(input, output_size, True)
    return found[0], found[1]


def max_pool3d_with_indices(
    input: Tensor,
    kernel_size: Sizes,
    stride: Sizes | None = None,
    padding: Sizes = 0,
    dilation: Sizes = 1,
    ceil_mode: bool = False,
    return_indices: bool = False,
) -> tuple[Tensor, Tensor]:
    """`max_pool3d`, and where in the flattened spatial axes each maximum is.

    Shape: input (N, C, D, H, W) or (C, D, H, W), both outputs (N, C, D', H', W') or without N.
    """
    found = max_pool3d(input, kernel_size, stride, padding, dilation, ceil_mode, True)
    return found[0], found[1]


def adaptive_max_pool3d_with_indices(
    input: Tensor, output_size: Sizes, return_indices: bool = False
) -> tuple[Tensor, Tensor]:
    """`adaptive_max_pool3d`, and where in the flattened spatial axes each maximum is.

    Shape: input (N, C, D, H, W) or (C, D, H, W), both outputs (N, C, *output_size) or without N.
    """
    found = adaptive_max_pool3d(input, output_size, True)
    return found[0], found[1]
