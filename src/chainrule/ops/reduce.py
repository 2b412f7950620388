"""Folding axes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..core.apply import apply
from ..core.tensor import unwrap
from .kinds import Reduction
from .shape import expand, reshape

if TYPE_CHECKING:
    from ..tensor import Tensor


class Sum(Reduction):
    def kernel(xp, x, *, dim, keepdim, to=None):
        return xp.add.reduce(x, dim, to, None, keepdim)

    def grad_x(ctx, g):
        return unreduced(g, ctx.shapes[0], ctx.dim, ctx.keepdim)


def unreduced(g, shape, dim, keepdim):
    """A reduced gradient spread over the axes that were folded."""
    if not keepdim and len(dim) < len(shape):
        g = reshape(g, tuple(1 if i in dim else n for i, n in enumerate(shape)))
    return expand(g, shape)


def sum(input, dim=None, keepdim=False, *, dtype=None):
    n = unwrap(input).ndim
    dims = (
        tuple(range(n))
        if dim is None
        else tuple(d % n for d in ((dim,) if isinstance(dim, int) else dim))
    )
    return apply(Sum, input, dim=dims, keepdim=keepdim)


def sum_to_size(input, *size):
    """Sum over the axes in which `size` is 1 or missing: broadcasting undone."""
    if len(size) == 1 and not isinstance(size[0], int):
        size = tuple(size[0])
    shape = tuple(unwrap(input).shape)
    lead = len(shape) - len(size)
    dims = tuple(i for i, n in enumerate(shape) if i < lead or (size[i - lead] == 1 and n != 1))
    if dims:
        input = apply(Sum, input, dim=dims, keepdim=True)
    return reshape(input, size) if lead else input
