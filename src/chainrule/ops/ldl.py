"""The LDL decomposition of symmetric and Hermitian matrices: without gradients, as in PyTorch."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..core import dtype as dtypes
from ..core.apply import apply
from ..core.tensor import unwrap
from ..kernels import lapack
from . import return_types
from .extrema import into_each
from .inplace import into
from .matrices import (
    MatrixOp,
    check_fit,
    check_float,
    check_matrices,
    check_same,
    check_square,
    first_failure,
    together,
)
from .shape import expand
from .support import no_derivative

if TYPE_CHECKING:
    from ..tensor import Tensor


class LinalgLdlFactorEx(MatrixOp):
    """L and D in one matrix with L D Lᵀ = x (or Lᴴ), and the pivots"""

    outputs = ("LD", "pivots", "info")
    nondiff = ("pivots", "info")
    grad_x = no_derivative("linalg_ldl_factor_ex")

    def kernel(xp, x, *, hermitian):
        return lapack.ldl(xp, x, hermitian=hermitian)


class LinalgLdlSolve(MatrixOp):
    """The solution of a x = b from the LDL decomposition of a"""

    nondiff = ("pivots",)
    grad_a = grad_b = no_derivative("linalg_ldl_solve")

    def kernel(xp, a, pivots, b, *, hermitian):
        return lapack.ldl_solution(xp, a, pivots, b, hermitian=hermitian)[0]


def ldl_factor(A: Tensor, *, hermitian: bool = False, out: Any = None) -> Any:
    """The compact LDL decomposition of a symmetric (or Hermitian) matrix, which `ldl_solve` takes.

    Only the lower triangle is read. There is no gradient, as in PyTorch.

    Shape: A (*, n, n), LD (*, n, n), pivots (*, n). RuntimeError if D is singular.
    """
    result = _ldl(A, hermitian, "torch.linalg.ldl_factor")[:2]
    return return_types.linalg_ldl_factor(result if out is None else into_each(out, result))


def ldl_factor_ex(
    A: Tensor, *, hermitian: bool = False, check_errors: bool = False, out: Any = None
) -> Any:
    """The compact LDL decomposition, and for each matrix 0 or where D has its first zero.

    Shape: A (*, n, n), LD (*, n, n), pivots (*, n), info (*).
    """
    result = _ldl(A, hermitian, "torch.linalg.ldl_factor_ex" if check_errors else None)
    return return_types.linalg_ldl_factor_ex(result if out is None else into_each(out, result))


def _ldl(A: Any, hermitian: bool, check: str | None) -> Any:
    a = unwrap(A)
    check_square("torch.linalg.ldl_factor_ex", a)
    check_float("torch.linalg.ldl_factor_ex", a, "ldl_factor_kernel_cpu")
    result = apply(LinalgLdlFactorEx, A, hermitian=hermitian)
    failure = first_failure(unwrap(result[2])) if check else None
    if failure is not None:
        raise RuntimeError(
            f"{check}: {failure[0]}D[{failure[1]},{failure[1]}] is zero: the matrix is singular."
        )
    return result


def ldl_solve(
    LD: Tensor,
    pivots: Tensor,
    B: Tensor,
    *,
    hermitian: bool = False,
    out: Tensor | None = None,
) -> Tensor:
    """The solution of A X = B from what `ldl_factor` made of A.

    Shape: LD (*, n, n), pivots (*, n), B (*, n, k), output (*, n, k).
    """
    name = "torch.linalg.ldl_solve"
    factors, b = unwrap(LD), unwrap(B)
    check_square(name, factors, "LD")
    check_float(name, factors, "ldl_solve_kernel_cpu")
    check_matrices(name, b, "B")
    if dtypes.of_array(unwrap(pivots)).category != dtypes.INTEGER:
        raise RuntimeError(f"{name}: Expected pivots to be integers")
    check_same(name, factors, b, ("LD", "B"))
    check_fit(name, factors, b)
    LD, B = together(LD, B)
    places = expand(pivots, unwrap(LD).shape[:-1])
    result: Tensor = apply(LinalgLdlSolve, LD, places, B, hermitian=hermitian)
    return result if out is None else into(out, result)
