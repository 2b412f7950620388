"""Piecewise linear activation functions: rectifiers, hard versions of smooth ones, shrinkage."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy

from ..core.apply import apply, binary, unary
from ..core.generator import default_generator
from ..core.promotion import constant
from ..core.tensor import unwrap
from ..kernels import elementwise
from ..kernels.random import uniform
from .compare import where
from .extremes import Clamp
from .inplace import assign, check_writable
from .mask import masked
from .shape import reshape
from .support import Composite, Limited, number_like, on_numpy, refuse

if TYPE_CHECKING:
    from ..tensor import Tensor


class Relu(Limited):
    """max(x, 0)"""

    cpu = "relu_cpu"
    saves = ("out",)

    def kernel(xp, x):
        refuse(x, "bc")
        return xp.maximum(x, 0)

    def grad_x(ctx, g):
        return masked(g, ctx.out != 0)


@on_numpy(Relu)
def _relu(x: Any) -> Any:
    refuse(x, "bc")
    return elementwise.maximum(x, constant(0, x.dtype))


class LeakyRelu(Composite):
    """x where it is positive, slope x elsewhere"""

    cpu = "leaky_relu_cpu"
    saves = ("x",)

    def kernel(xp, x, *, slope):
        refuse(x, "biuc")
        return xp.maximum(x, x * slope) if 0 < slope <= 1 else xp.where(x > 0, x, x * slope)

    def grad_x(ctx, g):
        return where(ctx.x > 0, g, g * ctx.slope)


class Hardtanh(Clamp):
    """x kept in [low, high]; at the bounds the slope is 0"""

    label = "HardtanhBackward0"
    cpu = "hardtanh_cpu"

    def grad_x(ctx, g):
        return masked(g, ~((ctx.x <= ctx.low) | (ctx.x >= ctx.high)))


class Hardsigmoid(Composite):
    """x / 6 + 1/2, kept in [0, 1]"""

    cpu = "hardsigmoid_cpu"
    saves = ("x",)

    def kernel(xp, x):
        refuse(x, "biuc")
        return xp.minimum(xp.maximum(x + 3, 0), 6) / 6

    def grad_x(ctx, g):
        return masked(g / 6, (ctx.x > -3) & (ctx.x < 3))


class Hardswish(Composite):
    """x times its hard sigmoid"""

    cpu = "hardswish_cpu"
    saves = ("x",)

    def kernel(xp, x):
        refuse(x, "biuc")
        return x * xp.minimum(xp.maximum(x + 3, 0), 6) / 6

    def grad_x(ctx, g):
        return where(ctx.x < 3, masked(g * (ctx.x / 3 + 0.5), ctx.x > -3), g)


class Hardshrink(Composite):
    """x, and 0 where |x| <= lambd"""

    cpu = "hardshrink_cpu"
    saves = ("x",)

    def kernel(xp, x, *, lambd):
        refuse(x, "biuc")
        return xp.where((x >= -lambd) & (x <= lambd), 0, x)

    def grad_x(ctx, g):
        return masked(g, ~((ctx.x >= -ctx.lambd) & (ctx.x <= ctx.lambd)))


class Softshrink(Composite):
    """x moved towards 0 by lambd, and 0 where that is further than |x|"""

    cpu = "softshrink_check"
    saves = ("x",)

    def kernel(xp, x, *, lambd):
        refuse(x, "biuc")
        return x - xp.minimum(xp.maximum(x, -lambd), lambd)

    def grad_x(ctx, g):
        return masked(g, ~((ctx.x >= -ctx.lambd) & (ctx.x <= ctx.lambd)))


class Threshold(Limited):
    """x where it is above the threshold, value elsewhere"""

    cpu = "threshold_cpu"
    saves = ("x",)

    def kernel(xp, x, *, threshold, value):
        refuse(x, "bc")
        return xp.where(x <= threshold, number_like(xp, value, x), x)

    def grad_x(ctx, g):
        return masked(g, ~(ctx.x <= ctx.threshold))


class Prelu(Limited):
    """x where it is positive, y x elsewhere"""

    label = "PreluKernelBackward0"
    cpu = "prelu_cpu"
    saves = ("x", "y")

    def kernel(xp, x, y):
        refuse(x, "biuc")
        return xp.where(x > 0, x, y * x)

    def grad_x(ctx, g):
        return where(ctx.x > 0, g, g * ctx.y)

    def grad_y(ctx, g):
        return masked(g * ctx.x, ~(ctx.x > 0))


class Rrelu(Limited):
    """x times its slope: 1 where x is positive, drawn at random elsewhere"""

    label = "RreluWithNoiseBackward0"
    cpu = "rrelu_with_noise_out_cpu"
    nondiff = ("slope",)
    saves = ("slope",)

    def kernel(xp, x, slope):
        refuse(x, "biuc")
        return x * slope

    def grad_x(ctx, g):
        return g * ctx.slope


def relu(input: Tensor, inplace: bool = False) -> Tensor:
    """max(x, 0) of each element; the slope at 0 is 0.

    Shape: input (*), output (*).

    >>> relu(tensor([-1.0, 2.0]))
    tensor([0., 2.])
    """
    result = unary(Relu, input)
    return overwrite(input, result) if inplace else result


def leaky_relu(input: Tensor, negative_slope: float = 0.01, inplace: bool = False) -> Tensor:
    """x where it is positive, negative_slope * x elsewhere.

    Shape: input (*), output (*).

    >>> leaky_relu(tensor([-1.0, 2.0]), 0.1)
    tensor([-0.1000,  2.0000])
    """
    result = unary(LeakyRelu, input, slope=negative_slope)
    return overwrite(input, result) if inplace else result


def hardtanh(
    input: Tensor, min_val: float = -1.0, max_val: float = 1.0, inplace: bool = False
) -> Tensor:
    """Each element kept in [min_val, max_val]; at the bounds the slope is 0.

    Shape: input (*), output (*). ValueError for bounds that cross.
    """
    if min_val > max_val:
        raise ValueError("min_val cannot be greater than max_val")
    kind = unwrap(input).dtype.kind
    if kind == "b":
        raise RuntimeError("Bool inputs not supported for hardtanh")
    if kind == "u" and min_val < 0:
        raise RuntimeError("cannot do hardtanh on an unsigned type with negative limits")
    if kind == "i":
        min_val, max_val = int(min_val), int(max_val)
    result = unary(Hardtanh, input, low=min_val, high=max_val)
    return overwrite(input, result) if inplace else result


def relu6(input: Tensor, inplace: bool = False) -> Tensor:
    """Each element kept in [0, 6].

    Shape: input (*), output (*).
    """
    return hardtanh(input, 0.0, 6.0, inplace)


def hardsigmoid(input: Tensor, inplace: bool = False) -> Tensor:
    """x / 6 + 1/2 kept in [0, 1].

    Shape: input (*), output (*).
    """
    result = unary(Hardsigmoid, input)
    return overwrite(input, result) if inplace else result


def hardswish(input: Tensor, inplace: bool = False) -> Tensor:
    """x times `hardsigmoid(x)` (Howard et al. 2019).

    Shape: input (*), output (*).
    """
    result = unary(Hardswish, input)
    return overwrite(input, result) if inplace else result


def hardshrink(input: Tensor, lambd: float = 0.5) -> Tensor:
    """x, and 0 where |x| <= lambd.

    Shape: input (*), output (*).
    """
    return unary(Hardshrink, input, lambd=lambd)


def softshrink(input: Tensor, lambd: float = 0.5) -> Tensor:
    """x moved towards 0 by lambd, at most to 0.

    Shape: input (*), output (*). RuntimeError for a negative lambd.
    """
    if lambd < 0:
        raise RuntimeError(f"lambda must be greater or equal to 0, but found to be {lambd}.")
    return unary(Softshrink, input, lambd=lambd)


def threshold(input: Tensor, threshold: float, value: float, inplace: bool = False) -> Tensor:
    """x where it is above the threshold, value elsewhere.

    Shape: input (*), output (*).
    """
    result = unary(Threshold, input, threshold=threshold, value=value)
    return overwrite(input, result) if inplace else result


def prelu(input: Tensor, weight: Tensor) -> Tensor:
    """x where it is positive, weight * x elsewhere (He et al. 2015).

    Shape: input (N, C, *), weight (C) or (1), output (N, C, *). RuntimeError for other weights.

    >>> prelu(tensor([-1.0, 2.0]), tensor([0.25]))
    tensor([-0.2500,  2.0000])
    """
    x, w = unwrap(input), unwrap(weight)
    if w.ndim > 1:
        message = f"prelu: Expected `weight` to be a scalar or 1D tensor, but got: ndim = {w.ndim}"
        raise RuntimeError(message)
    channels = x.shape[1] if x.ndim > 1 else 1
    if w.size not in (1, channels):
        raise RuntimeError(
            "Mismatch of parameter numbers and input channel size. Found parameter numbers = "
            f"{w.size} and channel size = {channels}."
        )
    size = (-1,) + (1,) * max(x.ndim - 2, 0) if x.ndim else ()
    return binary(Prelu, input, reshape(weight, size))


def rrelu(
    input: Tensor,
    lower: float = 1.0 / 8,
    upper: float = 1.0 / 3,
    training: bool = False,
    inplace: bool = False,
) -> Tensor:
    """x where it is positive, a x elsewhere, with a drawn from [lower, upper) in training.

    Otherwise a is the mean of both. Shape: input (*), output (*). RuntimeError for bounds that
    cross.
    """
    if lower > upper:
        raise RuntimeError("Lower bound should be less than or equal to the upper bound")
    if training:
        x = unwrap(input)
        slope = numpy.ones(x.shape, x.dtype)
        drawn = ~(x > 0)
        count = (int(drawn.sum()),)
        slope[drawn] = uniform(default_generator, count, numpy.float64, lower, upper)
        result = apply(Rrelu, input, slope)
    else:
        result = unary(LeakyRelu, input, slope=(lower + upper) / 2)
    return overwrite(input, result) if inplace else result


def overwrite(input: Any, result: Any) -> Any:
    """The result written into the input: what `inplace=True` asks for."""
    check_writable(input)
    return assign(input, result)
