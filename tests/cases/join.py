"""Joining tensors, and grids and combinations of vectors."""

from __future__ import annotations

import numpy as np
from scipy.linalg import block_diag

from .case import A, Case
from .shape import fails, ones

CASES = [
    Case(
        "cat",
        lambda T, x, y: (T.cat([x, y]), T.concat((x, x), -1)),
        (A(2, 3), A(1, 3)),
        lambda x, y: (np.concatenate([x, y]), np.concatenate([x, x], 1)),
        errors=[
            fails(lambda T: T.cat([]), "expected a non-empty list of Tensors", ValueError),
            fails(lambda T: T.cat([ones(T, 2, 3), ones(T, 3)]), "got 2 and 1"),
            fails(lambda T: T.cat([ones(T, 2, 3), ones(T, 2, 2)]), "Expected size 3 but got size"),
            fails(lambda T: T.cat([T.tensor(1.0)]), "zero-dimensional tensor"),
            fails(lambda T: T.cat(ones(T, 2)), "must be tuple of Tensors, not Tensor", TypeError),
            fails(lambda T: T.cat([ones(T, 2), 3]), "Tensor as element 1 in", TypeError),
        ],
    ),
    Case(
        "cat of several types",
        lambda T, x: T.cat([x, T.ones(1, 3, dtype=T.int64), T.empty(0)]),
        ref=lambda x: np.concatenate([x, np.ones((1, 3))]),
    ),
    Case(
        "stack",
        lambda T, x, y: (T.stack([x, y]), T.stack([x, y], -1)),
        (A(2, 3), A(2, 3)),
        lambda x, y: (np.stack([x, y]), np.stack([x, y], -1)),
        errors=[
            fails(lambda T: T.stack([]), "expects a non-empty TensorList"),
            fails(lambda T: T.stack([ones(T, 2), ones(T, 3)]), "expects each tensor to be equal"),
        ],
    ),
    Case(
        "hstack",
        lambda T, x, y: (T.hstack([x, x]), T.hstack([y, y]), T.vstack([x, y]), T.dstack([y, y])),
        (A(2, 3), A(3)),
        lambda x, y: (np.hstack([x, x]), np.hstack([y, y]), np.vstack([x, y]), np.dstack([y, y])),
        errors=[fails(lambda T: T.hstack([]), "hstack expects a non-empty TensorList")],
    ),
    Case(
        "column_stack",
        lambda T, x, y: T.column_stack([y, x]),
        (A(3, 2), A(3)),
        lambda x, y: np.column_stack([y, x]),
    ),
    Case(
        "meshgrid",
        lambda T, x, y: (
            T.meshgrid(x, y, indexing="ij"),
            T.meshgrid([x, y], indexing="xy"),
        ),
        (A(2), A(3)),
        lambda x, y: (np.meshgrid(x, y, indexing="ij"), np.meshgrid(x, y)),
        errors=[
            fails(lambda T: T.meshgrid(ones(T, 2), indexing="a"), "indexing must be one of"),
            fails(
                lambda T: T.meshgrid(ones(T, 2), T.tensor([1]), indexing="ij"),
                "expects all tensors to have the same dtype",
            ),
        ],
    ),
    Case(
        "cartesian_prod",
        lambda T, x, y: T.cartesian_prod(x, y),
        (A(2), A(3)),
        lambda x, y: np.stack([x.repeat(3), np.tile(y, 2)], 1),
        errors=[fails(lambda T: T.cartesian_prod(ones(T, 2, 2)), "Expect a 1D vector")],
    ),
    Case(
        "combinations",
        lambda T, x: (T.combinations(x), T.combinations(x, 2, True)),
        (A(3),),
        lambda x: (x[[[0, 1], [0, 2], [1, 2]]], x[np.stack(np.triu_indices(3), 1)]),
        errors=[fails(lambda T: T.combinations(ones(T, 2), -1), "Expect a non-negative number")],
    ),
    Case(
        "block_diag",
        lambda T, x, y: T.block_diag(x, y),
        (A(2, 3), A(2)),
        block_diag,
        errors=[fails(lambda T: T.block_diag(ones(T, 2, 2, 2)), "must have 2 or fewer dim")],
    ),
]
