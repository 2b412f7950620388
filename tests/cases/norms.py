"""Rows for vector norms and distances."""

from __future__ import annotations

import numpy as np
from numpy.linalg import norm
from scipy.spatial.distance import cdist

from .case import A, Case, Error

INF = float("inf")


def _norms(name, p, **kwargs):
    return Case(
        f"norm_{name}",
        lambda t, x: t.norm(x, p, dim=1),
        [A(2, 5, low=0.5)],
        ref=lambda x: norm(x, p, axis=1),
        **kwargs,
    )


CASES = [
    Case("norm", lambda t, x: t.norm(x), ref=norm, method="norm"),
    Case("norm_fro", lambda t, x: x.norm("fro", (0, 1)), ref=norm),
    Case("norm_0d", lambda t, x: x.norm(), [A()], ref=np.abs),
    _norms("0", 0, grad=False),
    _norms("1", 1),
    _norms("2", 2),
    _norms("3", 3),
    _norms("half", 0.5),
    _norms("negative", -2),
    _norms("inf", INF),
    _norms("minus_inf", -INF),
    Case("norm_complex", lambda t, x: t.norm(x), [A(2, 3, kind="complex")], ref=norm),
    Case(
        "norm_complex_3",
        lambda t, x: t.norm(x, 3, 1),
        [A(2, 3, kind="complex")],
        ref=lambda x: norm(x, 3, axis=1),
    ),
    Case(
        "vector_norm",
        lambda t, x: t.linalg.vector_norm(x, 2, (0, 2), keepdim=True),
        [A(2, 3, 4)],
        ref=lambda x: np.sqrt((x * x).sum((0, 2), keepdims=True)),
        errors=[
            Error(
                lambda t: t.norm(t.ones(2).long()),
                RuntimeError,
                "Expected a floating point or complex tensor as input. Got Long",
            ),
            Error(
                lambda t: t.norm(t.ones(0), INF),
                RuntimeError,
                "cannot compute the inf norm on an empty tensor because the operation does not",
            ),
            Error(
                lambda t: t.linalg.vector_norm(t.ones(2), dtype=t.float16),
                RuntimeError,
                r"should be convertible without narrowing to the specified dtype \(Half\)",
            ),
            Error(lambda t: t.norm(t.ones(2), "abc"), RuntimeError, "Order abc not supported"),
        ],
    ),
    Case("norm_empty", lambda t, x: t.norm(x, 2, 0), [A(0, 3)], ref=lambda x: norm(x, axis=0)),
    Case(
        "renorm",
        lambda t, x: t.renorm(x, 2, 0, 1.5),
        [A(3, 4)],
        ref=lambda x: x * np.minimum(1, 1.5 / (np.linalg.norm(x, axis=1, keepdims=True) + 1e-7)),
        method="renorm",
        inplace="renorm_",
        args=(2, 0, 1.5),
        errors=[
            Error(lambda t: t.ones(2).renorm(2, 0, 1), RuntimeError, "at least 2 dimensions"),
            Error(lambda t: t.ones(2, 2).renorm(-1, 0, 1), RuntimeError, "non-positive-norm"),
            Error(lambda t: t.ones(2, 2).renorm(2, 0, -1), RuntimeError, "maxnorm to be >= 0"),
        ],
    ),
    Case("frobenius_norm", lambda t, x: t.frobenius_norm(x, 1), [A(2, 3)]),
    Case(
        "dist",
        lambda t, x, y: t.dist(x, y, 3),
        [A(2, 3), A(3)],
        ref=lambda x, y: (np.abs(x - y) ** 3).sum() ** (1 / 3),
        method="dist",
        args=(3,),
    ),
    Case("cdist", lambda t, x, y: t.cdist(x, y), [A(2, 3), A(4, 3)], ref=cdist),
    Case("cdist_many", lambda t, x, y: t.cdist(x, y), [A(30, 2), A(4, 2)], ref=cdist),
    Case("cdist_stacks", lambda t, x, y: t.cdist(x, y), [A(2, 2, 3), A(4, 3)]),
    Case(
        "cdist_1",
        lambda t, x, y: t.cdist(x, y, p=1),
        [A(2, 3), A(4, 3)],
        ref=lambda x, y: cdist(x, y, "cityblock"),
        errors=[
            Error(
                lambda t: t.cdist(t.ones(2, 3), t.ones(2, 2)),
                RuntimeError,
                "X1 and X2 must have the same number of columns. X1: 3 X2: 2",
            ),
            Error(
                lambda t: t.cdist(t.ones(2, 3), t.ones(3)),
                RuntimeError,
                "cdist only supports at least 2D tensors, X2 got: 1D",
            ),
        ],
    ),
]

CASES += [
    Case(
        f"renorm_{p}",
        lambda t, x, p=p: t.renorm(x, p, 1, 2.0),
        [A(3, 4, kind="distinct")],
        lambda x, p=p: x * np.minimum(2 / (norm(x, p, axis=0) + 1e-7), 1),
        errors=[
            Error(lambda t: t.renorm(t.ones(2, 2), 1j, 0, 1), RuntimeError, "must be real-valued")
        ],
    )
    for p in (1, np.inf)
]

CASES.append(
    Case("renorm_complex", lambda t, x: t.renorm(x, 2, -1, 1.5), [A(2, 3, 2, kind="complex")])
)
