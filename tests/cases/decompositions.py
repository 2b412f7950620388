"""Rows for matrix decompositions: Cholesky, LU, LDL, QR, singular values and eigenvalues.

Decompositions that leave a sign or a phase open are judged by what does not depend on it.
"""

from __future__ import annotations

import warnings

import numpy as np
from scipy import linalg

from .case import A, Case, Error

LINALG_ERROR = RuntimeError  # LinAlgError is one


def _definite(t, x):
    """A positive definite matrix made of any."""
    return x @ x.mH + 2 * t.eye(x.shape[-1], dtype=x.dtype)


def _np_definite(x):
    return x @ x.conj().swapaxes(-1, -2) + 2 * np.eye(x.shape[-1])


def _quietly(call):
    """A call of what warns that it is deprecated."""

    def quiet(t, *xs):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return call(t, *xs)

    return quiet


COMPLEX = A(3, 3, kind="complex")
SQUARE = A(2, 3, 3, kind="distinct")

CHOLESKY = [
    Case(
        "linalg_cholesky",
        lambda t, x: t.linalg.cholesky(_definite(t, x)),
        [A(2, 3, 3)],
        ref=lambda x: np.linalg.cholesky(_np_definite(x)),
        errors=[
            Error(
                lambda t: t.linalg.cholesky(-t.eye(2)),
                LINALG_ERROR,
                "linalg.cholesky: The factorization could not be completed because the input is "
                r"not positive-definite \(the leading minor of order 1 is not",
            ),
            Error(
                lambda t: t.linalg.cholesky(t.ones(2, 2, 2)),
                LINALG_ERROR,
                r"linalg.cholesky: \(Batch element 0\): .*order 2",
            ),
            Error(
                lambda t: t.linalg.cholesky(t.ones(2, 3)),
                RuntimeError,
                "linalg.cholesky: A must be batches of square matrices, but they are 2 by 3",
            ),
            Error(
                lambda t: t.linalg.cholesky(t.eye(2).long()),
                RuntimeError,
                "Expected a floating point or complex tensor as input. Got Long",
            ),
            Error(
                lambda t: t.linalg.cholesky(t.eye(2).half()),
                NotImplementedError,
                "\"cholesky_cpu\" not implemented for 'Half'",
            ),
        ],
    ),
    Case(
        "linalg_cholesky_upper",
        lambda t, x: t.linalg.cholesky(_definite(t, x), upper=True),
        [COMPLEX],
        ref=lambda x: np.linalg.cholesky(_np_definite(x)).conj().T,
    ),
    Case(
        "linalg_cholesky_ex",
        lambda t, x: t.linalg.cholesky_ex(t.stack([_definite(t, x), -t.eye(3, dtype=x.dtype)]))[1],
        [A(3, 3)],
        ref=lambda x: np.array([0, 1]),
    ),
    Case(
        "cholesky",
        _quietly(lambda t, x: t.cholesky(_definite(t, x))),
        [A(3, 3)],
        ref=lambda x: np.linalg.cholesky(_np_definite(x)),
    ),
    Case(
        "cholesky_solve",
        lambda t, b, x: t.cholesky_solve(b, t.linalg.cholesky(_definite(t, x))),
        [A(3, 2, kind="complex"), COMPLEX],
        ref=lambda b, x: np.linalg.solve(_np_definite(x), b),
        errors=[
            Error(
                lambda t: t.cholesky_solve(t.eye(2), t.eye(3)),
                RuntimeError,
                "Incompatible matrix sizes for cholesky_solve: each A matrix is 3 by 3 but each b",
            )
        ],
    ),
    Case(
        "cholesky_inverse",
        lambda t, x: t.cholesky_inverse(t.linalg.cholesky(_definite(t, x), upper=True), upper=True),
        [A(3, 3)],
        ref=lambda x: np.linalg.inv(_np_definite(x)),
        errors=[
            Error(
                lambda t: t.cholesky_inverse(t.zeros(2, 2)),
                LINALG_ERROR,
                "cholesky_inverse: The diagonal element 1 is zero, the inversion could not be",
            )
        ],
    ),
]


def _np_lu(x):
    return linalg.lu(x)


LU = [
    *[
        Case(
            f"linalg_lu_{rows}_{cols}",
            lambda t, x: t.linalg.lu(x),
            [A(rows, cols, kind="complex" if rows == cols else "float")],
            ref=_np_lu,
        )
        for rows, cols in ((3, 3), (4, 2), (2, 4))
    ],
    Case(
        "linalg_lu_factor",
        lambda t, x: t.lu_unpack(*t.linalg.lu_factor(x)),
        [SQUARE],
        ref=linalg.lu,
        errors=[
            Error(
                lambda t: t.linalg.lu_factor(t.zeros(2, 2)),
                RuntimeError,
                r"torch.linalg.lu_factor: U\[1,1\] is zero and using it on lu_solve would result",
            ),
            Error(
                lambda t: t.linalg.lu_factor(t.eye(2), pivot=False),
                RuntimeError,
                "LU without pivoting is not implemented on the CPU",
            ),
            Error(
                lambda t: t.linalg.lu(t.ones(2)),
                RuntimeError,
                "linalg.lu: Expected tensor with 2 or more dimensions",
            ),
            Error(
                lambda t: t.lu_unpack(t.eye(2), t.tensor([1, 2])),
                RuntimeError,
                "LU_pivots is expected to be a contiguous tensor of torch.int32 dtype",
            ),
        ],
    ),
    Case("lu_method", lambda t, x: x.lu()[0], [A(3, 3)], ref=lambda x: _compact(x)),
    Case(
        "linalg_lu_factor_ex",
        lambda t, x: t.linalg.lu_factor_ex(x * 0)[2],
        [A(2, 3, 3)],
        ref=lambda x: np.array([1, 1]),
    ),
    *[
        Case(
            f"linalg_lu_solve_{left}_{adjoint}",
            lambda t, x, b, left=left, adjoint=adjoint: t.linalg.lu_solve(
                *t.linalg.lu_factor(x), b, left=left, adjoint=adjoint
            ),
            [COMPLEX, A(2, 3, 3, kind="complex")],
            ref=lambda x, b, left=left, adjoint=adjoint: _np_lu_solve(x, b, left, adjoint),
        )
        for left in (True, False)
        for adjoint in (True, False)
    ],
    Case(
        "lu_solve",
        _quietly(lambda t, x, b: t.lu_solve(b, *t.linalg.lu_factor(_definite(t, x)))),
        [A(3, 3), A(3, 2)],
        ref=lambda x, b: np.linalg.solve(_np_definite(x), b),
        errors=[
            Error(
                lambda t: t.linalg.lu_solve(*t.linalg.lu_factor(t.eye(2)), t.ones(3, 3)),
                RuntimeError,
                r"Incompatible shapes of A and B for the equation AX = B \(2x2 and 3x3\)",
            )
        ],
    ),
    *[
        Case(
            f"linalg_ldl_{hermitian}",
            lambda t, x, b, h=hermitian: t.linalg.ldl_solve(
                *t.linalg.ldl_factor(x + (x.mH if h else x.mT), hermitian=h), b, hermitian=h
            ),
            [A(2, 3, 3, kind="complex"), A(2, 3, 2, kind="complex")],
            ref=lambda x, b, h=hermitian: np.linalg.solve(
                x + (x.conj() if h else x).swapaxes(-1, -2), b
            ),
            grad=False,
            errors=[
                Error(
                    lambda t: t.linalg.ldl_factor(t.ones(2, 3)),
                    RuntimeError,
                    "A must be batches of square matrices",
                ),
                Error(
                    lambda t: t.linalg.ldl_factor(t.eye(2, requires_grad=True))[0].sum().backward(),
                    RuntimeError,
                    "derivative for aten::linalg_ldl_factor_ex is not implemented",
                ),
            ],
        )
        for hermitian in (True, False)
    ],
]


def _compact(x):
    return linalg.lu_factor(x)[0]


def _np_lu_solve(x, b, left, adjoint):
    x = x.conj().T if adjoint else x
    return np.linalg.solve(x, b) if left else b @ np.linalg.inv(x)


def _abs(x):
    return np.abs(x)


QR = [
    *[
        Case(
            f"linalg_qr_{rows}_{cols}",
            lambda t, x: [r.abs() for r in t.linalg.qr(x)],
            [A(2, rows, cols, kind="complex")],
            ref=lambda x: [np.abs(r) for r in np.linalg.qr(x)],
            atol=1e-5,
        )
        for rows, cols in ((3, 3), (4, 2), (2, 3))
    ],
    Case(
        "linalg_qr_complete",
        lambda t, x: [r.abs() for r in t.linalg.qr(x, mode="complete")],
        [A(4, 2)],
        ref=lambda x: [np.abs(r) for r in np.linalg.qr(x, mode="complete")],
        grad=False,
        errors=[
            Error(
                lambda t: t.linalg.qr(t.eye(2), mode="full"),
                RuntimeError,
                "qr received unrecognized mode 'full' but expected one of 'reduced'",
            ),
            Error(
                lambda t: t.linalg.qr(t.eye(2, requires_grad=True), mode="r")[1].sum().backward(),
                RuntimeError,
                "The derivative of linalg.qr depends on Q, which is not computed when mode='r'",
            ),
            Error(
                lambda t: (
                    t.linalg.qr(t.ones(3, 2, requires_grad=True), mode="complete")[0]
                    .sum()
                    .backward()
                ),
                RuntimeError,
                "not differentiable when mode='complete' and nrows > ncols",
            ),
        ],
    ),
    Case(
        "linalg_qr_r",
        lambda t, x: t.linalg.qr(x, mode="r")[1].abs(),
        [A(4, 2)],
        ref=lambda x: np.abs(np.linalg.qr(x, mode="r")),
        grad=False,
    ),
    Case("qr", _quietly(lambda t, x: t.qr(x)[0] @ t.qr(x)[1]), [A(4, 2)], ref=lambda x: x),
    Case(
        "geqrf",
        lambda t, x: t.geqrf(x),
        [A(4, 2)],
        ref=lambda x: [(lambda a: [a[0].T, a[1]])(np.linalg.qr(x, mode="raw"))],
        method="geqrf",
        grad=False,
    ),
    *[
        Case(
            f"householder_product_{kind}",
            lambda t, x, tau: t.linalg.householder_product(x, tau),
            [A(4, 3, kind=kind), A(2, kind=kind)],
            ref=lambda x, tau: _reflected(x, tau, np.eye(4))[:, :3],
            errors=[
                Error(
                    lambda t: t.linalg.householder_product(t.ones(3, 2), t.ones(3)),
                    RuntimeError,
                    r"input.shape\[-1\] must be greater than or equal to tau.shape\[-1\]",
                )
            ],
        )
        for kind in ("float", "complex")
    ],
    *[
        Case(
            f"ormqr_{left}_{transpose}",
            lambda t, x, tau, c, left=left, transpose=transpose: t.ormqr(
                x, tau, c, left, transpose
            ),
            [A(3, 2, kind="complex"), A(2, kind="complex"), A(3, 3, kind="complex")],
            ref=lambda x, tau, c, left=left, transpose=transpose: _ormqr(
                x, tau, c, left, transpose
            ),
            errors=[
                Error(
                    lambda t: t.ormqr(t.ones(3, 2), t.ones(2), t.ones(2, 2)),
                    RuntimeError,
                    r"torch.ormqr: other.shape\[-2\] must be equal to input.shape\[-2\]",
                )
            ],
        )
        for left in (True, False)
        for transpose in (True, False)
    ],
]


def _reflected(x, tau, c):
    for k in range(len(tau) - 1, -1, -1):
        v = np.concatenate([np.zeros(k), [1], x[k + 1 :, k]])
        c = c - tau[k] * np.outer(v, v.conj() @ c)
    return c


def _ormqr(x, tau, c, left, transpose):
    q = _reflected(x, tau, np.eye(len(x)))
    q = q.conj().T if transpose else q
    return q @ c if left else c @ q


CASES = [*CHOLESKY, *LU, *QR]
