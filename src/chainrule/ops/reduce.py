"""Sums, means and products over axes, and truth over axes."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from numpy import ndarray

from ..backend import namespace
from ..core import dtype as dtypes
from ..core.apply import INTEGRAL, apply, unary
from ..core.primitive import Primitive
from ..core.tensor import unwrap
from ..errors import hint
from ..kernels.sums import average, fold
from .compare import where
from .conj import conj
from .convert import to_dtype
from .dims import wrap_dim, wrap_dims
from .inplace import into
from .kinds import Reduction
from .mask import masked
from .names import numpy_names
from .permute import transpose
from .shape import expand, reshape, unsqueeze
from .shape import sum_to_size as sum_to_size

if TYPE_CHECKING:
    from ..core.dtype import dtype as DType
    from ..tensor import Tensor
    from ..typing import Dim

EVERY = tuple(tuple(range(ndim)) for ndim in range(65))
"""All axes of an array with so many dimensions."""


class Sum(Reduction):
    """The sum over all axes"""

    def kernel(xp, x, *, dim, keepdim, shape, to=None):
        return fold(xp, x, dim, keepdim, to)

    def grad_x(ctx, g):
        return unreduced(g, ctx.shape, ctx.dim, ctx.keepdim)


class SumDim(Sum):
    """The sum over some axes"""

    label = "SumBackward1"


class Mean(Reduction):
    """The mean over all axes"""

    def kernel(xp, x, *, dim, keepdim, shape):
        return average(xp, x, dim, keepdim)

    def grad_x(ctx, g):
        return unreduced(g / count(ctx.shape, ctx.dim), ctx.shape, ctx.dim, ctx.keepdim)


class MeanDim(Mean):
    """The mean over some axes"""

    label = "MeanBackward1"


class Nansum(Reduction):
    """The sum of what is not NaN"""

    saves = ("x",)

    def kernel(xp, x, *, dim, keepdim, shape):
        return fold(xp, xp.where(xp.isnan(x), x.dtype.type(0), x), dim, keepdim)

    def grad_x(ctx, g):
        return masked(unreduced(g, ctx.shape, ctx.dim, ctx.keepdim), ctx.x == ctx.x)


class Prod(Reduction):
    """The product over all axes"""

    saves = ("x", "out")

    def kernel(xp, x, *, dim, keepdim, shape, to=None):
        return xp.multiply.reduce(x, dim, to, None, keepdim)

    def grad_x(ctx, g):
        g = unreduced(g, ctx.shape, ctx.dim, ctx.keepdim)
        if unwrap(ctx.x).all():
            return g * conj(unreduced(ctx.out, ctx.shape, ctx.dim, ctx.keepdim) / ctx.x)
        if len(ctx.dim) == 1:
            last = len(ctx.shape) - 1
            return g * conj(transpose(others(transpose(ctx.x, ctx.dim[0], last)), ctx.dim[0], last))
        return g * conj(reshape(others(reshape(ctx.x, (-1,))), ctx.shape))


class ProdDim(Prod):
    """The product over one axis"""

    label = "ProdBackward1"


class Others(Primitive):
    """For each element of a row the product of all others"""

    saves = ("x",)

    def kernel(xp, x):
        before, after = xp.ones_like(x), xp.ones_like(x)
        xp.multiply.accumulate(x[..., :-1], -1, None, before[..., 1:])
        xp.multiply.accumulate(x[..., :0:-1], -1, None, after[..., -2::-1])
        return before * after

    def grad_x(ctx, g):
        return sum(unsqueeze(g, -2) * conj(pairs(ctx.x, unwrap(ctx.x))), -1)


def others(x: Any) -> Any:
    """For each element of a row the product of all others: the derivative of a product."""
    return apply(Others, x)


def pairs(x: Any, data: Any) -> Any:
    """[..., k, i]: the product of the row without elements k and i; 0 where k = i."""
    n = data.shape[-1]
    same = namespace(data).eye(n, dtype=bool)
    rows = expand(unsqueeze(x, -2), (*data.shape, n))
    return masked(others(where(same, 1, rows)), ~same)


class AllTrue(Reduction):
    """Whether all are nonzero"""

    nondiff = ("x",)

    def kernel(xp, x, *, dim, keepdim):
        return _as_truth(xp.logical_and.reduce(x, dim, None, None, keepdim), x)


class AnyTrue(Reduction):
    """Whether any is nonzero"""

    nondiff = ("x",)

    def kernel(xp, x, *, dim, keepdim):
        return _as_truth(xp.logical_or.reduce(x, dim, None, None, keepdim), x)


class CountNonzero(Reduction):
    """How many are nonzero"""

    nondiff = ("x",)

    def kernel(xp, x, *, dim, keepdim):
        return xp.add.reduce(x != 0, dim, int, None, keepdim)


def _as_truth(truth, x):
    return truth.astype(x.dtype) if x.dtype.kind == "u" else truth


def unreduced(g: Any, shape: tuple[int, ...], dim: tuple[int, ...], keepdim: bool) -> Any:
    """A reduced tensor spread over the axes that were folded."""
    if not keepdim and len(dim) < len(shape):
        g = reshape(g, tuple([1 if i in dim else n for i, n in enumerate(shape)]))
    return expand(g, shape)


def sum_of(x: Any, dim: tuple[int, ...], keepdim: bool = False) -> Any:
    """The sum over these axes, for gradient rules."""
    if not x.ndim:
        return x
    if type(x) is ndarray:
        return Sum.on_cpu(x, dim=dim, keepdim=keepdim, shape=None)
    return unary(SumDim, x, dim=dim, keepdim=keepdim, shape=x.shape)


def count(shape: tuple[int, ...], dim: tuple[int, ...]) -> int:
    """How many elements are folded into one."""
    return math.prod(shape) if len(dim) == len(shape) else math.prod([shape[i] for i in dim])


def folded(dim: Dim, ndim: int) -> tuple[int, ...]:
    """The axes that a reduction's argument `dim` names; None and () name all."""
    if dim is None or dim == () or dim == []:
        return EVERY[ndim]
    if type(dim) is int:
        axis = wrap_dim(dim, ndim)
        return (axis,) if ndim else ()
    axes = wrap_dims(dim, ndim)
    return axes if ndim else ()


@numpy_names
def sum(
    input: Tensor,
    dim: Dim = None,
    keepdim: bool = False,
    *,
    dtype: DType | None = None,
    out: Tensor | None = None,
) -> Tensor:
    """The sum over all axes, or over `dim`; integers and booleans are added as int64.

    Shape: input (*), output (*) without the axes `dim`, which `keepdim` keeps with size 1.

    >>> x = tensor([[1.0, 2.0], [3.0, 4.0]])
    >>> x.sum(), x.sum(0)
    (tensor(10.), tensor([4., 6.]))
    """
    op = Sum if dim is None else SumDim
    a = unwrap(input)
    dims = EVERY[a.ndim] if dim is None else folded(dim, a.ndim)
    if dtype is None and a.dtype not in INTEGRAL:
        result = unary(op, input, dim=dims, keepdim=keepdim, shape=a.shape)
    else:
        result = _accumulated(op, input, dims, keepdim, dtype)
    return result if out is None else into(out, result)


def _accumulated(
    op: type[Primitive], input: Any, dims: tuple[int, ...], keepdim: bool, dtype: DType | None
) -> Any:
    """A sum or product in a given dtype, or of integers (whose default is int64)."""
    kind = dtypes.int64 if dtype is None else dtypes.as_dtype(dtype)
    a = unwrap(input)
    to = kind.numpy
    if kind.category > dtypes.INTEGER or a.dtype not in INTEGRAL:
        input = to_dtype(input, to)
    return unary(op, input, dim=dims, keepdim=keepdim, shape=a.shape, to=to)


@numpy_names
def mean(
    input: Tensor,
    dim: Dim = None,
    keepdim: bool = False,
    *,
    dtype: DType | None = None,
    out: Tensor | None = None,
) -> Tensor:
    """The mean over all axes, or over `dim`. RuntimeError for integers: give a float `dtype`.

    Shape: input (*), output (*) without the axes `dim`, which `keepdim` keeps with size 1.

    >>> tensor([[1.0, 2.0], [3.0, 4.0]]).mean(1)
    tensor([1.5000, 3.5000])
    """
    if dtype is not None:
        input = _in_float(input, dtype)
    a = unwrap(input)
    if a.dtype in INTEGRAL:
        raise _no_mean("Input", dtypes.of_array(a))
    if dim is None:
        result = unary(Mean, input, dim=EVERY[a.ndim], keepdim=keepdim, shape=a.shape)
    else:
        dims = folded(dim, a.ndim)
        result = unary(MeanDim, input, dim=dims, keepdim=keepdim, shape=a.shape)
    return result if out is None else into(out, result)


def _in_float(input: Any, dtype: DType) -> Any:
    if dtype.category <= dtypes.INTEGER:
        raise _no_mean("Optional", dtype)
    return to_dtype(input, dtype.numpy)


def _no_mean(whose: str, kind: DType) -> RuntimeError:
    return RuntimeError(
        hint(
            f"mean(): could not infer output dtype. {whose} dtype must be either a floating point "
            f"or complex dtype. Got: {kind.short}",
            "convert the tensor first, as in x.float().mean()",
        )
    )


@numpy_names
def nansum(
    input: Tensor,
    dim: Dim = None,
    keepdim: bool = False,
    *,
    dtype: DType | None = None,
    out: Tensor | None = None,
) -> Tensor:
    """The sum of the elements that are not NaN, over all axes or over `dim`.

    Shape: input (*), output (*) without the axes `dim`.
    """
    if dtype is not None and dtype.category > dtypes.INTEGER:
        input = to_dtype(input, dtype.numpy)
    a = unwrap(input)
    if a.dtype in INTEGRAL:
        return sum(input, dim, keepdim, dtype=dtype, out=out)
    if a.dtype.kind == "c":
        raise RuntimeError("nansum on CPU does not support complex inputs")
    result = unary(Nansum, input, dim=folded(dim, a.ndim), keepdim=keepdim, shape=a.shape)
    return result if out is None else into(out, result)


@numpy_names
def nanmean(
    input: Tensor,
    dim: Dim = None,
    keepdim: bool = False,
    *,
    dtype: DType | None = None,
    out: Tensor | None = None,
) -> Tensor:
    """The mean of the elements that are not NaN, over all axes or over `dim`.

    Shape: input (*), output (*) without the axes `dim`.
    """
    a = unwrap(input)
    if a.dtype in INTEGRAL:
        raise RuntimeError(
            "nanmean(): expected input to have floating point or complex dtype but got "
            f"{dtypes.of_array(a).short}"
        )
    total = nansum(input, dim, keepdim, dtype=dtype)
    valid: Any = input == input
    result = total / to_dtype(sum(valid, dim, keepdim), unwrap(total).dtype)
    return result if out is None else into(out, result, exact=True)


@numpy_names
def prod(
    input: Tensor,
    dim: int | None = None,
    keepdim: bool = False,
    *,
    dtype: DType | None = None,
    out: Tensor | None = None,
) -> Tensor:
    """The product over all axes, or over the axis `dim`; integers multiply as int64.

    Shape: input (*), output (*) without the axis `dim`.

    >>> tensor([[1.0, 2.0], [3.0, 4.0]]).prod(1)
    tensor([ 2., 12.])
    """
    a = unwrap(input)
    if dim is None:
        op, dims = Prod, EVERY[a.ndim]
    else:
        op, dims = ProdDim, (wrap_dim(dim, a.ndim),) if a.ndim else ()
    if dtype is None and a.dtype not in INTEGRAL:
        result = unary(op, input, dim=dims, keepdim=keepdim, shape=a.shape)
    else:
        result = _accumulated(op, input, dims, keepdim, dtype)
    return result if out is None else into(out, result)


@numpy_names
def all(
    input: Tensor, dim: Dim = None, keepdim: bool = False, *, out: Tensor | None = None
) -> Tensor:
    """Whether all elements (along `dim`) are nonzero.

    Shape: input (*), output (*) without the axes `dim`.

    >>> tensor([[True, False], [True, True]]).all(0)
    tensor([ True, False])
    """
    result = apply(AllTrue, input, dim=folded(dim, unwrap(input).ndim), keepdim=keepdim)
    return result if out is None else into(out, result, exact=True)


@numpy_names
def any(
    input: Tensor, dim: Dim = None, keepdim: bool = False, *, out: Tensor | None = None
) -> Tensor:
    """Whether any element (along `dim`) is nonzero.

    Shape: input (*), output (*) without the axes `dim`.
    """
    result = apply(AnyTrue, input, dim=folded(dim, unwrap(input).ndim), keepdim=keepdim)
    return result if out is None else into(out, result, exact=True)


@numpy_names
def count_nonzero(input: Tensor, dim: Dim = None) -> Tensor:
    """How many elements (along `dim`) are not zero.

    Shape: input (*), output (*) without the axes `dim`.
    """
    return apply(CountNonzero, input, dim=folded(dim, unwrap(input).ndim), keepdim=False)
