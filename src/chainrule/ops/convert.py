"""Changing a tensor's dtype, and copying it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..core.apply import apply
from ..core.primitive import Primitive
from ..core.tensor import unwrap

if TYPE_CHECKING:
    from ..tensor import Tensor


class ToCopy(Primitive):
    """A copy in another dtype; the gradient comes back in the input's own."""

    kind = "pointwise"

    def kernel(xp, x, *, to, origin):
        if x.dtype.kind == "c" and to.kind != "c":
            x = x.real
        return x.astype(to)

    def grad_x(ctx, g):
        return to_dtype(g, ctx.origin)


class Clone(Primitive):
    """A copy."""

    kind = "pointwise"

    def kernel(xp, x, *, order="K"):
        return x.copy(order)

    def grad_x(ctx, g):
        return g


def to_dtype(x: Any, kind: Any) -> Any:
    """A tensor or raw array in another NumPy dtype: itself if it has that already."""
    own = unwrap(x).dtype
    return x if own is kind else apply(ToCopy, x, to=kind, origin=own)


def clone(input: Tensor, *, memory_format: Any = None) -> Tensor:
    """A copy of the tensor; gradients flow through it.

    Shape: input (*), output (*).

    >>> x = tensor([1.0, 2.0])
    >>> y = x.clone()
    >>> y[0] = 5.0
    >>> x
    tensor([1., 2.])
    """
    return apply(Clone, input)


def contiguous(input: Tensor, memory_format: Any = None) -> Tensor:
    """The tensor itself if its memory is in row-major order, otherwise such a copy.

    Shape: input (*), output (*).
    """
    if unwrap(input).flags.c_contiguous:
        return input
    return apply(Clone, input, order="C")


def type_as(input: Tensor, other: Tensor) -> Tensor:
    """The tensor in the dtype of `other`; itself if it has that already.

    >>> tensor([1, 2]).type_as(tensor(0.5))
    tensor([1., 2.])
    """
    result: Tensor = to_dtype(input, unwrap(other).dtype)
    return result
