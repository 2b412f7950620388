"""The loss of connectionist temporal classification: a sequence whose alignment is not known."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy

from ..core import dtype as dtypes
from ..core.apply import apply
from ..core.primitive import Primitive
from ..core.tensor import TensorBase, unwrap, wrap
from ..errors import hint
from ..kernels.ctc import ctc, ctc_slope
from .compare import where
from .loss import reduce_loss
from .reduce import mean
from .shape import squeeze, unsqueeze
from .support import no_derivative

if TYPE_CHECKING:
    from ..tensor import Tensor


class CtcLoss(Primitive):
    """-log of the probability of every target under all alignments"""

    nondiff = ("target",)
    saves = ("x", "target", "out")

    def kernel(xp, x, target, *, lengths, ends, blank):
        return ctc(xp, x, target, lengths, ends, blank)

    def grad_x(ctx, g):
        params = {"lengths": ctx.lengths, "ends": ctx.ends, "blank": ctx.blank}
        return apply(CtcSlope, g, ctx.x, ctx.target, ctx.out, **params)


class CtcSlope(Primitive):
    """The gradient of the loss; it cannot be differentiated, as in PyTorch"""

    label = "NotImplemented"
    nondiff = ("target", "loss")
    saves = ()
    grad_g = grad_x = no_derivative("_ctc_loss_backward")

    def kernel(xp, g, x, target, loss, *, lengths, ends, blank):
        slope = ctc_slope(xp, x, target, loss, lengths, ends, blank)
        # a target that nothing can be aligned with has no slope, unless its loss is ignored
        return xp.where((g == 0)[:, None], 0, g[:, None] * slope)


def ctc_loss(
    log_probs: Tensor,
    targets: Tensor,
    input_lengths: Tensor | Sequence[int],
    target_lengths: Tensor | Sequence[int],
    blank: int = 0,
    reduction: str = "mean",
    zero_infinity: bool = False,
) -> Tensor:
    """-log of the summed probability of all alignments of each target with its sequence.

    An alignment gives a class or `blank` at each time; merging repeats, then dropping blanks,
    makes the target of it. "mean" divides by the target's length first. `zero_infinity` ignores
    targets too long for their sequence. The gradient is that of a log-softmax before the loss.

    Shape: log_probs (T, N, C) or (T, C), targets (N, S) or, joined, (sum of lengths), lengths (N)
    or (), output () or, unreduced, (N) or ().

    Graves et al., "Connectionist temporal classification" (2006).

    >>> ctc_loss(tensor([[[0.5, 0.5]], [[0.25, 0.75]]]).log(), tensor([[1]]), (2,), (1,))
    tensor(0.1335)
    """
    x = unwrap(log_probs)
    alone = x.ndim == 2
    if alone:
        log_probs = unsqueeze(log_probs, 1)
        x = unwrap(log_probs)
    _check(x, blank)
    n = x.shape[1]
    lengths = _lengths("input_lengths", input_lengths, n)
    ends = _lengths("target_lengths", target_lengths, n)
    if lengths.max(initial=0) > len(x):
        raise RuntimeError(
            f"Expected input_lengths to have value at most {len(x)}, but got value "
            f"{lengths.max()} (while checking arguments for ctc_loss_allocate_outputs)"
        )
    padded = _padded(unwrap(targets), ends, x.shape[2], alone, blank)
    params = {"lengths": lengths, "ends": ends, "blank": blank}
    loss: Tensor = apply(CtcLoss, log_probs, wrap(padded), **params)
    if zero_infinity:
        loss = where(wrap(numpy.isinf(unwrap(loss))), 0.0, loss)
    if reduction == "mean":
        return mean(loss / wrap(numpy.maximum(ends, 1).astype(x.dtype)))
    loss = reduce_loss(loss, reduction)
    return squeeze(loss, 0) if alone and reduction == "none" else loss


def _check(x: Any, blank: int) -> None:
    if x.ndim != 3:
        raise RuntimeError(
            f"Expected 3-dimensional tensor, but got {x.ndim}-dimensional tensor for argument #1 "
            "'log_probs' (while checking arguments for ctc_loss_allocate_outputs)"
        )
    if not x.size:
        raise RuntimeError("log_probs tensor must not be empty")
    if not 0 <= blank < x.shape[2]:
        raise RuntimeError(hint("blank must be in label range", f"0 to {x.shape[2] - 1}"))
    kind = dtypes.of_array(x)
    if kind not in (dtypes.float32, dtypes.float64):
        raise NotImplementedError(f'"ctc_loss_cpu" not implemented for {kind.short!r}')


def _lengths(name: str, given: Any, n: int) -> Any:
    """Lengths as an array of integers, one for each example."""
    listed = given._data if isinstance(given, TensorBase) else given
    found = numpy.atleast_1d(numpy.asarray(listed))
    if found.dtype.kind not in "iu":
        raise RuntimeError(hint(f"{name} must be integral", f"convert them: {name}.long()"))
    if found.shape != (n,):
        raise RuntimeError(f"{name} must be of size batch_size")
    if found.min(initial=0) < 0:
        raise RuntimeError(
            f"Expected {name} to have value at least 0, but got value {found.min()} (while "
            "checking arguments for ctc_loss_allocate_outputs)"
        )
    return found.astype(numpy.int64)


def _padded(targets: Any, ends: Any, classes: int, alone: bool, blank: int) -> Any:
    """The targets as (N, S), with blanks after the end of each."""
    longest, size = int(ends.max(initial=0)), "Expected tensor to have size"
    place = "for argument #2 'targets' (while checking arguments for ctc_loss_allocate_outputs)"
    listed = numpy.arange(longest) < ends[:, None]
    out = numpy.full(listed.shape, blank, numpy.int64)
    if targets.ndim == 1 and not alone:
        if targets.size != ends.sum():
            raise RuntimeError(
                f"{size} {ends.sum()} at dimension 0, but got size {targets.size} {place}"
            )
        out[listed] = targets
    else:
        rows = targets.reshape(1, -1) if targets.ndim == 1 else targets
        if len(rows) != len(ends):
            raise RuntimeError(
                f"{size} {len(ends)} at dimension 0, but got size {len(rows)} {place}"
            )
        if rows.shape[1] < longest:
            raise RuntimeError(
                f"{size} at least {longest} at dimension 1, but got size {rows.shape[1]} {place}"
            )
        out[listed] = rows[:, :longest][listed]
    if out.size and not 0 <= out.min() <= out.max() < classes:
        raise RuntimeError(hint("target out of range", f"targets are 0 to {classes - 1}"))
    return out
