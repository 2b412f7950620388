"""The singular value decomposition, and what singular values tell: rank and pseudo-inverse."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy

from ..core.apply import apply
from ..core.tensor import unwrap, wrap
from ..errors import LinAlgError, hint
from . import return_types
from .complex import imag, is_complex
from .extrema import into_each
from .inplace import into
from .matrices import MatrixOp, check_float, check_matrices
from .permute import adjoint
from .rearrange import diag_embed
from .slicing import diagonal

if TYPE_CHECKING:
    from ..tensor import Tensor

Tolerance = Any  # None, a number or a tensor


class LinalgSvd(MatrixOp):
    """x = U diag(S) Vᴴ"""

    outputs = ("U", "S", "Vh")
    saves = ("U", "S", "Vh")

    def kernel(xp, x, *, full):
        return tuple(_decomposed(xp, x, full_matrices=full))

    def grad_x(ctx, g_u, g_s, g_vh):
        count = unwrap(ctx.S).shape[-1]
        u, s, vh = ctx.U[..., :count], ctx.S, ctx.Vh[..., :count, :]
        g_u = None if g_u is None else g_u[..., :count]
        g_vh = None if g_vh is None else g_vh[..., :count, :]
        return _svd_gradient(u, s, vh, g_u, g_s, g_vh)


class LinalgSvdvals(MatrixOp):
    """The singular values of x"""

    label = "LinalgSvdBackward0"
    saves = ("x",)

    def kernel(xp, x):
        return _decomposed(xp, x, compute_uv=False)

    def grad_x(ctx, g):
        u, _, vh = svd_of(ctx.x)
        return (u * g[..., None, :]) @ vh


def _decomposed(xp: Any, x: Any, **options: Any) -> Any:
    try:
        return xp.linalg.svd(x, **options)
    except numpy.linalg.LinAlgError:
        raise LinAlgError(
            hint(
                "linalg.svd: The algorithm failed to converge because the input matrix contained "
                "non-finite values.",
                "look for NaN and inf with x.isfinite().all()",
            )
        ) from None


def _svd_gradient(u: Any, s: Any, vh: Any, g_u: Any, g_s: Any, g_vh: Any) -> Any:
    """The gradient of the reduced decomposition.

    Of each singular value only the space of its vectors counts, so that the part of the gradients
    that would turn a pair of vectors by a phase must vanish.

    J. Townsend, "Differentiating the singular value decomposition", 2016.
    """
    if g_u is None and g_vh is None:
        return (u * g_s[..., None, :]) @ vh
    gaps = _gaps(s)
    inner: Any = 0 if g_s is None else diag_embed(g_s)
    turned: Any = 0
    if g_u is not None:
        along = adjoint(u) @ g_u
        turned = along - adjoint(along)
        inner = inner + (turned / gaps) * s[..., None, :]
    if g_vh is not None:
        along = vh @ adjoint(g_vh)
        skew = along - adjoint(along)
        inner = inner + s[..., :, None] * (skew / gaps)
        if is_complex(skew):
            _check_phase("svd", diagonal(turned + skew, 0, -2, -1))
    elif is_complex(turned):
        _check_phase("svd", diagonal(turned, 0, -2, -1))
    if g_u is not None and is_complex(g_u):
        inner = inner + diag_embed(diagonal(turned, 0, -2, -1) / (2 * s))
    g = u @ inner
    if g_u is not None and unwrap(u).shape[-2] > unwrap(u).shape[-1]:
        scaled = g_u / s[..., None, :]
        g = g + scaled - u @ (adjoint(u) @ scaled)
    g = g @ vh
    if g_vh is not None and unwrap(vh).shape[-1] > unwrap(vh).shape[-2]:
        scaled = g_vh / s[..., :, None]
        g = g + u @ (scaled - (scaled @ adjoint(vh)) @ vh)
    return g


def _gaps(s: Any) -> Any:
    """The differences of the squares of all pairs, with ones on the diagonal."""
    squares = s * s
    count = unwrap(s).shape[-1]
    return squares[..., None, :] - squares[..., :, None] + numpy.eye(count, dtype=unwrap(s).dtype)


def _check_phase(function: str, phases: Any) -> None:
    turn = unwrap(imag(phases))
    if not numpy.allclose(turn, 0, rtol=1e-2, atol=1e-2):
        raise RuntimeError(
            f"{function}_backward: The singular vectors in the complex case are specified up to "
            "multiplication by e^{i phi}. The specified loss function depends on this phase term, "
            "making it ill-defined."
        )


def svd_of(x: Any) -> Any:
    """The reduced decomposition of x, without checks: for rules."""
    return apply(LinalgSvd, x, full=False)


def svd(
    A: Tensor, full_matrices: bool = True, *, driver: str | None = None, out: Any = None
) -> Any:
    """The singular value decomposition A = U diag(S) Vᴴ, with S in descending order.

    Without `full_matrices` only as many singular vectors as values. Gradients that depend on the
    vectors are unstable where two singular values are close, and undefined where they are equal.

    Shape: A (*, m, n), U (*, m, m), S (*, k), Vh (*, n, n) with k = min(m, n); reduced U (*, m, k)
    and Vh (*, k, n).

    >>> svd(tensor([[0.0, 3.0], [1.0, 0.0]])).S
    tensor([3., 1.])
    """
    _check_svd("linalg.svd", unwrap(A), driver)
    result = apply(LinalgSvd, A, full=bool(full_matrices))
    return return_types.linalg_svd(result if out is None else into_each(out, result))


def _check_svd(function: str, a: Any, driver: str | None = None) -> None:
    check_matrices(function, a)
    check_float(function, a, "linalg_svd_cpu")
    if driver is not None:
        raise RuntimeError(
            "torch.linalg.svd: keyword argument `driver=` is only supported on CUDA inputs with "
            "cuSOLVER backend."
        )


def svdvals(A: Tensor, *, driver: str | None = None, out: Tensor | None = None) -> Tensor:
    """The singular values, in descending order.

    Shape: A (*, m, n), output (*, min(m, n)).

    >>> svdvals(tensor([[0.0, 3.0], [1.0, 0.0]]))
    tensor([3., 1.])
    """
    _check_svd("linalg.svd", unwrap(A), driver)
    result: Tensor = apply(LinalgSvdvals, A)
    return result if out is None else into(out, result, exact=True)


def torch_svd(input: Tensor, some: bool = True, compute_uv: bool = True, *, out: Any = None) -> Any:
    """A = U diag(S) Vᴴ, with V rather than Vᴴ: the older form of `linalg.svd`.

    Shape: input (*, m, n), U (*, m, k), S (*, k), V (*, n, k) with k = min(m, n).
    """
    a = unwrap(input)
    _check_svd("linalg.svd", a)
    if compute_uv:
        u, s, vh = apply(LinalgSvd, input, full=not some)
        result = (u, s, adjoint(vh))
    else:
        rows, cols = a.shape[-2:]
        sides = [numpy.zeros((*a.shape[:-2], n, n), a.dtype) for n in (rows, cols)]
        result = (wrap(sides[0]), apply(LinalgSvdvals, input), wrap(sides[1]))
    return return_types.svd(result if out is None else into_each(out, result))


torch_svd.__name__ = torch_svd.__qualname__ = "svd"
