"""What a mask lets through: the gradient rules of everything with a kink."""

from __future__ import annotations

from typing import Any

from numpy import ndarray

from ..core.apply import apply
from ..core.promotion import constant
from ..kernels import elementwise
from .kinds import Pointwise
from .support import on_numpy


def masked(x: Any, mask: Any) -> Any:
    """x where the mask (which broadcasts to the shape of x) is true, elsewhere 0.

    Unlike x * mask, an infinity or NaN outside the mask leaves nothing behind.

    >>> masked(tensor([1.0, 2.0]), tensor([True, False]))
    tensor([1., 0.])
    """
    if type(x) is ndarray and type(mask) is ndarray:
        return _masked_on_numpy(x, mask)
    return apply(Masked, x, mask)


def zeros(g: Any) -> Any:
    """The gradient of a step function: zeros, whatever arrives."""
    return masked(g, False)


class Masked(Pointwise):
    """x where mask, elsewhere 0"""

    promotes = None
    nondiff = ("mask",)
    saves = ("mask",)

    def kernel(xp, x, mask):
        return xp.where(mask, x, 0)

    def grad_x(ctx, g):
        return masked(g, ctx.mask)


@on_numpy(Masked)
def _masked_on_numpy(x: Any, mask: Any) -> Any:
    return elementwise.masked(x, mask, constant(0, x.dtype))
