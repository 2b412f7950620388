"""Losses that compare an output with a target element by element, and how all losses are reduced.

Hidden outputs of the primitives (such as the differences) are what their gradients are made of.
"""

from __future__ import annotations

import math
import warnings
from typing import TYPE_CHECKING, Any

import numpy

from ..core import dtype as dtypes
from ..core.apply import apply
from ..core.modes import modes
from ..core.primitive import Primitive
from ..core.size import Size
from ..core.tensor import TensorBase, unwrap
from ..errors import hint
from .arithmetic import sub
from .convert import to_dtype
from .extremes import clamp
from .kinds import broadcast_error
from .mixed import single
from .reduce import mean, sum
from .shape import expand
from .signs import abs

if TYPE_CHECKING:
    from ..tensor import Tensor

BROADCAST = (
    "Using a target size ({}) that is different to the input size ({}). This will likely lead to "
    "incorrect results due to broadcasting. Please ensure they have the same size."
)


class Loss(Primitive):
    """A loss of pairs x, y: one value a pair, then all summed or averaged as `reduction` says.

    The two come in one shape and dtype (see `matched`): no time goes into comparing those.
    """

    @classmethod
    def explain(
        cls, error: Exception, arrays: tuple[Any, ...], params: dict[str, Any]
    ) -> Exception:
        """PyTorch's errors for shapes that cannot be broadcast, and for dtypes."""
        if isinstance(error, NotImplementedError):
            kind = dtypes.of_array(arrays[0]).short
            return NotImplementedError(hint(f"{error} for '{kind}'", "convert it with .float()"))
        for weight in arrays[2:]:
            found = None if weight is None else broadcast_error(weight.shape, arrays[0].shape)
            if found is not None:
                return found
        return super().explain(error, arrays, params)


def matched(x: Any, y: Any) -> Any:
    """The two in the shape and dtype in which they meet."""
    if modes.autocast is not None:
        x, y = single(x, y)
    a, b = unwrap(x), unwrap(y)
    if a.shape == b.shape and a.dtype is b.dtype:
        return x, y
    wrong = broadcast_error(a.shape, b.shape)
    if wrong is not None:
        raise wrong
    shape, kind = numpy.broadcast_shapes(a.shape, b.shape), dtypes.result_of((a, b)).numpy
    return [
        each if unwrap(each).shape == shape else expand(each, shape)
        for each in (to_dtype(x, kind), to_dtype(y, kind))
    ]


def reduced(xp: Any, each: Any, reduction: str) -> Any:
    """A kernel's values, one a pair, as `reduction` wants them."""
    if reduction == "none":
        return each
    wide = xp.float32 if each.dtype.itemsize == 2 else None
    total = xp.add.reduce(each, None, wide)
    if reduction == "mean":
        total = total / each.size
    return total if wide is None else total.astype(each.dtype)


def spread(g: Any, reduction: str, count: int) -> Any:
    """The gradient of each pair's value: `g`, divided among them if they were averaged."""
    return g * (1.0 / max(count, 1)) if reduction == "mean" else g


def plus(a: Any, b: Any) -> Any:
    """The sum of two gradients, either of which may be None."""
    return b if a is None else a if b is None else a + b


class MseLoss(Loss):
    """(x - y)**2"""

    outputs = ("out", "diff")
    saves = ("diff",)

    def kernel(xp, x, y, *, reduction):
        d = x - y
        if d.dtype.kind in "iub":
            raise NotImplementedError('"mse_cpu" not implemented')
        if reduction == "none":
            return d * d, d
        flat = d.reshape(-1) if d.dtype.itemsize > 2 else d.reshape(-1).astype(xp.float32)
        total = xp.dot(flat, flat)
        if reduction == "mean":
            total = total / d.size
        return total if flat.dtype is d.dtype else total.astype(d.dtype), d

    def grad_x(ctx, g, g_diff):
        if g is None:
            return g_diff
        factor = 2.0 / max(unwrap(ctx.diff).size, 1) if ctx.reduction == "mean" else 2.0
        return plus(g * factor * ctx.diff, g_diff)

    def grad_y(ctx, g, g_diff):
        if g is None:
            return -g_diff
        factor = -2.0 / max(unwrap(ctx.diff).size, 1) if ctx.reduction == "mean" else -2.0
        return plus(g * factor * ctx.diff, None if g_diff is None else -g_diff)


class HuberLoss(Loss):
    """c (|x - y| - c / 2) / scale with c = min(|x - y|, delta)"""

    outputs = ("out", "diff")
    saves = ("diff",)

    def kernel(xp, x, y, *, reduction, delta, scale=1.0, short="huber"):
        d = x - y
        if d.dtype.kind in "iub":
            raise NotImplementedError(f'"{short}_cpu" not implemented')
        size = xp.abs(d)
        near = xp.minimum(size, delta)
        size -= near * 0.5
        size *= near
        if scale != 1.0:
            size /= scale
        return reduced(xp, size, reduction), d

    def grad_x(ctx, g, g_diff):
        return plus(_huber_slope(ctx, g, 1.0), g_diff)

    def grad_y(ctx, g, g_diff):
        return plus(_huber_slope(ctx, g, -1.0), None if g_diff is None else -g_diff)


def _huber_slope(ctx, g, sign):
    if g is None:
        return None
    share = spread(g * (sign / ctx.scale), ctx.reduction, unwrap(ctx.diff).size)
    return share * clamp(ctx.diff, -ctx.delta, ctx.delta)


class SmoothL1Loss(HuberLoss):
    """The Huber loss divided by its threshold"""


def pairs(ctx):
    """How many pairs a loss has compared."""
    return math.prod(ctx.shapes[0])


def legacy_reduction(size_average: bool | None, reduce: bool | None, reduction: str) -> str:
    """The reduction meant by the deprecated arguments, with a warning if one is given."""
    if size_average is not None or reduce is not None:
        reduction = "none"
        if reduce is None or reduce:
            reduction = "mean" if size_average is None or size_average else "sum"
        warnings.warn(
            "size_average and reduce args will be deprecated, please use "
            f"reduction='{reduction}' instead.",
            stacklevel=3,
        )
    if reduction not in ("mean", "sum", "none"):
        raise ValueError(f"{reduction} is not a valid value for reduction")
    return reduction


def reduce_loss(each: Any, reduction: str) -> Any:
    """A loss made of other operations: its values as `reduction` wants them."""
    if reduction == "mean":
        return mean(each)
    return sum(each) if reduction == "sum" else each


def size_of(x: Any) -> str:
    """A shape as PyTorch's messages have it."""
    return repr(Size(unwrap(x).shape))


def _check_pair(input: Any, target: Any) -> None:
    """Warn when the shapes differ: the commonest silent mistake in a regression."""
    if not isinstance(input, TensorBase) or not isinstance(target, TensorBase):
        wrong = target if isinstance(input, TensorBase) else input
        raise AttributeError(
            hint(
                f"'{type(wrong).__name__}' object has no attribute 'size'",
                "a loss compares two tensors: make one with torch.tensor(...)",
            )
        )
    if input._data.shape != target._data.shape:
        text = BROADCAST.format(size_of(target), size_of(input))
        warnings.warn(text, stacklevel=3)


def _weigh(each: Any, weight: Any, reduction: str) -> Any:
    """Losses one a pair, weighted; their mean is over the weights."""
    if unwrap(weight).shape != unwrap(each).shape:
        raise ValueError("Weights and input must have the same size.")
    weighted = each * weight
    if reduction == "mean":
        return sum(weighted) / sum(weight)
    return reduce_loss(weighted, reduction)


def mse_loss(
    input: Tensor,
    target: Tensor,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
    weight: Tensor | None = None,
) -> Tensor:
    """Mean squared error, (input - target)**2 averaged.

    With `reduction="sum"` the sum, with "none" one value a pair. Warns when the shapes differ.

    Shape: input (*), target (*), output () or, unreduced, (*).

    >>> mse_loss(tensor([1.0, 2.0]), tensor([0.0, 0.0]))
    tensor(2.5000)
    """
    if size_average is not None or reduce is not None or reduction != "mean":
        reduction = legacy_reduction(size_average, reduce, reduction)
    _check_pair(input, target)
    if weight is not None:
        return _weigh(sub(input, target) ** 2, weight, reduction)
    loss: Tensor = apply(MseLoss, *matched(input, target), reduction=reduction)[0]
    return loss


def l1_loss(
    input: Tensor,
    target: Tensor,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
    weight: Tensor | None = None,
) -> Tensor:
    """Mean absolute error, |input - target| averaged.

    Shape: input (*), target (*), output () or, unreduced, (*).

    >>> l1_loss(tensor([1.0, 2.0]), tensor([0.0, 0.0]))
    tensor(1.5000)
    """
    reduction = legacy_reduction(size_average, reduce, reduction)
    _check_pair(input, target)
    each = abs(sub(input, target))
    return reduce_loss(each, reduction) if weight is None else _weigh(each, weight, reduction)


def smooth_l1_loss(
    input: Tensor,
    target: Tensor,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
    beta: float = 1.0,
) -> Tensor:
    """Squared error below `beta`, absolute error above: d**2 / (2 beta), or d - beta / 2.

    Shape: input (*), target (*), output () or, unreduced, (*).

    Girshick, "Fast R-CNN" (2015).

    >>> smooth_l1_loss(tensor([0.5, 2.0]), tensor([0.0, 0.0]), reduction="none")
    tensor([0.1250, 1.5000])
    """
    reduction = legacy_reduction(size_average, reduce, reduction)
    _check_pair(input, target)
    if beta < 0:
        raise RuntimeError("smooth_l1_loss does not support negative values for beta.")
    if beta == 0:
        return reduce_loss(abs(sub(input, target)), reduction)
    params = {"reduction": reduction, "delta": beta, "scale": beta, "short": "smooth_l1"}
    loss: Tensor = apply(SmoothL1Loss, *matched(input, target), **params)[0]
    return loss


def huber_loss(
    input: Tensor,
    target: Tensor,
    reduction: str = "mean",
    delta: float = 1.0,
    weight: Tensor | None = None,
) -> Tensor:
    """Squared error below `delta`, absolute error above: d**2 / 2, or delta (d - delta / 2).

    Shape: input (*), target (*), output () or, unreduced, (*).

    Huber, "Robust estimation of a location parameter" (1964).

    >>> huber_loss(tensor([0.5, 3.0]), tensor([0.0, 0.0]), reduction="none", delta=2.0)
    tensor([0.1250, 4.0000])
    """
    reduction = legacy_reduction(None, None, reduction)
    _check_pair(input, target)
    if delta <= 0:
        raise RuntimeError("huber_loss does not support non-positive values for delta.")
    inner = reduction if weight is None else "none"
    params = {"reduction": inner, "delta": delta, "scale": 1.0}
    loss: Tensor = apply(HuberLoss, *matched(input, target), **params)[0]
    if weight is None:
        return loss
    return reduce_loss(_weigh(loss, weight, "none"), reduction)  # not over the weights
