"""Softmax, its logarithm, and the softmax of negated values."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

import numpy

from ..core import dtype as dtypes
from ..core.apply import unary
from ..core.primitive import Primitive
from ..core.tensor import unwrap
from ..kernels import softmax as kernels
from .arithmetic import neg
from .convert import to_dtype
from .dims import wrap_dim
from .inplace import into
from .math import exp
from .names import numpy_names
from .reduce import sum_of

if TYPE_CHECKING:
    from ..core.dtype import dtype as DType
    from ..tensor import Tensor


class Softmax(Primitive):
    """exp(x) / sum(exp(x)) along an axis"""

    saves = ("out",)

    def kernel(xp, x, *, dim):
        return kernels.softmax(xp, x, dim)

    def grad_x(ctx, g):
        if type(g) is numpy.ndarray:
            return kernels.softmax_slope(numpy, g, ctx.out, ctx.dim)
        return ctx.out * (g - sum_of(g * ctx.out, (ctx.dim,), True))


class LogSoftmax(Primitive):
    """x - log(sum(exp(x))) along an axis"""

    saves = ("out",)

    def kernel(xp, x, *, dim):
        return kernels.log_softmax(xp, x, dim)

    def grad_x(ctx, g):
        if type(g) is numpy.ndarray:
            return kernels.log_softmax_slope(numpy, g, ctx.out, ctx.dim)
        return g - exp(ctx.out) * sum_of(g, (ctx.dim,), True)


@numpy_names
def softmax(
    input: Tensor,
    dim: int | None = None,
    _stacklevel: int = 3,
    dtype: DType | None = None,
    *,
    out: Tensor | None = None,
) -> Tensor:
    """exp(input) divided by its sum along `dim`: positive values that add up to 1.

    Without `dim` PyTorch warns and takes the first axis, or the second of 2-D and 4-D tensors.
    `dtype` converts the input first. NotImplementedError for integers.

    Shape: input (*), output (*).

    >>> softmax(tensor([0.0, 0.0]), dim=0)
    tensor([0.5000, 0.5000])
    """
    return _normalized(Softmax, "softmax", input, dim, dtype, out)


@numpy_names
def log_softmax(
    input: Tensor,
    dim: int | None = None,
    _stacklevel: int = 3,
    dtype: DType | None = None,
    *,
    out: Tensor | None = None,
) -> Tensor:
    """The logarithm of softmax, more precise and quicker than log(softmax(input)).

    Shape: input (*), output (*).

    >>> log_softmax(tensor([0.0, 0.0]), dim=0)
    tensor([-0.6931, -0.6931])
    """
    return _normalized(LogSoftmax, "log_softmax", input, dim, dtype, out)


@numpy_names
def softmin(
    input: Tensor, dim: int | None = None, _stacklevel: int = 3, dtype: DType | None = None
) -> Tensor:
    """Softmax of -input.

    Shape: input (*), output (*).
    """
    if dim is None:
        dim = _implicit_dim("softmin", unwrap(input).ndim)
    return softmax(neg(input), dim, dtype=dtype)


def _normalized(
    op: type[Primitive], name: str, input: Any, dim: Any, dtype: DType | None, out: Any
) -> Any:
    if dtype is not None:
        input = to_dtype(input, dtype.numpy)
    a = unwrap(input)
    if dim is None:
        dim = _implicit_dim(name, a.ndim)
    dim = wrap_dim(dim, a.ndim)
    if a.dtype.kind in "biuc":
        kernel = f"{name}_lastdim_kernel_impl" if dim + 1 >= a.ndim else f"{name}_kernel_impl"
        short = dtypes.of_array(a).short
        raise NotImplementedError(f"\"{kernel}\" not implemented for '{short}'")
    result = unary(op, input, dim=dim)
    return result if out is None else into(out, result, exact=True)


def _implicit_dim(name: str, ndim: int) -> int:
    warnings.warn(
        f"Implicit dimension choice for {name} has been deprecated. "
        "Change the call to include dim=X as an argument.",
        UserWarning,
        stacklevel=5,
    )
    return 0 if ndim in (0, 1, 3) else 1
