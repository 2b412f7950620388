"""Running sums, products and extrema along an axis, and the differences that undo them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from numpy import ndarray

from ..backend import namespace
from ..core import dtype as dtypes
from ..core.apply import INTEGRAL, apply, unary
from ..core.primitive import Primitive
from ..core.tensor import unwrap
from ..kernels.scan import accumulated, logcumsumexp_slope, running
from . import return_types
from .compare import where
from .conj import conj
from .convert import to_dtype
from .dims import wrap_dim
from .extrema import into_each
from .index import Scattered
from .inplace import into
from .join import cat
from .mask import masked
from .math import exp
from .names import numpy_names
from .permute import transpose
from .reduce import sum
from .shape import expand, unsqueeze
from .slicing import piece

if TYPE_CHECKING:
    from ..core.dtype import dtype as DType
    from ..tensor import Tensor


class Cumsum(Primitive):
    """Sums of the first elements along an axis (of the last ones if reversed)"""

    def kernel(xp, x, *, dim, backwards=False, to=None):
        return accumulated(xp.add, x, dim, backwards, to)

    def grad_x(ctx, g):
        return unary(Cumsum, g, dim=ctx.dim, backwards=not ctx.backwards)


class Cumprod(Primitive):
    """Products of the first elements along an axis"""

    saves = ("x", "out")

    def kernel(xp, x, *, dim, to=None):
        return accumulated(xp.multiply, x, dim, False, to)

    def grad_x(ctx, g):
        if unwrap(ctx.x).all():
            return unary(Cumsum, g * conj(ctx.out), dim=ctx.dim, backwards=True) / conj(ctx.x)
        return _cumprod_slope(g, ctx.x, ctx.dim)


def _cumprod_slope(g: Any, x: Any, dim: int) -> Any:
    """The gradient where a factor is 0: all products without each one factor are formed."""
    last = unwrap(x).ndim - 1
    x, g = transpose(x, dim, last), transpose(g, dim, last)
    data = unwrap(x)
    n = data.shape[-1]
    xp = namespace(data)
    same = xp.eye(n, dtype=bool)
    rows = where(same, 1, expand(unsqueeze(x, -2), (*data.shape, n)))
    products = unary(Cumprod, rows, dim=last + 1)  # [k, i]: without k
    after = xp.tri(n, dtype=bool).T
    return transpose(sum(unsqueeze(g, -2) * conj(masked(products, after)), -1), dim, last)


class Running(Primitive):
    """The family of running extrema: values, and the last places they occur so far."""

    outputs = ("values", "indices")
    nondiff = ("indices",)
    saves = ("indices",)

    def grad_x(ctx, g, g_indices):
        """The gradients of a run of equal values go to the place of their element."""
        if not ctx.shapes[0]:
            return g
        return apply(Scattered, g, ctx.indices, dim=ctx.dim, size=ctx.shapes[0])


class Cummax(Running):
    """The largest of the first elements along an axis"""

    def kernel(xp, x, *, dim):
        return running(xp, xp.maximum, x, dim)


class Cummin(Running):
    """The smallest of the first elements along an axis"""

    def kernel(xp, x, *, dim):
        return running(xp, xp.minimum, x, dim)


class Logcumsumexp(Primitive):
    """The logarithms of running sums of exponentials"""

    saves = ("x", "out")

    def kernel(xp, x, *, dim):
        return accumulated(xp.logaddexp, x, dim)

    def grad_x(ctx, g):
        dim, ndim = ctx.dim, len(ctx.x.shape)
        if not ndim:
            return g
        if type(g) is ndarray:
            return logcumsumexp_slope(g, ctx.x, ctx.out, dim)
        x, out, g = (transpose(each, dim, ndim - 1) for each in (ctx.x, ctx.out, g))
        n = unwrap(x).shape[-1]
        after = namespace(unwrap(x)).tri(n, dtype=bool).T
        share = masked(exp(masked(unsqueeze(x, -1) - unsqueeze(out, -2), after)), after)
        return transpose(sum(unsqueeze(g, -2) * share, -1), dim, ndim - 1)


@numpy_names
def cumsum(
    input: Tensor, dim: int, *, dtype: DType | None = None, out: Tensor | None = None
) -> Tensor:
    """Running sums along `dim`; integers and booleans are added as int64.

    Shape: input (*), output (*).

    >>> tensor([1.0, 2.0, 3.0]).cumsum(0)
    tensor([1., 3., 6.])
    """
    return _running_fold(Cumsum, input, dim, dtype, out)


@numpy_names
def cumprod(
    input: Tensor, dim: int, *, dtype: DType | None = None, out: Tensor | None = None
) -> Tensor:
    """Running products along `dim`; integers and booleans are multiplied as int64.

    Shape: input (*), output (*).
    """
    return _running_fold(Cumprod, input, dim, dtype, out)


def _running_fold(op: type[Primitive], input: Any, dim: int, dtype: DType | None, out: Any) -> Any:
    a = unwrap(input)
    dim = wrap_dim(dim, a.ndim)
    if dtype is None and out is None and a.dtype not in INTEGRAL:
        result = unary(op, input, dim=dim, **_FORWARDS[op])
    else:
        given = None if out is None else dtypes.of_array(unwrap(out))
        kind = dtypes.as_dtype(dtype or given or dtypes.int64)
        if kind.category > dtypes.INTEGER or a.dtype not in INTEGRAL:
            input = to_dtype(input, kind.numpy)
        result = unary(op, input, dim=dim, to=kind.numpy, **_FORWARDS[op])
    return result if out is None else into(out, result)


_FORWARDS: dict[type[Primitive], dict[str, Any]] = {Cumsum: {"backwards": False}, Cumprod: {}}


@numpy_names
def cummax(input: Tensor, dim: int, *, out: Any = None) -> Any:
    """The largest element so far along `dim`, and its last index.

    Shape: input (*), values (*), indices (*).
    """
    return _running_extremum(Cummax, return_types.cummax, input, dim, out)


@numpy_names
def cummin(input: Tensor, dim: int, *, out: Any = None) -> Any:
    """The smallest element so far along `dim`, and its last index.

    Shape: input (*), values (*), indices (*).
    """
    return _running_extremum(Cummin, return_types.cummin, input, dim, out)


def _running_extremum(op: type[Primitive], kind: Any, input: Any, dim: int, out: Any) -> Any:
    a = unwrap(input)
    dim = wrap_dim(dim, a.ndim)
    if a.dtype.kind == "c":
        raise _no_kernel(f"{kind.__name__}_cpu", a)
    result = apply(op, input, dim=dim)
    return kind(result if out is None else into_each(out, result))


def _no_kernel(kernel: str, a: Any) -> NotImplementedError:
    short = dtypes.of_array(a).short
    return NotImplementedError(f"\"{kernel}\" not implemented for '{short}'")


@numpy_names
def logcumsumexp(input: Tensor, dim: int, *, out: Tensor | None = None) -> Tensor:
    """log(cumsum(exp(input))) along `dim`, without overflow.

    Shape: input (*), output (*).
    """
    a = unwrap(input)
    dim = wrap_dim(dim, a.ndim)
    if a.dtype in INTEGRAL:
        raise _no_kernel("logcumsumexp_out_cpu", a)
    if a.dtype.kind == "c":
        raise NotImplementedError("logcumsumexp of a complex tensor")
    result = unary(Logcumsumexp, input, dim=dim)
    return result if out is None else into(out, result, exact=True)


@numpy_names
def diff(
    input: Tensor,
    n: int = 1,
    dim: int = -1,
    prepend: Tensor | None = None,
    append: Tensor | None = None,
    *,
    out: Tensor | None = None,
) -> Tensor:
    """The differences of neighbours along `dim`, `n` times over; of booleans, whether they differ.

    Shape: input (*), output (*) with n fewer elements along `dim`.

    >>> tensor([1, 4, 9, 16]).diff()
    tensor([3, 5, 7])
    """
    ndim = unwrap(input).ndim
    if not ndim:
        raise RuntimeError("diff expects input to be at least one-dimensional")
    if n < 0:
        raise RuntimeError(f"order must be non-negative but got {n}")
    dim = wrap_dim(dim, ndim)
    ends = [prepend, append]
    if any(end is not None and unwrap(end).ndim != ndim for end in ends):
        raise RuntimeError("diff expects prepend or append to be the same dimension as input")
    parts = [part for part in (prepend, input, append) if part is not None]
    result: Any = cat(parts, dim) if len(parts) > 1 else input
    for _ in range(min(n, unwrap(result).shape[dim])):
        size = unwrap(result).shape[dim]
        later, earlier = piece(result, dim, 1, size), piece(result, dim, 0, size - 1)
        result = later != earlier if unwrap(result).dtype.kind == "b" else later - earlier
    return result if out is None else into(out, result, exact=True)


@numpy_names
def trapezoid(y: Tensor, x: Tensor | None = None, *, dx: float = 1, dim: int = -1) -> Tensor:
    """The area under the polygon through (x, y), or through y at distances `dx`, along `dim`.

    Shape: y (*), x (n,) or broadcastable, output (*) without the axis `dim`.
    """
    area: Any = sum(_trapezia(y, x, dim), dim)
    return area / 2 if x is not None else area / 2 * dx


trapz = trapezoid


@numpy_names
def cumulative_trapezoid(
    y: Tensor, x: Tensor | None = None, *, dx: float = 1, dim: int = -1
) -> Tensor:
    """The areas under the polygon up to each point but the first; see `trapezoid`.

    Shape: y (*), output (*) with one element fewer along `dim`.
    """
    return cumsum(_trapezia(y, x, dim) * (0.5 if x is not None else 0.5 * dx), dim)


def _trapezia(y: Any, x: Any, dim: int) -> Any:
    """Twice the areas between neighbours (their width taken as 1 without x)."""
    ndim = unwrap(y).ndim
    axis = wrap_dim(dim, ndim)
    n = unwrap(y).shape[axis]
    if x is not None and unwrap(x).ndim == 1 and unwrap(x).shape != (n,):
        raise RuntimeError("trapezoid: There must be one `x` value for each sample point")
    heights = piece(y, axis, 1, n) + piece(y, axis, 0, n - 1)
    if x is None:
        return heights
    if unwrap(x).ndim > 1:
        return heights * diff(x, dim=dim)
    widths: Any = diff(x)
    for _ in range(ndim - axis - 1):
        widths = unsqueeze(widths, -1)
    return heights * widths
