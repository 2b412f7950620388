"""Norms of vectors, and distances made of them."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from ..core import dtype as dtypes
from ..core.apply import binary, unary
from ..core.primitive import Primitive
from ..core.tensor import unwrap
from ..errors import hint
from ..kernels.products import product_nt
from ..kernels.sums import fold
from .convert import to_dtype
from .dims import wrap_dim
from .inplace import into
from .kinds import Reduction, broadcast_error
from .mask import masked, zeros
from .masking import masked_fill
from .matmul import matmul_nn, matmul_tn
from .reduce import folded, sum_of, unreduced
from .shape import unsqueeze
from .signs import abs, sgn

if TYPE_CHECKING:
    from ..core.dtype import dtype as DType
    from ..tensor import Tensor
    from ..typing import Dim

_MANY = 25  # vectors from which distances are taken by a matrix product, as in PyTorch


class LinalgVectorNorm(Reduction):
    """(sum |x|^p)^(1/p)"""

    saves = ("x", "out")

    def kernel(xp, x, *, p, dim, keepdim, shape):
        return _norm(xp, x, p, dim, keepdim)

    def grad_x(ctx, g):
        p = ctx.p

        def spread(reduced):
            return unreduced(reduced, ctx.shape, ctx.dim, ctx.keepdim)

        if p == 2:
            return spread(_ratio(g, ctx.out)) * ctx.x
        if p == 1:
            return spread(g) * sgn(ctx.x)
        if p == 0:
            return zeros(spread(g))
        if math.isinf(p):
            largest = to_dtype(abs(ctx.x) == spread(ctx.out), unwrap(g).dtype)
            ties = sum_of(largest, ctx.dim, ctx.keepdim)
            return spread(g / ties) * largest * sgn(ctx.x)
        scale = masked(g * ctx.out ** (1 - p), ctx.out != 0)
        return spread(scale) * masked(abs(ctx.x) ** (p - 1), ctx.x != 0) * sgn(ctx.x)


class Dist(LinalgVectorNorm):
    """The norm of a difference"""


class Cdist(LinalgVectorNorm):
    """The norms of the differences of all pairs"""


class EuclideanDist(Primitive):
    """|x_i - y_j| for all rows of x and y"""

    label = "CdistBackward0"
    saves = ("x", "y", "out")

    def kernel(xp, x, y):
        if x.shape[-2] <= _MANY and y.shape[-2] <= _MANY:
            return _norm(xp, x[..., :, None, :] - y[..., None, :, :], 2, (-1,), False)
        xx = xp.einsum("...ij,...ij->...i", x, x)[..., :, None]
        yy = xp.einsum("...ij,...ij->...i", y, y)[..., None, :]
        squares = xx + yy - 2 * product_nt(xp, x, y)
        return xp.sqrt(xp.maximum(squares, 0))

    def grad_x(ctx, g):
        ratio = _ratio(g, ctx.out)
        return ctx.x * sum_of(ratio, (ratio.ndim - 1,), True) - matmul_nn(ratio, ctx.y)

    def grad_y(ctx, g):
        ratio = _ratio(g, ctx.out)
        total = unsqueeze(sum_of(ratio, (ratio.ndim - 2,)), -1)
        return ctx.y * total - matmul_tn(ratio, ctx.x)


def _ratio(g: Any, norm: Any) -> Any:
    """g / norm, but 0 where the norm is 0: in derivatives, too."""
    zero = norm == 0
    return masked(g, norm != 0) / (norm + to_dtype(zero, unwrap(norm).dtype))


def _norm(xp: Any, x: Any, p: float, dim: tuple[int, ...], keepdim: bool) -> Any:
    if x.dtype.itemsize == 2:
        return _norm(xp, x.astype("float32"), p, dim, keepdim).astype(x.dtype)
    if p == 2 and len(dim) == x.ndim > 0 and x.dtype.kind == "f" and x.flags.c_contiguous:
        flat = x.reshape(-1)
        out = xp.sqrt(flat.dot(flat))
        return out.reshape((1,) * x.ndim) if keepdim else out
    if p == 2:
        squares = x.real * x.real + x.imag * x.imag if x.dtype.kind == "c" else x * x
        return xp.sqrt(fold(xp, squares, dim, keepdim))
    size = xp.absolute(x)
    if p == math.inf:
        return xp.maximum.reduce(size, dim, None, None, keepdim)
    if p == -math.inf:
        return xp.minimum.reduce(size, dim, None, None, keepdim)
    if p == 0:
        return fold(xp, (size != 0).astype(size.dtype), dim, keepdim)
    if p == 1:
        return fold(xp, size, dim, keepdim)
    return fold(xp, size**p, dim, keepdim) ** (1 / p)


def vector_norm(
    x: Tensor,
    ord: float = 2,
    dim: Dim = None,
    keepdim: bool = False,
    *,
    dtype: DType | None = None,
    out: Tensor | None = None,
) -> Tensor:
    """(sum |x|^ord)^(1/ord) over all axes or `dim`; ord 0 counts, inf and -inf take extremes.

    The gradient where the norm is 0 is 0.

    Shape: x (*), output (*) without the axes `dim`.

    >>> vector_norm(tensor([3.0, 4.0]))
    tensor(5.)
    """
    if not isinstance(ord, (int, float)):
        raise TypeError(
            "linalg_vector_norm(): argument 'ord' (position 2) must be Number, "
            f"not {type(ord).__name__}"
        )
    x = _in_dtype(x, dtype)
    a = unwrap(x)
    dims = folded(dim, a.ndim)
    if not a.size and (ord < 0 or ord == math.inf):
        _check_empty(a.shape, ord, dims, dim)
    result = unary(LinalgVectorNorm, x, p=float(ord), dim=dims, keepdim=keepdim, shape=a.shape)
    return result if out is None else into(out, result, exact=True)


def _in_dtype(x: Any, dtype: DType | None) -> Any:
    kind = dtypes.of_array(unwrap(x))
    if kind.category <= dtypes.INTEGER:
        raise RuntimeError(
            hint(
                "linalg.vector_norm: Expected a floating point or complex tensor as input. "
                f"Got {kind.short}",
                "convert the tensor first, as in x.float().norm()",
            )
        )
    if dtype is None:
        return x
    if dtypes.promote_types(kind, dtype) is not dtype:
        raise RuntimeError(
            f"linalg.vector_norm: the dtype of the input ({kind.short}) should be convertible "
            f"without narrowing to the specified dtype ({dtype.short})"
        )
    return to_dtype(x, dtype.numpy)


def _check_empty(shape: tuple[int, ...], ord: float, dims: tuple[int, ...], dim: Dim) -> None:
    order = "inf" if ord == math.inf else "-inf" if ord == -math.inf else f"{ord:g}"
    cannot = f"linalg.vector_norm cannot compute the {order} norm on"
    reason = "operation does not have an identity"
    if dim is None or dim == ():
        raise RuntimeError(f"{cannot} an empty tensor because the {reason}")
    for axis in dims:
        if not shape[axis]:
            raise RuntimeError(
                f"{cannot} the dimension {axis}because this dimension is empty and the {reason}"
            )


def norm(
    input: Tensor,
    p: float | str | None = "fro",
    dim: Dim = None,
    keepdim: bool = False,
    out: Tensor | None = None,
    dtype: DType | None = None,
) -> Tensor:
    """The p-norm of the elements, over all axes or `dim`; "fro" is p = 2.

    Shape: input (*), output (*) without the axes `dim`.

    >>> tensor([[3.0, 0.0], [0.0, 4.0]]).norm()
    tensor(5.)
    """
    if p is None or p == "fro":
        p = 2.0
    if p == "nuc":
        from .matrix_norms import nuclear  # which needs decompositions, and with them this file

        return nuclear(input, dim, keepdim, dtype=dtype, out=out)
    if isinstance(p, str):
        raise RuntimeError(f"linalg.matrix_norm: Order {p} not supported.")
    return vector_norm(input, p, dim, keepdim, dtype=dtype, out=out)


def renorm(
    input: Tensor, p: float, dim: int, maxnorm: float, *, out: Tensor | None = None
) -> Tensor:
    """The slices along `dim`, scaled down to the p-norm `maxnorm` where theirs is larger.

    Shape: input (*), output (*).

    >>> renorm(tensor([[3.0, 4.0], [0.0, 1.0]]), 2, 0, 1)
    tensor([[0.6000, 0.8000],
            [0.0000, 1.0000]])
    """
    a = unwrap(input)
    dim = wrap_dim(dim, a.ndim)
    if isinstance(p, complex):
        raise RuntimeError("renorm: p must be real-valued")
    if p <= 0:
        raise RuntimeError("renorm: non-positive-norm not supported")
    if maxnorm < 0:
        raise RuntimeError(f"renorm: expected maxnorm to be >= 0 but got {maxnorm}")
    if a.ndim < 2:
        raise RuntimeError(f"renorm: input needs at least 2 dimensions, got {a.ndim} dimensions")
    dims = tuple(i for i in range(a.ndim) if i != dim)
    lengths: Any = vector_norm(input, p, dims, keepdim=True)
    scale = masked_fill(maxnorm / (lengths + 1e-7), lengths <= maxnorm, 1)
    result: Any = input * scale
    return result if out is None else into(out, result)


def frobenius_norm(
    input: Tensor, dim: Dim, keepdim: bool = False, *, out: Tensor | None = None
) -> Tensor:
    """The square root of the sum of |x|^2 over axes.

    Shape: input (*), output (*) without the axes `dim`.
    """
    return vector_norm(input, 2.0, dim, keepdim, out=out)


def dist(input: Tensor, other: Tensor, p: float = 2) -> Tensor:
    """The p-norm of input - other.

    Shape: input (*), other (*) broadcastable, output ().
    """
    difference: Any = input - other
    a = unwrap(difference)
    dims = tuple(range(a.ndim))
    return unary(Dist, difference, p=float(p), dim=dims, keepdim=False, shape=a.shape)


def cdist(
    x1: Tensor,
    x2: Tensor,
    p: float = 2.0,
    compute_mode: str = "use_mm_for_euclid_dist_if_necessary",
) -> Tensor:
    """The p-norms of the differences of all pairs of rows.

    Shape: x1 (*, n, k), x2 (*, m, k), output (*, n, m).

    >>> cdist(tensor([[0.0, 0.0]]), tensor([[3.0, 4.0], [0.0, 1.0]]))
    tensor([[5., 1.]])
    """
    a, b = unwrap(x1), unwrap(x2)
    _check_cdist(a, b, p)
    if p == 2:
        return binary(EuclideanDist, x1, x2)
    difference: Any = unsqueeze(x1, -2) - unsqueeze(x2, -3)
    shape = unwrap(difference).shape
    last = (len(shape) - 1,)
    return unary(Cdist, difference, p=float(p), dim=last, keepdim=False, shape=shape)


def _check_cdist(a: Any, b: Any, p: float) -> None:
    for name, array in (("X1", a), ("X2", b)):
        if array.ndim < 2:
            raise RuntimeError(
                f"cdist only supports at least 2D tensors, {name} got: {array.ndim}D"
            )
    if a.shape[-1] != b.shape[-1]:
        raise RuntimeError(
            f"X1 and X2 must have the same number of columns. X1: {a.shape[-1]} X2: {b.shape[-1]}"
        )
    for name, array in (("X1", a), ("X2", b)):
        kind = dtypes.of_array(array)
        if not kind.is_floating_point:
            raise RuntimeError(
                f"cdist only supports floating-point dtypes, {name} got: {kind.short}"
            )
    if p < 0:
        raise RuntimeError("cdist only supports non-negative p values")
    error = broadcast_error(a.shape[:-2], b.shape[:-2])
    if error is not None:
        raise error
    if a.dtype is not b.dtype:
        raise RuntimeError(
            f"expected scalar type {dtypes.of_array(a).short} but found {dtypes.of_array(b).short}"
        )
