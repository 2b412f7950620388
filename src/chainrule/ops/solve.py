"""Solutions of linear equations with a square matrix or a triangular one."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy

from ..core.apply import apply
from ..core.tensor import unwrap
from ..errors import LinAlgError, hint
from ..kernels import lapack
from . import return_types
from .convert import clone
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
from .permute import adjoint, matrix_transpose, movedim
from .rearrange import tril, triu
from .shape import reshape, squeeze, unsqueeze

if TYPE_CHECKING:
    from ..tensor import Tensor
    from ..typing import Shape


class LinalgSolveEx(MatrixOp):
    """a⁻¹ b"""

    outputs = ("result", "info")
    nondiff = ("info",)
    saves = ("a", "result")

    def kernel(xp, a, b, *, check):
        try:
            return xp.linalg.solve(a, b), xp.zeros(a.shape[:-2], xp.int32)
        except numpy.linalg.LinAlgError:
            return _solve_singular(xp, a, b, check)

    def grad_a(ctx, g, g_info):
        return -(solve_by(adjoint(ctx.a), g) @ adjoint(ctx.result))

    def grad_b(ctx, g, g_info):
        return solve_by(adjoint(ctx.a), g)


def solve_by(a: Any, b: Any) -> Any:
    """The solution of a x = b, without checks: for rules."""
    return apply(LinalgSolveEx, a, b, check=False)[0]


def _solve_singular(xp: Any, a: Any, b: Any, check: bool) -> tuple[Any, Any]:
    """What substitution gives where there is no solution: inf and NaN; or the error."""
    factors, pivots, info = lapack.lu(xp, a)
    failure = first_failure(info)
    if check and failure is not None:
        raise LinAlgError(
            hint(
                f"torch.linalg.solve: {failure[0]}The solver failed because the input matrix is "
                "singular.",
                "linalg.lstsq gives a least squares solution",
            )
        )
    permuted = xp.take_along_axis(b, lapack.order(pivots, a.shape[-1])[..., None], -2)
    below = lapack.triangular(xp, factors, permuted, upper=False, unit=True)[0]
    return lapack.triangular(xp, factors, below, upper=True, unit=False)[0], info


class LinalgSolveTriangular(MatrixOp):
    """a⁻¹ b, for a triangular a"""

    saves = ("a", "out")

    def kernel(xp, a, b, *, upper, unit):
        return lapack.triangular(xp, a, b, upper=upper, unit=unit)[0]

    def grad_a(ctx, g):
        g = -(_backward(ctx, g) @ adjoint(ctx.out))
        return triu(g, int(ctx.unit)) if ctx.upper else tril(g, -int(ctx.unit))

    def grad_b(ctx, g):
        return _backward(ctx, g)


def _backward(ctx: Any, g: Any) -> Any:
    return substituted(adjoint(ctx.a), g, not ctx.upper, ctx.unit)


def substituted(a: Any, b: Any, upper: bool, unit: bool = False) -> Any:
    """The solution of a x = b for a triangular a, without checks: for rules and compositions."""
    a, b = together(a, b)
    return apply(LinalgSolveTriangular, a, b, upper=upper, unit=unit)


def solve(A: Tensor, B: Tensor, *, left: bool = True, out: Tensor | None = None) -> Tensor:
    """The solution X of A X = B, or of X A = B if not `left`.

    Shape: A (*, n, n), B (*, n, k) or, as vectors, (*, n), output as B. LinAlgError for a singular
    matrix.

    >>> solve(tensor([[2.0, 0.0], [0.0, 4.0]]), tensor([2.0, 1.0]))
    tensor([1.0000, 0.2500])
    """
    result: Tensor = _solve(A, B, left, True)[0]
    return result if out is None else into(out, result, exact=True)


def solve_ex(
    A: Tensor, B: Tensor, *, left: bool = True, check_errors: bool = False, out: Any = None
) -> Any:
    """The solution X of A X = B, and for each matrix 0 or the place where it is singular.

    Shape: A (*, n, n), B (*, n, k) or (*, n), result as B, info (*).
    """
    result = _solve(A, B, left, check_errors)
    return return_types.linalg_solve_ex(result if out is None else into_each(out, result))


def _solve(A: Any, B: Any, left: bool, check: bool) -> tuple[Any, Any]:
    a, b = unwrap(A), unwrap(B)
    check_float("linalg.solve", a, "lu_cpu")
    check_square("linalg.solve", a)
    check_same("linalg.solve", a, b)
    vector = b.ndim == 1 or (b.ndim == a.ndim - 1 and b.shape == a.shape[:-1])
    if vector and not left:
        raise RuntimeError(
            "linalg.solve: Vector broadcasting of the left hand side is not supported for "
            "left=False. In this case linalg.solve is equivalent to B / A.squeeze(-1)"
        )
    if vector:
        B = unsqueeze(B, -1)
    check_matrices("linalg.solve", unwrap(B), "B")
    check_fit("linalg.solve", a, unwrap(B), left)
    if not left:
        A, B = matrix_transpose(A), matrix_transpose(B)
    result, info = apply(LinalgSolveEx, *together(A, B), check=check)
    if not left:
        result = matrix_transpose(result)
    return (squeeze(result, -1) if vector else result), info


def solve_triangular(
    A: Tensor,
    B: Tensor,
    *,
    upper: bool,
    left: bool = True,
    unitriangular: bool = False,
    out: Tensor | None = None,
) -> Tensor:
    """The solution X of A X = B (or X A = B) for a triangular A, of which only that half is read.

    Zeros on the diagonal give inf and NaN, without an error.

    Shape: A (*, n, n), B (*, n, k) or, if not `left`, (*, k, n), output as B.

    >>> A, B = tensor([[2.0, 0.0], [1.0, 1.0]]), tensor([[2.0], [3.0]])
    >>> solve_triangular(A, B, upper=False)
    tensor([[1.],
            [2.]])
    """
    a, b = unwrap(A), unwrap(B)
    name = "linalg.solve_triangular"
    check_same(name, a, b)
    check_square(name, a)
    check_matrices(name, b, "B")
    check_fit(name, a, b, left)
    check_float(name, a, "triangular_solve_cpu", any_float=False)
    result = _triangular(A, B, upper, left, unitriangular)
    return result if out is None else into(out, result, exact=True)


def _triangular(A: Any, B: Any, upper: bool, left: bool, unit: bool) -> Any:
    if left:
        return substituted(A, B, upper, unit)
    return matrix_transpose(substituted(matrix_transpose(A), matrix_transpose(B), not upper, unit))


def triangular_solve(
    b: Tensor,
    A: Tensor,
    upper: bool = True,
    transpose: bool = False,
    unitriangular: bool = False,
    *,
    out: Any = None,
) -> Any:
    """The solution of A x = b for a triangular A, and A; deprecated for `solve_triangular`.

    Shape: b (*, n, k), A (*, n, n), solution (*, n, k), cloned_coefficient (*, n, n).
    """
    right, matrix = unwrap(b), unwrap(A)
    for name, array in (("b", right), ("A", matrix)):
        if array.ndim < 2:
            raise RuntimeError(
                f"torch.triangular_solve: Expected {name} to have at least 2 dimensions, "
                f"but it has {array.ndim} dimensions instead"
            )
    check_square("triangular_solve", matrix)
    if right.shape[-2] != matrix.shape[-1]:
        raise RuntimeError(
            "Incompatible matrix sizes for triangular_solve: each A matrix is "
            f"{matrix.shape[-1]} by {matrix.shape[-1]} but each b matrix is "
            f"{right.shape[-2]} by {right.shape[-1]}"
        )
    check_same("triangular_solve", right, matrix, ("b", "A"))
    check_float("triangular_solve", matrix, "triangular_solve_cpu", any_float=False)
    A, b = together(A, b)
    given = matrix_transpose(A) if transpose else A
    result = (substituted(given, b, upper ^ transpose, unitriangular), clone(A))
    return return_types.triangular_solve(result if out is None else into_each(out, result))


def tensorsolve(
    A: Tensor, B: Tensor, dims: Shape | None = None, *, out: Tensor | None = None
) -> Tensor:
    """The solution X of tensordot(A, X, X.ndim) = B; the axes `dims` of A are moved last first.

    Shape: B (*), A (*, +) with as many elements in * as in +, output (+).
    """
    if dims is not None:
        A = movedim(A, tuple(dims), tuple(range(-len(tuple(dims)), 0)))
    shape, rank = unwrap(A).shape, unwrap(B).ndim
    last = shape[rank:]
    cols, rows = math.prod(last), math.prod(shape[:rank])
    if rows != cols:
        raise RuntimeError(
            "Expected self to satisfy the requirement prod(self.shape[other.ndim:]) == "
            f"prod(self.shape[:other.ndim]), but got {cols} != {rows}"
        )
    matrix = reshape(A, (rows, cols))
    result = reshape(solve(matrix, reshape(B, (-1,))), last)
    return result if out is None else into(out, result)
