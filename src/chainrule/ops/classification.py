"""Losses over classes: negative log-likelihood and cross-entropy."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy

from ..core import dtype as dtypes
from ..core.apply import apply, binary
from ..core.primitive import Primitive
from ..core.tensor import TensorBase, unwrap, wrap
from ..errors import hint
from .arithmetic import Div
from .compare import where
from .loss import legacy_reduction
from .reduce import sum
from .shape import reshape
from .softmax import log_softmax

if TYPE_CHECKING:
    from ..tensor import Tensor


class NllLoss(Primitive):
    """-w[t] x[t] for each target t, x holding a value for each class along its second axis"""

    outputs = ("out", "index", "scale")
    nondiff = ("target", "weight", "index", "scale")
    saves = ("index", "scale")

    def kernel(xp, x, target, weight, *, reduction, ignore_index):
        index, classes, valid = _positions(xp, x.shape, target, ignore_index)
        picked = x.reshape(-1).take(index)
        if weight is None and valid is None:
            if reduction == "none":
                return -picked.reshape(target.shape), index, x.dtype.type(-1)
            total = xp.add.reduce(picked)
            if reduction == "sum":
                return -total, index, x.dtype.type(-1)
            count = index.size
            return -total / count, index, x.dtype.type(-1.0 / max(count, 1))
        each = xp.ones(index.shape, x.dtype) if weight is None else weight.take(classes)
        if valid is not None:
            each = xp.where(valid, each, 0)
            picked = xp.where(valid, picked, 0)
        loss = -(picked * each)
        if reduction == "none":
            return loss.reshape(target.shape), index, -each
        total = xp.add.reduce(loss)
        if reduction == "sum":
            return total, index, -each
        weights = xp.add.reduce(each)
        scale = each / -weights
        return total / weights, index, scale if valid is None else xp.where(valid, scale, 0)

    def grad_x(ctx, g, g_index, g_scale):
        if ctx.reduction == "none":
            g = reshape(g, (-1,))
        return apply(Put, g * ctx.scale, ctx.index, shape=ctx.shapes[0])


def _positions(xp, shape, target, ignore_index):
    """Where in the flat input each target's value is, its class, and which are not ignored."""
    classes = target.reshape(-1)
    count = shape[1] if len(shape) > 1 else shape[0]
    if classes.dtype.kind == "i":  # one comparison finds what is negative, too large, or ignored
        largest = int(classes.view(xp.uint64).max(initial=0))
    else:
        largest = int(classes.max(initial=0))
    valid = None
    if largest >= count or 0 <= ignore_index < count:
        valid = classes != ignore_index
        outside = valid & ((classes < 0) | (classes >= count))
        if outside.any():
            message = f"Target {int(classes[outside][0])} is out of bounds."
            advice = f"with {count} classes the targets are 0 to {count - 1}"
            raise IndexError(hint(message, advice))
        classes = xp.where(valid, classes, 0)
    if len(shape) == 1:
        return classes, classes, valid
    inner = math.prod(shape[2:])
    if inner == 1:
        return xp.arange(0, classes.size * count, count) + classes, classes, valid
    rows = xp.arange(0, shape[0] * count * inner, count * inner)[:, None] + xp.arange(inner)
    return rows.reshape(-1) + classes * inner, classes, valid


class Take(Primitive):
    """The elements of x at flat positions"""

    nondiff = ("index",)
    saves = ("index",)

    def kernel(xp, x, index):
        return x.reshape(-1).take(index)

    def grad_x(ctx, g):
        return apply(Put, g, ctx.index, shape=ctx.shapes[0])


class Put(Primitive):
    """Zeros of a shape, with x (one value, or one for each) at flat positions, all different"""

    nondiff = ("index",)
    saves = ("index",)

    def kernel(xp, x, index, *, shape):
        out = xp.zeros(math.prod(shape), x.dtype)
        out[index] = x
        return out.reshape(shape)

    def grad_x(ctx, g):
        taken = apply(Take, g, ctx.index)
        return taken if ctx.shapes[0] else sum(taken)


class DivByCount(Div):
    """x / y, for a number y"""

    label = "DivBackward1"


def nll_loss(
    input: Tensor,
    target: Tensor,
    weight: Tensor | None = None,
    size_average: bool | None = None,
    ignore_index: int = -100,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Tensor:
    """Negative log-likelihood, -weight[target] * input[target], averaged over the weights.

    `input` holds the logarithms of probabilities; targets equal to `ignore_index` do not count.

    Shape: input (C), (N, C) or (N, C, *), target (), (N) or (N, *), output () or that of target.

    Raises IndexError for a target that is no class.

    >>> nll_loss(tensor([[-0.5, -1.0], [-0.1, -3.0]]), tensor([0, 1]))
    tensor(1.7500)
    """
    if size_average is not None or reduce is not None or reduction != "mean":
        reduction = legacy_reduction(size_average, reduce, reduction)
    _check_classes(unwrap(input), unwrap(target), unwrap(weight))
    params = {"reduction": reduction, "ignore_index": ignore_index}
    if unwrap(input).ndim > 2:
        loss: Tensor = apply(NllLoss2D, input, target, weight, **params)[0]
    else:
        loss = apply(NllLoss, input, target, weight, **params)[0]
    return loss


class NllLoss2D(NllLoss):
    """The same for images: one target at each position"""


def _check_classes(x: Any, target: Any, weight: Any) -> None:
    """PyTorch's errors for shapes and dtypes that do not belong together."""
    if not x.ndim:
        raise ValueError("Expected 1 or more dimensions (got 0)")
    batch = target.shape[0] if target.ndim else 1
    if x.ndim > 1 and x.shape[0] != batch:
        raise ValueError(
            f"Expected input batch_size ({x.shape[0]}) to match target batch_size ({batch})."
        )
    if x.ndim <= 2 and target.ndim > 1:
        message = "0D or 1D target tensor expected, multi-target not supported"
        advice = "the target holds class indices: did you mean target.squeeze(1)?"
        raise RuntimeError(hint(message, advice))
    if x.ndim == 1 and target.ndim == 1 and batch != 1:
        raise ValueError(f"For 1D input, 1D target must have size 1, but got target size: {batch}")
    if x.ndim > 2 and x.shape[2:] != target.shape[1:]:
        raise RuntimeError(_position_message(x.shape, target.shape))
    kind = dtypes.of_array(target)
    if kind is not dtypes.int64 and kind is not dtypes.uint8:
        message = f"expected target dtype to be Long or Byte, but got {kind.short}"
        advice = "class indices are integers: target.long()"
        if kind.is_floating_point:
            advice += f"; probabilities have the shape of the input, {x.shape}"
        raise RuntimeError(hint(message, advice))
    classes = x.shape[1] if x.ndim > 1 else x.shape[0]
    if weight is not None and weight.shape != (classes,):
        raise RuntimeError(
            f"weight tensor should be defined either for all {classes} classes or no classes but "
            f"got weight tensor of shape: {list(weight.shape)}"
        )
    if weight is not None and weight.dtype is not x.dtype:
        raise RuntimeError(
            f"expected scalar type {dtypes.of_array(x).short} but found "
            f"{dtypes.of_array(weight).short}"
        )


def _position_message(shape: tuple[int, ...], target: tuple[int, ...]) -> str:
    if len(shape) == 4:
        return f"size mismatch (got input: {list(shape)} , target: {list(target)}"
    return f"Expected target size {[shape[0], *shape[2:]]}, got {list(target)}"


def cross_entropy(
    input: Tensor,
    target: Tensor,
    weight: Tensor | None = None,
    size_average: bool | None = None,
    ignore_index: int = -100,
    reduce: bool | None = None,
    reduction: str = "mean",
    label_smoothing: float = 0.0,
) -> Tensor:
    """Cross-entropy of logits: -log softmax(input)[target], averaged over the weights.

    The target holds class indices, or probabilities in the shape of the input. `label_smoothing`
    mixes the target with the uniform distribution. Apply no softmax before.

    Shape: input (C), (N, C) or (N, C, *), target (), (N), (N, *) or that of input, output () or,
    unreduced, that of the class indices.

    Szegedy et al., "Rethinking the Inception architecture" (2016), for label smoothing.

    >>> cross_entropy(tensor([[2.0, 0.0], [0.0, 3.0]]), tensor([0, 1]))
    tensor(0.0878)
    """
    if size_average is not None or reduce is not None or reduction != "mean":
        reduction = legacy_reduction(size_average, reduce, reduction)
    for position, name, value in ((1, "input", input), (2, "target", target)):
        if not isinstance(value, TensorBase):
            raise TypeError(
                f"cross_entropy_loss(): argument '{name}' (position {position}) must be Tensor, "
                f"not {type(value).__name__}"
            )
    if not 0.0 <= label_smoothing <= 1.0:
        raise RuntimeError(f"label_smoothing must be between 0.0 and 1.0. Got: {label_smoothing:g}")
    axis = 0 if input._data.ndim == 1 else 1
    if target._data.shape == input._data.shape:
        if ignore_index >= 0:
            raise RuntimeError("ignore_index is not supported for floating point target")
        return _soft_cross_entropy(input, target, weight, reduction, label_smoothing, axis)
    x = log_softmax(input, axis)
    if label_smoothing:
        return _smoothed(x, target, weight, ignore_index, reduction, label_smoothing, axis)
    return nll_loss(x, target, weight, None, ignore_index, None, reduction)


def _soft_cross_entropy(
    input: Any, target: Any, weight: Any, reduction: str, smoothing: float, axis: int
) -> Any:
    """Cross-entropy with a distribution as target."""
    kind = dtypes.of_array(unwrap(target))
    if not kind.is_floating_point:
        raise RuntimeError(
            f"Expected floating point type for target with class probabilities, got {kind.short}"
        )
    shape = unwrap(input).shape
    if smoothing:
        target = target * (1 - smoothing) + smoothing / shape[axis]
    each = log_softmax(input, axis) * target
    if weight is not None:
        each = each * _along(weight, shape, axis)
    if reduction == "none":
        return -sum(each, axis)
    total = -sum(each)
    if reduction == "sum":
        return total
    return binary(DivByCount, total, math.prod(shape) / shape[axis] if 0 not in shape else 0)


def _along(weight: Any, shape: tuple[int, ...], axis: int) -> Any:
    """A weight for each class, in a shape that broadcasts along the class axis."""
    return reshape(weight, (-1, *[1] * (len(shape) - axis - 1)))


def _smoothed(
    x: Any, target: Any, weight: Any, ignore_index: int, reduction: str, smoothing: float, axis: int
) -> Any:
    """Cross-entropy with class indices and label smoothing, from logarithms of probabilities."""
    nll = nll_loss(x, target, weight, None, ignore_index, None, reduction)
    shape = unwrap(x).shape
    uniform = -sum(x if weight is None else x * _along(weight, shape, axis), axis)
    indices = unwrap(target)
    valid = indices != ignore_index
    if not valid.all():
        uniform = where(wrap(valid), uniform, 0)
    if reduction == "mean":
        if weight is None:
            total: Any = int(valid.sum())
        else:
            chosen = unwrap(weight).take(numpy.where(valid, indices, 0))
            total = float((chosen * valid).sum())
        uniform = sum(uniform) / (total or math.nan)
    elif reduction == "sum":
        uniform = sum(uniform)
    return nll * (1 - smoothing) + uniform * (smoothing / shape[axis])
