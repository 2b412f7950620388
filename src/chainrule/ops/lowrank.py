"""A few singular vectors or eigenvectors of a large matrix."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..core.tensor import unwrap
from . import random
from .arithmetic import sub
from .cholesky import cholesky
from .convert import to_dtype
from .eigen import eigh
from .matmul import matmul
from .permute import adjoint
from .qr import qr
from .rearrange import flip
from .reduce import mean
from .shape import expand
from .solve import substituted
from .svd import svd

if TYPE_CHECKING:
    from ..tensor import Tensor


def svd_lowrank(
    A: Tensor, q: int = 6, niter: int = 2, M: Tensor | None = None
) -> tuple[Tensor, Tensor, Tensor]:
    """The q largest singular values of A - M, approximately, from a random range.

    The random numbers are PyTorch's. N. Halko, P. Martinsson, J. Tropp, "Finding structure with
    randomness", 2009, algorithm 5.1 with `niter` subspace iterations.

    Shape: A (*, m, n), M as A or broadcastable, U (*, m, q), S (*, q), V (*, n, q).
    """
    if M is not None:
        A = sub(A, expand(M, unwrap(A).shape))
    rows, cols = unwrap(A).shape[-2:]
    return _tall(A, q, niter) if rows >= cols else _tall(adjoint(A), q, niter)[::-1]


def _tall(a: Any, q: int, niter: int) -> tuple[Any, Any, Any]:
    probe = to_dtype(random.randn(unwrap(a).shape[-1], q), unwrap(a).dtype)
    basis = qr(matmul(a, probe))[0]
    for _ in range(niter):
        basis = qr(matmul(adjoint(a), basis))[0]
        basis = qr(matmul(a, basis))[0]
    u, s, vh = svd(matmul(adjoint(basis), a), full_matrices=False)
    return matmul(basis, u), s, adjoint(vh)


def pca_lowrank(
    A: Tensor, q: int | None = None, center: bool = True, niter: int = 2
) -> tuple[Tensor, Tensor, Tensor]:
    """The first q principal components of the rows of A: `svd_lowrank` of the centred matrix.

    Shape: A (*, m, n), U (*, m, q), S (*, q), V (*, n, q); q is min(6, m, n) unless it is given.
    """
    rows, cols = unwrap(A).shape[-2:]
    q = min(6, rows, cols) if q is None else q
    if not 0 <= q <= min(rows, cols):
        raise ValueError(
            f"q(={q}) must be non-negative integer and not greater than min(m, n)={min(rows, cols)}"
        )
    if niter < 0:
        raise ValueError(f"niter(={niter}) must be non-negative integer")
    return svd_lowrank(sub(A, mean(A, -2, keepdim=True)) if center else A, q, niter)


def lobpcg(
    A: Tensor,
    k: int | None = None,
    B: Tensor | None = None,
    X: Tensor | None = None,
    n: int | None = None,
    iK: Tensor | None = None,
    niter: int | None = None,
    tol: float | None = None,
    largest: bool | None = None,
    method: str | None = None,
    tracker: None = None,
    ortho_iparams: dict[str, int] | None = None,
    ortho_fparams: dict[str, float] | None = None,
    ortho_bparams: dict[str, bool] | None = None,
) -> tuple[Tensor, Tensor]:
    """The k largest (or smallest) eigenvalues of A v = λ B v and their vectors.

    PyTorch iterates to a tolerance; here the dense problem is solved, so that the answer is exact
    and what steers the iteration (X but for its number of columns, iK, niter, tol, ...) is not
    needed.

    Shape: A (*, m, m), B (*, m, m), eigenvalues (*, k), eigenvectors (*, m, k).
    """
    shape = unwrap(A).shape
    if shape[-2] != shape[-1]:
        raise AssertionError(f"A must be square, got shape torch.Size({list(shape)})")
    k = (1 if X is None else unwrap(X).shape[-1]) if k is None else k
    if shape[-1] < 3 * k:
        raise ValueError(
            f"LOBPCG algorithm is not applicable when the number of A rows (={shape[-1]}) is "
            f"smaller than 3 x the number of requested eigenpairs (={k})"
        )
    if tracker is not None:
        raise NotImplementedError("lobpcg(tracker=...): nothing is iterated here")
    lower = None if B is None else cholesky(B)
    if lower is not None:
        half = substituted(lower, A, False)
        A = adjoint(substituted(lower, adjoint(half), False))
    values, vectors = eigh(A)
    if lower is not None:
        vectors = substituted(adjoint(lower), vectors, True)
    if largest is None or largest:
        values, vectors = flip(values, -1), flip(vectors, -1)
    return values[..., :k], vectors[..., :k]
