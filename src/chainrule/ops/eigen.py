"""Eigenvalues and eigenvectors, of any square matrices and of Hermitian ones."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy

from ..core import dtype as dtypes
from ..core.apply import apply
from ..core.tensor import unwrap
from ..errors import LinAlgError, hint
from . import return_types
from .complex import imag, is_complex, real
from .conj import conj
from .extrema import into_each
from .inplace import into
from .matrices import MatrixOp, check_float, check_square
from .permute import adjoint
from .rearrange import diag_embed
from .slicing import diagonal
from .solve import solve_by

if TYPE_CHECKING:
    from ..tensor import Tensor


class LinalgEigh(MatrixOp):
    """x = V diag(L) Vᴴ, for a Hermitian x"""

    outputs = ("eigenvalues", "eigenvectors")
    saves = ("eigenvalues", "eigenvectors")

    def kernel(xp, x, *, uplo):
        return tuple(_converged(xp.linalg.eigh, x, uplo))

    def grad_x(ctx, g_values, g_vectors):
        vectors = ctx.eigenvectors
        if g_vectors is None:
            return (vectors * g_values[..., None, :]) @ adjoint(vectors)
        turned = adjoint(vectors) @ g_vectors
        if is_complex(turned):
            _check_phase("linalg_eigh", diagonal(turned, 0, -2, -1))
        inner = _off_diagonal(turned - adjoint(turned)) / (2 * _gaps(ctx.eigenvalues))
        if g_values is not None:
            inner = inner + diag_embed(g_values)
        return vectors @ inner @ adjoint(vectors)


class LinalgEigvalsh(MatrixOp):
    """The eigenvalues of a Hermitian x"""

    label = "LinalgEighBackward0"
    saves = ("x",)

    def kernel(xp, x, *, uplo):
        return _converged(xp.linalg.eigvalsh, x, uplo)

    def grad_x(ctx, g):
        vectors = apply(LinalgEigh, ctx.x, uplo=ctx.uplo)[1]
        return (vectors * g[..., None, :]) @ adjoint(vectors)


class LinalgEig(MatrixOp):
    """x = V diag(L) V⁻¹"""

    outputs = ("eigenvalues", "eigenvectors")
    saves = ("x", "eigenvalues", "eigenvectors")

    def kernel(xp, x):
        values, vectors = _converged(xp.linalg.eig, x)
        wide = _wide(x)
        return values.astype(wide), vectors.astype(wide)

    def grad_x(ctx, g_values, g_vectors):
        vectors = ctx.eigenvectors
        inner = 0 if g_values is None else diag_embed(g_values)
        if g_vectors is not None:
            turned = adjoint(vectors) @ g_vectors
            along = diagonal(turned, 0, -2, -1)
            _check_phase("linalg_eig", along)
            lengths = (adjoint(vectors) @ vectors) * real(along)[..., None, :]
            inner = inner + _off_diagonal(turned - lengths) / conj(_gaps(ctx.eigenvalues))
        g = solve_by(adjoint(vectors), inner @ adjoint(vectors))
        return g if is_complex(ctx.x) else real(g)


class LinalgEigvals(MatrixOp):
    """The eigenvalues of x"""

    label = "LinalgEigBackward0"
    saves = ("x",)

    def kernel(xp, x):
        return _converged(xp.linalg.eigvals, x).astype(_wide(x))

    def grad_x(ctx, g):
        vectors = apply(LinalgEig, ctx.x)[1]
        g = solve_by(adjoint(vectors), g[..., :, None] * adjoint(vectors))
        return g if is_complex(ctx.x) else real(g)


def _converged(function: Any, x: Any, *options: Any) -> Any:
    try:
        return function(x, *options)
    except numpy.linalg.LinAlgError:
        if options:
            raise LinAlgError(
                hint(
                    "linalg.eigh: The algorithm failed to converge because the input matrix is "
                    "ill-conditioned or has too many repeated eigenvalues.",
                    "look for NaN and inf with x.isfinite().all()",
                )
            ) from None
        raise RuntimeError(
            "torch.linalg.eig: input tensor should not contain infs or NaNs."
        ) from None


def _wide(x: Any) -> Any:
    return {"f": numpy.complex64, "d": numpy.complex128}.get(x.dtype.char, x.dtype)


def _gaps(values: Any) -> Any:
    """The differences of all pairs, with ones on the diagonal."""
    count = unwrap(values).shape[-1]
    eye = numpy.eye(count, dtype=unwrap(values).dtype)
    return values[..., None, :] - values[..., :, None] + eye


def _off_diagonal(x: Any) -> Any:
    return x * (1 - numpy.eye(unwrap(x).shape[-1], dtype=unwrap(x).dtype))


def _check_phase(function: str, along: Any) -> None:
    if not numpy.allclose(unwrap(imag(along)), 0, rtol=1e-2, atol=1e-2):
        raise RuntimeError(
            f"{function}_backward: The eigenvectors in the complex case are specified up to "
            "multiplication by e^{i phi}. The specified loss function depends on this quantity, "
            "so it is ill-defined."
        )


def eigh(A: Tensor, UPLO: str = "L", *, out: Any = None) -> Any:
    """The eigenvalues of a Hermitian matrix in ascending order, and its orthonormal eigenvectors.

    Only the lower triangle is read (the upper one, if UPLO is "U"). Gradients that depend on the
    vectors are unstable where two eigenvalues are close.

    Shape: A (*, n, n), eigenvalues (*, n), eigenvectors (*, n, n) in the columns.

    >>> eigh(tensor([[2.0, 0.0], [0.0, 1.0]])).eigenvalues
    tensor([1., 2.])
    """
    result = apply(LinalgEigh, A, uplo=_checked(unwrap(A), UPLO))
    return return_types.linalg_eigh(result if out is None else into_each(out, result))


def eigvalsh(A: Tensor, UPLO: str = "L", *, out: Tensor | None = None) -> Tensor:
    """The eigenvalues of a Hermitian matrix, in ascending order.

    Shape: A (*, n, n), output (*, n).

    >>> eigvalsh(tensor([[0.0, 1.0], [1.0, 0.0]]))
    tensor([-1.,  1.])
    """
    result: Tensor = apply(LinalgEigvalsh, A, uplo=_checked(unwrap(A), UPLO))
    return result if out is None else into(out, result, exact=True)


def _checked(a: Any, uplo: str) -> str:
    check_square("linalg.eigh", a)
    if uplo.upper() not in ("L", "U"):
        raise RuntimeError(f"Expected UPLO argument to be 'L' or 'U', but got {uplo}")
    check_float("linalg.eigh", a, "linalg_eigh_cpu", any_float=False)
    return uplo.upper()


def eig(A: Tensor, *, out: Any = None) -> Any:
    """The eigenvalues of a square matrix and its eigenvectors, always complex, in no order.

    The vectors have norm 1. Their gradient does not exist if it depends on their phase.

    Shape: A (*, n, n), eigenvalues (*, n), eigenvectors (*, n, n) in the columns.

    >>> eig(tensor([[0.0, -1.0], [1.0, 0.0]])).eigenvalues
    tensor([0.+1.j, 0.-1.j])
    """
    _check_eig("linalg.eig", unwrap(A))
    result = apply(LinalgEig, A)
    return return_types.linalg_eig(result if out is None else into_each(out, result))


def eigvals(A: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The eigenvalues of a square matrix, always complex, in no order.

    Shape: A (*, n, n), output (*, n).
    """
    _check_eig("linalg.eigvals", unwrap(A))
    result: Tensor = apply(LinalgEigvals, A)
    return result if out is None else into(out, result)


def _check_eig(function: str, a: Any) -> None:
    kind = dtypes.of_array(a)
    if kind.category <= dtypes.INTEGER:
        raise RuntimeError(
            hint(f"Unknown Complex ScalarType for {kind.short}", "convert it first: x.float()")
        )
    check_square(function, a)
    check_float(function, a, "linalg_eig_out_cpu")
    if a.size and not numpy.isfinite(a).all():
        raise RuntimeError("torch.linalg.eig: input tensor should not contain infs or NaNs.")
