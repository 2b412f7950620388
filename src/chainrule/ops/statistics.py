"""Variances, standard deviations, and the logarithm of a sum of exponentials."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

from ..core import dtype as dtypes
from ..core.apply import INTEGRAL, apply, unary
from ..core.tensor import unwrap
from ..errors import hint
from ..kernels.sums import average, fold
from .conj import conj
from .convert import to_dtype
from .inplace import into
from .kinds import Reduction
from .mask import masked
from .math import exp
from .names import numpy_names
from .reduce import count, folded, mean, unreduced

if TYPE_CHECKING:
    from ..tensor import Tensor
    from ..typing import Dim, Number


class Var(Reduction):
    """sum |x - mean|^2 / (n - correction)"""

    saves = ("x",)

    def kernel(xp, x, *, dim, keepdim, correction, shape):
        return _moments(xp, x, dim, keepdim, correction)[0]

    def grad_x(ctx, g):
        return _spread(ctx, g * _share(ctx)) * _centred(ctx)


class Std(Reduction):
    """The square root of the variance"""

    saves = ("x", "out")

    def kernel(xp, x, *, dim, keepdim, correction, shape):
        return xp.sqrt(_moments(xp, x, dim, keepdim, correction)[0])

    def grad_x(ctx, g):
        slope = masked(g * _share(ctx) / (2 * ctx.out), ctx.out != 0)
        return _spread(ctx, slope) * _centred(ctx)


class VarMean(Reduction):
    """The variance and the mean"""

    outputs = ("var", "mean")
    saves = ("x",)

    def kernel(xp, x, *, dim, keepdim, correction, shape):
        return _moments(xp, x, dim, keepdim, correction)

    def grad_x(ctx, g_var, g_mean):
        slope = None if g_var is None else _spread(ctx, g_var * _share(ctx)) * _centred(ctx)
        return _plus_mean(ctx, slope, g_mean)


class StdMean(Reduction):
    """The standard deviation and the mean"""

    outputs = ("std", "mean")
    saves = ("x", "std")

    def kernel(xp, x, *, dim, keepdim, correction, shape):
        var, mean = _moments(xp, x, dim, keepdim, correction)
        return xp.sqrt(var), mean

    def grad_x(ctx, g_std, g_mean):
        slope = None
        if g_std is not None:
            slope = masked(g_std * _share(ctx) / (2 * ctx.std), ctx.std != 0)
            slope = _spread(ctx, slope) * _centred(ctx)
        return _plus_mean(ctx, slope, g_mean)


def _moments(xp, x, dim, keepdim, correction):
    """Variance and mean."""
    if x.dtype.itemsize == 2:
        both = _moments(xp, x.astype("float32"), dim, keepdim, correction)
        return tuple(each.astype(x.dtype) for each in both)
    n = count(x.shape, dim)
    mean = average(xp, x, dim, True)
    centred = x - mean
    if x.dtype.kind == "c":
        squares = centred.real**2 + centred.imag**2
    else:
        squares = xp.multiply(centred, centred, centred) if centred.ndim else centred * centred
    divisor = squares.dtype.type(max(n - correction, 0))
    var = fold(xp, squares, dim, keepdim) / divisor
    if keepdim:
        return var, mean
    return var, mean.reshape([k for i, k in enumerate(x.shape) if i not in dim])


def _share(ctx):
    """d var / d x is this times (x - mean)."""
    freedom = count(ctx.shape, ctx.dim) - ctx.correction
    return 2 / freedom if freedom > 0 else float("inf")


def _spread(ctx, g):
    return unreduced(g, ctx.shape, ctx.dim, ctx.keepdim)


def _centred(ctx):
    return ctx.x - mean(ctx.x, ctx.dim, True)


def _plus_mean(ctx, slope, g_mean):
    if g_mean is None:
        return slope
    flat = _spread(ctx, g_mean / count(ctx.shape, ctx.dim))
    return flat if slope is None else slope + flat


@numpy_names
def var(
    input: Tensor,
    dim: Dim = None,
    unbiased: bool | None = None,
    keepdim: bool = False,
    *,
    correction: Number | None = None,
    out: Tensor | None = None,
) -> Tensor:
    """The variance over all axes or `dim`, divided by n - correction (n - 1 by default).

    `var(unbiased)` and `unbiased=False`, the older spelling of `correction=0`, work as well.

    Shape: input (*), output (*) without the axes `dim`.

    >>> tensor([1.0, 2.0, 3.0]).var(), tensor([1.0, 2.0, 3.0]).var(correction=0)
    (tensor(1.), tensor(0.6667))
    """
    result = unary(Var, input, **_arguments("var", input, dim, unbiased, keepdim, correction))
    return result if out is None else into(out, result, exact=True)


@numpy_names
def std(
    input: Tensor,
    dim: Dim = None,
    unbiased: bool | None = None,
    keepdim: bool = False,
    *,
    correction: Number | None = None,
    out: Tensor | None = None,
) -> Tensor:
    """The standard deviation: the square root of `var`. Its gradient where it is 0 is 0.

    Shape: input (*), output (*) without the axes `dim`.
    """
    result = unary(Std, input, **_arguments("std", input, dim, unbiased, keepdim, correction))
    return result if out is None else into(out, result, exact=True)


@numpy_names
def var_mean(
    input: Tensor,
    dim: Dim = None,
    unbiased: bool | None = None,
    keepdim: bool = False,
    *,
    correction: Number | None = None,
) -> tuple[Tensor, Tensor]:
    """The variance and the mean.

    Shape: input (*), outputs (*) without the axes `dim`.
    """
    arguments = _arguments("var_mean", input, dim, unbiased, keepdim, correction)
    return apply(VarMean, input, **arguments)


@numpy_names
def std_mean(
    input: Tensor,
    dim: Dim = None,
    unbiased: bool | None = None,
    keepdim: bool = False,
    *,
    correction: Number | None = None,
) -> tuple[Tensor, Tensor]:
    """The standard deviation and the mean.

    Shape: input (*), outputs (*) without the axes `dim`.
    """
    arguments = _arguments("std_mean", input, dim, unbiased, keepdim, correction)
    return apply(StdMean, input, **arguments)


def _arguments(
    name: str, input: Any, dim: Any, unbiased: bool | None, keepdim: bool, correction: Any
) -> dict[str, Any]:
    """The params of the primitives, from any of the overloads' arguments."""
    if isinstance(dim, bool):  # var(unbiased)
        dim, unbiased = None, dim
    if unbiased is not None:
        correction = int(unbiased)
    a = unwrap(input)
    if a.dtype in INTEGRAL:
        what = "std and var" if name in ("std", "var") else name
        raise RuntimeError(
            hint(
                f"{what} only support floating point and complex dtypes",
                f"convert the tensor first, as in x.float().{name}()",
            )
        )
    dims = folded(dim, a.ndim)
    correction = 1 if correction is None else correction
    if not a.size or count(a.shape, dims) <= correction:
        warnings.warn(
            f"{name}(): degrees of freedom is <= 0. Correction should be strictly less than the "
            "reduction factor (input numel divided by output numel).",
            UserWarning,
            stacklevel=4,
        )
    return {"dim": dims, "keepdim": keepdim, "correction": correction, "shape": a.shape}


class Logsumexp(Reduction):
    """log(sum(exp(x)))"""

    saves = ("x", "out")

    def kernel(xp, x, *, dim, keepdim, shape):
        if not x.size:
            return xp.log(fold(xp, x, dim, keepdim))
        largest = xp.maximum.reduce(x.real, dim, None, None, True)
        largest = xp.where(xp.isfinite(largest), largest, largest.dtype.type(0))
        total = fold(xp, xp.exp(x - largest), dim, keepdim)
        return xp.log(total) + largest.reshape(total.shape)

    def grad_x(ctx, g):
        return _spread(ctx, g) * conj(exp(ctx.x - _spread(ctx, ctx.out)))


@numpy_names
def logsumexp(
    input: Tensor, dim: Dim, keepdim: bool = False, *, out: Tensor | None = None
) -> Tensor:
    """log(sum(exp(input))) over `dim`, without overflow.

    Shape: input (*), output (*) without the axes `dim`.

    >>> tensor([1000.0, 1000.0]).logsumexp(0)
    tensor(1000.6932)
    """
    a = unwrap(input)
    if a.dtype in INTEGRAL:
        input = to_dtype(input, dtypes.get_default_dtype().numpy)
    dims = folded(dim, a.ndim)
    result = unary(Logsumexp, input, dim=dims, keepdim=keepdim, shape=a.shape)
    return result if out is None else into(out, result)
