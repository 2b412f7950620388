"""Least squares, pseudo-inverses and ranks: matrices that need not be square or regular."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy

from ..core import dtype as dtypes
from ..core.apply import apply
from ..core.tensor import TensorBase, unwrap, wrap
from ..errors import LinAlgError
from ..kernels import lapack
from . import return_types
from .eigen import eigvalsh
from .inplace import into
from .matrices import MatrixOp, check_square, first_failure, together
from .permute import adjoint
from .shape import squeeze, unsqueeze
from .signs import abs
from .svd import svdvals

if TYPE_CHECKING:
    from ..tensor import Tensor

Tolerance = Any  # None, a number, or a tensor of one for each matrix
_DRIVERS = ("gels", "gelsy", "gelsd", "gelss")


class LinalgPinv(MatrixOp):
    """The pseudo-inverse of x"""

    saves = ("x", "out")

    def kernel(xp, x, *, atol, rtol, hermitian):
        if hermitian:
            values, vectors = xp.linalg.eigh(x)
            left, right = vectors, vectors.conj().swapaxes(-1, -2)
        else:
            u, values, vh = xp.linalg.svd(x, full_matrices=False)
            left, right = vh.conj().swapaxes(-1, -2), u.conj().swapaxes(-1, -2)
        sizes = xp.absolute(values)
        if not sizes.size:
            return (left @ right).astype(x.dtype)
        limit = xp.maximum(atol, rtol * sizes.max(-1))[..., None]
        inverse = xp.where(sizes > limit, 1 / xp.where(values == 0, 1, values), 0)
        return (left * inverse.astype(sizes.dtype)[..., None, :]) @ right

    def grad_x(ctx, g):
        return _pinv_gradient(ctx.x, ctx.out, g)


def _pinv_gradient(x: Any, p: Any, g: Any) -> Any:
    """The gradient for x of its pseudo-inverse p, as long as the rank stays what it is.

    G. Golub, V. Pereyra, "The differentiation of pseudo-inverses", 1973.
    """
    p_h, g_h = adjoint(p), adjoint(g)
    first = g_h @ p @ p_h
    second = p_h @ (p @ g_h)
    return first - x @ (p @ first) + second - (second @ p) @ x - p_h @ g @ p_h


class LinalgLstsq(MatrixOp):
    """The x that makes |a x - b| smallest"""

    outputs = ("solution", "residuals", "rank", "values")
    nondiff = ("rank", "values")
    saves = ("a", "b", "solution")

    def kernel(xp, a, b, *, rcond, driver):
        x, rank, values = lapack.least_squares(xp, a, b, rcond=rcond, driver=driver)
        rows, cols = a.shape[-2:]
        if driver == "gels" and (rank < 0).any():
            prefix, place = first_failure(-rank) or ("", 0)
            raise LinAlgError(
                f"torch.linalg.lstsq: {prefix}The least squares solution could not be computed "
                f"because the input matrix does not have full rank (error code: {place})."
            )
        residuals = xp.empty(0, a.real.dtype)
        full = driver == "gels" or (rank == cols).all()
        if rows > cols and driver != "gelsy" and full:
            beyond = x[..., cols:, :]
            residuals = (beyond * beyond.conj()).real.sum(-2)
        none = driver in ("gels", "gelsy")
        return (
            xp.ascontiguousarray(x[..., :cols, :]),
            residuals,
            xp.empty(0, "int64") if driver == "gels" else rank,
            xp.empty(0, values.dtype) if none else values,
        )

    def grad_a(ctx, g, g_residuals, g_rank, g_values):
        total = 0
        if g is not None:
            pseudo = apply(LinalgPinv, ctx.a, atol=0, rtol=ctx.rcond, hermitian=False)
            total = _pinv_gradient(ctx.a, pseudo, g @ adjoint(ctx.b))
        if g_residuals is not None and unwrap(g_residuals).size:
            error = ctx.a @ ctx.solution - ctx.b
            total = total + 2 * (error * g_residuals[..., None, :]) @ adjoint(ctx.solution)
        return total

    def grad_b(ctx, g, g_residuals, g_rank, g_values):
        total = 0
        if g is not None:
            pseudo = apply(LinalgPinv, ctx.a, atol=0, rtol=ctx.rcond, hermitian=False)
            total = adjoint(pseudo) @ g
        if g_residuals is not None and unwrap(g_residuals).size:
            error = ctx.a @ ctx.solution - ctx.b
            total = total - 2 * (error * g_residuals[..., None, :])
        return total


def lstsq(A: Tensor, B: Tensor, rcond: float | None = None, *, driver: str | None = None) -> Any:
    """The X that makes |A X - B| smallest; of several, with `gelsy` (the default) the shortest.

    `driver` is LAPACK's routine: "gels" for matrices of full rank, "gelsy", "gelsd" or "gelss".
    Singular values below `rcond` times the largest count as 0. The residuals are there if A is
    tall, has full rank, and the driver is not "gelsy"; the singular values with "gelsd", "gelss".

    Shape: A (*, m, n), B (*, m, k) or (*, m), solution (*, n, k), residuals (*, k), rank (*).

    >>> A = tensor([[1.0, 0.0], [1.0, 1.0], [1.0, 2.0]])
    >>> lstsq(A, tensor([1.0, 3.0, 5.0])).solution
    tensor([1.0000, 2.0000])
    """
    a, b = unwrap(A), unwrap(B)
    _check_lstsq(a, b, driver)
    vector = b.ndim == 1 or (b.ndim == a.ndim - 1 and b.shape == a.shape[:-1])
    if vector:
        B = unsqueeze(B, -1)
    if unwrap(B).shape[-2] != a.shape[-2]:
        raise RuntimeError("torch.linalg.lstsq: input.size(-2) should match other.size(-2)")
    A, B = together(A, B)
    limit = max(a.shape[-2:]) * float(numpy.finfo(a.dtype).eps) if rcond is None else float(rcond)
    found = apply(LinalgLstsq, A, B, rcond=limit, driver=driver or "gelsy")
    solution = squeeze(found[0], -1) if vector else found[0]
    return return_types.linalg_lstsq((solution, *found[1:]))


def _check_lstsq(a: Any, b: Any, driver: str | None) -> None:
    name = "torch.linalg.lstsq"
    if a.ndim < 2:
        raise RuntimeError(f"{name}: input must have at least 2 dimensions.")
    if b.ndim < 1:
        raise RuntimeError(f"{name}: other must have at least 1 dimension.")
    if a.dtype is not b.dtype:
        one, two = dtypes.of_array(a).short, dtypes.of_array(b).short
        raise RuntimeError(
            f"{name}: Expected input and other to have the same dtype, but got input's dtype "
            f"{one} and other's dtype {two}"
        )
    if dtypes.of_array(a).category <= dtypes.INTEGER or a.dtype.itemsize == 2:
        raise RuntimeError("This function doesn't handle types other than float and double")
    if driver is not None and driver not in _DRIVERS:
        raise RuntimeError(
            f"{name}: parameter `driver` should be one of (gels, gelsy, gelsd, gelss)"
        )


def pinv(
    A: Tensor,
    rcond: Tolerance = None,
    hermitian: bool = False,
    *,
    atol: Tolerance = None,
    rtol: Tolerance = None,
    out: Tensor | None = None,
) -> Tensor:
    """The Moore-Penrose pseudo-inverse, by singular values (eigenvalues, if `hermitian`).

    Values up to max(atol, rtol * largest) count as 0; rtol is max(m, n) times the machine epsilon
    unless one of the two is given. `rcond` is an old name of rtol.

    Shape: A (*, m, n), output (*, n, m).

    >>> pinv(tensor([[2.0], [0.0]]))
    tensor([[0.5000, 0.0000]])
    """
    a = unwrap(A)
    kind = dtypes.of_array(a)
    if a.ndim < 2 or kind.category <= dtypes.INTEGER or kind.itemsize == 2:
        raise RuntimeError(
            f"linalg.pinv({kind.short}{{{list(a.shape)}}}): expected a tensor with 2 or more "
            "dimensions of float, double, cfloat or cdouble types"
        )
    if hermitian:
        check_square("linalg.eigh", a)
    atol, rtol = _tolerances("linalg.pinv", a, atol, rtol if rcond is None else rcond)
    result: Tensor = apply(LinalgPinv, A, atol=atol, rtol=rtol, hermitian=bool(hermitian))
    return result if out is None else into(out, result)


def pinverse(input: Tensor, rcond: float = 1e-15) -> Tensor:
    """The pseudo-inverse: `linalg.pinv` with another default for what counts as 0.

    Shape: input (*, m, n), output (*, n, m).
    """
    return pinv(input, rcond)


def _tolerances(function: str, a: Any, atol: Tolerance, rtol: Tolerance) -> tuple[Any, Any]:
    """Both as raw arrays or numbers, with PyTorch's default."""
    atol, rtol = [x._data if isinstance(x, TensorBase) else x for x in (atol, rtol)]
    for name, given in (("atol", atol), ("rtol", rtol)):
        if numpy.iscomplexobj(given):
            raise RuntimeError(f"{function}: {name} tensor of complex type is not supported.")
    if rtol is None:
        zero = atol is None or (not numpy.ndim(atol) and atol == 0)
        rtol = max(a.shape[-2:]) * float(numpy.finfo(a.dtype).eps) if zero else 0.0
    return (0.0 if atol is None else atol), rtol


def matrix_rank(
    A: Tensor,
    tol: Tolerance = None,
    hermitian: bool = False,
    *,
    atol: Tolerance = None,
    rtol: Tolerance = None,
    out: Tensor | None = None,
) -> Tensor:
    """The number of singular values (eigenvalues, if `hermitian`) that do not count as 0.

    Those up to max(atol, rtol * largest) do; rtol is max(m, n) times the machine epsilon unless one
    of the two is given. `tol` is an old name of atol.

    Shape: A (*, m, n), output (*).

    >>> matrix_rank(tensor([[1.0, 2.0], [2.0, 4.0]]))
    tensor(1)
    """
    a = unwrap(A)
    if a.ndim < 2:
        raise RuntimeError(
            "torch.linalg.matrix_rank: The input tensor input must have at least 2 dimensions."
        )
    if dtypes.of_array(a).category <= dtypes.INTEGER or a.dtype.itemsize == 2:
        raise RuntimeError("This function doesn't handle types other than float and double")
    xp: Any = numpy
    name = "torch.linalg.matrix_rank"
    if tol is not None:
        atol, rtol = tol, (0.0 if rtol is None else rtol)
    atol, rtol = _tolerances(name, a, atol, rtol)
    sizes = unwrap(abs(eigvalsh(A)) if hermitian else svdvals(A))
    if not a.size:
        result = wrap(xp.zeros(a.shape[:-2], "int64"))
    else:
        limit = xp.maximum(atol, rtol * sizes.max(-1))[..., None]
        result = wrap((sizes > limit).sum(-1))
    return result if out is None else into(out, result)
