"""Reducing what meets at one position: sums, means, products and extremes by index."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy

from ..core.apply import apply
from ..core.primitive import Primitive
from ..core.tensor import unwrap, wrap
from ..kernels.index import along, out_of_bounds
from .convert import to_dtype
from .dims import wrap_dim
from .index import gather
from .inplace import into, needs_grad
from .mask import masked
from .masking import masked_fill
from .scatter import aligned, check_slices, scatter, scatter_add
from .shape import expand, reshape

if TYPE_CHECKING:
    from ..tensor import Tensor

UFUNC = {"prod": "multiply", "amax": "maximum", "amin": "minimum"}


class ScatterExtreme(Primitive):
    """The largest (or smallest) of x and the sources that meet there; ties share the gradient"""

    label = "ScatterReduceBackward0"
    nondiff = ("index",)
    saves = ("x", "index", "source", "out")

    def kernel(xp, x, index, source, *, dim, reduce, include_self):
        return reduced(xp, x, index, source, dim, reduce, include_self)

    def grad_x(ctx, g):
        out, x = unwrap(ctx.out), unwrap(ctx.x)
        _, ties, kept = _ties(ctx)
        return masked(g / ties.astype(out.dtype), (x == out) & kept)

    def grad_source(ctx, g):
        hits, ties, _ = _ties(ctx)
        share = g / ties.astype(unwrap(ctx.out).dtype)
        return masked(gather(share, ctx.dim, ctx.index), hits)


class ScatterProd(Primitive):
    """The product of x and the sources that meet there"""

    label = "ScatterReduceBackward0"
    nondiff = ("index",)
    saves = ("x", "index", "source", "out")

    def kernel(xp, x, index, source, *, dim, reduce, include_self):
        return reduced(xp, x, index, source, dim, reduce, include_self)

    def grad_x(ctx, g):
        one = masked_fill(ctx.x, ctx.x == 0, 1)
        rest = scatter_reduce(one, ctx.dim, ctx.index, ctx.source, "prod") / one
        if ctx.include_self:
            return g * rest
        kept = numpy.ones(unwrap(ctx.x).shape, bool)
        kept[along(unwrap(ctx.index), ctx.dim)] = False
        return masked(g, kept)

    def grad_source(ctx, g):
        zero = ctx.source == 0
        one = masked_fill(ctx.source, zero, 1)
        zeros = to_dtype(zero, unwrap(ctx.source).dtype)
        count = gather(scatter_add(ctx.out * 0, ctx.dim, ctx.index, zeros), ctx.dim, ctx.index)
        rest = scatter_reduce(ctx.x, ctx.dim, ctx.index, one, "prod", include_self=ctx.include_self)
        whole = gather(g * rest, ctx.dim, ctx.index) / one
        return masked(whole, unwrap(count) <= unwrap(zero))


def reduced(
    xp: Any, x: Any, index: Any, source: Any, dim: int, reduce: str, include_self: bool
) -> Any:
    """x with the sources folded in where the index says."""
    out = x.copy()
    place = along(index, dim)
    if not include_self:
        out[place] = _identity(reduce, out.dtype)
    getattr(xp, UFUNC[reduce]).at(out, place, source[tuple([slice(n) for n in index.shape])])
    return out


def _identity(reduce: str, kind: Any) -> Any:
    if reduce == "prod":
        return 1
    if kind.kind == "f":
        return -numpy.inf if reduce == "amax" else numpy.inf
    limits = numpy.iinfo(kind) if kind.kind in "iu" else None
    if limits is None:
        return reduce == "amin"
    return limits.min if reduce == "amax" else limits.max


def _ties(ctx: Any) -> tuple[Any, Any, Any]:
    """Which sources reach the result, how many values do at each position, and which x count."""
    x, out, index = unwrap(ctx.x), unwrap(ctx.out), unwrap(ctx.index)
    place = along(index, ctx.dim)
    hits = unwrap(ctx.source)[tuple([slice(n) for n in index.shape])] == out[place]
    kept = numpy.ones(x.shape, bool)
    if not ctx.include_self:
        kept[place] = False
    ties = ((x == out) & kept).astype(numpy.int64)
    numpy.add.at(ties, place, hits)
    return hits, numpy.maximum(ties, 1), kept


def scatter_reduce(
    input: Tensor,
    dim: int,
    index: Tensor,
    src: Tensor,
    reduce: str,
    *,
    include_self: bool = True,
    out: Tensor | None = None,
) -> Tensor:
    """A copy in which src is reduced into the positions where `gather` would read.

    `reduce` is "sum", "prod", "mean", "amax" or "amin"; without `include_self` the input's own
    values at these positions do not take part.

    >>> x, i = zeros(3), tensor([0, 0, 2])
    >>> x.scatter_reduce(0, i, tensor([1.0, 5.0, 2.0]), "amax")
    tensor([5., 0., 2.])
    """
    if reduce not in ("sum", "prod", "mean", "amax", "amin"):
        raise RuntimeError("reduce argument must be either sum, prod, mean, amax or amin.")
    line, places, axis = aligned("scatter", input, dim, index, src)
    source = reshape(src, unwrap(src).shape or (1,))
    if reduce in ("sum", "mean"):
        start = line if include_self else scatter(line, axis, places, 0)
        result = scatter_add(start, axis, places, source)
        if reduce == "mean":
            result = _divided(result, unwrap(places), axis, include_self)
    else:
        op = ScatterProd if reduce == "prod" else ScatterExtreme
        params = {"dim": axis, "reduce": reduce, "include_self": include_self}
        result = apply(op, line, places, source, **params)
    result = reshape(result, unwrap(input).shape)
    return result if out is None else into(out, result, exact=True)


def index_reduce(
    input: Tensor,
    dim: int,
    index: Tensor,
    source: Tensor,
    reduce: str,
    *,
    include_self: bool = True,
    out: Tensor | None = None,
) -> Tensor:
    """A copy in which the slices of source are reduced into positions of one axis.

    `reduce` is "prod", "mean", "amax" or "amin"; without `include_self` the input's own slices at
    these positions do not take part.

    >>> x, i = ones(3), tensor([0, 0])
    >>> x.index_reduce(0, i, tensor([2.0, 5.0]), "prod")
    tensor([10.,  1.,  1.])
    """
    if reduce not in ("prod", "mean", "amax", "amin"):
        raise RuntimeError(
            "index_reduce(): Expected reduce to be one of prod, mean, amax or amin but got "
            f"{reduce}."
        )
    a, raw, b = unwrap(input), unwrap(index), unwrap(source)
    dim = wrap_dim(dim, a.ndim)
    check_slices("index_reduce_", a, raw, b, dim)
    if out_of_bounds(raw, a.shape[dim] if a.ndim else 1) is not None:
        raise IndexError("index out of range in self")
    if a.dtype.kind == "c" and (needs_grad(input) or needs_grad(source)):
        raise RuntimeError(
            "index_reduce does not support automatic differentiation for outputs with complex "
            "dtype."
        )
    shape = [1] * max(b.ndim, 1)
    shape[dim] = raw.size
    places = expand(reshape(index, tuple(shape)), b.shape or (1,))
    line = reshape(source, b.shape or (1,))
    result = scatter_reduce(input, dim, places, line, reduce, include_self=include_self)
    return result if out is None else into(out, result, exact=True)


def _divided(total: Any, index: Any, dim: int, include_self: bool) -> Any:
    counts = numpy.full(unwrap(total).shape, int(include_self))
    numpy.add.at(counts, along(index, dim), 1)
    counts = numpy.maximum(counts, 1)
    if unwrap(total).dtype.kind in "iu":
        return wrap(unwrap(total) // counts)
    return total / counts.astype(unwrap(total).dtype)
