"""The larger and the smaller of two, and bounds."""

from __future__ import annotations

import functools
import math
from typing import TYPE_CHECKING, Any

import numpy

from ..core import dtype as dtypes
from ..core.apply import apply, binary, unary
from ..core.promotion import constant, is_number
from ..core.tensor import unwrap
from .compare import where
from .convert import to_dtype
from .inplace import into
from .mask import masked
from .support import Limited, need_operand, need_tensor, on_numpy, refuse

if TYPE_CHECKING:
    from ..tensor import Tensor
    from ..typing import Number


class Maximum(Limited):
    """max(x, y); NaN if one of them is"""

    numbers = "second"
    cpu = "maximum_cpu"
    saves = ("x", "y")

    def kernel(xp, x, y):
        refuse(x, "c")
        return xp.maximum(x, y)

    def grad_x(ctx, g):
        return masked(_shared(g, ctx.x, ctx.y), ~(ctx.x < ctx.y))

    def grad_y(ctx, g):
        return masked(_shared(g, ctx.x, ctx.y), ~(ctx.x > ctx.y))


class Minimum(Limited):
    """min(x, y); NaN if one of them is"""

    numbers = "second"
    cpu = "minimum_cpu"
    saves = ("x", "y")

    def kernel(xp, x, y):
        refuse(x, "c")
        return xp.minimum(x, y)

    def grad_x(ctx, g):
        return masked(_shared(g, ctx.x, ctx.y), ~(ctx.x > ctx.y))

    def grad_y(ctx, g):
        return masked(_shared(g, ctx.x, ctx.y), ~(ctx.x < ctx.y))


def _shared(g: Any, x: Any, y: Any) -> Any:
    """Equal elements share the gradient."""
    return where(x == y, g / 2, g)


class Fmax(Limited):
    """max(x, y), where NaN is less than any number; of equals, x"""

    numbers = "second"
    cpu = "fmax_cpu"
    saves = ("x", "y")

    def kernel(xp, x, y):
        refuse(x, "c")
        return xp.fmax(x, y)

    def grad_x(ctx, g):
        return masked(g, (ctx.x >= ctx.y) | (ctx.y != ctx.y))

    def grad_y(ctx, g):
        return masked(g, ~((ctx.x >= ctx.y) | (ctx.y != ctx.y)))


class Fmin(Limited):
    """min(x, y), where NaN is more than any number; of equals, x"""

    numbers = "second"
    cpu = "fmin_cpu"
    saves = ("x", "y")

    def kernel(xp, x, y):
        refuse(x, "c")
        return xp.fmin(x, y)

    def grad_x(ctx, g):
        return masked(g, (ctx.x <= ctx.y) | (ctx.y != ctx.y))

    def grad_y(ctx, g):
        return masked(g, ~((ctx.x <= ctx.y) | (ctx.y != ctx.y)))


def _bounded(xp: Any, x: Any, *, low: Any, high: Any) -> Any:
    refuse(x, "bc")
    if low is not None:
        x = xp.maximum(x, low)
    return x if high is None else xp.minimum(x, high)


class Clamp(Limited):
    """min(max(x, low), high), for numbers"""

    label = "ClampBackward1"
    cpu = "clamp_scalar_cpu"
    saves = ("x",)

    kernel = _bounded

    def grad_x(ctx, g):
        if ctx.low is None:
            return masked(g, ctx.x <= ctx.high)
        if ctx.high is None:
            return masked(g, ctx.x >= ctx.low)
        return masked(g, (ctx.x >= ctx.low) & (ctx.x <= ctx.high))


@on_numpy(Clamp)
def _clamp_on_numpy(x: Any, *, low: Any, high: Any) -> Any:
    """NumPy's clip is vectorised; its maximum of an array and a number is not."""
    if x.dtype.kind == "f":
        low, high = -math.inf if low is None else low, math.inf if high is None else high
    low = None if low is None else constant(low, x.dtype)
    high = None if high is None else constant(high, x.dtype)
    return x.clip(low, high) if x.dtype.kind == "f" else _bounded(numpy, x, low=low, high=high)


class ClampMin(Clamp):
    """max(x, low), for a number"""

    label = "ClampMinBackward0"


class ClampMax(Clamp):
    """min(x, high), for a number"""

    label = "ClampMaxBackward0"


class ClampMinTensor(Limited):
    """max(x, low); an x that equals its bound keeps the gradient"""

    label = "ClampMinBackward1"
    cpu = "maximum_cpu"
    saves = ("x", "low")

    def kernel(xp, x, low):
        refuse(x, "c")
        return xp.maximum(x, low)

    def grad_x(ctx, g):
        return masked(g, ctx.x >= ctx.low)

    def grad_low(ctx, g):
        return masked(g, ctx.x < ctx.low)


class ClampMaxTensor(Limited):
    """min(x, high); an x that equals its bound keeps the gradient"""

    label = "ClampMaxBackward1"
    cpu = "minimum_cpu"
    saves = ("x", "high")

    def kernel(xp, x, high):
        refuse(x, "c")
        return xp.minimum(x, high)

    def grad_x(ctx, g):
        return masked(g, ctx.x <= ctx.high)

    def grad_high(ctx, g):
        return masked(g, ctx.x > ctx.high)


class ClampFrom(ClampMinTensor):
    """max(x, low)"""

    label = "ClampBackward0"


class ClampTo(ClampMaxTensor):
    """min(x, high)"""

    label = "ClampBackward0"


class ClampBetween(Limited):
    """min(max(x, low), high); the upper bound wins where the bounds cross"""

    label = "ClampBackward0"
    cpu = "clamp_cpu"
    saves = ("x", "low", "high")

    def kernel(xp, x, low, high):
        refuse(x, "c")
        return xp.minimum(xp.maximum(x, low), high)

    def grad_x(ctx, g):
        return masked(g, (ctx.x >= ctx.low) & (ctx.x <= ctx.high))

    def grad_low(ctx, g):
        return masked(g, (ctx.x < ctx.low) & (ctx.low < ctx.high))

    def grad_high(ctx, g):
        return masked(g, (ctx.x > ctx.high) | (ctx.high < ctx.low))


def maximum(input: Tensor, other: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The larger of each pair, broadcast; NaN if one is NaN. Equal elements share the gradient.

    Shape: input (*), other (*) broadcastable, output (*).

    >>> maximum(tensor([1.0, 5.0]), tensor([3.0]))
    tensor([3., 5.])
    """
    need_tensor("maximum", "other", 2, other)
    result = binary(Maximum, input, other)
    return result if out is None else into(out, result)


def minimum(input: Tensor, other: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The smaller of each pair, broadcast; NaN if one is NaN. Equal elements share the gradient.

    Shape: input (*), other (*) broadcastable, output (*).

    >>> minimum(tensor([1.0, 5.0]), tensor([3.0]))
    tensor([1., 3.])
    """
    need_tensor("minimum", "other", 2, other)
    result = binary(Minimum, input, other)
    return result if out is None else into(out, result)


def fmax(input: Tensor, other: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The larger of each pair, broadcast; the number where only one is NaN.

    Shape: input (*), other (*) broadcastable, output (*).
    """
    need_tensor("fmax", "other", 2, other)
    result = binary(Fmax, input, other)
    return result if out is None else into(out, result)


def fmin(input: Tensor, other: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The smaller of each pair, broadcast; the number where only one is NaN.

    Shape: input (*), other (*) broadcastable, output (*).
    """
    need_tensor("fmin", "other", 2, other)
    result = binary(Fmin, input, other)
    return result if out is None else into(out, result)


def clamp(
    input: Tensor,
    min: Tensor | Number | None = None,
    max: Tensor | Number | None = None,
    *,
    out: Tensor | None = None,
) -> Tensor:
    """Each element kept in [min, max]; the bounds are numbers, or tensors that broadcast.

    The gradient passes within the bounds and at them.
    Shape: input (*), min and max (*) broadcastable, output (*). RuntimeError without any bound.

    >>> clamp(tensor([-1.0, 0.5, 2.0]), 0, 1)
    tensor([0.0000, 0.5000, 1.0000])
    """
    if min is None and max is None:
        raise RuntimeError("torch.clamp: At least one of 'min' or 'max' must not be None")
    need_tensor("clamp", "input", 1, input)
    if (min is None or is_number(min)) and (max is None or is_number(max)):
        result = _clamp(Clamp, input, min, max)
        return result if out is None else into(out, result)
    for name, position, bound in (("min", 2, min), ("max", 3, max)):
        if bound is not None:
            need_operand("clamp", name, position, bound)
    if is_number(min) or is_number(max):
        raise TypeError(
            "clamp() received an invalid combination of arguments: "
            "min and max must both be numbers or both be tensors"
        )
    elif max is None:
        result = apply(ClampFrom, input, min)
    elif min is None:
        result = apply(ClampTo, input, max)
    else:
        result = apply(ClampBetween, input, min, max)
    return result if out is None else into(out, result)


def clamp_min(input: Tensor, min: Tensor | Number, *, out: Tensor | None = None) -> Tensor:
    """The larger of each element and `min`, broadcast.

    Shape: input (*), min (*) broadcastable, output (*).
    """
    need_tensor("clamp_min", "input", 1, input)
    if is_number(min):
        result = _clamp(ClampMin, input, min, None)
    else:
        result = apply(ClampMinTensor, input, min)
    return result if out is None else into(out, result)


def clamp_max(input: Tensor, max: Tensor | Number, *, out: Tensor | None = None) -> Tensor:
    """The smaller of each element and `max`, broadcast.

    Shape: input (*), max (*) broadcastable, output (*).
    """
    need_tensor("clamp_max", "input", 1, input)
    if is_number(max):
        result = _clamp(ClampMax, input, None, max)
    else:
        result = apply(ClampMaxTensor, input, max)
    return result if out is None else into(out, result)


def _clamp(op: type[Clamp], x: Any, low: Any, high: Any) -> Any:
    data = unwrap(x)
    for bound in (low, high):
        if bound is not None and not _fits(bound, data.dtype):
            numbers = [b for b in (low, high) if b is not None]
            kind = dtypes.result_of([data], numbers)
            if kind.category == dtypes.COMPLEX:
                raise NotImplementedError("clamp is not supported for complex types")
            return _clamp(op, to_dtype(x, kind.numpy), low, high)
    return unary(op, x, low=low, high=high)


@functools.lru_cache(typed=True)
def _fits(bound: Any, kind: Any) -> bool:
    """Whether a bound has the category of the dtype; RuntimeError if it is out of its range."""
    array = constant(bound, kind)
    if array is None:
        return False
    held = array.item()
    if held != bound and (kind.kind in "iu" or math.isinf(held)):
        raise RuntimeError(f"value cannot be converted to type {kind} without overflow")
    return True


clip = clamp
