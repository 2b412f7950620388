"""Rows for inverses, determinants, solutions of linear equations, and functions of matrices."""

from __future__ import annotations

import warnings

import numpy as np
from scipy import linalg

from .case import A, Case, Error

COMPLEX = A(3, 3, kind="complex")


def _quietly(call):
    """A call of what warns that it is deprecated."""

    def quiet(t, *xs):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return call(t, *xs)

    return quiet


SQUARE_ERRORS = [
    Error(
        lambda t: t.linalg.inv(t.zeros(2, 2, 2)),
        RuntimeError,
        r"linalg.inv: \(Batch element 0\): The diagonal element 1 is zero, the inversion could not",
    ),
    Error(
        lambda t: t.linalg.inv(t.ones(2, 3)),
        RuntimeError,
        "linalg.inv: A must be batches of square matrices, but they are 2 by 3 matrices",
    ),
    Error(
        lambda t: t.linalg.inv(t.ones(2)),
        RuntimeError,
        "linalg.inv: The input tensor A must have at least 2 dimensions",
    ),
    Error(
        lambda t: t.inverse(t.eye(2).long()),
        RuntimeError,
        "Expected a floating point or complex tensor as input. Got Long",
    ),
    Error(
        lambda t: t.linalg.inv(t.eye(2), out=t.eye(2).double()),
        RuntimeError,
        "Expected out tensor to have dtype",
    ),
    Error(
        lambda t: t.linalg.inv(t.eye(2).half()),
        RuntimeError,
        "linalg.inv: Low precision dtypes not supported. Got Half",
    ),
]

INVERSES = [
    Case(
        "linalg_inv",
        lambda t, x: t.linalg.inv(x),
        [A(2, 3, 3, kind="complex")],
        ref=np.linalg.inv,
        errors=SQUARE_ERRORS,
    ),
    Case("inverse", lambda t, x: t.inverse(x), [A(3, 3)], ref=np.linalg.inv, method="inverse"),
    Case(
        "linalg_inv_ex",
        lambda t, x: t.linalg.inv_ex(t.stack([x, t.zeros_like(x)])),
        [A(2, 2)],
        ref=lambda x: [
            np.stack([np.linalg.inv(x), np.array([[np.nan, np.nan], [np.nan, np.inf]])]),
            np.array([0, 1]),
        ],
        grad=False,
    ),
    Case("linalg_inv_empty", lambda t, x: t.linalg.inv(x), [A(2, 0, 0)], ref=lambda x: x),
    Case(
        "linalg_det", lambda t, x: t.linalg.det(x), [A(2, 3, 3, kind="complex")], ref=np.linalg.det
    ),
    Case(
        "det_singular",
        lambda t, x: t.det(t.cat([x, x[:1] * 0])),
        [A(2, 3)],
        ref=lambda x: 0.0,
    ),
    Case("det", lambda t, x: t.det(x), [A(3, 3)], ref=np.linalg.det, method="det"),
    Case(
        "linalg_slogdet",
        lambda t, x: t.linalg.slogdet(x),
        [A(2, 3, 3, kind="complex")],
        ref=np.linalg.slogdet,
    ),
    Case("slogdet", lambda t, x: x.slogdet(), [A(3, 3)], ref=np.linalg.slogdet),
    Case(
        "logdet",
        lambda t, x: t.logdet(x @ x.mT),
        [A(3, 3)],
        ref=lambda x: np.log(np.linalg.det(x @ x.T)),
        method=None,
    ),
    Case(
        "logdet_complex",
        lambda t, x: t.logdet(x),
        [COMPLEX],
        ref=lambda x: np.log(np.linalg.det(x)),
    ),
    Case(
        "tensorinv",
        lambda t, x: t.linalg.tensorinv(x, ind=1),
        [A(4, 2, 2)],
        ref=lambda x: np.linalg.tensorinv(x, 1),
        errors=[
            Error(
                lambda t: t.linalg.tensorinv(t.ones(2, 3, 5)),
                RuntimeError,
                r"prod\(self.shape\[ind:\]\) == prod\(self.shape\[:ind\]\), but got 5 != 6",
            )
        ],
    ),
]

SOLUTIONS = [
    Case(
        "linalg_solve",
        lambda t, x, b: t.linalg.solve(x, b),
        [COMPLEX, A(2, 3, 2, kind="complex")],
        ref=np.linalg.solve,
        errors=[
            Error(
                lambda t: t.linalg.solve(t.zeros(2, 2), t.eye(2)),
                RuntimeError,
                "torch.linalg.solve: The solver failed because the input matrix is singular",
            ),
            Error(
                lambda t: t.linalg.solve(t.eye(2), t.eye(2).double()),
                RuntimeError,
                "Expected A and B to have the same dtype, but found A of type Float and B of type",
            ),
            Error(
                lambda t: t.linalg.solve(t.eye(2), t.ones(3, 3)),
                RuntimeError,
                r"Incompatible shapes of A and B for the equation AX = B \(2x2 and 3x3\)",
            ),
            Error(
                lambda t: t.linalg.solve(t.ones(3, 2, 2), t.ones(2, 2, 2)),
                RuntimeError,
                r"The size of tensor a \(3\) must match the size of tensor b \(2\)",
            ),
        ],
    ),
    Case(
        "linalg_solve_vectors",
        lambda t, x, b: t.linalg.solve(x, b),
        [A(2, 3, 3), A(2, 3)],
        ref=lambda x, b: np.linalg.solve(x, b[..., None])[..., 0],
    ),
    Case(
        "linalg_solve_right",
        lambda t, x, b: t.linalg.solve(x, b, left=False),
        [A(3, 3), A(2, 3)],
        ref=lambda x, b: b @ np.linalg.inv(x),
    ),
    Case(
        "linalg_solve_ex",
        lambda t, x, b: t.linalg.solve_ex(x * 0, b)[1],
        [A(2, 2), A(2)],
        ref=lambda x, b: np.array(1),
    ),
    *[
        Case(
            f"solve_triangular_{upper}_{left}_{unit}",
            lambda t, x, b, upper=upper, left=left, unit=unit: t.linalg.solve_triangular(
                x, b, upper=upper, left=left, unitriangular=unit
            ),
            [A(3, 3, kind="complex", low=0.5), A(2, 3, 3, kind="complex")],
            ref=lambda x, b, upper=upper, left=left, unit=unit: _triangular(
                x, b, upper, left, unit
            ),
            errors=[
                Error(
                    lambda t: t.linalg.solve_triangular(t.ones(2, 3), t.eye(2), upper=True),
                    RuntimeError,
                    "linalg.solve_triangular: A must be batches of square matrices",
                )
            ],
        )
        for upper, left, unit in (
            (True, True, False),
            (False, True, True),
            (True, False, True),
            (False, False, False),
        )
    ],
    Case(
        "triangular_solve",
        _quietly(lambda t, b, x: t.triangular_solve(b, x, upper=False, transpose=True)),
        [A(3, 2), A(3, 3, low=0.5)],
        ref=lambda b, x: [np.linalg.solve(np.tril(x).T, b), x],
        errors=[
            Error(
                _quietly(lambda t: t.triangular_solve(t.eye(2), t.eye(3))),
                RuntimeError,
                "Incompatible matrix sizes for triangular_solve: each A matrix is 3 by 3",
            )
        ],
    ),
    Case(
        "tensorsolve",
        lambda t, x, b: t.linalg.tensorsolve(x, b, dims=(0,)),
        [A(2, 4, 2), A(4)],
        ref=lambda x, b: np.linalg.tensorsolve(x, b, axes=(0,)),
        errors=[
            Error(
                lambda t: t.linalg.tensorsolve(t.ones(2, 3, 6), t.ones(2)),
                RuntimeError,
                r"prod\(self.shape\[:other.ndim\]\), but got 18 != 2",
            )
        ],
    ),
]


def _triangular(x, b, upper, left, unit):
    x = np.triu(x) if upper else np.tril(x)
    if unit:
        x = x - np.diag(np.diag(x)) + np.eye(len(x))
    return np.linalg.solve(x, b) if left else b @ np.linalg.inv(x)


FUNCTIONS = [
    Case(
        "matrix_exp",
        lambda t, x: t.matrix_exp(x),
        [A(2, 3, 3, kind="complex")],
        ref=linalg.expm,
        method="matrix_exp",
        atol=1e-5,
        errors=[
            Error(
                lambda t: t.linalg.matrix_exp(t.ones(2, 3)),
                RuntimeError,
                "linalg.matrix_exp: A must be batches of square matrices",
            )
        ],
    ),
    Case(
        "matrix_exp_half",
        lambda t, x: t.matrix_exp((x * 0).to(t.float16)),
        [A(2, 2)],
        ref=lambda x: np.eye(2),
        grad=False,
    ),
    *[
        Case(
            f"matrix_power_{n}",
            lambda t, x, n=n: t.matrix_power(x + 4 * t.eye(3, dtype=x.dtype), n),
            [A(2, 3, 3)],
            ref=lambda x, n=n: np.linalg.matrix_power(x + 4 * np.eye(3), n),
        )
        for n in (0, 1, 2, 5, -2)
    ],
    Case(
        "linalg_vander",
        lambda t, x: t.linalg.vander(x),
        [A(2, 3)],
        ref=lambda x: np.stack([np.vander(row, increasing=True) for row in x]),
        errors=[
            Error(
                lambda t: t.linalg.vander(t.ones(2), 1), RuntimeError, "N must be greater than 1"
            ),
            Error(
                lambda t: t.linalg.vander(t.ones(2).bool()),
                RuntimeError,
                "linalg.vander supports floating point, complex, and integer tensors, but got Bool",
            ),
        ],
    ),
    Case(
        "vander",
        lambda t, x: [t.vander(x), t.vander(x, 2, increasing=True), t.vander(x, 0)],
        [A(3)],
        ref=lambda x: [np.vander(x), np.vander(x, 2, increasing=True), np.vander(x, 0)],
        errors=[
            Error(
                lambda t: t.vander(t.ones(2, 2)), RuntimeError, "x must be a one-dimensional tensor"
            )
        ],
    ),
]

INTEGERS = A(4, low=1, high=4, kind="int")
COVARIANCES = [
    Case("cov", lambda t, x: t.cov(x), [A(2, 4, kind="complex")], ref=np.cov, method="cov"),
    Case(
        "cov_vector", lambda t, x: t.cov(x, correction=0), [A(4)], ref=lambda x: np.cov(x, ddof=0)
    ),
    Case(
        "cov_weights",
        lambda t, x, f, a: t.cov(x, fweights=f, aweights=a),
        [A(2, 4), INTEGERS, A(4, low=0.5)],
        ref=lambda x, f, a: np.cov(x, fweights=f, aweights=a),
        errors=[
            Error(
                lambda t: t.cov(t.ones(2, 2, 2)),
                RuntimeError,
                "expected input to have two or fewer dimensions but got an input with 3 dimensions",
            ),
            Error(
                lambda t: t.cov(t.ones(2, 3), fweights=t.ones(3)),
                RuntimeError,
                "expected fweights to have integral dtype but got fweights with Float dtype",
            ),
            Error(
                lambda t: t.cov(t.ones(2, 3), aweights=-t.ones(3)),
                RuntimeError,
                "aweights cannot be negative",
            ),
        ],
    ),
    Case(
        "corrcoef",
        lambda t, x: t.corrcoef(x),
        [A(3, 4)],
        ref=np.corrcoef,
        method="corrcoef",
        errors=[
            Error(
                lambda t: t.corrcoef(t.ones(2, 2, 2)),
                RuntimeError,
                r"corrcoef\(\): expected input to have two or fewer dimensions",
            )
        ],
    ),
]

CASES = [*INVERSES, *SOLUTIONS, *FUNCTIONS, *COVARIANCES]
