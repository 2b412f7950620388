"""Views."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from numpy import ndarray

from ..core.apply import apply
from ..core.tensor import unwrap
from .kinds import ViewOp

if TYPE_CHECKING:
    from ..tensor import Tensor


class View(ViewOp):
    def kernel(xp, x, *, size):
        return x.reshape(size)

    def grad_x(ctx, g):
        return reshape(g, ctx.shapes[0])


class Expand(ViewOp):
    def kernel(xp, x, *, size):
        if not x.ndim:
            return ndarray(size, x.dtype, x, 0, (0,) * len(size))
        return xp.broadcast_to(x, size)

    def grad_x(ctx, g):
        from .reduce import sum_to_size

        return sum_to_size(g, ctx.shapes[0])


class Permute(ViewOp):
    def kernel(xp, x, *, dims):
        return x.transpose(dims)

    def grad_x(ctx, g):
        inverse = [0] * len(ctx.dims)
        for i, d in enumerate(ctx.dims):
            inverse[d] = i
        return permute(g, tuple(inverse))


class Unbind(ViewOp):
    outputs = ("*outs",)

    def kernel(xp, x, *, dim):
        return tuple(x[(slice(None),) * dim + (i,)] for i in range(x.shape[dim]))

    def grad_x(ctx, *gs):
        from .join import stack

        return stack(gs, ctx.dim)


def reshape(input, size):
    return apply(View, input, size=tuple(size))


def permute(input, dims):
    return apply(Permute, input, dims=dims)


def expand(input, size):
    return apply(Expand, input, size=tuple(size))
