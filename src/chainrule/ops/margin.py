"""Losses with a margin: right answers should lead wrong ones, or similar things be near."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ..core import dtype as dtypes
from ..core.apply import apply
from ..core.primitive import Primitive
from ..core.tensor import unwrap
from ..errors import hint
from .activation import logsigmoid
from .arithmetic import neg
from .compare import where
from .distance import pairwise_distance
from .extremes import clamp_min, minimum
from .loss import Loss, legacy_reduction, matched, pairs, reduce_loss, reduced, size_of, spread
from .math import sigmoid
from .reduce import sum
from .roots import sqrt
from .shape import unsqueeze

if TYPE_CHECKING:
    from ..tensor import Tensor


class SoftMarginLoss(Loss):
    """log(1 + exp(-x y))"""

    saves = ("x", "y")

    def kernel(xp, x, y, *, reduction):
        return reduced(xp, xp.log1p(xp.exp(-x * y)), reduction)

    def grad_x(ctx, g):
        return spread(g, ctx.reduction, pairs(ctx)) * (-ctx.y * sigmoid(-ctx.x * ctx.y))

    def grad_y(ctx, g):
        return spread(g, ctx.reduction, pairs(ctx)) * (-ctx.x * sigmoid(-ctx.x * ctx.y))


class MarginLoss(Primitive):
    """A loss of hinges: each row's mean of max(0, margin - lead)**p, then reduced

    The slope of every hinge is computed along with the loss, as a hidden output.
    """

    outputs = ("out", "slope")
    nondiff = ("target", "weight")
    saves = ("slope",)

    def grad_x(ctx, g, g_slope):
        if g_slope is not None and getattr(ctx, "p", 1) == 2:
            name = "multi_margin_loss_backward"
            raise RuntimeError(f"derivative for aten::{name} is not implemented")
        if g is None:
            return None
        if ctx.reduction == "none" and len(ctx.shapes[0]) == 2:
            g = unsqueeze(g, 1)
        return g * ctx.slope


class MultiMarginLoss(MarginLoss):
    """Hinges between the target's value and every other"""

    def kernel(xp, x, target, weight, *, p, margin, reduction):
        rows = x if x.ndim == 2 else x.reshape(1, -1)
        index = target.reshape(-1, 1)
        lead = xp.take_along_axis(rows, index, 1) - rows
        hinge = xp.maximum(margin - lead, 0)
        xp.put_along_axis(hinge, index, 0, 1)
        slope = (hinge > 0).astype(x.dtype) if p == 1 else 2 * hinge
        hinge = hinge**p
        if weight is not None:
            scale = weight[index]
            hinge, slope = hinge * scale, slope * scale
        xp.put_along_axis(slope, index, -slope.sum(1, keepdims=True), 1)
        return _row_means(xp, hinge, slope, x, target.shape, reduction)


class MultilabelMarginLoss(MarginLoss):
    """Hinges between the value of every target and of every class that is none"""

    def kernel(xp, x, target, weight, *, reduction):
        rows = x if x.ndim == 2 else x.reshape(1, -1)
        labels = target.reshape(rows.shape)
        listed = xp.cumsum(labels < 0, 1) == 0  # a -1 ends the list
        is_target = xp.zeros(rows.shape, bool)
        row, column = xp.nonzero(listed)
        is_target[row, labels[row, column]] = True
        losses, slope = xp.zeros_like(rows), xp.zeros_like(rows)
        for i in range(rows.shape[0]):
            right = labels[i][listed[i]]
            wrong = xp.flatnonzero(~is_target[i])
            hinge = xp.maximum(1 - rows[i][right][:, None] + rows[i][wrong], 0)
            losses[i, wrong] = hinge.sum(0)
            slope[i, wrong] = (hinge > 0).sum(0)
            xp.add.at(slope[i], right, -(hinge > 0).sum(1).astype(x.dtype))
        return _row_means(xp, losses, slope, x, target.shape[:-1], reduction)


def _row_means(xp, losses, slope, x, shape, reduction):
    """The mean over the classes, then over the rows as `reduction` says; and the slope of that."""
    classes = losses.shape[1]
    each = (losses.sum(1) / classes).astype(x.dtype)
    divisor = classes * (len(each) if reduction == "mean" else 1)
    slope = (slope / divisor).astype(x.dtype).reshape(x.shape)
    return (each.reshape(shape) if reduction == "none" else reduced(xp, each, reduction)), slope


def soft_margin_loss(
    input: Tensor,
    target: Tensor,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Tensor:
    """log(1 + exp(-target * input)) for targets 1 and -1.

    Shape: input (*), target (*), output () or, unreduced, (*).

    >>> soft_margin_loss(tensor([0.0, 2.0]), tensor([1.0, 1.0]))
    tensor(0.4100)
    """
    reduction = legacy_reduction(size_average, reduce, reduction)
    loss: Tensor = apply(SoftMarginLoss, *matched(input, target), reduction=reduction)
    return loss


def hinge_embedding_loss(
    input: Tensor,
    target: Tensor,
    margin: float = 1.0,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Tensor:
    """The distance `input` where the target is 1, max(0, margin - input) where it is -1.

    Shape: input (*), target (*), output () or, unreduced, (*).

    >>> hinge_embedding_loss(tensor([0.5, 0.2]), tensor([1, -1]), reduction="none")
    tensor([0.5000, 0.8000])
    """
    reduction = legacy_reduction(size_average, reduce, reduction)
    far = where(target != 1, clamp_min(margin - input, 0), 0.0)
    near = where(target != -1, input, 0.0)
    return reduce_loss(far + near, reduction)


def margin_ranking_loss(
    input1: Tensor,
    input2: Tensor,
    target: Tensor,
    margin: float = 0,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Tensor:
    """max(0, -target (input1 - input2) + margin): target 1 wants input1 above input2.

    Shape: input1, input2, target (*) of the same rank, output () or, unreduced, (*).

    >>> margin_ranking_loss(tensor([1.0]), tensor([3.0]), tensor([1.0]))
    tensor(2.)
    """
    reduction = legacy_reduction(size_average, reduce, reduction)
    if not unwrap(input1).ndim == unwrap(input2).ndim == unwrap(target).ndim:
        raise RuntimeError(
            "margin_ranking_loss : All input tensors should have same dimension but got sizes: "
            f"input1: {size_of(input1)}, input2: {size_of(input2)}, target: {size_of(target)} "
        )
    each = clamp_min(neg(target) * (input1 - input2) + margin, 0)
    return reduce_loss(each, reduction)


def cosine_embedding_loss(
    input1: Tensor,
    input2: Tensor,
    target: Tensor,
    margin: float = 0,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Tensor:
    """1 - cos(input1, input2) where the target is 1, max(0, cos - margin) where it is -1.

    Shape: input1, input2 (N, D) or (D), target (N) or (), output () or, unreduced, (N).

    >>> cosine_embedding_loss(tensor([[1.0, 0.0]]), tensor([[1.0, 0.0]]), tensor([-1]))
    tensor(1.)
    """
    reduction = legacy_reduction(size_average, reduce, reduction)
    ranks = unwrap(input1).ndim, unwrap(input2).ndim
    rank = unwrap(target).ndim
    if rank > 1:
        raise RuntimeError("0D or 1D target tensor expected, multi-target not supported")
    if ranks != (rank + 1, rank + 1):
        raise RuntimeError(
            f"{rank}D target tensor expects {rank + 1}D input tensors, but found inputs with sizes "
            f"{list(unwrap(input1).shape)} and {list(unwrap(input2).shape)}."
        )
    product = sum(input1 * input2, rank)
    square1 = sum(input1 * input1, rank) + 1e-12
    square2 = sum(input2 * input2, rank) + 1e-12
    cosine = product / sqrt(square1 * square2)
    near = where(target == 1, 1 - cosine, 0.0)
    far = where(target == -1, clamp_min(cosine - margin, 0), 0.0)
    return reduce_loss(near + far, reduction)


def triplet_margin_loss(
    anchor: Tensor,
    positive: Tensor,
    negative: Tensor,
    margin: float = 1.0,
    p: float = 2,
    eps: float = 1e-6,
    swap: bool = False,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Tensor:
    """max(0, d(anchor, positive) - d(anchor, negative) + margin) with the p-norm distance d.

    With `swap` the negative's distance is to the nearer of anchor and positive.

    Shape: anchor, positive, negative (N, D) or (D), output () or, unreduced, (N).

    Balntas et al., "Learning local feature descriptors with triplets" (2016).
    """
    reduction = legacy_reduction(size_average, reduce, reduction)
    ranks = [unwrap(each).ndim for each in (anchor, positive, negative)]
    if len(set(ranks)) > 1:
        raise RuntimeError(
            "The anchor, positive, and negative tensors are expected to have the same number of "
            f"dimensions, but got: anchor {ranks[0]}D, positive {ranks[1]}D, and negative "
            f"{ranks[2]}D inputs"
        )

    def distance(a: Any, b: Any) -> Any:
        return pairwise_distance(a, b, p, eps)

    return _triplet(anchor, positive, negative, distance, margin, swap, reduction)


def _triplet(
    anchor: Any,
    positive: Any,
    negative: Any,
    distance: Callable[..., Any],
    margin: float,
    swap: bool,
    reduction: str,
) -> Any:
    if margin <= 0:
        raise ValueError(f"margin must be greater than 0, got {margin}")
    near, far = distance(anchor, positive), distance(anchor, negative)
    if swap:
        far = minimum(far, distance(positive, negative))
    return reduce_loss(clamp_min(near + margin - far, 0), reduction)


def triplet_margin_with_distance_loss(
    anchor: Tensor,
    positive: Tensor,
    negative: Tensor,
    *,
    distance_function: Callable[[Tensor, Tensor], Tensor] | None = None,
    margin: float = 1.0,
    swap: bool = False,
    reduction: str = "mean",
) -> Tensor:
    """The triplet loss with a distance of one's own, by default the Euclidean.

    Shape: anchor, positive, negative (N, *), output () or, unreduced, (N).
    """
    reduction = legacy_reduction(None, None, reduction)
    distance = pairwise_distance if distance_function is None else distance_function
    return _triplet(anchor, positive, negative, distance, margin, swap, reduction)


def multi_margin_loss(
    input: Tensor,
    target: Tensor,
    p: int = 1,
    margin: float = 1.0,
    weight: Tensor | None = None,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Tensor:
    """The mean over the other classes' max(0, margin - input[target] + input)**p, divided by C.

    Shape: input (N, C) or (C), target (N) or (), output () or, unreduced, (N).

    >>> multi_margin_loss(tensor([[0.1, 0.2, 0.4, 0.8]]), tensor([3]))
    tensor(0.3250)
    """
    reduction = legacy_reduction(size_average, reduce, reduction)
    if p not in (1, 2):
        raise ValueError("only p == 1 and p == 2 supported")
    x, y = unwrap(input), unwrap(target)
    if weight is not None and unwrap(weight).ndim != 1:
        raise ValueError("weight must be one-dimensional")
    classes = _classes(x)
    rows = x.shape[0] if x.ndim == 2 else 1
    if y.size != rows or y.ndim > 1:
        raise RuntimeError(
            "multi_margin_loss: target tensor should be 1-D with size equal to the number of input "
            f"samples (batch size). Expected target size [{rows}], but got {list(y.shape)}. Input "
            f"has shape {list(x.shape)}."
        )
    _check_long(y)
    if y.size and not 0 <= y.min() <= y.max() < classes:
        raise RuntimeError(hint("target out of range", f"targets are 0 to {classes - 1}"))
    if weight is not None and unwrap(weight).size != classes:
        raise RuntimeError(
            f"inconsistent weight size, expected {classes} but got {list(unwrap(weight).shape)}"
        )
    params = {"p": p, "margin": margin, "reduction": reduction}
    loss: Tensor = apply(MultiMarginLoss, input, target, weight, **params)[0]
    return loss


def _classes(x: Any) -> int:
    """The length of the last axis; a single number is one class."""
    if x.ndim > 2 or 0 in x.shape[-1:]:
        raise RuntimeError(
            "Expected non-empty vector or matrix with optional 0-dim batch size, but got: "
            f"{list(x.shape)}"
        )
    return int((x.shape or (1,))[-1])


def _check_long(target: Any) -> None:
    kind = dtypes.of_array(target)
    if kind is not dtypes.int64:
        message = f"expected scalar type Long but found {kind.short}"
        raise RuntimeError(hint(message, "convert the target: target.long()"))


def multilabel_margin_loss(
    input: Tensor,
    target: Tensor,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Tensor:
    """The sum of max(0, 1 - input[t] + input[i]) over targets t and other classes i, divided by C.

    Each row of the target lists classes and is ended by -1.

    Shape: input (N, C) or (C), target the same, output () or, unreduced, (N).

    >>> multilabel_margin_loss(tensor([0.1, 0.2, 0.4, 0.8]), tensor([3, 0, -1, 1]))
    tensor(0.8500)
    """
    reduction = legacy_reduction(size_average, reduce, reduction)
    x, y = unwrap(input), unwrap(target)
    if y.shape != x.shape:
        raise RuntimeError(
            f"inconsistent target size: {list(y.shape)} for input of size: {list(x.shape)}"
        )
    _check_long(y)
    if y.size and not -1 <= y.min() <= y.max() < _classes(x):
        raise RuntimeError("argument #2 'target' is out of range")
    loss: Tensor = apply(MultilabelMarginLoss, input, target, None, reduction=reduction)[0]
    return loss


def multilabel_soft_margin_loss(
    input: Tensor,
    target: Tensor,
    weight: Tensor | None = None,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Tensor:
    """Binary cross-entropy of sigmoid(input), averaged over the classes, for several labels.

    Shape: input (N, C) or (C), target the same, output () or, unreduced, (N).

    >>> multilabel_soft_margin_loss(tensor([[0.0, 0.0]]), tensor([[1.0, 0.0]]))
    tensor(0.6931)
    """
    reduction = legacy_reduction(size_average, reduce, reduction)
    each = -(target * logsigmoid(input) + (1 - target) * logsigmoid(-input))
    if weight is not None:
        each = each * weight
    return reduce_loss(sum(each, -1) / unwrap(input).shape[-1], reduction)
