"""Losses that are negative log-likelihoods: of yes or no, of counts and of normal variables.

Those of classes are in `classification`.
"""

from __future__ import annotations

import math
import warnings
from typing import TYPE_CHECKING

from ..backend import namespace
from ..core import dtype as dtypes
from ..core.apply import apply
from ..core.tensor import TensorBase, unwrap
from ..errors import hint
from .activation import logsigmoid
from .compare import where
from .convert import clone, to_dtype
from .creation import full_like
from .extremes import clamp
from .loss import Loss, legacy_reduction, pairs, reduce_loss, reduced, size_of, spread
from .math import exp, log, log1p, sigmoid, xlogy
from .shape import reshape

if TYPE_CHECKING:
    from ..tensor import Tensor

KL_MEAN = (
    "reduction: 'mean' divides the total loss by both the batch size and the support size."
    "'batchmean' divides only by the batch size, and aligns with the KL div math definition."
    "'mean' will be changed to behave the same as 'batchmean' in the next major release."
)


class BinaryCrossEntropy(Loss):
    """-w (y log x + (1 - y) log(1 - x)), the logarithms at least -100"""

    nondiff = ("weight",)
    saves = ("x", "y", "weight")

    def kernel(xp, x, y, weight, *, reduction):
        each = (y - 1) * xp.maximum(xp.log1p(-x), -100)
        each -= y * xp.maximum(xp.log(x), -100)
        if weight is not None:
            each *= weight
        return reduced(xp, each, reduction)

    def grad_x(ctx, g):
        slope = (ctx.x - ctx.y) / clamp((1 - ctx.x) * ctx.x, min=1e-12)
        return _weighted(spread(g, ctx.reduction, pairs(ctx)) * slope, ctx.weight)

    def grad_y(ctx, g):
        slope = clamp(log1p(-ctx.x), min=-100) - clamp(log(ctx.x), min=-100)
        return _weighted(spread(g, ctx.reduction, pairs(ctx)) * slope, ctx.weight)


def _weighted(x, weight):
    return x if weight is None else x * weight


class BinaryCrossEntropyWithLogits(Loss):
    """-w (p y log s(x) + (1 - y) log(1 - s(x))) with s the logistic function"""

    nondiff = ("weight", "pos_weight")
    saves = ("x", "y", "weight", "pos_weight")

    def kernel(xp, x, y, weight, pos_weight, *, reduction):
        e = xp.exp(-xp.abs(x))
        u = e + 1  # log(1 + e) by the vectorised logarithm, and what was lost in rounding 1 + e
        each = xp.log(u)
        each -= (u - 1 - e) / u
        each -= xp.minimum(x, 0)
        if pos_weight is not None:
            each = each * ((pos_weight - 1) * y + 1)
        each = each + (1 - y) * x
        if weight is not None:
            each = each * weight
        return reduced(xp, each, reduction)

    def grad_x(ctx, g):
        if ctx.pos_weight is None:
            slope = sigmoid(ctx.x) - ctx.y
        else:
            positive = ctx.y * ctx.pos_weight
            slope = (positive + 1 - ctx.y) * sigmoid(ctx.x) - positive
        return _weighted(spread(g, ctx.reduction, pairs(ctx)) * slope, ctx.weight)

    def grad_y(ctx, g):
        if ctx.pos_weight is None:
            slope = -ctx.x
        else:
            slope = logsigmoid(-ctx.x) - ctx.pos_weight * logsigmoid(ctx.x)
        return _weighted(spread(g, ctx.reduction, pairs(ctx)) * slope, ctx.weight)


def binary_cross_entropy(
    input: Tensor,
    target: Tensor,
    weight: Tensor | None = None,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Tensor:
    """-(target log(input) + (1 - target) log(1 - input)) averaged; logarithms are at least -100.

    Shape: input (*) with values in [0, 1], target (*), output () or, unreduced, (*).

    Raises RuntimeError for values that are no probabilities.

    >>> binary_cross_entropy(tensor([0.5, 0.9]), tensor([1.0, 1.0]))
    tensor(0.3993)
    """
    reduction = legacy_reduction(size_average, reduce, reduction)
    x, y = unwrap(input), unwrap(target)
    if x.shape != y.shape:
        raise ValueError(
            f"Using a target size ({size_of(target)}) that is different to the input size "
            f"({size_of(input)}) is deprecated. Please ensure they have the same size."
        )
    if x.dtype is not y.dtype:
        kinds = dtypes.of_array(y), dtypes.of_array(x)
        message = f"Found dtype {kinds[0].short} but expected {kinds[1].short}"
        raise RuntimeError(hint(message, f"convert the target: target.to({kinds[1]})"))
    for name, a in (("input", x), ("target", y)):
        if a.size and not (a.min() >= 0 and a.max() <= 1):
            message = f"all elements of {name} should be between 0 and 1"
            advice = "apply sigmoid, or use binary_cross_entropy_with_logits"
            raise RuntimeError(hint(message, advice))
    loss: Tensor = apply(BinaryCrossEntropy, input, target, weight, reduction=reduction)
    return loss


def binary_cross_entropy_with_logits(
    input: Tensor,
    target: Tensor,
    weight: Tensor | None = None,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
    pos_weight: Tensor | None = None,
) -> Tensor:
    """Binary cross-entropy of sigmoid(input), computed without overflow.

    `pos_weight` weighs the positive examples of each class.

    Shape: input (*), target (*), output () or, unreduced, (*).

    >>> binary_cross_entropy_with_logits(tensor([0.0, 200.0]), tensor([1.0, 0.0]))
    tensor(100.3466)
    """
    reduction = legacy_reduction(size_average, reduce, reduction)
    if unwrap(input).shape != unwrap(target).shape:
        raise ValueError(
            f"Target size ({size_of(target)}) must be the same as input size ({size_of(input)})"
        )
    kinds = dtypes.of_array(unwrap(input)), dtypes.of_array(unwrap(target))
    if not kinds[1].is_floating_point:
        message = f"result type {kinds[0].short} can't be cast to the desired output type "
        raise RuntimeError(hint(message + kinds[1].short, "convert the target: target.float()"))
    kind = dtypes.promote_types(*kinds).numpy
    both = to_dtype(input, kind), to_dtype(target, kind)
    loss = apply(BinaryCrossEntropyWithLogits, *both, weight, pos_weight, reduction=reduction)
    return to_dtype(loss, kinds[1].numpy)


def kl_div(
    input: Tensor,
    target: Tensor,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
    log_target: bool = False,
) -> Tensor:
    """Kullback-Leibler divergence, target (log target - input), with logarithms as input.

    `reduction="batchmean"` divides the sum by the batch size, as the definition does.

    Shape: input (*), target (*), output () or, unreduced, (*).

    Kullback and Leibler, "On information and sufficiency" (1951).

    >>> kl_div(tensor([[0.5, 0.5]]).log(), tensor([[0.9, 0.1]]), reduction="batchmean")
    tensor(0.3681)
    """
    batchmean = reduction == "batchmean"
    reduction = legacy_reduction(size_average, reduce, "sum" if batchmean else reduction)
    if reduction == "mean":
        warnings.warn(KL_MEAN, stacklevel=2)
    if log_target:
        each = exp(target) * (target - input)
    else:
        each = xlogy(target, target) - target * input
    loss = reduce_loss(each, reduction)
    if batchmean and unwrap(input).ndim:
        loss = loss / unwrap(input).shape[0]
    return loss


def poisson_nll_loss(
    input: Tensor,
    target: Tensor,
    log_input: bool = True,
    full: bool = False,
    size_average: bool | None = None,
    eps: float = 1e-8,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Tensor:
    """exp(input) - target * input; without `log_input`, input - target * log(input + eps).

    `full` adds Stirling's approximation of log(target!) where the target is above 1.

    Shape: input (*), target (*), output () or, unreduced, (*).

    >>> poisson_nll_loss(tensor([0.0, 1.0]), tensor([1.0, 2.0]), reduction="none")
    tensor([1.0000, 0.7183])
    """
    reduction = legacy_reduction(size_average, reduce, reduction)
    each = exp(input) - target * input if log_input else input - target * log(input + eps)
    if full:
        stirling = target * log(target) - target + 0.5 * log(2 * math.pi * target)
        each = each + where(target <= 1, 0.0, stirling)
    return reduce_loss(each, reduction)


def _differs_by_a_one(given: tuple[int, ...], shape: tuple[int, ...]) -> bool:
    """Whether one size is 1, and the other sizes are those of the shape."""
    if len(given) != len(shape):
        return False
    return [n for n, m in zip(given, shape, strict=True) if n != m] == [1]


def gaussian_nll_loss(
    input: Tensor,
    target: Tensor,
    var: Tensor | float,
    full: bool = False,
    eps: float = 1e-6,
    reduction: str = "mean",
) -> Tensor:
    """(log var + (input - target)**2 / var) / 2, with var at least `eps`.

    `full` adds log(2 pi) / 2. No gradient knows that `eps` replaced a variance.

    Shape: input (*), target (*), var (*), (*, 1) or without the last dimension, output () or (*).

    Nix and Weigend, "Estimating the mean and variance of the target distribution" (1994).

    >>> gaussian_nll_loss(tensor([1.0]), tensor([3.0]), tensor([4.0]))
    tensor(1.1931)
    """
    if not isinstance(var, TensorBase):
        if var < 0:
            raise ValueError("var has negative entry/entries")
        var = full_like(input, var)
    shape, given = unwrap(input).shape, unwrap(var).shape
    if given != shape:
        if given == shape[:-1]:
            var = reshape(var, (*given, 1))
        elif not _differs_by_a_one(given, shape):
            advice = f"the input has the shape {shape}, var {given}"
            raise ValueError(hint("var is of incorrect size", advice))
    reduction = legacy_reduction(None, None, reduction)
    if (unwrap(var) < 0).any():
        raise ValueError(hint("var has negative entry/entries", "a variance is v.exp(), say"))
    var = clone(var)
    data = unwrap(var)
    namespace(data).maximum(data, eps, out=data)
    each = 0.5 * (log(var) + (input - target) ** 2 / var)
    if full:
        each = each + 0.5 * math.log(2 * math.pi)
    return reduce_loss(each, reduction)
