"""The QR decomposition, and products of Householder reflectors."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy

from ..core import dtype as dtypes
from ..core.apply import apply
from ..core.tensor import unwrap, wrap
from ..kernels import lapack
from . import return_types
from .conj import conj
from .extrema import into_each
from .inplace import into
from .join import cat
from .mask import zeros
from .matrices import MatrixOp, check_float, check_matrices, identity
from .permute import adjoint
from .rearrange import tril, triu
from .reduce import sum_of
from .solve import substituted
from .support import no_derivative

if TYPE_CHECKING:
    from ..tensor import Tensor

_MODES = ("reduced", "complete", "r")


class LinalgQr(MatrixOp):
    """x = Q R"""

    outputs = ("Q", "R")
    saves = ("Q", "R")

    def kernel(xp, x, *, mode):
        if mode == "r":
            return xp.empty(0, x.dtype), xp.linalg.qr(x, mode="r")
        return tuple(xp.linalg.qr(x, mode=mode))

    def grad_x(ctx, g_q, g_r):
        rows, cols = ctx.shapes[0][-2:]
        if ctx.mode == "r":
            raise RuntimeError(
                "The derivative of linalg.qr depends on Q, which is not computed when mode='r'. "
                "Please use linalg.qr(A, mode='reduced') if you are going to differentiate through "
                "linalg.qr."
            )
        if ctx.mode == "complete" and rows > cols:
            raise RuntimeError(
                "The QR decomposition is not differentiable when mode='complete' and nrows > ncols."
            )
        return _qr_gradient(ctx.Q, ctx.R, g_q, g_r)


def _qr_gradient(q: Any, r: Any, g_q: Any, g_r: Any) -> Any:
    """The gradient of A = Q R; of a wide A the columns beyond the square are Q times those of R.

    M. Seeger et al., "Auto-differentiating linear algebra", 2017.
    """
    rows, cols = unwrap(r).shape[-2:]
    g_last = None
    if cols > rows and g_r is not None:
        g_last, g_r = g_r[..., rows:], g_r[..., :rows]
        turned = q @ (r[..., rows:] @ adjoint(g_last))
        g_q = turned if g_q is None else g_q + turned
    square = r[..., :rows]
    inner: Any = 0 if g_r is None else g_r @ adjoint(square)
    if g_q is not None:
        inner = inner - adjoint(q) @ g_q
    half = triu(inner)
    both = half + adjoint(half)
    total = q @ (both - 0.5 * (both * identity(both)))
    if g_q is not None:
        total = total + g_q
    g = adjoint(substituted(square, adjoint(total), True))
    if cols > rows:
        g = cat([g, q @ r[..., rows:] * 0 if g_last is None else q @ g_last], -1)
    return g


class Geqrf(MatrixOp):
    """R, with the reflectors that make Q below its diagonal, and their factors"""

    outputs = ("a", "tau")
    grad_x = no_derivative("geqrf")

    def kernel(xp, x):
        a, tau = xp.linalg.qr(x, mode="raw")
        return xp.ascontiguousarray(a.swapaxes(-1, -2)), tau


class Ormqr(MatrixOp):
    """Q x, or Qᴴ x, where Q is the product of the reflectors in the columns of a"""

    saves = ("a", "tau", "x")

    def kernel(xp, a, tau, x, *, adjoint):
        return lapack.reflected(xp, a, tau, x, adjoint=adjoint)[0]

    def grad_a(ctx, g):
        return _reflector_gradients(ctx.a, ctx.tau, ctx.x, g, ctx.adjoint)[0]

    def grad_tau(ctx, g):
        return _reflector_gradients(ctx.a, ctx.tau, ctx.x, g, ctx.adjoint)[1]

    def grad_x(ctx, g):
        return _reflected(ctx.a, ctx.tau, g, not ctx.adjoint)


def _reflected(a: Any, tau: Any, x: Any, transposed: bool) -> Any:
    return apply(Ormqr, a, tau, x, adjoint=transposed)


def _reflector_gradients(a: Any, tau: Any, x: Any, g: Any, transposed: bool) -> tuple[Any, Any]:
    """The gradients for the reflectors I - tau v vᴴ, which were applied one after the other.

    `given` is what each of them was given, `g` at each the gradient of what it gave.
    """
    rows, cols = unwrap(a).shape[-2:]
    count = unwrap(tau).shape[-1]
    unit = numpy.eye(rows, cols, dtype=unwrap(a).dtype)
    vectors = tril(a, -1) + (unit if a is unwrap(a) else wrap(unit))
    turned = conj(tau) if transposed else tau
    order = list(range(count)) if transposed else list(range(count - 1, -1, -1))
    reflectors = {k: (vectors[..., k : k + 1], turned[..., k, None, None]) for k in order}
    given = {}
    for k, (v, factor) in reflectors.items():
        given[k] = x
        x = x - factor * (v @ (adjoint(v) @ x))
    of_vectors, of_taus = {}, {}
    for k in reversed(order):
        v, factor = reflectors[k]
        before, after = adjoint(v) @ given[k], adjoint(v) @ g
        of_taus[k] = -sum_of(conj(before) * after, (unwrap(g).ndim - 2, unwrap(g).ndim - 1))
        of_vectors[k] = -(
            conj(factor) * (g @ adjoint(before)) + factor * (given[k] @ adjoint(after))
        )
        g = g - conj(factor) * (v @ after)
    if not count:
        return zeros(a), zeros(tau)
    columns = [of_vectors[k] for k in range(count)] + [zeros(a[..., count:])]
    g_tau = cat([of_taus[k][..., None] for k in range(count)], -1)
    return tril(cat(columns, -1), -1), (conj(g_tau) if transposed else g_tau)


def qr(A: Tensor, mode: str = "reduced", *, out: Any = None) -> Any:
    """The decomposition A = Q R into an orthonormal and an upper triangular matrix.

    "reduced" gives Q as many columns as needed, "complete" makes it square, "r" leaves it empty.

    Shape: A (*, m, n), Q (*, m, k), R (*, k, n) with k = min(m, n), or m if complete.

    >>> qr(tensor([[0.0, 2.0], [3.0, 0.0]])).R.abs()
    tensor([[3., 0.],
            [0., 2.]])
    """
    if mode not in _MODES:
        raise RuntimeError(
            f"qr received unrecognized mode '{mode}' but expected one of 'reduced' (default), "
            "'r', or 'complete'"
        )
    check_matrices("linalg.qr", unwrap(A))
    check_float("linalg.qr", unwrap(A), "geqrf_cpu")
    result = apply(LinalgQr, A, mode=mode)
    return return_types.linalg_qr(result if out is None else into_each(out, result))


def torch_qr(input: Tensor, some: bool = True, *, out: Any = None) -> Any:
    """The QR decomposition; deprecated for `linalg.qr`.

    Shape: input (*, m, n), Q (*, m, k), R (*, k, n) with k = min(m, n), or m if not `some`.
    """
    return return_types.qr(qr(input, "reduced" if some else "complete", out=out))


torch_qr.__name__ = torch_qr.__qualname__ = "qr"


def geqrf(input: Tensor, *, out: Any = None) -> Any:
    """The QR decomposition as LAPACK has it: R, and below it the reflectors that make Q.

    Shape: input (*, m, n), a (*, m, n), tau (*, min(m, n)).
    """
    a = unwrap(input)
    if a.ndim < 2:
        raise RuntimeError("torch.geqrf: input must have at least 2 dimensions.")
    check_float("geqrf", a, "geqrf_cpu", any_float=False)
    result = apply(Geqrf, input)
    return return_types.geqrf(result if out is None else into_each(out, result))


def householder_product(A: Tensor, tau: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The first n columns of the product of the reflectors I - tau v vᴴ, v in the columns of A.

    Of each column only what is below the diagonal counts; the diagonal stands for ones.

    Shape: A (*, m, n), tau (*, k), output (*, m, n), where m >= n >= k.
    """
    name = "torch.linalg.householder_product"
    a, t = unwrap(A), unwrap(tau)
    if a.ndim < 2:
        raise RuntimeError(f"{name}: input must have at least 2 dimensions.")
    rows, cols = a.shape[-2:]
    if rows < cols:
        raise RuntimeError(
            f"{name}: input.shape[-2] must be greater than or equal to input.shape[-1]"
        )
    if cols < t.shape[-1]:
        raise RuntimeError(
            f"{name}: input.shape[-1] must be greater than or equal to tau.shape[-1]"
        )
    _check_tau(name, a, t)
    check_float(name, a, "orgqr_cpu", any_float=False)
    columns = wrap(numpy.broadcast_to(numpy.eye(rows, cols, dtype=a.dtype), a.shape))
    result: Tensor = _reflected(A, tau, columns, False)
    return result if out is None else into(out, result)


orgqr = householder_product


def _check_tau(name: str, a: Any, tau: Any) -> None:
    if a.ndim - tau.ndim != 1:
        raise RuntimeError(
            f"{name}: Expected tau to have one dimension less than input, but got tau.ndim equal "
            f"to {tau.ndim} and input.ndim is equal to {a.ndim}"
        )
    if tau.shape[:-1] != a.shape[:-2]:
        raise RuntimeError(
            f"{name}: Expected batch dimensions of tau to be equal to input.shape[:-2], "
            f"but got {list(tau.shape[:-1])}"
        )
    if tau.dtype is not a.dtype:
        raise RuntimeError(
            f"{name}: tau dtype {dtypes.of_array(tau).short} does not match input dtype "
            f"{dtypes.of_array(a).short}"
        )


def ormqr(
    input: Tensor,
    tau: Tensor,
    other: Tensor,
    left: bool = True,
    transpose: bool = False,
    *,
    out: Tensor | None = None,
) -> Tensor:
    """A matrix times the orthogonal matrix Q that `geqrf` describes: Q C, Qᴴ C, C Q or C Qᴴ.

    Shape: input (*, m, k), tau (*, k), other (*, m, n) or, if not `left`, (*, n, m), output as
    other.
    """
    a, t, c = unwrap(input), unwrap(tau), unwrap(other)
    for name, array in (("input", a), ("other", c)):
        if array.ndim < 2:
            raise RuntimeError(f"torch.ormqr: {name} must have at least 2 dimensions.")
    side = -2 if left else -1
    if c.shape[side] < t.shape[-1]:
        raise RuntimeError(
            f"torch.ormqr: other.shape[{side}] must be greater than or equal to tau.shape[-1]"
        )
    if t.shape[-1] != min(c.shape[side], a.shape[-1]):
        raise RuntimeError(
            f"torch.ormqr: tau.shape[-1] must be equal to min(other.shape[{side}], input.shape[-1])"
        )
    if c.shape[side] != a.shape[-2]:
        raise RuntimeError(f"torch.ormqr: other.shape[{side}] must be equal to input.shape[-2]")
    _check_tau("torch.ormqr", a, t)
    if c.ndim != a.ndim:
        raise RuntimeError(
            "torch.ormqr: Expected other to have the same number of dimensions as input, but got "
            f"other.ndim equal to {c.ndim} and input.ndim is equal to {a.ndim}"
        )
    if c.shape[:-2] != a.shape[:-2]:
        raise RuntimeError(
            "torch.ormqr: Expected batch dimensions of other to be equal to input.shape[:-2], "
            f"but got {list(c.shape[:-2])}"
        )
    if c.dtype is not a.dtype:
        raise RuntimeError(
            f"torch.ormqr: Expected input and other to have the same dtype, but input has dtype "
            f"{dtypes.of_array(a).short} and other has dtype {dtypes.of_array(c).short}"
        )
    check_float("torch.ormqr", a, "ormqr_cpu", any_float=False)
    if left:
        result = _reflected(input, tau, other, transpose)
    else:
        result = adjoint(_reflected(input, tau, adjoint(other), not transpose))
    return result if out is None else into(out, result, exact=True)
