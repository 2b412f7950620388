"""Derivatives of sampled functions."""

from __future__ import annotations

import numpy as np

from .case import A, Case, Error


def steps(T, x):
    return T.tensor([0.0, 1.0, 3.0, 3.5]).to(x)


CASES = [
    Case("gradient", lambda T, x: T.gradient(x), (A(3, 4),), np.gradient),
    Case(
        "gradient, distances",
        lambda T, x: T.gradient(x, spacing=(0.5, 2.0), edge_order=2),
        (A(3, 4),),
        lambda x: np.gradient(x, 0.5, 2.0, edge_order=2),
        errors=[
            Error(lambda T: T.gradient(T.ones(1)), RuntimeError, "to be at least edge_order"),
            Error(lambda T: T.gradient(T.ones(4), edge_order=3), RuntimeError, "only supports"),
            Error(
                lambda T: T.gradient(T.ones(4, 4), spacing=[1.0]), RuntimeError, "list of length 1"
            ),
            Error(
                lambda T: T.gradient(T.ones(4), spacing=[T.ones(2, 2)]),
                RuntimeError,
                "to have one dimension",
            ),
        ],
    ),
    *[
        Case(
            f"gradient, coordinates, order {order}",
            lambda T, x, order=order: T.gradient(
                x, spacing=(steps(T, x),), dim=0, edge_order=order
            ),
            (A(4, 2),),
            lambda x, order=order: (np.gradient(x, [0, 1, 3, 3.5], axis=0, edge_order=order),),
        )
        for order in (1, 2)
    ],
]
