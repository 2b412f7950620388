"""A layer and the batch norm after it as one layer, for inference."""

from __future__ import annotations

import copy
from typing import Any

from ...ops.creation import ones_like, zeros_like
from ...ops.roots import rsqrt
from ..parameter import Parameter


def fuse_conv_bn_eval(conv: Any, bn: Any, transpose: bool = False) -> Any:
    """A copy of a convolution that does what it and the batch norm do in evaluation.

    >>> from chainrule import nn
    >>> conv, norm = nn.Conv1d(1, 2, 1).eval(), nn.BatchNorm1d(2).eval()
    >>> x = ones(1, 1, 3)
    >>> bool(isclose(norm(conv(x)), fuse_conv_bn_eval(conv, norm)(x)).all())
    True
    """
    return _fused(fuse_conv_bn_weights, conv, bn, transpose)


def fuse_linear_bn_eval(linear: Any, bn: Any) -> Any:
    """A copy of a linear layer that does what it and the batch norm do in evaluation."""
    if linear.out_features != bn.num_features and bn.num_features != 1:
        raise AssertionError(
            "To fuse, linear.out_features == bn.num_features or bn.num_features == 1"
        )
    return _fused(fuse_linear_bn_weights, linear, bn)


def _fused(weights: Any, layer: Any, bn: Any, *options: Any) -> Any:
    if layer.training or bn.training:
        raise AssertionError("Fusion only for eval!")
    if bn.running_mean is None or bn.running_var is None:
        raise AssertionError("running_mean and running_var of the batch norm must not be None")
    fused = copy.deepcopy(layer)
    fused.weight, fused.bias = weights(
        fused.weight,
        fused.bias,
        bn.running_mean,
        bn.running_var,
        bn.eps,
        bn.weight,
        bn.bias,
        *options,
    )
    return fused


def fuse_conv_bn_weights(
    conv_w: Any,
    conv_b: Any,
    bn_rm: Any,
    bn_rv: Any,
    bn_eps: float,
    bn_w: Any,
    bn_b: Any,
    transpose: bool = False,
) -> tuple[Parameter, Parameter]:
    """Weight and bias of a convolution and the batch norm after it: w s and (b - mean) s + bias,
    with s = scale / sqrt(var + eps) for each output channel.
    """
    shape = [1] * conv_w.dim()
    shape[1 if transpose else 0] = -1
    return _weights(conv_w, conv_b, bn_rm, bn_rv, bn_eps, bn_w, bn_b, shape)


def fuse_linear_bn_weights(
    linear_w: Any,
    linear_b: Any,
    bn_rm: Any,
    bn_rv: Any,
    bn_eps: float,
    bn_w: Any,
    bn_b: Any,
) -> tuple[Parameter, Parameter]:
    """Weight and bias of a linear layer and the batch norm after it; see `fuse_conv_bn_weights`."""
    return _weights(linear_w, linear_b, bn_rm, bn_rv, bn_eps, bn_w, bn_b, [-1, 1])


def _weights(
    weight: Any, bias: Any, mean: Any, var: Any, eps: float, scale: Any, shift: Any, shape: Any
) -> tuple[Parameter, Parameter]:
    bias = zeros_like(mean) if bias is None else bias
    scale = ones_like(mean) if scale is None else scale
    shift = zeros_like(mean) if shift is None else shift
    factor = scale * rsqrt(var + eps)
    kind = weight.dtype
    fused = (weight * factor.reshape(shape)).to(kind)
    moved = ((bias - mean) * factor + shift).to(bias.dtype)
    made = [
        Parameter(value.detach(), requires_grad=like.requires_grad)
        for value, like in ((fused, weight), (moved, bias))
    ]
    return made[0], made[1]
