"""Inverses and determinants of square matrices."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy

from ..core.apply import apply
from ..core.tensor import unwrap
from ..kernels import lapack
from . import return_types
from .compare import where
from .complex import imag, is_complex
from .conj import conj
from .extrema import into_each
from .inplace import into
from .math import log
from .matrices import MatrixOp, check_float, check_square, columns, singular
from .permute import adjoint
from .reduce import others
from .shape import reshape

if TYPE_CHECKING:
    from ..tensor import Tensor


class LinalgInvEx(MatrixOp):
    """x⁻¹"""

    outputs = ("inverse", "info")
    nondiff = ("info",)
    saves = ("inverse",)

    def kernel(xp, x, *, check):
        return _inverse(xp, x, check)

    def grad_x(ctx, g, g_info):
        inverse = adjoint(ctx.inverse)
        return -(inverse @ g @ inverse)


def _inverse(xp: Any, x: Any, check: str | None) -> tuple[Any, Any]:
    """The inverse and LAPACK's report; the error of the function `check`, if there is none."""
    try:
        return xp.linalg.inv(x), xp.zeros(x.shape[:-2], xp.int32)
    except numpy.linalg.LinAlgError:
        factors, pivots, info = lapack.lu(xp, x)
    error = singular(check, info) if check else None
    if error is not None:
        raise error
    eye = xp.broadcast_to(xp.eye(x.shape[-1], dtype=x.dtype), x.shape)
    permuted = xp.take_along_axis(eye, lapack.order(pivots, x.shape[-1])[..., None], -2)
    below = lapack.triangular(xp, factors, permuted, upper=False, unit=True)[0]
    return lapack.triangular(xp, factors, below, upper=True, unit=False)[0], info


def _invert(x: Any, check: str | None = None) -> Any:
    return apply(LinalgInvEx, x, check=check)


class LinalgDet(MatrixOp):
    """The determinant of x"""

    saves = ("x", "out")

    def kernel(xp, x):
        return xp.linalg.det(x)

    def grad_x(ctx, g):
        if unwrap(ctx.out).all():
            return columns(g * conj(ctx.out)) * adjoint(_invert(ctx.x)[0])
        return columns(g) * _cofactors(ctx.x)


def _cofactors(x: Any) -> Any:
    """The gradient of the determinant, also where it is 0.

    With x = U S Vᴴ it is conj(det U det Vᴴ) U S' Vᴴ, where S' has the products of the other
    singular values.
    """
    from .svd import svd_of  # the two files need one another

    u, s, vh = svd_of(x)
    phase = conj(apply(LinalgDet, u) * apply(LinalgDet, vh))
    return columns(phase) * ((u * others(s)[..., None, :]) @ vh)


class LinalgSlogdet(MatrixOp):
    """The sign and the logarithm of the absolute value of det x"""

    outputs = ("sign", "logabsdet")
    saves = ("x", "sign")

    def kernel(xp, x):
        return tuple(xp.linalg.slogdet(x))

    def grad_x(ctx, g_sign, g_logabsdet):
        inverse = adjoint(_invert(ctx.x)[0])
        scale = 0 if g_logabsdet is None else columns(g_logabsdet)
        if g_sign is not None and is_complex(ctx.sign):
            scale = scale - columns(imag(conj(g_sign) * ctx.sign)) * 1j
        return scale * inverse


def inv(A: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The inverse of a square matrix, or of each of a stack.

    Shape: A (*, n, n), output (*, n, n). LinAlgError for a singular matrix, RuntimeError for what
    is not square. To solve an equation, `solve` is faster and more exact.

    >>> inv(tensor([[2.0, 0.0], [0.0, 4.0]]))
    tensor([[0.5000, 0.0000],
            [0.0000, 0.2500]])
    """
    _check_inverse(unwrap(A))
    result: Tensor = _invert(A, "linalg.inv")[0]
    return result if out is None else into(out, result, exact=True)


def inverse(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The inverse of a square matrix: `linalg.inv`.

    Shape: input (*, n, n), output (*, n, n).
    """
    return inv(input, out=out)


def inv_ex(A: Tensor, *, check_errors: bool = False, out: Any = None) -> Any:
    """The inverse, and for each matrix 0 or the place of the zero that makes it singular.

    Shape: A (*, n, n), inverse (*, n, n), info (*).
    """
    _check_inverse(unwrap(A))
    result = _invert(A, "linalg.inv_ex" if check_errors else None)
    return return_types.linalg_inv_ex(result if out is None else into_each(out, result))


def _check_inverse(a: Any) -> None:
    check_square("linalg.inv", a)
    check_float("linalg.inv", a)


def det(A: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The determinant of a square matrix, or of each of a stack.

    Shape: A (*, n, n), output (*).

    >>> det(tensor([[3.0, 1.0], [1.0, 2.0]]))
    tensor(5.)
    """
    check_square("linalg.det", unwrap(A))
    check_float("linalg.det", unwrap(A), "lu_cpu")
    result: Tensor = apply(LinalgDet, A)
    return result if out is None else into(out, result, exact=True)


def slogdet(A: Tensor, *, out: Any = None) -> Any:
    """The determinant as its sign (for complex numbers its phase) and log |det A|.

    Neither overflows, as the determinant of a large matrix does.

    Shape: A (*, n, n), sign and logabsdet (*).

    >>> slogdet(tensor([[-2.0, 0.0], [0.0, 0.5]]))
    torch.return_types.linalg_slogdet(
    sign=tensor(-1.),
    logabsdet=tensor(0.))
    """
    return return_types.linalg_slogdet(_slogdet("linalg.slogdet", A, out))


def torch_slogdet(input: Tensor, *, out: Any = None) -> Any:
    """`torch.slogdet`: `linalg.slogdet` with the name of a type of its own.

    Shape: input (*, n, n), sign and logabsdet (*).
    """
    return return_types.slogdet(_slogdet("linalg.slogdet", input, out))


torch_slogdet.__name__ = torch_slogdet.__qualname__ = "slogdet"


def _slogdet(function: str, A: Any, out: Any) -> Any:
    check_square(function, unwrap(A))
    check_float(function, unwrap(A))
    result = apply(LinalgSlogdet, A)
    return result if out is None else into_each(out, result)


def logdet(input: Tensor) -> Tensor:
    """The logarithm of the determinant: NaN where that is negative, -inf where it is 0.

    Shape: input (*, n, n), output (*).
    """
    sign, value = _slogdet("logdet", input, None)
    if unwrap(sign).dtype.kind == "c":
        return value + log(sign)
    return where(sign == -1, math.nan, value)


def tensorinv(A: Tensor, ind: int = 2, *, out: Tensor | None = None) -> Tensor:
    """The inverse under `tensordot` over the first `ind` axes: A as a square matrix, inverted.

    Shape: A (*, +) where the `ind` axes * have as many elements as +, output (+, *).
    """
    shape = unwrap(A).shape
    if ind <= 0:
        raise RuntimeError(f"Expected a strictly positive integer for 'ind', but got {ind}")
    first, last = shape[:ind], shape[ind:]
    rows, cols = math.prod(first), math.prod(last)
    if rows != cols:
        raise RuntimeError(
            "Expected self to satisfy the requirement prod(self.shape[ind:]) == "
            f"prod(self.shape[:ind]), but got {cols} != {rows}"
        )
    _check_inverse(unwrap(reshape(A, (rows, cols))))
    result = reshape(_invert(reshape(A, (rows, cols)), "inv")[0], (*last, *first))
    return result if out is None else into(out, result)
