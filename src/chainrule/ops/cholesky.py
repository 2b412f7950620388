"""The Cholesky decomposition of positive definite matrices, and what is solved with it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy

from ..core.apply import apply
from ..core.tensor import unwrap
from ..errors import LinAlgError, hint
from ..kernels import lapack
from . import return_types
from .extrema import into_each
from .inplace import into
from .matrices import (
    MatrixOp,
    check_float,
    check_same,
    check_square,
    first_failure,
    identity,
    together,
)
from .permute import adjoint
from .rearrange import tril
from .solve import substituted

if TYPE_CHECKING:
    from ..tensor import Tensor


class LinalgCholeskyEx(MatrixOp):
    """The triangular L with L Lᴴ = x, or Lᴴ L = x if upper"""

    outputs = ("L", "info")
    nondiff = ("info",)
    saves = ("L",)

    def kernel(xp, x, *, upper, check):
        if upper:
            x = x.conj().swapaxes(-1, -2)
        try:
            factor, info = xp.linalg.cholesky(x), xp.zeros(x.shape[:-2], xp.int32)
        except numpy.linalg.LinAlgError:
            factor, info = lapack.cholesky(xp, x)
        failure = first_failure(info)
        if check and failure is not None:
            raise LinAlgError(
                hint(
                    f"{check}: {failure[0]}The factorization could not be completed because the "
                    f"input is not positive-definite (the leading minor of order {failure[1]} is "
                    "not positive-definite).",
                    "add a small multiple of the identity if it should be",
                )
            )
        return (factor.conj().swapaxes(-1, -2) if upper else factor), info

    def grad_x(ctx, g, g_info):
        upper, g = (ctx.L, adjoint(g)) if ctx.upper else (adjoint(ctx.L), g)
        half = tril(upper @ g)
        inner = 0.5 * (half + adjoint(tril(half, -1)))
        left = substituted(upper, inner, True)
        return adjoint(substituted(upper, adjoint(left), True))


class CholeskySolve(MatrixOp):
    """(L Lᴴ)⁻¹ b, or (Lᴴ L)⁻¹ b if upper"""

    saves = ("L", "out")

    def kernel(xp, b, L, *, upper):
        adjoint = L.conj().swapaxes(-1, -2)
        first, last = (adjoint, L) if upper else (L, adjoint)
        half = lapack.triangular(xp, first, b, upper=False, unit=False)[0]
        return lapack.triangular(xp, last, half, upper=True, unit=False)[0]

    def grad_b(ctx, g):
        return apply(CholeskySolve, g, ctx.L, upper=ctx.upper)

    def grad_L(ctx, g):
        half = apply(CholeskySolve, g, ctx.L, upper=ctx.upper) @ adjoint(ctx.out)
        both = -(half + adjoint(half))
        return ctx.L @ both if ctx.upper else both @ ctx.L


def cholesky(A: Tensor, *, upper: bool = False, out: Tensor | None = None) -> Tensor:
    """The Cholesky factor L of a positive definite matrix: A = L Lᴴ (or A = Lᴴ L, if `upper`).

    Only that triangle of A is read.

    Shape: A (*, n, n), output (*, n, n). LinAlgError if A is not positive definite.

    >>> cholesky(tensor([[4.0, 2.0], [2.0, 5.0]]))
    tensor([[2., 0.],
            [1., 2.]])
    """
    check_square("linalg.cholesky", unwrap(A))
    check_float("linalg.cholesky", unwrap(A), "cholesky_cpu")
    result: Tensor = _cholesky(A, upper, "linalg.cholesky")[0]
    return result if out is None else into(out, result, exact=True)


def torch_cholesky(input: Tensor, upper: bool = False, *, out: Tensor | None = None) -> Tensor:
    """The Cholesky factor; deprecated for `linalg.cholesky`.

    Shape: input (*, n, n), output (*, n, n).
    """
    check_square("cholesky", unwrap(input))
    check_float("cholesky", unwrap(input), "cholesky_cpu", any_float=False)
    result: Tensor = _cholesky(input, upper, "cholesky")[0]
    return result if out is None else into(out, result)


torch_cholesky.__name__ = torch_cholesky.__qualname__ = "cholesky"


def cholesky_ex(
    A: Tensor, *, upper: bool = False, check_errors: bool = False, out: Any = None
) -> Any:
    """The Cholesky factor, and for each matrix 0 or the order of the minor that is not positive.

    Shape: A (*, n, n), L (*, n, n), info (*).
    """
    check_square("linalg.cholesky", unwrap(A))
    check_float("linalg.cholesky", unwrap(A), "cholesky_cpu")
    result = _cholesky(A, upper, "linalg.cholesky_ex" if check_errors else None)
    return return_types.linalg_cholesky_ex(result if out is None else into_each(out, result))


def _cholesky(x: Any, upper: bool, check: str | None) -> tuple[Any, Any]:
    found: tuple[Any, Any] = apply(LinalgCholeskyEx, x, upper=bool(upper), check=check)
    return found


def cholesky_solve(
    B: Tensor, L: Tensor, upper: bool = False, *, out: Tensor | None = None
) -> Tensor:
    """The solution of A X = B, where L is the Cholesky factor of A: A = L Lᴴ (or Lᴴ L, if `upper`).

    Shape: B (*, n, k), L (*, n, n), output (*, n, k).
    """
    right, factor = unwrap(B), unwrap(L)
    for name, array in (("b", right), ("u", factor)):
        if array.ndim < 2:
            raise RuntimeError(
                f"{name} should have at least 2 dimensions, but has {array.ndim} dimensions instead"
            )
    check_square("cholesky_solve", factor)
    if right.shape[-2] != factor.shape[-1]:
        raise RuntimeError(
            "Incompatible matrix sizes for cholesky_solve: each A matrix is "
            f"{factor.shape[-1]} by {factor.shape[-1]} but each b matrix is "
            f"{right.shape[-2]} by {right.shape[-1]}"
        )
    check_same("cholesky_solve", right, factor, ("b", "A"))
    check_float("cholesky_solve", factor, "cholesky_solve_cpu", any_float=False)
    result = _with_cholesky(B, L, upper)
    return result if out is None else into(out, result)


def _with_cholesky(b: Any, factor: Any, upper: bool) -> Any:
    return apply(CholeskySolve, *together(b, factor), upper=upper)


def cholesky_inverse(L: Tensor, upper: bool = False, *, out: Tensor | None = None) -> Tensor:
    """The inverse of A, where L is its Cholesky factor: A = L Lᴴ (or Lᴴ L, if `upper`).

    Shape: L (*, n, n), output (*, n, n). LinAlgError for a zero on the diagonal.
    """
    a = unwrap(L)
    check_square("cholesky_inverse", a)
    check_float("cholesky_inverse", a, "cholesky_inverse_out_cpu", any_float=False)
    zeros = a.diagonal(0, -2, -1) == 0
    if zeros.any():
        element = int(zeros.reshape(-1, a.shape[-1]).any(-1).nonzero()[0][0])
        place = int(zeros.reshape(-1, a.shape[-1])[element].nonzero()[0][0]) + 1
        batch = f"(Batch element {element}): " if a.ndim > 2 else ""
        raise LinAlgError(
            f"cholesky_inverse: {batch}The diagonal element {place} is zero, the inversion could "
            "not be completed because the input matrix is singular."
        )
    result = _with_cholesky(identity(L), L, upper)
    return result if out is None else into(out, result)
