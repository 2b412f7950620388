"""Rows for singular values and eigenvalues, and for what is made of them.

Vectors are judged by what does not depend on their sign or phase.
"""

from __future__ import annotations

import numpy as np

from .case import A, Case, Error

INF = float("inf")


def _symmetric(x):
    return x + (x.mH if hasattr(x, "mH") else x.conj().swapaxes(-1, -2))


def _svd(t, x, full):
    u, s, vh = t.linalg.svd(x, full_matrices=full)
    return u[..., :2].abs(), s, vh[..., :2, :].abs()


def _np_svd(x):
    u, s, vh = np.linalg.svd(x)
    return [np.abs(u[..., :2]), s, np.abs(vh[..., :2, :])]


SVD = [
    *[
        Case(
            f"linalg_svd_{rows}_{cols}_{full}",
            lambda t, x, full=full: _svd(t, x, full),
            [A(rows, cols, kind=kind)],
            ref=_np_svd,
            atol=1e-5,
        )
        for rows, cols, full, kind in (
            (3, 2, False, "float"),
            (2, 3, True, "float"),
            (3, 2, True, "complex"),
            (2, 3, False, "complex"),
        )
    ],
    Case(
        "linalg_svd_left",
        lambda t, x: t.linalg.svd(x, full_matrices=False)[0].abs(),
        [A(2, 3, kind="complex")],
        ref=lambda x: np.abs(np.linalg.svd(x, full_matrices=False)[0]),
    ),
    Case(
        "linalg_svdvals",
        lambda t, x: t.linalg.svdvals(x),
        [A(2, 3, 2, kind="complex")],
        ref=lambda x: np.linalg.svd(x, compute_uv=False),
        errors=[
            Error(
                lambda t: t.linalg.svd(t.full((2, 2), float("nan"))),
                RuntimeError,
                "The algorithm failed to converge because the input matrix contained non-finite",
            ),
            Error(
                lambda t: t.linalg.svd(t.eye(2), driver="gesvd"),
                RuntimeError,
                "keyword argument `driver=` is only supported on CUDA",
            ),
            Error(
                lambda t: t.linalg.svd(t.ones(2)),
                RuntimeError,
                "linalg.svd: The input tensor A must have at least 2 dimensions",
            ),
            Error(
                lambda t: (
                    t.view_as_real(t.linalg.svd(t.eye(2, dtype=t.complex64, requires_grad=True))[0])
                    .sum()
                    .backward()
                ),
                RuntimeError,
                "svd_backward: The singular vectors in the complex case are specified up to",
            ),
        ],
    ),
    Case(
        "svd",
        lambda t, x: [x.svd()[0].abs(), x.svd()[1], x.svd()[2].abs()],
        [A(2, 3)],
        ref=lambda x: [
            np.abs(a) for a in (lambda u, s, v: (u, s, v.T))(*np.linalg.svd(x, full_matrices=False))
        ],
    ),
    Case(
        "svd_values",
        lambda t, x: t.svd(x, compute_uv=False),
        [A(2, 3)],
        ref=lambda x: [np.zeros((2, 2)), np.linalg.svd(x, compute_uv=False), np.zeros((3, 3))],
    ),
]

EIGEN = [
    *[
        Case(
            f"linalg_eigh_{uplo}",
            lambda t, x, uplo=uplo: (
                lambda values, vectors: [values, (vectors * values[..., None, :]).abs()]
            )(*t.linalg.eigh(_symmetric(x), uplo)),
            [A(2, 3, 3, kind=kind)],
            ref=lambda x: (lambda values, vectors: [values, np.abs(vectors * values[:, None])])(
                *np.linalg.eigh(_symmetric(x))
            ),
            atol=1e-5,
        )
        for uplo, kind in (("L", "complex"), ("u", "float"))
    ],
    Case(
        "linalg_eigvalsh",
        lambda t, x: t.linalg.eigvalsh(_symmetric(x)),
        [A(3, 3, kind="complex")],
        ref=lambda x: np.linalg.eigvalsh(_symmetric(x)),
        errors=[
            Error(
                lambda t: t.linalg.eigvalsh(t.eye(2), "x"),
                RuntimeError,
                "Expected UPLO argument to be 'L' or 'U', but got x",
            ),
            Error(
                lambda t: t.linalg.eigh(t.eye(2).long()),
                NotImplementedError,
                "\"linalg_eigh_cpu\" not implemented for 'Long'",
            ),
            Error(
                lambda t: (
                    t.view_as_real(
                        t.linalg.eigh(t.eye(2, dtype=t.complex64, requires_grad=True))[1] * 1j
                    )
                    .sum()
                    .backward()
                ),
                RuntimeError,
                "linalg_eigh_backward: The eigenvectors in the complex case",
            ),
        ],
    ),
    *[
        Case(
            f"linalg_eig_{kind}",
            lambda t, x: (lambda values, vectors: [values.abs().sum(), vectors.abs().sum()])(
                *t.linalg.eig(x)
            ),
            [A(3, 3, kind=kind)],
            ref=lambda x: [np.abs(a).sum() for a in np.linalg.eig(x)],
            atol=1e-5,
        )
        for kind in ("distinct", "complex")
    ],
    Case(
        "linalg_eigvals",
        lambda t, x: t.linalg.eigvals(x).abs().pow(3).sum(-1),
        [A(2, 3, 3)],
        ref=lambda x: (np.abs(np.linalg.eigvals(x)) ** 3).sum(-1),
        errors=[
            Error(
                lambda t: t.linalg.eig(t.full((2, 2), float("nan"))),
                RuntimeError,
                "torch.linalg.eig: input tensor should not contain infs or NaNs",
            ),
            Error(
                lambda t: t.linalg.eigvals(t.eye(2).long()),
                RuntimeError,
                "Unknown Complex ScalarType for Long",
            ),
        ],
    ),
    Case(
        "lobpcg",
        lambda t, x: t.lobpcg(_symmetric(x), k=2)[0],
        [A(6, 6)],
        ref=lambda x: np.linalg.eigvalsh(_symmetric(x))[:-3:-1],
        errors=[
            Error(
                lambda t: t.lobpcg(t.eye(2)),
                ValueError,
                r"LOBPCG algorithm is not applicable when the number of A rows \(=2\) is smaller",
            )
        ],
    ),
    Case(
        "lobpcg_generalised",
        lambda t, x, y: (lambda values, vectors: [values, vectors.abs()])(
            *t.lobpcg(_symmetric(x), 1, y @ y.mT + 3 * t.eye(4, dtype=y.dtype), largest=False)
        ),
        [A(4, 4), A(4, 4)],
        atol=1e-4,
    ),
]

LOW_RANK = [
    Case(
        f"{name}_{rows}_{cols}",
        lambda t, x, name=name: (t.manual_seed(3), getattr(t, name)(x, q=2)[1])[1],
        [A(rows, cols)],
        errors=[
            Error(
                lambda t: t.pca_lowrank(t.ones(3, 2), q=4),
                ValueError,
                r"q\(=4\) must be non-negative integer and not greater than min\(m, n\)=2",
            )
        ],
    )
    for name, rows, cols in (("svd_lowrank", 5, 4), ("pca_lowrank", 3, 5))
]

PSEUDO = [
    Case(
        "linalg_pinv",
        lambda t, x: t.linalg.pinv(x),
        [A(2, 3, 2, kind="complex")],
        ref=np.linalg.pinv,
        errors=[
            Error(
                lambda t: t.linalg.pinv(t.ones(2)),
                RuntimeError,
                r"linalg.pinv\(Float\{\[2\]\}\): expected a tensor with 2 or more dimensions",
            )
        ],
    ),
    Case(
        "linalg_pinv_tolerances",
        lambda t, x: t.linalg.pinv(x, atol=t.tensor([0.0, 100.0], dtype=x.dtype)),
        [A(2, 3, 2)],
        ref=lambda x: np.stack([np.linalg.pinv(x[0]), np.zeros((2, 3))]),
    ),
    Case(
        "linalg_pinv_hermitian",
        lambda t, x: t.linalg.pinv(_symmetric(x), hermitian=True),
        [A(3, 3, kind="complex")],
        ref=lambda x: np.linalg.pinv(_symmetric(x)),
    ),
    Case(
        "pinverse",
        lambda t, x: t.pinverse(x),
        [A(2, 3)],
        ref=np.linalg.pinv,
        method="pinverse",
    ),
    Case(
        "linalg_matrix_rank",
        lambda t, x: [
            t.linalg.matrix_rank(x @ x.mT),
            t.linalg.matrix_rank(x @ x.mT, hermitian=True),
            t.linalg.matrix_rank(x, 100.0),
            t.linalg.matrix_rank(x[:, :0]),
        ],
        [A(2, 3, 2)],
        ref=lambda x: [np.array([2, 2]), np.array([2, 2]), np.array([0, 0]), np.array([0, 0])],
        errors=[
            Error(
                lambda t: t.linalg.matrix_rank(t.ones(2)),
                RuntimeError,
                "matrix_rank: The input tensor input must have at least 2 dimensions",
            )
        ],
    ),
    *[
        Case(
            f"linalg_lstsq_{driver}",
            lambda t, x, b, driver=driver: t.linalg.lstsq(x, b, driver=driver)[:2],
            [A(2, 3, 2, kind="complex"), A(2, 3, 2, kind="complex")],
            ref=lambda x, b, driver=driver: _lstsq(x, b, driver),
        )
        for driver in ("gels", "gelsy", "gelsd", "gelss")
    ],
    Case(
        "linalg_lstsq_vector",
        lambda t, x, b: t.linalg.lstsq(x, b)[0],
        [A(2, 3), A(2)],
        ref=lambda x, b: np.linalg.lstsq(x, b)[0],
        errors=[
            Error(
                lambda t: t.linalg.lstsq(t.ones(3, 2), t.ones(3, 1), driver="gels"),
                RuntimeError,
                "could not be computed because the input matrix does not have full rank",
            ),
            Error(
                lambda t: t.linalg.lstsq(t.ones(3, 2), t.ones(2, 2)),
                RuntimeError,
                r"input.size\(-2\) should match other.size\(-2\)",
            ),
            Error(
                lambda t: t.linalg.lstsq(t.ones(3, 2), t.ones(3, 1), driver="x"),
                RuntimeError,
                r"parameter `driver` should be one of \(gels, gelsy, gelsd, gelss\)",
            ),
        ],
    ),
]


def _lstsq(x, b, driver):
    pairs = [np.linalg.lstsq(x[i], b[i]) for i in range(len(x))]
    residuals = np.zeros(0) if driver == "gelsy" else np.stack([p[1] for p in pairs])
    return [np.stack([p[0] for p in pairs]), residuals]


NORMS = [
    *[
        Case(
            f"matrix_norm_{ord}",
            lambda t, x, ord=ord: t.linalg.norm(x, ord),
            [A(3, 4, kind="distinct")],
            lambda x, ord=ord: np.linalg.norm(x, ord),
        )
        for ord in ("fro", "nuc", 1, -1, 2, -2, np.inf, -np.inf)
    ],
    Case(
        "matrix_norm_axes",
        lambda t, x: t.linalg.matrix_norm(x, "nuc", (2, 0), keepdim=True),
        [A(3, 2, 4, kind="complex")],
        ref=lambda x: np.linalg.norm(x, "nuc", (2, 0), keepdims=True),
        errors=[
            Error(
                lambda t: t.linalg.matrix_norm(t.eye(2), 5),
                RuntimeError,
                "linalg.matrix_norm: Order 5 not supported",
            ),
            Error(
                lambda t: t.linalg.matrix_norm(t.eye(2), dim=(0, 0)),
                RuntimeError,
                "dims must be different",
            ),
            Error(
                lambda t: t.linalg.norm(t.ones(2, 2, 2), 2),
                RuntimeError,
                "If dim is not specified but ord is, the input must be 1D or 2D. Got 3D",
            ),
            Error(
                lambda t: t.norm(t.eye(2), "nuc", dim=0),
                RuntimeError,
                "dim must be a 2-tuple. Got 0",
            ),
        ],
    ),
    Case(
        "norm_nuclear", lambda t, x: t.norm(x, "nuc"), [A(3, 2)], lambda x: np.linalg.norm(x, "nuc")
    ),
    *[
        Case(
            f"linalg_cond_{p}",
            lambda t, x, p=p: t.linalg.cond(x + 4 * t.eye(3, dtype=x.dtype), p),
            [A(2, 3, 3)],
            ref=lambda x, p=p: np.linalg.cond(x + 4 * np.eye(3), p),
        )
        for p in (None, -2, 1, -INF, "fro", "nuc")
    ],
    Case(
        "linalg_cond_singular",
        lambda t, x: t.linalg.cond(x * 0, 1),
        [A(2, 2)],
        ref=lambda x: np.inf,
        grad=False,
        errors=[
            Error(
                lambda t: t.linalg.cond(t.eye(2), 5),
                RuntimeError,
                "linalg.cond got an invalid norm type: 5",
            ),
            Error(
                lambda t: t.linalg.cond(t.ones(2, 3), 1),
                RuntimeError,
                r"linalg.cond\(ord=1\): A must be batches of square matrices, but they are 2 by 3",
            ),
        ],
    ),
]

CASES = [*SVD, *EIGEN, *LOW_RANK, *PSEUDO, *NORMS]
