"""Functions below PyTorch's public ones, which some programs call: native_layer_norm, ..."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy

from ..core import dtype as dtypes
from ..core.tensor import unwrap, wrap
from .conv import conv1d, conv2d, conv3d, conv_transpose1d, conv_transpose2d, conv_transpose3d
from .creation import ones_like
from .dropout import dropout
from .norm import batch_norm, group_norm, layer_norm
from .norms import vector_norm
from .pad import pad as pad_
from .roots import rsqrt
from .shape import reshape
from .statistics import var_mean

if TYPE_CHECKING:
    from ..tensor import Tensor

Sizes = tuple[int, ...]


def constant_pad_nd(input: Tensor, pad: Sizes, value: float = 0) -> Tensor:
    """The input with a number around it; see `nn.functional.pad`.

    Shape: input (*), output (*), of larger axes; pad has two numbers for each, the last first.
    """
    return pad_(input, pad, "constant", value)


def _statistics(x: Any, dims: tuple[int, ...], eps: float, keepdim: bool) -> tuple[Any, Any]:
    """The mean and the reciprocal deviation over some axes."""
    variance, mean = var_mean(x, dims, correction=0, keepdim=keepdim)
    return mean, rsqrt(variance + eps)


def native_layer_norm(
    input: Tensor, normalized_shape: Sizes, weight: Tensor | None, bias: Tensor | None, eps: float
) -> tuple[Tensor, Tensor, Tensor]:
    """`layer_norm`, the means and the reciprocal deviations.

    Shape: input (*, normalized_shape), output the same, statistics with 1 for normalized axes.
    """
    out = layer_norm(input, normalized_shape, weight, bias, eps)
    ndim = unwrap(input).ndim
    dims = tuple(range(ndim - len(normalized_shape), ndim))
    return (out, *_statistics(input.detach(), dims, eps, True))


def native_group_norm(
    input: Tensor,
    weight: Tensor | None,
    bias: Tensor | None,
    N: int,
    C: int,
    HxW: int,
    group: int,
    eps: float,
) -> tuple[Tensor, Tensor, Tensor]:
    """`group_norm`, the means and the reciprocal deviations.

    Shape: input (N, C, *), output the same, statistics (N, group).
    """
    out = group_norm(input, group, weight, bias, eps)
    groups = reshape(input, (N, group, C // group * HxW))
    return (out, *_statistics(groups, (2,), eps, False))


def native_batch_norm(
    input: Tensor,
    weight: Tensor | None,
    bias: Tensor | None,
    running_mean: Tensor | None,
    running_var: Tensor | None,
    training: bool,
    momentum: float,
    eps: float,
) -> tuple[Tensor, Tensor, Tensor]:
    """`batch_norm`, and in training the means and the reciprocal deviations of the batch.

    Shape: input (N, C, *), output the same, statistics (C,), or empty.
    """
    out = batch_norm(input, running_mean, running_var, weight, bias, training, momentum, eps)
    if not training:
        empty = wrap(numpy.empty(0, unwrap(input).dtype))
        return out, empty, empty.clone()
    dims = (0, *range(2, unwrap(input).ndim))
    return (out, *_statistics(input.detach(), dims, eps, False))


def native_dropout(input: Tensor, p: float, train: bool | None) -> tuple[Tensor, Tensor]:
    """`dropout`, and which elements are kept.

    Shape: input (*), output (*), mask (*).
    """
    unwrap(input)
    if train is False or not p:
        return input.clone(), ones_like(input, dtype=dtypes.bool_)
    noise = dropout(ones_like(input), p)
    return input * noise, noise != 0


def norm_except_dim(v: Tensor, pow: int = 2, dim: int = 0) -> Tensor:
    """The norms of the slices of an axis, which keeps its place; of the whole for dim -1.

    Shape: input (*), output (1, ..., n, ..., 1).
    """
    ndim = unwrap(v).ndim
    if dim == -1:
        return vector_norm(v, pow)
    if dim not in (0, ndim - 1):
        return norm_except_dim(v.transpose(0, dim), pow, 0).transpose(0, dim)
    return vector_norm(v, pow, tuple(i for i in range(ndim) if i != dim), keepdim=True)


def convolution(
    input: Tensor,
    weight: Tensor,
    bias: Tensor | None,
    stride: Sizes,
    padding: Sizes,
    dilation: Sizes,
    transposed: bool,
    output_padding: Sizes,
    groups: int,
) -> Tensor:
    """A convolution of any number of axes, or its transpose.

    Shape: input (N, C, *), weight (out, C / groups, *), output (N, out, *).
    """
    axes = unwrap(weight).ndim - 2
    if transposed:
        transpose = (conv_transpose1d, conv_transpose2d, conv_transpose3d)[axes - 1]
        return transpose(input, weight, bias, stride, padding, output_padding, groups, dilation)
    return (conv1d, conv2d, conv3d)[axes - 1](
        input, weight, bias, stride, padding, dilation, groups
    )
