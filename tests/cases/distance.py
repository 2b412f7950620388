"""Rows for distances and similarities."""

from __future__ import annotations

from typing import Any

import numpy as np

from .case import A, Case, Error
from .loss import slope
from .margin import cosine, distance


def pairs(x: Any) -> Any:
    first, second = np.triu_indices(len(x), 1)
    return np.abs(x[first] - x[second])


CASES = [
    Case(
        "cosine_similarity",
        lambda t, x, y: t.nn.functional.cosine_similarity(x, y),
        [A(4, 3), A(4, 3)],
        ref=cosine,
        errors=[
            Error(
                lambda t: t.nn.functional.cosine_similarity(t.ones(2, 3), t.ones(4, 3)),
                RuntimeError,
                r"The size of tensor a \(2\) must match the size of tensor b \(4\)",
            ),
            Error(
                lambda t: t.nn.functional.cosine_similarity(t.tensor([[1]]), t.tensor([[1]])),
                RuntimeError,
                "expected common dtype to be floating point, yet common dtype is Long",
            ),
        ],
    ),
    Case(
        "cosine_similarity_zero",
        lambda t, x: t.nn.functional.cosine_similarity(x * 0, x, dim=0),
        [A(3)],
        ref=lambda x: 0.0,
        grad=False,
    ),
    Case(
        "pairwise_distance",
        lambda t, x, y: t.nn.functional.pairwise_distance(x, y),
        [A(4, 3), A(3)],
        ref=distance,
    ),
    Case(
        "pairwise_distance_keepdim",
        lambda t, x, y: t.nn.functional.pairwise_distance(x, y, p=3.0, keepdim=True),
        [A(4, 3), A(4, 3)],
        ref=lambda x, y: distance(x, y, 3.0)[:, None],
    ),
    Case(
        "pdist",
        lambda t, x: t.nn.functional.pdist(x),
        [A(4, 3)],
        ref=lambda x: np.sqrt((pairs(x) ** 2).sum(1)),
        errors=[
            Error(lambda t: t.nn.functional.pdist(t.ones(3)), RuntimeError, "only supports 2D"),
            Error(
                lambda t: t.nn.functional.pdist(t.ones(3, 2), -1.0),
                RuntimeError,
                "pdist only supports non-negative p values",
            ),
        ],
    ),
    Case(
        "pdist_1",
        lambda t, x: t.nn.functional.pdist(x, 1.0),
        [A(4, 3)],
        ref=lambda x: pairs(x).sum(1),
    ),
    Case(
        "pdist_3",
        lambda t, x: t.nn.functional.pdist(x, 3.0),
        [A(4, 3)],
        ref=lambda x: (pairs(x) ** 3).sum(1) ** (1 / 3),
    ),
    Case(
        "pdist_inf",
        lambda t, x: t.nn.functional.pdist(x, float("inf")),
        [A(4, 3)],
        ref=lambda x: pairs(x).max(1),
    ),
    Case("pdist_slope", slope(slope(lambda t, x: t.nn.functional.pdist(x))), [A(3, 2)], atol=1e-5),
]
