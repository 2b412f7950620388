"""The LU decomposition, and what is solved with it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy

from ..backend import move
from ..core.apply import apply
from ..core.tensor import unwrap, wrap
from ..errors import hint
from ..kernels import lapack
from . import return_types
from .extrema import into_each
from .index import gather
from .inplace import into
from .join import cat
from .matrices import (
    MatrixOp,
    check_fit,
    check_float,
    check_matrices,
    check_same,
    check_square,
    first_failure,
    identity,
    together,
)
from .permute import adjoint
from .rearrange import tril, triu
from .shape import expand, unsqueeze
from .solve import substituted

if TYPE_CHECKING:
    from ..tensor import Tensor


class LinalgLuFactorEx(MatrixOp):
    """L and U in one matrix with L U = P x, and the row swaps that make P"""

    label = "LinalgLuFactorBackward0"
    outputs = ("LU", "pivots", "info")
    nondiff = ("pivots", "info")
    saves = ("LU", "pivots")

    def kernel(xp, x):
        return lapack.lu(xp, x)

    def grad_x(ctx, g, g_pivots, g_info):
        return _lu_gradient(ctx.LU, ctx.pivots, g)


def _lu_gradient(factors: Any, pivots: Any, g: Any) -> Any:
    """The gradient of an LU decomposition: of its square part, and of the rows or columns beyond.

    S. Axen, A. Sengupta, "Differentiating the LU decomposition", 2021.
    """
    rows, cols = unwrap(factors).shape[-2:]
    k = min(rows, cols)
    square, g_square = factors[..., :k, :k], g[..., :k, :k]
    lower = adjoint(tril(square, -1) + identity(square))
    upper = adjoint(triu(square))
    below, above = lower @ tril(g_square, -1), triu(g_square) @ upper
    if cols > k:
        below = below - g[..., :k, k:] @ adjoint(factors[..., :k, k:])
    if rows > k:
        above = above - adjoint(factors[..., k:, :]) @ g[..., k:, :]
    inner = tril(below, -1) + triu(above)

    def by_upper(x: Any) -> Any:  # x times the inverse of Uᴴ
        return adjoint(substituted(adjoint(upper), adjoint(x), True))

    result = by_upper(substituted(lower, inner, True, True))
    if cols > k:
        result = cat([result, substituted(lower, g[..., :k, k:], True, True)], -1)
    if rows > k:
        result = cat([result, by_upper(g[..., k:, :])], -2)
    return _permuted(result, pivots)


class RowOrder(MatrixOp):
    """Where each row comes from when rows are swapped one after the other, or where it goes"""

    nondiff = ("pivots",)

    def kernel(xp, pivots, *, rows, back):
        order = lapack.order(move(pivots, "cpu", None), rows)
        return xp.asarray(order if back else order.argsort(-1))


def _permuted(x: Any, pivots: Any, back: bool = False) -> Any:
    """P x, or Pᵀ x, for the permutation matrix P with P L U = the matrix that was factored."""
    shape = unwrap(x).shape
    order = apply(RowOrder, pivots, rows=shape[-2], back=back)
    return gather(x, len(shape) - 2, expand(unsqueeze(order, -1), shape))


def lu_factor(A: Tensor, *, pivot: bool = True, out: Any = None) -> Any:
    """The LU decomposition in the compact form that `lu_solve` takes.

    Shape: A (*, m, n), LU (*, m, n), pivots (*, min(m, n)). RuntimeError if U has a zero on its
    diagonal.
    """
    result = _lu_factor(A, pivot, "torch.linalg.lu_factor")[:2]
    return return_types.linalg_lu_factor(result if out is None else into_each(out, result))


def lu_factor_ex(
    A: Tensor, *, pivot: bool = True, check_errors: bool = False, out: Any = None
) -> Any:
    """The compact LU decomposition, and for each matrix 0 or where U has its first zero.

    Shape: A (*, m, n), LU (*, m, n), pivots (*, min(m, n)), info (*).
    """
    result = _lu_factor(A, pivot, "torch.linalg.lu_factor_ex" if check_errors else None)
    return return_types.linalg_lu_factor_ex(result if out is None else into_each(out, result))


def _lu_factor(A: Any, pivot: bool, check: str | None, name: str = "torch.lu_factor") -> Any:
    a = unwrap(A)
    if a.ndim < 2:
        raise RuntimeError(
            f"{name}: Expected tensor with 2 or more dimensions. Got size: {list(a.shape)} instead"
        )
    check_float(name, a, "lu_cpu", any_float=False)
    if not pivot:
        raise RuntimeError("linalg.lu_factor: LU without pivoting is not implemented on the CPU")
    result = apply(LinalgLuFactorEx, A)
    failure = first_failure(unwrap(result[2])) if check else None
    if failure is not None:
        place = failure[1]
        raise RuntimeError(
            f"{check}: {failure[0]}U[{place},{place}] is zero and using it on lu_solve would "
            "result in a division by zero. If you still want to perform the factorization, "
            "consider calling linalg.lu(A, pivot) or linalg.lu_factor_ex(A, pivot)"
        )
    return result


def lu(A: Tensor, *, pivot: bool = True, out: Any = None) -> Any:
    """The decomposition A = P L U with partial pivoting, as three matrices.

    Shape: A (*, m, n), P (*, m, m), L (*, m, k), U (*, k, n) with k = min(m, n).

    >>> P, L, U = lu(tensor([[1.0, 2.0], [2.0, 0.0]]))
    >>> L, U
    (tensor([[1.0000, 0.0000],
            [0.5000, 1.0000]]), tensor([[2., 0.],
            [0., 2.]]))
    """
    factors, pivots, _ = _lu_factor(A, pivot, None, "linalg.lu")
    result = _unpacked(factors, pivots)
    return return_types.linalg_lu(result if out is None else into_each(out, result))


def torch_lu(
    A: Tensor, pivot: bool = True, get_infos: bool = False, out: Any = None
) -> tuple[Tensor, ...]:
    """The compact LU decomposition; deprecated for `linalg.lu_factor`.

    Shape: A (*, m, n), LU (*, m, n), pivots (*, min(m, n)) and, with `get_infos`, info (*).
    """
    result = _lu_factor(A, pivot, None)
    if get_infos:
        return return_types._lu_with_info(result if out is None else into_each(out, result))
    return tuple(result[:2]) if out is None else into_each(out, result[:2])


torch_lu.__name__ = torch_lu.__qualname__ = "lu"


def lu_unpack(
    LU_data: Tensor,
    LU_pivots: Tensor,
    unpack_data: bool = True,
    unpack_pivots: bool = True,
    *,
    out: Any = None,
) -> Any:
    """The matrices P, L and U of a compact LU decomposition.

    Shape: LU_data (*, m, n), LU_pivots (*, min(m, n)), P (*, m, m), L (*, m, k), U (*, k, n).
    """
    if unpack_pivots and unwrap(LU_pivots).dtype != numpy.int32:
        raise RuntimeError(
            hint(
                "torch.lu_unpack: LU_pivots is expected to be a contiguous tensor of torch.int32 "
                "dtype.",
                "this function takes what torch.linalg.lu_factor returns",
            )
        )
    none = wrap(numpy.empty(0, unwrap(LU_data).dtype))
    p, lower, upper = _unpacked(LU_data, LU_pivots)
    result = (p if unpack_pivots else none, *((lower, upper) if unpack_data else (none, none)))
    return return_types.lu_unpack(result if out is None else into_each(out, result))


def _unpacked(factors: Any, pivots: Any) -> tuple[Any, Any, Any]:
    a = unwrap(factors)
    rows, cols = a.shape[-2:]
    k = min(rows, cols)
    eye = wrap(numpy.eye(rows, dtype=a.dtype))
    permutation = _permuted(expand(eye, (*a.shape[:-2], rows, rows)), pivots)
    lower = tril(factors[..., :, :k], -1) + wrap(numpy.eye(rows, k, dtype=a.dtype))
    return permutation, lower, triu(factors[..., :k, :])


def lu_solve(
    LU: Tensor,
    pivots: Tensor,
    B: Tensor,
    *,
    left: bool = True,
    adjoint: bool = False,
    out: Tensor | None = None,
) -> Tensor:
    """The solution X of A X = B (X A = B; with Aᴴ, if `adjoint`) from what `lu_factor` made of A.

    Shape: LU (*, n, n), pivots (*, n), B (*, n, k) or, if not `left`, (*, k, n), output as B.
    """
    a, p, b = unwrap(LU), unwrap(pivots), unwrap(B)
    name = "linalg.lu_solve"
    if p.dtype != numpy.int32:
        raise RuntimeError(f"{name}: pivots should be a Tensor of scalar type torch.int32")
    check_same(name, a, b, ("LU", "B"))
    check_square(name, a, "LU")
    check_matrices(name, b, "B")
    check_fit(name, a, b, left)
    if p.shape[-1:] != a.shape[-1:]:
        raise RuntimeError(
            f"{name}: Number of pivots per batch should be same as the dimension of the matrix"
        )
    if p.shape[:-1] != a.shape[:-2]:
        raise RuntimeError(
            f"{name}: Expected LU.shape[:-1] and pivots.shape to be the same, but got pivots with "
            f"shape {list(p.shape)} instead"
        )
    check_float(name, a, "lu_solve_cpu", any_float=False)
    if left:
        result = _lu_solution(LU, pivots, B, adjoint)
    else:
        result = conj_t(_lu_solution(LU, pivots, conj_t(B), not adjoint))
    return result if out is None else into(out, result, exact=True)


conj_t = adjoint  # where an argument has the name


def _lu_solution(factors: Any, pivots: Any, b: Any, transposed: bool) -> Any:
    factors, b = together(factors, b)
    if not transposed:
        b = substituted(factors, _permuted(b, pivots, back=True), False, True)
        return substituted(factors, b, True)
    flipped = adjoint(factors)
    return _permuted(substituted(flipped, substituted(flipped, b, False), True, True), pivots)


def torch_lu_solve(
    b: Tensor,
    LU_data: Tensor,
    LU_pivots: Tensor,
    *,
    out: Tensor | None = None,
) -> Tensor:
    """The solution of A x = b from what `lu_factor` made of A; deprecated for `linalg.lu_solve`.

    Shape: b (*, n, k), LU_data (*, n, n), LU_pivots (*, n), output (*, n, k).
    """
    return lu_solve(LU_data, LU_pivots, b, out=out)


torch_lu_solve.__name__ = torch_lu_solve.__qualname__ = "lu_solve"
