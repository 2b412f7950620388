"""Comparison and selection."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..core.apply import apply, binary
from .kinds import Pointwise

if TYPE_CHECKING:
    from ..tensor import Tensor


class Where(Pointwise):
    """x where condition, y elsewhere"""

    nondiff = ("condition",)
    saves = ("condition",)

    def kernel(xp, condition, x, y):
        return xp.where(condition, x, y)

    def grad_x(ctx, g):
        return where(ctx.condition, g, 0)

    def grad_y(ctx, g):
        return where(ctx.condition, 0, g)


def where(condition, input=None, other=None):
    return apply(Where, condition, input, other)
