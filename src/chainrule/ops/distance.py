"""Distances and similarities of vectors."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy

from ..backend import namespace
from ..core import dtype as dtypes
from ..core.apply import apply
from ..core.primitive import Primitive
from ..core.tensor import unwrap
from .compare import where
from .convert import clone, to_dtype
from .kinds import broadcast_error
from .loss import plus
from .norms import LinalgVectorNorm, vector_norm
from .reduce import sum
from .shape import expand, unsqueeze
from .signs import abs, sign

if TYPE_CHECKING:
    from ..tensor import Tensor


class Pdist(Primitive):
    """The p-norms of the differences of all pairs of rows, and the differences"""

    outputs = ("out", "diff")
    saves = ("out", "diff")

    def kernel(xp, x, *, p):
        first, second = xp.triu_indices(x.shape[0], 1)
        diff = x[first] - x[second]
        size = xp.abs(diff)
        if p == 2:
            return xp.sqrt(xp.einsum("ij,ij->i", diff, diff)), diff
        if p == 0:
            return xp.add.reduce(size != 0, 1, x.dtype), diff
        if p == math.inf:
            return size.max(1, initial=0), diff
        return xp.add.reduce(size**p, 1) ** (1.0 / p), diff

    def grad_x(ctx, g, g_diff):
        slope = None if g is None or ctx.p == 0 else _slope(ctx.diff, ctx.out, ctx.p, g)
        total = plus(slope, g_diff)
        return None if total is None else apply(FromPairs, total, rows=ctx.shapes[0][0])


def _slope(diff, out, p, g):
    """The gradient of a p-norm in what it is the norm of; 0 where the norm is 0."""
    out, g = unsqueeze(out, 1), unsqueeze(g, 1)
    if p == 1:
        return g * sign(diff)
    if p == math.inf:
        return where(abs(diff) == out, g * sign(diff), 0)
    if p == 2:
        return where(out == 0, 0, g * diff / where(out == 0, 1, out))
    size = abs(diff)
    power = where(size == 0, 0, where(size == 0, 1, size) ** (p - 1))
    return g * sign(diff) * power / where(out == 0, 1, out) ** (p - 1)


class FromPairs(Primitive):
    """Rows of pairs back to the rows they are differences of, added with their signs"""

    def kernel(xp, x, *, rows):
        out = xp.zeros((rows, x.shape[1]), x.dtype)
        first, second = xp.triu_indices(rows, 1)
        xp.add.at(out, first, x)
        xp.subtract.at(out, second, x)
        return out

    def grad_x(ctx, g):
        return apply(ToPairs, g)


class ToPairs(Primitive):
    """The differences of all pairs of rows"""

    def kernel(xp, x):
        first, second = xp.triu_indices(x.shape[0], 1)
        return x[first] - x[second]

    def grad_x(ctx, g):
        return apply(FromPairs, g, rows=ctx.shapes[0][0])


class Norm(LinalgVectorNorm):
    """The norm that distances of pairs of rows are made of"""

    label = "NormBackward1"


def cosine_similarity(x1: Tensor, x2: Tensor, dim: int = 1, eps: float = 1e-8) -> Tensor:
    """x1 . x2 / (|x1| |x2|) along a dimension, with norms of at least `eps`.

    Shape: x1, x2 (*) broadcastable, output (*) without `dim`.

    >>> cosine_similarity(tensor([[1.0, 0.0]]), tensor([[1.0, 1.0]]))
    tensor([0.7071])
    """
    shapes = unwrap(x1).shape, unwrap(x2).shape
    wrong = broadcast_error(*shapes)
    if wrong is not None:
        raise wrong
    kind = dtypes.result_of((unwrap(x1), unwrap(x2)))
    if not kind.is_floating_point:
        raise RuntimeError(
            f"expected common dtype to be floating point, yet common dtype is {kind.short}"
        )
    shape = numpy.broadcast_shapes(*shapes)
    unit1, unit2 = (_unit(expand(to_dtype(x, kind.numpy), shape), dim, eps) for x in (x1, x2))
    return sum(unit1 * unit2, dim)


def _unit(x: Any, dim: int, eps: float) -> Any:
    """x divided by its norm; no gradient knows that `eps` replaced a smaller one."""
    size = clone(vector_norm(x, 2, dim, keepdim=True))
    data = unwrap(size)
    namespace(data).maximum(data, eps, out=data)
    return x / size


def pairwise_distance(
    x1: Tensor, x2: Tensor, p: float = 2.0, eps: float = 1e-6, keepdim: bool = False
) -> Tensor:
    """The p-norm of x1 - x2 + eps along the last dimension.

    Shape: x1, x2 (N, D) or (D) broadcastable, output (N) or (), with 1 at the end for `keepdim`.

    >>> pairwise_distance(tensor([[0.0, 0.0]]), tensor([[3.0, 4.0]]))
    tensor([5.0000])
    """
    diff: Any = x1 - x2 + eps
    shape = unwrap(diff).shape
    distance: Tensor = apply(
        Norm, diff, p=float(p), dim=(len(shape) - 1,), keepdim=keepdim, shape=shape
    )
    return distance


def pdist(input: Tensor, p: float = 2.0) -> Tensor:
    """The p-norm distances of all pairs of rows: (0, 1), (0, 2), ..., (1, 2), ...

    Shape: input (N, D), output (N (N - 1) / 2).

    >>> pdist(tensor([[0.0], [1.0], [3.0]]))
    tensor([1., 3., 2.])
    """
    x = unwrap(input)
    if x.ndim != 2:
        raise RuntimeError(f"pdist only supports 2D tensors, got: {x.ndim}D")
    if x.dtype.kind in "iub":
        raise RuntimeError("pdist only supports floating-point dtypes")
    if p < 0:
        raise RuntimeError("pdist only supports non-negative p values")
    distances: Tensor = apply(Pdist, input, p=p)[0]
    return distances
