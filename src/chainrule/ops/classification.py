"""Losses over classes: negative log-likelihood and cross-entropy."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy

from ..core import dtype as dtypes
from ..core.apply import apply, binary
from ..core.modes import modes
from ..core.primitive import Primitive
from ..core.tensor import TensorBase, optional, unwrap, wrap
from ..errors import hint
from .arithmetic import Div
from .compare import where
from .loss import legacy_reduction
from .mixed import single
from .reduce import sum
from .shape import reshape
from .softmax import log_softmax
from .support import on_numpy

if TYPE_CHECKING:
    from ..tensor import Tensor


class NllLoss(Primitive):
    """-w[t] x[t] for each target t, x holding a value for each class along its second axis"""

    outputs = ("out", "classes", "scale")
    nondiff = ("target", "weight", "classes", "scale")
    saves = ("classes", "scale")

    def kernel(xp, x, target, weight, *, reduction, ignore_index):
        count = x.shape[_axis(x.shape)]
        outside = (target < 0) | (target >= count)
        if weight is None and not (0 <= ignore_index < count or outside.any()):
            return _equally(xp, Take.kernel(xp, x, target), target, reduction)
        valid = target != ignore_index
        if (valid & outside).any():
            raise _out_of_bounds(target[valid], count)
        classes = xp.where(valid, target, 0)
        picked = Take.kernel(xp, x, classes)
        each = valid.astype(x.dtype) if weight is None else _weights(xp, weight, valid, classes)
        loss = xp.where(valid, -picked, 0) * each
        if reduction == "none":
            return loss, classes, -each
        total = xp.add.reduce(loss, None)
        if reduction == "sum":
            return total, classes, -each
        weights = xp.add.reduce(each, None)
        return total / weights, classes, xp.where(valid, each / -weights, 0)

    def grad_x(ctx, g, g_classes, g_scale):
        return apply(Put, g * ctx.scale, ctx.classes, shape=ctx.shapes[0])


@on_numpy(NllLoss)
def _nll_loss(x, target, weight, *, reduction, ignore_index):
    """The same by indices, without the scale of each where they all have one."""
    classes, valid = _checked(x.shape, target, ignore_index)
    picked = x.reshape(-1).take(_positions(x.shape, classes))
    if weight is None and valid is None:
        return _equally(numpy, picked.reshape(target.shape), classes, reduction)
    flat = classes.reshape(-1)
    each = numpy.ones(flat.shape, x.dtype) if weight is None else weight.take(flat)
    if valid is not None:
        each = numpy.where(valid, each, 0)
        picked = numpy.where(valid, picked, 0)
    loss = -(picked * each)
    if reduction == "none":
        return loss.reshape(target.shape), classes, -each.reshape(target.shape)
    total = numpy.add.reduce(loss)
    if reduction == "sum":
        return total, classes, -each.reshape(target.shape)
    weights = numpy.add.reduce(each)
    scale = each / -weights
    scale = scale if valid is None else numpy.where(valid, scale, 0)
    return total / weights, classes, scale.reshape(target.shape)


def _equally(xp, picked, classes, reduction):
    """The outputs where every target counts, and no class more than another."""
    one = picked.dtype.type(-1)
    if reduction == "none":
        return -picked, classes, one
    total = xp.add.reduce(picked, None)
    if reduction == "sum":
        return -total, classes, one
    count = picked.size
    return -total / count, classes, picked.dtype.type(-1.0 / max(count, 1))


def _axis(shape):
    """The axis of the classes."""
    return 1 if len(shape) > 1 else 0


def _weights(xp, weight, valid, classes):
    """The weight of each target's class, 0 where the target does not count."""
    table = weight.reshape((-1, *[1] * (classes.ndim - 1))) if classes.ndim else weight
    shape = (*classes.shape[:1], weight.size, *classes.shape[1:]) if classes.ndim else table.shape
    return xp.where(valid, Take.kernel(xp, xp.broadcast_to(table, shape), classes), 0)


def _checked(shape, target, ignore_index):
    """The classes, 0 for targets that are ignored, and which are not (None: all count)."""
    count = shape[_axis(shape)]
    flat = target.reshape(-1)
    if flat.dtype.kind == "i":  # one comparison finds what is negative, too large, or ignored
        largest = int(flat.view(numpy.uint64).max(initial=0))
    else:
        largest = int(flat.max(initial=0))
    if largest < count and not 0 <= ignore_index < count:
        return target, None
    valid = flat != ignore_index
    if (valid & ((flat < 0) | (flat >= count))).any():
        raise _out_of_bounds(flat[valid], count)
    return numpy.where(valid, flat, 0).reshape(target.shape), valid


def _out_of_bounds(targets, count):
    wrong = targets[(targets < 0) | (targets >= count)]
    advice = f"with {count} classes the targets are 0 to {count - 1}"
    return IndexError(hint(f"Target {int(wrong.reshape(-1)[0])} is out of bounds.", advice))


def _positions(shape, classes):
    """Where in the flat input the value of each class is."""
    classes = classes.reshape(-1)
    if len(shape) == 1:
        return classes
    count, inner = shape[1], math.prod(shape[2:])
    if inner == 1:
        return numpy.arange(0, classes.size * count, count or 1) + classes
    rows = numpy.arange(0, shape[0] * count * inner, count * inner)[:, None] + numpy.arange(inner)
    return rows.reshape(-1) + classes * inner


def _chosen(xp, shape, classes):
    """A mask of a shape with classes: where the class is the chosen one."""
    axis = _axis(shape)
    every = xp.arange(shape[axis]).reshape((-1, *[1] * (len(shape) - axis - 1)))
    return every == classes.reshape((*shape[:axis], 1, *shape[axis + 1 :]))


class Take(Primitive):
    """The elements of x at one class for each place"""

    nondiff = ("classes",)
    saves = ("classes",)

    def kernel(xp, x, classes):
        kept = xp.where(_chosen(xp, x.shape, classes), x, 0)
        return xp.add.reduce(kept, _axis(x.shape)).reshape(classes.shape)

    def grad_x(ctx, g):
        return apply(Put, g, ctx.classes, shape=ctx.shapes[0])


@on_numpy(Take)
def _take(x, classes):
    return x.reshape(-1).take(_positions(x.shape, classes)).reshape(classes.shape)


class Put(Primitive):
    """Zeros of a shape, with x (one value, or one for each place) at one class for each place"""

    nondiff = ("classes",)
    saves = ("classes",)

    def kernel(xp, x, classes, *, shape):
        axis = _axis(shape)
        if x.ndim:
            x = x.reshape((*shape[:axis], 1, *shape[axis + 1 :]))
        return xp.where(_chosen(xp, shape, classes), x, 0)

    def grad_x(ctx, g):
        taken = apply(Take, g, ctx.classes)
        return taken if ctx.shapes[0] else sum(taken)


@on_numpy(Put)
def _put(x, classes, *, shape):
    out = numpy.zeros(math.prod(shape), x.dtype)
    out[_positions(shape, classes)] = x.reshape(-1) if x.ndim else x
    return out.reshape(shape)


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
    if modes.autocast is not None:
        input, weight = single(input, weight)
    _check_classes(unwrap(input), unwrap(target), optional(weight))
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
    if modes.autocast is not None:
        input, weight = single(input, weight)
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
    valid = numpy.asarray(indices != ignore_index)
    if not valid.all():
        uniform = where(wrap(valid), uniform, 0)
    if reduction == "mean":
        counts = valid.astype(unwrap(x).dtype)
        if weight is not None:
            classes = numpy.where(valid, indices, 0)
            counts = _weights(numpy, unwrap(weight), valid, classes)
        uniform = sum(uniform) / sum(wrap(counts))
    elif reduction == "sum":
        uniform = sum(uniform)
    return nll * (1 - smoothing) + uniform * (smoothing / shape[axis])
