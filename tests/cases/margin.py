"""Rows for the losses with a margin."""

from __future__ import annotations

from typing import Any

import numpy as np

from .case import A, Case, Error
from .loss import slope

PAIR = [A(4, 3), A(4, 3)]
SIGNS = np.array([1.0, -1, 1, -1])


def signs(t: Any, x: Any) -> Any:
    return t.tensor([1, -1, 1, -1]).to(x)


def cosine(x: Any, y: Any) -> Any:
    return (x * y).sum(1) / np.sqrt((x * x).sum(1) * (y * y).sum(1))


def distance(x: Any, y: Any, p: float = 2.0) -> Any:
    return (np.abs(x - y + 1e-6) ** p).sum(1) ** (1 / p)


def multi_margin(x: Any, y: Any, p: int) -> Any:
    rows = np.arange(len(x))
    hinge = np.maximum(0, 0.5 - x[rows, y][:, None] + x) ** p
    hinge[rows, y] = 0
    return (hinge * np.array([0.5, 1, 2])[y][:, None]).sum(1) / 3


def second(t: Any, x: Any) -> Any:
    """The sum of squares of a gradient."""
    margin = slope(lambda t, x: t.nn.functional.multi_margin_loss(x, t.tensor([0]), p=2))
    return (margin(t, x) ** 2).sum()


CLASSES = A(4, low=0, high=3, kind="int")

CASES = [
    Case(
        "soft_margin_loss",
        lambda t, x: t.nn.functional.soft_margin_loss(x, signs(t, x)),
        [A(4)],
        ref=lambda x: np.mean(np.log1p(np.exp(-x * SIGNS))),
    ),
    Case(
        "hinge_embedding_loss",
        lambda t, x: t.nn.functional.hinge_embedding_loss(x, signs(t, x), 0.5, reduction="none"),
        [A(4)],
        ref=lambda x: np.where(SIGNS == 1, x, np.maximum(0, 0.5 - x)),
    ),
    Case(
        "margin_ranking_loss",
        lambda t, x, y: t.nn.functional.margin_ranking_loss(x, y, signs(t, x), 0.3),
        [A(4), A(4)],
        ref=lambda x, y: np.maximum(0, -SIGNS * (x - y) + 0.3).mean(),
        errors=[
            Error(
                lambda t: t.nn.functional.margin_ranking_loss(t.ones(2), t.ones(2), t.ones(2, 1)),
                RuntimeError,
                "margin_ranking_loss : All input tensors should have same dimension",
            )
        ],
    ),
    Case(
        "cosine_embedding_loss",
        lambda t, x, y: t.nn.functional.cosine_embedding_loss(x, y, signs(t, x), 0.1),
        PAIR,
        ref=lambda x, y: np.mean(
            np.where(SIGNS == 1, 1 - cosine(x, y), np.maximum(0, cosine(x, y) - 0.1))
        ),
        errors=[
            Error(
                lambda t: t.nn.functional.cosine_embedding_loss(t.ones(3), t.ones(3), t.ones(1)),
                RuntimeError,
                "1D target tensor expects 2D input tensors",
            )
        ],
    ),
    Case(
        "triplet_margin_loss",
        lambda t, x, y, z: t.nn.functional.triplet_margin_loss(x, y, z, p=3.0, reduction="none"),
        [*PAIR, A(4, 3)],
        ref=lambda x, y, z: np.maximum(0, distance(x, y, 3) - distance(x, z, 3) + 1),
        errors=[
            Error(
                lambda t: t.nn.functional.triplet_margin_loss(
                    t.ones(2, 3), t.ones(2, 3), t.ones(2, 3), margin=-1
                ),
                ValueError,
                "margin must be greater than 0, got -1",
            )
        ],
    ),
    Case(
        "triplet_margin_with_distance_loss",
        lambda t, x, y, z: t.nn.functional.triplet_margin_with_distance_loss(
            x, y, z, margin=2.0, swap=True
        ),
        [*PAIR, A(4, 3)],
        ref=lambda x, y, z: np.maximum(
            0, distance(x, y) - np.minimum(distance(x, z), distance(y, z)) + 2
        ).mean(),
    ),
    Case(
        "multi_margin_loss",
        lambda t, x, y: t.nn.functional.multi_margin_loss(
            x, y, margin=0.5, weight=t.tensor([0.5, 1.0, 2.0]).to(x)
        ),
        [A(4, 3), CLASSES],
        ref=lambda x, y: multi_margin(x, y, 1).mean(),
        errors=[
            Error(
                lambda t: t.nn.functional.multi_margin_loss(t.ones(2, 3), t.tensor([0, 5])),
                RuntimeError,
                "target out of range",
            ),
            Error(
                lambda t: t.nn.functional.multi_margin_loss(t.ones(2, 3), t.tensor([0, 1]), p=3),
                ValueError,
                "only p == 1 and p == 2 supported",
            ),
            Error(
                lambda t: t.nn.functional.multi_margin_loss(
                    t.ones(2, 3), t.tensor([0, 1]), weight=t.tensor(2.0)
                ),
                ValueError,
                "weight must be one-dimensional",
            ),
            Error(
                lambda t: t.nn.functional.multi_margin_loss(t.ones(2, 0), t.tensor([0, 1])),
                RuntimeError,
                "Expected non-empty vector or matrix with optional 0-dim batch size",
            ),
            Error(
                lambda t: second(t, t.tensor([[0.0, 1.0]])).backward(),
                RuntimeError,
                "derivative for aten::multi_margin_loss_backward is not implemented",
            ),
        ],
    ),
    Case(
        "soft_margin_loss_target",
        lambda t, x, y: t.nn.functional.soft_margin_loss(x, y, reduction="sum"),
        PAIR,
        ref=lambda x, y: np.sum(np.log1p(np.exp(-x * y))),
    ),
    Case(
        "multilabel_margin_loss",
        lambda t, x: t.nn.functional.multilabel_margin_loss(
            x, t.tensor([[2, 0, -1, 1], [-1, 0, 1, 2]]), reduction="none"
        ),
        [A(2, 4, low=-0.4, high=0.4)],  # so near that every hinge is open
        ref=lambda x: np.array(
            [sum(max(0, 1 - x[0, i] + x[0, j]) for i in (2, 0) for j in (1, 3)) / 4, 0]
        ),
    ),
    Case(
        "margin_loss_of_a_number",  # one class has none to lead
        lambda t, x: (
            t.nn.functional.multilabel_margin_loss(x, t.tensor(0))
            + t.nn.functional.multi_margin_loss(x, t.tensor(0))
        ),
        [A()],
        ref=lambda x: np.array(0.0),
    ),
    Case(
        "multilabel_margin_loss_mean",
        lambda t, x: t.nn.functional.multilabel_margin_loss(x, t.tensor([3, 0, -1, 1])),
        [A(4)],
        ref=lambda x: sum(max(0, 1 - x[i] + x[j]) for i in (3, 0) for j in (1, 2)) / 4,
    ),
    Case(
        "multilabel_soft_margin_loss",
        lambda t, x: t.nn.functional.multilabel_soft_margin_loss(
            x, t.tensor([[1.0, 0.0, 1.0]] * 4).to(x)
        ),
        [A(4, 3)],
        ref=lambda x: np.mean(np.log1p(np.exp(-x * np.array([1, -1, 1])))),
    ),
]
